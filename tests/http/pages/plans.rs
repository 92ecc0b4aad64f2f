//! Plans and billing.

use super::{leads, minutes, reef, signed_in};
use crate::app::TestApp;
use crate::browser::PASSWORD;
use async_trait::async_trait;
use innkeeper::domain::account::Plan;
use innkeeper::domain::id::AccountId;
use innkeeper::domain::user::Role;
use innkeeper::service::{Billing, Position};
use std::sync::{Arc, Mutex};

/// Whoever settles payments, and objects to whatever it is asked about: which account, from which plan, to which.
#[derive(Default)]
struct Objecting(Mutex<Vec<(String, String, String)>>);

#[async_trait]
impl Billing for Objecting {
    async fn allows(&self, account: &AccountId, from: Option<&Plan>, to: &Plan) -> bool {
        let from = from.map_or_else(String::new, |from| from.code.clone());
        self.0.lock().unwrap().push((account.to_string(), from, to.code.clone()));
        false
    }
}

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
async fn a_plan_stays_as_it_is_while_whoever_settles_the_payment_objects() {
    let billing = Arc::new(Objecting::default());
    let app = super::with_people(TestApp::billed_by(billing.clone()).await).await;
    let mut alex = signed_in(&app, "alex").await;
    let before = app.innkeeper.events(Position(0), 200).await.unwrap();
    assert!(alex.get("/account/plans/business").await.text().contains("Change the plan?"));
    assert_eq!(*billing.0.lock().unwrap(), [], "a question asks nobody for money");
    let refused = alex.post("/account/plans/business", &[]).await;
    assert_eq!(refused.status, 409);
    let said = "The payment could not be settled, and the plan stays as it is. Ask support.";
    assert!(refused.text().contains(said), "{}", refused.text());
    assert_eq!(*billing.0.lock().unwrap(), [("reef".to_owned(), "team".to_owned(), "business".to_owned())]);
    assert_eq!(app.innkeeper.events(Position(0), 200).await.unwrap(), before, "and nothing has happened");
    assert_eq!(leads(&alex.get("/account/plans/team").await), (303, "/account/plans"), "it is the plan they have");
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
