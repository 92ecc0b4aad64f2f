//! What holds for every page: other sites, failures, assets, headers.

use super::{leads, minutes, reef, signed_in};
use crate::browser::PASSWORD;
use axum::http::header;

#[tokio::test]
async fn what_another_site_sends_is_refused_changes_nothing_and_is_no_activity() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    app.clock.advance(minutes(10));
    for path in ["/sign-out", "/sign-in", "/account/sessions/end-others", "/account/step-up", "/nowhere"] {
        let form = format!("email=alex@reef.example&password={PASSWORD}");
        for (name, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")] {
            let mut request = browser.ask("POST", path, form.clone());
            request.headers_mut().insert(name, value.parse().unwrap());
            let answer = browser.send(request).await;
            assert!(answer.status == 403 && answer.text().contains("came from another site"), "{path}");
        }
        let mut request = browser.ask("POST", path, form);
        request.headers_mut().remove("sec-fetch-site");
        request.headers_mut().insert(header::ORIGIN, "https://evil.example".parse().unwrap());
        assert_eq!(browser.send(request).await.status, 403, "{path}");
    }
    app.clock.advance(minutes(10));
    assert_eq!(browser.get("/account").await.status, 401, "it has been idle for twenty minutes");
}

#[tokio::test]
async fn a_link_from_another_site_finds_somebody_signed_in() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    let mut request = browser.ask("GET", "/account", String::new());
    request.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(browser.send(request).await.status, 200);
}

#[tokio::test]
async fn an_unknown_address_is_a_page_for_people_and_a_problem_for_programs() {
    let app = reef().await;
    let page = app.browser().get("/nowhere").await;
    assert!(page.status == 404 && page.text().contains("There is nothing at this address"));
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let problem = app.get("/nowhere").await;
    assert_eq!((problem.status, problem.header("content-type")), (404, "application/problem+json"));
    assert_eq!(problem.json()["code"], "not_found");
}

#[tokio::test]
async fn a_method_that_a_page_does_not_take_is_answered_with_those_that_it_does() {
    let app = reef().await;
    let page = app.browser().get("/sign-out").await;
    assert!(page.status == 405 && page.text().contains("<h1>"));
    assert_eq!(page.header("allow"), "POST");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_with_a_page() {
    let app = reef().await;
    let long = "x".repeat(65 * 1024);
    let answer = app.browser().post("/sign-in", &[("email", "kai@reef.example"), ("password", &long)]).await;
    assert!(answer.status == 413 && answer.text().contains("larger than this service accepts"));
}

#[tokio::test]
async fn every_page_has_a_nonce_of_its_own_and_is_never_stored() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    let mut nonces = std::collections::BTreeSet::new();
    for path in ["/account", "/account/sessions", "/account/security/password", "/nowhere", "/sign-out"] {
        let page = browser.get(path).await;
        let csp = page.header("content-security-policy");
        let nonce = csp.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(page.text().contains(&format!("nonce=\"{nonce}\"")), "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert!(nonces.insert(nonce.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn the_files_that_a_page_names_are_there_and_may_be_kept() {
    let app = reef().await;
    let page = app.browser().get("/sign-in").await;
    for (name, kind) in [
        ("innkeeper.css", "text/css; charset=utf-8"),
        ("pages.js", "text/javascript; charset=utf-8"),
        ("favicon.svg", "image/svg+xml"),
    ] {
        let address = page.text().split('"').find(|part| part.contains(name)).unwrap();
        let file = app.get(address).await;
        assert_eq!((file.status, file.header("content-type")), (200, kind), "{address}");
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
        let old = app.get(&format!("/assets/{name}?v=old")).await;
        assert_eq!((old.status, old.header("cache-control")), (200, "no-cache"));
    }
    for path in ["/assets/other.css", "/assets/..%2FCargo.toml", "/assets/"] {
        assert_eq!(app.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_store_that_cannot_answer_is_an_outage_and_signs_nobody_out() {
    let app = reef().await;
    let mut browser = signed_in(&app, "kai").await;
    app.site.sql("ALTER TABLE session_tokens RENAME TO away");
    for (method, path) in [("GET", "/account"), ("GET", "/sign-in"), ("POST", "/sign-out"), ("POST", "/sign-in")] {
        let form = format!("email=kai@reef.example&password={PASSWORD}");
        let answer = browser.send(browser.ask(method, path, form)).await;
        assert!(answer.status == 503 && answer.text().contains("nobody has been signed out"), "{path}");
        assert_eq!(answer.header("retry-after"), "2", "{path}");
    }
    app.site.sql("ALTER TABLE away RENAME TO session_tokens");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn the_start_leads_to_the_account() {
    let app = reef().await;
    assert_eq!(leads(&app.browser().get("/").await), (303, "/account"));
}
