//! `/session`: how long the session of a browser lives, for the script that pages and applications load. See
//! docs/integrate.md, "The script".

use super::answer::Answer;
use super::signed_out::why;
use crate::web::extract::{SignedIn, Visit, Visitor};
use crate::web::text::Language;
use axum::Json;
use axum::body::Body;
use axum::http::Response;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::Duration;

/// The longest time before the end at which people are warned; of a short idle timeout it is a quarter.
const WARN_MAX: Duration = Duration::from_secs(120);

/// `GET /session`. To ask is no activity.
pub(super) async fn show(Ok(visit): Result<Visit, Infallible>) -> Answer {
    Ok(answer(&Visitor::asking_by_itself(visit).await?))
}

/// `POST /session`: somebody is there. It counts as every `POST` does.
pub(super) async fn stay(visitor: Visitor) -> Answer {
    Ok(answer(&visitor))
}

fn answer(visitor: &Visitor) -> Response<Body> {
    let (visit, state) = match visitor {
        Visitor::SignedIn(signed_in) => (&signed_in.visit, live(signed_in)),
        Visitor::Over(over) => {
            let told = why(over);
            let at = json!({ "machine": told.at.when.machine, "text": told.at.absolute });
            let words = words(over.visit.language());
            let reason = over.reason.as_str();
            let state = json!({ "live": false, "reason": reason, "sentence": told.sentence, "at": at, "words": words });
            (&over.visit, state)
        }
        Visitor::Nobody(visit) => {
            let (language, words) = (visit.language(), words(visit.language()));
            let sentence = language.say("not-signed-in");
            (visit, json!({ "live": false, "reason": "none", "sentence": sentence, "words": words }))
        }
    };
    visit.for_applications(Json(state).into_response())
}

fn live(signed_in: &SignedIn) -> Value {
    let session = &signed_in.session;
    let idle = session.activity.idle_deadline;
    let idle_timeout = idle.since(session.activity.last_active_at);
    json!({
        "live": true,
        "user": session.user.id.as_str(),
        "remaining_ms": millis(session.remaining()),
        // Whether what somebody does would move the end.
        "extensible": idle < session.absolute_deadline,
        "warn_ms": millis(WARN_MAX.min(idle_timeout / 4)),
        "words": words(signed_in.visit.language()),
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What the script says.
fn words(language: Language) -> Value {
    json!({
        "lang": language.code(),
        "ending": language.say("ending-title"),
        "ending_text": language.say("ending-text"),
        "ending_final": language.say("ending-final"),
        "ending_seen": language.say("ending-seen"),
        "stay": language.say("ending-stay"),
        "ended": language.say("signed-out-title"),
        "again": language.say("sign-in-again"),
        "other": language.say("live-other"),
        "other_again": language.say("live-other-open"),
    })
}
