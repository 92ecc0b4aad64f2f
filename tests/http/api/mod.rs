//! The JSON API, by its routes.

use crate::app::TestApp;

#[tokio::test]
async fn the_router_answers() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/healthz").await.status, 200);
}
