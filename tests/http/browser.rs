//! A browser that keeps its cookies and says what it fetches, and the people who sit at it.

use crate::app::{Answer, TestApp};
use axum::body::Body;
use axum::http::{Request, header};
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::{AccountId, UserId};
use innkeeper::domain::user::Role;
use innkeeper::service::{AccountFields, NewSystemUser, UserFields};
use innkeeper::web::serve::PeerAddress;
use std::collections::BTreeMap;
use url::form_urlencoded;

/// The password of everybody in these tests.
pub(crate) const PASSWORD: &str = "kayak by the old jetty";

/// Firefox on Windows.
const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";

impl TestApp {
    /// An account on the plan `team` whose people read times in Brisbane.
    pub(crate) async fn with_account(&self, account: &str) {
        let fields = AccountFields {
            name: Some(format!("Tours of {account}")),
            plan: Some("team".into()),
            time_zone: Some("Australia/Brisbane".into()),
            ..AccountFields::default()
        };
        let id = AccountId::new(account).expect("the test's id is one");
        self.innkeeper
            .put_account(&id, &fields, &Actor::Operator)
            .await
            .expect("the store works")
            .expect("it is right");
    }

    /// Somebody in an account, who signs in as `{user}@reef.example`.
    pub(crate) async fn with_user(&self, account: &str, user: &str, role: Role) {
        let fields = UserFields {
            account: Some(AccountId::new(account).expect("the test's id is one")),
            role: Some(role),
            status: None,
            email: Some(Some(format!("{user}@reef.example"))),
            email_confirmed: None,
            name: None,
            password: Some(PASSWORD.into()),
        };
        let id = UserId::new(user).expect("the test's id is one");
        self.innkeeper.put_user(&id, fields, &Actor::Operator).await.expect("the store works").expect("it is right");
    }

    /// Adds somebody of support, or an administrator, who signs in as `{user}@reef.example`.
    pub(crate) async fn with_system_user(&self, user: &str, role: Role) {
        let new = NewSystemUser {
            id: Some(UserId::new(user).expect("the test's id is one")),
            role,
            email: format!("{user}@reef.example"),
            name: Some(format!("Helper {user}")),
            password: PASSWORD.into(),
        };
        let created = self.innkeeper.create_system_user(new, &Actor::Operator).await;
        created.expect("the store works").expect("it is right");
    }

    /// A browser without any cookie.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { app: self, cookies: BTreeMap::new(), agent: FIREFOX.into(), base: String::new() }
    }
}

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    /// Value by name, and whether it outlives the browser.
    pub(crate) cookies: BTreeMap<String, (String, bool)>,
    /// What it calls itself.
    pub(crate) agent: String,
    /// What every path is below.
    pub(crate) base: String,
}

impl Browser<'_> {
    /// A request as this browser makes it when somebody navigates.
    pub(crate) fn ask(&self, method: &str, path: &str, body: String) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        let cookies: Vec<_> = self.cookies.iter().map(|(name, (value, _))| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if method == "POST" {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        request
            .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
            .header(header::USER_AGENT, &self.agent)
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .extension(PeerAddress(Some([127, 0, 0, 1].into())))
            .body(body.into())
            .expect("the test's request is one")
    }

    /// Sends a request, and keeps the cookies that come back.
    pub(crate) async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = self.app.send(request).await;
        for set in answer.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().expect("a cookie is text");
            let (pair, attributes) = set.split_once(';').expect("our cookies have attributes");
            let (name, value) = pair.split_once('=').expect("a cookie has a value");
            if attributes.ends_with("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), (value.into(), attributes.contains("Max-Age=")));
            }
        }
        answer
    }

    /// Opens a page.
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(self.ask("GET", path, String::new())).await
    }

    /// Sends a form.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(self.ask("POST", path, form)).await
    }

    /// Signs somebody in, without a look at the form first.
    pub(crate) async fn sign_in(&mut self, user: &str) -> Answer {
        let email = format!("{user}@reef.example");
        self.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await
    }

    /// Closes and opens it: what ends with the browser is gone.
    pub(crate) fn close(&mut self) {
        self.cookies.retain(|_, (_, stays)| *stays);
    }

    /// Whether somebody is signed in here, asked with a navigation.
    pub(crate) async fn is_signed_in(&mut self) -> bool {
        self.get("/account").await.status == 200
    }
}
