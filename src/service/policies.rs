//! The policies that hold, by plan and by time: one may be announced, which holds instead of the common one from an
//! instant on.

use crate::domain::account::Plan;
use crate::domain::policy::{NextPolicy, SessionPolicy};
use crate::domain::time::Timestamp;

/// The plans, and the policies that hold under them.
#[derive(Clone, Debug)]
pub struct Policies {
    plans: Vec<Plan>,
    first: Rulebook,
    next: Option<(Timestamp, Rulebook)>,
}

/// What holds for everybody at one time.
#[derive(Clone, Debug)]
pub struct Rulebook {
    common: SessionPolicy,
    /// One for each plan, in their order.
    of_plans: Vec<SessionPolicy>,
}

impl Rulebook {
    fn new(common: SessionPolicy, plans: &[Plan]) -> Self {
        Self { of_plans: plans.iter().map(|plan| plan.overrides.over(&common)).collect(), common }
    }

    /// The policy for accounts whose plan says nothing else.
    pub fn common(&self) -> &SessionPolicy {
        &self.common
    }
}

impl Policies {
    /// The common policy, what follows it, and each plan's departure from both.
    pub fn new(common: SessionPolicy, next: Option<NextPolicy>, plans: Vec<Plan>) -> Self {
        let first = Rulebook::new(common, &plans);
        let next = next.map(|next| (next.effective_from, Rulebook::new(next.policy, &plans)));
        Self { plans, first, next }
    }

    /// What holds at an instant: at the one from which it is effective, what was announced.
    pub fn at(&self, now: Timestamp) -> &Rulebook {
        match &self.next {
            Some((from, next)) if *from <= now => next,
            _ => &self.first,
        }
    }

    /// The policy that holds at an instant for accounts of this plan; a plan that is configured no longer has the common
    /// one.
    pub fn of(&self, plan: &str, now: Timestamp) -> &SessionPolicy {
        let place = self.plans.iter().position(|known| known.code == plan);
        let rules = self.at(now);
        place.and_then(|place| rules.of_plans.get(place)).unwrap_or(&rules.common)
    }

    /// Whether there is a policy beside the first, which holds at some time.
    pub fn may_change(&self) -> bool {
        self.next.is_some()
    }

    /// What is announced and does not hold yet, and from when on it will.
    pub fn announced(&self, now: Timestamp) -> Option<(Timestamp, &Rulebook)> {
        self.next.as_ref().filter(|(from, _)| now < *from).map(|(from, next)| (*from, next))
    }

    /// Since when what holds has been holding, where that is known.
    pub fn since(&self, now: Timestamp) -> Option<Timestamp> {
        self.next.as_ref().map(|(from, _)| *from).filter(|from| *from <= now)
    }

    /// The plans under which something else holds than the common policy, and what.
    pub fn departures<'a>(&'a self, rules: &'a Rulebook) -> impl Iterator<Item = (&'a Plan, &'a SessionPolicy)> {
        self.plans.iter().zip(&rules.of_plans).filter(|(_, policy)| **policy != rules.common)
    }

    /// Every plan that is configured, in the order of the configuration.
    pub fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.plans.iter()
    }

    /// The plan with this code.
    pub fn plan(&self, code: &str) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.code == code)
    }

    /// What the plan with this code is called; one that is configured no longer is called by its code.
    pub fn plan_name<'a>(&'a self, code: &'a str) -> &'a str {
        self.plan(code).map_or(code, |plan| &plan.name)
    }

    /// Every policy that holds at some time.
    pub(super) fn all(&self) -> impl Iterator<Item = &SessionPolicy> {
        let books = std::iter::once(&self.first).chain(self.next.as_ref().map(|(_, next)| next));
        books.flat_map(|rules| rules.of_plans.iter().chain([&rules.common]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::PolicyOverrides;
    use crate::domain::facts::samples::at;

    #[test]
    fn an_announced_policy_holds_from_its_instant_on_and_plans_depart_from_both() {
        let wide = SessionPolicy { sessions_per_user: 3, ..SessionPolicy::default() };
        let overrides = PolicyOverrides { sessions_per_user: Some(2), ..PolicyOverrides::default() };
        let plans = vec![Plan { overrides, ..Plan::built_in().remove(1) }];
        let next = NextPolicy { effective_from: at(1_000), policy: SessionPolicy::default() };
        let policies = Policies::new(wide, Some(next), plans);
        for (now, common, announced, since) in [
            (0, 3, Some(at(1_000)), None),
            (999, 3, Some(at(1_000)), None),
            (1_000, 1, None, Some(at(1_000))),
            (1_001, 1, None, Some(at(1_000))),
        ] {
            let now = at(now);
            assert_eq!(policies.of("solo", now).sessions_per_user, common, "at {now:?}");
            assert_eq!(policies.of("team", now).sessions_per_user, 2, "at {now:?}");
            assert_eq!(policies.announced(now).map(|(from, _)| from), announced);
            assert_eq!(policies.since(now), since);
            assert_eq!(policies.departures(policies.at(now)).count(), 1);
        }
    }
}
