//! Every page in each of its states, with the longest and the emptiest data.

mod factors;
mod forgot;
mod history;
mod live;
mod passkeys;
mod sessions;
mod setup;
mod support;
mod team;
mod webhooks;

use super::account::AccountPage;
use super::chrome::Ways;
use super::device::DeviceWords;
use super::error::ErrorPage;
use super::password::PasswordPage;
use super::refusal::RefusalPage;
use super::security::{EmailRow, SecurityPage, SignInRow};
use super::session_policy::{NextRules, Rules, SessionPolicyPage};
use super::sessions::SessionRow;
use super::sign_in::{SignInForm, SignInPage};
use super::signed_out::{EndedAt, SignedOutPage};
use super::step_up::StepUpPage;
use super::{Assets, Chrome, Support, UserMenu, initials};
use crate::domain::activity::{PathPattern, PathRules};
use crate::domain::device::{DeviceKind, DeviceLabel, Place};
use crate::domain::end::EndReason;
use crate::domain::id::Reference;
use crate::domain::policy::{AtLimit, NextPolicy, SessionPolicy};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::password::PasswordRefusal;
use crate::service::Policies;
use crate::web::moment::{Reader, When, duration};
use crate::web::text::{self, Language, marked};
use askama::DynTemplate;
use std::collections::BTreeMap;
use std::time::Duration;

/// 2026-11-22T04:05:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_795_320_300_000);
pub(super) const HOSTILE: &str = "<script>alert(1)</script>\"'&";
const LONG_NAME: &str = "The tablet on the jetty, left of the bait fridge, third hook";
const ARABIC: &str = "مكتب الاستقبال";
const HEBREW: &str = "דלפק הקבלה";

/// Takes a page by the name of its file.
type Add<'a> = &'a mut dyn FnMut(&str, &dyn DynTemplate);

/// The samples in one language.
#[derive(Clone, Copy)]
struct Samples(Language);

/// What people gave, and no catalogue has.
fn data(text: &str) -> String {
    marked(text.to_owned())
}

fn ago(minutes: u64) -> Timestamp {
    NOW - Duration::from_secs(60 * minutes)
}

/// Where a session is.
enum At {
    City(&'static str, &'static str),
    Private,
    Unknown,
}

const CAIRNS: At = At::City("Cairns", "AU");

impl Samples {
    fn reader(self) -> Reader<'static> {
        Reader { language: self.0, zone: "Australia/Brisbane", now: NOW }
    }

    fn chrome(self, user: Option<&str>) -> Chrome {
        Chrome {
            nonce: "bm9uY2U".into(),
            language: self.0,
            here: Some("/auth/account/sessions".into()),
            base: "/auth".into(),
            user: user.map(|name| UserMenu {
                name: data(name),
                role: text::role(self.0, Role::Owner),
                initials: data(&initials(name)),
                account: Some(data("Blue Reef Tours")),
                ways: Ways::of(Role::Owner),
            }),
            app_url: user.map(|_| "https://app.reef.example/".into()),
            support: Support::new("help@reef.example").map(|s| Support { label: data(&s.label), ..s }),
            assets: Assets {
                css: "innkeeper.css".into(),
                js: "pages.js".into(),
                session: "innkeeper.js".into(),
                passkey: "passkey.js".into(),
                icon: "favicon.svg".into(),
            },
            live: None,
            announced: None,
        }
    }

    fn bare(self) -> Chrome {
        Chrome { base: String::new(), here: Some("/sign-in".into()), support: None, ..self.chrome(None) }
    }

    fn when(self, at: Timestamp) -> When {
        self.reader().when(at)
    }

    fn device(self, kind: DeviceKind, (browser, system): (&str, &str), at: &At) -> DeviceWords {
        let label = DeviceLabel { kind, browser: browser.into(), system: system.into() };
        let place = match at {
            At::City(city, code) => text::place(
                self.0,
                &Place { city: Some((*city).into()), country_code: Some((*code).into()), ..Place::default() },
            ),
            At::Private => text::private_place(self.0),
            At::Unknown => text::place(self.0, &Place::default()),
        };
        let described = text::device(self.0, &label);
        DeviceWords {
            kind,
            kind_word: text::device_kind(self.0, kind),
            name: None,
            // A browser without a system, or the other way round, is called by its maker's name alone.
            label: if browser.is_empty() == system.is_empty() { described } else { data(&described) },
            place,
            approximate: matches!(at, At::City(..)),
            address: (kind != DeviceKind::Unknown).then(|| data("2001:db8:85a3:8d3:1319:8a2e:370:7348")),
        }
    }

    fn refusal(self, chrome: Chrome, role: Role) -> RefusalPage {
        let reference = Reference::new(marked("R-7K3M-92QD".into()));
        let next = "/boats?day=2026-11-22&tour=reef".into();
        RefusalPage::new(Chrome { here: None, ..chrome }, (&reference, role, Duration::from_secs(1200)), next)
    }

    fn signed_out(self, reason: EndReason, by: Option<Role>) -> SignedOutPage {
        let facts = text::EndFacts {
            idle_timeout: Duration::from_secs(1200),
            absolute_lifetime: Duration::from_secs(12 * 3600),
            by,
        };
        let at = ago(25);
        SignedOutPage {
            chrome: Chrome { here: None, ..self.chrome(None) },
            sentence: text::told_why(self.0, reason, &facts),
            at: Some(EndedAt { when: self.when(at), absolute: self.reader().absolute(at) }),
            form: SignInForm { next: "/account".into(), ..SignInForm::default() },
        }
    }

    fn step_up(self, problem: Option<&str>) -> StepUpPage {
        let within = duration(self.0, Duration::from_secs(600));
        StepUpPage {
            chrome: self.chrome(Some("Alex Ono")),
            login: data("alex@reef.example"),
            why: self.0.tell("step-up-why", &[("within", within.into())]),
            with_code: false,
            with_app: false,
            passkey: false,
            then: "/account/sessions/s-1/terminate".into(),
            problem: problem.map(|key| self.0.say(key)),
        }
    }

    fn account(self) -> AccountPage {
        AccountPage {
            chrome: self.chrome(Some("Alex Ono")),
            name: Some(data("Alex Ono")),
            email: Some(data("alex@reef.example")),
            user_id: data("u-1"),
            role: text::role(self.0, Role::Owner),
            account: Some(data("Blue Reef Tours")),
            plan: Some(data("Team")),
            shared: vec![self.shared_login()],
        }
    }

    fn nameless(self) -> AccountPage {
        AccountPage {
            chrome: Chrome { support: None, ..self.chrome(Some("pos-7")) },
            name: None,
            email: None,
            account: None,
            plan: None,
            shared: Vec::new(),
            ..self.account()
        }
    }

    fn sign_in_row(self, row: SessionRow, latest: bool) -> SignInRow {
        SignInRow { device: row.device, at: row.signed_in, here: row.here, latest }
    }

    fn security(self) -> SecurityPage {
        SecurityPage {
            chrome: self.chrome(Some("Alex Ono")),
            notice: None,
            sign_ins: vec![self.sign_in_row(self.here(), true)],
            refused_count: self.0.count("sign-ins-refused-count", 0),
            refused_last: None,
            email: Some(self.email_row(None)),
            password_set: Some(self.when(ago(60 * 24 * 100))),
            factors: vec![],
            passkeys: true,
            codes_left: None,
            live: self.0.count("security-sessions-count", 1),
            unfamiliar: None,
        }
    }

    fn email_row(self, confirmed: Option<Timestamp>) -> EmailRow {
        let confirmed = confirmed.map(|at| self.when(at));
        EmailRow { email: data("alex@reef.example"), confirmed, can_confirm: true }
    }

    fn security_to_look_at(self) -> SecurityPage {
        SecurityPage {
            notice: Some(self.0.count("password-changed", 2)),
            sign_ins: vec![self.sign_in_row(self.phone(), true), self.sign_in_row(self.here(), false)],
            refused_count: self.0.count("sign-ins-refused-count", 14),
            refused_last: Some(self.when(ago(12))),
            factors: vec![self.factor("Phone", Some(12)), self.passkey(LONG_NAME, None)],
            email: Some(self.email_row(Some(ago(60 * 24 * 7)))),
            codes_left: Some(self.0.count("codes-left", 1)),
            live: self.0.count("security-sessions-count", 5),
            unfamiliar: Some(self.0.count("security-sessions-unfamiliar", 1)),
            ..self.security()
        }
    }

    fn session_policy(self, of_plans: &SessionPolicy) -> SessionPolicyPage {
        let effective_from = NOW + Duration::from_secs(86_400 * 9);
        let next = NextPolicy { effective_from, policy: of_plans.clone() };
        let common = Policies::new(SessionPolicy::default(), Some(next), Vec::new());
        let rules = Rules::new(self.0, of_plans);
        let plans = ["Team", LONG_NAME].map(|name| (data(name), rules.clone())).to_vec();
        let chrome = Chrome { announced: self.announced(), ..self.chrome(None) };
        let of = |path| vec![PathPattern::parse(path).expect("a path")];
        let activity = PathRules { never: of("/poll"), always: of("/kiosk/*") };
        let page = SessionPolicyPage::new(chrome, &common, &activity, NOW);
        let next = page.next.map(|next| NextRules { plans: plans.clone(), ..next });
        SessionPolicyPage { plans, next, ..page }
    }

    fn announced(self) -> Option<String> {
        let from = self.reader().absolute(NOW + Duration::from_secs(86_400 * 9));
        Some(self.0.tell("policy-announced", &[("date", from.into())]))
    }

    fn password(self, problem: Option<String>) -> PasswordPage {
        PasswordPage { chrome: self.chrome(Some("Alex Ono")), login: data("alex@reef.example"), problem }
    }

    fn form(self, problem: Option<&str>) -> SignInForm {
        SignInForm {
            email: if problem.is_some() { data("alex@reef.example") } else { String::new() },
            next: "/boats".into(),
            problem: problem.map(|key| self.0.say(key)),
            ..SignInForm::default()
        }
    }
}

/// Every page in each of its states, by a name for its file. What is not in English has the language's code before it.
pub(super) fn rendered() -> BTreeMap<String, String> {
    Language::ALL.into_iter().flat_map(rendered_in).collect()
}

/// Every page in each of its states, in one language.
pub(super) fn rendered_in(language: Language) -> BTreeMap<String, String> {
    let samples = Samples(language);
    let prefix = if language == Language::English { String::new() } else { format!("{}-", language.code()) };
    let mut pages = BTreeMap::new();
    let mut add = |name: &str, page: &dyn DynTemplate| {
        pages.insert(format!("{prefix}{name}"), page.dyn_render().unwrap());
    };
    let nobody = || samples.chrome(None);
    let alex = || samples.chrome(Some("Alex Ono"));
    add("sign-in", &SignInPage { chrome: nobody(), form: samples.form(None) });
    let wrong = samples.form(Some("wrong-credentials"));
    add("sign-in-wrong", &SignInPage { chrome: samples.bare(), form: wrong });
    add("refusal-owner", &samples.refusal(nobody(), Role::Owner));
    let continue_url = Some("/auth/sign-in/take-over?next=%2Fboats".into());
    add("refusal-you", &RefusalPage { continue_url, goes_on: true, ..samples.refusal(nobody(), Role::Owner) });
    add("refusal-by-mail", &RefusalPage { by_mail: true, goes_on: true, ..samples.refusal(nobody(), Role::Staff) });
    add("refusal-often", &RefusalPage { too_many: true, goes_on: true, ..samples.refusal(nobody(), Role::Staff) });
    add("refusal-staff", &samples.refusal(samples.bare(), Role::Staff));
    add("refusal-nothing", &samples.refusal(samples.bare(), Role::Support));
    add("signed-out-idle", &samples.signed_out(EndReason::Idle, None));
    add("signed-out-by-manager", &samples.signed_out(EndReason::TerminatedByOwner, Some(Role::Manager)));
    add(
        "signed-out-self",
        &SignedOutPage { chrome: nobody(), at: None, ..samples.signed_out(EndReason::SignedOut, None) },
    );
    let common = SessionPolicy::default();
    add(
        "session-policy",
        &SessionPolicyPage::new(
            samples.bare(),
            &Policies::new(common.clone(), None, Vec::new()),
            &PathRules::default(),
            NOW,
        ),
    );
    let wide = SessionPolicy { sessions_per_user: 2, at_limit: AtLimit::ReplaceOldest, ..common };
    add("session-policy-plans", &samples.session_policy(&wide));
    add("account", &samples.account());
    let announced = Chrome { announced: samples.announced(), ..alex() };
    add("account-announced", &AccountPage { chrome: announced, ..samples.account() });
    let announced = Chrome { announced: samples.announced(), ..nobody() };
    add("sign-in-announced", &SignInPage { chrome: announced, form: samples.form(None) });
    add("account-nameless", &samples.nameless());
    add("security", &samples.security());
    add("security-look", &samples.security_to_look_at());
    add("password", &samples.password(None));
    let common = text::password_refused(language, PasswordRefusal::Common);
    add("password-common", &samples.password(Some(common)));
    sessions::add(samples, &mut add);
    team::add(samples, &mut add);
    webhooks::add(samples, &mut add);
    history::add(samples, &mut add);
    support::add(samples, &mut add);
    setup::add(samples, &mut add);
    setup::add_advice(samples, &mut add);
    add("account-support", &samples.support_account());
    add("step-up", &samples.step_up(None));
    add("step-up-wrong", &samples.step_up(Some("wrong-password")));
    add("step-up-code", &StepUpPage { with_code: true, with_app: true, ..samples.step_up(Some("wrong-code")) });
    factors::add(samples, &mut add);
    forgot::add(samples, &mut add);
    passkeys::add(samples, &mut add);
    for status in [400, 403, 404, 405, 413, 429, 503] {
        add(&format!("error-{status}"), &ErrorPage::new(alex(), status));
    }
    add("error-500", &ErrorPage::new(samples.bare(), 500));
    live::add(language, &prefix, &mut pages);
    pages
}
