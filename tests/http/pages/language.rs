//! The language of the pages: what the browser asks for, and what the person chooses.

use super::{leads, reef, signed_in};
use crate::browser::Browser;
use innkeeper::domain::admission::ALREADY_LOGGED_IN;

fn asking_for(browser: &Browser<'_>, path: &str, languages: &str) -> axum::http::Request<axum::body::Body> {
    let mut request = browser.ask("GET", path, String::new());
    request.headers_mut().insert("accept-language", languages.parse().unwrap());
    request
}

#[tokio::test]
async fn a_page_is_in_the_language_that_the_browser_asks_for() {
    let app = reef().await;
    let mut browser = app.browser();
    for (languages, code, heading) in [
        ("de-AT,en;q=0.7", "de", "<h1>Anmelden</h1>"),
        ("en-AU", "en", "<h1>Sign in</h1>"),
        ("ja", "en", "<h1>Sign in</h1>"),
    ] {
        let page = browser.send(asking_for(&browser, "/sign-in", languages)).await;
        assert!(page.text().contains(&format!("<html lang=\"{code}\">")), "{languages}");
        assert!(page.text().contains(heading), "{languages}");
    }
    let failure = browser.send(asking_for(&browser, "/nowhere", "de")).await;
    assert!(failure.status == 404 && failure.text().contains("<html lang=\"de\">"));
}

#[tokio::test]
async fn what_a_person_chose_counts_more_and_stays_after_the_browser_was_closed() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    let page = browser.get("/account/sessions").await;
    assert!(page.text().contains(r#"name="back" value="/account/sessions""#));
    let chosen = browser.post("/language", &[("language", "de"), ("back", "/account/sessions")]).await;
    assert_eq!(leads(&chosen), (303, "/account/sessions"));
    browser.close();
    let page = browser.send(asking_for(&browser, "/sign-in", "en")).await;
    assert!(page.text().contains("<html lang=\"de\">"));
    browser.post("/language", &[("language", "en")]).await;
    assert!(browser.send(asking_for(&browser, "/sign-in", "de")).await.text().contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn a_choice_leads_back_to_our_own_pages_only_and_a_language_that_there_is_not_changes_nothing() {
    let app = reef().await;
    let mut browser = app.browser();
    for back in ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""] {
        let answer = browser.post("/language", &[("language", "de"), ("back", back)]).await;
        assert_eq!(leads(&answer), (303, "/account"), "{back}");
    }
    let answer = browser.post("/language", &[("language", "tlh"), ("back", "/sign-in")]).await;
    assert!(leads(&answer) == (303, "/sign-in") && !answer.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn whoever_is_refused_reads_the_rule_in_their_language_and_programs_read_it_in_english() {
    let app = reef().await;
    let _here = signed_in(&app, "kai").await;
    let mut other = app.browser();
    other.post("/language", &[("language", "de")]).await;
    let refused = other.sign_in("kai").await;
    assert!(refused.status == 409 && refused.text().contains("Pro Person ist nur eine Sitzung"));
}

#[tokio::test]
async fn whoever_mistyped_the_password_comes_back_to_the_form_and_still_goes_where_they_wanted() {
    let app = reef().await;
    let mut browser = app.browser();
    let fields = [("email", "kai@reef.example"), ("password", "not it at all"), ("next", "/account/sessions")];
    let wrong = browser.post("/sign-in", &fields).await;
    assert!(wrong.status == 401 && wrong.text().contains(r#"name="back" value="/sign-in?next=%2Faccount%2Fsessions""#));
}

#[tokio::test]
async fn the_rule_is_said_word_for_word_in_every_language() {
    let app = reef().await;
    let _inside = signed_in(&app, "kai").await;
    let mut other = app.browser();
    other.post("/language", &[("language", "de")]).await;
    let refused = other.sign_in("kai").await;
    assert!(refused.status == 409 && refused.text().contains("Pro Person ist nur eine Sitzung zulässig."));
    let sentence = format!(r#"<p id="refusal" role="alert" lang="en">{ALREADY_LOGGED_IN}</p>"#);
    assert!(refused.text().contains(&sentence) && !refused.text().contains("action=\"/language\""));
}
