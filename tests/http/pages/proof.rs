//! What is sensitive: whoever proved too long ago who they are is led to the step-up, and changes nothing.

use super::access::{EVERYBODY, happened, installed, rows, scene, shape};
use super::factors::set_up;
use super::{leads, minutes, reef, signed_in, terminable};
use crate::app::{Answer, TestApp};
use crate::browser::{Browser, PASSWORD};
use axum::http::Method;
use innkeeper::service::Event;
use innkeeper::web::pages::{Post, posts};
use std::collections::{BTreeMap, BTreeSet};

/// What comes of a form by somebody whose last proof is too old, where this came of it with a fresh one.
fn expected<'a>(post: Post, with_fresh: &'a str, has_factor: bool, path: &str) -> &'a str {
    match (post, with_fresh) {
        // Who may not at all is told that, whatever they have proved.
        (Post::Fresh, "no") | (_, "-" | "sign-in") => with_fresh,
        (Post::Fresh, _) => "step-up",
        // The current password is half of the proof of whoever has a second factor.
        (Post::Proves, "ok") if has_factor && path == "/account/security/password" => "step-up",
        _ => with_fresh,
    }
}

/// What has changed. That support looked at somebody is no change of anything.
async fn written(app: &TestApp) -> Vec<Event> {
    happened(app).await.into_iter().filter(|event| event.kind != "support.viewed").collect()
}

#[tokio::test]
async fn whatever_the_table_calls_sensitive_needs_a_fresh_proof_and_nothing_else_does() {
    let posts: BTreeMap<String, Post> = posts().into_iter().map(|(path, post)| (shape(path), post)).collect();
    let (mut led, mut wrong) = (BTreeSet::new(), Vec::new());
    for (at, (called, user)) in EVERYBODY.into_iter().enumerate().filter(|(_, (_, user))| !user.is_empty()) {
        let mut waiting = rows().into_iter().filter(|row| row.method == Method::POST).peekable();
        while waiting.peek().is_some() {
            let app = installed().await;
            let mut scene = scene(&app, user).await;
            // Eleven minutes, in which the session was never left alone.
            app.clock.advance(minutes(6));
            assert!(scene.browser.is_signed_in().await);
            app.clock.advance(minutes(5));
            let before = written(&app).await;
            for row in waiting.by_ref() {
                let (told, post) = (scene.outcome(&app, &row).await, posts[&shape(row.path)]);
                let expected = expected(post, row.outcomes[at], user == "kai", row.path);
                // Somebody who may send it where there is something: here is nothing, and the proof is asked for first.
                let absent = post == Post::Fresh && expected == "-" && told == "step-up";
                if told != expected && !absent {
                    wrong.push(format!("{called}, {}: {told} instead of {expected}", row.path));
                }
                if told == "step-up" && post == Post::Fresh {
                    led.insert(shape(row.path));
                }
                let changed = written(&app).await != before;
                if changed && (post == Post::Fresh || told == "step-up") {
                    wrong.push(format!("{called}, {}: changed something", row.path));
                }
                if !changed && told == "ok" && [Post::Harmless, Post::Proves].contains(&post) {
                    wrong.push(format!("{called}, {}: changed nothing", row.path));
                }
                if changed {
                    break;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let sensitive = posts.into_iter().filter(|(_, post)| *post == Post::Fresh).map(|(path, _)| path);
    assert_eq!(led, sensitive.collect(), "somebody is led to the step-up by each");
}

/// What is hidden in the form of the step-up page: where it leads.
fn then_of(page: &Answer) -> String {
    let then = page.text().split("name=\"then\" value=\"").nth(1).expect("it is the step-up page");
    then.split('"').next().unwrap().replace("&#38;", "&")
}

/// Somebody sends a form with a proof that has become too old while they filled it, proves who they are, and is led back:
/// what they see then.
async fn led_back(browser: &mut Browser<'_>, (path, fields): (&str, &str), proof: &[(&str, &str)]) -> (String, Answer) {
    let asked = browser.send(browser.ask("POST", path, fields.to_owned())).await;
    let to = asked.header("location").to_owned();
    assert!(asked.status == 303 && to.starts_with("/account/step-up?then="), "{path}: {} {to}", asked.status);
    let page = browser.get(&to).await;
    assert_eq!(page.status, 200, "{path}");
    let then = then_of(&page);
    let proved = browser.post("/account/step-up", &[proof, &[("then", &then)]].concat()).await;
    assert_eq!(leads(&proved), (303, then.as_str()), "{path}");
    let back = browser.get(&then).await;
    assert_eq!(back.status, 200, "{path} comes back at {then}");
    (then, back)
}

/// Each form that a table of the pages calls sensitive and that an owner fills or answers, with what is there again
/// afterwards. Where nothing was typed it is the question, or a sentence that says to press once more.
const BY_AN_OWNER: &[(&str, &str, &[&str])] = &[
    (
        "/account/staff/invite",
        "email=lee%2Bnew%40reef.example&role=manager",
        &["value=\"lee+new@reef.example\"", "value=\"manager\" selected"],
    ),
    ("/account/staff/people/{kai}/role", "role=manager", &["value=\"manager\" checked", "press the button once more"]),
    ("/account/staff/people/{kai}/suspend", "", &["press the button once more", "/account/staff/people/kai/suspend"]),
    ("/account/staff/people/{gone}/reinstate", "", &["press the button once more", "people/gone/reinstate"]),
    ("/account/staff/people/{kai}/remove", "", &["action=\"/account/staff/people/kai/remove\""]),
    ("/account/staff/people/{kai}/end-sessions", "", &["action=\"/account/staff/people/kai/end-sessions\""]),
    ("/account/staff/sessions/end-all", "", &["action=\"/account/staff/sessions/end-all\""]),
    ("/account/staff/sessions/{kais}/terminate", "", &["action=\"/account/staff/sessions/{kais}/terminate\""]),
    ("/account/staff/invitations/{invitation}/revoke", "", &["press the button once more", "{invitation}/revoke\""]),
    ("/account/staff/second-factor", "second_factor=required", &["name=\"second_factor\" value=\"required\""]),
    ("/account/plans/{plan}", "", &["action=\"/account/plans/business\""]),
    ("/account/sessions/end-others", "", &["action=\"/account/sessions/end-others\""]),
    ("/account/sessions/{own}/terminate", "", &["action=\"/account/sessions/{own}/terminate\""]),
    ("/account/security/totp", "name=Bo%27s+%3Cphone%3E&code=123456", &["value=\"Bo&#39;s &#60;phone&#62;\""]),
    ("/account/security/passkeys", "name=Blue+key&answer=none", &["value=\"Blue key\""]),
];

async fn come_back(user: &'static str, forms: &[(&str, &str, &[&str])]) {
    for (path, fields, there) in forms {
        let app = installed().await;
        let mut scene = scene(&app, user).await;
        let own = terminable(&scene.browser.get("/account/sessions").await).first().cloned().unwrap_or_default();
        scene.names.push(("{own}", own));
        app.clock.advance(minutes(6));
        assert!(scene.browser.is_signed_in().await);
        app.clock.advance(minutes(5));
        let before = written(&app).await.len();
        let path = scene.filled(path);
        let (then, back) = led_back(&mut scene.browser, (&path, fields), &[("password", PASSWORD)]).await;
        for said in *there {
            let said = scene.filled(said);
            assert!(back.text().contains(&said), "{path} comes back at {then} without {said}");
        }
        assert!(!then.contains("123456") && !back.text().contains("123456"), "a code never comes back");
        let since: Vec<_> = written(&app).await.into_iter().skip(before).map(|event| event.kind).collect();
        assert_eq!(since, ["session.stepped_up"], "{path}");
    }
}

#[tokio::test]
async fn each_form_of_an_owner_comes_back_as_it_was_filled() {
    come_back("alex", BY_AN_OWNER).await;
}

/// What needs a second factor to be there.
const WITH_A_FACTOR: [&str; 2] = ["/account/security/factors/{id}/remove", "/account/security/recovery-codes"];

#[tokio::test]
async fn what_somebody_with_a_second_factor_asked_for_comes_back_and_no_password_does() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    let (phone, _) = set_up(&app, &mut kai).await;
    let security = kai.get("/account/security").await;
    let remove = security.text().split("href=\"").find(|way| way.split('"').next().unwrap().ends_with("/remove"));
    let remove = remove.unwrap().split('"').next().unwrap().to_owned();
    let secrets = ["a+heron+on+one+leg", "a%20heron", "a heron on one leg", PASSWORD];
    for (path, fields, said) in [
        ("/account/security/password", "current=kayak+by+the+old+jetty&new=a+heron+on+one+leg", "name=\"new\""),
        (remove.as_str(), "", "<bdi>Phone</bdi>"),
        ("/account/security/recovery-codes", "", "action=\"/account/security/recovery-codes\""),
    ] {
        app.clock.advance(minutes(11));
        let code = phone.code(&app.clock);
        let proof = [("password", PASSWORD), ("code", code.as_str())];
        let (then, back) = led_back(&mut kai, (path, fields), &proof).await;
        assert_eq!(then, path, "nothing that was typed stands in an address");
        assert!(back.text().contains(said), "{path}");
        assert!(secrets.iter().all(|secret| !back.text().contains(secret)), "{path}");
    }
}

/// What an administrator fills or answers.
const BY_AN_ADMINISTRATOR: &[(&str, &str, &[&str])] = &[
    ("/support/people/{kai}/release", REASON, &[">Lost &#38; found at the pier</textarea>"]),
    ("/support/sessions/{kais}/release", REASON, &[">Lost &#38; found at the pier</textarea>"]),
    ("/support/webhooks/{webhook}/deliveries/{event}/retry", "", &["press the button once more"]),
];

const REASON: &str = "note=Lost+%26+found%0D%0Aat+the+pier";

#[tokio::test]
async fn each_form_of_an_administrator_comes_back_as_it_was_filled() {
    come_back("ada", BY_AN_ADMINISTRATOR).await;
}

#[test]
fn no_sensitive_form_is_left_out_here() {
    let tried = BY_AN_OWNER.iter().chain(BY_AN_ADMINISTRATOR).map(|(path, ..)| shape(path));
    let tried: BTreeSet<_> = tried.chain(WITH_A_FACTOR.map(shape)).collect();
    // A script asks for options, by no form.
    let is_form = |path: &str| !path.ends_with("/options");
    let sensitive = posts().into_iter().filter(|(path, post)| *post == Post::Fresh && is_form(path));
    let sensitive = sensitive.map(|(path, _)| shape(path));
    assert_eq!(tried, sensitive.collect());
}
