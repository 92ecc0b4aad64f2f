//! `/forward-auth`: a proxy asks whether the person behind a request is signed in, and who that is.
//!
//! An answer of 200 always carries every identity header and none of them empty: a proxy that copies what is there must
//! never be left with what the client sent. Whatever else happens is not 200.

use super::activity;
use super::app::App;
use super::behind::{SignedIn, TurnedAway, behind};
use super::forwarded::{ForwardedRequest, forwarded_request};
use super::next::SafeNext;
use super::problem::Problem;
use super::remote::remote_value;
use super::serve::PeerAddress;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;

const USER: HeaderName = HeaderName::from_static("remote-user");
const NAME: HeaderName = HeaderName::from_static("remote-name");
const EMAIL: HeaderName = HeaderName::from_static("remote-email");
const GROUPS: HeaderName = HeaderName::from_static("remote-groups");
const ACCOUNT: HeaderName = HeaderName::from_static("remote-account");
const SESSION: HeaderName = HeaderName::from_static("remote-session");

/// The headers by which the application is told who is there.
#[cfg(feature = "embedded")]
pub(super) const IDENTITY: [HeaderName; 6] = [USER, NAME, EMAIL, GROUPS, ACCOUNT, SESSION];

/// Answers a proxy. It adds the common headers itself, to all answers but 200: those go to
/// a proxy that reads the identity and nothing else, thousands of times a second.
pub async fn forward_auth(app: &App, peer: PeerAddress, request: &Parts) -> Response<Body> {
    let headers = &request.headers;
    let Ok(forwarded) = forwarded_request(peer.0, headers, &app.site().proxies) else {
        let mut response = malformed();
        app.site().headers.add_to(response.headers_mut());
        return response;
    };
    let method = forwarded.as_ref().and_then(|request| request.method).unwrap_or(request.method.as_str());
    let path = forwarded.as_ref().and_then(|request| app.site().activity.said_of(request.uri?));
    match behind(app, headers, activity::counted(method, path, headers)).await {
        Ok(person) => identified(person),
        Err(why) => {
            let query = request.uri.query();
            let may_redirect = query.is_some_and(|query| query.split('&').any(|pair| pair == "mode=redirect"));
            let next = || forwarded.as_ref().and_then(|request| wanted(app, request));
            let away = TurnedAway { app, request, method };
            if may_redirect { away.answer(why, Some(&next)) } else { away.answer(why, None) }
        }
    }
}

/// The same as a handler.
#[cfg(feature = "embedded")]
pub(super) async fn handler(
    axum::extract::State(app): axum::extract::State<App>,
    request: axum::extract::Request,
) -> Response<Body> {
    let peer = request.extensions().get().copied().unwrap_or(PeerAddress(None));
    forward_auth(&app, peer, &request.into_parts().0).await
}

/// Who it is.
fn identified(person: SignedIn) -> Response<Body> {
    let SignedIn { user_id: user, name, email, role, account_id: account, session_id: session } = person;
    let text = |text: String| remote_value(text).unwrap_or(HeaderValue::from_static("-"));
    let name = name.unwrap_or_else(|| user.as_str().to_owned());
    let email = email.unwrap_or_else(|| format!("{user}@{account}.invalid"));
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.reserve(7);
    headers.insert(USER, text(user.into_string()));
    headers.insert(NAME, text(name));
    headers.insert(EMAIL, text(email));
    headers.insert(GROUPS, HeaderValue::from_static(role.as_str()));
    headers.insert(ACCOUNT, text(account.into_string()));
    headers.insert(SESSION, text(session.into_string()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn malformed() -> Response<Body> {
    let detail = "The forwarded headers contradict themselves. Let the proxy overwrite each of them, once.";
    Problem::new(StatusCode::FORBIDDEN, "malformed_forward", detail).into_response()
}

/// The page that the person wanted, if it is one to which they may be sent back.
fn wanted(app: &App, request: &ForwardedRequest<'_>) -> Option<SafeNext> {
    let (proto, host, uri) = (request.proto?, request.host?, request.uri?);
    app.site().next(Some(&format!("{proto}://{host}{uri}")))
}
