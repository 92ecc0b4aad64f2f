//! Whether people's own addresses arrive. Behind a proxy that is not trusted, everybody seems to come from the proxy,
//! and nobody can tell their own session from a stranger's.

use super::operator::Fact;
use crate::client::geo::is_private;
use crate::domain::id::UserNo;
use crate::web::forwarded::TrustedProxies;
use serde::Serialize;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// How many sessions are looked at: enough to see a rule, and few enough to be read at any time.
pub(super) const SESSIONS_MAX: u16 = 200;

/// What there is to say of the addresses of live sessions.
#[derive(Debug, Serialize)]
pub(super) struct OriginsReport {
    facts: Vec<Fact>,
    /// What may be as it should.
    hints: Vec<String>,
    /// What must be mended.
    problems: Vec<String>,
}

impl OriginsReport {
    /// Judges live sessions, by user and address.
    pub(super) fn of(sessions: &[(UserNo, Option<String>)], proxies: &TrustedProxies) -> Self {
        let known = sessions.iter().filter_map(|(user, address)| Some((user.0, address.as_deref()?.parse().ok()?)));
        let known: Vec<(i64, IpAddr)> = known.collect();
        let users: BTreeSet<i64> = known.iter().map(|(user, _)| *user).collect();
        let addresses: BTreeSet<IpAddr> = known.iter().map(|(_, address)| *address).collect();
        let (mut hints, mut problems) = (Vec::new(), Vec::new());
        if let [address] = addresses.iter().copied().collect::<Vec<_>>()[..]
            && users.len() > 1
        {
            let found = Shared { address, sessions: known.len(), users: users.len() };
            if is_private(address) {
                problems.push(found.told(proxies));
            } else {
                hints.push(found.told(proxies));
            }
        }
        let trusted: Vec<String> = proxies.0.iter().map(ToString::to_string).collect();
        let trusted = if trusted.is_empty() { "none".into() } else { trusted.join(", ") };
        let counted = format!("{} (at most {SESSIONS_MAX} are looked at)", known.len());
        let facts = vec![
            Fact { name: "trusted proxies", value: trusted },
            Fact { name: "newest live sessions with an address", value: counted },
            Fact { name: "their users", value: users.len().to_string() },
            Fact { name: "their addresses", value: addresses.len().to_string() },
        ];
        Self { facts, hints, problems }
    }
}

/// One address for everybody.
struct Shared {
    address: IpAddr,
    sessions: usize,
    users: usize,
}

impl Shared {
    fn told(&self, proxies: &TrustedProxies) -> String {
        let Self { address, sessions, users } = self;
        let which = match address {
            address if address.is_loopback() => "which is this machine, so most likely that of a proxy",
            address if is_private(*address) => "which is in a private network, so most likely that of a proxy",
            _ => "which may be that of a proxy, or of an office or hotel whose people share one",
        };
        let mend = match &proxies.0[..] {
            [] => format!(
                "If {address} is a proxy of yours, let it set X-Forwarded-For, and put this into the configuration: \
                 trusted_proxies = [\"{address}\"]"
            ),
            _ if proxies.trusts(*address) => format!(
                "trusted_proxies names {address} already: look whether that proxy sets X-Forwarded-For to the address of \
                 its client, and whether a further proxy before it is missing from trusted_proxies."
            ),
            _ => format!(
                "trusted_proxies does not name {address}: add it, if it is a proxy of yours, and let it set \
                 X-Forwarded-For."
            ),
        };
        format!(
            "All {sessions} sessions, of {users} users, come from {address}, {which}. Sessions that an application starts \
             have the address that it sends as client.ip. {mend}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(sessions: &[(i64, &str)], proxies: &[&str]) -> OriginsReport {
        let sessions: Vec<_> = sessions
            .iter()
            .map(|(user, address)| (UserNo(*user), (!address.is_empty()).then(|| (*address).to_owned())))
            .collect();
        let proxies = TrustedProxies(proxies.iter().map(|network| network.parse().unwrap()).collect());
        OriginsReport::of(&sessions, &proxies)
    }

    #[test]
    fn one_address_for_several_users_is_a_problem_where_it_is_private_and_a_hint_elsewhere() {
        for address in ["127.0.0.1", "::1", "10.0.0.7", "192.168.1.1", "fd00::1"] {
            let report = report(&[(1, address), (2, address)], &[]);
            assert_eq!((report.hints.len(), report.problems.len()), (0, 1), "{address}");
            assert!(report.problems[0].contains("All 2 sessions, of 2 users"), "{:?}", report.problems);
            assert!(
                report.problems[0].contains(&format!("trusted_proxies = [\"{address}\"]")),
                "{:?}",
                report.problems
            );
        }
        let shared = report(&[(1, "203.0.113.7"), (2, "203.0.113.7"), (2, "203.0.113.7")], &[]);
        assert_eq!((shared.hints.len(), shared.problems.len()), (1, 0));
        assert!(shared.hints[0].contains("office") && shared.hints[0].contains("All 3 sessions, of 2 users"));
    }

    #[test]
    fn with_trusted_proxies_it_is_said_what_else_to_look_at() {
        let named = report(&[(1, "10.0.0.7"), (2, "10.0.0.7")], &["10.0.0.0/8"]);
        assert!(named.problems[0].contains("names 10.0.0.7 already"), "{:?}", named.problems);
        let other = report(&[(1, "10.0.0.7"), (2, "10.0.0.7")], &["127.0.0.1/32"]);
        assert!(other.problems[0].contains("does not name 10.0.0.7: add it"), "{:?}", other.problems);
    }

    #[test]
    fn one_user_several_addresses_or_none_are_as_they_should_be() {
        for sessions in [
            &[][..],
            &[(1, "127.0.0.1")],
            &[(1, "127.0.0.1"), (1, "127.0.0.1")],
            &[(1, "127.0.0.1"), (2, "203.0.113.7")],
            &[(1, ""), (2, "")],
            &[(1, "127.0.0.1"), (2, "")],
        ] {
            let report = report(sessions, &[]);
            assert_eq!((report.hints.len(), report.problems.len()), (0, 0), "{sessions:?}");
        }
    }
}
