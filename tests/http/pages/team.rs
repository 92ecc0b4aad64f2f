//! The team's sessions: who sees them, who ends whose, and what the one ended is told.

use super::{leads, minutes, reef, reef_with_places, signed_in, terminable};
use innkeeper::domain::user::Role;

/// The ids of the team's sessions for which a page has a Terminate button.
fn endable(page: &str) -> Vec<String> {
    let parts = page.split("/account/staff/sessions/").skip(1);
    parts.filter_map(|part| part.split('"').next()?.strip_suffix("/terminate")).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_list_shows_everybody_of_the_account_by_person_and_nobody_else() {
    let app = reef().await;
    app.with_account("other").await;
    app.with_user("other", "eve", Role::Owner).await;
    let _eve = signed_in(&app, "eve").await;
    let _kai = signed_in(&app, "kai").await;
    let mut alex = signed_in(&app, "alex").await;
    let page = alex.get("/account/staff/sessions").await;
    assert!(page.text().contains("2 live sessions in this account"));
    assert!(page.text().contains("kai@reef.example") && !page.text().contains("eve@"));
    assert_eq!(endable(page.text()).len(), 1, "one's own are ended on one's own page");
    assert!(terminable(&page).is_empty());
}

#[tokio::test]
async fn the_list_is_narrowed_down_by_person_device_and_what_is_new() {
    let app = reef().await;
    let mut kai = app.browser();
    kai.agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.0 Mobile/15E148 Safari/604.1"
        .into();
    assert_eq!(kai.sign_in("kai").await.status, 303);
    let mut alex = signed_in(&app, "alex").await;
    let mut shown = async |query: &str| {
        let page = alex.get(&format!("/account/staff/sessions?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        let heading = |name: &str| page.text().contains(&format!("<bdi>{name}</bdi></h2>"));
        (heading("alex@reef.example"), heading("kai@reef.example"))
    };
    assert_eq!(shown("").await, (true, true));
    assert_eq!(shown("person=kai").await, (false, true));
    assert_eq!(shown("kind=phone").await, (false, true));
    assert_eq!(shown("kind=computer&person=").await, (true, false));
    assert_eq!(shown("unfamiliar=1").await, (false, false));
    assert_eq!(shown("person=eve").await, (false, false), "somebody elsewhere is nobody");
    assert_eq!(shown("place=%3F").await, (true, true));
    assert_eq!(shown("place=AU").await, (false, false), "nobody is signed in there");
}

#[tokio::test]
async fn of_what_is_unfamiliar_the_list_shows_the_second_device_and_neither_the_first_nor_others() {
    let app = reef_with_places(2).await;
    let _familiar = signed_in(&app, "kai").await;
    let familiar = terminable_of(&app, "kai").await;
    app.clock.advance(minutes(1));
    let _unfamiliar = signed_in(&app, "kai").await;
    let unfamiliar = terminable_of(&app, "kai").await;
    let mut alex = signed_in(&app, "alex").await;
    let all = alex.get("/account/staff/sessions").await;
    assert_eq!(endable(all.text()), [unfamiliar.clone(), familiar]);
    let page = alex.get("/account/staff/sessions?unfamiliar=1").await;
    assert_eq!(endable(page.text()), [unfamiliar]);
    assert!(page.text().contains("<bdi>kai@reef.example</bdi></h2>"));
    assert!(!page.text().contains("<bdi>alex@reef.example</bdi></h2>"), "a first sign-in is never unfamiliar");
}

#[tokio::test]
async fn an_owner_ends_anybodys_sessions_and_they_are_told_by_whom() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    let mut alex = signed_in(&app, "alex").await;
    let page = alex.get("/account/staff/sessions").await;
    let id = endable(page.text()).remove(0);
    let question = alex.get(&format!("/account/staff/sessions/{id}/terminate")).await;
    assert!(question.status == 200 && question.text().contains("kai@reef.example"));
    let ended = alex.post(&format!("/account/staff/sessions/{id}/terminate"), &[]).await;
    assert_eq!(ended.status, 303);
    let told = kai.get("/account").await;
    assert!(told.status == 401 && told.text().contains("The owner of your account ended this session."));
    assert!(alex.get(ended.header("location")).await.text().contains("The session has ended."));
    assert!(alex.is_signed_in().await);
}

#[tokio::test]
async fn a_manager_ends_the_teams_sessions_but_not_an_owners() {
    let app = reef().await;
    app.with_user("reef", "mo", Role::Manager).await;
    app.with_user("reef", "bo", Role::Manager).await;
    let mut alex = signed_in(&app, "alex").await;
    let mut kai = signed_in(&app, "kai").await;
    let mut bo = signed_in(&app, "bo").await;
    let mut mo = signed_in(&app, "mo").await;
    let owners = terminable_of(&app, "alex").await;
    let page = mo.get("/account/staff/sessions").await;
    assert!(page.text().contains("Only an owner can end this."));
    assert_eq!(endable(page.text()).len(), 2);
    for path in
        [format!("/account/staff/sessions/{owners}/terminate"), "/account/staff/people/alex/end-sessions".into()]
    {
        assert_eq!((mo.get(&path).await.status, mo.post(&path, &[]).await.status), (403, 403), "{path}");
    }
    let all = mo.post("/account/staff/sessions/end-all", &[]).await;
    assert_eq!(leads(&all), (303, "/account/staff/sessions?done=people-2"));
    assert!(kai.get("/account").await.text().contains("A manager of your account ended this session."));
    assert!(!bo.is_signed_in().await && mo.is_signed_in().await && alex.is_signed_in().await);
}

async fn terminable_of(app: &crate::app::TestApp, user: &str) -> String {
    let id = innkeeper::domain::id::UserId::new(user).unwrap();
    let part = innkeeper::service::SessionsPage { before: None, limit: 1 };
    let live = innkeeper::service::StateFilter::Live;
    app.innkeeper.sessions_of_user(&id, live, part).await.unwrap().unwrap().remove(0).id.to_string()
}

#[tokio::test]
async fn a_foreign_session_or_person_answers_as_an_absent_one() {
    let app = reef().await;
    app.with_account("other").await;
    app.with_user("other", "eve", Role::Owner).await;
    let mut eve = signed_in(&app, "eve").await;
    let mut alex = signed_in(&app, "alex").await;
    let theirs = terminable_of(&app, "eve").await;
    for (foreign, absent) in [
        (format!("/account/staff/sessions/{theirs}/terminate"), "/account/staff/sessions/s_absent/terminate"),
        ("/account/staff/people/eve/end-sessions".into(), "/account/staff/people/nobody/end-sessions"),
        ("/account/staff/people/eve/remove".into(), "/account/staff/people/nobody/remove"),
    ] {
        for method in ["GET", "POST"] {
            let answers = [
                alex.send(alex.ask(method, &foreign, String::new())).await,
                alex.send(alex.ask(method, absent, String::new())).await,
            ];
            assert_eq!(answers.map(|answer| answer.status), [404, 404], "{method} {foreign}");
        }
    }
    assert!(eve.is_signed_in().await);
}

#[tokio::test]
async fn ending_others_sessions_needs_a_fresh_proof() {
    let app = reef().await;
    let mut kai = signed_in(&app, "kai").await;
    let mut alex = signed_in(&app, "alex").await;
    app.clock.advance(minutes(10));
    let asked = alex.post("/account/staff/people/kai/end-sessions", &[]).await;
    let then = "/account/step-up?then=%2Faccount%2Fstaff%2Fpeople%2Fkai%2Fend-sessions";
    assert_eq!(leads(&asked), (303, then));
    assert!(kai.is_signed_in().await);
    alex.post("/account/step-up", &[("password", crate::browser::PASSWORD)]).await;
    let ended = alex.post("/account/staff/people/kai/end-sessions", &[]).await;
    assert_eq!(leads(&ended), (303, "/account/staff/sessions?done=people-1"));
    assert!(!kai.is_signed_in().await);
}
