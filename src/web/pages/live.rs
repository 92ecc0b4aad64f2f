//! `/account/live`: tells an open page what happens, as server-sent events, so that somebody whose session has ended sees
//! it at once and lists are as they are.
//!
//! The stream is never activity. It belongs to one session, looks at that session's own deadline by itself, and ends with
//! it. Ids of events are positions: a browser that lost the connection says the last one, and misses nothing.

use super::answer::Answer;
use crate::domain::id::SecretHash;
use crate::domain::time::Timestamp;
use crate::service::{Listener, Position, ServiceError, Told};
use crate::web::app::App;
use crate::web::extract::{OverSession, QueryOf, SignedIn, Visit, Visitor};
use crate::web::moment::Reader;
use crate::web::pages::signed_out::why;
use crate::web::problem::Problem;
use crate::web::serve::CountedApart;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use axum::response::IntoResponse;
use hyper::body::Frame;
use serde::Deserialize;
use serde_json::json;
use std::convert::Infallible;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

/// How often a stream says that it is still there.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Parts that wait for a slow reader.
const WAITING_MAX: usize = 4;

/// A browser that lost the stream comes back after this, and up to as much again and the spread: when a node stops, its
/// browsers do not all come at once.
const BACK_AFTER: u64 = 1000;
const BACK_SPREAD: u64 = 4000;

/// How long a store that could not be asked about the session is left alone.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Shortest and longest wait for a deadline. The clock of a database may be a little behind ours, and a wait has to end.
const WAIT_MIN: Duration = Duration::from_millis(50);
const WAIT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Tells that a list has changed.
const LISTS: &str = "event: sessions\ndata:\n\n";

/// The query of the address of the stream.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    /// The last event that the page knows of.
    after: Option<i64>,
}

/// `GET /account/live`.
pub(super) async fn listen(Ok(visit): Result<Visit, Infallible>, QueryOf(asked): QueryOf<Asked>) -> Answer {
    let probe = visit.method() == Method::HEAD;
    // What the browser says when it comes back by itself is newer than what the page was made with.
    let last = visit.header("last-event-id").and_then(|id| id.parse().ok()).or(asked.after);
    // Another site could read nothing of it, and yet take the places of this user's own pages.
    let from_elsewhere = match visit.header("sec-fetch-site") {
        Some(site) => !["same-origin", "none"].contains(&site),
        // Plain http, or an old browser.
        None => visit.header("origin").is_some_and(|origin| origin != visit.app.site().origin),
    };
    if from_elsewhere && !visit.is_from_application() {
        return Err(Problem::new(StatusCode::FORBIDDEN, "cross_site", "This request came from another site."));
    }
    let signed_in = match Visitor::asking_by_itself(visit).await? {
        Visitor::SignedIn(signed_in) => signed_in,
        Visitor::Over(over) => return Ok(over.visit.for_applications(stream(Body::from(ended(&over))))),
        Visitor::Nobody(_) => {
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "signed_out", "Nobody is signed in in this browser."));
        }
    };
    if probe {
        return Ok(stream(Body::empty()));
    }
    let (app, shared) = (signed_in.visit.app.clone(), signed_in.visit.clone());
    let listening = app.innkeeper().listen(&signed_in.session).await?;
    let (Some(listener), Some(token)) = (listening, signed_in.visit.browser().session) else {
        let detail = "As many pages as possible are told already. Load the page again to see what has changed.";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", detail).with_retry_after(30));
    };
    let (sender, receiver) = channel(WAITING_MAX);
    let sent = listener.so_far();
    let stream_of = Stream { app: app.clone(), token, signed_in, listener, sender, sent, refused: None };
    tokio::spawn(async move {
        // Browsers come back by themselves, so a server that stops need not wait for them.
        app.stopping().clone().run_until_cancelled(stream_of.run(last.map(Position))).await;
    });
    let mut answer = shared.for_applications(stream(Body::new(Parts(receiver))));
    answer.extensions_mut().insert(CountedApart);
    Ok(answer)
}

fn stream(body: Body) -> Response<Body> {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    ([kind, unbuffered], body).into_response()
}

/// The event of an end, in the words of the page that tells why.
fn ended(over: &OverSession) -> String {
    let told = why(over);
    let at = json!({ "machine": told.at.when.machine, "text": told.at.absolute });
    event("ended", &json!({ "reason": over.reason.as_str(), "sentence": told.sentence, "at": at }))
}

/// JSON holds no line break, so one line of data holds all of it.
fn event(name: &str, data: &serde_json::Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// Milliseconds after which a browser comes back: other ones for each stream, and no secret.
fn back_after() -> u64 {
    BACK_AFTER + RandomState::new().build_hasher().finish() % BACK_SPREAD
}

/// Why a stream ends without a word: the browser has gone, or comes back and is told.
struct Left;

struct Stream {
    app: App,
    token: SecretHash,
    signed_in: Box<SignedIn>,
    listener: Listener,
    sender: Sender<Bytes>,
    /// What the page has been told of what the listener has heard.
    sent: Told,
    /// How many refusals there were since the session started, when as many had been heard as the second number says.
    refused: Option<(u64, u64)>,
}

impl Stream {
    async fn run(mut self, last: Option<Position>) {
        // Every way out has the browser come back, or was of its own choice.
        let _: Result<(), Left> = self.follow(last).await;
    }

    async fn follow(&mut self, last: Option<Position>) -> Result<(), Left> {
        let whose = json!({ "user": self.signed_in.session.user.id.as_str() });
        let since = self.listener.since();
        let whose = event("session", &whose);
        self.send(format!("retry: {}\n{whose}", back_after())).await?;
        if let Some(last) = last {
            self.tell_missed(last).await?;
        }
        self.send(format!("id: {}\n\n", since.0)).await?;
        let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // At once, too: it may have ended before we listened.
        let mut look_at = Instant::now();
        loop {
            let sender = self.sender.clone();
            tokio::select! {
                told = self.listener.more() => {
                    if told.changed {
                        return Err(Left);
                    }
                    if told.ended {
                        look_at = Instant::now();
                    } else {
                        self.tell(told).await?;
                    }
                }
                () = sleep_until(look_at) => match self.look().await? {
                    Some(wait) => look_at = Instant::now() + wait,
                    None => return Ok(()),
                },
                _ = heartbeat.tick() => {
                    // Moves the browser's place on, so that it asks for little when it comes back.
                    self.send(format!(":\n{}\n", self.place())).await?;
                }
                () = sender.closed() => return Err(Left),
            }
        }
    }

    /// Looks at the session itself: when to look again, or `None` once it was said that it is over.
    async fn look(&mut self) -> Result<Option<Duration>, Left> {
        let innkeeper = self.app.innkeeper();
        match innkeeper.remaining(self.token).await {
            Ok(Some(remaining)) => return Ok(Some(remaining.clamp(WAIT_MIN, WAIT_MAX))),
            Ok(None) => {}
            Err(_) => return Ok(Some(LOOK_AGAIN)),
        }
        match Visitor::asking_by_itself(self.signed_in.visit.clone()).await {
            Ok(Visitor::Over(over)) => {
                self.send(ended(&over)).await?;
                Ok(None)
            }
            // The token means nothing any more: the browser has another one, or none.
            Ok(_) => Err(Left),
            Err(_) => Ok(Some(LOOK_AGAIN)),
        }
    }

    /// Tells what has happened between the last event that the page knows of and the first that the listener hears.
    async fn tell_missed(&mut self, last: Position) -> Result<(), Left> {
        let user = self.signed_in.session.user.no;
        // Whoever cannot be told comes back.
        let missed = self.listener.missed(user, last).await.map_err(|_| Left)?;
        if missed.lists > 0 {
            self.send(LISTS.into()).await?;
        }
        if missed.refused > 0 {
            let heard = self.listener.so_far().refused;
            self.tell_refused((heard, missed.refused_at)).await?;
        }
        Ok(())
    }

    /// Tells what the listener has heard and the page has not been told.
    async fn tell(&mut self, told: Told) -> Result<(), Left> {
        let before = std::mem::replace(&mut self.sent, told);
        let place = self.place();
        if told.refused > before.refused {
            self.tell_refused((told.refused, told.refused_at)).await?;
        }
        if told.lists > before.lists {
            return self.send(format!("{place}{LISTS}")).await;
        }
        self.send(format!("{place}\n")).await
    }

    /// Tells how many sign-ins were refused since the session started. They are counted in the store once, and from then on
    /// by what is heard.
    async fn tell_refused(&mut self, (heard, at): (u64, Option<Timestamp>)) -> Result<(), Left> {
        let (counted, when_heard) = match self.refused {
            Some(known) => known,
            None => *self.refused.insert((self.count_refused().await.map_err(|_| Left)?, heard)),
        };
        let count = counted + heard.saturating_sub(when_heard);
        let (Some(at), 1..) = (at, count) else { return Ok(()) };
        let reader = Reader { now: at, ..self.signed_in.reader() };
        let when = reader.when(at);
        let sentence = reader.language.count("refused-attempts", count);
        let at = json!({ "machine": when.machine, "text": when.clock });
        self.send(event("refused", &json!({ "sentence": sentence, "count": count, "at": at }))).await
    }

    /// The line by which the browser knows how much it was told; empty where more is there to be told.
    fn place(&self) -> String {
        self.listener.seen_to().map(|seen| format!("id: {}\n", seen.0)).unwrap_or_default()
    }

    async fn count_refused(&self) -> Result<u64, ServiceError> {
        let view = &self.signed_in.view;
        Ok(self.app.innkeeper().refusals(view.user_no, view.created_at).await?.count)
    }

    async fn send(&self, text: String) -> Result<(), Left> {
        self.sender.send(text.into()).await.map_err(|_| Left)
    }
}

/// What is sent, as the body of an answer. When the connection is gone it is dropped, and the stream knows at once.
struct Parts(Receiver<Bytes>);

impl HttpBody for Parts {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|part| part.map(|part| Ok(Frame::data(part))))
    }
}
