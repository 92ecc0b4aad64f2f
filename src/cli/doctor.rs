//! `innkeeper doctor`: what an operator can get wrong, and how to mend it.

use super::call::{Call, Show};
use super::proxy::{Look, page};
use super::{Failure, mail, say, table};
use crate::client::geo::AboutPlaces;
use crate::clock::{Clock, TimeSource};
use crate::config::Config;
use crate::domain::time::Timestamp;
use crate::start::open;
use crate::web::moment::rfc3339;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use std::net::SocketAddr;
use url::Url;

/// A database of places is worth renewing from this age on: networks change hands.
const DAYS_MAX: u64 = 90;

/// What `doctor` looks at.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Topic {
    /// The store: its settings, its size, its clock, its disk.
    Db,
    /// Whether people's own addresses arrive, through a proxy too; with a page, what strangers can make of the proxy.
    Proxy,
    /// The database of places: its type, its age.
    Places,
    /// Whether mail can be sent: the server is connected to, and signed in to, and sent none.
    Mail,
}

/// What `doctor` is asked.
#[derive(Args, Debug)]
pub(super) struct Asked {
    /// What to look at; everything without it.
    #[arg(value_enum)]
    topic: Option<Topic>,
    /// With proxy: a page of your application, by the way that people take; what strangers might send is tried there.
    #[arg(value_parser = page)]
    url: Option<Url>,
    /// With a page: take the application's place here meanwhile, and see what reaches it.
    #[arg(long, value_name = "ADDRESS:PORT", requires = "url")]
    listen: Option<SocketAddr>,
    /// With --listen: start a session of this user meanwhile, and end it afterwards.
    #[arg(long = "as", value_name = "USER", requires = "listen")]
    user: Option<String>,
}

/// Prints how things are; what an operator should mend makes it fail.
pub(super) fn run(config: &Config, asked: Asked, as_json: bool) -> Result<(), Failure> {
    let Asked { topic, url, listen, user } = asked;
    let look = url.map(|url| Look { url, listen, user });
    if look.is_some() && !matches!(topic, Some(Topic::Proxy)) {
        return Err(Failure::usage("a page is looked at by innkeeper doctor proxy, and by nothing else"));
    }
    let topics = topic.as_ref().map_or(Topic::value_variants(), std::slice::from_ref);
    let mut reports = Map::new();
    for topic in topics {
        let (name, report) = match topic {
            Topic::Db => ("db", Call::get("/operator/health", Show::Lines(&[])).ask(config)?),
            Topic::Proxy if let Some(look) = &look => ("proxy", look.report(config)?),
            Topic::Proxy => ("proxy", Call::get("/operator/origins", Show::Lines(&[])).ask(config)?),
            Topic::Places => ("places", places(config)),
            Topic::Mail => ("mail", mail::report(config)?),
        };
        reports.insert(name.into(), report);
    }
    let is_well = reports.values().all(|report| list(report, "problems").is_empty());
    match (as_json, topic) {
        (true, Some(_)) => reports.values().for_each(|report| say(format_args!("{report:#}"))),
        (true, None) => say(format_args!("{:#}", Value::Object(reports))),
        (false, _) => say(described(&reports.values().collect::<Vec<_>>(), is_well)),
    }
    if is_well { Ok(()) } else { Err(Failure::Told) }
}

fn list<'a>(report: &'a Value, name: &str) -> &'a [Value] {
    report[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn described(reports: &[&Value], is_well: bool) -> String {
    let text =
        |value: &Value| table::harmless(value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str());
    let mut lines = Vec::new();
    for report in reports {
        if !report["engine"].is_null() {
            lines.push(format!("{} at {}", text(&report["engine"]), text(&report["location"])));
        }
        lines.extend(
            list(report, "facts").iter().map(|fact| format!("{}: {}", text(&fact["name"]), text(&fact["value"]))),
        );
    }
    let all = |name: &'static str| reports.iter().flat_map(move |report| list(report, name));
    lines.extend(all("hints").map(|hint| format!("HINT: {}", text(hint))));
    lines.extend(all("problems").map(|problem| format!("PROBLEM: {}", text(problem))));
    if is_well {
        lines.push("No problem found.".into());
    }
    lines.join("\n")
}

/// What the configured files of places say of themselves, in the form of the other reports.
fn places(config: &Config) -> Value {
    let told = |value: String| json!([{ "name": "places", "value": value }]);
    match open::geo(config) {
        Ok(None) => {
            let none = "unknown, since geo.database is not set".to_owned();
            json!({ "facts": told(none), "hints": [], "problems": [] })
        }
        Ok(Some(database)) => {
            let now = Clock::start(TimeSource::Own, Timestamp::default()).now();
            aged(&database.about(), now)
        }
        Err(error) => json!({ "facts": [], "hints": [], "problems": [format!("{error:#}")] }),
    }
}

fn aged(about: &AboutPlaces, now: Timestamp) -> Value {
    let AboutPlaces { kind, built_at, credits } = about;
    let days = now.since(*built_at).as_secs() / (24 * 60 * 60);
    let built_on = rfc3339(*built_at);
    let built_on = built_on.split('T').next().unwrap_or_default();
    let credit = match &credits[..] {
        [] => "none; set geo.credit if the licence asks for one".to_owned(),
        credits => credits.iter().map(|credit| credit.text.as_str()).collect::<Vec<_>>().join(" "),
    };
    let mut hints = Vec::new();
    if days > DAYS_MAX {
        hints.push(format!(
            "The database of places is {days} days old, and networks change hands: fetch a newer one and rename it over \
             the old one, while the server runs."
        ));
    }
    json!({
        "kind": kind,
        "built_at": rfc3339(*built_at),
        "age_days": days,
        "facts": [
            { "name": "places", "value": format!("{kind}, built on {built_on}, {days} days old") },
            { "name": "credit for places", "value": credit },
        ],
        "hints": hints,
        "problems": [],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_database_of_places_is_worth_a_hint_when_it_is_older_than_90_days() {
        let day = Duration::from_secs(24 * 60 * 60);
        let built_at = Timestamp::from_millis(1_790_000_000_000);
        let about = AboutPlaces { kind: "A-City".into(), built_at, credits: Vec::new() };
        for (age, hints) in [(day * 90, 0), (day * 91 - Duration::from_millis(1), 0), (day * 91, 1)] {
            let report = aged(&about, built_at + age);
            assert_eq!(list(&report, "hints").len(), hints, "{report:#}");
        }
        let report = aged(&about, built_at + day * 3);
        assert_eq!(report["facts"][0]["value"], "A-City, built on 2026-09-21, 3 days old");
        assert_eq!((&report["built_at"], &report["age_days"]), (&json!("2026-09-21T14:13:20.000Z"), &json!(3)));
    }
}
