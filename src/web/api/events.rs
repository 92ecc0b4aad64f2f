//! `/events`: everything that happened, in order; as a list, or as a stream of server-sent events.

use super::caller::{Caller, Events, Presented};
use super::input::Query;
use super::list::Part;
use super::view;
use crate::domain::event::event_id;
use crate::service::{Innkeeper, Position, Scope, ServiceError};
use crate::web::app::App;
use crate::web::problem::Problem;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Response, header};
use axum::response::IntoResponse;
use http_body_util::channel::{Channel, Sender};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// How often a stream says that it is still there, and looks whether its key is still valid where nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Events that a stream reads at once.
const AT_ONCE: u16 = 200;

/// Events that wait for a slow reader.
const WAITING_MAX: usize = 16;

/// Most digits of a position.
const DIGITS_MAX: usize = 19;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// List events, from the oldest, or follow them with `Accept: text/event-stream`.
///
/// Remember the id of the last event that you have read and give it as `after` the next time: nothing is missed, and
/// nothing comes twice. The events of one user come in the order in which they happened.
///
/// A stream starts after `after` or the header `Last-Event-ID`, sends what is there, and then each event as it happens:
/// `id` and `event` are its id and type, `data` is the event as JSON.
#[utoipa::path(
    get, path = "/events", tag = "events", security(("service_key" = ["events"])),
    params(Part, ("Last-Event-ID" = Option<String>, Header,
        description = "For a stream: go on after this event; holds instead of `after`.")),
    responses((status = 200, description = "A part of the list; `next` is null at its end.", content(
        (view::Items<view::Event> = "application/json"),
        (String = "text/event-stream"),
    )))
)]
pub(super) async fn list_events(
    caller: Caller<Events>,
    State(app): State<App>,
    Query(part): Query<Part>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let after = part.after(position)?.unwrap_or_default();
    if !wants_stream(&headers) {
        let events = app.innkeeper().events(after, part.fetch()).await?;
        let items: view::Items<view::Event> = part.of(events, (|event| event_id(event.position.0), view::Event::from));
        return Ok(Json(items).into_response());
    }
    let after = match headers.get(&LAST_EVENT_ID) {
        Some(id) => id
            .to_str()
            .ok()
            .and_then(position)
            .ok_or_else(|| Problem::invalid("Last-Event-ID", "This is no id of an event."))?,
        None => after,
    };
    let (sender, body) = Channel::<Bytes>::new(WAITING_MAX);
    let stream = Stream { innkeeper: app.innkeeper().clone(), presented: caller.presented, sender, after };
    let stopping = app.stopping().clone();
    // Readers come back with the last id that they have, so a server that stops need not wait for them.
    tokio::spawn(async move { stopping.run_until_cancelled(stream.run()).await });
    let kind = [(header::CONTENT_TYPE, "text/event-stream"), (HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((kind, Body::new(body)).into_response())
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let ranges = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = ranges.flat_map(|value| value.split(',')).map(|range| range.split(';').next().unwrap_or(range));
    kinds.any(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// An event's id, with or without the zeros in front.
pub(super) fn position(text: &str) -> Option<Position> {
    let is_number = (1..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if is_number { text.parse().ok().map(Position) } else { None }
}

/// Why a stream ends: every reason is found by the reader, who comes back with the last id that they have.
enum Over {
    Left,
    Revoked,
    Failed(ServiceError),
}

impl From<ServiceError> for Over {
    fn from(error: ServiceError) -> Self {
        Over::Failed(error)
    }
}

struct Stream {
    innkeeper: Innkeeper,
    presented: Presented,
    sender: Sender<Bytes>,
    after: Position,
}

impl Stream {
    async fn run(mut self) {
        if let Err(Over::Failed(error)) = self.follow().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a stream of events ends");
        }
    }

    async fn follow(&mut self) -> Result<(), Over> {
        let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Taken before the first look, so that nothing happens between a look and the wait for the next one unseen.
        let mut news = self.innkeeper.news();
        self.send(": events\n\n".into()).await?;
        loop {
            self.catch_up().await?;
            tokio::select! {
                changed = news.changed() => if changed.is_err() { return Ok(()) },
                _ = heartbeat.tick() => self.send(":\n\n".into()).await?,
            }
        }
    }

    /// Sends everything that is there.
    async fn catch_up(&mut self) -> Result<(), Over> {
        loop {
            let events = self.innkeeper.events(self.after, AT_ONCE).await?;
            // After they were read: so whatever is sent had happened while the key was still valid.
            if !self.presented.is_still_valid(&self.innkeeper, Scope::Events).await? {
                return Err(Over::Revoked);
            }
            let all = events.len() < usize::from(AT_ONCE);
            for event in events {
                self.after = event.position;
                let event = view::Event::from(event);
                // JSON holds no line break, so one line of data holds all of it.
                let data = serde_json::to_string(&event).unwrap_or_default();
                self.send(format!("id: {}\nevent: {}\ndata: {data}\n\n", event.id, event.r#type)).await?;
            }
            if all {
                return Ok(());
            }
        }
    }

    async fn send(&mut self, text: String) -> Result<(), Over> {
        self.sender.send_data(text.into()).await.map_err(|_| Over::Left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_an_event_is_digits_with_or_without_zeros_in_front() {
        for (text, number) in [("0", 0), ("7", 7), ("0000000000000007", 7), ("9223372036854775807", i64::MAX)] {
            assert_eq!(position(text), Some(Position(number)), "{text}");
        }
        for text in ["", "-1", "+1", " 1", "a", "1.0", "9223372036854775808", "00000000000000000001"] {
            assert_eq!(position(text), None, "{text}");
        }
    }
}
