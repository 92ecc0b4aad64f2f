//! What is sensitive: whoever proved too long ago who they are is led to the step-up, and changes nothing.

use super::access::{EVERYBODY, happened, installed, rows, scene, shape};
use super::minutes;
use crate::app::TestApp;
use axum::http::Method;
use innkeeper::service::Event;
use innkeeper::web::pages::{Post, posts};
use std::collections::{BTreeMap, BTreeSet};

/// What comes of a form by somebody whose last proof is too old, where this came of it with a fresh one.
fn expected<'a>(post: Post, with_fresh: &'a str, has_factor: bool, path: &str) -> &'a str {
    match (post, with_fresh) {
        // Who may not at all is told that, whatever they have proved.
        (Post::Fresh, "no") | (_, "-" | "sign-in") => with_fresh,
        (Post::Fresh, _) => "step-up",
        // The current password is half of the proof of whoever has a second factor.
        (Post::Proves, "ok") if has_factor && path == "/account/security/password" => "step-up",
        _ => with_fresh,
    }
}

/// What has changed. That support looked at somebody is no change of anything.
async fn written(app: &TestApp) -> Vec<Event> {
    happened(app).await.into_iter().filter(|event| event.kind != "support.viewed").collect()
}

#[tokio::test]
async fn whatever_the_table_calls_sensitive_needs_a_fresh_proof_and_nothing_else_does() {
    let posts: BTreeMap<String, Post> = posts().into_iter().map(|(path, post)| (shape(path), post)).collect();
    let (mut led, mut wrong) = (BTreeSet::new(), Vec::new());
    for (at, (called, user)) in EVERYBODY.into_iter().enumerate().filter(|(_, (_, user))| !user.is_empty()) {
        let mut waiting = rows().into_iter().filter(|row| row.method == Method::POST).peekable();
        while waiting.peek().is_some() {
            let app = installed().await;
            let mut scene = scene(&app, user).await;
            // Eleven minutes, in which the session was never left alone.
            app.clock.advance(minutes(6));
            assert!(scene.browser.is_signed_in().await);
            app.clock.advance(minutes(5));
            let before = written(&app).await;
            for row in waiting.by_ref() {
                let (told, post) = (scene.outcome(&app, &row).await, posts[&shape(row.path)]);
                let expected = expected(post, row.outcomes[at], user == "kai", row.path);
                // Somebody who may send it where there is something: here is nothing, and the proof is asked for first.
                let absent = post == Post::Fresh && expected == "-" && told == "step-up";
                if told != expected && !absent {
                    wrong.push(format!("{called}, {}: {told} instead of {expected}", row.path));
                }
                if told == "step-up" && post == Post::Fresh {
                    led.insert(shape(row.path));
                }
                let changed = written(&app).await != before;
                if changed && (post == Post::Fresh || told == "step-up") {
                    wrong.push(format!("{called}, {}: changed something", row.path));
                }
                if !changed && told == "ok" && [Post::Harmless, Post::Proves].contains(&post) {
                    wrong.push(format!("{called}, {}: changed nothing", row.path));
                }
                if changed {
                    break;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let sensitive = posts.into_iter().filter(|(_, post)| *post == Post::Fresh).map(|(path, _)| path);
    assert_eq!(led, sensitive.collect(), "somebody is led to the step-up by each");
}
