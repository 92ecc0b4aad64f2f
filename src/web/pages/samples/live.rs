//! What a page looks like once the script has filled in what happened: covered, and with the word that somebody was refused.

use crate::domain::end::EndReason;
use crate::domain::user::Role;
use crate::web::text::{self, EndFacts, Language, marked};
use std::collections::BTreeMap;
use std::time::Duration;

/// Adds both to the samples of a language, made from the account page.
pub(super) fn add(language: Language, prefix: &str, pages: &mut BTreeMap<String, String>) {
    let page = pages[&format!("{prefix}account")].clone();
    let facts = EndFacts {
        idle_timeout: Duration::from_secs(1200),
        absolute_lifetime: Duration::from_secs(12 * 3600),
        by: Some(Role::Manager),
    };
    let why = text::told_why(language, EndReason::TerminatedByOwner, &facts);
    let at = marked("22 Nov 2026, 13:40 AEST (Brisbane)".into());
    let time = format!(r#" data-at><time datetime="2026-11-22T03:40:00Z">{at}</time></"#);
    let filled = |from: &str, to: &str| {
        assert!(page.contains(from), "{from}");
        page.replacen(from, to, 1).replace(" data-at></", &time)
    };
    let says = r#"<p class="says" id="over-why">"#;
    pages.insert(format!("{prefix}live-covered"), filled(&format!("{says}</p>"), &format!("{says}{why}</p>")));
    let refused = language.count("refused-attempts", 3);
    let banner = filled("<p></p>", &format!("<p>{refused}</p>"));
    pages.insert(format!("{prefix}live-refused"), banner.replacen(r#"role="status" hidden"#, r#"role="status""#, 1));
}
