//! A configuration in which nothing is the default: read from the file, from the environment, and back from what is shown.

use super::*;
use crate::domain::account::PolicyOverrides;
use crate::domain::activity::{PathPattern, PathRules};

/// Every setting with a value that is not the default.
pub(super) const FULL: &str = r#"
listen = "0.0.0.0:9000"
public_url = "https://app.desk.example/auth"
metrics_listen = "127.0.0.1:9090"
trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]
next_hosts = ["Tours.example", "desk.example:8443"]
app_url = "https://tours.example/desk?from=sign-in"
support.contact = "help@desk.example"
cookie = { domain = "desk.example", persistent = true }
passwords.breached_file = "/stolen.txt"
geo = { database = ["/geo-4.mmdb", "/geo-6.mmdb"], credit = "Places by us", credit_url = "https://places.example/" }
log = { format = "json", filter = "warn" }
[store]
url = "postgres://u:hunter2@h/db"
replication = "strict"
named_statements = false
[policy]
sessions_per_user = 2
at_limit = "refuse"
idle_timeout = "1s"
absolute_lifetime = "1h30m"
step_up_within = "5m"
[next_policy]
effective_from = "2027-01-01T00:00:00+10:00"
sessions_per_user = 1
idle_timeout = "15m"
[activity]
never = ["/poll", "/api/feed/*"]
always = ["/kiosk/*"]
[retention]
events = "90d"
addresses = "7d"
[webhooks]
allow = ["10.1.2.0/24", "::1"]
[mail]
server = "smtp://desk:hunter2@mail.desk.example:2525"
from = "The desk <no-reply@desk.example>"
tls = "none"
language = "de"
[limits]
connections_max = 9
first_byte = "1s"
header = "2s"
body = "3s"
idle = "4s"
stop = "5s"
password_workers = 3
password_queue = 7
live_streams = 11
[[plans]]
code = "desk"
name = "The desk"
price = "49.00"
currency = "AUD"
per = "month"
staff_logins = 3
sessions_per_user = 4
at_limit = "replace_oldest"
idle_timeout = "2h"
absolute_lifetime = "1h"
"#;

fn mail() -> Mail {
    Mail {
        server: MailServer {
            host: "mail.desk.example".into(),
            port: 2525,
            tls_from_the_start: false,
            login: Some(("desk".into(), "hunter2".to_owned().into())),
        },
        tls: MailTls::None,
        from: MailFrom { name: Some("The desk".into()), address: "no-reply@desk.example".into() },
        language: "de",
    }
}

fn path(text: &str) -> PathPattern {
    PathPattern::parse(text).unwrap()
}

fn full() -> Config {
    let seconds = Duration::from_secs;
    Config {
        listen: "0.0.0.0:9000".parse().unwrap(),
        store: StoreSettings {
            url: StoreUrl::Postgres("postgres://u:hunter2@h/db".into()),
            replication: Replication::Strict,
            named_statements: false,
        },
        public_url: Url::parse("https://app.desk.example/auth/").unwrap(),
        metrics_listen: Some("127.0.0.1:9090".parse().unwrap()),
        policy: SessionPolicy {
            sessions_per_user: 2,
            at_limit: AtLimit::Refuse,
            idle_timeout: seconds(1),
            absolute_lifetime: seconds(5400),
            step_up_within: seconds(300),
        },
        next_policy: Some(NextPolicy {
            effective_from: Timestamp::from_millis(1_798_725_600_000),
            policy: SessionPolicy {
                sessions_per_user: 1,
                at_limit: AtLimit::Refuse,
                idle_timeout: seconds(900),
                absolute_lifetime: seconds(5400),
                step_up_within: seconds(300),
            },
        }),
        plans: vec![Plan {
            code: "desk".into(),
            name: "The desk".into(),
            price: Some("49.00".into()),
            currency: Some("AUD".into()),
            per: Some("month".into()),
            staff_logins: 3,
            overrides: PolicyOverrides {
                sessions_per_user: Some(4),
                at_limit: Some(AtLimit::ReplaceOldest),
                idle_timeout: Some(seconds(7200)),
                absolute_lifetime: Some(seconds(3600)),
            },
        }],
        activity: PathRules { never: vec![path("/poll"), path("/api/feed/*")], always: vec![path("/kiosk/*")] },
        support: Support { contact: Some(Contact::Mail("help@desk.example".into())) },
        cookie: Cookie { domain: Some("desk.example".into()), persistent: true },
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap(), "10.0.0.0/8".parse().unwrap()],
        next_hosts: vec!["tours.example".into(), "desk.example:8443".into()],
        app_url: Some(Url::parse("https://tours.example/desk?from=sign-in").unwrap()),
        passwords: Passwords { breached_file: Some("/stolen.txt".into()) },
        geo: Geo {
            database: vec!["/geo-4.mmdb".into(), "/geo-6.mmdb".into()],
            credit: Some("Places by us".into()),
            credit_url: Some(Url::parse("https://places.example/").unwrap()),
        },
        retention: Retention { events: seconds(90 * 86_400), addresses: seconds(7 * 86_400) },
        webhooks: Webhooks { allow: vec!["10.1.2.0/24".parse().unwrap(), "::1/128".parse().unwrap()] },
        mail: Some(mail()),
        limits: Limits {
            connections_max: 9,
            first_byte: seconds(1),
            header: seconds(2),
            body: seconds(3),
            idle: seconds(4),
            stop: seconds(5),
            password_workers: 3,
            password_queue: 7,
            live_streams: 11,
        },
        log: Log { format: LogFormat::Json, filter: "warn".into() },
    }
}

#[test]
fn every_setting_can_come_from_the_file() {
    assert_eq!(parse(FULL).unwrap(), full());
    assert_eq!(full().path_prefix(), "/auth");
}

#[test]
fn every_setting_can_come_from_the_environment_and_wins_there() {
    let variables = [
        ("INNKEEPER_LISTEN", "0.0.0.0:9000"),
        ("INNKEEPER_PUBLIC_URL", "https://app.desk.example/auth/"),
        ("INNKEEPER_STORE__URL", "postgres://u:hunter2@h/db"),
        ("INNKEEPER_STORE__REPLICATION", "strict"),
        ("INNKEEPER_STORE__NAMED_STATEMENTS", "false"),
        ("INNKEEPER_METRICS_LISTEN", "127.0.0.1:9090"),
        ("INNKEEPER_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"),
        ("INNKEEPER_NEXT_HOSTS", "Tours.example,desk.example:8443"),
        ("INNKEEPER_APP_URL", "https://tours.example/desk?from=sign-in"),
        ("INNKEEPER_ACTIVITY__NEVER", "/poll, /api/feed/*"),
        ("INNKEEPER_ACTIVITY__ALWAYS", "/kiosk/*"),
        ("INNKEEPER_SUPPORT__CONTACT", "help@desk.example"),
        ("INNKEEPER_COOKIE__DOMAIN", "desk.example"),
        ("INNKEEPER_COOKIE__PERSISTENT", "true"),
        ("INNKEEPER_PASSWORDS__BREACHED_FILE", "/stolen.txt"),
        ("INNKEEPER_GEO__DATABASE", "/geo-4.mmdb,/geo-6.mmdb"),
        ("INNKEEPER_GEO__CREDIT", "Places by us"),
        ("INNKEEPER_GEO__CREDIT_URL", "https://places.example"),
        ("INNKEEPER_LOG__FORMAT", "json"),
        ("INNKEEPER_LOG__FILTER", "warn"),
        ("INNKEEPER_POLICY__SESSIONS_PER_USER", "2"),
        ("INNKEEPER_POLICY__AT_LIMIT", "refuse"),
        ("INNKEEPER_POLICY__IDLE_TIMEOUT", "1s"),
        ("INNKEEPER_POLICY__ABSOLUTE_LIFETIME", "90m"),
        ("INNKEEPER_POLICY__STEP_UP_WITHIN", "5m"),
        ("INNKEEPER_NEXT_POLICY__EFFECTIVE_FROM", "2026-12-31T14:00:00Z"),
        ("INNKEEPER_NEXT_POLICY__SESSIONS_PER_USER", "1"),
        ("INNKEEPER_NEXT_POLICY__AT_LIMIT", "refuse"),
        ("INNKEEPER_NEXT_POLICY__IDLE_TIMEOUT", "15m"),
        ("INNKEEPER_NEXT_POLICY__ABSOLUTE_LIFETIME", "90m"),
        ("INNKEEPER_NEXT_POLICY__STEP_UP_WITHIN", "5m"),
        ("INNKEEPER_RETENTION__EVENTS", "90d"),
        ("INNKEEPER_RETENTION__ADDRESSES", "168h"),
        ("INNKEEPER_WEBHOOKS__ALLOW", "10.1.2.0/24,::1"),
        ("INNKEEPER_MAIL__SERVER", "smtp://desk:hunter2@mail.desk.example:2525"),
        ("INNKEEPER_MAIL__FROM", "The desk <no-reply@desk.example>"),
        ("INNKEEPER_MAIL__TLS", "none"),
        ("INNKEEPER_MAIL__LANGUAGE", "de"),
        ("INNKEEPER_LIMITS__CONNECTIONS_MAX", "9"),
        ("INNKEEPER_LIMITS__FIRST_BYTE", "1s"),
        ("INNKEEPER_LIMITS__HEADER", "2s"),
        ("INNKEEPER_LIMITS__BODY", "3s"),
        ("INNKEEPER_LIMITS__IDLE", "4s"),
        ("INNKEEPER_LIMITS__STOP", "5s"),
        ("INNKEEPER_LIMITS__PASSWORD_WORKERS", "3"),
        ("INNKEEPER_LIMITS__PASSWORD_QUEUE", "7"),
        ("INNKEEPER_LIMITS__LIVE_STREAMS", "11"),
        (
            "INNKEEPER_PLANS",
            r#"[{ code = "desk", name = "The desk", price = "49.00", currency = "AUD", per = "month", staff_logins = 3,
                 sessions_per_user = 4, at_limit = "replace_oldest", idle_timeout = "2h", absolute_lifetime = "1h" }]"#,
        ),
    ];
    assert_eq!(variables.len(), keys::KEYS.len());
    assert_eq!(from_env("", &variables).unwrap(), full());
    let file = "listen = '127.0.0.2:1'\npolicy.idle_timeout = '3m'\nlimits.body = '9s'";
    assert_eq!(from_env(file, &variables).unwrap(), full());
}

#[test]
fn a_variable_set_to_nothing_empties_a_list_and_takes_an_optional_setting_back() {
    let names = [
        "TRUSTED_PROXIES",
        "NEXT_HOSTS",
        "APP_URL",
        "METRICS_LISTEN",
        "SUPPORT__CONTACT",
        "COOKIE__DOMAIN",
        "GEO__DATABASE",
    ];
    let variables: Vec<String> = names.iter().map(|name| format!("INNKEEPER_{name}")).collect();
    let pairs: Vec<(&str, &str)> = variables.iter().map(|name| (name.as_str(), "")).collect();
    let config = from_env(FULL, &pairs).unwrap();
    assert!(config.trusted_proxies.is_empty() && config.next_hosts.is_empty());
    assert_eq!((config.metrics_listen, config.app_url, config.support.contact), (None, None, None));
    assert_eq!((config.cookie.domain, config.geo.database), (None, Vec::new()));
    assert_eq!(
        said_of_env("INNKEEPER_LISTEN", ""),
        ["INNKEEPER_LISTEN: listen is empty. Write an address and a port, such as 127.0.0.1:8080."]
    );
}

#[test]
fn no_secret_shows_in_debug_description_json_or_errors() {
    let config = full();
    for text in [format!("{config:?}"), config.describe(), config.to_json().to_string()] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    for (key, value) in [
        ("store", "'mysql://u:hunter2@h'"),
        ("store.url", "'mysql://u:hunter2@h'"),
        ("store", "['postgres://u:hunter2@h']"),
        ("store", "'postgres://u:hunter2@h/d\\u0000'"),
        ("store", "\"postgres://u:hunter2@h\\n\""),
        ("public_url", "'https://u:hunter2@h'"),
        ("store", "'hunter2"),
    ] {
        let error = parse(&format!("{key} = {value}"));
        assert!(!format!("{error:?}").contains("hunter2") || error.is_ok(), "{error:?}");
    }
}

#[test]
fn the_description_reads_back_as_the_same_configuration() {
    let url = StoreUrl::Postgres("postgres://h/db".into());
    let mut open = Config { store: StoreSettings { url, ..full().store }, ..full() };
    open.mail.as_mut().unwrap().server.login = None;
    for config in [Config::default(), open] {
        assert_eq!(parse(&config.describe()).unwrap(), config, "{}", config.describe());
    }
    assert!(Config::default().describe().contains("# metrics_listen is not set"));
}
