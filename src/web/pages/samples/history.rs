//! The history of a person and of an account.

use super::{ARABIC, Add, At, CAIRNS, HEBREW, HOSTILE, LONG_NAME, Samples, ago, data};
use crate::domain::device::DeviceKind;
use crate::domain::id::UserId;
use crate::domain::user::Role;
use crate::service::{Event, Position};
use crate::web::moment::duration;
use crate::web::pages::device::DeviceWords;
use crate::web::pages::history::{Choice, EntryRow, HistoryPage, Whom, icon};
use crate::web::text::{self, Group, happened};
use std::time::Duration;

/// Adds these pages.
pub(super) fn add(samples: Samples, add: Add<'_>) {
    add("history", &samples.history(samples.own_entries()));
    add("history-filtered-empty", &samples.nothing("history-none-filtered"));
    add("history-filtered-older", &samples.nothing("history-none-yet"));
    add("history-account", &samples.account_history(samples.account_entries()));
    add("history-account-person", &samples.of_one());
    add("history-hostile", &samples.hostile_history());
    add("history-names", &samples.long_history());
}

impl Samples {
    /// An entry of this kind, so many minutes ago, by the application.
    fn entry(self, kind: &str, event_data: &str, minutes: u64) -> EntryRow {
        let event = Event {
            position: Position(1),
            kind: kind.into(),
            at: ago(minutes),
            account_id: None,
            user_id: UserId::new("u-1").ok(),
            session_id: None,
            actor_kind: "service".into(),
            actor_id: None,
            actor_role: Some("manager".into()),
            reason: Some("terminated_by_owner".into()),
            reference: None,
            ip: None,
            data: event_data.into(),
        };
        let mut what = happened(self.0, &event, &data);
        for (_, value) in what.details.iter_mut().filter(|(_, value)| !value.starts_with('⟦')) {
            *value = data(value);
        }
        EntryRow {
            icon: icon(kind),
            what,
            whom: None,
            by: self.0.say("history-by-you"),
            reference: None,
            device: None,
            at: self.when(ago(minutes)),
            unfamiliar: false,
            look: false,
        }
    }

    fn from(self, device: DeviceWords, entry: EntryRow) -> EntryRow {
        EntryRow { device: Some(device), ..entry }
    }

    fn whom(self, name: &str, entry: EntryRow) -> EntryRow {
        let href = Some("/auth/account/activity?of=account&person=u-1".into());
        EntryRow { whom: Some(Whom { name: data(name), href }), ..entry }
    }

    pub(super) fn by_person(self, name: &str, role: Role) -> String {
        let role = text::role(self.0, role);
        self.0.tell("history-by-person", &[("person", text::person(name).into()), ("role", role.into())])
    }

    pub(super) fn own_entries(self) -> Vec<EntryRow> {
        let desk = || DeviceWords { name: Some(data("Front desk")), ..self.firefox() };
        let phone = || self.device(DeviceKind::Phone, ("Safari", "iPhone"), &At::City("Lisbon", "PT"));
        let by = |key: &str, entry| EntryRow { by: self.0.say(key), ..entry };
        vec![
            by("history-by-login", self.from(desk(), self.entry("session.started", "{}", 3))),
            EntryRow {
                reference: Some(data("R-7K3M-92QD")),
                look: true,
                ..by("history-by-login", self.from(phone(), self.entry("sign_in.refused", r#"{"times":14}"#, 12)))
            },
            EntryRow {
                look: true,
                ..by("history-by-login", self.from(phone(), self.entry("sign_in.second_factor_failed", "{}", 30)))
            },
            EntryRow {
                by: self.by_person("Mira Chen", Role::Manager),
                ..self.from(phone(), self.entry("session.ended", "{}", 60 * 5))
            },
            EntryRow {
                unfamiliar: true,
                look: true,
                ..by("history-by-login", self.from(phone(), self.entry("session.started", "{}", 60 * 6)))
            },
            self.entry("user.password_set", "{}", 60 * 24),
            self.from(desk(), self.entry("device.named", r#"{"name":"Front desk"}"#, 60 * 25)),
            self.from(desk(), self.entry("session.stepped_up", "{}", 60 * 26)),
            by("history-by-support", self.entry("support.viewed", "{}", 60 * 30)),
            by(
                "history-by-application",
                self.entry("user.changed", r#"{"role":"manager","name":"Alex Ono"}"#, 60 * 50),
            ),
            by(
                "history-by-operator",
                self.entry("user.created", r#"{"role":"staff","email":"alex@reef.example"}"#, 9999),
            ),
        ]
    }

    fn account_entries(self) -> Vec<EntryRow> {
        let invited = r#"{"email":"leo@reef.example","role":"manager"}"#;
        let plan = r#"{"plan":"Team","previous_plan":"Solo"}"#;
        let removed = self.entry("user.removed", "{}", 400);
        let mut entries = vec![
            self.entry("invitation.created", invited, 2),
            self.entry("account.plan_changed", plan, 30),
            EntryRow { whom: Some(Whom { name: data("Kai Tanaka"), href: None }), ..removed },
            self.whom("Mira Chen", self.entry("user.changed", r#"{"status":"suspended"}"#, 500)),
            self.entry("account.changed", r#"{"time_zone":"Australia/Brisbane"}"#, 600),
        ];
        entries.extend(self.own_entries().into_iter().map(|entry| self.whom("Alex Ono", entry)));
        entries
    }

    fn firefox(self) -> DeviceWords {
        self.device(DeviceKind::Computer, ("Firefox", "Windows"), &CAIRNS)
    }

    fn history(self, entries: Vec<EntryRow>) -> HistoryPage {
        let kept = duration(self.0, Duration::from_secs(396 * 24 * 3600));
        let group = |group: Option<Group>| {
            let keys = ["sign-ins", "refused", "ended", "login", "security"];
            let key = group.map_or("all", |group| keys[Group::ALL.iter().position(|g| *g == group).unwrap()]);
            let href = format!("/auth/account/activity?show={key}");
            Choice { label: self.0.say(&format!("history-group-{key}")), href, here: group.is_none() }
        };
        HistoryPage {
            chrome: self.chrome(Some("Alex Ono")),
            title: self.0.say("history-title"),
            intro: self.0.tell("history-intro", &[("time", kept.into())]),
            whose: self.both(false),
            groups: [None].into_iter().chain(Group::ALL.map(Some)).map(group).collect(),
            only: None,
            entries,
            nothing: self.0.say("history-none"),
            newest: None,
            older: Some("/auth/account/activity?before=77".into()),
            file: "/auth/account/activity.csv".into(),
            times: self.0.tell("times-in", &[("zone", "Australia/Brisbane".into())]),
        }
    }

    fn both(self, account: bool) -> Vec<Choice> {
        let choice = |key, href: &str, here| Choice { label: self.0.say(key), href: href.into(), here };
        vec![
            choice("history-yours", "/auth/account/activity", !account),
            choice("history-account", "/auth/account/activity?of=account", account),
        ]
    }

    fn nothing(self, why: &str) -> HistoryPage {
        let older = (why == "history-none-yet").then(|| "/auth/account/activity?show=refused&before=77".into());
        HistoryPage { nothing: self.0.say(why), older, whose: Vec::new(), ..self.history(Vec::new()) }
    }

    fn account_history(self, entries: Vec<EntryRow>) -> HistoryPage {
        let mut page = self.history(entries);
        page.groups[4].label = self.0.say("history-group-people");
        let kept = duration(self.0, Duration::from_secs(396 * 24 * 3600));
        HistoryPage {
            title: self.0.say("history-title-account"),
            intro: self.0.tell("history-intro-account", &[("time", kept.into())]),
            whose: self.both(true),
            newest: Some("/auth/account/activity?of=account".into()),
            ..page
        }
    }

    fn of_one(self) -> HistoryPage {
        let label = self.0.tell("history-only", &[("person", text::person("Alex Ono").into())]);
        let href = "/auth/account/activity?of=account".into();
        HistoryPage {
            only: Some(Choice { label, href, here: true }),
            ..self.account_history(self.account_entries().split_off(5))
        }
    }

    fn hostile_history(self) -> HistoryPage {
        let mut page = self.account_history(self.account_entries());
        let hostile = || data(HOSTILE);
        for entry in &mut page.entries {
            entry.whom = Some(Whom { name: hostile(), href: None });
            entry.by = self.by_person(HOSTILE, Role::Owner);
            entry.what.details.push((self.0.say("happened-detail-name"), hostile()));
            entry.reference = Some(hostile());
            let device = DeviceWords { label: hostile(), place: hostile(), address: Some(hostile()), ..self.firefox() };
            entry.device = Some(DeviceWords { name: Some(hostile()), ..device });
        }
        page
    }

    fn long_history(self) -> HistoryPage {
        let long = "a".repeat(60);
        let address = format!("{long}@{}.example", "reef".repeat(12));
        let invited = format!(r#"{{"email":"{address}","role":"manager"}}"#);
        let mut entries = vec![self.entry("invitation.created", &invited, 5)];
        for name in [LONG_NAME, ARABIC, HEBREW, &long] {
            let device = DeviceWords { name: Some(data(name)), ..self.firefox() };
            let named = format!(r#"{{"name":"{name}"}}"#);
            let entry = self.from(device, self.entry("device.named", &named, 50));
            entries.push(EntryRow { by: self.by_person(name, Role::Owner), ..self.whom(name, entry) });
        }
        self.account_history(entries)
    }
}
