//! What an operator meets: files, variables, what holds without either, and what is said when something is wrong.

mod app_url;
mod example;
mod whole;

use super::*;
use crate::domain::policy::{AtLimit, NextPolicy};
use crate::domain::time::Timestamp;
use std::path::Path;
use whole::FULL;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("i.toml"), text)
}

fn from_env(file: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("i.toml");
    std::fs::write(&path, file).unwrap();
    Config::load(Some(&path), variables.iter().map(|(name, value)| ((*name).into(), (*value).into())))
}

/// What is said about a file, line by line.
fn said(text: &str) -> Vec<String> {
    parse(text).unwrap_err().problems().iter().map(ToString::to_string).collect()
}

fn said_of_env(name: &str, value: &str) -> Vec<String> {
    from_env("", &[(name, value)]).unwrap_err().problems().iter().map(ToString::to_string).collect()
}

#[test]
fn an_empty_file_means_the_defaults() {
    let config = parse("").unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.public_url.as_str(), "http://127.0.0.1:8080/");
    assert_eq!(config.path_prefix(), "");
    assert_eq!(config.plan("team").unwrap().staff_logins, 5);
}

#[test]
fn a_next_policy_says_from_when_on_what_holds_and_keeps_what_it_does_not_name() {
    let config = parse(
        "policy.idle_timeout = '5m'\nnext_policy = { effective_from = '2027-01-01T00:00:00Z', sessions_per_user = 3 }",
    );
    let config = config.unwrap();
    let next = config.next_policy.unwrap();
    assert_eq!(next.policy, SessionPolicy { sessions_per_user: 3, ..config.policy });
    assert_eq!(
        said("[next_policy]\nsessions_per_user = 3"),
        ["i.toml:2:21: next_policy.effective_from is missing from this section. \
          Write a date and time with its zone, such as \"2027-01-01T00:00:00Z\"."]
    );
    assert_eq!(
        said("next_policy.effective_from = 'tomorrow'\nnext_policy.sessions_per_user = 3"),
        ["i.toml:1:30: next_policy.effective_from is \"tomorrow\", which is not a date and time with its zone. \
          Write a date and time with its zone, such as \"2027-01-01T00:00:00Z\"."]
    );
    assert_eq!(
        said("next_policy.effective_from = '2027-01-01T00:00:00Z'"),
        ["i.toml:1:30: next_policy.effective_from announces nothing. Write beside it what will hold, such as \
          idle_timeout = \"15m\"."]
    );
}

#[test]
fn mail_is_sent_over_tls_unless_the_server_is_here_or_the_configuration_says_otherwise() {
    let tls = |text: &str| parse(&format!("mail.from = 'a@b.example'\n{text}")).unwrap().mail.unwrap().tls;
    assert_eq!(tls("mail.server = 'smtp://m.example'"), MailTls::StartTls);
    assert_eq!(tls("mail.server = 'smtp://m.example'\nmail.tls = 'none'"), MailTls::None);
    assert_eq!(tls("mail.server = 'smtp://127.0.0.1'"), MailTls::None);
    assert_eq!(tls("mail.server = 'smtp://127.0.0.1'\nmail.tls = 'required'"), MailTls::StartTls);
    assert_eq!(tls("mail.server = 'smtps://127.0.0.1'"), MailTls::FromTheStart);
    assert_eq!(
        said("mail = { server = 'smtps://m.example', from = 'a@b.example', tls = 'none' }"),
        ["i.toml:1:68: mail.tls is none, but mail.server begins with smtps://, which is TLS. Write smtp:// there, or \
          take it out."]
    );
}

#[test]
fn mail_needs_a_server_and_a_sender_and_shows_no_password() {
    assert_eq!(parse("").unwrap().mail, None);
    assert_eq!(parse("mail.language = 'de'").unwrap().mail, None);
    assert_eq!(
        said("mail.server = 'smtp://u:hunter2@m.example'"),
        [
            "i.toml:1:15: mail.from is missing beside mail.server. Write a mail address, after a name if you like, such as \
          \"The desk <desk@operator.example>\"."
        ]
    );
    assert_eq!(said("mail.from = 'a@b.example'").len(), 1);
    for bad in ["mail.server = 'smtp://u:hunter2@'", "mail.server = ['hunter2']", "mail.server = 'hunter2'"] {
        let said = said(&format!("{bad}\nmail.from = 'a@b.example'"));
        assert!(said.len() == 1 && !said[0].contains("hunter2"), "{said:?}");
    }
    let config = parse(FULL).unwrap();
    assert!(!format!("{config:?} {} {}", config.describe(), config.to_json()).contains("hunter2"));
    let variables = [("INNKEEPER_MAIL__SERVER", ""), ("INNKEEPER_MAIL__FROM", "")];
    assert_eq!(from_env(FULL, &variables).unwrap().mail, None, "a variable set to nothing takes it back");
}

#[test]
fn a_bare_number_is_no_duration_and_the_answer_names_key_place_and_form() {
    assert_eq!(
        said("[policy]\nidle_timeout = 20"),
        ["i.toml:2:16: policy.idle_timeout is 20, which has no unit. \
          Write a duration with its unit, such as \"20m\"."]
    );
    assert_eq!(
        said("policy.absolute_lifetime = \"12\""),
        ["i.toml:1:28: policy.absolute_lifetime is \"12\", which has no unit. \
          Write a duration with its unit, such as \"12h\"."]
    );
    assert_eq!(
        said_of_env("INNKEEPER_POLICY__IDLE_TIMEOUT", "20"),
        ["INNKEEPER_POLICY__IDLE_TIMEOUT: policy.idle_timeout is \"20\", which has no unit. \
          Write a duration with its unit, such as 20m."]
    );
}

#[test]
fn a_timeout_lasts_a_second_at_least_and_either_may_be_the_longer() {
    assert!(parse("policy.idle_timeout = '0s'").is_err());
    assert!(parse("policy.absolute_lifetime = '0m'").is_err());
    let config = parse("policy.idle_timeout = '2s'\npolicy.absolute_lifetime = '1s'").unwrap();
    assert_eq!(config.policy.absolute_lifetime, Duration::from_secs(1));
}

#[test]
fn an_unknown_key_or_variable_is_refused_with_the_nearest_known_one() {
    assert_eq!(
        said("[policy]\nidle_timout = '20m'"),
        ["i.toml:2:1: there is no setting policy.idle_timout. The nearest is policy.idle_timeout."]
    );
    assert_eq!(said("[polcy]\nx = 1"), ["i.toml:1:2: there is no setting polcy. The nearest is policy."]);
    assert_eq!(
        said_of_env("INNKEEPER_POLICY_IDLE_TIMEOUT", "20m"),
        ["INNKEEPER_POLICY_IDLE_TIMEOUT: there is no such variable. The nearest is INNKEEPER_POLICY__IDLE_TIMEOUT."]
    );
    assert_eq!(
        said("[[plans]]\ncode = 'a'\nname = 'A'\nstaff = 1\nstaff_logins = 1"),
        ["i.toml:4:1: there is no setting plans.staff. The nearest is plans.staff_logins."]
    );
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_key_and_place() {
    for (text, expected) in [
        (
            "listen = 8080",
            "i.toml:1:10: listen is the number 8080, not a text. Write an address and a port, such as \"127.0.0.1:8080\".",
        ),
        (
            "policy = 1",
            "i.toml:1:10: policy is the name of a section. Write [policy] on a line of its own, and its keys below.",
        ),
        (
            "policy.sessions_per_user = 0",
            "i.toml:1:28: policy.sessions_per_user is 0, which is not from 1 to 65535. Write a whole number, such as 1.",
        ),
        (
            "policy.sessions_per_user = '2'",
            "i.toml:1:28: policy.sessions_per_user is the text \"2\", not a whole number. Write a whole number, such as 1.",
        ),
        (
            "policy.at_limit = 'kick'",
            "i.toml:1:19: policy.at_limit is \"kick\", which is not one of the three. Write refuse, verified_takeover or replace_oldest, such as \"verified_takeover\".",
        ),
        (
            "cookie.persistent = 'yes'",
            "i.toml:1:21: cookie.persistent is the text \"yes\", not true or false. Write true or false, such as false.",
        ),
        (
            "activity.never = ['poll']",
            "i.toml:1:19: activity.never has an entry that is \"poll\", which does not begin with a /. Write paths, each with /* at its end if all below it are meant, such as [\"/api/feed/*\"].",
        ),
        (
            "activity = { never = ['/a/*'], always = ['/b', '/%61/*'] }",
            "i.toml:1:48: activity.always has an entry that is \"/%61/*\", which stands in activity.never too. Write paths, each with /* at its end if all below it are meant, such as [\"/api/feed/*\"].",
        ),
        (
            "trusted_proxies = '10.0.0.0/8'",
            "i.toml:1:19: trusted_proxies is the text \"10.0.0.0/8\", not a list. Write addresses or networks, such as [\"10.0.0.0/8\"].",
        ),
        (
            "trusted_proxies = [\n'10.0.0.1', 'x']",
            "i.toml:2:13: trusted_proxies has an entry that is \"x\", which is neither an IP address nor a network. Write addresses or networks, such as [\"10.0.0.0/8\"].",
        ),
        (
            "listen = 1979-05-27",
            "i.toml:1:10: listen is a date or time, not a text. Write an address and a port, such as \"127.0.0.1:8080\".",
        ),
        (
            "plans = 'team'",
            "i.toml:1:9: plans is the text \"team\", not a list. Write a list of plans, such as [{ code = \"team\", name = \"Team\", staff_logins = 5 }].",
        ),
    ] {
        assert_eq!(said(text), [expected]);
    }
}

#[test]
fn what_is_no_toml_or_no_text_is_refused_with_its_place() {
    assert_eq!(parse("a =").unwrap_err().problems().len(), 1);
    assert!(said("listen = 'a'\nlisten = 'b'")[0].starts_with("i.toml:2:1: this is not TOML: duplicate key"));
    assert_eq!(said("'policy.idle_timeout' = '1s'\npolicy.idle_timeout = '2s'").len(), 1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("i.toml");
    std::fs::write(&path, b"# \xc3\xa9\nx = \"\xff\"").unwrap();
    let error = Config::load(Some(&path), std::iter::empty()).unwrap_err();
    assert!(error.to_string().ends_with("i.toml:2:6: this is not UTF-8 text. Save the file as UTF-8."), "{error}");
    std::fs::write(&path, b"\xef\xbb\xbflisten = '127.0.0.1:1'").unwrap();
    assert!(Config::load(Some(&path), std::iter::empty()).is_ok(), "a byte order mark is no fault");
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_file() {
    let error = from_env("x = 1\nlisten = 1\npolicy.idle_timeout = 1\n", &[("INNKEEPER_STORE", "x")]).unwrap_err();
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "the configuration has 4 problems:");
    for (line, end) in
        lines[1..].iter().zip([":1:1: there", ":2:10: listen", ":3:23: policy", "INNKEEPER_STORE: store"])
    {
        assert!(line.contains(end), "{line}");
    }
}

#[test]
fn a_plan_is_complete_consistent_and_alone_with_its_code() {
    let plan = |lines: &str| format!("[[plans]]\ncode = 'a'\nname = 'A'\nstaff_logins = 1\n{lines}");
    assert!(parse(&plan("price = '9'\ncurrency = 'EUR'")).is_ok());
    for (text, expected) in [
        ("[[plans]]\ncode = 'a'\nname = 'A'".into(), "plans.staff_logins is missing from this plan."),
        (plan(&plan("")), "plans has two plans with the code a."),
        (
            plan("price = 49.0\ncurrency = 'EUR'"),
            "plans.price is the number 49.0, not a text. Write an amount in quotes",
        ),
        (plan("price = '9'"), "plans.currency is missing beside a price."),
        (plan("currency = 'EUR'"), "plans.currency has no price beside it."),
        (plan("per = 'month'"), "plans.per has no price beside it."),
        (plan("price = '9,50'\ncurrency = 'EUR'"), "plans.price is \"9,50\", which is not an amount."),
        (plan("idle_timeout = 5"), "plans.idle_timeout is 5, which has no unit."),
        ("plans = []".into(), "plans is an empty list"),
        ("plans = [1]".into(), "plans has an entry that is the number 1."),
        ("[[plans]]\ncode = 'a b'\nname = 'A'\nstaff_logins = 0".into(), "plans.code is \"a b\"; an id has 1 to 64"),
    ] {
        let said: Vec<String> = said(&text);
        assert!(said.len() == 1 && said[0].contains(expected), "{text}\n{said:#?}");
    }
}

#[test]
fn the_store_is_one_text_or_a_section_and_the_text_by_variable_leaves_the_rest_of_the_section() {
    let url = |path: &str| StoreUrl::Sqlite(path.into());
    let short = parse("store = 'sqlite:a.db'").unwrap();
    assert_eq!(short, parse("[store]\nurl = 'sqlite:a.db'").unwrap());
    assert_eq!(short.store, StoreSettings { url: url("a.db"), ..StoreSettings::default() });
    let section = "[store]\nurl = 'sqlite:a.db'\nreplication = 'strict'";
    let config = from_env(section, &[("INNKEEPER_STORE", "sqlite:b.db")]).unwrap();
    assert_eq!((config.store.url, config.store.replication), (url("b.db"), Replication::Strict));
    let config = from_env("store = 'sqlite:a.db'", &[("INNKEEPER_STORE__REPLICATION", "strict")]).unwrap();
    assert_eq!((config.store.url, config.store.replication), (url("a.db"), Replication::Strict));
    let twice = from_env("", &[("INNKEEPER_STORE", "sqlite:a.db"), ("INNKEEPER_STORE__URL", "sqlite:b.db")]);
    assert_eq!(
        twice.unwrap_err().to_string(),
        "INNKEEPER_STORE__URL: store.url is set twice, here and by INNKEEPER_STORE."
    );
    for (text, expected) in [
        (
            "store.replication = 'lax'",
            "i.toml:1:21: store.replication is \"lax\", which is neither. Write warn or strict, such as \"strict\".",
        ),
        (
            "store = 5",
            "i.toml:1:9: store.url is not a text, or empty. Write sqlite: and a path, or postgres:// and a server, \
             such as \"sqlite:innkeeper.db\".",
        ),
        ("[store]\nurls = 'x'", "i.toml:2:1: there is no setting store.urls. The nearest is store.url."),
        ("strore = 'x'", "i.toml:1:1: there is no setting strore. The nearest is store."),
    ] {
        assert_eq!(said(text), [expected]);
    }
    assert_eq!(
        said_of_env("INNKEEPER_STOR", "x"),
        ["INNKEEPER_STOR: there is no such variable. The nearest is INNKEEPER_STORE."]
    );
}

#[test]
fn a_cookie_domain_holds_the_public_host() {
    let with = |host: &str| parse(&format!("public_url = 'https://{host}'\ncookie.domain = 'desk.example'"));
    assert!(with("desk.example").is_ok() && with("a.desk.example").is_ok());
    assert!(with("mydesk.example").is_err() && with("10.0.0.1").is_err());
}

#[test]
fn a_database_of_places_is_one_file_or_several_and_its_credit_has_words() {
    let files = |text: &str| parse(text).unwrap().geo.database;
    assert_eq!(files("geo.database = 'a,b.mmdb'"), [PathBuf::from("a,b.mmdb")], "a path in a file may have a comma");
    assert_eq!(files("geo.database = ['a.mmdb', 'b.mmdb']"), [PathBuf::from("a.mmdb"), PathBuf::from("b.mmdb")]);
    let by_variable = from_env("", &[("INNKEEPER_GEO__DATABASE", "a.mmdb, b.mmdb")]).unwrap();
    assert_eq!(by_variable.geo.database, [PathBuf::from("a.mmdb"), PathBuf::from("b.mmdb")]);
    for (text, expected) in [
        (
            "geo.database = 5",
            "i.toml:1:16: geo.database is the number 5, not a list. Write the paths of database files, such as [\"/var/lib/GeoLite2-City.mmdb\"].",
        ),
        (
            "geo.credit_url = 'https://a.example'",
            "i.toml:1:18: geo.credit_url has no geo.credit beside it. Write the words that lead there, or take it out.",
        ),
        (
            "geo.credit = 'A'\ngeo.credit_url = 'javascript:x'",
            "i.toml:2:18: geo.credit_url is not the address of a page. Write the address of a page, such as \"https://db-ip.com\".",
        ),
        (
            "geo.credit = \"A\\nB\"",
            "i.toml:1:14: geo.credit is \"A\\nB\", which has a control character in it. Write the words that the licence of the database asks for, such as \"IP Geolocation by DB-IP\".",
        ),
        ("geo.databse = 'x'", "i.toml:1:5: there is no setting geo.databse. The nearest is geo.database."),
        ("geo.credits = 'x'", "i.toml:1:5: there is no setting geo.credits. The nearest is geo.credit."),
    ] {
        assert_eq!(said(text), [expected]);
    }
    assert!(parse(&format!("geo.credit = '{}'", "x".repeat(200))).is_ok());
    assert!(parse(&format!("geo.credit = '{}'", "x".repeat(201))).is_err());
}

#[test]
fn the_file_is_the_one_given_or_named_by_the_variable_or_the_one_in_the_folder_if_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.toml");
    let env = || [("INNKEEPER_CONFIG".to_owned(), path.display().to_string())].into_iter();
    let error = Config::load(None, env()).unwrap_err();
    assert!(matches!(&error, ConfigError::Read { path: named, .. } if *named == path), "{error}");
    std::fs::write(&path, "log.filter = 'debug'").unwrap();
    assert_eq!(Config::load(None, env()).unwrap().log.filter, "debug");
    let nothing = load::load_in(folder.path(), None, std::iter::empty()).unwrap();
    assert_eq!(nothing, Config::default());
    std::fs::write(folder.path().join("innkeeper.toml"), "log.filter = 'trace'").unwrap();
    let default = load::load_in(folder.path(), None, std::iter::empty()).unwrap();
    assert_eq!(default.log.filter, "trace");
    let none = [("INNKEEPER_CONFIG".to_owned(), String::new())].into_iter();
    assert_eq!(Config::load(None, none).unwrap_err().problems().len(), 1);
}
