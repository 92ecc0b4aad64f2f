//! What handlers of pages are given: the visit, who is signed in, and the fields of a form.

use super::activity;
use super::app::App;
use super::body::{BODY_BYTES_MAX, BodyError, read_body};
use super::headers::Nonce;
use super::moment::Reader;
use super::pages::answer::see_other;
use super::pages::signed_out::told_why;
use super::pages::{Chrome, LiveChannel, UserMenu};
use super::problem::Problem;
use super::serve::PeerAddress;
use super::text::Language;
use crate::client::hints::Hints;
use crate::domain::account::Account;
use crate::domain::activity::Counted;
use crate::domain::end::EndReason;
use crate::domain::id::SecretHash;
use crate::domain::time::Timestamp;
use crate::domain::user;
use crate::secret::{DeviceToken, PendingToken, SessionToken};
use crate::service::{Browser, CheckOutcome, CheckedUser, Client, LiveSession, Position, ServiceError, SessionView};
use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN, SET_COOKIE, USER_AGENT, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use url::{Url, form_urlencoded};

/// One request for a page, and what its answer is made from.
#[derive(Clone)]
pub struct Visit {
    /// What every handler shares.
    pub app: App,
    method: Method,
    headers: HeaderMap,
    path_and_query: String,
    peer: Option<PeerAddress>,
    nonce: Nonce,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let nonce = parts.extensions.get::<Nonce>().cloned();
        Ok(Self {
            app: app.clone(),
            method: parts.method.clone(),
            headers: parts.headers.clone(),
            path_and_query: parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            peer: parts.extensions.get::<PeerAddress>().copied(),
            nonce: nonce.expect("the layer around all pages gives every request its nonce"),
        })
    }
}

impl Visit {
    /// The chrome of a page for nobody in particular.
    pub fn chrome(&self) -> Chrome {
        Chrome::new(self.app.site(), &self.nonce, (self.language(), self.here()), None)
    }

    /// The chrome of the page on which people sign in, which tells them of rules that are announced.
    pub async fn chrome_of_sign_in(&self) -> Result<Chrome, ServiceError> {
        let innkeeper = self.app.innkeeper();
        let now = if innkeeper.policies().may_change() { innkeeper.now().await? } else { return Ok(self.chrome()) };
        let reader = Reader { language: self.language(), zone: "UTC", now };
        Ok(Chrome { announced: self.announced(&reader), ..self.chrome() })
    }

    /// That other rules for sessions are announced, in words.
    fn announced(&self, reader: &Reader<'_>) -> Option<String> {
        let (from, _) = self.app.innkeeper().policies().announced(reader.now)?;
        Some(reader.language.tell("policy-announced", &[("date", reader.absolute(from).into())]))
    }

    /// Whether a page of a configured application asks.
    pub fn is_from_application(&self) -> bool {
        self.headers.get(ORIGIN).is_some_and(|origin| self.app.site().is_application(origin))
    }

    /// Lets pages of the configured applications read an answer.
    pub fn for_applications(&self, mut answer: Response<Body>) -> Response<Body> {
        let headers = answer.headers_mut();
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = self.headers.get(ORIGIN).filter(|origin| self.app.site().is_application(origin)) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        answer
    }

    /// The language of the answer.
    pub fn language(&self) -> Language {
        self.app.site().language(&self.headers)
    }

    /// An address of ours, below the public one.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.app.site().base())
    }

    /// Whether this request is activity. What is configured of paths is about applications, and not about our own pages.
    pub fn counted(&self) -> Counted {
        activity::counted(self.method.as_str(), None, &self.headers)
    }

    /// The method of the request.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The header with this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What the browser carries.
    pub fn browser(&self) -> Browser {
        let cookies = &self.app.site().cookies;
        Browser {
            session: cookies.session(&self.headers).and_then(SessionToken::hash_presented),
            device: cookies.device(&self.headers).and_then(DeviceToken::hash_presented),
        }
    }

    /// What the browser carries of a sign-in that is not through.
    pub fn pending(&self) -> Option<SecretHash> {
        self.app.site().cookies.pending(&self.headers).and_then(PendingToken::hash_presented)
    }

    /// Where `next` leads, if it leads somewhere allowed; else nothing, which stands for the account page.
    pub fn safe_next(&self, next: Option<&str>) -> String {
        self.app.site().next(next).map(|next| next.to_string()).unwrap_or_default()
    }

    /// What the person comes from.
    pub fn client(&self) -> Client {
        let agent = self.headers.get(USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned());
        Client {
            ip: self.app.site().client_ip((&self.headers, self.peer.as_ref())),
            user_agent: agent,
            hints: Hints::parse(|name| self.headers.get(name)?.to_str().ok()),
        }
    }

    /// Where to come back to after signing in: this page, or the start after something that was sent.
    pub fn back_here(&self) -> String {
        self.here().unwrap_or_default()
    }

    /// Path and query of this page, if it can be asked for again.
    fn here(&self) -> Option<String> {
        (self.method == Method::GET).then(|| self.address(&self.path_and_query))
    }

    /// A page with the sign-in form brings the device cookie, so that its browser is known again whatever becomes of
    /// the answer to the sign-in. One that is well-formed stays.
    pub fn with_device(&self, mut page: Response<Body>) -> Response<Body> {
        if self.browser().device.is_none() {
            let set = self.app.site().cookies.set_device(DeviceToken::generate().reveal());
            page.headers_mut().append(SET_COOKIE, set);
        }
        page
    }

    /// Takes the session cookie from the browser.
    pub fn without_session(&self, mut page: Response<Body>) -> Response<Body> {
        page.headers_mut().append(SET_COOKIE, self.app.site().cookies.clear_session());
        page
    }
}

/// Who asks for a page.
pub enum Visitor {
    /// Somebody with a live session.
    SignedIn(Box<SignedIn>),
    /// A browser whose session is over.
    Over(Box<OverSession>),
    /// A browser without a session.
    Nobody(Visit),
}

/// A session that is over, and the visit that found it so.
pub struct OverSession {
    /// The visit.
    pub visit: Visit,
    /// The session.
    pub view: SessionView,
    /// When it ended.
    pub at: Timestamp,
    /// Why it ended.
    pub reason: EndReason,
    /// The instant of the check.
    pub now: Timestamp,
    /// The zone in which the account reads times.
    pub zone: String,
}

/// Somebody with a live session.
pub struct SignedIn {
    /// The visit.
    pub visit: Visit,
    /// Their session as the check found it.
    pub session: LiveSession,
    /// The same session as pages show it.
    pub view: SessionView,
    /// Their account; support and administrators have none.
    pub account: Option<Account>,
    /// An event that whatever is shown to them comes after.
    pub after: Position,
}

impl Visitor {
    async fn of(visit: Visit) -> Result<Self, ServiceError> {
        let counted = visit.counted();
        Self::checked(visit, counted).await
    }

    /// Who asks, where the page itself does so: never activity, whatever the request looks like.
    pub async fn asking_by_itself(visit: Visit) -> Result<Self, ServiceError> {
        Self::checked(visit, Counted::NotCounted).await
    }

    async fn checked(visit: Visit, counted: Counted) -> Result<Self, ServiceError> {
        let Some(token) = visit.browser().session else { return Ok(Visitor::Nobody(visit)) };
        let innkeeper = visit.app.innkeeper().clone();
        let after = *innkeeper.news().borrow();
        let account = async |user: &CheckedUser| match &user.account_id {
            Some(id) => innkeeper.account(id).await,
            None => Ok(None),
        };
        Ok(match innkeeper.check(Some(token), counted).await? {
            CheckOutcome::Unknown => Visitor::Nobody(visit),
            CheckOutcome::Live(session) => {
                let Some(view) = innkeeper.session(&session.id).await? else { return Ok(Visitor::Nobody(visit)) };
                let account = account(&session.user).await?;
                Visitor::SignedIn(Box::new(SignedIn { visit, session: *session, view, account, after }))
            }
            CheckOutcome::Over(session, at, reason) => {
                let Some(view) = innkeeper.session(&session.id).await? else { return Ok(Visitor::Nobody(visit)) };
                let zone = account(&session.user).await?.map_or_else(utc, |account| account.time_zone);
                let now = innkeeper.now().await?;
                Visitor::Over(Box::new(OverSession { visit, view, at, reason, now, zone }))
            }
        })
    }
}

fn utc() -> String {
    "UTC".into()
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Ok(visit) = Visit::from_request_parts(parts, app).await;
        Ok(Self::of(visit).await?)
    }
}

/// Everybody else is told why they are signed out, or sent to the sign-in page.
impl FromRequestParts<App> for SignedIn {
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response<Body>> {
        match Visitor::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)? {
            Visitor::SignedIn(signed_in) => Ok(*signed_in),
            Visitor::Over(over) => Err(told_why(StatusCode::UNAUTHORIZED, &over, &over.visit.back_here())),
            Visitor::Nobody(visit) => {
                let to = visit.address("/sign-in");
                Err(see_other(&match visit.back_here() {
                    back if back.is_empty() => to,
                    back => with_query(&to, "next", &back),
                }))
            }
        }
    }
}

impl SignedIn {
    /// The chrome of their pages.
    pub fn chrome(&self) -> Chrome {
        let account = self.account.as_ref().map(|account| account.name.as_str());
        let language = self.visit.language();
        let menu = UserMenu::new(language, self.called(), self.session.user.role, account);
        let at = (language, self.visit.here());
        let live = LiveChannel { after: self.after.0, user: self.session.user.id.to_string() };
        let announced = self.visit.announced(&self.reader());
        let chrome = Chrome::new(self.visit.app.site(), &self.visit.nonce, at, Some(menu));
        Chrome { live: Some(live), announced, app_url: self.app_url().map(str::to_owned), ..chrome }
    }

    /// The application that they work in. Support and administrators work in none.
    pub fn app_url(&self) -> Option<&str> {
        self.visit.app.site().app_url.as_ref().filter(|_| self.account.is_some()).map(Url::as_str)
    }

    /// Their name, else their address, else their id.
    pub fn called(&self) -> &str {
        let user = &self.session.user;
        user::called(user.name.as_deref(), user.email.as_deref(), user.id.as_str())
    }

    /// How they are told of times.
    pub fn reader(&self) -> Reader<'_> {
        let zone = self.account.as_ref().map_or("UTC", |account| &account.time_zone);
        Reader { language: self.visit.language(), zone, now: self.session.now }
    }
}

/// An address with one query parameter more.
pub fn with_query(address: &str, name: &str, value: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    let sign = if address.contains('?') { '&' } else { '?' };
    format!("{address}{sign}{query}")
}

/// The query of a page's address. One that makes no sense, such as a name that comes twice, is as good as none: the page
/// is there without it.
pub struct QueryOf<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequestParts<App> for QueryOf<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(Query::from_request_parts(parts, app).await.map_or_else(|_| T::default(), |Query(query)| query)))
    }
}

/// The fields of a form that was sent. A field that comes twice is refused: two readers could each take another one.
pub struct FormOf<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for FormOf<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let body = read_body(body, BODY_BYTES_MAX).await.map_err(|error| match error {
            BodyError::TooLarge => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is longer than accepted.")
            }
            BodyError::TooSlow => {
                Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "The body did not arrive in time.")
            }
            BodyError::Broken(_) => Problem::new(StatusCode::BAD_REQUEST, "broken_body", "The body broke off."),
        })?;
        match Form::from_request(Request::from_parts(parts, Body::from(body)), app).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(_) => Err(Problem::new(StatusCode::BAD_REQUEST, "bad_form", "A field is missing, or there twice.")),
        }
    }
}
