//! Who may open which page and do what with it: everybody at every route, and whoever may not changes nothing.

use crate::app::TestApp;
use crate::browser::{Browser, PASSWORD};
use axum::http::{Method, Response};
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::UserId;
use innkeeper::domain::user::Role;
use innkeeper::service::{Acting, Client, Event, NewSession, PersonChange, Position, SessionView};
use innkeeper::web::pages::{Post, posts};
use innkeeper::web::serve::{Answers, PeerAddress};
use std::collections::BTreeSet;

/// Everybody there is. In account `reef` are alex and bo (owners), mo (manager), kai and gone (staff, the latter
/// suspended); eve owns another account; sue and ada belong to none. Kai has a second factor.
pub(super) const EVERYBODY: [(&str, &str); 7] = [
    ("nobody", ""),
    ("staff", "kai"),
    ("manager", "mo"),
    ("owner", "alex"),
    ("other", "eve"),
    ("support", "sue"),
    ("admin", "ada"),
];

/// Every route with what comes of it for each. A page that is not here fails the test below.
///
/// `{kai}`, `{bo}` and `{gone}` stand for those people of `reef`, `{kais}` and `{bos}` for a session of each;
/// `{invitation}` and its `{code}`, `{plan}` and `{file}` for one that there is; `{me}` and `{word}` for one's own login. The fields of a form are written as they are sent; `-` where there are none.
///
/// `ok`: it is shown or done. `sign-in`: they are led there. `no`: their role does not allow it (403). `-`: as if it were
/// not there (404). Any other status is written as it is.
const TABLE: &str = "
method path                                          fields             nobody  staff manager owner other support admin
GET    /                                             -                  ok      ok    ok      ok    ok    ok      ok
GET    /sign-in                                      -                  ok      ok    ok      ok    ok    ok      ok
POST   /sign-in                                      email={me}&password={word} ok sign-in ok ok    ok    ok      ok
GET    /sign-in/second-step                          -                  401     401   401     401   401   401     401
POST   /sign-in/second-step                          code=000000        401     401   401     401   401   401     401
POST   /sign-in/second-step/options                  -                  -       -     -       -     -     -       -
GET    /sign-in/set-up                               -                  401     401   401     401   401   401     401
POST   /sign-in/set-up                               code=000000        401     401   401     401   401   401     401
POST   /sign-in/set-up/options                       -                  -       -     -       -     -     -       -
GET    /sign-in/take-over                            -                  401     401   401     401   401   401     401
POST   /sign-in/take-over                            session={kais}     401     401   401     401   401   401     401
POST   /sign-in/passkey                              answer=none         401     401   401     401   401   401     401
POST   /sign-in/passkey/options                      -                  ok      ok    ok      ok    ok    ok      ok
POST   /sign-in/take-over/mail                       -                  401     401   401     401   401   401     401
GET    /sign-in/take-over/code                       -                  401     401   401     401   401   401     401
POST   /sign-in/take-over/code                       code=12345678      401     401   401     401   401   401     401
GET    /confirm-email                                -                  410     410   410     410   410   410     410
POST   /confirm-email                                code=x             410     410   410     410   410   410     410
GET    /forgot                                       -                  ok      ok    ok      ok    ok    ok      ok
POST   /forgot                                       email={me}         ok      ok    ok      ok    ok    ok      ok
GET    /reset                                        -                  410     410   410     410   410   410     410
POST   /reset                                        code=x&new=a+heron+on+one+leg 410 410 410 410 410 410      410
POST   /sign-out                                     -                  ok      ok    ok      ok    ok    ok      ok
GET    /signed-out                                   -                  ok      ok    ok      ok    ok    ok      ok
GET    /session                                      -                  ok      ok    ok      ok    ok    ok      ok
POST   /session                                      -                  ok      ok    ok      ok    ok    ok      ok
GET    /innkeeper.js                                 -                  ok      ok    ok      ok    ok    ok      ok
GET    /account                                      -                  sign-in ok    ok      ok    ok    ok      ok
GET    /account/sessions                             -                  sign-in ok    ok      ok    ok    ok      ok
GET    /account/live                                 -                  401     ok    ok      ok    ok    ok      ok
GET    /account/sessions/end-others                  -                  sign-in ok    ok      ok    ok    ok      ok
POST   /account/sessions/end-others                  -                  sign-in ok    ok      ok    ok    ok      ok
GET    /account/sessions/{kais}/terminate            -                  sign-in ok    -       -     -     -       -
POST   /account/sessions/{kais}/terminate            -                  sign-in ok    -       -     -     -       -
GET    /account/sessions/{kais}/name                 -                  sign-in ok    -       -     -     -       -
POST   /account/sessions/{kais}/name                 name=Desk          sign-in ok    -       -     -     -       -
GET    /account/activity                             -                  sign-in ok    ok      ok    ok    ok      ok
GET    /account/activity?of=account                  -                  sign-in no    no      ok    ok    no      no
GET    /account/activity?of=account&person={kai}     -                  sign-in no    no      ok    -     no      no
GET    /account/activity.csv                         -                  sign-in ok    ok      ok    ok    ok      ok
GET    /account/activity.csv?of=account              -                  sign-in no    no      ok    ok    no      no
GET    /account/activity.csv?of=account&person={kai} -                  sign-in no    no      ok    -     no      no
GET    /account/security                             -                  sign-in ok    ok      ok    ok    ok      ok
POST   /account/security/email                       -                  sign-in 409   409     409   409   409     409
GET    /account/security/password                    -                  sign-in ok    ok      ok    ok    ok      ok
POST   /account/security/password                    current={word}&new=a+heron+on+one+leg sign-in ok ok ok ok ok ok
GET    /account/security/totp                        -                  sign-in ok    ok      ok    ok    ok      ok
POST   /account/security/totp                        name=Phone&code=000000 sign-in 422 422   422   422   422     422
GET    /account/security/passkeys                    -                  sign-in ok    ok      ok    ok    ok      ok
POST   /account/security/passkeys                    name=Key&answer=none sign-in 409   409     409   409   409     409
POST   /account/security/passkeys/options            -                  sign-in ok    ok      ok    ok    ok      ok
GET    /account/security/factors/{factor}/remove     -                  sign-in ok    -       -     -     -       -
POST   /account/security/factors/{factor}/remove     -                  sign-in ok    -       -     -     -       -
GET    /account/security/recovery-codes              -                  sign-in ok    ok      ok    ok    ok      ok
POST   /account/security/recovery-codes              -                  sign-in ok    ok      ok    ok    ok      ok
GET    /account/staff                                -                  sign-in no    ok      ok    ok    no      no
GET    /account/staff/second-factor                  -                  sign-in no    no      ok    ok    no      no
POST   /account/staff/second-factor                  second_factor=required sign-in no no    ok    ok    no      no
GET    /account/staff/invite                         -                  sign-in no    no      ok    ok    no      no
POST   /account/staff/invite                         email=lee@reef.example&role=staff sign-in no no ok ok no no
POST   /account/staff/invitations/{invitation}/revoke -                 sign-in no    no      ok    -     no      no
GET    /account/staff/people/{kai}                   -                  sign-in no    ok      ok    -     no      no
POST   /account/staff/people/{kai}/role              role=manager       sign-in no    no      ok    -     no      no
POST   /account/staff/people/{bo}/role               role=staff         sign-in no    no      ok    -     no      no
POST   /account/staff/people/{kai}/suspend           -                  sign-in no    no      ok    -     no      no
POST   /account/staff/people/{bo}/suspend            -                  sign-in no    no      ok    -     no      no
POST   /account/staff/people/{gone}/reinstate        -                  sign-in no    no      ok    -     no      no
GET    /account/staff/people/{kai}/remove            -                  sign-in no    no      ok    -     no      no
POST   /account/staff/people/{kai}/remove            -                  sign-in no    no      ok    -     no      no
POST   /account/staff/people/{bo}/remove             -                  sign-in no    no      ok    -     no      no
GET    /account/staff/people/{kai}/end-sessions      -                  sign-in no    ok      ok    -     no      no
POST   /account/staff/people/{kai}/end-sessions      -                  sign-in no    ok      ok    -     no      no
GET    /account/staff/people/{bo}/end-sessions       -                  sign-in no    no      ok    -     no      no
POST   /account/staff/people/{bo}/end-sessions       -                  sign-in no    no      ok    -     no      no
GET    /account/staff/sessions                       -                  sign-in no    ok      ok    ok    no      no
GET    /account/staff/sessions/end-all               -                  sign-in no    ok      ok    ok    no      no
POST   /account/staff/sessions/end-all               -                  sign-in no    ok      ok    ok    no      no
GET    /account/staff/sessions/{kais}/terminate      -                  sign-in no    ok      ok    -     no      no
POST   /account/staff/sessions/{kais}/terminate      -                  sign-in no    ok      ok    -     no      no
GET    /account/staff/sessions/{bos}/terminate       -                  sign-in no    no      ok    -     no      no
POST   /account/staff/sessions/{bos}/terminate       -                  sign-in no    no      ok    -     no      no
GET    /account/plans                                -                  sign-in no    no      ok    ok    no      no
GET    /account/plans/{plan}                         -                  sign-in no    no      ok    ok    no      no
POST   /account/plans/{plan}                         -                  sign-in no    no      ok    ok    no      no
GET    /account/billing                              -                  sign-in no    no      ok    ok    no      no
GET    /invitation?code={code}                       -                  ok      ok    ok      ok    ok    ok      ok
POST   /invitation                                   code={code}&name=Noa&password={word} ok ok ok ok ok  ok      ok
GET    /setup?code={code}                            -                  410     410   410     410   410   410     410
POST   /setup                                        code={code}&email=ada@help.example&name=Ada&password={word} 410 410 410 410 410 410 410
GET    /account/step-up                              -                  sign-in ok    ok      ok    ok    ok      ok
POST   /account/step-up                              password={word}    sign-in 401   ok      ok    ok    ok      ok
POST   /account/step-up/options                      -                  sign-in -     -       -     -     -       -
GET    /support                                      -                  sign-in no    no      no    no    ok      ok
GET    /support?q={kai}                              -                  sign-in no    no      no    no    ok      ok
GET    /support/people/{kai}                         -                  sign-in no    no      no    no    ok      ok
GET    /support/people/{kai}/release                 -                  sign-in no    no      no    no    ok      ok
POST   /support/people/{kai}/release                 note=Lost+tablet   sign-in no    no      no    no    ok      ok
GET    /support/sessions/{kais}/release              -                  sign-in no    no      no    no    ok      ok
POST   /support/sessions/{kais}/release              note=Lost+tablet   sign-in no    no      no    no    ok      ok
GET    /support/webhooks                             -                  sign-in no    no      no    no    no      ok
POST   /support/webhooks/{webhook}/deliveries/{event}/retry -           sign-in no    no      no    no    no      -
GET    /session-policy                               -                  ok      ok    ok      ok    ok    ok      ok
POST   /language                                     language=pt&back=/ ok      ok    ok      ok    ok    ok      ok
GET    /assets/{file}                                -                  ok      ok    ok      ok    ok    ok      ok
";

pub(super) struct Row {
    pub(super) method: Method,
    pub(super) path: &'static str,
    fields: &'static str,
    /// What comes of it, by whoever is at that place in [`EVERYBODY`].
    pub(super) outcomes: Vec<&'static str>,
}

pub(super) fn rows() -> Vec<Row> {
    let mut lines = TABLE.lines().filter(|line| !line.is_empty()).map(|line| line.split_whitespace());
    let head: Vec<_> = lines.next().unwrap().skip(3).collect();
    assert_eq!(head, EVERYBODY.map(|(called, _)| called));
    let rows = lines.map(|mut words| {
        let mut word = || words.next().unwrap();
        let (method, path, fields) = (word().parse().unwrap(), word(), word());
        let outcomes: Vec<_> = words.collect();
        assert_eq!(outcomes.len(), EVERYBODY.len(), "{path}");
        Row { method, path, fields: if fields == "-" { "" } else { fields }, outcomes }
    });
    rows.collect()
}

/// A path without its query, and without the names of what stands for an id.
pub(super) fn shape(path: &str) -> String {
    let path = path.split('?').next().unwrap();
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// An installation with everybody in it, and somebody at a browser.
pub(super) struct Scene<'a> {
    pub(super) browser: Browser<'a>,
    /// What stands in the table for what.
    pub(super) names: Vec<(&'static str, String)>,
}

/// Everybody but alex is made behind the store's back, which notices with its next commit: with alex's password, so that
/// it is hashed once.
const PEOPLE: &str = "
    INSERT INTO users (user_id, account_no, role, status, email, created_at)
      SELECT p.id, a.account_no, p.role, 'active', p.id || '@reef.example', 0 FROM accounts a JOIN (
        SELECT 'bo' AS id, 'reef' AS account, 'owner' AS role UNION SELECT 'mo', 'reef', 'manager'
        UNION SELECT 'kai', 'reef', 'staff' UNION SELECT 'gone', 'reef', 'staff'
        UNION SELECT 'eve', 'dune', 'owner' UNION SELECT 'dan', 'dune', 'staff'
        UNION SELECT 'sue', '', 'support' UNION SELECT 'ada', '', 'admin'
      ) p ON a.account_id = p.account;
    INSERT INTO passwords (user_no, password_hash, changed_at)
      SELECT u.user_no, p.password_hash, 0 FROM users u, passwords p WHERE u.user_id <> 'alex';";

pub(super) async fn installed() -> TestApp {
    let app = TestApp::configured(|config| {
        config.policy.sessions_per_user = 4;
        // Where passkeys work.
        config.public_url = "http://localhost:8080/".parse().unwrap();
    })
    .await;
    app.with_account("reef").await;
    app.with_user("reef", "alex", Role::Owner).await;
    app.with_account("dune").await;
    app.site.sql(PEOPLE);
    app.with_account("tide").await;
    app
}

/// Somebody's session, of a device of its own.
async fn session_of(app: &TestApp, user: &str) -> SessionView {
    let (user, client, methods) = (UserId::new(user).unwrap(), Client::default(), vec!["pwd".into()]);
    let ask = NewSession { user, client, device: None, methods, replace_oldest: false };
    app.innkeeper.start_session(ask, Actor::Operator).await.unwrap().unwrap().session
}

pub(super) async fn scene<'a>(app: &'a TestApp, user: &'static str) -> Scene<'a> {
    let alexs = session_of(app, "alex").await;
    let (kais, bos) = (session_of(app, "kai").await, session_of(app, "bo").await);
    session_of(app, "dan").await;
    let mut browser = app.browser();
    if !user.is_empty() {
        assert_eq!(browser.sign_in(user).await.status, 303, "{user}");
    }
    // What it is verified with is any secret: nobody knows a code of it.
    app.site.sql(
        "INSERT INTO factors (factor_id, user_no, kind, name, state, last_step, created_at) SELECT 'f_kai', user_no, \
         'totp', 'Phone', (SELECT token_hash FROM session_tokens LIMIT 1), 0, 0 FROM users WHERE user_id = 'kai'",
    );
    let (reef, acting) = (alexs.account_id.clone().unwrap(), || Acting::within(&alexs));
    app.innkeeper.change_person(acting(), &UserId::new("gone").unwrap(), PersonChange::Suspend).await.unwrap().unwrap();
    let made = app.innkeeper.invite(acting(), &reef, ("noa@reef.example", Role::Staff)).await.unwrap().unwrap();
    let me = if user.is_empty() { "mo" } else { user };
    let names = vec![
        ("{kai}", "kai".to_owned()),
        ("{bo}", "bo".to_owned()),
        ("{gone}", "gone".to_owned()),
        ("{kais}", kais.id.to_string()),
        ("{bos}", bos.id.to_string()),
        ("{factor}", "f_kai".to_owned()),
        ("{invitation}", made.invitation.id.to_string()),
        ("{code}", made.code.reveal().to_owned()),
        ("{plan}", "business".to_owned()),
        ("{file}", "innkeeper.css".to_owned()),
        ("{webhook}", "wh_absent".to_owned()),
        ("{event}", "1".to_owned()),
        ("{me}", format!("{me}@reef.example")),
        ("{word}", PASSWORD.replace(' ', "+")),
    ];
    Scene { browser, names }
}

impl Scene<'_> {
    pub(super) fn filled(&self, text: &str) -> String {
        let filled = self.names.iter().fold(text.to_owned(), |text, (name, is)| text.replace(name, is));
        assert!(!filled.contains('{'), "{filled} has a name that the scene does not know");
        filled
    }

    /// What comes of a request. The body is not waited for: some never end.
    pub(super) async fn outcome(&self, app: &TestApp, row: &Row) -> String {
        let (path, fields) = (self.filled(row.path), self.filled(row.fields));
        let request = self.browser.ask(row.method.as_str(), &path, fields);
        outcome_of(&app.front.answer(PeerAddress(None), request).await)
    }
}

fn outcome_of<B>(answer: &Response<B>) -> String {
    let to = answer.headers().get("location").map_or("", |to| to.to_str().unwrap());
    let said = match answer.status().as_u16() {
        303 if to.starts_with("/sign-in") => "sign-in",
        303 if to.starts_with("/account/step-up") => "step-up",
        303 | 200..=299 => "ok",
        403 => "no",
        404 => "-",
        status => return status.to_string(),
    };
    said.into()
}

pub(super) async fn happened(app: &TestApp) -> Vec<Event> {
    app.innkeeper.events(Position(0), u16::MAX).await.unwrap()
}

/// Walks through the whole table as one of them. What changed nothing leaves the installation as it was for the next row.
async fn walk(called: &str) {
    let at = EVERYBODY.iter().position(|(one, _)| *one == called).unwrap();
    let mut waiting = rows().into_iter().peekable();
    let mut wrong = Vec::new();
    while waiting.peek().is_some() {
        let app = installed().await;
        let scene = scene(&app, EVERYBODY[at].1).await;
        let before = happened(&app).await;
        for row in waiting.by_ref() {
            let (told, expected) = (scene.outcome(&app, &row).await, row.outcomes[at]);
            if told != expected {
                wrong.push(format!("{} {}: {told} instead of {expected}", row.method, row.path));
            }
            let changed = happened(&app).await != before;
            // That support looked at somebody is written down.
            let looked = row.path.starts_with("/support") && expected == "ok";
            if changed && ((row.method == Method::GET && !looked) || expected != "ok") {
                wrong.push(format!("{} {} changed something", row.method, row.path));
            }
            let acts =
                ["/account/staff/", "/account/plans/", "/support/"].iter().any(|part| row.path.starts_with(part));
            if row.method == Method::POST && expected == "ok" && acts && !changed {
                wrong.push(format!("{} {} changed nothing", row.method, row.path));
            }
            if changed {
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{called}:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn everybody_who_is_not_signed_in_sees_what_is_for_everybody_and_changes_nothing() {
    walk("nobody").await;
}

#[tokio::test]
async fn staff_see_and_end_what_is_their_own() {
    walk("staff").await;
}

#[tokio::test]
async fn a_manager_sees_the_team_and_ends_its_sessions_but_an_owners() {
    walk("manager").await;
}

#[tokio::test]
async fn an_owner_does_everything_in_their_account() {
    walk("owner").await;
}

#[tokio::test]
async fn an_owner_of_another_account_finds_nothing_of_this_one() {
    walk("other").await;
}

#[tokio::test]
async fn support_looks_after_no_account_as_its_people_do() {
    walk("support").await;
}

#[tokio::test]
async fn an_administrator_looks_after_no_account_as_its_people_do() {
    walk("admin").await;
}

#[tokio::test]
async fn every_route_has_a_row_and_every_row_a_route() {
    let mut routes = BTreeSet::new();
    let app = TestApp::start().await;
    for (path, post) in posts() {
        for method in ["GET", "POST"] {
            let request = app.browser().ask(method, path, String::new());
            let answer = app.front.answer(PeerAddress(None), request).await;
            if method == "POST" {
                assert_eq!(
                    answer.status() == 405,
                    post == Post::Never,
                    "{path} takes forms, and the table says otherwise"
                );
            }
            if answer.status() != 405 {
                routes.insert((method.to_owned(), shape(path)));
            }
        }
    }
    let known: BTreeSet<_> = rows().iter().map(|row| (row.method.to_string(), shape(row.path))).collect();
    assert_eq!(routes, known);
}
