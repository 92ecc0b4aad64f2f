//! The console of support: who may use it, what a search finds, what a look leaves behind, and how a session is released.

use super::{leads, minutes, reef, signed_in};
use crate::app::{Answer, TestApp};
use crate::browser::{Browser, PASSWORD};
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::UserId;
use innkeeper::domain::user::Role;
use innkeeper::service::{SessionsPage, StateFilter};

/// The installation with people, and "sam" of support.
async fn reef_with_support() -> TestApp {
    let app = reef().await;
    app.with_system_user("sam", Role::Support).await;
    app
}

async fn session_of(app: &TestApp, user: &str) -> String {
    let part = SessionsPage { before: None, limit: 1 };
    let found = app.innkeeper.sessions_of_user(&UserId::new(user).unwrap(), StateFilter::All, part).await;
    found.unwrap().unwrap().remove(0).id.to_string()
}

/// Whom a search shows a way to, in order.
async fn found(browser: &mut Browser<'_>, typed: &str) -> Vec<String> {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", typed).finish();
    let page = browser.get(&format!("/support?{query}")).await;
    assert_eq!(page.status, 200, "{typed}");
    let ways = page.text().split("href=\"/support/people/").skip(1);
    ways.map(|way| way.split('"').next().unwrap().to_owned()).collect()
}

/// What each entry of a page says happened, from the newest on.
fn told(page: &Answer) -> Vec<&str> {
    assert_eq!(page.status, 200, "{}", page.text());
    page.text().split("<b id=\"e").skip(1).map(|row| row.split(['>', '<']).nth(1).unwrap()).collect()
}

async fn refused(app: &TestApp, user: &str) -> String {
    let answer = app.browser().sign_in(user).await;
    assert_eq!(answer.status, 409);
    answer.text().split("<code>").nth(1).unwrap().split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_is_not_of_support_is_turned_away_everywhere() {
    let app = reef_with_support().await;
    app.with_user("reef", "mo", Role::Manager).await;
    let _sam = signed_in(&app, "sam").await;
    let session = session_of(&app, "sam").await;
    let release = format!("/support/sessions/{session}/release");
    for user in ["alex", "mo", "kai"] {
        let mut browser = signed_in(&app, user).await;
        for path in ["/support", "/support?q=kai", "/support/people/kai", "/support/people/kai/release", &release] {
            assert_eq!(browser.get(path).await.status, 403, "{user} {path}");
        }
        for path in ["/support/people/kai/release", &release] {
            assert_eq!(browser.post(path, &[("note", "x")]).await.status, 403, "{user} {path}");
        }
        assert!(!browser.get("/account").await.text().contains("/support\""));
    }
    assert_eq!(leads(&app.browser().get("/support").await), (303, "/sign-in?next=%2Fsupport"));
}

#[tokio::test]
async fn support_reaches_its_console_from_everywhere_and_nothing_of_accounts() {
    let app = reef_with_support().await;
    let mut sam = signed_in(&app, "sam").await;
    let account = sam.get("/account").await;
    assert_eq!(account.text().matches("href=\"/support\"").count(), 3, "menu, navigation, and a way");
    assert!(!account.text().contains("/account/staff") && !account.text().contains("/account/plans"));
    for path in ["/account/sessions", "/account/security", "/account/activity", "/support"] {
        assert_eq!(sam.get(path).await.status, 200, "{path}");
    }
    assert!(sam.get("/support").await.text().contains("href=\"/support\" aria-current=\"page\""));
    assert_eq!(sam.get("/account/staff").await.status, 403);
    assert_eq!(app.browser().sign_in("sam").await.status, 409, "one session, like everybody");
}

#[tokio::test]
async fn a_search_finds_by_address_by_any_id_and_by_a_reference_as_it_was_read_out() {
    let app = reef_with_support().await;
    let _kai = signed_in(&app, "kai").await;
    let reference = refused(&app, "kai").await;
    let mut sam = signed_in(&app, "sam").await;
    for typed in ["kai", " KAI@Reef.example ", &session_of(&app, "kai").await, &reference] {
        assert_eq!(found(&mut sam, typed).await, ["kai"], "{typed}");
    }
    let digits = reference.replace('-', "");
    for typed in [reference.to_lowercase(), digits.clone(), digits[1..].to_lowercase(), reference.replace('-', " ")] {
        assert_eq!(found(&mut sam, &typed).await, ["kai"], "{typed}");
    }
    assert_eq!(found(&mut sam, "reef").await, ["alex", "kai"], "an account with its people");
    assert_eq!(found(&mut sam, "sam@reef.example").await, ["sam"]);
    for nothing in
        ["ree", "Tours of reef", "ka", "%", "kai@reef", "R-2222-2222", "s_none", "é", &"x".repeat(300), "'; --"]
    {
        assert!(found(&mut sam, nothing).await.is_empty(), "{nothing}");
    }
    assert!(!sam.get("/support?q=+").await.text().contains("Nobody and nothing is found"));
    assert!(sam.get("/support?q=ka").await.text().contains("Nobody and nothing is found"));

    // Somebody who was removed is told of, and their id leads to nobody.
    let session = session_of(&app, "kai").await;
    app.innkeeper.remove_user(&UserId::new("kai").unwrap(), &Actor::Operator).await.unwrap().unwrap();
    assert!(found(&mut sam, &session).await.is_empty() && found(&mut sam, "kai").await.is_empty());
    let page = sam.get(&format!("/support?q={reference}")).await;
    assert!(page.text().contains("kai@reef.example") && page.text().contains("Removed"));
}

#[tokio::test]
async fn an_account_of_many_people_is_listed_in_parts() {
    let app = reef_with_support().await;
    app.site.sql(
        "WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1060) \
         INSERT INTO users (user_no, user_id, account_no, role, status, created_at) \
         SELECT i, 'm' || i, (SELECT account_no FROM accounts WHERE account_id = 'reef'), 'staff', 'suspended', 1 FROM n",
    );
    let mut sam = signed_in(&app, "sam").await;
    assert_eq!(found(&mut sam, "reef").await.len(), 50);
    let page = sam.get("/support?q=reef").await;
    let more = page.text().split("<p class=\"empty\"><a href=\"").nth(1).unwrap().split('"').next().unwrap();
    let more = sam.get(&more.replace("&#38;", "&")).await;
    assert_eq!(more.text().matches("href=\"/support/people/m").count(), 13);
}

#[tokio::test]
async fn a_person_is_shown_with_where_they_are_signed_in_and_what_happened() {
    let app = reef_with_support().await;
    let mut kai = signed_in(&app, "kai").await;
    app.clock.advance(minutes(15));
    kai.get("/account").await;
    app.clock.advance(minutes(8));
    kai.post("/sign-out", &[]).await;
    let mut kai = signed_in(&app, "kai").await;
    app.clock.advance(minutes(5));
    kai.get("/account").await;
    let reference = refused(&app, "kai").await;
    let mut sam = signed_in(&app, "sam").await;
    let page = sam.get("/support/people/kai").await;
    let happened = ["Looked at by support", "Sign-in refused: signed in already", "Signed in"];
    assert_eq!(told(&page)[..3], happened);
    assert_eq!(told(&page)[3..], ["Session over: signed out", "Signed in", "Login created"]);
    for said in [
        "kai@reef.example",
        "Tours of reef",
        "Team",
        "Staff",
        "Firefox on Windows",
        "Private network",
        "127.0.0.1",
        "5 minutes after sign-in",
        "Last counted activity</span> <bdi>15 minutes after sign-in",
        reference.as_str(),
        "Times are given in this zone: Australia/Brisbane",
        "AEST",
    ] {
        assert!(page.text().contains(said), "{said} in {}", page.text());
    }
    for path in ["/support/people/nobody", "/support/people/a%2Fb", "/support/people/nobody/release"] {
        assert_eq!(sam.get(path).await.status, 404, "{path}");
    }
    assert_eq!(sam.get("/support/sessions/s_none/release").await.status, 404);
    assert_eq!(sam.post("/support/sessions/s_none/release", &[("note", "x")]).await.status, 404);
}

#[tokio::test]
async fn what_is_older_is_behind_a_link() {
    let app = reef_with_support().await;
    app.site.sql(
        "WITH RECURSIVE n (i) AS (SELECT 1005 UNION ALL SELECT i + 1 FROM n WHERE i < 1080) \
         INSERT INTO events (position, kind, at, account_no, user_no, actor_kind, data) SELECT i, 'user.password_set', i, \
         (SELECT account_no FROM users WHERE user_id = 'kai'), (SELECT user_no FROM users WHERE user_id = 'kai'), \
         'operator', '{}' FROM n",
    );
    let mut sam = signed_in(&app, "sam").await;
    let page = sam.get("/support/people/kai?before=1070").await;
    assert_eq!(told(&page).len(), 50);
    assert!(page.text().contains("href=\"/support/people/kai?before=1020\">Older</a>"));
    assert!(page.text().contains("href=\"/support/people/kai\">Newest</a>"));
    let older = sam.get("/support/people/kai?before=1020").await;
    assert!(told(&older).len() >= 15 && !older.text().contains(">Older</a>"));
}

#[tokio::test]
async fn a_look_is_told_to_the_person_and_the_owner_once_in_ten_minutes() {
    let app = reef_with_support().await;
    app.with_system_user("ada", Role::Admin).await;
    let mut sam = signed_in(&app, "sam").await;
    let mut ada = signed_in(&app, "ada").await;
    let looks = async || {
        let mut kai = signed_in(&app, "kai").await;
        let page = kai.get("/account/activity?show=security").await;
        assert!(page.text().contains("by support") && !page.text().contains("Helper"));
        kai.post("/sign-out", &[]).await;
        told(&page).iter().filter(|said| **said == "Looked at by support").count()
    };
    for _ in 0..3 {
        sam.get("/support/people/kai").await;
    }
    let (mut one, mut other) = (sam.clone(), sam.clone());
    tokio::join!(one.get("/support/people/kai"), other.get("/support/people/kai"));
    assert_eq!(looks().await, 1);
    app.clock.advance(minutes(10) - std::time::Duration::from_millis(1));
    sam.get("/support/people/kai").await;
    assert_eq!(looks().await, 1);
    ada.get("/support/people/kai").await;
    assert_eq!(looks().await, 2, "each who looks is told of");
    app.clock.advance(std::time::Duration::from_millis(1));
    sam.get("/support/people/kai").await;
    assert_eq!(looks().await, 3);
    let mut alex = signed_in(&app, "alex").await;
    let page = alex.get("/account/activity?of=account&person=kai").await;
    assert_eq!(told(&page).iter().filter(|said| **said == "Looked at by support").count(), 3);
    // Whoever looks at themselves is nobody's business.
    sam.get("/support/people/sam").await;
    sam.get("/support?q=sam").await;
    assert!(!told(&alex.get("/account/activity").await).contains(&"Looked at by support"));
    assert!(!told(&sam.get("/account/activity").await).contains(&"Looked at by support"));
}

#[tokio::test]
async fn what_a_search_shows_is_told_as_a_look_at_it_is() {
    let app = reef_with_support().await;
    let (mut alex, mut sam) = (signed_in(&app, "alex").await, signed_in(&app, "sam").await);
    found(&mut sam, "nobody@reef.example").await;
    assert_eq!(told(&alex.get("/account/activity?of=account&show=security").await), [""; 0]);
    found(&mut sam, "kai@reef.example").await;
    sam.get("/support/people/kai").await;
    assert_eq!(told(&alex.get("/account/activity?of=account&show=security").await), ["Looked at by support"]);
    found(&mut sam, "reef").await;
    found(&mut sam, "reef").await;
    let both = ["People of the account looked at by support", "Looked at by support"];
    assert_eq!(told(&alex.get("/account/activity?of=account&show=security").await), both);
}

#[tokio::test]
async fn of_many_looks_at_once_one_is_written_down() {
    let app = reef_with_support().await;
    let sam = signed_in(&app, "sam").await;
    let look = async || sam.clone().get("/support/people/kai").await.status;
    let all = futures_util::future::join_all((0..8).map(|_| look())).await;
    assert_eq!(all, [200; 8]);
    let page = sam.clone().get("/support/people/kai").await;
    assert_eq!(told(&page), ["Looked at by support", "Login created"]);
}

#[tokio::test]
async fn a_release_ends_the_session_and_its_reason_is_told_to_the_person_and_the_owner() {
    let app = reef_with_support().await;
    let mut kai = signed_in(&app, "kai").await;
    let session = session_of(&app, "kai").await;
    let mut sam = signed_in(&app, "sam").await;
    let release = format!("/support/sessions/{session}/release");
    assert!(sam.get("/support/people/kai").await.text().contains(&format!("href=\"{release}\"")));
    let question = sam.get(&release).await;
    assert!(question.status == 200 && question.text().contains("kai@reef.example"));
    for none in ["", "  \n ", &"x".repeat(501)] {
        let asked = sam.post(&release, &[("note", none)]).await;
        assert!(asked.status == 422 && asked.text().contains("Write down why, in 1 to 500 characters."));
    }
    assert!(kai.is_signed_in().await);
    let done = sam.post(&release, &[("note", " Tablet lost,\r\n said <Mira> ")]).await;
    assert_eq!(leads(&done), (303, format!("/support/people/kai?done=session-{session}").as_str()));
    let told_why = kai.get("/account").await;
    assert!(told_why.status == 401 && told_why.text().contains("Support ended this session."));
    let after = sam.get(done.header("location")).await;
    assert!(after.text().contains("The session has ended. Whoever used it is told why."));
    assert!(after.text().contains("<bdi>sam</bdi>"), "support itself sees who of them it was");

    let mut kai = signed_in(&app, "kai").await;
    let mut alex = signed_in(&app, "alex").await;
    for page in [kai.get("/account/activity").await, alex.get("/account/activity?of=account").await] {
        assert!(told(&page).contains(&"Session over: ended by support"));
        assert!(page.text().contains("Reason given</span> <bdi>Tablet lost, said &#60;Mira&#62;</bdi>"));
        assert!(page.text().contains("by support") && !page.text().contains("Helper"));
    }
    let file = alex.get("/account/activity.csv?of=account").await;
    assert!(file.text().contains("Tablet lost, said <Mira>"));
    let over = sam.get(&release).await;
    assert_eq!(leads(&over), (303, format!("/support/people/kai?done=session-{session}").as_str()));
    assert!(kai.is_signed_in().await, "what is over is not ended again, nor is anything else");
}

#[tokio::test]
async fn all_sessions_of_a_person_are_released_the_same_way() {
    let app = super::reef_with_places(3).await;
    app.with_system_user("sam", Role::Support).await;
    let (mut one, mut two) = (signed_in(&app, "kai").await, signed_in(&app, "kai").await);
    let mut sam = signed_in(&app, "sam").await;
    assert!(sam.get("/support/people/kai").await.text().contains("href=\"/support/people/kai/release\""));
    assert!(sam.get("/support/people/kai/release").await.text().contains("<b>2 sessions</b>"));
    assert_eq!(sam.post("/support/people/kai/release", &[("note", "")]).await.status, 422);
    let done = sam.post("/support/people/kai/release", &[("note", "asked for it")]).await;
    assert_eq!(leads(&done), (303, "/support/people/kai?done=people-2"));
    assert!(!one.is_signed_in().await && !two.is_signed_in().await && sam.is_signed_in().await);
    assert!(sam.get(done.header("location")).await.text().contains("2 sessions have ended."));
}

#[tokio::test]
async fn a_release_needs_a_fresh_proof_and_what_was_typed_comes_back() {
    let app = reef_with_support().await;
    let mut sam = signed_in(&app, "sam").await;
    app.clock.advance(minutes(10));
    let mut kai = signed_in(&app, "kai").await;
    let release = format!("/support/sessions/{}/release", session_of(&app, "kai").await);
    let asked = sam.post(&release, &[("note", "lost & found")]).await;
    let (status, to) = leads(&asked);
    assert!(status == 303 && to.starts_with("/account/step-up?then=%2Fsupport%2Fsessions%2F"), "{to}");
    assert!(kai.is_signed_in().await);
    let page = sam.get(to).await;
    let then = page.text().split("name=\"then\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let then = then.replace("&#38;", "&");
    let proved = sam.post("/account/step-up", &[("password", PASSWORD), ("then", &then)]).await;
    assert_eq!(leads(&proved), (303, then.as_str()));
    let question = sam.get(&then).await;
    assert!(question.text().contains(">lost &#38; found</textarea>"), "{}", question.text());
    assert_eq!(sam.post(&release, &[("note", "lost & found")]).await.status, 303);
    assert!(!kai.is_signed_in().await);
}

#[tokio::test]
async fn support_releases_nobody_of_support_and_an_administrator_does() {
    let app = reef_with_support().await;
    app.with_system_user("ada", Role::Admin).await;
    app.with_system_user("pat", Role::Support).await;
    let mut sam = signed_in(&app, "sam").await;
    let mut ada = signed_in(&app, "ada").await;
    let mut pat = signed_in(&app, "pat").await;
    for other in ["ada", "pat"] {
        let page = sam.get(&format!("/support/people/{other}")).await;
        assert!(page.status == 200 && !page.text().contains("/release\""));
        let one = format!("/support/sessions/{}/release", session_of(&app, other).await);
        for path in [one, format!("/support/people/{other}/release")] {
            assert_eq!((sam.get(&path).await.status, sam.post(&path, &[("note", "x")]).await.status), (403, 403));
        }
    }
    let own = format!("/support/sessions/{}/release", session_of(&app, "ada").await);
    assert_eq!(leads(&ada.post(&own, &[("note", "x")]).await), (303, "/account/sessions"), "one's own are ended there");
    let pats = format!("/support/sessions/{}/release", session_of(&app, "pat").await);
    assert_eq!(ada.post(&pats, &[("note", "gone home")]).await.status, 303);
    assert!(pat.get("/account").await.text().contains("Support ended this session."));
    assert!(sam.is_signed_in().await && ada.is_signed_in().await);
}

#[tokio::test]
async fn whoever_was_removed_from_support_looks_at_nothing_any_more() {
    let app = reef_with_support().await;
    let mut sam = signed_in(&app, "sam").await;
    let mut kai = signed_in(&app, "kai").await;
    app.innkeeper.remove_system_user(&UserId::new("sam").unwrap(), &Actor::Operator).await.unwrap().unwrap();
    assert_eq!(sam.get("/support/people/kai").await.status, 401);
    let mut other = app.browser();
    assert_eq!(other.sign_in("sam").await.status, 401);
    assert!(!told(&kai.get("/account/activity").await).contains(&"Looked at by support"));
}

#[tokio::test]
async fn no_page_of_support_shows_a_secret_of_anybody() {
    let app = reef_with_support().await;
    let kai = signed_in(&app, "kai").await;
    let mut sam = signed_in(&app, "sam").await;
    let release = format!("/support/sessions/{}/release", session_of(&app, "kai").await);
    let secrets: Vec<String> =
        kai.cookies.values().chain(sam.cookies.values()).map(|(value, _)| value.clone()).collect();
    assert!(secrets.iter().filter(|secret| secret.len() >= 43).count() >= 4, "{}", secrets.len());
    for path in ["/support?q=kai", "/support?q=reef", "/support/people/kai", &release] {
        let page = sam.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(secrets.iter().all(|secret| !page.text().contains(secret.as_str())), "{path}");
        for word in ["argon2", "$v=", PASSWORD, "token", "hash", "impersonat"] {
            assert!(!page.text().to_lowercase().contains(word), "{path}: {word}");
        }
    }
}
