//! Writes a round: many sessions that end and start, and refusals, each kind in one statement.

use super::session::{Param, Step};
use crate::domain::admission::Started;
use crate::domain::change::Refused;
use crate::domain::end::Ended;
use crate::domain::id::SecretHash;
use crate::domain::session::OpenSession;
use crate::domain::time::Timestamp;
use crate::store::net::Round;
use crate::store::rows::joined;

/// Ends before starts, which take the places that those free; devices before the sessions that name them.
pub(super) fn steps(round: &Round<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    if !round.ends.is_empty() {
        steps.push(ends(&round.ends));
    }
    if !round.starts.is_empty() {
        devices(&round.starts, &mut steps);
        countries(&round.starts, &mut steps);
        steps.push(starts(&round.starts));
    }
    if !round.refusals.is_empty() {
        steps.push(refusals(&round.refusals));
    }
    steps
}

fn ends(ends: &[&Ended]) -> Step {
    const ENDS: &str = "WITH ended AS (UPDATE sessions s SET ended_at = e.at, end_reason = e.reason, \
         ended_by_role = e.role, last_active_at = e.active, last_seen_at = e.seen, idle_deadline = e.idle \
         FROM unnest($1::int8[], $2::int8[], $3::text[], $4::text[], $5::int8[], $6::int8[], $7::int8[]) \
         AS e (no, at, reason, role, active, seen, idle) WHERE s.session_no = e.no AND s.ended_at IS NULL RETURNING 1), \
         gone AS (DELETE FROM session_activity WHERE session_no = ANY($1) RETURNING 1) \
         SELECT expect_rows((SELECT count(*) FROM ended), cardinality($1)), \
         expect_rows((SELECT count(*) FROM gone), cardinality($1))";
    let times = |time: fn(&Ended) -> Timestamp| Param::Ints(ends.iter().map(|ended| time(ended).as_millis()).collect());
    let params = vec![
        Param::Ints(ends.iter().map(|ended| ended.no().0).collect()),
        times(Ended::at),
        Param::Texts(ends.iter().map(|ended| ended.reason().as_str().to_owned()).collect()),
        Param::OptTexts(ends.iter().map(|ended| ended.by().role().map(|role| role.as_str().to_owned())).collect()),
        times(|ended| ended.last().last_active_at),
        times(|ended| ended.last().last_seen_at),
        times(|ended| ended.last().idle_deadline),
    ];
    Step::ask(ENDS, params)
}

fn devices(starts: &[&Started], steps: &mut Vec<Step>) {
    const INSERT: &str = "INSERT INTO devices (device_no, user_no, token_hash, previous_token_hash, newest_session_no, \
         kind, browser, system, first_seen_at, last_signed_in_at) SELECT d.*, d.at FROM unnest($1::int8[], $2::int8[], \
         $3::bytea[], $4::bytea[], $5::int8[], $6::text[], $7::text[], $8::text[], $9::int8[]) \
         AS d (no, user_no, token, previous, session, kind, browser, system, at)";
    const UPDATE: &str = "WITH hit AS (UPDATE devices d SET token_hash = n.token, previous_token_hash = n.previous, \
         newest_session_no = n.session, kind = n.kind, browser = n.browser, system = n.system, last_signed_in_at = n.at \
         FROM unnest($1::int8[], $2::int8[], $3::bytea[], $4::bytea[], $5::int8[], $6::text[], $7::text[], $8::text[], \
         $9::int8[]) AS n (no, user_no, token, previous, session, kind, browser, system, at) \
         WHERE d.device_no = n.no AND d.user_no = n.user_no RETURNING 1) \
         SELECT expect_rows(count(*), cardinality($1)) FROM hit";
    // One browser is a device of everybody who signs in with it: the others' rows follow the value that it carries now.
    const FOLLOW: &str = "UPDATE devices d SET previous_token_hash = d.token_hash, token_hash = n.token \
         FROM unnest($1::bytea[], $2::bytea[], $3::int8[]) AS n (token, previous, user_no) \
         WHERE d.token_hash = n.previous AND d.user_no <> n.user_no";
    for (text, is_new) in [(INSERT, true), (UPDATE, false)] {
        let of = || starts.iter().filter(|started| started.device().is_new == is_new);
        if of().next().is_none() {
            continue;
        }
        let label = |part: fn(&Started) -> &str| Param::Texts(of().map(|started| part(started).to_owned()).collect());
        let params = vec![
            Param::Ints(of().map(|started| started.device().device.no.0).collect()),
            Param::Ints(of().map(|started| started.user().no.0).collect()),
            Param::OptHashes(of().map(|started| bytes(started.device().device.token)).collect()),
            Param::OptHashes(of().map(|started| bytes(started.device().device.previous_token)).collect()),
            Param::Ints(of().map(|started| started.open_session().no.0).collect()),
            label(|started| started.device().label.kind.as_str()),
            label(|started| &started.device().label.browser),
            label(|started| &started.device().label.system),
            Param::Ints(of().map(|started| started.open_session().created_at.as_millis()).collect()),
        ];
        steps.push(Step::ask(text, params));
    }
    let rotated = starts.iter().filter_map(|started| {
        let device = &started.device().device;
        Some((device.token?, device.previous_token?, started.user().no.0))
    });
    let rotated: Vec<_> = rotated.collect();
    if !rotated.is_empty() {
        let token = rotated.iter().map(|(token, ..)| token.0.to_vec()).collect();
        let previous = rotated.iter().map(|(_, previous, _)| previous.0.to_vec()).collect();
        let users = rotated.iter().map(|(.., user)| *user).collect();
        steps.push(Step::ask(FOLLOW, vec![Param::Hashes(token), Param::Hashes(previous), Param::Ints(users)]));
    }
}

fn bytes(hash: Option<SecretHash>) -> Option<Vec<u8>> {
    hash.map(|hash| hash.0.to_vec())
}

fn countries(starts: &[&Started], steps: &mut Vec<Step>) {
    const SEEN: &str = "INSERT INTO user_countries (user_no, country_code, first_seen_at) \
                        SELECT * FROM unnest($1::int8[], $2::text[], $3::int8[]) ON CONFLICT DO NOTHING";
    let of = || starts.iter().filter_map(|started| started.country_code().map(|code| (started, code)));
    if of().next().is_some() {
        let users = of().map(|(started, _)| started.user().no.0).collect();
        let codes = of().map(|(_, code)| code.to_owned()).collect();
        let times = of().map(|(started, _)| started.open_session().created_at.as_millis()).collect();
        steps.push(Step::ask(SEEN, vec![Param::Ints(users), Param::Texts(codes), Param::Ints(times)]));
    }
}

fn starts(starts: &[&Started]) -> Step {
    const STARTS: &str = "WITH n AS MATERIALIZED (SELECT * FROM unnest($1::int8[], $2::text[], $3::int8[], $4::int8[], \
         $5::int8[], $6::int8[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::int8[], \
         $14::int8[], $15::int8[], $16::int8[], $17::int8[], $18::bytea[], $19::text[], $20::int8[], $21::int8[], \
         $22::int8[], $23::text[], $24::text[], $25::text[], $26::text[]) AS n (no, id, account_no, user_no, place, \
         device_no, methods, ip, city, region, country, country_code, unfamiliar, created_at, proved_at, absolute, \
         token_key, token_hash, account_id, active, seen, idle, user_id, role, email, name)), \
         tokens AS (INSERT INTO session_tokens (token_key, token_hash, session_no, session_id, user_no, user_id, role, \
         email, name, account_no, account_id) SELECT token_key, token_hash, no, id, user_no, user_id, role, email, name, \
         account_no, account_id FROM n), \
         activity AS (INSERT INTO session_activity (session_no, last_active_at, last_seen_at, idle_deadline, \
         absolute_deadline, wake_at) SELECT no, active, seen, idle, absolute, least(idle, absolute) FROM n) \
         INSERT INTO sessions (session_no, session_id, token_key, account_no, user_no, place, device_no, methods, ip, city, \
         region, country, country_code, unfamiliar, created_at, proved_at, absolute_deadline) SELECT no, id, token_key, \
         account_no, user_no, place, device_no, methods, ip, city, region, country, country_code, unfamiliar, created_at, \
         proved_at, absolute \
         FROM n";
    let opens: Vec<_> = starts.iter().map(|started| (started, started.open_session())).collect();
    let ints = |value: fn(&Started) -> i64| Param::Ints(starts.iter().map(|started| value(started)).collect());
    let opt = |value: fn(&Started) -> Option<&str>| {
        Param::OptTexts(starts.iter().map(|started| value(started).map(str::to_owned)).collect())
    };
    let times = |value: fn(&OpenSession) -> Timestamp| {
        Param::Ints(opens.iter().map(|(_, open)| value(open).as_millis()).collect())
    };
    let params = vec![
        Param::Ints(opens.iter().map(|(_, open)| open.no.0).collect()),
        Param::Texts(opens.iter().map(|(_, open)| open.id.as_str().to_owned()).collect()),
        ints(|started| started.user().account_no.0),
        ints(|started| started.user().no.0),
        Param::Ints(opens.iter().map(|(_, open)| open.place.into()).collect()),
        ints(|started| started.device().device.no.0),
        Param::Texts(starts.iter().map(|started| joined(started.methods())).collect()),
        opt(Started::ip),
        opt(|started| started.location().city.as_deref()),
        opt(|started| started.location().region.as_deref()),
        opt(|started| started.location().country.as_deref()),
        opt(Started::country_code),
        ints(|started| started.unfamiliar().into()),
        times(|open| open.created_at),
        times(|open| open.proved_at),
        times(|open| open.absolute_deadline),
        ints(|started| started.token().key()),
        Param::Hashes(starts.iter().map(|started| started.token().0.to_vec()).collect()),
        opt(|started| Some(started.user().account_id.as_ref().map_or("", |id| id.as_str()))),
        times(|open| open.activity.last_active_at),
        times(|open| open.activity.last_seen_at),
        times(|open| open.activity.idle_deadline),
        opt(|started| Some(started.user().id.as_str())),
        opt(|started| Some(started.user().role.as_str())),
        opt(|started| started.user().email.as_deref()),
        opt(|started| started.user().name.as_deref()),
    ];
    Step::ask(STARTS, params)
}

fn refusals(refusals: &[&Refused]) -> Step {
    const UPSERT: &str = "INSERT INTO refusals (user_no, since, count, reference) \
         SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::text[]) ON CONFLICT (user_no) DO UPDATE \
         SET since = excluded.since, count = excluded.count, reference = excluded.reference";
    let shared = |refused: &&Refused| refused.window.shared.as_ref().map(|shared| shared.as_str().to_owned());
    let params = vec![
        Param::Ints(refusals.iter().map(|refused| refused.user_no.0).collect()),
        Param::Ints(refusals.iter().map(|refused| refused.window.since.as_millis()).collect()),
        Param::Ints(refusals.iter().map(|refused| refused.window.count.into()).collect()),
        Param::OptTexts(refusals.iter().map(shared).collect()),
    ];
    Step::ask(UPSERT, params)
}
