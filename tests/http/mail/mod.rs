//! What is mailed, to whom, and again until it is taken: by a mail server of the test, as the clock is moved.

mod asked;

use crate::app::{Answer, TestApp};
use crate::browser::{Browser, PASSWORD};
use innkeeper::config::{Config, Mail, MailFrom, MailServer, MailTls};
use innkeeper::domain::user::Role;
use innkeeper::service::{ContentOf, Position, Scope};
use innkeeper::web::mail::content_of;
use serde_json::json;
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A mail server. It answers the receiver of a mail what it is told to, and takes everything from then on.
#[derive(Clone, Default)]
struct Server {
    got: Arc<Mutex<Vec<Got>>>,
    answers: Arc<Mutex<VecDeque<&'static str>>>,
}

/// A mail that arrived.
#[derive(Clone, Debug)]
struct Got {
    to: String,
    /// Head and body, put together again from quoted-printable.
    text: String,
}

impl Server {
    async fn start() -> (Self, u16) {
        let server = Self::default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let takes = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let takes = takes.clone();
                tokio::spawn(async move { takes.talk(stream).await });
            }
        });
        (server, port)
    }

    async fn talk(self, stream: TcpStream) -> Option<()> {
        let (from, mut to) = stream.into_split();
        let mut lines = BufReader::new(from).lines();
        to.write_all(b"220 mail.test\r\n").await.ok()?;
        let mut receiver = String::new();
        while let Some(line) = lines.next_line().await.ok()? {
            let answer = if line.starts_with("RCPT TO:") {
                receiver = line.split(['<', '>']).nth(1)?.to_owned();
                self.answers.lock().unwrap().pop_front().unwrap_or("250 ok")
            } else if line == "DATA" {
                to.write_all(b"354 go on\r\n").await.ok()?;
                let mut text = String::new();
                loop {
                    match lines.next_line().await.ok()?? {
                        end if end == "." => break,
                        line => text += &format!("{}\n", line.strip_prefix('.').unwrap_or(&line)),
                    }
                }
                let text = text.replace("=\n", "").replace("=3D", "=");
                self.got.lock().unwrap().push(Got { to: receiver.clone(), text });
                "250 taken"
            } else {
                "250 ok"
            };
            to.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        }
        Some(())
    }

    fn answer(&self, answers: &[&'static str]) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// What has come since this was last asked.
    fn got(&self) -> Vec<Got> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }
}

fn mailing(config: &mut Config, port: u16) {
    let server = MailServer { host: "127.0.0.1".into(), port, tls_from_the_start: false, login: None };
    let from = MailFrom { name: None, address: "desk@reef.example".into() };
    config.mail = Some(Mail { server, tls: MailTls::None, from, language: "en" });
}

/// An installation that sends mail, with an owner "alex" and a staff login "kai" in one account.
struct House {
    app: TestApp,
    server: Server,
    content: ContentOf,
}

impl House {
    async fn open() -> Self {
        let (server, port) = Server::start().await;
        Self::sending_to(server, port).await
    }

    async fn sending_to(server: Server, port: u16) -> Self {
        let mut config = Config::default();
        mailing(&mut config, port);
        let content = content_of(&config);
        let app = TestApp::configured(|config| mailing(config, port)).await;
        app.with_account("reef").await;
        app.with_user("reef", "alex", Role::Owner).await;
        app.with_user("reef", "kai", Role::Staff).await;
        Self { app, server, content }
    }

    async fn signed_in(&self, user: &str) -> Browser<'_> {
        let mut browser = self.app.browser();
        assert_eq!(browser.sign_in(user).await.status, 303);
        browser
    }

    /// Sends what is due; gives what arrived, with the subjects.
    async fn mailed(&self) -> Vec<(String, String)> {
        self.app.innkeeper.mail(&self.content).await.unwrap();
        self.server.got().iter().map(|got| (got.to.clone(), subject(got))).collect()
    }

    /// Sends what is due; gives what arrived, whole.
    async fn letters(&self) -> Vec<Got> {
        self.app.innkeeper.mail(&self.content).await.unwrap();
        self.server.got()
    }

    fn counted(&self) -> [u64; 3] {
        let counts = self.app.innkeeper.mail_counts();
        [&counts.sent, &counts.put_off, &counts.given_up].map(|count| count.load(Ordering::Relaxed))
    }
}

fn subject(of: &Got) -> String {
    of.text.lines().find_map(|line| line.strip_prefix("Subject: ")).expect("a mail has a subject").to_owned()
}

fn mail(to: &str, subject: &str) -> (String, String) {
    (format!("{to}@reef.example"), subject.to_owned())
}

/// The code in a link, on a page or in a mail.
fn code_in(text: &str) -> String {
    let link = text.split("/invitation?code=").nth(1).unwrap_or_else(|| panic!("there is a link in {text}"));
    link.split(['"', '\n']).next().unwrap().to_owned()
}

async fn invite(owner: &mut Browser<'_>, email: &str) -> Answer {
    let answer = owner.post("/account/staff/invite", &[("email", email), ("role", "staff")]).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer
}

async fn opens(app: &TestApp, code: &str) -> bool {
    app.browser().get(&format!("/invitation?code={code}")).await.status == 200
}

#[tokio::test]
async fn whoever_is_invited_is_mailed_a_link_of_their_own_beside_the_one_on_the_page() {
    let house = House::open().await;
    let mut alex = house.signed_in("alex").await;
    assert!(alex.get("/account/staff").await.text().contains("Send the invitation"));
    let page = invite(&mut alex, "noa@reef.example").await;
    assert!(page.text().contains("A mail with a link is on its way"));
    house.app.innkeeper.mail(&house.content).await.unwrap();
    let [got] = &house.server.got()[..] else { panic!("one mail") };
    assert_eq!((got.to.as_str(), subject(got).as_str()), ("noa@reef.example", "Invitation to Tours of reef"));
    let (shown, mailed) = (code_in(page.text()), code_in(&got.text));
    assert_ne!(shown, mailed);
    assert!(opens(&house.app, &shown).await && opens(&house.app, &mailed).await);
    let events = house.app.innkeeper.events(Position(0), 200).await.unwrap();
    let told = events.iter().map(|event| event.data.as_str()).collect::<String>();
    assert!(!told.contains(&mailed) && !told.contains(&shown));

    let fields = [("code", mailed.as_str()), ("name", "Noa"), ("password", PASSWORD)];
    assert_eq!(house.app.browser().post("/invitation", &fields).await.status, 303);
    assert!(!opens(&house.app, &shown).await && !opens(&house.app, &mailed).await, "either link once");
}

#[tokio::test]
async fn an_invitation_that_is_gone_before_its_mail_was_sent_is_not_mailed() {
    let house = House::open().await;
    let mut alex = house.signed_in("alex").await;
    invite(&mut alex, "noa@reef.example").await;
    invite(&mut alex, "noa@reef.example").await;
    house.app.innkeeper.mail(&house.content).await.unwrap();
    let got = house.server.got();
    assert_eq!(got.len(), 1, "the newer invitation has replaced the older");
    assert!(opens(&house.app, &code_in(&got[0].text)).await);
    assert_eq!(house.counted(), [1, 0, 0]);
}

#[tokio::test]
async fn a_mail_that_is_sent_once_more_carries_a_new_code_and_the_one_before_opens_nothing() {
    let house = House::open().await;
    let mut alex = house.signed_in("alex").await;
    let shown = code_in(invite(&mut alex, "noa@reef.example").await.text());
    house.server.answer(&["451 4.7.1 greylisted"]);
    assert_eq!(house.mailed().await, []);
    house.app.clock.advance(Duration::from_secs(7));
    house.app.innkeeper.mail(&house.content).await.unwrap();
    let [got] = &house.server.got()[..] else { panic!("one mail") };
    assert!(opens(&house.app, &code_in(&got.text)).await && opens(&house.app, &shown).await);
}

#[tokio::test]
async fn people_are_mailed_about_their_password_and_new_devices_and_whoever_ended_their_session() {
    let house = House::open().await;
    let mut alex = house.signed_in("alex").await;
    let kai = house.signed_in("kai").await;
    assert_eq!(house.mailed().await, [], "a first sign-in is nothing unusual");

    let list = alex.get("/account/staff/sessions").await;
    let ends = list.text().split("href=\"/account/staff/sessions/").skip(1);
    let ids: Vec<_> = ends.filter_map(|part| part.split('"').next()?.strip_suffix("/terminate")).collect();
    let path = format!("/account/staff/sessions/{}/terminate", ids[0]);
    assert_eq!(alex.post(&path, &[]).await.status, 303);
    house.app.innkeeper.mail(&house.content).await.unwrap();
    let [ended] = &house.server.got()[..] else { panic!("one mail") };
    assert_eq!((ended.to.as_str(), subject(ended).as_str()), ("kai@reef.example", "Your session was ended"));
    for said in [
        "The owner of your account ended this session.",
        "Device: Firefox on Windows",
        "Time: 22 Nov 2026, 14:00 AEST (Brisbane)",
        "http://127.0.0.1:8080/sign-in",
        "ask the people who run this service",
    ] {
        assert!(ended.text.contains(said), "{said}\n{}", ended.text);
    }

    drop(kai);
    let mut other = house.signed_in("kai").await;
    assert_eq!(house.mailed().await, [mail("kai", "Sign-in on a new device")]);
    let new = [("current", PASSWORD), ("new", "a lantern in the window")];
    assert_eq!(other.post("/account/security/password", &new).await.status, 303);
    assert_eq!(house.mailed().await, [mail("kai", "Your password was changed")]);
}

#[tokio::test]
async fn a_refusal_is_mailed_once_a_day_and_only_where_device_and_place_are_new() {
    let house = House::open().await;
    let app = &house.app;
    let _inside = house.signed_in("kai").await;
    assert_eq!(house.mailed().await, []);
    for _ in 0..3 {
        assert_eq!(app.browser().sign_in("kai").await.status, 409);
    }
    assert_eq!(house.mailed().await, [mail("kai", "Sign-in refused")]);
    app.clock.advance(DAY);
    let _again = house.signed_in("kai").await;
    assert_eq!(app.browser().sign_in("kai").await.status, 409);
    let mut mailed = house.mailed().await;
    mailed.sort();
    assert_eq!(mailed, [mail("kai", "Sign-in on a new device"), mail("kai", "Sign-in refused")]);
}

#[tokio::test]
async fn a_wrong_code_is_mailed_once_a_day_and_only_where_device_and_place_are_new() {
    const SUBJECT: &str = "Somebody gave your password";
    let house = House::open().await;
    let app = &house.app;
    let mut kai = house.signed_in("kai").await;
    set_up_app(&house, "kai").await;
    assert_eq!(house.mailed().await.len(), 1, "of the app");
    let guess = async || {
        let mut stranger = app.browser();
        assert_eq!(stranger.sign_in("kai").await.status, 303);
        assert_eq!(house.mailed().await, [], "the password alone is mailed to nobody");
        assert_eq!(stranger.post("/sign-in/second-step", &[("code", "000000")]).await.status, 401);
    };
    guess().await;
    let mails = house.letters().await;
    assert_eq!((mails.len(), subject(&mails[0])), (1, SUBJECT.to_owned()));
    for said in ["Nobody was signed in.", "Firefox", "somebody knows your password", "/account/security/password"] {
        assert!(mails[0].text.contains(said), "{said} in {}", mails[0].text);
    }
    guess().await;
    assert_eq!(house.mailed().await, [], "once a day");
    app.clock.advance(DAY);
    guess().await;
    assert_eq!(house.mailed().await, [mail("kai", SUBJECT)]);
    app.clock.advance(DAY);
    assert_eq!(kai.sign_in("kai").await.status, 303);
    assert_eq!(kai.post("/sign-in/second-step", &[("code", "000000")]).await.status, 401);
    assert_eq!(house.mailed().await, [], "a device that is known");
}

#[tokio::test]
async fn an_application_that_tells_neither_devices_nor_places_apart_has_nobody_mailed() {
    let house = House::open().await;
    let application = house.app.api_caller(&[Scope::Sessions]).await;
    for _ in 0..3 {
        let ask = json!({ "user_id": "kai", "client": {}, "at_limit": "replace_oldest" });
        assert_eq!(application.request("POST", "/sessions", ask).await.status, 201);
    }
    assert_eq!(application.request("POST", "/sessions", json!({ "user_id": "kai", "client": {} })).await.status, 409);
    assert_eq!(house.mailed().await, []);
}

/// Has the application set a password, which is mailed.
async fn set_password(house: &House, user: &str) {
    let directory = house.app.api_caller(&[Scope::Directory]).await;
    let answer =
        directory.request("PATCH", &format!("/users/{user}"), json!({ "password": "a lantern in the window" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn a_server_that_is_down_is_asked_again_and_the_mail_arrives_once_when_it_is_back() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let house = House::sending_to(Server::default(), port).await;
    set_password(&house, "kai").await;
    for waited in [Duration::ZERO, Duration::from_secs(7), HOUR / 2] {
        house.app.clock.advance(waited);
        assert_eq!(house.app.innkeeper.mail(&house.content).await.unwrap(), 1);
        assert_eq!(house.app.innkeeper.mail(&house.content).await.unwrap(), 0, "not before its time");
    }
    assert_eq!(house.counted(), [0, 3, 0]);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    let takes = house.server.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(takes.clone().talk(stream));
        }
    });
    house.app.clock.advance(HOUR);
    assert_eq!(house.mailed().await, [mail("kai", "Your password was changed")]);
    house.app.clock.advance(9 * DAY);
    assert_eq!(house.mailed().await, []);
    assert_eq!(house.counted(), [1, 3, 0]);
}

#[tokio::test]
async fn a_mail_is_given_up_after_ten_tries_or_once_its_receiver_is_refused_for_good() {
    let house = House::open().await;
    set_password(&house, "kai").await;
    house.server.answer(&["451 4.3.0 later"; 9]);
    house.server.answer(&["550 5.7.1 you may not send"]);
    for tries in 0..10 {
        assert_eq!(house.counted(), [0, tries, 0]);
        house.app.innkeeper.mail(&house.content).await.unwrap();
        house.app.clock.advance(30 * HOUR);
    }
    assert_eq!(house.counted(), [0, 9, 1]);
    set_password(&house, "alex").await;
    house.server.answer(&["550 5.1.1 no such mailbox"]);
    assert_eq!(house.mailed().await, []);
    house.app.clock.advance(9 * DAY);
    assert_eq!(house.mailed().await, []);
    assert_eq!(house.counted(), [0, 9, 2]);
}

#[tokio::test]
async fn nobody_is_mailed_who_is_removed_or_has_no_address() {
    let house = House::open().await;
    let directory = house.app.api_caller(&[Scope::Directory]).await;
    set_password(&house, "kai").await;
    assert_eq!(directory.delete("/users/kai").await.status, 204);
    assert_eq!(directory.request("PATCH", "/users/alex", json!({ "email": null })).await.status, 200);
    set_password(&house, "alex").await;
    assert_eq!(house.mailed().await, []);
    assert_eq!(house.counted(), [0, 0, 0]);
}

#[tokio::test]
async fn without_a_mail_server_links_are_passed_on_by_hand() {
    let app = TestApp::start().await;
    app.with_account("reef").await;
    app.with_user("reef", "alex", Role::Owner).await;
    let mut alex = app.browser();
    alex.sign_in("alex").await;
    assert!(alex.get("/account/staff").await.text().contains("Make the link"));
    let page = invite(&mut alex, "noa@reef.example").await;
    assert!(page.text().contains("Pass this link on to them") && opens(&app, &code_in(page.text())).await);
    assert!(!app.innkeeper.sends_mail());
}

/// Somebody asks for a mail to set a password anew; waits until what comes of it is written.
async fn forgets(house: &House, email: &str, written: bool) -> Answer {
    let asked = async || {
        let events = house.app.innkeeper.events(Position(0), u16::MAX).await.unwrap();
        events.iter().filter(|event| event.kind == "password_reset.asked").count()
    };
    let before = asked().await;
    let answer = house.app.browser().post("/forgot", &[("email", email)]).await;
    let in_time = tokio::time::timeout(Duration::from_secs(30), async {
        while written && asked().await == before {
            tokio::task::yield_now().await;
        }
    });
    in_time.await.expect("it is written within half a minute");
    answer
}

/// The code of the link in a mail.
fn reset_code(mail: &Got) -> String {
    mail.text.split("/reset?code=").nth(1).unwrap().chars().take(43).collect()
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_a_link_that_was_mailed() {
    let house = House::open().await;
    let mut alex = house.app.browser();
    assert_eq!(alex.sign_in("alex").await.status, 303);
    house.letters().await;
    assert!(house.app.browser().get("/sign-in").await.text().contains("Forgotten the password?"));
    let told = forgets(&house, " Alex@reef.example ", true).await;
    let said = "If this address is a login here, a mail with a link is on its way.";
    assert!(told.status == 200 && told.text().contains(said));
    let nobody = forgets(&house, "nobody@reef.example", false).await;
    let main = |page: &Answer| page.text().split("<main").nth(1).map(str::to_owned);
    assert_eq!((nobody.status, main(&nobody)), (told.status, main(&told)), "the same whoever it is");
    let mails = house.letters().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "alex@reef.example");
    let code = reset_code(&mails[0]);

    let mut browser = house.app.browser();
    let page = browser.get(&format!("/reset?code={code}")).await;
    assert!(page.status == 200 && page.text().contains("alex@reef.example"));
    let common = browser.post("/reset", &[("code", &code), ("new", "password")]).await;
    assert_eq!(common.status, 422, "the link is as good as before");
    let fields = [("code", code.as_str()), ("new", "a heron on one leg")];
    let done = browser.post("/reset", &fields).await;
    assert!(done.status == 200 && done.text().contains("Your new password is set"));
    assert!(!browser.is_signed_in().await, "nobody is signed in by it");
    let over = alex.get("/account").await;
    assert_eq!(over.status, 401, "every session ends");
    assert_eq!(browser.post("/reset", &fields).await.status, 410);
    assert_eq!(browser.get(&format!("/reset?code={code}")).await.status, 410);
    assert_eq!(house.app.browser().sign_in("alex").await.status, 401, "the password before is worth nothing");
    let fields = [("email", "alex@reef.example"), ("password", "a heron on one leg")];
    assert_eq!(house.app.browser().post("/sign-in", &fields).await.status, 303);
    let subjects = house.letters().await;
    let subjects: Vec<_> = subjects.iter().map(subject).collect();
    assert!(subjects.contains(&"Your password was changed".to_owned()), "{subjects:?}");
}

/// Somebody who is signed in sets an app up.
async fn set_up_app(house: &House, user: &str) {
    let user = innkeeper::domain::id::UserId::new(user).unwrap();
    let page = innkeeper::service::SessionsPage { before: None, limit: 1 };
    let live = innkeeper::service::StateFilter::Live;
    let session = house.app.innkeeper.sessions_of_user(&user, live, page).await.unwrap().unwrap().remove(0);
    let secret = house.app.innkeeper.totp_set_up(&session).await.unwrap();
    let code = innkeeper::totp::code_at(&secret.0, house.app.clock.now());
    house.app.innkeeper.add_totp(&session, ("Phone", &code)).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_reset_goes_round_no_second_factor() {
    let house = House::open().await;
    let mut alex = house.app.browser();
    alex.sign_in("alex").await;
    set_up_app(&house, "alex").await;
    let mails = house.letters().await;
    assert!(mails.iter().any(|mail| mail.text.contains("A second step at sign-in was added to your login.")));
    forgets(&house, "alex@reef.example", true).await;
    let mails = house.letters().await;
    let code = reset_code(&mails[0]);
    let mut browser = house.app.browser();
    browser.post("/reset", &[("code", &code), ("new", "a heron on one leg")]).await;
    let fields = [("email", "alex@reef.example"), ("password", "a heron on one leg")];
    let answer = browser.post("/sign-in", &fields).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/sign-in/second-step"));
}

#[tokio::test]
async fn a_link_is_worth_nothing_after_half_an_hour_or_once_the_password_was_set_otherwise() {
    let house = House::open().await;
    forgets(&house, "alex@reef.example", true).await;
    let code = reset_code(&house.letters().await[0]);
    let opens = async |code: &str| house.app.browser().get(&format!("/reset?code={code}")).await.status;
    house.app.clock.advance(HOUR / 2 - Duration::from_millis(1));
    assert_eq!(opens(&code).await, 200);
    house.app.clock.advance(Duration::from_millis(1));
    assert_eq!(opens(&code).await, 410);
    forgets(&house, "alex@reef.example", true).await;
    let code = reset_code(&house.letters().await[0]);
    assert_eq!(opens(&code).await, 200);
    set_password(&house, "alex").await;
    assert_eq!(opens(&code).await, 410);
    let fields = [("code", code.as_str()), ("new", "a heron on one leg")];
    assert_eq!(house.app.browser().post("/reset", &fields).await.status, 410);
    house.app.clock.advance(HOUR);
    forgets(&house, "alex@reef.example", true).await;
    let letters = house.letters().await;
    let code = letters.iter().find(|letter| letter.text.contains("/reset?code=")).map(reset_code).unwrap();
    let caller = house.app.api_caller(&[Scope::Directory]).await;
    let moved = json!({ "email": "alex@elsewhere.example" });
    assert_eq!(caller.request("PATCH", "/users/alex", moved).await.status, 200);
    assert_eq!(opens(&code).await, 410, "it was mailed to another address");
}

#[tokio::test]
async fn of_two_who_use_one_link_at_once_one_sets_the_password() {
    let house = House::open().await;
    forgets(&house, "alex@reef.example", true).await;
    let code = reset_code(&house.letters().await[0]);
    house.app.clock.advance(Duration::from_millis(1));
    let new = ["a heron on one leg", "a heron on two legs"];
    let mut browsers = [house.app.browser(), house.app.browser()];
    let tries = browsers.iter_mut().zip(new).map(|(browser, new)| {
        let code = code.clone();
        async move { browser.post("/reset", &[("code", &code), ("new", new)]).await.status }
    });
    let answers = futures_util::future::join_all(tries).await;
    let mut sorted = answers.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [200, 410]);
    for (answer, new) in answers.into_iter().zip(new) {
        let fields = [("email", "alex@reef.example"), ("password", new)];
        let status = house.app.browser().post("/sign-in", &fields).await.status;
        assert_eq!(status, if answer == 200 { 303 } else { 401 }, "{new}");
    }
}

#[tokio::test]
async fn an_outage_leaves_the_link_as_good_as_it_was() {
    let house = House::open().await;
    forgets(&house, "alex@reef.example", true).await;
    let code = reset_code(&house.letters().await[0]);
    let mut browser = house.app.browser();
    let fields = [("code", code.as_str()), ("new", "a heron on one leg")];
    // Everything can be read, and nothing be written.
    house.app.site.sql("ALTER TABLE events RENAME TO away");
    assert_eq!(browser.post("/reset", &fields).await.status, 503);
    house.app.site.sql("ALTER TABLE away RENAME TO events");
    assert_eq!(browser.post("/reset", &fields).await.status, 200);
    assert_eq!(browser.post("/reset", &fields).await.status, 410);
}

#[tokio::test]
async fn nobodys_mailbox_is_filled_by_whoever_keeps_asking() {
    let house = House::open().await;
    for _ in 0..6 {
        forgets(&house, "alex@reef.example", true).await;
    }
    // Beyond that it waits like a guess, and the answer is the same.
    let told = forgets(&house, "alex@reef.example", false).await;
    assert_eq!(told.status, 200);
    assert_eq!(house.letters().await.len(), 1, "one a minute at most");
}

#[tokio::test]
async fn without_a_mail_server_the_page_says_whom_to_ask() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    assert!(!browser.get("/sign-in").await.text().contains("/forgot"));
    assert!(browser.get("/forgot").await.text().contains("This service sends no mail."));
    let told = browser.post("/forgot", &[("email", "alex@reef.example")]).await;
    assert!(told.status == 200 && told.text().contains("This service sends no mail."));
}
