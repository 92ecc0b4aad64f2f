//! The page of webhooks: what has not arrived, and sending it again.

use super::{leads, reef, signed_in};
use crate::app::TestApp;
use innkeeper::domain::end::Actor;
use innkeeper::domain::user::Role;
use innkeeper::web::api::webhook_body;
use std::time::Duration;

/// An installation with an administrator, and a webhook to a port where nobody listens any more.
async fn with_dead_receiver() -> (TestApp, String) {
    let app = TestApp::configured(|config| config.webhooks.allow = vec!["127.0.0.1/32".parse().unwrap()]).await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (url, types) = (format!("http://127.0.0.1:{port}/secret-path"), ["session.started".to_owned()]);
    let (id, _) = app.innkeeper.create_webhook(&url, &types, Actor::Operator).await.unwrap().unwrap();
    app.with_system_user("ada", Role::Admin).await;
    (app, id.to_string())
}

#[tokio::test]
async fn what_never_arrived_is_listed_without_the_address_and_is_sent_again_by_hand() {
    let (app, id) = with_dead_receiver().await;
    let mut ada = signed_in(&app, "ada").await;
    assert!(ada.get("/support/webhooks").await.text().contains("Nothing has failed."));
    for _ in 0..10 {
        app.innkeeper.deliver(webhook_body).await.unwrap();
        app.clock.advance(Duration::from_secs(30 * 60 * 60));
    }
    let mut ada = signed_in(&app, "ada").await;
    let page = ada.get("/support/webhooks").await;
    for said in ["session.started", "Tried 10 times", "no connection", &id] {
        assert!(page.text().contains(said), "{said}");
    }
    assert!(!page.text().contains("secret-path"));
    let retry = page.text().split("action=\"").find(|way| way.contains("/retry\"")).unwrap();
    let retry = retry.split('"').next().unwrap().to_owned();
    assert_eq!(leads(&ada.post(&retry, &[]).await), (303, "/support/webhooks?done=retried"));
    assert_eq!(leads(&ada.post(&retry, &[]).await), (303, "/support/webhooks?done=not-failed"), "a double click");
    assert!(ada.get("/support/webhooks").await.text().contains("Nothing has failed."));
}

#[tokio::test]
async fn only_administrators_see_where_events_are_sent_to() {
    let app = reef().await;
    app.with_system_user("sam", Role::Support).await;
    for user in ["alex", "sam"] {
        assert_eq!(signed_in(&app, user).await.get("/support/webhooks").await.status, 403, "{user}");
    }
}
