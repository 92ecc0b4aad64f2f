//! What must hold for every page, and what each page must say.
//!
//! To look at the pages: `INNKEEPER_TEST_RENDER_TO=/tmp/render cargo test --lib web::pages::rules`.

use super::samples::{rendered, rendered_in};
use crate::domain::admission::ALREADY_LOGGED_IN;
use crate::web::text::{Language, marking};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const EN: Language = Language::English;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The values of `name="…"` in a page.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// The tags of a page, without their brackets: `a href="…"`, `/a`.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap())
}

/// A template without its code: what is written between `{{`, `{%` or `{#` and their ends is gone.
fn without_code(template: &str) -> String {
    let mut left = template;
    let mut text = String::new();
    while let Some(at) = left.find('{') {
        let end = match &left[at..at + 2] {
            "{{" => "}}",
            "{%" => "%}",
            "{#" => "#}",
            other => panic!("a bare brace in a template: {other}"),
        };
        text.push_str(&left[..at]);
        let length = left[at..].find(end).expect("code in a template ends");
        left = &left[at + length + 2..];
    }
    text + left
}

fn templates() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for place in ["templates", "templates/partials"] {
        for entry in std::fs::read_dir(folder(place)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "html") {
                found.push((path.clone(), std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(found.len() > 10);
    found
}

#[test]
fn templates_hold_no_words_of_their_own() {
    for (path, template) in templates() {
        let bare = without_code(&template);
        for attribute in ["aria-label", "title", "alt", "placeholder"] {
            for value in attributes(&bare, attribute) {
                assert_eq!(value, "", "{}: {attribute}", path.display());
            }
        }
        let mut within_tag = false;
        let words: String = bare
            .chars()
            .filter(|&c| {
                within_tag = (within_tag || c == '<') && c != '>';
                !within_tag && c.is_alphabetic()
            })
            .collect();
        assert_eq!(words, "", "{}", path.display());
    }
}

/// What a page says, in texts and in the attributes that are read aloud, but for what stands in the catalogue's marks.
fn said_outside_the_marks(html: &str) -> String {
    let mut depth = 0;
    let mut outside = |text: &str| -> String {
        text.chars()
            .filter(|c| {
                depth += i32::from(*c == '⟦');
                let inside = depth > 0;
                depth -= i32::from(*c == '⟧');
                !inside && c.is_alphabetic()
            })
            .collect()
    };
    let texts: String = html.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    let aloud = ["aria-label", "title", "alt", "placeholder", "data-reveal"];
    let attributes = aloud.iter().flat_map(|name| attributes(html, name)).collect::<String>();
    outside(&texts) + &outside(&attributes)
}

#[test]
fn no_text_of_any_page_is_outside_the_catalogue() {
    for language in Language::ALL {
        for (name, html) in marking(|| rendered_in(language)) {
            assert_eq!(said_outside_the_marks(&html), "", "{name}");
        }
    }
}

#[test]
fn a_page_says_in_which_language_it_is_and_offers_the_others_if_it_can_be_asked_for_again() {
    for language in Language::ALL {
        for (name, html) in rendered_in(language) {
            assert!(html.contains(&format!("<html lang=\"{}\">", language.code())), "{name}");
            let only_once = [
                "refusal-",
                "signed-out-idle",
                "signed-out-by-",
                "invited",
                "invitation-gone",
                "setup-gone",
                "-advice",
            ]
            .iter()
            .any(|once| name.contains(once));
            for other in Language::ALL.into_iter().filter(|other| *other != language) {
                let code = other.code();
                let offered = html.contains(&format!(r#"name="language" value="{code}" lang="{code}""#));
                assert_eq!(offered, !only_once, "{name}");
            }
        }
    }
}

#[test]
fn a_strict_content_security_policy_has_nothing_to_forbid() {
    for (name, html) in rendered() {
        assert!(html.contains(r#"<script src="pages.js" nonce="bm9uY2U" defer></script>"#), "{name}");
        // Only a page that can take a passkey loads what asks for one.
        let of_passkeys = html.matches(r#"<script src="passkey.js" nonce="bm9uY2U" defer></script>"#).count();
        assert_eq!(of_passkeys, usize::from(html.contains(" data-passkey=")), "{name}");
        assert_eq!(html.matches("<script").count(), 1 + of_passkeys, "{name}");
        assert!(!html.contains("<style"), "{name}");
        for tag in tags(&html) {
            let without_values: String = tag.split('"').step_by(2).collect();
            assert!(!without_values.contains(" style=") && !without_values.contains(" on"), "{name}: <{tag}>");
        }
    }
}

#[test]
fn every_page_is_whole_and_has_one_heading_one_title_and_ids_of_its_own() {
    for (name, html) in rendered() {
        assert!(html.starts_with("<!doctype html>\n<html lang="), "{name}");
        for tag in ["<h1", "<main", "<title>", "</main>", "</body>", "</html>"] {
            assert_eq!(html.matches(tag).count(), 1, "{name}: {tag}");
        }
        let ids = attributes(&html, "id");
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{name}");
        for attribute in ["aria-labelledby", "aria-describedby", "for", "data-dialog"] {
            for id in attributes(&html, attribute).into_iter().flat_map(str::split_whitespace) {
                assert!(ids.contains(&id), "{name}: {attribute}={id}");
            }
        }
        for tag in tags(&html).filter(|tag| tag.starts_with("input ") && !tag.contains("hidden")) {
            if tag.contains(r#"type="radio""#) || tag.contains(r#"type="checkbox""#) {
                assert!(html.contains(&format!(r#"<label class="option"><{tag}>"#)), "{name}: {tag}");
                continue;
            }
            let id = attributes(tag, "id")[0];
            assert!(html.contains(&format!("<label for=\"{id}\">")), "{name}: {id}");
        }
    }
}

#[test]
fn every_address_has_the_prefix_and_every_form_posts_or_leads_to_a_question() {
    for (name, html) in rendered() {
        let prefix = if html.contains("/auth/") { "/auth/" } else { "/" };
        for address in attributes(&html, "href").into_iter().chain(attributes(&html, "action")) {
            let elsewhere = [
                "mailto:",
                "otpauth:",
                "https://db-ip.com",
                "https://app.reef.example/",
                "#",
                "innkeeper.css",
                "favicon.svg",
            ]
            .iter()
            .any(|a| address.starts_with(a));
            assert!(elsewhere || address.starts_with(prefix), "{name}: {address}");
        }
        for form in tags(&html).filter(|tag| tag.starts_with("form ")) {
            assert!(
                ["method=\"post\"", "data-dialog=", "role=\"search\""].iter().any(|kind| form.contains(kind)),
                "{name}: <{form}>"
            );
        }
    }
    assert!(rendered()["sign-in"].contains(r#"action="/auth/sign-in""#));
    assert!(rendered()["sign-in-wrong"].contains(r#"action="/sign-in""#));
}

#[test]
fn whoever_is_signed_in_can_sign_out_and_reach_the_sessions_from_everywhere() {
    for (name, html) in rendered().iter().filter(|(_, html)| html.contains("class=\"bar\"")) {
        assert!(html.contains(r#"<form method="post" action="/auth/sign-out">"#), "{name}");
        assert!(html.contains(r#"href="/auth/account/sessions""#), "{name}");
    }
}

#[test]
fn what_strangers_sent_stays_text() {
    let html = &rendered()["sessions-hostile"];
    assert!(!html.contains("<script>alert"));
    assert!(html.matches("&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;").count() > 10);
}

#[test]
fn the_refusal_says_the_sentence_alone_then_what_to_do() {
    let pages = rendered();
    let sentence = format!(r#"<p id="refusal" role="alert">{}</p>"#, ALREADY_LOGGED_IN);
    for name in ["refusal-owner", "refusal-staff", "refusal-nothing"] {
        let html = &pages[name];
        assert_eq!(html.matches(&sentence).count(), 1, "{name}");
        assert!(html.contains("<code>R-7K3M-92QD</code>") && html.contains("inactive for 20 minutes."), "{name}");
        assert!(html.contains("/sign-in?next=%2Fboats%3Fday%3D2026-11-22%26tour%3Dreef\""), "{name}");
        assert!(!html.contains("<time"), "{name}");
    }
    assert!(pages["refusal-owner"].contains(r#"<a href="mailto:help@reef.example">"#));
    assert!(pages["refusal-staff"].contains("the people who run this service"));
    assert!(pages["refusal-staff"].contains("Ask your account owner"));
    assert!(pages["refusal-owner"].contains(r#"<a href="/auth/account/plans">"#));
    assert!(!pages["refusal-staff"].contains("/account/plans"));
}

#[test]
fn the_sign_in_form_needs_nothing_but_what_is_typed() {
    let html = &rendered()["sign-in"];
    for field in
        [r#"name="email" type="email" autocomplete="username""#, r#"type="password" autocomplete="current-password""#]
    {
        assert!(html.contains(field), "{field}");
    }
    let names: Vec<_> =
        attributes(html, "name").into_iter().filter(|n| !["viewport", "color-scheme"].contains(n)).collect();
    assert_eq!(names, ["email", "password", "next", "back", "language"]);
    let wrong = &rendered()["sign-in-wrong"];
    assert!(wrong.contains(&EN.say("wrong-credentials")));
    assert!(wrong.contains(r#"value="alex@reef.example""#) && !html.contains("role=\"alert\""));
}

#[test]
fn somebody_whose_session_ended_is_told_why_and_when_and_can_sign_in_again() {
    let pages = rendered();
    let html = &pages["signed-out-idle"];
    assert!(html.contains("You were signed out after 20 minutes of inactivity."));
    assert!(html.contains(r#"<time datetime="2026-11-22T03:40:00Z">22 Nov 2026, 13:40 AEST (Brisbane)</time>"#));
    assert!(pages["signed-out-by-manager"].contains("A manager of your account ended this session."));
    let own = &pages["signed-out-self"];
    assert!(own.contains("You signed out.") && !own.contains("<time") && own.contains(r#"action="/auth/sign-in""#));
}

#[test]
fn the_list_says_what_where_when_and_offers_to_end_it() {
    let html = &rendered()["sessions-many"];
    for said in [
        "Firefox on Windows",
        "This device",
        "New device",
        "Last active",
        "Active now",
        "6 minutes ago",
        "today, 13:59 AEST",
        "Lisbon, Portugal <span class=\"quiet small\">approx.</span>",
        "Private network</p>",
        "in 17 minutes",
        "3 times",
        "ended from this page",
        r#"id="notice" autofocus"#,
        r#"action="/auth/account/sessions/s:phone@1/terminate" data-dialog="terminate">"#,
        r#"href="/auth/account/sessions/s-here/name" data-dialog="name" data-value="Front desk""#,
        r#"<form class="choice" method="post" action="/auth/account/sessions/end-others">"#,
    ] {
        assert!(html.contains(said), "{said}");
    }
    assert!(!html.contains("/s-here/terminate"), "the current session is signed out of, not terminated");
}

#[test]
fn a_list_of_one_offers_no_end_of_others_and_an_empty_one_says_so() {
    let pages = rendered();
    for name in ["sessions-one", "sessions-none"] {
        assert!(!pages[name].contains("end-others") && !pages[name].contains(r#"id="terminate""#), "{name}");
    }
    assert!(pages["sessions-one"].contains(&EN.say("sessions-only")));
    assert!(pages["sessions-none"].contains(&EN.say("sessions-none")));
}

#[test]
fn questions_name_what_would_end_and_the_step_up_keeps_the_way_on() {
    let pages = rendered();
    let terminate = &pages["terminate"];
    assert!(terminate.contains("<h1>End this session?</h1>") && terminate.contains("Safari on iPhone"));
    assert!(terminate.contains(r#"method="post" action="/auth/account/sessions/s:phone@1/terminate""#));
    assert!(pages["end-others"].contains("<b>4 sessions</b>"));
    let step_up = &pages["step-up"];
    assert!(step_up.contains(r#"name="then" value="/account/sessions/s-1/terminate""#));
    assert!(step_up.contains("within the last 10 minutes"));
    assert!(pages["step-up-wrong"].contains(&EN.say("wrong-password")));
}

#[test]
fn an_error_says_what_to_do_and_an_outage_that_nobody_was_signed_out() {
    let pages = rendered();
    assert!(pages["error-503"].contains("nobody has been signed out"));
    assert!(pages["error-500"].contains("our fault"));
}

#[test]
fn every_page_can_be_looked_at() {
    let pages = rendered();
    assert!(pages.len() > 20);
    let Some(target) = std::env::var_os("INNKEEPER_TEST_RENDER_TO").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&target).unwrap();
    for file in ["innkeeper.css", "innkeeper.js", "passkey.js", "favicon.svg"] {
        std::fs::copy(folder("assets").join(file), target.join(file)).unwrap();
    }
    for (name, html) in pages {
        std::fs::write(target.join(format!("{name}.html")), html).unwrap();
    }
}
