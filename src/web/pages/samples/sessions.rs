//! The page of active sessions, and the questions before something ends.

use super::{ARABIC, Add, At, CAIRNS, HEBREW, HOSTILE, LONG_NAME, Samples, ago, data};
use crate::client::geo::Credit;
use crate::domain::device::DeviceKind;
use crate::domain::end::EndReason;
use crate::domain::user::Role;
use crate::web::pages::chrome::Ways;
use crate::web::pages::confirm::{ConfirmEndOthersPage, ConfirmTerminatePage};
use crate::web::pages::device::DeviceWords;
use crate::web::pages::name::NamePage;
use crate::web::pages::sessions::{EndedRow, PlacesNote, RefusedAttempts, SessionRow, SessionsPage, ended_at, ends};
use crate::web::pages::{UserMenu, initials};
use crate::web::text;
use std::time::Duration;

/// Adds these pages.
pub(super) fn add(samples: Samples, add: Add<'_>) {
    let language = samples.0;
    let alex = || samples.chrome(Some("Alex Ono"));
    add("sessions-one", &samples.sessions(vec![samples.here()]));
    add("sessions-none", &samples.sessions(Vec::new()));
    add("sessions-many", &samples.many());
    add("sessions-twenty", &samples.twenty());
    add("sessions-names", &samples.names());
    add("sessions-hostile", &samples.hostile());
    add("name", &samples.name(String::new(), None));
    add("name-refused", &samples.name(data(&LONG_NAME.repeat(2)), Some(language.say("device-name-refused"))));
    add("terminate", &ConfirmTerminatePage { chrome: alex(), session: samples.phone() });
    add("end-others", &ConfirmEndOthersPage { chrome: alex(), count: language.count("sessions-count", 4) });
}

impl Samples {
    pub(super) fn session(self, id: &str, device: DeviceWords, signed_in: u64, active: u64) -> SessionRow {
        let reader = self.reader();
        let idle_deadline = ago(active) + Duration::from_secs(1200);
        let absolute_deadline = ago(signed_in) + Duration::from_secs(12 * 3600);
        SessionRow {
            id: id.into(),
            device,
            here: false,
            unfamiliar: false,
            signed_in: self.when(ago(signed_in)),
            last_active: self.when(ago(active)),
            active_now: reader.is_active_now(ago(active)),
            ends: ends(&reader, idle_deadline, absolute_deadline),
        }
    }

    pub(super) fn named(self, name: &str, row: SessionRow) -> SessionRow {
        SessionRow { device: DeviceWords { name: Some(data(name)), ..row.device }, ..row }
    }

    pub(super) fn here(self) -> SessionRow {
        let device = self.device(DeviceKind::Computer, ("Firefox", "Windows"), &CAIRNS);
        SessionRow { here: true, ..self.named("Front desk", self.session("s-here", device, 367, 0)) }
    }

    pub(super) fn phone(self) -> SessionRow {
        let device = self.device(DeviceKind::Phone, ("Safari", "iPhone"), &At::City("Lisbon", "PT"));
        SessionRow { unfamiliar: true, ..self.session("s:phone@1", device, 711, 6) }
    }

    pub(super) fn ended(self, device: DeviceWords, at: u64, (reason, by): (EndReason, Option<Role>)) -> EndedRow {
        EndedRow { device, at: ended_at(&self.reader(), ago(at)), reason: text::end_reason(self.0, reason, by) }
    }

    pub(super) fn sessions(self, rows: Vec<SessionRow>) -> SessionsPage {
        let others = rows.iter().filter(|row| !row.here).count() as u64;
        SessionsPage {
            chrome: self.chrome(Some("Alex Ono")),
            notice: None,
            refused: None,
            count: self.0.count("sessions-count", rows.len() as u64),
            count_others: self.0.count("sessions-count", others),
            sessions: rows,
            ended: Vec::new(),
            ended_note: self.0.say("ended-intro"),
            times: self.0.tell("times-in", &[("zone", "Australia/Brisbane".into())]),
            places: PlacesNote { sentence: self.0.say("places-none"), credits: Vec::new() },
        }
    }

    pub(super) fn many(self) -> SessionsPage {
        let long = ("A browser whose name is quite long", "a system whose name is not short either, on a clear day");
        let ended = [
            self.ended(
                self.device(DeviceKind::Phone, ("Chrome", "Android"), &CAIRNS),
                363,
                (EndReason::TerminatedByUser, None),
            ),
            self.ended(
                self.device(DeviceKind::Computer, ("Edge", "Windows"), &At::Private),
                2000,
                (EndReason::Idle, None),
            ),
            self.ended(
                self.device(DeviceKind::Unknown, ("", ""), &At::Unknown),
                9000,
                (EndReason::TerminatedByOwner, Some(Role::Manager)),
            ),
        ];
        let date = self.reader().date(ago(60 * 24 * 40));
        let credit = Credit { text: data("IP Geolocation by DB-IP"), url: Some("https://db-ip.com".into()) };
        SessionsPage {
            notice: Some(self.0.tell("done-terminated", &[("device", "Chrome on Android".into())])),
            refused: Some(RefusedAttempts { sentence: self.0.count("refused-attempts", 3), last: self.when(ago(12)) }),
            ended: ended.into(),
            places: PlacesNote { sentence: self.0.tell("places-of", &[("date", date.into())]), credits: vec![credit] },
            ..self.sessions(vec![
                self.phone(),
                self.here(),
                self.session("s-tablet", self.device(DeviceKind::Unknown, ("Safari", "Mac or iPad"), &CAIRNS), 454, 1),
                self.session("s-long", self.device(DeviceKind::Computer, long, &At::Private), 700, 17),
                self.session("s-curl", self.device(DeviceKind::Other, ("curl", ""), &At::Unknown), 30, 3),
                self.session("s-none", self.device(DeviceKind::Unknown, ("", ""), &At::Unknown), 719, 5),
            ])
        }
    }

    pub(super) fn twenty(self) -> SessionsPage {
        let row = |number: u64| {
            let kind = [DeviceKind::Computer, DeviceKind::Phone, DeviceKind::Tablet][(number % 3) as usize];
            let device = self.device(kind, ("Chrome", "Android"), &CAIRNS);
            self.session(&format!("s-{number}"), device, 20 * number, number)
        };
        self.sessions([self.here()].into_iter().chain((1..20).map(row)).collect())
    }

    /// Names as people give them: as long as they may be, and in scripts that run from right to left.
    pub(super) fn names(self) -> SessionsPage {
        let row = |id: &str, name: &str| {
            self.named(name, self.session(id, self.device(DeviceKind::Tablet, ("Chrome", "Android"), &CAIRNS), 50, 4))
        };
        SessionsPage {
            notice: Some(self.0.tell("done-named", &[("name", text::person(&data(ARABIC)).into())])),
            ended: vec![EndedRow {
                device: row("s-ended", HEBREW).device,
                ..self.ended(self.phone().device, 90, (EndReason::SignedOut, None))
            }],
            ..self.sessions(vec![
                row("s-long", LONG_NAME),
                row("s-arabic", ARABIC),
                row("s-hebrew", HEBREW),
                self.here(),
            ])
        }
    }

    pub(super) fn hostile(self) -> SessionsPage {
        let mut page = self.many();
        let hostile = || data(HOSTILE);
        page.chrome.here = Some(HOSTILE.into());
        page.chrome.user = Some(UserMenu {
            name: hostile(),
            role: hostile(),
            initials: data(&initials(HOSTILE)),
            account: Some(hostile()),
            ways: Ways::of(Role::Owner),
        });
        for row in &mut page.sessions {
            let device =
                DeviceWords { label: hostile(), place: hostile(), address: Some(hostile()), ..row.device.clone() };
            row.device = DeviceWords { name: Some(hostile()), ..device };
        }
        page.notice = Some(self.0.tell("done-terminated", &[("device", HOSTILE.into())]));
        page.places.credits = vec![Credit { text: hostile(), url: None }];
        page
    }

    fn name(self, value: String, problem: Option<String>) -> NamePage {
        NamePage { chrome: self.chrome(Some("Alex Ono")), session: self.phone(), value, problem }
    }
}
