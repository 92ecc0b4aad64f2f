//! Every page in each of its states, with the longest and the emptiest data.

use super::account::AccountPage;
use super::confirm::{ConfirmEndOthersPage, ConfirmTerminatePage};
use super::device::DeviceWords;
use super::error::ErrorPage;
use super::name::NamePage;
use super::password::PasswordPage;
use super::refusal::{RefusalAdvice, RefusalPage};
use super::security::{SecurityPage, SignInRow};
use super::session_policy::{Rules, SessionPolicyPage};
use super::sessions::{EndedRow, PlacesNote, RefusedAttempts, SessionRow, SessionsPage, ended_at, ends};
use super::sign_in::{SignInForm, SignInPage};
use super::signed_out::{EndedAt, SignedOutPage};
use super::step_up::StepUpPage;
use super::{Assets, Chrome, Support, UserMenu, initials};
use crate::client::geo::Credit;
use crate::domain::device::{DeviceKind, DeviceLabel, Place};
use crate::domain::end::EndReason;
use crate::domain::id::Reference;
use crate::domain::policy::{AtLimit, SessionPolicy};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::password::PasswordRefusal;
use crate::service::Policies;
use crate::web::moment::{Reader, When, duration};
use crate::web::text::{self, Language, marked};
use std::collections::BTreeMap;
use std::time::Duration;

/// 2026-11-22T04:05:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_795_320_300_000);
pub(super) const HOSTILE: &str = "<script>alert(1)</script>\"'&";
const LONG_NAME: &str = "The tablet on the jetty, left of the bait fridge, third hook";
const ARABIC: &str = "مكتب الاستقبال";
const HEBREW: &str = "דלפק הקבלה";

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
            }),
            support: Support::new("help@reef.example").map(|s| Support { label: data(&s.label), ..s }),
            assets: Assets { css: "innkeeper.css".into(), js: "innkeeper.js".into(), icon: "favicon.svg".into() },
            live: None,
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

    fn session(self, id: &str, device: DeviceWords, signed_in: u64, active: u64) -> SessionRow {
        let reader = self.reader();
        let idle_deadline = ago(active) + Duration::from_secs(1200);
        let absolute_deadline = ago(signed_in) + Duration::from_secs(12 * 3600);
        SessionRow {
            id: id.into(),
            device,
            here: false,
            unfamiliar: false,
            signed_in: self.when(ago(signed_in)),
            last_active: self.when(ago(active)),
            active_now: reader.is_active_now(ago(active)),
            ends: ends(&reader, idle_deadline, absolute_deadline),
        }
    }

    fn named(self, name: &str, row: SessionRow) -> SessionRow {
        SessionRow { device: DeviceWords { name: Some(data(name)), ..row.device }, ..row }
    }

    fn here(self) -> SessionRow {
        let device = self.device(DeviceKind::Computer, ("Firefox", "Windows"), &CAIRNS);
        SessionRow { here: true, ..self.named("Front desk", self.session("s-here", device, 367, 0)) }
    }

    fn phone(self) -> SessionRow {
        let device = self.device(DeviceKind::Phone, ("Safari", "iPhone"), &At::City("Lisbon", "PT"));
        SessionRow { unfamiliar: true, ..self.session("s:phone@1", device, 711, 6) }
    }

    fn ended(self, device: DeviceWords, at: u64, (reason, by): (EndReason, Option<Role>)) -> EndedRow {
        EndedRow { device, at: ended_at(&self.reader(), ago(at)), reason: text::end_reason(self.0, reason, by) }
    }

    fn sessions(self, rows: Vec<SessionRow>) -> SessionsPage {
        let others = rows.iter().filter(|row| !row.here).count() as u64;
        SessionsPage {
            chrome: self.chrome(Some("Alex Ono")),
            notice: None,
            refused: None,
            count: self.0.count("sessions-count", rows.len() as u64),
            count_others: self.0.count("sessions-count", others),
            sessions: rows,
            ended: Vec::new(),
            ended_note: self.0.say("ended-intro"),
            times: self.0.tell("times-in", &[("zone", "Australia/Brisbane".into())]),
            places: PlacesNote { sentence: self.0.say("places-none"), credits: Vec::new() },
        }
    }

    fn many(self) -> SessionsPage {
        let long = ("A browser whose name is quite long", "a system whose name is not short either, on a clear day");
        let ended = [
            self.ended(
                self.device(DeviceKind::Phone, ("Chrome", "Android"), &CAIRNS),
                363,
                (EndReason::TerminatedByUser, None),
            ),
            self.ended(
                self.device(DeviceKind::Computer, ("Edge", "Windows"), &At::Private),
                2000,
                (EndReason::Idle, None),
            ),
            self.ended(
                self.device(DeviceKind::Unknown, ("", ""), &At::Unknown),
                9000,
                (EndReason::TerminatedByOwner, Some(Role::Manager)),
            ),
        ];
        let date = self.reader().date(ago(60 * 24 * 40));
        let credit = Credit { text: data("IP Geolocation by DB-IP"), url: Some("https://db-ip.com".into()) };
        SessionsPage {
            notice: Some(self.0.tell("done-terminated", &[("device", "Chrome on Android".into())])),
            refused: Some(RefusedAttempts { sentence: self.0.count("refused-attempts", 3), last: self.when(ago(12)) }),
            ended: ended.into(),
            places: PlacesNote { sentence: self.0.tell("places-of", &[("date", date.into())]), credits: vec![credit] },
            ..self.sessions(vec![
                self.phone(),
                self.here(),
                self.session("s-tablet", self.device(DeviceKind::Unknown, ("Safari", "Mac or iPad"), &CAIRNS), 454, 1),
                self.session("s-long", self.device(DeviceKind::Computer, long, &At::Private), 700, 17),
                self.session("s-curl", self.device(DeviceKind::Other, ("curl", ""), &At::Unknown), 30, 3),
                self.session("s-none", self.device(DeviceKind::Unknown, ("", ""), &At::Unknown), 719, 5),
            ])
        }
    }

    fn twenty(self) -> SessionsPage {
        let row = |number: u64| {
            let kind = [DeviceKind::Computer, DeviceKind::Phone, DeviceKind::Tablet][(number % 3) as usize];
            let device = self.device(kind, ("Chrome", "Android"), &CAIRNS);
            self.session(&format!("s-{number}"), device, 20 * number, number)
        };
        self.sessions([self.here()].into_iter().chain((1..20).map(row)).collect())
    }

    /// Names as people give them: as long as they may be, and in scripts that run from right to left.
    fn names(self) -> SessionsPage {
        let row = |id: &str, name: &str| {
            self.named(name, self.session(id, self.device(DeviceKind::Tablet, ("Chrome", "Android"), &CAIRNS), 50, 4))
        };
        SessionsPage {
            notice: Some(self.0.tell("done-named", &[("name", text::person(&data(ARABIC)).into())])),
            ended: vec![EndedRow {
                device: row("s-ended", HEBREW).device,
                ..self.ended(self.phone().device, 90, (EndReason::SignedOut, None))
            }],
            ..self.sessions(vec![
                row("s-long", LONG_NAME),
                row("s-arabic", ARABIC),
                row("s-hebrew", HEBREW),
                self.here(),
            ])
        }
    }

    fn hostile(self) -> SessionsPage {
        let mut page = self.many();
        let hostile = || data(HOSTILE);
        page.chrome.here = Some(HOSTILE.into());
        page.chrome.user = Some(UserMenu {
            name: hostile(),
            role: hostile(),
            initials: data(&initials(HOSTILE)),
            account: Some(hostile()),
        });
        for row in &mut page.sessions {
            let device =
                DeviceWords { label: hostile(), place: hostile(), address: Some(hostile()), ..row.device.clone() };
            row.device = DeviceWords { name: Some(hostile()), ..device };
        }
        page.notice = Some(self.0.tell("done-terminated", &[("device", HOSTILE.into())]));
        page.places.credits = vec![Credit { text: hostile(), url: None }];
        page
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
        }
    }

    fn nameless(self) -> AccountPage {
        AccountPage {
            chrome: Chrome { support: None, ..self.chrome(Some("pos-7")) },
            name: None,
            email: None,
            account: None,
            plan: None,
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
            password_set: Some(self.when(ago(60 * 24 * 100))),
            live: self.0.count("security-sessions-count", 1),
            unfamiliar: None,
        }
    }

    fn security_to_look_at(self) -> SecurityPage {
        SecurityPage {
            notice: Some(self.0.count("password-changed", 2)),
            sign_ins: vec![self.sign_in_row(self.phone(), true), self.sign_in_row(self.here(), false)],
            refused_count: self.0.count("sign-ins-refused-count", 14),
            refused_last: Some(self.when(ago(12))),
            live: self.0.count("security-sessions-count", 5),
            unfamiliar: Some(self.0.count("security-sessions-unfamiliar", 1)),
            ..self.security()
        }
    }

    fn session_policy(self, of_plans: &SessionPolicy) -> SessionPolicyPage {
        let common = Policies::new(SessionPolicy::default(), Vec::new());
        let rules = Rules::new(self.0, of_plans);
        let plans = ["Team", LONG_NAME].map(|name| (data(name), rules.clone())).to_vec();
        SessionPolicyPage { plans, ..SessionPolicyPage::new(self.chrome(None), &common) }
    }

    fn password(self, problem: Option<String>) -> PasswordPage {
        PasswordPage { chrome: self.chrome(Some("Alex Ono")), login: data("alex@reef.example"), problem }
    }

    fn name(self, value: String, problem: Option<String>) -> NamePage {
        NamePage { chrome: self.chrome(Some("Alex Ono")), session: self.phone(), value, problem }
    }

    fn form(self, problem: Option<&str>) -> SignInForm {
        SignInForm {
            email: if problem.is_some() { data("alex@reef.example") } else { String::new() },
            next: "/boats".into(),
            problem: problem.map(|key| self.0.say(key)),
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
    let mut add = |name: &str, page: &dyn askama::DynTemplate| {
        pages.insert(format!("{prefix}{name}"), page.dyn_render().unwrap());
    };
    let nobody = || samples.chrome(None);
    let alex = || samples.chrome(Some("Alex Ono"));
    add("sign-in", &SignInPage { chrome: nobody(), form: samples.form(None) });
    let wrong = samples.form(Some("wrong-credentials"));
    add("sign-in-wrong", &SignInPage { chrome: samples.bare(), form: wrong });
    add("refusal-owner", &samples.refusal(nobody(), Role::Owner));
    let plans = RefusalAdvice::Owner { plans_url: Some("/auth/account/plans".into()) };
    add("refusal-owner-plans", &RefusalPage { advice: plans, ..samples.refusal(nobody(), Role::Owner) });
    add("refusal-staff", &samples.refusal(samples.bare(), Role::Staff));
    add("refusal-nothing", &samples.refusal(samples.bare(), Role::Support));
    add("signed-out-idle", &samples.signed_out(EndReason::Idle, None));
    add("signed-out-by-manager", &samples.signed_out(EndReason::TerminatedByOwner, Some(Role::Manager)));
    add(
        "signed-out-self",
        &SignedOutPage { chrome: nobody(), at: None, ..samples.signed_out(EndReason::SignedOut, None) },
    );
    let common = SessionPolicy::default();
    add("session-policy", &SessionPolicyPage::new(samples.bare(), &Policies::new(common.clone(), Vec::new())));
    let wide = SessionPolicy { sessions_per_user: 2, at_limit: AtLimit::ReplaceOldest, ..common };
    add("session-policy-plans", &samples.session_policy(&wide));
    add("account", &samples.account());
    add("account-nameless", &samples.nameless());
    add("security", &samples.security());
    add("security-look", &samples.security_to_look_at());
    add("password", &samples.password(None));
    let common = text::password_refused(language, PasswordRefusal::Common);
    add("password-common", &samples.password(Some(common)));
    add("sessions-one", &samples.sessions(vec![samples.here()]));
    add("sessions-none", &samples.sessions(Vec::new()));
    add("sessions-many", &samples.many());
    add("sessions-twenty", &samples.twenty());
    add("sessions-names", &samples.names());
    add("sessions-hostile", &samples.hostile());
    add("name", &samples.name(String::new(), None));
    add("name-refused", &samples.name(data(&LONG_NAME.repeat(2)), Some(language.say("device-name-refused"))));
    add("terminate", &ConfirmTerminatePage { chrome: alex(), session: samples.phone() });
    add("end-others", &ConfirmEndOthersPage { chrome: alex(), count: language.count("sessions-count", 4) });
    add("step-up", &samples.step_up(None));
    add("step-up-wrong", &samples.step_up(Some("wrong-password")));
    for status in [400, 403, 404, 405, 413, 429, 503] {
        add(&format!("error-{status}"), &ErrorPage::new(alex(), status));
    }
    add("error-500", &ErrorPage::new(samples.bare(), 500));
    super::live_samples::add(language, &prefix, &mut pages);
    pages
}
