//! Plans and billing.

use super::{leads, minutes, reef, signed_in};
use crate::app::TestApp;
use crate::browser::PASSWORD;
use innkeeper::domain::user::Role;
use innkeeper::service::Position;

#[tokio::test]
async fn the_plans_are_compared_and_the_current_one_is_marked() {
    let app = TestApp::configured(|config| {
        config.plans[1].price = Some("49.00".into());
        config.plans[1].currency = Some("AUD".into());
        config.plans[1].per = Some("month".into());
    })
    .await;
    let app = super::with_people(app).await;
    let mut alex = signed_in(&app, "alex").await;
    let page = alex.get("/account/plans").await;
    for said in ["Solo", "Team", "Business", "49.00 AUD a month", "Your plan", "1 of 5 staff logins in use"] {
        assert!(page.text().contains(said), "{said}");
    }
    assert!(!page.text().contains(r#"href="/account/plans/team""#), "nobody changes to what they have");
    let billing = alex.get("/account/billing").await;
    for said in ["Team", "49.00 AUD a month", "1 of 5 staff logins in use", "Business"] {
        assert!(billing.text().contains(said), "{said}");
    }
}

#[tokio::test]
async fn an_owner_changes_the_plan_and_an_event_tells_whoever_bills() {
    let app = reef().await;
    let mut alex = signed_in(&app, "alex").await;
    assert!(alex.get("/account/plans/business").await.text().contains("Change the plan?"));
    let changed = alex.post("/account/plans/business", &[]).await;
    assert_eq!(leads(&changed), (303, "/account/plans?done=business"));
    assert!(alex.get("/account/plans?done=business").await.text().contains("Your plan is now Business."));
    let claimed = alex.get("/account/plans?done=solo").await;
    assert!(!claimed.text().contains("Your plan is now"), "an address claims nothing that is not so");
    let events = app.innkeeper.events(Position(0), 200).await.unwrap();
    let told = events.last().unwrap();
    assert_eq!((told.kind.as_str(), told.actor_id.as_deref()), ("account.plan_changed", Some("alex")));
    assert_eq!(told.data, r#"{"plan":"business","previous_plan":"team"}"#);
    assert_eq!(alex.get("/account/plans/absent").await.status, 404);
    let billing = alex.get("/account/billing").await;
    assert!(billing.text().contains("by you") && !billing.text().contains("has not been changed"));
}

#[tokio::test]
async fn a_plan_is_not_lowered_below_what_is_in_use_and_the_page_says_who_is_in_the_way() {
    let app = reef().await;
    let mut alex = signed_in(&app, "alex").await;
    alex.post("/account/staff/invite", &[("email", "noa@reef.example"), ("role", "staff")]).await;
    for answer in [alex.get("/account/plans/solo").await, alex.post("/account/plans/solo", &[]).await] {
        for said in ["2 staff logins are in use", "kai@reef.example", "noa@reef.example (invited)"] {
            assert!(answer.text().contains(said), "{said}");
        }
    }
    assert_eq!(alex.post("/account/plans/solo", &[]).await.status, 409);
    assert!(alex.get("/account").await.text().contains("Team"));
}

#[tokio::test]
async fn a_plan_is_changed_by_an_owner_with_a_fresh_proof_only() {
    let app = reef().await;
    app.with_user("reef", "mo", Role::Manager).await;
    let mut mo = signed_in(&app, "mo").await;
    assert_eq!(mo.post("/account/plans/business", &[]).await.status, 403);
    let mut alex = signed_in(&app, "alex").await;
    app.clock.advance(minutes(10));
    let asked = alex.post("/account/plans/business", &[]).await;
    assert_eq!(leads(&asked), (303, "/account/step-up?then=%2Faccount%2Fplans%2Fbusiness"));
    alex.post("/account/step-up", &[("password", PASSWORD)]).await;
    assert_eq!(alex.post("/account/plans/business", &[]).await.status, 303);
}
