//! Passkeys: added, used in place of a password and after it, to continue elsewhere and to prove once more, and refused
//! wherever anything of it is not as it has to be.

use super::factors::{set_up, with_password};
use super::{leads, minutes, reef, signed_in, with_people};
use crate::app::{Answer, TestApp};
use crate::authenticator::{Device, ORIGIN, asked};
use crate::browser::Browser;
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::UserId;
use innkeeper::domain::user::UserStatus;
use innkeeper::service::{Event, Position, UserFields};
use innkeeper::web::serve::PeerAddress;
use serde_json::{Value, json};
use std::time::Duration;

const PASSKEYS: &str = "/account/security/passkeys";
const SECOND: &str = "/sign-in/second-step";
const SIGN_IN: &str = "/sign-in/passkey";
const STEP_UP: &str = "/account/step-up";
const REFUSED: &str = "This passkey was not accepted";

/// The installation of the other tests, where passkeys work, and with so many places.
pub(super) async fn at_localhost(places: u16) -> TestApp {
    let app = TestApp::configured(|config| {
        config.policy.sessions_per_user = places;
        config.public_url = format!("{ORIGIN}/").parse().unwrap();
    });
    with_people(app.await).await
}

pub(super) async fn added(browser: &mut Browser<'_>, device: &mut Device, name: &str) -> Answer {
    let answer = device.create(&asked(browser, PASSKEYS).await);
    browser.post(PASSKEYS, &[("name", name), ("answer", &answer)]).await
}

/// Somebody signs in with their password and adds a passkey to it.
async fn with_passkey<'a>(app: &'a TestApp, user: &str, device: &mut Device) -> Browser<'a> {
    let mut browser = signed_in(app, user).await;
    let done = added(&mut browser, device, "Key").await;
    assert_eq!(done.status, 200, "{}", done.text());
    browser
}

/// What the script of the sign-in page is told to ask.
async fn anybody(browser: &mut Browser<'_>) -> Value {
    asked(browser, SIGN_IN).await
}

pub(super) async fn by_passkey(browser: &mut Browser<'_>, device: &mut Device) -> Answer {
    let answer = device.get(&anybody(browser).await);
    browser.post(SIGN_IN, &[("answer", &answer)]).await
}

pub(super) async fn events(app: &TestApp) -> Vec<Event> {
    app.innkeeper.events(Position(0), u16::MAX).await.unwrap()
}

/// How the newest session was begun.
async fn methods(app: &TestApp) -> Value {
    let events = events(app).await;
    let started = events.iter().rfind(|event| event.kind == "session.started").unwrap();
    serde_json::from_str::<Value>(&started.data).unwrap()["methods"].clone()
}

/// An answer with something in it changed.
fn changed(answer: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut value = serde_json::from_str(answer).unwrap();
    change(&mut value);
    value.to_string()
}

#[tokio::test]
async fn whoever_has_added_a_passkey_signs_in_with_it_alone() {
    let app = at_localhost(2).await;
    let mut kai = signed_in(&app, "kai").await;
    let security = kai.get("/account/security").await;
    assert!(security.text().contains("You have no passkey.") && security.text().contains("/account/security/passkeys"));
    let page = kai.get(PASSKEYS).await;
    assert!(page.text().contains("A passkey needs script in your browser"), "without script it says so");
    let options = asked(&mut kai, PASSKEYS).await;
    assert_eq!((&options["rp"]["id"], &options["user"]["name"]), (&json!("localhost"), &json!("kai@reef.example")));
    let mut device = Device::new();
    let done = added(&mut kai, &mut device, "Jetty key").await;
    assert_eq!(done.status, 200);
    assert_eq!(done.text().matches("<li><code>").count(), 10, "recovery codes come with the first second factor");
    let security = kai.get("/account/security").await;
    assert!(security.text().contains("<bdi>Jetty key</bdi>") && security.text().contains("not used since"));

    let mut other = app.browser();
    let form = other.get("/sign-in").await;
    assert!(form.text().contains("autocomplete=\"username webauthn\"") && form.text().contains("/sign-in/passkey"));
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(leads(&by_passkey(&mut other, &mut device).await), (303, "/account"));
    assert!(other.is_signed_in().await);
    assert_eq!(methods(&app).await, json!(["hwk"]));
    assert!(kai.get("/account/security").await.text().contains("last used"));
    let history = kai.get("/account/activity").await;
    // Between marks that keep its direction from the words around it.
    assert!(history.text().contains("Passkey added: \u{2068}Jetty key\u{2069}"), "{}", history.text());
    let added = events(&app).await.into_iter().find(|event| event.kind == "factor.added").unwrap();
    assert!(added.data.contains(r#""factor":"passkey""#) && added.data.contains("Jetty key"), "{}", added.data);
}

#[tokio::test]
async fn a_passkey_is_the_second_step_after_a_password() {
    let app = at_localhost(3).await;
    let mut device = Device::new();
    with_passkey(&app, "kai", &mut device).await;
    let mut other = with_password(&app, "kai").await;
    let page = other.get(SECOND).await;
    assert!(page.text().contains("Use a passkey") && !page.text().contains("one-time-code"), "there is no app");
    assert!(page.text().contains("Use a recovery code instead"));
    let options = asked(&mut other, SECOND).await;
    assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 1, "only what is theirs");
    let answer = device.get(&options);
    assert_eq!(leads(&other.post(SECOND, &[("answer", &answer)]).await), (303, "/account"));
    assert_eq!(methods(&app).await, json!(["pwd", "hwk"]));

    let mut alex = signed_in(&app, "alex").await;
    set_up(&app, &mut alex).await;
    assert_eq!(leads(&added(&mut alex, &mut device, "Key").await), (303, "/account/security?done=passkey-added"));
    let mut both = with_password(&app, "alex").await;
    let page = both.get(SECOND).await;
    assert!(page.text().contains("Use a passkey") && page.text().contains("one-time-code"));
    let wrong = both.post(SECOND, &[("answer", "{}")]).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text().contains(REFUSED));
    // Devices may leave out whose it is where they were told.
    let answer = device.get(&asked(&mut both, SECOND).await);
    let answer = changed(&answer, |answer| answer["response"]["userHandle"] = Value::Null);
    assert_eq!(both.post(SECOND, &[("answer", &answer)]).await.status, 303);
}

#[tokio::test]
async fn only_recovery_codes_stand_in_for_a_passkey() {
    let app = at_localhost(2).await;
    let mut device = Device::new();
    let mut kai = signed_in(&app, "kai").await;
    let done = added(&mut kai, &mut device, "Key").await;
    let code = done.text().split("<li><code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let mut other = with_password(&app, "kai").await;
    assert_eq!(other.post(SECOND, &[("code", "000000")]).await.status, 401);
    assert_eq!(leads(&other.post(SECOND, &[("code", &code)]).await), (303, "/account"));
    assert_eq!(methods(&app).await, json!(["pwd", "recovery_code"]));
}

#[tokio::test]
async fn a_passkey_alone_proves_once_more_who_one_is() {
    let app = at_localhost(1).await;
    let mut device = Device::new();
    let mut kai = with_passkey(&app, "kai", &mut device).await;
    app.clock.advance(minutes(11));
    assert!(leads(&kai.get(PASSKEYS).await).1.starts_with("/account/step-up?then="));
    let page = kai.get(STEP_UP).await;
    assert!(page.text().contains("Use a passkey") && page.text().contains("Recovery code"));
    let stranger = {
        let mut stranger = Device::new();
        with_passkey(&app, "alex", &mut stranger).await;
        let key = stranger.keys[0].clone();
        stranger.get_with(&asked(&mut kai, STEP_UP).await, &key)
    };
    let refused = kai.post("/account/step-up", &[("answer", &stranger), ("then", PASSKEYS)]).await;
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains(REFUSED));
    let answer = device.get(&asked(&mut kai, STEP_UP).await);
    let fields = [("answer", answer.as_str()), ("then", PASSKEYS)];
    let mut stolen = kai.clone();
    assert_eq!(leads(&kai.post("/account/step-up", &fields).await), (303, PASSKEYS));
    assert_eq!(kai.get(PASSKEYS).await.status, 200);
    assert!(!stolen.is_signed_in().await, "the token from before means nothing");
    app.clock.advance(minutes(11));
    assert_eq!(kai.post("/account/step-up", &fields).await.status, 401, "each answer counts once");
    let stepped_up = events(&app).await.into_iter().rfind(|event| event.kind == "session.stepped_up").unwrap();
    assert!(stepped_up.data.contains(r#"["hwk"]"#), "{}", stepped_up.data);
}

#[tokio::test]
async fn whoever_signs_in_with_a_passkey_may_continue_here() {
    let app = at_localhost(1).await;
    let mut device = Device::new();
    let mut tablet = with_passkey(&app, "kai", &mut device).await;
    let mut desk = app.browser();
    let refused = by_passkey(&mut desk, &mut device).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("You are already logged in.") && refused.text().contains("Is this you?"));
    let page = desk.get("/sign-in/take-over").await;
    let session = page.text().split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(leads(&desk.post("/sign-in/take-over", &[("session", &session)]).await), (303, "/account"));
    assert!(desk.is_signed_in().await && !tablet.is_signed_in().await);
    assert_eq!(methods(&app).await, json!(["hwk"]));
    // The same after a password.
    let mut again = with_password(&app, "kai").await;
    let answer = device.get(&asked(&mut again, SECOND).await);
    assert!(again.post(SECOND, &[("answer", &answer)]).await.text().contains("Is this you?"));
}

#[tokio::test]
async fn whatever_is_not_as_it_has_to_be_is_refused_with_the_same_words() {
    let app = at_localhost(9).await;
    let (mut kais, mut alexs) = (Device::new(), Device::new());
    with_passkey(&app, "kai", &mut kais).await;
    with_passkey(&app, "alex", &mut alexs).await;
    let (mine, other) = (kais.keys[0].clone(), alexs.keys[0].clone());
    let mut browser = app.browser();
    let elsewhere = Device { origin: "http://localhost:8081", ..kais.clone() };
    let unseen = Device { sees: false, ..kais.clone() };
    let mut answers: Vec<(&str, String)> = Vec::new();
    for (why, mut device) in [("another origin", elsewhere), ("nobody was seen", unseen)] {
        answers.push((why, device.get(&anybody(&mut browser).await)));
    }
    let mut options = anybody(&mut browser).await;
    options["rpId"] = json!("app.reef.example");
    answers.push(("another name", kais.get(&options)));
    options["rpId"] = json!("localhost");
    options["challenge"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    answers.push(("a question that was never asked", kais.get(&options)));
    let swapped =
        |whose: &str| changed(whose, |answer| answer["response"]["userHandle"] = json!("AAAAAAAAAAAAAAAAAAAAAA"));
    answers.push(("another owner", swapped(&kais.get(&anybody(&mut browser).await))));
    let nobodys = |whose: &str| changed(whose, |answer| answer["response"]["userHandle"] = Value::Null);
    answers.push(("no owner", nobodys(&kais.get(&anybody(&mut browser).await))));
    let renamed = mine.called(other.credential.clone());
    answers.push(("another's name on it", kais.get_with(&anybody(&mut browser).await, &renamed)));
    let unknown = mine.called(vec![1; 16]);
    answers.push(("a key that nobody knows", kais.get_with(&anybody(&mut browser).await, &unknown)));
    let unsigned = changed(&kais.get(&anybody(&mut browser).await), |answer| {
        answer["response"]["signature"] = json!("AAAA");
    });
    answers.push(("another signature", unsigned));
    let of_second_step = asked(&mut with_password(&app, "kai").await, SECOND).await;
    answers.push(("what was asked after a password", kais.get(&of_second_step)));
    answers.push(("no answer", "{}".into()));
    answers.push(("nothing", String::new()));
    // What is right is refused once its time is over.
    let late = kais.get(&anybody(&mut browser).await);
    app.clock.advance(minutes(5));
    answers.push(("too late", late));
    for (why, answer) in answers {
        // Failures in a row make the next try wait; this is about something else.
        app.clock.advance(minutes(20));
        let refused = browser.post(SIGN_IN, &[("answer", &answer)]).await;
        assert_eq!(refused.status, 401, "{why}");
        assert!(refused.text().contains(REFUSED), "{why}");
        assert!(!browser.is_signed_in().await, "{why}");
    }
    app.clock.advance(minutes(20));
    assert_eq!(by_passkey(&mut browser, &mut kais).await.status, 303, "and all of it right is not");
}

#[tokio::test]
async fn an_answer_counts_once_and_of_many_at_once_one_gets_in() {
    let app = at_localhost(40).await;
    let mut device = Device::new();
    with_passkey(&app, "kai", &mut device).await;
    let mut browser = app.browser();
    let answer = device.get(&anybody(&mut browser).await);
    let mut browsers: Vec<_> = (0..20).map(|_| app.browser()).collect();
    let fields = [("answer", answer.as_str())];
    let tries = browsers.iter_mut().map(|browser| browser.post(SIGN_IN, &fields));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
    assert_eq!(browser.post(SIGN_IN, &fields).await.status, 401, "used before");

    let pending = with_password(&app, "kai").await;
    let answer = device.get(&asked(&mut pending.clone(), SECOND).await);
    let mut browsers: Vec<_> = (0..20).map(|_| pending.clone()).collect();
    let fields = [("answer", answer.as_str())];
    let tries = browsers.iter_mut().map(|browser| browser.post(SECOND, &fields));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
}

#[tokio::test]
async fn what_is_asked_after_a_password_is_answered_by_whoever_gave_it() {
    let app = at_localhost(3).await;
    let (mut kais, mut alexs) = (Device::new(), Device::new());
    with_passkey(&app, "kai", &mut kais).await;
    with_passkey(&app, "alex", &mut alexs).await;
    let mut kai = with_password(&app, "kai").await;
    let options = asked(&mut kai, SECOND).await;
    let key = alexs.keys[0].clone();
    let others = alexs.get_with(&options, &key);
    assert_eq!(kai.post(SECOND, &[("answer", &others)]).await.status, 401, "alex's passkey is not kai's");
    let mut alex = with_password(&app, "alex").await;
    asked(&mut alex, SECOND).await;
    let mine = kais.get(&asked(&mut kai, SECOND).await);
    assert_eq!(alex.post(SECOND, &[("answer", &mine)]).await.status, 401, "nor does it answer what alex was asked");
    let anybodys = kais.get(&anybody(&mut kai).await);
    assert_eq!(kai.post(SECOND, &[("answer", &anybodys)]).await.status, 401, "nor what anybody was asked");
    let first = asked(&mut kai, SECOND).await;
    asked(&mut kai, SECOND).await;
    let outdated = kais.get(&first);
    assert_eq!(kai.post(SECOND, &[("answer", &outdated)]).await.status, 401, "only the last question counts");
}

#[tokio::test]
async fn a_page_that_is_loaded_again_takes_nothing_from_another() {
    let app = at_localhost(2).await;
    let mut device = Device::new();
    let mut kai = signed_in(&app, "kai").await;
    let answer = device.create(&asked(&mut kai, PASSKEYS).await);
    kai.get(PASSKEYS).await;
    assert_eq!(kai.post(PASSKEYS, &[("name", "Key"), ("answer", &answer)]).await.status, 200);
    let mut other = with_password(&app, "kai").await;
    let answer = device.get(&asked(&mut other, SECOND).await);
    other.get(SECOND).await;
    assert_eq!(leads(&other.post(SECOND, &[("answer", &answer)]).await), (303, "/account"));
    app.clock.advance(minutes(11));
    let answer = device.get(&asked(&mut other, STEP_UP).await);
    other.get(STEP_UP).await;
    assert_eq!(other.post(STEP_UP, &[("answer", &answer)]).await.status, 303);
}

#[tokio::test]
async fn nothing_is_asked_of_whoever_could_not_answer() {
    let app = at_localhost(1).await;
    let mut kai = signed_in(&app, "kai").await;
    let options = |page: &str| format!("{page}/options");
    assert_eq!(kai.post(&options(STEP_UP), &[]).await.status, 404, "they have no passkey");
    assert_eq!(kai.post(&options(SECOND), &[]).await.status, 404, "they are not signing in");
    set_up(&app, &mut kai).await;
    let mut other = with_password(&app, "kai").await;
    assert_eq!(other.post(&options(SECOND), &[]).await.status, 404, "they have an app alone");
    assert_eq!(other.post(&options("/sign-in/set-up"), &[]).await.status, 404, "they need set nothing up");
    app.clock.advance(minutes(11));
    let refused = kai.post(&options(PASSKEYS), &[]).await;
    assert_eq!(leads(&refused), (303, "/account/step-up?then=%2Faccount%2Fsecurity%2Fpasskeys"));
    let refused = kai.post(PASSKEYS, &[("name", "Key"), ("answer", "")]).await;
    let filled = "/account/step-up?then=%2Faccount%2Fsecurity%2Fpasskeys%3Fname%3DKey";
    assert_eq!(leads(&refused), (303, filled));
}

#[tokio::test]
async fn a_passkey_whose_count_does_not_grow_was_copied() {
    let app = at_localhost(9).await;
    let mut device = Device { count: Some(7), ..Device::new() };
    with_passkey(&app, "kai", &mut device).await;
    let mut copy = device.clone();
    assert_eq!(by_passkey(&mut app.browser(), &mut device).await.status, 303);
    assert_eq!(by_passkey(&mut app.browser(), &mut copy).await.status, 401, "it counts eight a second time");
    assert_eq!(by_passkey(&mut app.browser(), &mut device).await.status, 303, "what was used is remembered");
    let mut reset = Device { count: None, ..device };
    assert_eq!(by_passkey(&mut app.browser(), &mut reset).await.status, 401, "it counts no more");
}

#[tokio::test]
async fn a_removed_passkey_and_a_suspended_user_are_refused_alike() {
    let app = at_localhost(3).await;
    let (mut first, mut second) = (Device::new(), Device::new());
    let mut kai = with_passkey(&app, "kai", &mut first).await;
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(leads(&added(&mut kai, &mut second, "Other").await), (303, "/account/security?done=passkey-added"));
    assert_eq!(first.keys[0].handle, second.keys[0].handle, "devices know somebody by one name");
    let security = kai.get("/account/security?done=passkey-added").await;
    assert!(security.text().contains("The passkey is there."));
    let path = security.text().split("/account/security/factors/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/account/security/factors/{path}");
    assert!(kai.get(&path).await.text().contains("This passkey is worth nothing here then"));
    assert_eq!(leads(&kai.post(&path, &[]).await), (303, "/account/security?done=passkey-removed"));
    let security = kai.get("/account/security?done=passkey-removed").await;
    assert!(security.text().contains("The passkey is removed.") && !security.text().contains("<bdi>Key</bdi>"));
    let removed = by_passkey(&mut app.browser(), &mut first).await;
    assert_eq!(by_passkey(&mut app.browser(), &mut second).await.status, 303);

    let suspended = UserFields { status: Some(UserStatus::Suspended), ..UserFields::default() };
    let id = UserId::new("kai").unwrap();
    app.innkeeper.put_user(&id, suspended, &Actor::Operator).await.unwrap().unwrap();
    let barred = by_passkey(&mut app.browser(), &mut second).await;
    app.innkeeper.remove_user(&id, &Actor::Operator).await.unwrap().unwrap();
    let gone = by_passkey(&mut app.browser(), &mut second).await;
    for refused in [removed, barred, gone] {
        assert_eq!(refused.status, 401);
        assert!(refused.text().contains(REFUSED));
    }
}

#[tokio::test]
async fn wrong_answers_make_the_next_try_wait() {
    let app = at_localhost(9).await;
    let mut device = Device::new();
    with_passkey(&app, "kai", &mut device).await;
    let mut guesser = app.browser();
    let mut unseen = Device { sees: false, ..device.clone() };
    for _ in 0..6 {
        assert_eq!(by_passkey(&mut guesser, &mut unseen).await.status, 401);
    }
    let waits = by_passkey(&mut guesser, &mut device).await;
    assert_eq!((waits.status, waits.header("retry-after")), (429, "1"));
    // Anybody can do that, so it holds up nothing else: with the password first, the passkey is taken.
    let mut other = with_password(&app, "kai").await;
    let answer = device.get(&asked(&mut other, SECOND).await);
    assert_eq!(leads(&other.post(SECOND, &[("answer", &answer)]).await), (303, "/account"));
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(by_passkey(&mut guesser, &mut device).await.status, 303);
}

#[tokio::test]
async fn one_network_asks_so_often_and_others_go_on() {
    let app = at_localhost(1).await;
    let mut device = Device::new();
    with_passkey(&app, "kai", &mut device).await.post("/sign-out", &[]).await;
    let question = |from: [u8; 4]| {
        let mut request = app.browser().ask("POST", "/sign-in/passkey/options", String::new());
        request.extensions_mut().insert(PeerAddress(Some(from.into())));
        app.send(request)
    };
    app.clock.advance(minutes(10) - Duration::from_millis(1));
    let mut early = app.browser();
    let answer = device.get(&anybody(&mut early).await);
    app.clock.advance(Duration::from_millis(1));
    for number in 1..=600 {
        assert_eq!(question([203, 0, 113, 7]).await.status, 200, "{number}");
    }
    app.clock.advance(minutes(1));
    let refused = question([203, 0, 113, 8]).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "540"));
    assert_eq!(question([203, 0, 114, 7]).await.status, 200, "another network");
    assert_eq!(
        leads(&early.post(SIGN_IN, &[("answer", &answer)]).await),
        (303, "/account"),
        "whoever was asked before"
    );
    app.clock.advance(minutes(9) - Duration::from_millis(1));
    assert_eq!(question([203, 0, 113, 7]).await.status, 429);
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(question([203, 0, 113, 7]).await.status, 200, "the next ten minutes");
}

#[tokio::test]
async fn what_a_browser_makes_is_added_only_if_it_is_what_was_asked() {
    let app = at_localhost(3).await;
    let (mut here, mut there) = (signed_in(&app, "kai").await, signed_in(&app, "kai").await);
    let mut device = Device::new();
    let options = asked(&mut here, PASSKEYS).await;
    let mut wrong =
        [Device { origin: "https://reef.example", ..Device::new() }, Device { sees: false, ..Device::new() }];
    for device in &mut wrong {
        let answer = device.create(&asked(&mut here, PASSKEYS).await);
        let refused = here.post(PASSKEYS, &[("name", "Key"), ("answer", &answer)]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("is no passkey that can be used here"));
    }
    let outdated = device.create(&options);
    asked(&mut here, PASSKEYS).await;
    assert_eq!(here.post(PASSKEYS, &[("name", "Key"), ("answer", &outdated)]).await.status, 422, "asked anew since");
    assert_eq!(here.post(PASSKEYS, &[("name", "Key"), ("answer", &outdated)]).await.status, 409, "asked no more");
    asked(&mut here, PASSKEYS).await;
    let answer = device.create(&asked(&mut there, PASSKEYS).await);
    assert_eq!(here.post(PASSKEYS, &[("name", "Key"), ("answer", &answer)]).await.status, 422, "asked elsewhere");
    assert_eq!(here.post(PASSKEYS, &[("name", " "), ("answer", &answer)]).await.status, 422);
    let answer = device.create(&asked(&mut here, PASSKEYS).await);
    app.clock.advance(minutes(5));
    assert_eq!(here.post(PASSKEYS, &[("name", "Key"), ("answer", &answer)]).await.status, 409, "too late");

    let credential = vec![7; 16];
    let answer = device.create_called(&asked(&mut here, PASSKEYS).await, credential.clone());
    assert_eq!(here.post(PASSKEYS, &[("name", "Key"), ("answer", &answer)]).await.status, 200);
    assert!(here.is_signed_in().await && !there.is_signed_in().await, "every other session ends");
    let options = asked(&mut here, PASSKEYS).await;
    assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 1, "a device that has one makes no other");
    let twice = device.create_called(&options, credential.clone());
    let refused = here.post(PASSKEYS, &[("name", "Key"), ("answer", &twice)]).await;
    assert_eq!(refused.status, 422, "its device was told that it has one");
    let mut alex = signed_in(&app, "alex").await;
    let twice = device.create_called(&asked(&mut alex, PASSKEYS).await, credential);
    let refused = alex.post(PASSKEYS, &[("name", "Key"), ("answer", &twice)]).await;
    assert_eq!(refused.status, 409, "nobody has what somebody else has");
    let long = device.create_called(&asked(&mut alex, PASSKEYS).await, vec![1; 1024]);
    assert_eq!(alex.post(PASSKEYS, &[("name", "Key"), ("answer", &long)]).await.status, 422);
}

#[tokio::test]
async fn nobody_has_more_than_ten_second_factors_of_whatever_kind() {
    let app = at_localhost(1).await;
    let mut kai = signed_in(&app, "kai").await;
    set_up(&app, &mut kai).await;
    for number in 2..=10 {
        assert_eq!(added(&mut kai, &mut Device::new(), &format!("Key {number}")).await.status, 303);
    }
    let refused = added(&mut kai, &mut Device::new(), "One too many").await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("as many apps and passkeys as anybody may have"));
}

#[tokio::test]
async fn where_browsers_allow_none_they_are_not_spoken_of() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    let (phone, _) = set_up(&app, &mut kai).await;
    assert!(!kai.get("/account/security").await.text().to_lowercase().contains("passkey"));
    assert_eq!(kai.get(PASSKEYS).await.status, 404);
    assert_eq!(kai.post(PASSKEYS, &[("name", "Key"), ("answer", "{}")]).await.status, 404);
    kai.post("/sign-out", &[]).await;
    let mut other = app.browser();
    assert!(!other.get("/sign-in").await.text().contains("passkey"));
    assert_eq!(other.post("/sign-in/passkey/options", &[]).await.status, 404);
    assert_eq!(other.post(SIGN_IN, &[("answer", "{}")]).await.status, 401);
    let mut other = with_password(&app, "kai").await;
    assert!(!other.get(SECOND).await.text().contains("passkey"));
    let code = phone.code(&app.clock);
    assert_eq!(leads(&other.post(SECOND, &[("code", &code)]).await), (303, "/account"));
}
