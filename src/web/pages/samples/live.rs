//! What a page looks like once the script has filled in that somebody was refused.

use crate::web::text::{Language, marked};
use std::collections::BTreeMap;

/// Adds it to the samples of a language, made from the account page.
pub(super) fn add(language: Language, prefix: &str, pages: &mut BTreeMap<String, String>) {
    let page = pages[&format!("{prefix}account")].clone();
    let at = marked("22 Nov 2026, 13:40 AEST (Brisbane)".into());
    let time = format!(r#" data-at><time datetime="2026-11-22T03:40:00Z">{at}</time></"#);
    let refused = language.count("refused-attempts", 3);
    assert!(page.contains("<p></p>") && page.contains(" data-at></"));
    let page = page.replacen("<p></p>", &format!("<p>{refused}</p>"), 1).replace(" data-at></", &time);
    pages.insert(format!("{prefix}live-refused"), page.replacen(r#"role="status" hidden"#, r#"role="status""#, 1));
}
