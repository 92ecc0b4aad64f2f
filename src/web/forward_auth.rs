//! `/forward-auth`: a proxy asks whether the person behind a request is signed in, and who that is.
//!
//! An answer of 200 always carries every identity header and none of them empty: a proxy that copies what is there must
//! never be left with what the client sent. Whatever else happens is not 200.

use super::activity;
use super::app::{App, log_failure};
use super::forwarded::{ForwardedRequest, forwarded_request};
use super::metrics::Checked;
use super::problem::{Failure, Problem};
use super::remote::remote_value;
use super::serve::PeerAddress;
use crate::domain::activity::names_html;
use crate::domain::end::EndReason;
use crate::secret::SessionToken;
use crate::service::{CheckOutcome, CheckedUser, LiveSession};
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;

/// Says why somebody is not signed in: an end reason, or `none` where there is no session at all.
const REASON: HeaderName = HeaderName::from_static("innkeeper-reason");

const USER: HeaderName = HeaderName::from_static("remote-user");
const NAME: HeaderName = HeaderName::from_static("remote-name");
const EMAIL: HeaderName = HeaderName::from_static("remote-email");
const GROUPS: HeaderName = HeaderName::from_static("remote-groups");
const ACCOUNT: HeaderName = HeaderName::from_static("remote-account");
const SESSION: HeaderName = HeaderName::from_static("remote-session");

/// Answers a proxy. It adds the common headers itself, to all answers but 200: those go to
/// a proxy that reads the identity and nothing else, thousands of times a second.
pub async fn forward_auth(app: &App, peer: PeerAddress, request: &Parts) -> Response<Body> {
    let mut response = match answer(app, peer, request).await {
        Ok(identity) => return identity,
        Err(refusal) => *refusal,
    };
    if let Some(Failure(error)) = response.extensions_mut().remove() {
        log_failure((&request.method, request.uri.path()), response.status(), &error);
    }
    app.site().headers.add_to(response.headers_mut());
    response
}

async fn answer(app: &App, peer: PeerAddress, request: &Parts) -> Result<Response<Body>, Box<Response<Body>>> {
    let headers = &request.headers;
    let forwarded = forwarded_request(peer.0, headers, &app.site().proxies).map_err(|_| Box::new(malformed()))?;
    let method = forwarded.as_ref().and_then(|request| request.method).unwrap_or(request.method.as_str());
    let token = app.site().cookies.session(headers).and_then(SessionToken::hash_presented);
    let asked = Asked { app, headers, method, query: request.uri.query(), forwarded: forwarded.as_ref() };
    let Some(token) = token else {
        app.metrics().checked(Checked::Unknown);
        return Err(Box::new(not_live(&asked, None)));
    };
    let outcome = app.innkeeper().check(Some(token), activity::counted(method, headers)).await;
    app.metrics().checked(Checked::of(&outcome));
    match outcome {
        Ok(CheckOutcome::Live(session)) => identified(*session),
        Ok(CheckOutcome::Over(_, _, reason)) => Err(Box::new(not_live(&asked, Some(reason)))),
        Ok(CheckOutcome::Unknown) => Err(Box::new(not_live(&asked, None))),
        Err(error) => Err(Box::new(Problem::from(error).into_response())),
    }
}

struct Asked<'a> {
    app: &'a App,
    headers: &'a HeaderMap,
    method: &'a str,
    query: Option<&'a str>,
    forwarded: Option<&'a ForwardedRequest<'a>>,
}

/// Who it is. Support and administrators belong to no account, so no application can take them for one of its people.
fn identified(session: LiveSession) -> Result<Response<Body>, Box<Response<Body>>> {
    let CheckedUser { id: user, name, email, role, account_id, .. } = session.user;
    let Some(account) = account_id else {
        let detail = "Support and administrators belong to no account and cannot use applications.";
        return Err(Box::new(Problem::new(StatusCode::FORBIDDEN, "no_account", detail).into_response()));
    };
    let text = |text: String| remote_value(text).unwrap_or(HeaderValue::from_static("-"));
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| user.as_str().to_owned());
    let email = email.filter(|email| !email.is_empty()).unwrap_or_else(|| format!("{user}@{account}.invalid"));
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.reserve(7);
    headers.insert(USER, text(user.into_string()));
    headers.insert(NAME, text(name));
    headers.insert(EMAIL, text(email));
    headers.insert(GROUPS, HeaderValue::from_static(role.as_str()));
    headers.insert(ACCOUNT, text(account.into_string()));
    headers.insert(SESSION, text(session.id.into_string()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn malformed() -> Response<Body> {
    let detail = "The forwarded headers contradict themselves. Let the proxy overwrite each of them, once.";
    Problem::new(StatusCode::FORBIDDEN, "malformed_forward", detail).into_response()
}

/// 401 for proxies that only ask; a way to the sign-in page for those that let people follow it.
fn not_live(asked: &Asked<'_>, reason: Option<EndReason>) -> Response<Body> {
    let Asked { app, headers, method, query, forwarded } = asked;
    let reason = HeaderValue::from_static(reason.map_or("none", EndReason::as_str));
    let wants_redirect = query.is_some_and(|query| query.split('&').any(|pair| pair == "mode=redirect"));
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let mut response = if wants_redirect && *method == "GET" && accept.is_some_and(names_html) {
        let mut to = app.site().public_url.join("sign-in").unwrap_or_else(|_| app.site().public_url.clone());
        if let Some(next) = forwarded.and_then(|request| wanted(app, request)) {
            to.query_pairs_mut().append_pair("next", &next);
        }
        let location = HeaderValue::from_str(to.as_str()).unwrap_or(HeaderValue::from_static("/sign-in"));
        (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
    } else {
        let detail = "Nobody is signed in here: sign in, then ask again.";
        Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", detail).into_response()
    };
    response.headers_mut().insert(REASON, reason);
    response
}

/// The page that the person wanted, if it is one to which they may be sent back.
fn wanted(app: &App, request: &ForwardedRequest<'_>) -> Option<String> {
    let (proto, host, uri) = (request.proto?, request.host?, request.uri?);
    let next = app.site().next(Some(&format!("{proto}://{host}{uri}")))?;
    Some(next.as_str().to_owned())
}
