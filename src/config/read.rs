//! Makes the configuration from the settings that were found: one line here for each.

use super::error::{Place, Problem};
use super::reader::{Fault, Reader, Want, fault};
use super::source::Found;
use super::{Config, LogFormat, Replication, mail, plans, store, value};
use crate::domain::activity::PathRules;
use crate::domain::policy::{AtLimit, NextPolicy};
use std::path::PathBuf;
use url::Url;

pub(super) const DURATION: Want<'_> = Want::text("a duration with its unit", "20m");
pub(super) const COUNT: Want<'_> = Want::bare("a whole number", "1");
pub(super) const AT_LIMIT: Want<'_> = Want::text("refuse, verified_takeover or replace_oldest", "verified_takeover");
const LIFETIME: Want<'_> = Want::text("a duration with its unit", "12h");
const INSTANT: Want<'_> = Want::text("a date and time with its zone", "2027-01-01T00:00:00Z");
const DAYS: Want<'_> = Want::text("a duration with its unit", "30d");
const SECONDS: Want<'_> = Want::text("a duration with its unit", "10s");
const LISTEN: Want<'_> = Want::text("an address and a port", "127.0.0.1:8080");
const PUBLIC_URL: Want<'_> = Want::text("an address that people open", "https://app.example/auth");
const STORE: Want<'_> = Want::text("sqlite: and a path, or postgres:// and a server", "sqlite:innkeeper.db");
const REPLICATION: Want<'_> = Want::text("warn or strict", "strict");
const PROXIES: Want<'_> = Want::list("addresses or networks", "10.0.0.0/8");
const NETWORKS: Want<'_> = Want::list("addresses or networks", "10.1.2.0/24");
const HOSTS: Want<'_> = Want::list("hosts, each with a port if need be", "app.example");
const PATHS: Want<'_> = Want::list("paths, each with /* at its end if all below it are meant", "/api/feed/*");
const CONTACT: Want<'_> = Want::text("a mail address or the address of a page", "support@operator.example");
const DOMAIN: Want<'_> = Want::text("a domain that the public address is in", "operator.example");
const TRUTH: Want<'_> = Want::bare("true or false", "false");
const DATABASE: Want<'_> = Want::list("the paths of database files", "/var/lib/GeoLite2-City.mmdb");
const BREACHED: Want<'_> =
    Want::text("the path of a sorted list of SHA-1 hashes", "/var/lib/innkeeper/pwnedpasswords.txt");
const CREDIT: Want<'_> = Want::text("the words that the licence of the database asks for", "IP Geolocation by DB-IP");
const APP: Want<'_> = Want::text("the address of the application", "https://app.example/");
const PAGE: Want<'_> = Want::text("the address of a page", "https://db-ip.com");
const LOG_FORMAT: Want<'_> = Want::text("text or json", "json");
const LOG_FILTER: Want<'_> = Want::text("error, warn, info, debug or trace", "info");

/// Reads everything; what is wrong is in the second part, and its place in the first keeps the default.
pub(super) fn read(found: Found) -> (Config, Vec<Problem>) {
    let mut reader = Reader::new(found, "");
    let mut config = Config::default();
    addresses(&mut reader, &mut config);
    policy(&mut reader, &mut config);
    next_policy(&mut reader, &mut config);
    activity(&mut reader, &mut config.activity);
    happenings(&mut reader, &mut config);
    surroundings(&mut reader, &mut config);
    limits(&mut reader, &mut config);
    config.plans = plans::read(&mut reader);
    #[cfg(test)]
    assert_eq!(reader.left(), [""; 0], "every key that is known is read");
    (config, reader.problems)
}

fn addresses(r: &mut Reader, config: &mut Config) {
    r.set(&mut config.listen, "listen", LISTEN, |raw| value::address(raw.text()?));
    config.public_url = value::public_url_for(config.listen);
    r.set(&mut config.public_url, "public_url", PUBLIC_URL, |raw| value::public_url(raw.text()?));
    r.set(&mut config.store.url, "store.url", STORE, |raw| {
        // Not a word of what was written: the likeliest slip is an address with a password in it.
        store::store(raw.text().map_err(|_| "is not a text, or empty".to_owned())?)
    });
    r.set(&mut config.store.replication, "store.replication", REPLICATION, |raw| match raw.text()? {
        "warn" => Ok(Replication::Warn),
        "strict" => Ok(Replication::Strict),
        other => Err(fault(other, "is neither")),
    });
    r.set(&mut config.store.named_statements, "store.named_statements", TRUTH, |raw| raw.boolean());
    r.set(&mut config.metrics_listen, "metrics_listen", LISTEN, |raw| raw.optional(value::address));
    r.set_list(&mut config.trusted_proxies, "trusted_proxies", PROXIES, value::network);
    r.set_list(&mut config.next_hosts, "next_hosts", HOSTS, value::host);
    let app_at = r.set(&mut config.app_url, "app_url", APP, |raw| raw.optional(value::page));
    if let Some(fault) = config.app_url.as_ref().and_then(|app| out_of_the_way(app, config)) {
        r.refuse("app_url", app_at.unwrap_or(Place::Whole), &fault, &APP);
    }
}

/// Why nobody can be sent to the application after a sign-in, if so: the same as what `next` may be.
fn out_of_the_way(app: &Url, config: &Config) -> Option<String> {
    let public = &config.public_url;
    if public.scheme() == "https" && app.scheme() == "http" {
        return Some("is at http, and the public address at https".into());
    }
    let host = app.host_str().unwrap_or_default();
    let host = app.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let is_ours = app.origin() == public.origin() || config.next_hosts.contains(&host);
    (!is_ours).then(|| format!("is at {host}, which is neither the host of public_url nor among next_hosts"))
}

fn policy(r: &mut Reader, config: &mut Config) {
    let policy = &mut config.policy;
    r.set(&mut policy.sessions_per_user, "policy.sessions_per_user", COUNT, |raw| raw.whole(1, 65_535));
    r.set(&mut policy.at_limit, "policy.at_limit", AT_LIMIT, |raw| at_limit(raw.text()?));
    r.set(&mut policy.idle_timeout, "policy.idle_timeout", DURATION, |raw| raw.duration());
    r.set(&mut policy.absolute_lifetime, "policy.absolute_lifetime", LIFETIME, |raw| raw.duration());
    r.set(&mut policy.step_up_within, "policy.step_up_within", DURATION, |raw| raw.duration());
}

/// What is announced, as far as it departs from what holds until then.
fn next_policy(r: &mut Reader, config: &mut Config) {
    let mut from = None;
    let stated = r.set(&mut from, "next_policy.effective_from", INSTANT, |raw| value::instant(raw.text()?).map(Some));
    let mut policy = config.policy.clone();
    let given = [
        r.set(&mut policy.sessions_per_user, "next_policy.sessions_per_user", COUNT, |raw| raw.whole(1, 65_535)),
        r.set(&mut policy.at_limit, "next_policy.at_limit", AT_LIMIT, |raw| at_limit(raw.text()?)),
        r.set(&mut policy.idle_timeout, "next_policy.idle_timeout", DURATION, |raw| raw.duration()),
        r.set(&mut policy.absolute_lifetime, "next_policy.absolute_lifetime", LIFETIME, |raw| raw.duration()),
        r.set(&mut policy.step_up_within, "next_policy.step_up_within", DURATION, |raw| raw.duration()),
    ];
    let first_given = given.into_iter().flatten().next();
    config.next_policy =
        from.filter(|_| first_given.is_some()).map(|effective_from| NextPolicy { effective_from, policy });
    match (stated, first_given) {
        (None, Some(at)) => r.refuse("next_policy.effective_from", at, "is missing from this section", &INSTANT),
        (Some(at), None) => {
            let advice = "announces nothing. Write beside it what will hold, such as idle_timeout = \"15m\".";
            r.object("next_policy.effective_from", at, advice);
        }
        _ => {}
    }
}

fn activity(r: &mut Reader, rules: &mut PathRules) {
    let PathRules { never, always } = rules;
    r.set_list(never, "activity.never", PATHS, value::path_pattern);
    r.set_list(always, "activity.always", PATHS, |text| {
        let pattern = value::path_pattern(text)?;
        match never.iter().any(|other| other.is_same(&pattern)) {
            true => Err(fault(text, "stands in activity.never too")),
            false => Ok(pattern),
        }
    });
}

/// How long is kept what has happened, and whom it is told.
fn happenings(r: &mut Reader, config: &mut Config) {
    let kept = &mut config.retention;
    r.set(&mut kept.events, "retention.events", DAYS, |raw| raw.duration());
    r.set(&mut kept.addresses, "retention.addresses", DAYS, |raw| raw.duration());
    r.set_list(&mut config.webhooks.allow, "webhooks.allow", NETWORKS, value::network);
    config.mail = mail::read(r);
}

pub(super) fn at_limit(text: &str) -> Result<AtLimit, Fault> {
    AtLimit::parse(text).ok_or_else(|| fault(text, "is not one of the three"))
}

fn surroundings(r: &mut Reader, config: &mut Config) {
    r.set(&mut config.support.contact, "support.contact", CONTACT, |raw| raw.optional(value::contact));
    let cookie = &mut config.cookie;
    let domain_at = r.set(&mut cookie.domain, "cookie.domain", DOMAIN, |raw| raw.optional(value::cookie_domain));
    r.set(&mut cookie.persistent, "cookie.persistent", TRUTH, |raw| raw.boolean());
    if let Some(domain) = &cookie.domain {
        // Browsers drop a cookie for a domain that the page is not in, and nobody could sign in.
        let host = config.public_url.host_str().unwrap_or_default();
        if host != domain && !host.ends_with(&format!(".{domain}")) {
            let words = format!("is {domain}, but the public address has the host {host}, which is not in it");
            r.refuse("cookie.domain", domain_at.unwrap_or(Place::Whole), &words, &DOMAIN);
        }
    }
    r.set(&mut config.passwords.breached_file, "passwords.breached_file", BREACHED, |raw| {
        raw.optional(|text| Ok(PathBuf::from(text)))
    });
    places(r, config);
    r.set(&mut config.log.format, "log.format", LOG_FORMAT, |raw| match raw.text()? {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(fault(other, "is neither")),
    });
    r.set(&mut config.log.filter, "log.filter", LOG_FILTER, |raw| value::log_filter(raw.text()?));
}

fn places(r: &mut Reader, config: &mut Config) {
    let geo = &mut config.geo;
    r.set_one_or_more(&mut geo.database, "geo.database", DATABASE, |text| Ok(PathBuf::from(text)));
    r.set(&mut geo.credit, "geo.credit", CREDIT, |raw| raw.optional(value::line));
    let url_at = r.set(&mut geo.credit_url, "geo.credit_url", PAGE, |raw| raw.optional(value::page));
    if geo.credit_url.is_some() && geo.credit.is_none() {
        let words = "has no geo.credit beside it. Write the words that lead there, or take it out.";
        r.object("geo.credit_url", url_at.unwrap_or(Place::Whole), words);
    }
}

fn limits(r: &mut Reader, config: &mut Config) {
    let limits = &mut config.limits;
    let number = |example| Want::bare("a whole number", example);
    r.set(&mut limits.connections_max, "limits.connections_max", number("1024"), |raw| raw.whole(1, 1_000_000));
    r.set(&mut limits.first_byte, "limits.first_byte", SECONDS, |raw| raw.duration());
    r.set(&mut limits.header, "limits.header", SECONDS, |raw| raw.duration());
    r.set(&mut limits.body, "limits.body", SECONDS, |raw| raw.duration());
    r.set(&mut limits.idle, "limits.idle", SECONDS, |raw| raw.duration());
    r.set(&mut limits.stop, "limits.stop", SECONDS, |raw| raw.duration());
    r.set(&mut limits.password_workers, "limits.password_workers", number("2"), |raw| raw.whole(1, 1024));
    r.set(&mut limits.password_queue, "limits.password_queue", number("64"), |raw| raw.whole(1, 100_000));
    r.set(&mut limits.live_streams, "limits.live_streams", number("10000"), |raw| raw.whole(0, 1_000_000));
}
