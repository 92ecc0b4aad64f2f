//! The names that people give their devices.

use super::{leads, reef, reef_with_places, signed_in, terminable};
use crate::browser::Browser;

/// The id of the session in which a browser is.
async fn own_id(browser: &mut Browser<'_>) -> String {
    let page = browser.get("/account/sessions").await;
    let row = page.text().split("<li class=\"row").find(|row| row.contains("This device")).expect("it is listed");
    let path = row.split('"').find_map(|part| part.strip_prefix("/account/sessions/")?.strip_suffix("/name"));
    path.expect("its device can be named").to_owned()
}

#[tokio::test]
async fn a_device_keeps_the_name_that_its_user_gave_it_over_sign_ins() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    let path = format!("/account/sessions/{}/name", own_id(&mut browser).await);
    assert!(browser.get(&path).await.text().contains("Name of the device"));
    let answer = browser.post(&path, &[("name", "  Front\u{202e}  desk ")]).await;
    assert_eq!(answer.status, 303);
    let page = browser.get(answer.header("location")).await;
    assert!(page.text().contains("The device is now called \u{2068}Front desk\u{2069}."));
    assert!(page.text().contains("<bdi>Front desk</bdi>") && page.text().contains("Firefox on Windows · Computer"));
    assert!(browser.get(&path).await.text().contains(r#"value="Front desk""#));

    browser.post("/sign-out", &[]).await;
    browser.sign_in("kai").await;
    let page = browser.get("/account/sessions").await;
    assert_eq!(page.text().matches("<bdi>Front desk</bdi>").count(), 2, "the live session and the one that ended");
}

#[tokio::test]
async fn an_empty_name_takes_the_name_away() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    let path = format!("/account/sessions/{}/name", own_id(&mut browser).await);
    browser.post(&path, &[("name", "Front desk")]).await;
    let answer = browser.post(&path, &[("name", "  ")]).await;
    let page = browser.get(answer.header("location")).await;
    assert!(page.text().contains("The device has no name any more.") && !page.text().contains("<bdi>Front desk"));
}

#[tokio::test]
async fn a_name_that_is_too_long_is_refused_with_what_was_typed() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    let path = format!("/account/sessions/{}/name", own_id(&mut browser).await);
    assert_eq!(browser.post(&path, &[("name", &"é".repeat(60))]).await.status, 303);
    let long = "x".repeat(61);
    let refused = browser.post(&path, &[("name", &long)]).await;
    assert!(refused.status == 422 && refused.text().contains("up to 60 characters") && refused.text().contains(&long));
    assert!(browser.get("/account/sessions").await.text().contains(&"é".repeat(60)), "nothing has changed");
}

#[tokio::test]
async fn a_session_elsewhere_can_be_named_and_somebody_elses_answers_as_one_that_never_was() {
    let app = reef_with_places(2).await;
    let mut desk = signed_in(&app, "kai").await;
    let _other = signed_in(&app, "kai").await;
    let id = terminable(&desk.get("/account/sessions").await).remove(0);
    let path = format!("/account/sessions/{id}/name");
    let answer = desk.post(&path, &[("name", "Jetty")]).await;
    assert_eq!(leads(&answer), (303, format!("/account/sessions?done=named-{id}").as_str()));
    let mut alex = signed_in(&app, "alex").await;
    for absent in [path.as_str(), "/account/sessions/s_none/name"] {
        assert_eq!(alex.get(absent).await.status, 404);
        assert_eq!(alex.post(absent, &[("name", "Mine")]).await.status, 404);
    }
    assert!(desk.get("/account/sessions").await.text().contains("<bdi>Jetty</bdi>"));
}
