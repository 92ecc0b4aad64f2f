//! The effective configuration, for `check-config`: as JSON, and as lines that could stand in the file. Without secrets.

use super::{Config, Mail, duration, value};
use crate::domain::account::Plan;
use crate::domain::activity::PathPattern;
use crate::domain::policy::{NextPolicy, SessionPolicy};
use ipnet::IpNet;
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::time::Duration;
use url::Url;

impl Config {
    /// All settings as they hold, in the tree of the file; `null` where nothing is set. Passwords in the addresses of
    /// the store and of the mail server are masked.
    pub fn to_json(&self) -> Value {
        let Self { listen, store, public_url, metrics_listen, policy, next_policy, plans, support, cookie, .. } = self;
        let paths = |list: &[PathPattern]| list.iter().map(|path| path.as_str().to_owned()).collect::<Vec<_>>();
        let Self {
            trusted_proxies, next_hosts, app_url, passwords, geo, limits, retention, webhooks, mail, log, ..
        } = self;
        let networks = |list: &[IpNet]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        json!({
            "listen": listen.to_string(),
            "public_url": public_url.as_str(),
            "store": {
                "url": store.url.to_string(),
                "replication": store.replication.as_str(),
                "named_statements": store.named_statements,
            },
            "metrics_listen": metrics_listen.map(|address| address.to_string()),
            "trusted_proxies": networks(trusted_proxies),
            "next_hosts": next_hosts,
            "app_url": app_url.as_ref().map(Url::as_str),
            "policy": policy_json(policy),
            "next_policy": next_policy_json(next_policy.as_ref()),
            "activity": { "never": paths(&self.activity.never), "always": paths(&self.activity.always) },
            "support": { "contact": support.contact.as_ref().map(ToString::to_string) },
            "cookie": { "domain": cookie.domain, "persistent": cookie.persistent },
            "passwords": { "breached_file": passwords.breached_file.as_ref().map(|path| path.display().to_string()) },
            "geo": {
                "database": geo.database.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
                "credit": geo.credit,
                "credit_url": geo.credit_url.as_ref().map(Url::as_str),
            },
            "retention": {
                "events": duration::format(retention.events),
                "addresses": duration::format(retention.addresses),
            },
            "webhooks": { "allow": networks(&webhooks.allow) },
            "mail": mail_json(mail.as_ref()),
            "limits": {
                "connections_max": limits.connections_max,
                "first_byte": duration::format(limits.first_byte),
                "header": duration::format(limits.header),
                "body": duration::format(limits.body),
                "idle": duration::format(limits.idle),
                "stop": duration::format(limits.stop),
                "password_workers": limits.password_workers,
                "password_queue": limits.password_queue,
                "live_streams": limits.live_streams,
            },
            "log": { "format": log.format.as_str(), "filter": log.filter },
            "plans": plans.iter().map(plan_json).collect::<Vec<_>>(),
        })
    }

    /// All settings as they hold, as lines that could stand in a configuration file; a comment stands for what is not
    /// set. Passwords in the addresses of the store and of the mail server are masked.
    pub fn describe(&self) -> String {
        let Value::Object(top) = self.to_json() else { return String::new() };
        let mut text = String::new();
        let is_plain = |value: &Value| !matches!(value, Value::Object(_)) && !is_tables(value);
        for (key, value) in top.iter().filter(|(_, value)| is_plain(value)) {
            line(&mut text, key, value);
        }
        for (key, value) in &top {
            match value {
                Value::Object(section) => lines(&mut text, &format!("[{key}]"), section),
                Value::Array(tables) if is_tables(value) => {
                    for table in tables.iter().filter_map(Value::as_object) {
                        lines(&mut text, &format!("[[{key}]]"), table);
                    }
                }
                _ => {}
            }
        }
        text
    }
}

fn policy_json(policy: &SessionPolicy) -> Value {
    json!({
        "sessions_per_user": policy.sessions_per_user,
        "at_limit": policy.at_limit.as_str(),
        "idle_timeout": duration::format(policy.idle_timeout),
        "absolute_lifetime": duration::format(policy.absolute_lifetime),
        "step_up_within": duration::format(policy.step_up_within),
    })
}

fn next_policy_json(next: Option<&NextPolicy>) -> Value {
    let Some(NextPolicy { effective_from, policy }) = next else { return json!({ "effective_from": null }) };
    let mut shown = policy_json(policy);
    shown["effective_from"] = Value::from(value::instant_text(*effective_from));
    shown
}

fn mail_json(mail: Option<&Mail>) -> Value {
    json!({
        "server": mail.map(|mail| mail.server.to_string()),
        "from": mail.map(|mail| mail.from.to_string()),
        "tls": mail.map(|mail| mail.tls.as_str()),
        "language": mail.map(|mail| mail.language),
    })
}

fn plan_json(plan: &Plan) -> Value {
    let long = |duration: Option<Duration>| duration.map(duration::format);
    json!({
        "code": plan.code,
        "name": plan.name,
        "staff_logins": plan.staff_logins,
        "price": plan.price,
        "currency": plan.currency,
        "per": plan.per,
        "sessions_per_user": plan.overrides.sessions_per_user,
        "at_limit": plan.overrides.at_limit.map(|at_limit| at_limit.as_str()),
        "idle_timeout": long(plan.overrides.idle_timeout),
        "absolute_lifetime": long(plan.overrides.absolute_lifetime),
    })
}

fn is_tables(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.first().is_some_and(Value::is_object))
}

fn lines(text: &mut String, heading: &str, section: &Map<String, Value>) {
    let _ = writeln!(text, "\n{heading}");
    for (key, value) in section {
        line(text, key, value);
    }
}

fn line(text: &mut String, key: &str, value: &Value) {
    // JSON writes texts, numbers, truth values and lists of texts as TOML reads them, save for one character.
    let _ = match value {
        Value::Null => writeln!(text, "# {key} is not set"),
        value => writeln!(text, "{key} = {}", value.to_string().replace('\u{7f}', "\\u007f")),
    };
}
