//! Plans as configured: `[[plans]]` in the file, or the same list as TOML in `INNKEEPER_PLANS`.

use super::error::{Place, Problem};
use super::keys::PLAN_KEYS;
use super::read::{AT_LIMIT, COUNT, DURATION, at_limit};
use super::reader::{Fault, Reader, Want, fault, shown};
use super::source::{self, Document, Entry, Found, Raw, Setting};
use crate::domain::account::{Plan, PolicyOverrides};
use crate::domain::id::{NotAnId, is_id};

const PLANS: Want<'_> = Want::bare("a list of plans", r#"[{ code = "team", name = "Team", staff_logins = 5 }]"#);
const CODE: Want<'_> = Want::text("a short name of letters and digits", "team");
const NAME: Want<'_> = Want::text("a name of at most 64 characters", "Team");
const PRICE: Want<'_> = Want::text("an amount in quotes", "49.00");
const CURRENCY: Want<'_> = Want::text("a currency code of three capital letters", "AUD");
const PER: Want<'_> = Want::text("what the price is for", "month");
const STAFF: Want<'_> = Want::bare("how many logins there are beside the owner's", "5");

/// Reads the list of plans; the built-in ones where there is none.
pub(super) fn read(reader: &mut Reader) -> Vec<Plan> {
    let Some(Setting { value, place }) = reader.take("plans") else { return Plan::built_in() };
    let value = match (value, &place) {
        (Raw::Variable(text), Place::Variable(name)) => match Document::variable(name, &text).value() {
            Ok(setting) => setting.value,
            Err(problem) => {
                reader.problems.push(problem);
                return Vec::new();
            }
        },
        (value, _) => value,
    };
    let Raw::List(entries) = value else {
        reader.refuse("plans", place, &format!("is {}, not a list", value.kind()), &PLANS);
        return Vec::new();
    };
    if entries.is_empty() {
        reader.refuse("plans", place, "is an empty list, and every account needs a plan", &PLANS);
    }
    let mut plans: Vec<Plan> = Vec::new();
    for Setting { value, place } in entries {
        let Raw::Table(entries) = value else {
            reader.refuse("plans", place, &format!("has an entry that is {}", value.kind()), &PLANS);
            continue;
        };
        let (plan, problems) = read_one(entries, &place);
        reader.problems.extend(problems);
        if plans.iter().any(|other| other.code == plan.code) && !plan.code.is_empty() {
            reader.object(
                "plans",
                place,
                &format!("has two plans with the code {}. Give one another code.", plan.code),
            );
        }
        plans.push(plan);
    }
    plans
}

fn read_one(entries: Vec<Entry>, place: &Place) -> (Plan, Vec<Problem>) {
    let mut found = Found::new();
    let unknown = source::sort(entries, "plans.", &PLAN_KEYS, &mut found);
    let mut reader = Reader::new(found, "plans.");
    reader.problems.extend(unknown);
    let mut plan = Plan {
        code: String::new(),
        name: String::new(),
        price: None,
        currency: None,
        per: None,
        staff_logins: 0,
        overrides: PolicyOverrides::default(),
    };
    let r = &mut reader;
    let given = [
        ("code", r.set(&mut plan.code, "code", CODE, |raw| code(raw.text()?)), CODE),
        ("name", r.set(&mut plan.name, "name", NAME, |raw| label(raw.text()?)), NAME),
        ("staff_logins", r.set(&mut plan.staff_logins, "staff_logins", STAFF, |raw| raw.whole(0, 1_000_000)), STAFF),
    ];
    for (key, _, want) in given.into_iter().filter(|(_, found, _)| found.is_none()) {
        r.refuse(key, place.clone(), "is missing from this plan", &want);
    }
    let price = r.set(&mut plan.price, "price", PRICE, |raw| amount(raw.text()?).map(Some));
    let currency = r.set(&mut plan.currency, "currency", CURRENCY, |raw| code_of_currency(raw.text()?).map(Some));
    let per = r.set(&mut plan.per, "per", PER, |raw| label(raw.text()?).map(Some));
    match (price, currency, per) {
        (Some(_), None, _) => r.refuse("currency", place.clone(), "is missing beside a price", &CURRENCY),
        (None, Some(at), _) => r.object("currency", at, "has no price beside it. Add a price, or take it away."),
        (None, _, Some(at)) => r.object("per", at, "has no price beside it. Add a price, or take it away."),
        _ => {}
    }
    let over = &mut plan.overrides;
    r.set(&mut over.sessions_per_user, "sessions_per_user", COUNT, |raw| raw.whole(1, 65_535).map(Some));
    r.set(&mut over.at_limit, "at_limit", AT_LIMIT, |raw| at_limit(raw.text()?).map(Some));
    r.set(&mut over.idle_timeout, "idle_timeout", DURATION, |raw| raw.duration().map(Some));
    r.set(&mut over.absolute_lifetime, "absolute_lifetime", DURATION, |raw| raw.duration().map(Some));
    (plan, reader.problems)
}

fn code(text: &str) -> Result<String, Fault> {
    if is_id(text) { Ok(text.into()) } else { Err(format!("is {}; {NotAnId}", shown(text))) }
}

fn label(text: &str) -> Result<String, Fault> {
    match text.trim() {
        "" => Err(fault(text, "is blank")),
        long if long.chars().count() > 64 => Err(fault(text, "is longer than 64 characters")),
        odd if odd.chars().any(char::is_control) => Err(fault(text, "has a control character in it")),
        fine => Ok(fine.into()),
    }
}

fn amount(text: &str) -> Result<String, Fault> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |t: &str, most| (1..=most).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
    if digits(whole, 12) && digits(part, 4) { Ok(text.into()) } else { Err(fault(text, "is not an amount")) }
}

fn code_of_currency(text: &str) -> Result<String, Fault> {
    if text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(text.into())
    } else {
        Err(fault(text, "is not a currency code"))
    }
}
