//! How pages are answered: HTML, redirects, and the two layers that no handler can forget: other sites change nothing,
//! and whatever fails is a page with a way on.

use super::Chrome;
use super::error::ErrorPage;
use crate::domain::activity::names_html;
use crate::secret::SessionToken;
use crate::service::Barred;
use crate::web::app::App;
use crate::web::cross_site::is_cross_site;
use crate::web::extract::{SignedIn, Visit, with_query};
use crate::web::headers::Nonce;
use crate::web::member::not_allowed;
use crate::web::moment::duration;
use crate::web::next::NEXT_LENGTH_MAX;
use crate::web::problem::{Failure, Problem};
use crate::web::text::Language;
use askama::Template;
use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, ORIGIN, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use axum::middleware::Next;
use axum::response::IntoResponse;
use std::sync::Arc;
use std::time::Duration;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// An answer, or what stopped it: [`error_pages`] makes a page of that.
pub(super) type Answer = Result<Response<Body>, Problem>;

/// A page with its status.
pub(crate) fn html(status: StatusCode, page: &impl Template) -> Response<Body> {
    match page.render() {
        Ok(text) => (status, [(CONTENT_TYPE, HTML)], text).into_response(),
        Err(error) => {
            let mut problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The page cannot be shown.");
            problem.failure = Some(Failure(Arc::new(error)));
            problem.into_response()
        }
    }
}

/// Sends the browser on with a GET. `to` is a checked `next` or an address of our own: visible ASCII.
pub(crate) fn see_other(to: &str) -> Response<Body> {
    let location = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// Gives the browser the token that its session has from now on.
pub(super) fn with_token(visit: &Visit, mut answer: Response<Body>, token: &SessionToken) -> Response<Body> {
    answer.headers_mut().append(SET_COOKIE, visit.app.site().cookies.set_session(token.reveal()));
    answer
}

/// How long a browser is asked to stay away while too many passwords are being verified.
pub(super) const BUSY_FOR: Duration = Duration::from_secs(5);

/// A page with `Retry-After`: whole seconds, a part of one counting as one.
pub(super) fn later(wait: Duration, mut page: Response<Body>) -> Response<Body> {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    page.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    page
}

/// What somebody is told who has to wait before they may try a password again.
pub(super) fn throttled(language: Language, wait: Duration) -> String {
    language.tell("sign-in-throttled", &[("wait", duration(language, wait).into())])
}

/// Cuts what was read, with one more than is shown, down to what is shown; says whether there was more.
pub(super) fn cut<T>(rows: &mut Vec<T>, shown: u16) -> bool {
    let more = rows.len() > shown.into();
    rows.truncate(shown.into());
    more
}

/// What stands in the way of whoever acts: a step-up first, or the page that tells why they are signed out.
pub(super) fn barred(signed_in: &SignedIn, barred: Barred, then: &str) -> Answer {
    let visit = &signed_in.visit;
    match barred {
        Barred::ActorOver => Ok(see_other(&visit.address("/account"))),
        Barred::NeedsStepUp => {
            Ok(see_other(&with_query(&visit.address("/account/step-up"), "then", &visit.address(then))))
        }
        Barred::NotAllowed => Err(not_allowed()),
    }
}

/// The same for a form, which is filled with what was typed when somebody comes back from the step-up. Addresses stand in the
/// logs of proxies, so nothing secret is ever among the fields.
pub(super) fn barred_typed(signed_in: &SignedIn, why: Barred, (then, typed): (&str, &[(&str, &str)])) -> Answer {
    barred(signed_in, why, &filled(signed_in.visit.app.site().base(), then, typed))
}

/// A path with a query, or without where an address does not hold it: an empty form is better than none.
fn filled(base: &str, path: &str, fields: &[(&str, &str)]) -> String {
    let filled = fields.iter().fold(path.to_owned(), |path, (name, value)| with_query(&path, name, value));
    if base.len() + filled.len() <= NEXT_LENGTH_MAX { filled } else { path.to_owned() }
}

pub(super) fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address, or it is not yours.")
}

/// Answers what no route takes.
pub(crate) async fn nothing_here() -> Problem {
    not_found()
}

/// Refuses state changes that another site had the browser send.
pub(super) async fn refuse_cross_site(State(app): State<App>, request: Request, next: Next) -> Response<Body> {
    let is_cross_site = is_cross_site(request.method(), request.headers(), &app.site().origin);
    if is_cross_site && !is_application_at_its_session(&app, &request) {
        let detail = "This request came from another site.";
        return Problem::new(StatusCode::FORBIDDEN, "cross_site", detail).into_response();
    }
    next.run(request).await
}

/// Applications on other hosts say of the session in their browser that somebody is there, and no more.
fn is_application_at_its_session(app: &App, request: &Request) -> bool {
    let mut origins = request.headers().get_all(ORIGIN).iter();
    let is_application = origins.next().is_some_and(|origin| app.site().is_application(origin));
    request.uri().path() == "/session" && is_application && origins.next().is_none()
}

/// Makes a page of every failure that is none yet, for whoever accepts HTML. Others get the problem as it is.
pub(super) async fn error_pages(
    State(app): State<App>,
    Extension(nonce): Extension<Nonce>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let wants_html = accepts_html(request.headers());
    let language = app.site().language(request.headers());
    let path = request.uri().path_and_query().filter(|_| request.method() == Method::GET);
    let here = path.map(|path| format!("{}{path}", app.site().base()));
    let answer = next.run(request).await;
    let status = answer.status();
    let failed = status.is_client_error() || status.is_server_error();
    if !failed || answer.headers().get(CONTENT_TYPE) == Some(&HTML) {
        return answer;
    }
    let body = if wants_html {
        html(status, &ErrorPage::new(Chrome::new(app.site(), &nonce, (language, here), None), status.as_u16()))
    } else if status == StatusCode::METHOD_NOT_ALLOWED {
        Problem::new(status, "method_not_allowed", "This address does not take that method.").into_response()
    } else {
        return answer;
    };
    let (mut parts, _) = answer.into_parts();
    let (new, body) = body.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.extend(new.headers);
    Response::from_parts(parts, body)
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|accept| accept.to_str().is_ok_and(names_html))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back_where_an_address_holds_it() {
        let path = "/support/people/kai/release";
        assert_eq!(filled("/auth", path, &[("note", "a b")]), format!("{path}?note=a+b"));
        assert_eq!(filled("", path, &[("a", "&"), ("b", "é")]), format!("{path}?a=%26&b=%C3%A9"));
        let fits = NEXT_LENGTH_MAX - "/auth".len() - path.len() - "?note=".len();
        assert_eq!(filled("/auth", path, &[("note", &"x".repeat(fits))]).len() + "/auth".len(), NEXT_LENGTH_MAX);
        assert_eq!(filled("/auth", path, &[("note", &"x".repeat(fits + 1))]), path);
    }
}
