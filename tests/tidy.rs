//! The house rules as tests: layers, sizes, words, and that nothing promised is left without its proof.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the sources should stop right there")]

use innkeeper::domain::end::EndReason;
use innkeeper::domain::event::kind;
use innkeeper::domain::permission::{Action, may, may_end_sessions_of};
use innkeeper::domain::user::Role;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest file, in lines that are neither blank nor a comment nor part of its tests: what one can read in one sitting.
/// Comments do not count, or the limit would be a reason to leave them out.
const CODE_LINES_MAX: usize = 400;

/// Longest file of tests, counted likewise. Cases stand side by side and are read one at a time.
const TEST_LINES_MAX: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, by its path from the root, with its text.
fn files(below: &str, extensions: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![root().join(below)];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let skipped = ["target", ".git", "node_modules"].iter().any(|name| path.ends_with(name))
                || path == root().join("data");
            if !skipped {
                waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        } else if path.extension().is_some_and(|is| extensions.iter().any(|extension| is == *extension)) {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(!found.is_empty(), "nothing was found below {below:?}");
    found.sort();
    found
}

fn rust_files(below: &str) -> Vec<(String, String)> {
    files(below, &["rs"])
}

fn all_rust_files() -> Vec<(String, String)> {
    ["src", "tests", "examples"].into_iter().flat_map(rust_files).collect()
}

fn is_code(line: &&str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with("//")
}

/// Whether the text names this: as a whole word, in code and not in a comment.
fn names(text: &str, word: &str) -> bool {
    let part_of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    text.lines().filter(is_code).any(|line| {
        line.match_indices(word).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + word.len()..].chars().next();
            let longer_before = word.starts_with(part_of_a_word) && before.is_some_and(part_of_a_word);
            let longer_after = word.ends_with(part_of_a_word) && after.is_some_and(part_of_a_word);
            !longer_before && !longer_after
        })
    })
}

/// Files that name one of the words, each with the word.
fn naming(files: &[(String, String)], words: &[&str]) -> Vec<String> {
    let hits = files.iter().flat_map(|(name, text)| {
        words.iter().filter(|word| names(text, word)).map(move |word| format!("{name} names {word}"))
    });
    hits.collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn the_domain_is_pure() {
    let domain = rust_files("src/domain");
    let words = [
        ".await",
        "async",
        "rusqlite",
        "postgres",
        "tokio_postgres",
        "axum",
        "hyper",
        "http",
        "tokio",
        "serde",
        "serde_json",
        "now()",
        "std::fs",
        "std::net",
        "std::thread",
        "std::env",
    ];
    assert_eq!(naming(&domain, &words), NOTHING);
    let uses = domain.iter().flat_map(|(name, text)| {
        let lines = text.lines().filter(is_code).filter(|line| line.replace("crate::domain", "").contains("crate::"));
        lines.map(move |line| format!("{name}: {line}"))
    });
    assert_eq!(uses.filter(|line| !line.contains("$crate::")).collect::<Vec<_>>(), NOTHING);
}

#[test]
fn the_store_knows_nobody_above_it() {
    let words = ["crate::service", "crate::web", "crate::cli", "crate::config", "axum", "http", "hyper"];
    assert_eq!(naming(&rust_files("src/store"), &words), NOTHING);
}

#[test]
fn only_the_store_names_a_driver() {
    let mut others = rust_files("src");
    others.retain(|(name, _)| !name.starts_with("src/store/"));
    assert_eq!(naming(&others, &["rusqlite", "tokio_postgres", "refinery", "sqlx"]), NOTHING);
}

#[test]
fn the_service_names_neither_http_nor_what_is_above_it() {
    let words = ["axum", "http", "hyper", "tower", "crate::web", "crate::cli", "askama"];
    assert_eq!(naming(&rust_files("src/service"), &words), NOTHING);
}

#[test]
fn the_web_never_asks_the_store() {
    assert_eq!(naming(&rust_files("src/web"), &["crate::store", "innkeeper::store"]), NOTHING);
}

#[test]
fn only_the_web_names_its_framework() {
    let mut others = rust_files("src");
    others.retain(|(name, _)| {
        !["src/web/", "src/cli/", "src/embedded.rs", "src/main.rs"].iter().any(|web| name.starts_with(web))
    });
    assert_eq!(naming(&others, &["axum", "askama", "utoipa"]), NOTHING);
}

#[test]
fn only_one_place_sends_requests_to_others() {
    let mut others = rust_files("src");
    others.retain(|(name, _)| !name.starts_with("src/deliver/"));
    assert_eq!(naming(&others, &["reqwest::", "lettre"]), NOTHING);
}

#[test]
fn only_one_place_verifies_passkeys() {
    let mut others = rust_files("src");
    others.retain(|(name, _)| name != "src/passkey.rs");
    assert_eq!(naming(&others, &["webauthn_rs", "webauthn_rs::prelude"]), NOTHING);
}

#[test]
fn the_leaves_know_no_layer_above_the_domain() {
    let mut leaves = rust_files("src");
    let is_leaf = |name: &str| {
        [
            "src/clock.rs",
            "src/secret.rs",
            "src/password.rs",
            "src/totp.rs",
            "src/passkey.rs",
            "src/client/",
            "src/config/",
            "src/deliver/",
            "src/telemetry.rs",
        ]
        .iter()
        .any(|leaf| name.starts_with(leaf))
    };
    leaves.retain(|(name, _)| is_leaf(name));
    assert_eq!(naming(&leaves, &["crate::store", "crate::service", "crate::web", "crate::cli"]), NOTHING);
}

#[test]
fn every_file_says_first_what_is_in_it() {
    let silent = all_rust_files().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    assert_eq!(silent.map(|(name, _)| name).collect::<Vec<_>>(), NOTHING);
}

#[test]
fn no_file_is_longer_than_can_be_read_in_one_sitting() {
    let too_long = all_rust_files().into_iter().filter_map(|(name, text)| {
        let is_test = name.starts_with("tests/") || name.ends_with("tests.rs") || name.contains("/tests/");
        let max = if is_test { TEST_LINES_MAX } else { CODE_LINES_MAX };
        let code = if is_test { text.as_str() } else { text.split("#[cfg(test)]\nmod tests {").next().unwrap() };
        let lines = code.lines().filter(is_code).count();
        (lines > max).then(|| format!("{name}: {lines} of {max} lines"))
    });
    assert_eq!(too_long.collect::<Vec<_>>(), NOTHING);
}

#[test]
fn nothing_is_left_for_later_and_no_test_is_left_out() {
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("to", "do!"),
        concat!("unimple", "mented!"),
        concat!("#[ig", "nore"),
    ];
    let mut files = all_rust_files();
    files.extend(self::files(".", &["sql", "html", "css", "js", "toml", "md"]));
    files.retain(|(name, _)| name != "tests/tidy.rs");
    let hits = files.iter().flat_map(|(name, text)| {
        let found = words.iter().filter(|word| text.contains(*word));
        found.map(move |word| format!("{name} contains {word}"))
    });
    assert_eq!(hits.collect::<Vec<_>>(), NOTHING);
}

/// Names of the methods of a trait in `src/store/mod.rs`.
fn methods_of(of: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join("src/store/mod.rs")).unwrap();
    let start = text.find(&format!("pub trait {of}: ")).unwrap_or_else(|| panic!("there is no trait {of}"));
    let body = &text[start..start + text[start..].find("\n}").unwrap()];
    let heads = body.lines().filter_map(|line| {
        line.strip_prefix("    fn ")
            .or_else(|| line.strip_prefix("    async fn "))
            .and_then(|rest| rest.split('(').next())
    });
    heads.map(str::to_owned).collect()
}

#[test]
fn every_method_of_the_store_has_a_case() {
    let cases: String = rust_files("tests/store").into_iter().map(|(_, text)| text).collect();
    let (store, transaction) = (methods_of("Store"), methods_of("Transaction"));
    assert!(store.len() >= 19 && transaction.len() >= 4, "{store:?} {transaction:?}");
    let missing = store.into_iter().chain(transaction).filter(|method| !cases.contains(&format!(".{method}(")));
    assert_eq!(missing.collect::<Vec<_>>(), NOTHING);
}

#[test]
fn every_case_of_the_store_suite_is_run() {
    let suite = fs::read_to_string(root().join("tests/store/main.rs")).unwrap();
    let cases = rust_files("tests/store").into_iter().flat_map(|(_, text)| {
        let heads = text.lines().filter(|line| line.starts_with("pub(crate) async fn "));
        heads.filter_map(|line| line.split(['(', ' ']).nth(4).map(str::to_owned)).collect::<Vec<_>>()
    });
    let cases: Vec<_> = cases.collect();
    assert!(cases.len() > 30, "{cases:?}");
    let left_out = cases.into_iter().filter(|case| !suite.contains(&format!("        {case}")));
    assert_eq!(left_out.collect::<Vec<_>>(), NOTHING);
}

#[test]
fn migrations_are_numbered_from_one_without_gaps_and_alike_for_every_database() {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root().join("migrations")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    let names: Vec<Vec<String>> = folders
        .iter()
        .map(|folder| {
            let mut names: Vec<String> = fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
                .collect();
            names.sort_by_key(|name| number_of(name));
            names
        })
        .collect();
    for names in &names {
        let numbers: Vec<_> = names.iter().map(|name| number_of(name)).collect();
        assert_eq!(numbers, (1..=names.len()).collect::<Vec<_>>(), "{names:?}");
    }
    assert!(!names.is_empty() && names.iter().all(|other| *other == names[0]), "{names:?}");
}

/// The number in `V<number>__<name>.sql`.
fn number_of(name: &str) -> usize {
    let parts =
        name.strip_prefix('V').and_then(|rest| rest.strip_suffix(".sql")).and_then(|rest| rest.split_once("__"));
    let (number, what) = parts.unwrap_or_else(|| panic!("{name} is not named V<number>__<name>.sql"));
    let well_named =
        !what.is_empty() && what.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    assert!(well_named, "{name} is not named V<number>__<name>.sql");
    number.parse().unwrap_or_else(|_| panic!("{name} has no number"))
}

#[test]
fn every_end_reason_is_explained_in_the_rules() {
    let rules = fs::read_to_string(root().join("docs/sessions.md")).expect("docs/sessions.md holds the rules in prose");
    let missing = EndReason::ALL.iter().map(|reason| reason.as_str());
    assert_eq!(missing.filter(|reason| !rules.contains(&format!("`{reason}`"))).collect::<Vec<_>>(), NOTHING);
}

/// Who may do what, as a table.
fn roles() -> String {
    let all = [Role::Owner, Role::Manager, Role::Staff, Role::Support, Role::Admin];
    let row = |what: &str, may: &dyn Fn(Role) -> bool| {
        let cells = all.map(|role| if may(role) { "yes" } else { "–" });
        format!("| {what} | {} |\n", cells.join(" | "))
    };
    let mut table = format!("| may | {} |\n| --- |{}\n", all.map(Role::as_str).join(" | "), " --- |".repeat(all.len()));
    for action in Action::ALL {
        let what = match action {
            Action::SeeTeam => "see the people of the account and their live sessions",
            Action::EndTeamSessions => {
                for theirs in [Role::Staff, Role::Manager, Role::Owner] {
                    let what = format!("end sessions of somebody else in the account: {}", theirs.as_str());
                    table += &row(&what, &|role| may_end_sessions_of(role, theirs));
                }
                continue;
            }
            Action::ManageStaff => "invite people, change roles, suspend, reinstate and remove",
            Action::ChangePlan => "see what the account pays for, and change its plan",
            Action::SeeAccountHistory => "see what happened in the whole account",
            Action::UseSupport => "look anybody up, see their timeline, and release a session",
            Action::ManageWebhooks => "see where events are sent to, and have failed ones sent again",
        };
        table += &row(what, &|role| may(role, action));
    }
    table
}

#[test]
fn the_rules_say_what_each_role_may_do() {
    let rules = fs::read_to_string(root().join("docs/sessions.md")).expect("docs/sessions.md holds the rules in prose");
    let said = rules.split("<!-- roles -->\n").nth(1).and_then(|rest| rest.split("<!-- /roles -->").next());
    let said = said.expect("the table stands between two marks");
    assert_eq!(said.trim(), roles().trim(), "what should stand there:\n\n{}", roles());
}

#[test]
fn every_kind_of_event_is_explained_to_integrators() {
    let kinds = fs::read_to_string(root().join("src/domain/event.rs")).unwrap();
    let kinds: Vec<_> = kinds.lines().filter_map(|line| line.split("pub const ").nth(1)?.split('"').nth(1)).collect();
    assert_eq!(kinds, kind::ALL, "every kind is in the list of all, in the same order");
    let docs = fs::read_to_string(root().join("docs/http-api.md")).unwrap();
    let missing = kinds.into_iter().filter(|kind| !docs.contains(&format!("| `{kind}` |")));
    assert_eq!(missing.collect::<Vec<_>>(), NOTHING);
}

#[test]
fn no_text_names_a_place_on_somebodys_machine() {
    let words = ["/home/", "/root/", "/Users/"];
    let mut files =
        files(".", &["rs", "md", "toml", "sql", "html", "css", "js", "py", "txt", "yml", "json", "service"]);
    files.retain(|(name, _)| name != "tests/tidy.rs");
    let hits = files.iter().flat_map(|(name, text)| {
        words.iter().filter(|word| text.contains(*word)).map(move |word| format!("{name} contains {word}"))
    });
    assert_eq!(hits.collect::<Vec<_>>(), NOTHING);
}

#[test]
fn what_the_security_sheets_name_as_a_test_is_one() {
    let sheets = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let is_name = |word: &&str| {
        word.matches('_').count() > 3 && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let named: Vec<&str> = sheets.split('`').skip(1).step_by(2).filter(is_name).collect();
    assert!(named.len() > 30, "{named:?}");
    let sources = all_rust_files();
    let missing = named.into_iter().filter(|name| {
        let defined = format!("fn {name}(");
        !sources.iter().any(|(_, text)| text.contains(&defined))
    });
    assert_eq!(missing.collect::<Vec<_>>(), NOTHING);
}

/// Longest example of an application, counted as everything else: what somebody reads before they decide.
const EXAMPLE_LINES_MAX: usize = 150;

#[test]
fn every_example_of_an_application_is_short() {
    let applications = files("examples", &["py", "js", "rs"]);
    let lengths = applications.iter().map(|(name, text)| (name, text.lines().filter(is_code).count()));
    let too_long =
        lengths.filter(|(_, lines)| *lines >= EXAMPLE_LINES_MAX).map(|(name, lines)| format!("{name}: {lines}"));
    assert!(applications.len() >= 3, "{applications:?}");
    assert_eq!(too_long.collect::<Vec<_>>(), NOTHING);
}

#[test]
fn what_the_guide_shows_of_an_example_is_the_example() {
    let guide = fs::read_to_string(root().join("docs/integrate.md")).expect("the guide is there");
    let mut shown = 0;
    for block in guide.split("\n```").skip(1).step_by(2) {
        let (opening, text) = block.split_once('\n').expect("a block has lines");
        // Of a whole file, its path stands after the language.
        let Some((_, path)) = opening.split_once(' ') else { continue };
        let file = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(text.trim_end(), file.trim_end(), "docs/integrate.md shows another {path}");
        shown += 1;
    }
    assert!(shown > 0, "the guide shows examples");
}
