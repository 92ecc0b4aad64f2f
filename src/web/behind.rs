//! Who is behind a request for an application, and what is answered where nobody is: decided once, for proxies that ask
//! (`forward_auth`) and for applications that have Innkeeper in their own process (`layer`).

use super::app::{App, log_failure};
use super::metrics::Checked;
use super::next::SafeNext;
use super::problem::{Failure, Problem};
use crate::domain::activity::{Counted, names_html};
use crate::domain::end::EndReason;
use crate::domain::id::{AccountId, SessionId, UserId};
use crate::domain::user::{self, Role};
use crate::secret::SessionToken;
use crate::service::{CheckOutcome, ServiceError};
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;

/// Says why somebody is not signed in: an end reason, or `none` where there is no session at all.
const REASON: HeaderName = HeaderName::from_static("innkeeper-reason");

/// Somebody signed in, as an application is told of them. Only a check makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedIn {
    /// Who.
    pub user_id: UserId,
    /// Their name, if one is known; never empty.
    pub name: Option<String>,
    /// Their e-mail address, if one is known; never empty.
    pub email: Option<String>,
    /// What they are in their account.
    pub role: Role,
    /// Their account.
    pub account_id: AccountId,
    /// The public id of the session: no secret, and good for nothing but to name it.
    pub session_id: SessionId,
}

impl SignedIn {
    /// Their name, else their address, else their id.
    pub fn called(&self) -> &str {
        user::called(self.name.as_deref(), self.email.as_deref(), self.user_id.as_str())
    }
}

/// Why an application is given nobody.
pub(super) enum NobodyBehind {
    /// The session is over, or there is none.
    NotSignedIn(Option<EndReason>),
    /// Support and administrators belong to no account, so no application can take them for one of its people.
    NoAccount,
    /// Nobody can say.
    Outage(ServiceError),
}

/// Looks at the session cookie of a request.
pub(super) async fn behind(app: &App, headers: &HeaderMap, counted: Counted) -> Result<SignedIn, NobodyBehind> {
    let Some(token) = app.site().cookies.session(headers).and_then(SessionToken::hash_presented) else {
        app.metrics().checked(Checked::Unknown);
        return Err(NobodyBehind::NotSignedIn(None));
    };
    let outcome = app.innkeeper().check(Some(token), counted).await;
    app.metrics().checked(Checked::of(&outcome));
    let session = match outcome {
        Ok(CheckOutcome::Live(session)) => *session,
        Ok(CheckOutcome::Over(_, _, reason)) => return Err(NobodyBehind::NotSignedIn(Some(reason))),
        Ok(CheckOutcome::Unknown) => return Err(NobodyBehind::NotSignedIn(None)),
        Err(error) => return Err(NobodyBehind::Outage(error)),
    };
    let user = session.user;
    Ok(SignedIn {
        user_id: user.id,
        name: user.name.filter(|name| !name.is_empty()),
        email: user.email.filter(|email| !email.is_empty()),
        role: user.role,
        account_id: user.account_id.ok_or(NobodyBehind::NoAccount)?,
        session_id: session.id,
    })
}

/// A request that goes no further.
pub(super) struct TurnedAway<'a> {
    /// What every handler shares.
    pub(super) app: &'a App,
    /// The request that is answered.
    pub(super) request: &'a Parts,
    /// The method with which the person asked the application.
    pub(super) method: &'a str,
}

impl TurnedAway<'_> {
    /// The answer, with the common headers, and logged if it is a failure. Whoever wanted a page is led to the sign-in
    /// page where that is allowed: `next` is then asked for the page that they wanted, if they may be sent back to it.
    pub(super) fn answer(&self, why: NobodyBehind, next: Option<&dyn Fn() -> Option<SafeNext>>) -> Response<Body> {
        let mut response = match why {
            NobodyBehind::NotSignedIn(reason) => self.not_signed_in(reason, next),
            NobodyBehind::NoAccount => {
                let detail = "Support and administrators belong to no account and cannot use applications.";
                Problem::new(StatusCode::FORBIDDEN, "no_account", detail).into_response()
            }
            NobodyBehind::Outage(error) => Problem::from(error).into_response(),
        };
        if let Some(Failure(error)) = response.extensions_mut().remove() {
            log_failure((&self.request.method, self.request.uri.path()), response.status(), &error);
        }
        self.app.site().headers.add_to(response.headers_mut());
        response
    }

    fn not_signed_in(&self, reason: Option<EndReason>, next: Option<&dyn Fn() -> Option<SafeNext>>) -> Response<Body> {
        let reason = HeaderValue::from_static(reason.map_or("none", EndReason::as_str));
        let accept = self.request.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        let wants_page = self.method == "GET" && accept.is_some_and(names_html);
        let mut response = match next.filter(|_| wants_page) {
            Some(next) => {
                let public_url = &self.app.site().public_url;
                let mut to = public_url.join("sign-in").unwrap_or_else(|_| public_url.clone());
                if let Some(next) = next() {
                    to.query_pairs_mut().append_pair("next", next.as_str());
                }
                let location = HeaderValue::from_str(to.as_str()).unwrap_or(HeaderValue::from_static("/sign-in"));
                (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
            }
            None => {
                let detail = "Nobody is signed in here: sign in, then ask again.";
                Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", detail).into_response()
            }
        };
        response.headers_mut().insert(REASON, reason);
        response
    }
}
