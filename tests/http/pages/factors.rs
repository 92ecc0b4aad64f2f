//! Second factors: set up, asked for at sign-in, used up, replaced by recovery codes, and taken away.

use super::{leads, minutes, reef, reef_with_places, signed_in};
use crate::app::{Answer, TestApp};
use crate::browser::{Browser, PASSWORD};
use innkeeper::clock::ManualClock;
use innkeeper::domain::id::UserId;
use innkeeper::totp::{code_at, spelt};
use std::time::Duration;

const TOTP: &str = "/account/security/totp";
const SECOND: &str = "/sign-in/second-step";
const CODES: &str = "/account/security/recovery-codes";

/// An app that shows codes.
#[derive(Clone)]
pub(crate) struct Phone {
    secret: Vec<u8>,
}

impl Phone {
    /// One that has read the secret of a page.
    pub(crate) fn given(page: &Answer) -> Self {
        Self { secret: given(page) }
    }

    /// What it shows at this moment.
    pub(crate) fn code(&self, clock: &ManualClock) -> String {
        code_at(&self.secret, clock.now())
    }
}

/// The secret that a page gives an app, as it is typed.
fn given(page: &Answer) -> Vec<u8> {
    let text = page.text().split("<code>").nth(1).unwrap().split("</code>").next().unwrap();
    let secret = data_encoding::BASE32_NOPAD.decode(text.replace(' ', "").as_bytes()).unwrap();
    assert_eq!(spelt(&secret), text);
    secret
}

/// Whoever sits at this browser sets an app up, and keeps their recovery codes.
pub(crate) async fn set_up(app: &TestApp, browser: &mut Browser<'_>) -> (Phone, Vec<String>) {
    let phone = Phone::given(&browser.get(TOTP).await);
    let code = phone.code(&app.clock);
    let done = browser.post(TOTP, &[("name", "Phone"), ("code", &code)]).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let codes = done.text().split("<li><code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
    let codes: Vec<_> = codes.collect();
    assert_eq!(codes.len(), 10);
    // The code that set it up is used up, as every other.
    app.clock.advance(Duration::from_secs(60));
    (phone, codes)
}

async fn kinds(app: &TestApp) -> Vec<String> {
    let events = app.innkeeper.events(innkeeper::service::Position(0), u16::MAX).await.unwrap();
    events.into_iter().map(|event| event.kind).collect()
}

/// Kai, whose password is right in a fresh browser, has to go on.
pub(crate) async fn with_password<'a>(app: &'a TestApp, user: &str) -> Browser<'a> {
    let mut browser = app.browser();
    assert_eq!(leads(&browser.sign_in(user).await), (303, SECOND));
    assert!(!browser.is_signed_in().await, "a password alone is no session");
    browser
}

async fn go_on(browser: &mut Browser<'_>, code: &str) -> Answer {
    browser.post(SECOND, &[("code", code)]).await
}

#[tokio::test]
async fn whoever_has_set_an_app_up_signs_in_with_password_and_code() {
    let app = reef_with_places(2).await;
    let mut kai = signed_in(&app, "kai").await;
    let page = kai.get(TOTP).await;
    assert!(page.text().contains("<svg class=\"qr\"") && page.text().contains("otpauth://totp/"));
    assert_eq!(given(&kai.get(TOTP).await), given(&page), "the same until it is set up");
    let wrong = kai.post(TOTP, &[("name", "Phone"), ("code", "000000")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("This code does not fit.") && given(&wrong) == given(&page));
    let (phone, _) = set_up(&app, &mut kai).await;
    let security = kai.get("/account/security").await;
    assert!(security.text().contains("<bdi>Phone</bdi>") && security.text().contains("10 are left."));
    assert!(security.text().contains("not used since"));

    let mut other = with_password(&app, "kai").await;
    let page = other.get(SECOND).await;
    assert!(page.text().contains("One more step") && page.text().contains("autocomplete=\"one-time-code\""));
    let wrong = go_on(&mut other, "000000").await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text().contains("This code is wrong, or was used before."));
    assert_eq!(leads(&go_on(&mut other, &phone.code(&app.clock)).await), (303, "/account"));
    assert!(other.is_signed_in().await);
    assert!(!other.cookies.contains_key("innkeeper-pending"), "what it went on with is gone");
    assert!(kai.get("/account/security").await.text().contains("last used"));
    let started = app.innkeeper.events(innkeeper::service::Position(0), u16::MAX).await.unwrap();
    let started = started.into_iter().rfind(|event| event.kind == "session.started").unwrap();
    assert!(started.data.contains(r#""methods":["pwd","otp"]"#), "{}", started.data);
}

#[tokio::test]
async fn a_code_works_once_and_so_does_what_was_begun_with_a_password() {
    let app = reef_with_places(3).await;
    let (phone, _) = set_up(&app, &mut signed_in(&app, "kai").await).await;
    let code = phone.code(&app.clock);
    let (mut one, mut two) = (with_password(&app, "kai").await, with_password(&app, "kai").await);
    let copied = one.clone();
    assert_eq!(go_on(&mut one, &code).await.status, 303);
    assert_eq!(go_on(&mut two, &code).await.status, 401, "used before");
    app.clock.advance(Duration::from_secs(30));
    let mut copied = copied;
    assert_eq!(go_on(&mut copied, &phone.code(&app.clock)).await.status, 401, "what it went on with is used up");
    assert_eq!(go_on(&mut two, &phone.code(&app.clock)).await.status, 303);
}

#[tokio::test]
async fn of_many_who_send_one_code_at_once_one_gets_in() {
    let app = reef_with_places(20).await;
    let (phone, codes) = set_up(&app, &mut signed_in(&app, "kai").await).await;
    for code in [phone.code(&app.clock), codes[0].clone()] {
        let mut browsers = Vec::new();
        for _ in 0..4 {
            browsers.push(with_password(&app, "kai").await);
        }
        let tries = browsers.iter_mut().map(|browser| go_on(browser, &code));
        let answers = futures_util::future::join_all(tries).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1, "{code}");
        app.clock.advance(Duration::from_secs(3600));
    }
}

#[tokio::test]
async fn a_sign_in_has_five_minutes_and_five_tries_after_the_password() {
    let app = reef_with_places(3).await;
    let (phone, _) = set_up(&app, &mut signed_in(&app, "kai").await).await;
    let mut late = with_password(&app, "kai").await;
    app.clock.advance(Duration::from_secs(5 * 60));
    let over = go_on(&mut late, &phone.code(&app.clock)).await;
    assert_eq!(over.status, 401);
    assert!(over.text().contains("Begin again with your password.") && over.text().contains("name=\"password\""));
    let mut guesser = with_password(&app, "kai").await;
    for _ in 0..4 {
        assert!(go_on(&mut guesser, "000000").await.text().contains("This code is wrong"));
    }
    assert!(go_on(&mut guesser, "000000").await.text().contains("Begin again with your password."));
    assert_eq!(go_on(&mut guesser, &phone.code(&app.clock)).await.status, 401, "five tries, and no sixth");
}

#[tokio::test]
async fn guessing_codes_becomes_slow_however_often_somebody_begins_again() {
    let app = reef_with_places(3).await;
    let mut kai = signed_in(&app, "kai").await;
    let (phone, _) = set_up(&app, &mut kai).await;
    let mut guesser = with_password(&app, "kai").await;
    for _ in 0..5 {
        go_on(&mut guesser, "000000").await;
    }
    let mut again = with_password(&app, "kai").await;
    assert_eq!(go_on(&mut again, "000000").await.status, 401, "the sixth");
    let waits = go_on(&mut again, &phone.code(&app.clock)).await;
    assert_eq!((waits.status, waits.header("retry-after")), (429, "1"));
    // On a device that kai has signed in with before nobody else's guesses count.
    kai.post("/sign-out", &[]).await;
    assert_eq!(leads(&kai.sign_in("kai").await), (303, SECOND));
    assert_eq!(go_on(&mut kai, &phone.code(&app.clock)).await.status, 303);
}

#[tokio::test]
async fn a_recovery_code_lets_somebody_in_once_in_place_of_a_code() {
    let app = reef_with_places(3).await;
    let mut kai = signed_in(&app, "kai").await;
    let (_, codes) = set_up(&app, &mut kai).await;
    let typed = codes[3].to_uppercase().replace('-', " ");
    let mut other = with_password(&app, "kai").await;
    assert_eq!(leads(&go_on(&mut other, &typed).await), (303, "/account"));
    assert!(other.get("/account/security").await.text().contains("9 are left."));
    let mut again = with_password(&app, "kai").await;
    assert_eq!(go_on(&mut again, &codes[3]).await.status, 401, "used before");
    assert!(kinds(&app).await.contains(&"recovery_codes.used".to_owned()));
    let made = other.post(CODES, &[]).await;
    assert_eq!(made.text().matches("<li><code>").count(), 10);
    assert_eq!(go_on(&mut again, &codes[4]).await.status, 401, "those before are worth nothing");
}

#[tokio::test]
async fn setting_up_and_removing_end_every_other_session_and_say_so() {
    let app = reef_with_places(3).await;
    let (mut here, mut there) = (signed_in(&app, "kai").await, signed_in(&app, "kai").await);
    let (phone, _) = set_up(&app, &mut here).await;
    assert!(here.is_signed_in().await);
    let told = there.get("/account").await;
    assert_eq!(told.status, 401);
    let mut there = with_password(&app, "kai").await;
    assert_eq!(go_on(&mut there, &phone.code(&app.clock)).await.status, 303);
    let security = here.get("/account/security").await;
    let path = security.text().split("/account/security/factors/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/account/security/factors/{path}");
    assert!(here.get(&path).await.text().contains("Remove this second step?"));
    assert_eq!(leads(&here.post(&path, &[]).await), (303, "/account/security?done=factor-removed"));
    let security = here.get("/account/security?done=factor-removed").await;
    assert!(security.text().contains("The app is removed.") && !security.text().contains("<bdi>Phone</bdi>"));
    assert_eq!(there.get("/account").await.status, 401);
    assert_eq!(here.post(&path, &[]).await.status, 404, "there is none any more");
    let happened = kinds(&app).await;
    for kind in ["factor.added", "recovery_codes.made", "factor.removed"] {
        assert_eq!(happened.iter().filter(|happened| *happened == kind).count(), 1, "{kind}");
    }
    let mut anew = app.browser();
    assert_eq!(leads(&anew.sign_in("kai").await), (303, "/account"), "the password alone again");
}

#[tokio::test]
async fn what_is_sensitive_needs_the_code_as_well_once_there_is_one() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    let (phone, codes) = set_up(&app, &mut kai).await;
    app.clock.advance(minutes(11));
    assert!(leads(&kai.get(TOTP).await).1.starts_with("/account/step-up?then="));
    let change = [("current", PASSWORD), ("new", "a heron on one leg")];
    let barred = kai.post("/account/security/password", &change).await;
    assert!(leads(&barred).1.starts_with("/account/step-up?then="), "a stolen password does not change itself");
    let step_up = "/account/step-up?then=%2Faccount%2Fsecurity%2Ftotp";
    assert!(kai.get(step_up).await.text().contains("Or one of your recovery codes."));
    let without = kai.post("/account/step-up", &[("password", PASSWORD)]).await;
    assert_eq!(without.status, 401);
    assert!(without.text().contains("This code is wrong"));
    let code = phone.code(&app.clock);
    let fields = [("password", PASSWORD), ("code", code.as_str()), ("then", TOTP)];
    assert_eq!(leads(&kai.post("/account/step-up", &fields).await), (303, TOTP));
    assert_eq!(kai.post("/account/security/password", &change).await.status, 303);
    app.clock.advance(minutes(11));
    let fields = [("password", "a heron on one leg"), ("code", codes[0].as_str()), ("then", TOTP)];
    assert_eq!(leads(&kai.post("/account/step-up", &fields).await), (303, TOTP), "a recovery code will do");
}

#[tokio::test]
async fn nothing_is_left_of_the_factors_of_somebody_who_was_removed() {
    let app = reef().await;
    set_up(&app, &mut signed_in(&app, "kai").await).await;
    let kai = UserId::new("kai").unwrap();
    let by = innkeeper::domain::end::Actor::Operator;
    app.innkeeper.remove_user(&kai, &by).await.unwrap().unwrap();
    app.with_user("reef", "kai", innkeeper::domain::user::Role::Staff).await;
    assert_eq!(leads(&app.browser().sign_in("kai").await), (303, "/account"));
}

#[tokio::test]
async fn within_a_session_a_right_password_forgets_no_wrong_code() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    let (phone, _) = set_up(&app, &mut kai).await;
    for _ in 0..6 {
        let wrong = kai.post("/account/step-up", &[("password", PASSWORD), ("code", "000000")]).await;
        assert_eq!(wrong.status, 401);
    }
    let code = phone.code(&app.clock);
    let waits = kai.post("/account/step-up", &[("password", PASSWORD), ("code", code.as_str())]).await;
    assert_eq!((waits.status, waits.header("retry-after")), (429, "1"));
}

#[tokio::test]
async fn of_two_who_send_the_right_code_at_once_one_sets_the_factor_up() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    let code = Phone::given(&kai.get(TOTP).await).code(&app.clock);
    let fields = [("name", "Phone"), ("code", code.as_str())];
    let mut twice = [kai.clone(), kai.clone()];
    let answers = futures_util::future::join_all(twice.iter_mut().map(|browser| browser.post(TOTP, &fields))).await;
    assert_eq!(answers.iter().filter(|answer| answer.text().contains("<li><code>")).count(), 1);
    let security = kai.get("/account/security").await;
    assert_eq!(security.text().matches("<bdi>Phone</bdi>").count(), 1);
}

#[tokio::test]
async fn the_secret_of_an_app_is_shown_after_a_fresh_proof_only_and_is_another_one_after_the_next() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    let seen = given(&kai.get(TOTP).await);
    app.clock.advance(minutes(11));
    let stale = kai.post(TOTP, &[("name", "Phone"), ("code", "000000")]).await;
    assert!(leads(&stale).1.starts_with("/account/step-up?then="));
    let nameless = kai.post(TOTP, &[("name", ""), ("code", "000000")]).await;
    assert_eq!(nameless.status, 303, "whatever else is wrong with it");
    assert_eq!(kai.post("/account/step-up", &[("password", PASSWORD), ("then", TOTP)]).await.status, 303);
    assert_ne!(given(&kai.get(TOTP).await), seen);
}

#[tokio::test]
async fn with_a_second_factor_a_change_of_the_password_is_no_fresh_proof() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    set_up(&app, &mut kai).await;
    app.clock.advance(minutes(8));
    let change = [("current", PASSWORD), ("new", "a heron on one leg, asleep")];
    let changed = kai.post("/account/security/password", &change).await;
    assert!([200, 303].contains(&changed.status), "{}", changed.status);
    app.clock.advance(minutes(3));
    assert!(leads(&kai.get(TOTP).await).1.starts_with("/account/step-up?then="));
}
