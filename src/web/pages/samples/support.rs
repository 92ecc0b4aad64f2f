//! The console of support: the search, one person, and the question before a release.

use super::{ARABIC, Add, CAIRNS, HOSTILE, LONG_NAME, Samples, ago, data};
use crate::domain::device::DeviceKind;
use crate::domain::end::NOTE_LENGTH_MAX;
use crate::domain::user::Role;
use crate::web::pages::Chrome;
use crate::web::pages::account::AccountPage;
use crate::web::pages::chrome::{UserMenu, Ways};
use crate::web::pages::history::EntryRow;
use crate::web::pages::sessions::SessionRow;
use crate::web::pages::support::person::{LiveRow, Person, PersonsAccount, SupportPersonPage, counted};
use crate::web::pages::support::release::ReleasePage;
use crate::web::pages::support::{FoundAccount, FoundRow, FoundWords, SupportPage};
use crate::web::text;

/// Adds these pages.
pub(super) fn add(samples: Samples, add: Add<'_>) {
    add("support", &samples.search("", None));
    add("support-nothing", &samples.search("nobody@reef.example", Some(FoundWords::default())));
    add("support-found", &samples.search("R-7K3M-92QD", Some(samples.found())));
    add("support-empty-account", &samples.search("reef-tours", Some(samples.empty_account())));
    add("support-hostile", &samples.search(HOSTILE, Some(samples.hostile_found())));
    add("support-person", &samples.looked_at("Alex Ono"));
    add("support-person-quiet", &samples.quiet());
    add("support-person-colleague", &samples.colleague());
    add("support-person-hostile", &samples.looked_at(HOSTILE));
    add("support-person-long", &samples.looked_at(LONG_NAME));
    add("support-release", &samples.release(true, None));
    add("support-release-all", &samples.release(false, None));
    let problem = samples.0.tell("release-no-reason", &[("most", NOTE_LENGTH_MAX.into())]);
    add("support-release-refused", &samples.release(true, Some(problem)));
}

impl Samples {
    fn sam(self) -> Chrome {
        let chrome = self.chrome(Some("Sam Reed"));
        let user = chrome.user.map(|user| UserMenu {
            role: text::role(self.0, Role::Support),
            account: None,
            ways: Ways::of(Role::Support),
            ..user
        });
        Chrome { user, here: Some("/auth/support".into()), ..chrome }
    }

    /// The account page of somebody of support.
    pub(super) fn support_account(self) -> AccountPage {
        AccountPage {
            chrome: self.sam(),
            role: text::role(self.0, Role::Support),
            account: None,
            plan: None,
            ..self.account()
        }
    }

    fn search(self, typed: &str, found: Option<FoundWords>) -> SupportPage {
        SupportPage { chrome: self.sam(), typed: data(typed), found }
    }

    fn found_person(self, name: &str, role: Role) -> FoundRow {
        FoundRow {
            name: data(name),
            email: Some(data("alex@reef.example")),
            role: text::role(self.0, role),
            account: Some(data("Blue Reef Tours")),
            suspended: false,
            note: None,
            href: Some("/auth/support/people/u_1".into()),
        }
    }

    fn found(self) -> FoundWords {
        let at = self.reader().clock(ago(12));
        let note = |key: &str| Some(self.0.tell(key, &[("at", at.clone().into())]));
        let in_account = |row: FoundRow, live: bool| FoundRow {
            account: None,
            note: live.then(|| self.0.count("staff-live", 2)),
            ..row
        };
        FoundWords {
            people: vec![
                FoundRow { note: note("support-by-refusal"), ..self.found_person("Alex Ono", Role::Owner) },
                FoundRow { suspended: true, email: None, ..self.found_person(ARABIC, Role::Staff) },
                FoundRow {
                    note: note("support-by-session-over"),
                    href: None,
                    ..self.found_person(LONG_NAME, Role::Manager)
                },
                FoundRow { account: None, ..self.found_person("Ada Byron", Role::Admin) },
            ],
            account: Some(FoundAccount {
                people: vec![
                    in_account(self.found_person("Alex Ono", Role::Owner), true),
                    in_account(self.found_person(LONG_NAME, Role::Staff), false),
                ],
                more: Some("/auth/support?q=reef-tours&after=u_1".into()),
                ..self.found_account()
            }),
        }
    }

    fn found_account(self) -> FoundAccount {
        FoundAccount {
            name: data("Blue Reef Tours"),
            id: data("reef-tours"),
            plan: data("Team"),
            suspended: true,
            people: Vec::new(),
            more: None,
        }
    }

    fn empty_account(self) -> FoundWords {
        FoundWords { people: Vec::new(), account: Some(self.found_account()) }
    }

    fn hostile_found(self) -> FoundWords {
        let hostile = || data(HOSTILE);
        let person =
            || FoundRow { email: Some(hostile()), account: Some(hostile()), ..self.found_person(HOSTILE, Role::Owner) };
        let account = FoundAccount { name: hostile(), plan: hostile(), people: vec![person()], ..self.found_account() };
        FoundWords { people: vec![person()], account: Some(account) }
    }

    fn live(self, session: SessionRow, minutes: u64) -> LiveRow {
        LiveRow {
            counted: counted(self.0, ago(minutes), ago(0)),
            release: Some(format!("/auth/support/sessions/{}/release", session.id)),
            session,
        }
    }

    fn looked_at(self, name: &str) -> SupportPersonPage {
        let tablet = self.session("s-tablet", self.device(DeviceKind::Tablet, ("Chrome", "Android"), &CAIRNS), 90, 4);
        let mut entries = self.own_entries();
        let ended = &mut entries[2].what.details;
        ended.push((self.0.say("happened-detail-note"), data(if name == HOSTILE { HOSTILE } else { LONG_NAME })));
        ended.push((self.0.say("support-counted"), counted(self.0, ago(108), ago(0))));
        ended.push((self.0.say("support-login"), data("u_5k3m92qd7hj1")));
        for entry in entries.iter_mut().filter(|_| name == HOSTILE) {
            *entry = EntryRow { by: self.by_person(HOSTILE, Role::Owner), ..entry.clone() };
        }
        SupportPersonPage {
            chrome: self.sam(),
            notice: Some(self.0.say("team-done-one")),
            person: Person {
                name: data(name),
                email: Some(data("a-rather-long-address-of-somebody@a-rather-long-host-name.example")),
                id: data("u_1"),
                role: text::role(self.0, Role::Owner),
                suspended: name == LONG_NAME,
                account: Some(PersonsAccount {
                    name: data(if name == HOSTILE { HOSTILE } else { "Blue Reef Tours" }),
                    plan: data("Team"),
                    suspended: name == LONG_NAME,
                    href: "/auth/support?q=reef-tours".into(),
                }),
                last_sign_in: Some(self.when(ago(90))),
                since: self.when(ago(60 * 24 * 90)),
            },
            sessions: vec![self.live(self.named(name, self.phone()), 0), self.live(tablet, 90)],
            release_all: Some("/auth/support/people/u_1/release".into()),
            entries,
            nothing: self.0.say("history-none"),
            newest: Some("/auth/support/people/u_1".into()),
            older: Some("/auth/support/people/u_1?before=77".into()),
            times: self.0.tell("times-in", &[("zone", "Australia/Brisbane".into())]),
        }
    }

    /// Somebody who has never signed in.
    fn quiet(self) -> SupportPersonPage {
        let page = self.looked_at("Kai Manu");
        let person = Person { email: None, last_sign_in: None, ..page.person };
        SupportPersonPage {
            notice: None,
            person,
            sessions: Vec::new(),
            release_all: None,
            entries: Vec::new(),
            newest: None,
            older: None,
            ..page
        }
    }

    /// Another one of support, whose sessions only an administrator may release.
    fn colleague(self) -> SupportPersonPage {
        let page = self.looked_at("Ada Byron");
        let person = Person { account: None, role: text::role(self.0, Role::Admin), ..page.person };
        let sessions = page.sessions.into_iter().map(|row| LiveRow { release: None, ..row }).collect();
        SupportPersonPage { notice: None, person, sessions, release_all: None, ..page }
    }

    fn release(self, one: bool, problem: Option<String>) -> ReleasePage {
        let title = if one { "terminate-title" } else { "team-end-person-title" };
        ReleasePage {
            chrome: self.sam(),
            title: self.0.say(title),
            person: data(LONG_NAME),
            session: one.then(|| self.phone()),
            count: (!one).then(|| self.0.count("sessions-count", 3)),
            note: if problem.is_some() { data(&format!("{HOSTILE} {}", "a".repeat(90))) } else { String::new() },
            problem,
            action: "/auth/support/sessions/s-1/release".into(),
            back: "/auth/support/people/u_1".into(),
        }
    }
}
