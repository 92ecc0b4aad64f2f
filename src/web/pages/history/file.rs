//! `/account/activity.csv`: the same history as a file for a spreadsheet, of the newest entries. It is made while it is
//! read, a part at a time, so that it holds up nothing else.

use super::super::answer::Answer;
use super::teller::{Teller, called};
use super::wanted::{Asked, Wanted};
use crate::service::{History, HistoryEntry, ServiceError};
use crate::web::csv::line;
use crate::web::extract::{QueryOf, SignedIn};
use crate::web::moment::rfc3339;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse;
use futures_util::stream::try_unfold;

/// Most entries in a file.
const ENTRIES_MAX: usize = 10_000;

/// Entries that are read at once.
const AT_ONCE: u16 = 500;

/// Most parts that are read: of some kinds there may be few among very many others.
const PARTS_MAX: usize = 100;

/// What the columns hold.
const COLUMNS: [&str; 16] = [
    "time",
    "event",
    "what",
    "user_id",
    "user",
    "by",
    "actor_kind",
    "actor_id",
    "actor_role",
    "reason",
    "reference",
    "device",
    "place",
    "address",
    "session_id",
    "details",
];

/// A file that is being made.
struct Making {
    signed_in: SignedIn,
    wanted: Wanted,
    /// What has been read and is written next.
    next: Option<History>,
    entries: usize,
    parts: usize,
}

/// `/account/activity.csv`.
pub(in crate::web::pages) async fn file(signed_in: SignedIn, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let wanted = Wanted::new(&signed_in, &asked).await?;
    let date: String = rfc3339(signed_in.session.now).chars().take(10).collect();
    let name = format!("attachment; filename=\"innkeeper-activity-{date}.csv\"");
    let disposition = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"));
    let mut making = Making { signed_in, wanted, next: None, entries: 0, parts: 0 };
    // What cannot be read at all is an answer of its own, and no file.
    let first = making.part().await?;
    making.next = Some(first);
    let head = futures_util::stream::iter([Ok(Bytes::from(line(&COLUMNS)))]);
    let rest = try_unfold(making, Making::written);
    let body = Body::from_stream(futures_util::StreamExt::chain(head, rest));
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    Ok((StatusCode::OK, [(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, disposition)], body).into_response())
}

impl Making {
    async fn part(&mut self) -> Result<History, ServiceError> {
        self.parts += 1;
        let (of, kinds) = (self.wanted.of(&self.signed_in), self.wanted.kinds());
        self.signed_in.visit.app.innkeeper().history(of, &kinds, self.wanted.before, AT_ONCE).await
    }

    /// The lines of the next part.
    async fn written(mut self) -> Result<Option<(Bytes, Self)>, ServiceError> {
        let part = match self.next.take() {
            Some(part) => part,
            None if self.wanted.before.is_some() && self.parts < PARTS_MAX && self.entries < ENTRIES_MAX => {
                self.part().await?
            }
            None => return Ok(None),
        };
        let room = ENTRIES_MAX - self.entries;
        let shown = &part.entries[..part.entries.len().min(room)];
        self.entries += shown.len();
        let teller = Teller::new(&self.signed_in);
        let lines: String = shown.iter().map(|entry| line(&cells(&teller, entry))).collect();
        self.wanted.before = part.older;
        Ok(Some((lines.into(), self)))
    }
}

fn cells(teller: &Teller<'_>, entry: &HistoryEntry) -> [String; COLUMNS.len()] {
    let (event, what, device) = (&entry.event, teller.what(entry), teller.device(entry));
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let details: Vec<_> = what.details.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let (on, place, address) = match &device {
        Some(device) => (device.called(), device.place.clone(), text(device.address.as_deref())),
        None => Default::default(),
    };
    [
        rfc3339(event.at),
        event.kind.clone(),
        what.sentence,
        text(event.user_id.as_ref().map(|id| id.as_str())),
        called(&entry.user, event.user_id.as_ref().map(|id| id.as_str())),
        teller.by(entry),
        event.actor_kind.clone(),
        text(event.actor_id.as_deref()),
        text(event.actor_role.as_deref()),
        text(event.reason.as_deref()),
        text(event.reference.as_deref()),
        on,
        place,
        address,
        text(event.session_id.as_ref().map(|id| id.as_str())),
        details.join("; "),
    ]
}
