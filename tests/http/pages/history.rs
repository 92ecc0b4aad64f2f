//! The history: one's own, the account's for its owner, filters, pages, and the file.

use super::{leads, minutes, reef, reef_with_places, signed_in};
use crate::app::{Answer, TestApp};
use crate::browser::{Browser, PASSWORD};
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::UserId;
use innkeeper::domain::user::{Role, UserStatus};
use innkeeper::service::{Position, UserFields};
use std::time::Duration;

const FORMULAS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠'];

/// Names the user and leaves everything else.
async fn rename(app: &TestApp, user: &str, name: &str) {
    change(app, user, UserFields { name: Some(Some(name.into())), ..UserFields::default() }).await;
}

async fn change(app: &TestApp, user: &str, fields: UserFields) {
    let id = UserId::new(user).unwrap();
    app.innkeeper.patch_user(&id, fields, &Actor::Operator).await.unwrap().unwrap();
}

/// What each entry of a page says happened, from the newest on.
fn told(page: &Answer) -> Vec<&str> {
    assert_eq!(page.status, 200, "{}", page.text());
    let rows = page.text().split("<b id=\"e").skip(1);
    rows.map(|row| row.split(['>', '<']).nth(1).unwrap()).collect()
}

/// Where a link of this name leads.
fn link(page: &Answer, name: &str) -> Option<String> {
    let before =
        page.text().split(&format!("\">{name}</a>")).next().filter(|before| before.len() < page.text().len())?;
    Some(before.rsplit("href=\"").next()?.split('"').next()?.replace("&#38;", "&"))
}

/// The records of a file, each as its fields, the header first.
fn records(file: &Answer) -> Vec<Vec<String>> {
    assert_eq!(file.status, 200, "{}", file.text());
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file.body.as_ref());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Forgets whatever there is to forget, and gives the address of every event that is left, empty where it has none.
async fn addresses_left(app: &TestApp) -> Vec<String> {
    while app.innkeeper.forget().await.unwrap() {}
    let events = app.innkeeper.events(Position(0), u16::MAX).await.unwrap();
    events.into_iter().map(|event| event.ip.unwrap_or_default()).collect()
}

async fn owner(app: &TestApp) -> Browser<'_> {
    signed_in(app, "alex").await
}

#[tokio::test]
async fn everybody_sees_what_happened_to_them_and_nothing_of_others() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    app.clock.advance(minutes(1));
    assert_eq!(app.browser().sign_in("kai").await.status, 409);
    rename(&app, "alex", "Alexandra").await;
    let _alex = owner(&app).await;
    let page = kai.get("/account/activity").await;
    assert_eq!(told(&page), ["Sign-in refused: signed in already", "Signed in", "Login created"]);
    for said in [
        "with your login",
        "R-",
        "Firefox on Windows",
        "Private network",
        "1 minute ago",
        "today, 14:00 AEST",
        "127.0.0.1",
    ] {
        assert!(page.text().contains(said), "{said}");
    }
    assert!(!page.text().contains("Alexandra") && !page.text().contains("of=account"));
}

#[tokio::test]
async fn an_end_says_why_and_what_others_changed_says_who() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    kai.post("/sign-out", &[]).await;
    change(&app, "kai", UserFields { role: Some(Role::Manager), ..UserFields::default() }).await;
    let mut kai = signed_in(&app, "kai").await;
    let page = kai.get("/account/activity").await;
    assert_eq!(told(&page), ["Signed in", "Login changed", "Session over: signed out", "Signed in", "Login created"]);
    for said in ["Manager", "by the people who run this service", "by you"] {
        assert!(page.text().contains(said), "{said}");
    }
}

#[tokio::test]
async fn staff_and_managers_do_not_see_the_accounts_history_on_the_page_nor_in_the_file() {
    let app = reef().await;
    app.with_user("reef", "mira", Role::Manager).await;
    for user in ["kai", "mira"] {
        let mut browser = signed_in(&app, user).await;
        for path in ["/account/activity", "/account/activity.csv"] {
            for query in ["of=account", "of=account&person=alex", "of=account&person=nobody"] {
                let answer = browser.get(&format!("{path}?{query}")).await;
                assert_eq!(answer.status, 403, "{user} {path}?{query}");
                assert!(!answer.text().contains("alex@reef.example"));
            }
        }
        assert!(!browser.get("/account/activity?person=alex").await.text().contains("alex@reef.example"));
    }
}

#[tokio::test]
async fn an_owner_sees_everything_in_the_account_and_nothing_of_another() {
    let app = reef().await;
    app.with_account("dune").await;
    app.with_user("dune", "zoe", Role::Owner).await;
    let _zoe = signed_in(&app, "zoe").await;
    let _kai = signed_in(&app, "kai").await;
    let mut alex = owner(&app).await;
    let page = alex.get("/account/activity?of=account").await;
    assert_eq!(told(&page), ["Signed in", "Signed in", "Login created", "Login created", "Account created"]);
    for said in ["kai@reef.example", "with their login", "with your login", "Tours of reef"] {
        assert!(page.text().contains(said), "{said}");
    }
    assert!(!page.text().contains("zoe") && !page.text().contains("dune"));

    let only = link(&page, "<bdi>kai@reef.example</bdi>");
    assert_eq!(only.as_deref(), Some("/account/activity?of=account&person=kai"));
    let kais = alex.get("/account/activity?of=account&person=kai").await;
    assert_eq!(told(&kais), ["Signed in", "Login created"]);
    assert_eq!(link(&kais, "Show everybody").as_deref(), Some("/account/activity?of=account"));
    for absent in ["zoe", "nobody", "..%2F", "%ff"] {
        for path in ["/account/activity", "/account/activity.csv"] {
            let answer = alex.get(&format!("{path}?of=account&person={absent}")).await;
            // What is no text at all makes no query, and so asks for one's own.
            assert!(answer.status == 404 || absent == "%ff", "{absent}: {}", answer.status);
            assert!(!answer.text().contains("zoe@reef.example"));
        }
    }
}

#[tokio::test]
async fn somebody_who_was_removed_is_told_of_by_name_and_a_later_one_of_that_id_is_not() {
    let app = reef().await;
    rename(&app, "kai", "Kai Tanaka").await;
    app.innkeeper.remove_user(&UserId::new("kai").unwrap(), &Actor::Operator).await.unwrap().unwrap();
    let mut alex = owner(&app).await;
    let page = alex.get("/account/activity?of=account&show=people").await;
    assert_eq!(told(&page)[..2], ["Login removed", "Login changed"]);
    assert!(page.text().contains("<bdi>Kai Tanaka</bdi> <span class=\"tag\">Removed</span>"));
    assert_eq!(alex.get("/account/activity?of=account&person=kai").await.status, 404);
}

#[tokio::test]
async fn a_filter_shows_its_kinds_and_keeps_whose_history_it_is() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    app.browser().sign_in("kai").await;
    kai.post("/sign-out", &[]).await;
    change(&app, "kai", UserFields { status: Some(UserStatus::Suspended), ..UserFields::default() }).await;
    change(
        &app,
        "kai",
        UserFields { password: Some(format!("{PASSWORD} again").as_str().into()), ..UserFields::default() },
    )
    .await;
    let mut alex = owner(&app).await;
    for (show, expected) in [
        ("sign-ins", &["Signed in"][..]),
        ("refused", &["Sign-in refused: signed in already"]),
        ("ended", &["Session over: signed out"]),
        ("people", &["Login suspended", "Login created"]),
        ("security", &["Password set"]),
    ] {
        let page = alex.get(&format!("/account/activity?of=account&person=kai&show={show}")).await;
        assert_eq!(told(&page), expected, "{show}");
        let here =
            format!("href=\"/account/activity?of=account&#38;person=kai&#38;show={show}\" aria-current=\"true\"");
        assert!(page.text().contains(&here), "{show}");
    }
    let nothing = alex.get("/account/activity?show=refused").await;
    assert!(nothing.text().contains("Nothing of this kind has happened."));
    let all = told(&alex.get("/account/activity").await).len();
    for senseless in ["show=nonsense", "before=x", "show=ended&show=ended", "of=nobody", "before=99999999999999999999"]
    {
        assert_eq!(told(&alex.get(&format!("/account/activity?{senseless}")).await).len(), all, "{senseless}");
    }
}

#[tokio::test]
async fn pages_follow_one_another_without_gaps_or_doubles() {
    let app = reef().await;
    let mut alex = owner(&app).await;
    for number in 0..120 {
        rename(&app, "kai", &format!("Number {number}.")).await;
    }
    let (mut path, mut seen, mut sizes) =
        ("/account/activity?of=account&show=people".to_owned(), Vec::new(), Vec::new());
    loop {
        let page = alex.get(&path).await;
        sizes.push(told(&page).len());
        let names = page.text().split("<bdi>Number ").skip(1).filter_map(|rest| rest.split_once(".</bdi></p>"));
        seen.extend(names.filter_map(|(number, _)| number.parse::<u32>().ok()));
        assert_eq!(link(&page, "Newest").is_some(), sizes.len() > 1);
        match link(&page, "Older") {
            Some(older) => path = older,
            None => break,
        }
    }
    assert_eq!(sizes, [50, 50, 23]);
    assert_eq!(seen, (0..120).rev().collect::<Vec<_>>());
    assert!(link(&alex.get(&path).await, "Newest").is_some_and(|newest| newest.ends_with("?of=account&show=people")));
}

#[tokio::test]
async fn the_file_holds_the_same_as_the_page_and_nothing_that_a_spreadsheet_calculates() {
    let app = reef_with_places(9).await;
    let mut alex = owner(&app).await;
    let names = ["=HYPERLINK(\"http://evil.example\")", "@SUM(A1)", "+1", "-1", "＝1", "say \"no\", please;"];
    for name in names {
        rename(&app, "kai", name).await;
        let mut hostile = app.browser();
        hostile.agent = format!("{name} <script>alert(1)</script>");
        assert_eq!(hostile.sign_in("kai").await.status, 303);
        hostile.post("/account/sessions", &[]).await;
    }
    let page = alex.get("/account/activity?of=account").await;
    assert!(!page.text().contains("<script>alert"));
    let file = alex.get("/account/activity.csv?of=account").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"innkeeper-activity-2026-11-22.csv\"");
    assert_eq!(file.header("cache-control"), "no-store");
    let records = records(&file);
    assert_eq!(records[0][..3], ["time", "event", "what"]);
    assert_eq!(records[1..].iter().map(|record| record[2].as_str()).collect::<Vec<_>>(), told(&page));
    assert_eq!(records[1][0], "2026-11-22T04:00:00.000Z");
    for cell in records.iter().flatten() {
        assert!(!cell.trim_start().starts_with(FORMULAS) && !cell.contains(['\r', '\n']), "{cell:?}");
    }
    let lines = file.text().strip_suffix("\r\n").unwrap().split("\r\n");
    assert!(lines.clone().count() == records.len() && lines.into_iter().all(|line| line.starts_with('"')));

    let own = alex.get("/account/activity.csv?show=sign-ins").await;
    let own = self::records(&own);
    assert_eq!(own[1..].iter().map(|record| record[4].as_str()).collect::<Vec<_>>(), ["alex@reef.example"]);
}

#[tokio::test]
async fn a_long_history_is_whole_in_the_file_up_to_its_limit() {
    let app = TestApp::embedded().await;
    app.with_account("reef").await;
    app.with_user("reef", "alex", Role::Owner).await;
    let mut alex = owner(&app).await;
    app.site.sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10400) \
         INSERT INTO events (position, kind, at, account_no, user_no, actor_kind, data) \
         SELECT 1000 + i, CASE WHEN i % 5200 = 0 THEN 'user.removed' ELSE 'user.password_set' END, i, 1, 1, 'operator', \
         '{}' FROM n",
    );
    alex.get("/account").await;
    assert_eq!(records(&alex.get("/account/activity.csv").await).len(), 10_001);
    let few = alex.get("/account/activity?show=people").await;
    assert!(
        told(&few) == ["Login removed"] && link(&few, "Older").is_some(),
        "the walk stops, and goes on behind a link"
    );
    let none = alex.get("/account/activity?show=refused").await;
    assert!(told(&none).is_empty() && none.text().contains("Look at what is older."));
    let all = records(&alex.get("/account/activity.csv?show=people").await);
    assert_eq!(all.len(), 1 + 2 + 1, "the two, and the one who was created first");
}

#[tokio::test]
async fn the_history_is_reached_from_everywhere_and_needs_a_session() {
    let app = reef().await;
    for path in ["/account/activity", "/account/activity.csv"] {
        let next = url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
        assert_eq!(leads(&app.browser().get(path).await), (303, format!("/sign-in?next={next}").as_str()));
    }
    let mut kai = signed_in(&app, "kai").await;
    let account = kai.get("/account").await;
    assert_eq!(account.text().matches("href=\"/account/activity\"").count(), 3, "menu, navigation, and a way");
    assert!(kai.get("/account/activity").await.text().contains("href=\"/account/activity\" aria-current=\"page\""));
}

#[tokio::test]
async fn events_and_addresses_are_kept_for_as_long_as_is_configured_and_no_millisecond_longer() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    const MILLISECOND: Duration = Duration::from_millis(1);
    let app = TestApp::configured(|config| {
        config.retention.events = DAY * 10;
        config.retention.addresses = DAY * 2;
    })
    .await;
    let app = super::with_people(app).await;
    let mut kai = signed_in(&app, "kai").await;
    assert_eq!(kai.post("/sign-out", &[]).await.status, 303);
    let whole = addresses_left(&app).await;
    assert!(whole.iter().any(|address| address == "127.0.0.1"), "{whole:?}");
    app.clock.advance(DAY * 2);
    assert_eq!(addresses_left(&app).await, whole);
    app.clock.advance(MILLISECOND);
    let cut: Vec<_> = whole.iter().map(|address| address.replace("127.0.0.1", "127.0.0.0/24")).collect();
    assert_eq!(addresses_left(&app).await, cut);
    app.clock.advance(DAY * 8 - MILLISECOND);
    assert_eq!(addresses_left(&app).await, cut, "events are kept longer than what is whole in them");
    app.clock.advance(MILLISECOND);
    assert_eq!(addresses_left(&app).await, [""; 0]);
}
