//! People of an account: who sees them, who changes them, and what that ends.

use super::{leads, minutes, reef, signed_in};
use crate::app::TestApp;
use crate::browser::{Browser, PASSWORD};
use innkeeper::domain::account::AccountStatus;
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::{AccountId, UserId};
use innkeeper::domain::user::Role;
use innkeeper::service::AccountFields;

/// The code in the link that a page shows after an invitation.
fn code_in(page: &str) -> String {
    let link = page.split("/invitation?code=").nth(1).expect("the page shows the link");
    link.split('"').next().unwrap().to_owned()
}

/// Invites somebody, and gives the code of the link.
async fn invited(owner: &mut Browser<'_>, email: &str, role: &str) -> String {
    let answer = owner.post("/account/staff/invite", &[("email", email), ("role", role)]).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    code_in(answer.text())
}

async fn joined<'a>(app: &'a TestApp, code: &str) -> Browser<'a> {
    let mut browser = app.browser();
    let fields = [("code", code), ("name", "Noa Lee"), ("password", PASSWORD)];
    assert_eq!(leads(&browser.post("/invitation", &fields).await), (303, "/account"));
    browser
}

async fn kinds(app: &TestApp) -> Vec<String> {
    let events = app.innkeeper.events(innkeeper::service::Position(0), 200).await.unwrap();
    events.into_iter().map(|event| event.kind).collect()
}

async fn with_plan(app: &TestApp, plan: &str) {
    let fields = AccountFields { plan: Some(plan.into()), ..AccountFields::default() };
    let put = app.innkeeper.put_account(&AccountId::new("reef").unwrap(), &fields, &Actor::Operator).await;
    put.unwrap().unwrap();
}

/// The operator suspends the account, or lets it go on.
async fn set_status(app: &TestApp, status: AccountStatus) {
    let fields = AccountFields { status: Some(status), ..AccountFields::default() };
    let put = app.innkeeper.put_account(&AccountId::new("reef").unwrap(), &fields, &Actor::Operator).await;
    put.unwrap().unwrap();
}

#[tokio::test]
async fn the_list_says_who_there_is_and_who_is_signed_in() {
    let app = reef().await;
    app.with_account("other").await;
    app.with_user("other", "eve", Role::Owner).await;
    let _kai = signed_in(&app, "kai").await;
    let mut alex = signed_in(&app, "alex").await;
    let page = alex.get("/account/staff").await;
    for said in
        ["alex@reef.example", "kai@reef.example", "Owner", "Staff", "Signed in now", "1 of 5 staff logins in use"]
    {
        assert!(page.text().contains(said), "{said}");
    }
    assert!(!page.text().contains("eve@"), "another account's people are nobody here");
}

#[tokio::test]
async fn whoever_is_invited_joins_with_a_password_of_their_own_and_is_signed_in() {
    let app = reef().await;
    let mut alex = signed_in(&app, "alex").await;
    let code = invited(&mut alex, " Noa@Reef.example ", "manager").await;
    let list = alex.get("/account/staff").await;
    assert!(list.text().contains("noa@reef.example") && list.text().contains("2 of 5 staff logins in use"));

    let mut noa = app.browser();
    let page = noa.get(&format!("/invitation?code={code}")).await;
    assert_eq!(page.status, 200);
    for said in ["Tours of reef", "noa@reef.example", "Manager"] {
        assert!(page.text().contains(said), "{said}");
    }
    assert_eq!(page.header("referrer-policy"), "same-origin", "the link stays here");
    let short = noa.post("/invitation", &[("code", &code), ("name", "Noa Lee"), ("password", "short")]).await;
    assert!(short.status == 422 && short.text().contains("8 characters") && short.text().contains("Noa Lee"));
    let own = noa.post("/invitation", &[("code", &code), ("name", ""), ("password", "tours of reef")]).await;
    assert!(own.status == 422, "the account's own words are no password");

    let mut noa = joined(&app, &code).await;
    let account = noa.get("/account").await;
    for said in ["Noa Lee", "noa@reef.example", "Manager", "Tours of reef"] {
        assert!(account.text().contains(said), "{said}");
    }
    let again = app.browser().post("/invitation", &[("code", &code), ("name", ""), ("password", PASSWORD)]).await;
    assert_eq!(again.status, 410, "a link works once");
    let told = kinds(&app).await;
    let joining: Vec<_> = told.iter().rev().take(3).rev().map(String::as_str).collect();
    assert_eq!(joining, ["invitation.accepted", "user.created", "session.started"]);
    let events = app.innkeeper.events(innkeeper::service::Position(0), 200).await.unwrap();
    let created = events.iter().rfind(|event| event.kind == "user.created").unwrap();
    assert_eq!(created.actor_id.as_deref(), created.user_id.as_ref().map(UserId::as_str), "in their own name");
}

#[tokio::test]
async fn an_invitation_ends_by_time_by_hand_and_by_a_newer_one() {
    let app = reef().await;
    let mut alex = signed_in(&app, "alex").await;
    let first = invited(&mut alex, "noa@reef.example", "staff").await;
    let second = invited(&mut alex, "noa@reef.example", "staff").await;
    let gone = async |code: &str| app.browser().get(&format!("/invitation?code={code}")).await.status == 410;
    assert!(gone(&first).await && !gone(&second).await, "the newer link replaces the older");

    let list = alex.get("/account/staff").await;
    let id = list.text().split("/account/staff/invitations/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let revoke = format!("/account/staff/invitations/{id}/revoke");
    assert_eq!(leads(&alex.post(&revoke, &[]).await), (303, "/account/staff?done=revoked"));
    assert!(gone(&second).await);
    assert_eq!(alex.post(&revoke, &[]).await.status, 404);

    let third = invited(&mut alex, "noa@reef.example", "staff").await;
    app.clock.advance(minutes(7 * 24 * 60) - std::time::Duration::from_millis(1));
    assert!(!gone(&third).await);
    app.clock.advance(std::time::Duration::from_millis(1));
    assert!(gone(&third).await);
    for nonsense in ["", "x", &"A".repeat(43)] {
        assert!(gone(nonsense).await, "{nonsense}");
    }
}

#[tokio::test]
async fn an_invitation_answers_alike_whether_or_not_the_address_is_known_elsewhere_and_joining_fails() {
    let app = reef().await;
    app.with_account("other").await;
    app.with_user("other", "eve", Role::Owner).await;
    let mut alex = signed_in(&app, "alex").await;
    let invite = async |browser: &mut Browser<'_>, email: &str| {
        browser.post("/account/staff/invite", &[("email", email), ("role", "staff")]).await
    };
    let (known, unknown) = (invite(&mut alex, "eve@reef.example").await, invite(&mut alex, "new@reef.example").await);
    assert_eq!((known.status, unknown.status), (201, 201));
    let plain = |answer: &crate::app::Answer, email: &str| {
        let main = answer.text().split("<main").nth(1).unwrap().split("</main>").next().unwrap();
        main.replace(email, "").replace(&code_in(answer.text()), "")
    };
    assert_eq!(plain(&known, "eve@reef.example"), plain(&unknown, "new@reef.example"));
    let code = code_in(known.text());
    let join = app.browser().post("/invitation", &[("code", &code), ("name", ""), ("password", PASSWORD)]).await;
    assert!(join.status == 409 && join.text().contains("login of somebody already"));
    let own = invite(&mut alex, "kai@reef.example").await;
    assert!(own.status == 422 && own.text().contains("has this address already"));
    for bad in ["", "no address", "a@b c"] {
        assert_eq!(invite(&mut alex, bad).await.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn over_the_plans_number_a_refusal_leads_to_the_plans() {
    let app = reef().await;
    with_plan(&app, "team").await;
    let mut alex = signed_in(&app, "alex").await;
    for number in 0..4 {
        invited(&mut alex, &format!("p{number}@reef.example"), "staff").await;
    }
    let full = alex.post("/account/staff/invite", &[("email", "one@more.example"), ("role", "staff")]).await;
    assert!(full.status == 409 && full.text().contains("/account/plans"), "{}", full.text());
    assert!(full.text().contains(r#"value="one@more.example""#), "what was typed is still there");
    assert!(alex.get("/account/staff").await.text().contains("5 of 5 staff logins in use"));
}

#[tokio::test]
async fn an_account_is_told_of_a_login_that_two_people_seem_to_share() {
    let app = reef().await;
    let mut alex = signed_in(&app, "alex").await;
    let _kai = signed_in(&app, "kai").await;
    for _ in 0..2 {
        assert_eq!(app.browser().sign_in("kai").await.status, 409);
    }
    assert!(!alex.get("/account/staff").await.text().contains("times this week"), "twice is nothing yet");
    assert_eq!(app.browser().sign_in("kai").await.status, 409);
    for page in ["/account/staff", "/account"] {
        let page = alex.get(page).await;
        assert!(page.text().contains("refused 3 times this week") && page.text().contains("/account/staff/invite"));
    }
    app.clock.advance(minutes(7 * 24 * 60) + std::time::Duration::from_millis(1));
    let mut alex = signed_in(&app, "alex").await;
    assert!(!alex.get("/account").await.text().contains("times this week"), "last week is over");
}

#[tokio::test]
async fn suspending_and_removing_end_sessions_and_invitations_and_nothing_older_works_after_a_new_invitation() {
    let app = reef().await;
    app.with_user("reef", "bo", Role::Owner).await;
    let mut alex = signed_in(&app, "alex").await;
    let mut bo = signed_in(&app, "bo").await;
    let from_bo = invited(&mut bo, "planted@reef.example", "owner").await;
    let suspend = alex.post("/account/staff/people/bo/suspend", &[]).await;
    assert_eq!(leads(&suspend), (303, "/account/staff/people/bo?done=suspended"));
    assert!(alex.get("/account/staff/people/bo?done=suspended").await.text().contains("signed out everywhere"));
    let told = bo.get("/account").await;
    assert!(told.status == 401 && told.text().contains("Your login was suspended"));
    assert_eq!(app.browser().get(&format!("/invitation?code={from_bo}")).await.status, 410);
    assert_eq!(app.browser().sign_in("bo").await.status, 401);
    assert_eq!(alex.post("/account/staff/people/bo/reinstate", &[]).await.status, 303);
    let mut bo = signed_in(&app, "bo").await;

    let from_bo = invited(&mut bo, "planted@reef.example", "owner").await;
    assert_eq!(alex.get("/account/staff/people/bo/remove").await.status, 200);
    let removed = alex.post("/account/staff/people/bo/remove", &[]).await;
    assert_eq!(leads(&removed), (303, "/account/staff?done=removed"));
    assert!(bo.get("/account").await.text().contains("removed from the account"));
    assert_eq!(app.browser().get(&format!("/invitation?code={from_bo}")).await.status, 410);
    assert_eq!(alex.get("/account/staff/people/bo").await.status, 404);
    let code = invited(&mut alex, "bo@reef.example", "staff").await;
    let mut bo_again = joined(&app, &code).await;
    assert!(bo_again.is_signed_in().await && !bo.is_signed_in().await, "the old cookie opens nothing");
}

#[tokio::test]
async fn roles_change_and_an_account_keeps_an_owner() {
    let app = reef().await;
    let mut alex = signed_in(&app, "alex").await;
    let mut kai = signed_in(&app, "kai").await;
    assert_eq!(kai.get("/account/staff").await.status, 403);
    let role = alex.post("/account/staff/people/kai/role", &[("role", "manager")]).await;
    assert_eq!(leads(&role), (303, "/account/staff/people/kai?done=role"));
    assert_eq!(kai.get("/account/staff").await.status, 200, "a new role holds at once, in sessions that are open");
    let last = alex.post("/account/staff/people/alex/role", &[("role", "staff")]).await;
    assert!(last.status == 409 && last.text().contains("keeps at least one owner"));
    for own in ["suspend", "remove"] {
        let answer = alex.post(&format!("/account/staff/people/alex/{own}"), &[]).await;
        assert!(answer.status == 409 && answer.text().contains("cannot suspend or remove yourself"), "{own}");
    }
    for bad in ["admin", "support", "", "king"] {
        assert_eq!(alex.post("/account/staff/people/kai/role", &[("role", bad)]).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn whoever_is_an_owner_no_more_comes_back_by_no_invitation_of_theirs() {
    let app = reef().await;
    app.with_user("reef", "bo", Role::Owner).await;
    let (mut alex, mut bo) = (signed_in(&app, "alex").await, signed_in(&app, "bo").await);
    let kept = invited(&mut alex, "kept@reef.example", "staff").await;
    let planted = invited(&mut bo, "planted@reef.example", "owner").await;
    assert_eq!(alex.post("/account/staff/people/bo/role", &[("role", "manager")]).await.status, 303);
    assert_eq!(app.browser().get(&format!("/invitation?code={planted}")).await.status, 410);
    assert_eq!(app.browser().get(&format!("/invitation?code={kept}")).await.status, 200);
}

#[tokio::test]
async fn an_account_keeps_an_owner_who_can_sign_in() {
    let app = reef().await;
    app.with_user("reef", "bo", Role::Owner).await;
    let mut alex = signed_in(&app, "alex").await;
    assert_eq!(alex.post("/account/staff/people/bo/suspend", &[]).await.status, 303);
    let last = alex.post("/account/staff/people/alex/role", &[("role", "staff")]).await;
    assert!(last.status == 409 && last.text().contains("keeps at least one owner"));
    assert_eq!(alex.post("/account/staff/people/bo/reinstate", &[]).await.status, 303);
    let given_up = alex.post("/account/staff/people/alex/role", &[("role", "staff")]).await;
    assert_eq!(leads(&given_up), (303, "/account"), "these pages are not theirs any more");
    assert_eq!(alex.get("/account/staff").await.status, 403);
}

#[tokio::test]
async fn a_name_that_controls_or_turns_text_joins_nobody_and_nothing_typed_is_lost() {
    let app = reef().await;
    let mut alex = signed_in(&app, "alex").await;
    let code = invited(&mut alex, "noa@reef.example", "staff").await;
    for name in ["a\u{0}b", "a\nb", "\u{202e}oN"] {
        let fields = [("code", code.as_str()), ("name", name), ("password", PASSWORD)];
        let refused = app.browser().post("/invitation", &fields).await;
        assert!(refused.status == 422 && refused.text().contains("characters in it"), "{name:?}");
    }
    let here = alex.post("/invitation", &[("code", &code), ("name", ""), ("password", "short")]).await;
    assert!(here.text().contains("you are signed in as"), "and whoever would be signed out is named again");
    joined(&app, &code).await;
}

#[tokio::test]
async fn an_address_claims_nothing_that_was_not_done() {
    let app = reef().await;
    let mut alex = signed_in(&app, "alex").await;
    for (path, claim) in [
        ("/account/staff?done=removed", "removed and opens nothing"),
        ("/account/staff?done=revoked", "taken back"),
        ("/account/staff/sessions?done=people-9", "9 sessions have ended"),
        ("/account/staff/sessions?done=session-s_1", "The session has ended"),
    ] {
        assert!(!alex.get(path).await.text().contains(claim), "{path}");
    }
    alex.post("/account/staff/people/kai/remove", &[]).await;
    assert!(alex.get("/account/staff?done=removed").await.text().contains("removed and opens nothing"));
    app.clock.advance(minutes(2));
    assert!(!alex.get("/account/staff?done=removed").await.text().contains("removed and opens nothing"));
}

#[tokio::test]
async fn after_a_step_up_what_was_chosen_is_still_chosen_and_nobody_believes_it_done() {
    let app = reef().await;
    let mut alex = signed_in(&app, "alex").await;
    app.clock.advance(minutes(10));
    let asked = alex.post("/account/staff/people/kai/role", &[("role", "manager")]).await;
    let then = "/account/step-up?then=%2Faccount%2Fstaff%2Fpeople%2Fkai%3Fagain%3D1%26role%3Dmanager";
    assert_eq!(leads(&asked), (303, then));
    let form = alex.get("/account/staff/people/kai?again=1&role=manager").await;
    assert!(form.text().contains(r#"value="manager" checked"#) && form.text().contains("Nothing has been changed yet"));
}

#[tokio::test]
async fn whoever_has_lost_their_role_or_a_fresh_proof_changes_nobody() {
    let app = reef().await;
    app.with_user("reef", "bo", Role::Owner).await;
    let mut bo = signed_in(&app, "bo").await;
    app.clock.advance(minutes(10));
    let asked = bo.post("/account/staff/invite", &[("email", "noa@reef.example"), ("role", "manager")]).await;
    let then = "/account/step-up?then=%2Faccount%2Fstaff%2Finvite%3Femail%3Dnoa%2540reef.example%26role%3Dmanager";
    assert_eq!(leads(&asked), (303, then));
    let form = bo.get("/account/staff/invite?email=noa%40reef.example&role=manager").await;
    assert!(form.text().contains(r#"value="noa@reef.example""#) && form.text().contains(r#"value="manager" selected"#));
    let remove = bo.post("/account/staff/people/kai/remove", &[]).await;
    assert!(remove.header("location").starts_with("/account/step-up?then="));
    assert!(kinds(&app).await.iter().all(|kind| kind != "user.removed" && kind != "invitation.created"));
}

#[tokio::test]
async fn nobody_joins_an_account_that_is_suspended_and_the_same_link_works_once_it_goes_on() {
    let app = reef().await;
    let mut alex = signed_in(&app, "alex").await;
    let code = invited(&mut alex, "noa@reef.example", "staff").await;
    set_status(&app, AccountStatus::Suspended).await;
    let before = kinds(&app).await;
    let fields = [("code", code.as_str()), ("name", "Noa Lee"), ("password", PASSWORD)];
    let refused = app.browser().post("/invitation", &fields).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.text().contains("The account that invited you is suspended.") && refused.text().contains("Noa Lee")
    );
    assert_eq!(kinds(&app).await, before, "nobody was made, and the invitation is as open as it was");
    set_status(&app, AccountStatus::Active).await;
    assert!(joined(&app, &code).await.is_signed_in().await);
}
