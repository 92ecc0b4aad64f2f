//! The pages of people, the team's sessions, plans and billing, and invitations.

use super::{ARABIC, Add, CAIRNS, HOSTILE, LONG_NAME, Samples, ago, data};
use crate::domain::account::Plan;
use crate::domain::device::DeviceKind;
use crate::domain::user::Role;
use crate::web::pages::Chrome;
use crate::web::pages::chrome::Ways;
use crate::web::pages::invitation::{InvitationGonePage, InvitationPage};
use crate::web::pages::person::{ConfirmRemovePage, PersonFacts, PersonPage, RoleChoice};
use crate::web::pages::plans::{BillingPage, ConfirmPlanPage, PlanCard, PlanChange, PlansPage};
use crate::web::pages::sessions::SessionRow;
use crate::web::pages::staff::{InvitationRow, InviteForm, InvitePage, InvitedPage, PersonRow, SharedLogin, StaffPage};
use crate::web::pages::team::{ConfirmTeamPage, Filter, PersonSessions, TeamPage};
use crate::web::text::{self, Happened};
use std::time::Duration;

/// Adds these pages.
pub(super) fn add(samples: Samples, add: Add<'_>) {
    let alex = || samples.chrome(Some("Alex Ono"));
    add("staff", &samples.staff());
    add("staff-manager", &StaffPage { form: None, chrome: samples.manager(), ..samples.staff_alone() });
    add("staff-full", &samples.staff_full());
    add("invite-refused", &samples.invite_refused());
    add("invited", &samples.invited());
    add("invited-mailed", &InvitedPage { mailed: true, ..samples.invited() });
    add("person", &samples.person(false));
    add("person-suspended", &samples.person(true));
    add(
        "person-manager",
        &PersonPage { roles: vec![], manage: false, chrome: samples.manager(), ..samples.person(false) },
    );
    add("remove", &ConfirmRemovePage { chrome: alex(), person: samples.person_facts(LONG_NAME, false) });
    add("team", &samples.team());
    add("team-none", &samples.team_none());
    add("team-end-person", &samples.team_question(false));
    add("team-terminate", &samples.team_question(true));
    add("plans", &samples.plans());
    add("plan-change", &samples.plan_question(None));
    add("plan-too-small", &samples.plan_question(Some(samples.0.say("plan-not-settled"))));
    add("billing", &samples.billing());
    add("invitation", &samples.invitation(None));
    add("invitation-refused", &samples.invitation(Some("join-email-taken")));
    add("invitation-gone", &InvitationGonePage { chrome: Chrome { here: None, ..samples.bare() } });
}

impl Samples {
    fn manager(self) -> Chrome {
        let mut chrome = self.chrome(Some("Kai Manu"));
        if let Some(user) = &mut chrome.user {
            (user.role, user.ways) = (text::role(self.0, Role::Manager), Ways::of(Role::Manager));
        }
        chrome
    }

    fn person_row(self, name: &str, role: Role, live: u64) -> PersonRow {
        PersonRow {
            name: data(name),
            email: Some(data("alex@reef.example")),
            role: text::role(self.0, role),
            you: role == Role::Owner,
            suspended: false,
            live: (live > 0).then(|| self.0.count("staff-live", live)),
            last_active: (live > 0).then(|| self.when(ago(12))),
            href: "/auth/account/staff/people/u_1".into(),
        }
    }

    fn logins(self, used: u32) -> String {
        self.0.tell("staff-logins", &[("used", used.into()), ("of", 5.into())])
    }

    fn staff(self) -> StaffPage {
        let suspended = PersonRow { suspended: true, ..self.person_row(LONG_NAME, Role::Staff, 0) };
        StaffPage {
            notice: Some(self.0.say("staff-revoked")),
            people: vec![
                self.person_row("Alex Ono", Role::Owner, 1),
                self.person_row("Kai Manu", Role::Manager, 2),
                PersonRow { email: None, ..self.person_row(ARABIC, Role::Staff, 1) },
                PersonRow { email: None, ..self.person_row(HOSTILE, Role::Staff, 0) },
                suspended,
            ],
            more: Some("/auth/account/staff?after=u_1".into()),
            invitations: vec![InvitationRow {
                id: "i_1".into(),
                email: data("a-rather-long-address-of-somebody@a-rather-long-host-name.example"),
                role: text::role(self.0, Role::Staff),
                made: self.when(ago(200)),
                expires: self.when(super::NOW + Duration::from_secs(6 * 24 * 3600)),
            }],
            ..self.staff_alone()
        }
    }

    /// A login that was refused often.
    pub(super) fn shared_login(self) -> SharedLogin {
        SharedLogin {
            name: data(LONG_NAME),
            sentence: self.0.count("shared-login", 14),
            invite: Some("/auth/account/staff/invite".into()),
        }
    }

    fn staff_alone(self) -> StaffPage {
        StaffPage {
            chrome: self.chrome(Some("Alex Ono")),
            notice: None,
            shared: Vec::new(),
            logins: self.logins(3),
            people: vec![self.person_row("Alex Ono", Role::Owner, 1)],
            more: None,
            invitations: Vec::new(),
            requires_factor: false,
            form: Some(InviteForm::new(self.0, ("", Role::Staff), (false, false))),
        }
    }

    fn staff_full(self) -> StaffPage {
        let form = Some(InviteForm::new(self.0, ("", Role::Staff), (true, false)));
        StaffPage { form, logins: self.logins(5), shared: vec![self.shared_login()], ..self.staff_alone() }
    }

    fn invite_refused(self) -> InvitePage {
        let form = InviteForm::new(self.0, (&data("kai@reef.example"), Role::Manager), (false, true));
        let problem = Some(self.0.say("staff-refused-taken"));
        InvitePage { chrome: self.chrome(Some("Alex Ono")), form: InviteForm { problem, ..form } }
    }

    fn until(self) -> String {
        let until = self.reader().absolute(super::NOW + Duration::from_secs(7 * 24 * 3600));
        self.0.tell("invited-until", &[("until", until.into())])
    }

    fn invited(self) -> InvitedPage {
        InvitedPage {
            chrome: Chrome { here: None, ..self.chrome(Some("Alex Ono")) },
            email: data("kai@reef.example"),
            link: "https://app.example/auth/invitation?code=kq1w2e3r4t5z6u7i8o9p0a1s2d3f4g5h6j7k8l9y0x1".into(),
            until: self.until(),
            mailed: false,
        }
    }

    fn person_facts(self, name: &str, suspended: bool) -> PersonFacts {
        let live = if suspended { 0 } else { 2 };
        PersonFacts {
            name: data(name),
            email: Some(data("kai@reef.example")),
            id: "u_1".into(),
            href: "/auth/account/staff/people/u_1".into(),
            role: text::role(self.0, Role::Manager),
            you: false,
            suspended,
            live,
            live_words: self.0.count("person-live", live),
            since: self.when(ago(60 * 24 * 90)),
        }
    }

    fn person(self, suspended: bool) -> PersonPage {
        let roles = [Role::Owner, Role::Manager, Role::Staff].map(|role| RoleChoice {
            value: role.as_str(),
            name: text::role(self.0, role),
            what: self.0.say(&format!("may-{}", role.as_str())),
            chosen: role == Role::Manager,
        });
        PersonPage {
            chrome: self.chrome(Some("Alex Ono")),
            notice: suspended.then(|| self.0.say("person-suspended-now")),
            problem: (!suspended).then(|| self.0.say("staff-refused-last-owner")),
            person: self.person_facts(if suspended { ARABIC } else { LONG_NAME }, suspended),
            roles: roles.to_vec(),
            manage: true,
            may_end: true,
        }
    }

    fn person_sessions(self, name: &str, role: Role, sessions: Vec<SessionRow>) -> PersonSessions {
        PersonSessions {
            id: format!("u-{}", name.len()),
            name: data(name),
            role: text::role(self.0, role),
            you: sessions.iter().any(|session| session.here),
            count: self.0.count("sessions-count", sessions.len() as u64),
            end_all: (role != Role::Owner).then(|| "/auth/account/staff/people/u_1/end-sessions".into()),
            sessions,
        }
    }

    fn team(self) -> TeamPage {
        let tablet = self.session("s-tablet", self.device(DeviceKind::Tablet, ("Chrome", "Android"), &CAIRNS), 90, 4);
        let mine = self.person_sessions("Alex Ono", Role::Owner, vec![self.here()]);
        let other_owner = vec![self.session("s-2", self.phone().device, 30, 1)];
        let choice = |value: &str, name: String, chosen| (value.to_owned(), name, chosen);
        TeamPage {
            notice: Some(self.0.count("team-done-many", 2)),
            count: self.0.count("team-count-beyond", 1000),
            filter: Filter {
                people: vec![choice("u_1", data("Alex Ono"), true), choice("u_2", data(LONG_NAME), false)],
                kinds: vec![choice("phone", self.0.say("kind-phone"), false)],
                places: vec![choice("AU", text::country(self.0, "AU"), false)],
                unfamiliar: true,
                set: true,
            },
            people: vec![
                self.person_sessions("Kai Manu", Role::Staff, vec![self.phone(), tablet]),
                mine,
                self.person_sessions(LONG_NAME, Role::Owner, other_owner),
                self.person_sessions(HOSTILE, Role::Staff, vec![self.named(HOSTILE, self.phone())]),
            ],
            may_end_all: true,
            cut: true,
            ..self.team_none()
        }
    }

    fn team_none(self) -> TeamPage {
        TeamPage {
            chrome: self.chrome(Some("Alex Ono")),
            notice: None,
            count: self.0.count("team-count", 1),
            filter: Filter::default(),
            people: Vec::new(),
            may_end_all: false,
            cut: false,
            times: self.0.tell("times-in", &[("zone", "Australia/Brisbane".into())]),
        }
    }

    fn team_question(self, one: bool) -> ConfirmTeamPage {
        let title = if one { "terminate-title" } else { "team-end-person-title" };
        ConfirmTeamPage {
            chrome: self.chrome(Some("Alex Ono")),
            title: self.0.say(title),
            session: one.then(|| self.phone()),
            person: Some(data(LONG_NAME)),
            count: (!one).then(|| self.0.count("sessions-count", 3)),
            button: self.0.say(if one { "terminate" } else { "team-end-person" }),
            action: "/auth/account/staff/people/u_1/end-sessions".into(),
            back: "/auth/account/staff/sessions".into(),
        }
    }

    fn plan_cards(self) -> Vec<PlanCard> {
        let mut plans = Plan::built_in();
        for (plan, price) in plans.iter_mut().zip(["19.00", "49.00", "149.00"]) {
            (plan.price, plan.currency, plan.per) = (Some(price.into()), Some("AUD".into()), Some("month".into()));
        }
        plans[2].price = None;
        let card = |plan: &Plan| {
            let card = PlanCard::new(self.0, plan, (plan.code == "team", 3));
            PlanCard { name: data(&card.name), ..card }
        };
        plans.iter().map(card).collect()
    }

    fn plans(self) -> PlansPage {
        PlansPage {
            chrome: self.chrome(Some("Alex Ono")),
            notice: Some(self.0.tell("plan-now", &[("plan", "Team".into())])),
            used: self.logins(3),
            plans: self.plan_cards(),
        }
    }

    fn plan_question(self, problem: Option<String>) -> ConfirmPlanPage {
        let mut cards = self.plan_cards();
        let to = cards.remove(if problem.is_some() { 0 } else { 2 });
        let person = |name: &str| {
            let role = text::role(self.0, Role::Staff);
            self.0.tell("plan-in-use-person", &[("name", text::person(&data(name)).into()), ("role", role.into())])
        };
        let invited = self.0.tell("plan-in-use-invited", &[("email", data("kai@reef.example").into())]);
        let people = if problem.is_some() { vec![person(LONG_NAME), person(ARABIC), invited] } else { Vec::new() };
        ConfirmPlanPage { chrome: self.chrome(Some("Alex Ono")), problem, from: cards.pop(), to, people }
    }

    fn billing(self) -> BillingPage {
        let mut cards = self.plan_cards();
        let now = cards.remove(1);
        BillingPage {
            chrome: self.chrome(Some("Alex Ono")),
            plan: now.name,
            price: now.price,
            used: self.logins(3),
            others: cards,
            changes: vec![PlanChange {
                what: Happened {
                    sentence: self.0.say("happened-plan-changed"),
                    details: vec![(self.0.say("account-plan"), data("Team"))],
                },
                by: self.0.say("history-by-you"),
                at: self.when(ago(60 * 24 * 20)),
            }],
            older: Some("/auth/account/activity?of=account&show=people".into()),
        }
    }

    fn invitation(self, problem: Option<&str>) -> InvitationPage {
        InvitationPage {
            chrome: Chrome { here: Some("/auth/invitation?code=x".into()), ..self.chrome(None) },
            account: data("Blue Reef Tours"),
            email: data("kai@reef.example"),
            role: text::role(self.0, Role::Staff),
            until: self.until(),
            code: "kq1w2e3r4t5z6u7i8o9p0a1s2d3f4g5h6j7k8l9y0x1".into(),
            name: if problem.is_some() { data("Kai Manu") } else { String::new() },
            problem: problem.map(|key| self.0.say(key)),
            instead_of: problem.map(|_| data(LONG_NAME)),
        }
    }
}
