//! Every page in each of its states, with the longest and the emptiest data.

use super::account::AccountPage;
use super::confirm::{ConfirmEndOthersPage, ConfirmTerminatePage};
use super::error::ErrorPage;
use super::refusal::{RefusalAdvice, RefusalPage};
use super::sessions::{DeviceWords, EndedRow, Ends, RefusedAttempts, SessionRow, SessionsPage};
use super::sign_in::{SignInForm, SignInPage};
use super::signed_out::{EndedAt, SignedOutPage};
use super::step_up::StepUpPage;
use super::{Assets, Chrome, Support, UserMenu, initials};
use crate::domain::device::DeviceKind;
use crate::domain::end::EndReason;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::web::moment::{self, When};
use crate::web::text;
use std::collections::BTreeMap;
use std::time::Duration;

const ZONE: &str = "Australia/Brisbane";
/// 2026-11-22T04:05:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_795_320_300_000);
pub(super) const HOSTILE: &str = "<script>alert(1)</script>\"'&";

fn chrome(user: Option<&str>) -> Chrome {
    Chrome {
        nonce: "bm9uY2U".into(),
        base: "/auth".into(),
        user: user.map(|name| UserMenu {
            name: name.into(),
            role: text::role(Role::Owner).into(),
            initials: initials(name),
            account: Some("Blue Reef Tours".into()),
        }),
        support: Support::new("help@reef.example"),
        assets: Assets { css: "innkeeper.css".into(), js: "innkeeper.js".into(), icon: "favicon.svg".into() },
    }
}

fn bare() -> Chrome {
    Chrome { base: String::new(), support: None, ..chrome(None) }
}

fn ago(minutes: u64) -> Timestamp {
    NOW - Duration::from_secs(60 * minutes)
}

fn when(at: Timestamp) -> When {
    When::new(NOW, at, ZONE)
}

fn device(kind: DeviceKind, name: &str, place: &str) -> DeviceWords {
    let approximate = ![text::PLACE_UNKNOWN, text::PLACE_PRIVATE].contains(&place);
    let address = (kind != DeviceKind::Unknown).then(|| "2001:db8:85a3:8d3:1319:8a2e:370:7348".into());
    DeviceWords { kind, name: name.into(), place: place.into(), approximate, address }
}

fn session(id: &str, device: DeviceWords, signed_in: u64, active: u64) -> SessionRow {
    let idle_deadline = ago(active) + Duration::from_secs(1200);
    let absolute_deadline = ago(signed_in) + Duration::from_secs(12 * 3600);
    SessionRow {
        id: id.into(),
        device,
        here: false,
        unfamiliar: false,
        signed_in: when(ago(signed_in)),
        last_active: when(ago(active)),
        active_now: moment::is_active_now(NOW, ago(active)),
        ends: Ends::new(NOW, idle_deadline, absolute_deadline, ZONE),
    }
}

fn here() -> SessionRow {
    let device = device(DeviceKind::Computer, "Firefox on Windows", "Cairns, Australia");
    SessionRow { here: true, ..session("s-here", device, 367, 0) }
}

fn phone() -> SessionRow {
    let device = device(DeviceKind::Phone, "Safari on iPhone", "Lisbon, Portugal");
    SessionRow { unfamiliar: true, ..session("s:phone@1", device, 711, 6) }
}

fn ended(kind: DeviceKind, name: &str, place: &str, at: u64, reason: EndReason) -> EndedRow {
    EndedRow { device: device(kind, name, place), at: when(ago(at)), reason: text::end_reason(reason).into() }
}

fn sessions(rows: Vec<SessionRow>) -> SessionsPage {
    SessionsPage {
        chrome: chrome(Some("Alex Ono")),
        notice: None,
        refused: None,
        sessions: rows,
        ended: Vec::new(),
        zone: ZONE.into(),
    }
}

fn many() -> SessionsPage {
    let long = "A browser whose name is quite long on a system with a name of sixty characters or more";
    SessionsPage {
        notice: Some(text::terminated("Chrome on Android")),
        refused: Some(RefusedAttempts { count: 3, last: when(ago(12)) }),
        ended: vec![
            ended(DeviceKind::Phone, "Chrome on Android", "Port Douglas, Australia", 363, EndReason::TerminatedByUser),
            ended(DeviceKind::Computer, "Edge on Windows", text::PLACE_PRIVATE, 2000, EndReason::Idle),
            ended(DeviceKind::Unknown, "Unknown device", text::PLACE_UNKNOWN, 9000, EndReason::ReplacedSameBrowser),
        ],
        ..sessions(vec![
            phone(),
            here(),
            session("s-tablet", device(DeviceKind::Tablet, "Mac or iPad, Safari", "Cairns, Australia"), 454, 1),
            session("s-long", device(DeviceKind::Computer, long, text::PLACE_PRIVATE), 700, 17),
            session("s-curl", device(DeviceKind::Other, "curl", text::PLACE_UNKNOWN), 30, 3),
            session("s-none", device(DeviceKind::Unknown, "Unknown device", text::PLACE_UNKNOWN), 719, 5),
        ])
    }
}

fn refusal(chrome: Chrome, advice: RefusalAdvice) -> RefusalPage {
    RefusalPage {
        chrome,
        reference: "R-7K3M-92QD".into(),
        step: text::refusal_steps(Duration::from_secs(1200)),
        next: "/boats?day=2026-11-22&tour=reef".into(),
        advice,
    }
}

fn signed_out(reason: EndReason, by: Option<Role>) -> SignedOutPage {
    let facts = text::EndFacts {
        idle_timeout: Duration::from_secs(1200),
        absolute_lifetime: Duration::from_secs(12 * 3600),
        by,
    };
    let at = ago(25);
    SignedOutPage {
        chrome: chrome(None),
        sentence: text::told_why(reason, &facts),
        at: Some(EndedAt { when: when(at), absolute: moment::absolute(at, ZONE) }),
        form: SignInForm { next: "/account".into(), ..SignInForm::default() },
    }
}

fn step_up(problem: Option<&str>) -> StepUpPage {
    StepUpPage {
        chrome: chrome(Some("Alex Ono")),
        login: "alex@reef.example".into(),
        why: text::step_up_why(Duration::from_secs(600)),
        then: "/account/sessions/s-1/terminate".into(),
        problem: problem.map(Into::into),
    }
}

fn account() -> AccountPage {
    AccountPage {
        chrome: chrome(Some("Alex Ono")),
        name: Some("Alex Ono".into()),
        email: Some("alex@reef.example".into()),
        user_id: "u-1".into(),
        role: text::role(Role::Owner).into(),
        account: Some("Blue Reef Tours".into()),
        plan: Some("Team".into()),
    }
}

fn hostile() -> SessionsPage {
    let mut page = many();
    page.chrome.user = Some(UserMenu {
        name: HOSTILE.into(),
        role: HOSTILE.into(),
        initials: initials(HOSTILE),
        account: Some(HOSTILE.into()),
    });
    for row in &mut page.sessions {
        row.device.name = HOSTILE.into();
        row.device.place = HOSTILE.into();
        row.device.address = Some(HOSTILE.into());
    }
    page.notice = Some(text::terminated(HOSTILE));
    page
}

/// Every page in each of its states, by a name for its file.
pub(super) fn rendered() -> BTreeMap<String, String> {
    let form = |problem: Option<&str>| SignInForm {
        email: if problem.is_some() { "alex@reef.example".into() } else { String::new() },
        next: "/boats".into(),
        problem: problem.map(Into::into),
    };
    let nameless = AccountPage {
        chrome: Chrome { support: None, ..chrome(Some("pos-7")) },
        name: None,
        email: None,
        account: None,
        plan: None,
        ..account()
    };
    let plans = RefusalAdvice::Owner { plans_url: Some("/auth/account/plans".into()) };
    let mut pages = BTreeMap::new();
    let mut add = |name: &str, page: &dyn askama::DynTemplate| {
        pages.insert(name.to_owned(), page.dyn_render().unwrap());
    };
    add("sign-in", &SignInPage { chrome: chrome(None), form: form(None) });
    let wrong = form(Some(text::WRONG_CREDENTIALS));
    add("sign-in-wrong", &SignInPage { chrome: bare(), form: wrong });
    add("refusal-owner", &refusal(chrome(None), RefusalAdvice::Owner { plans_url: None }));
    add("refusal-owner-plans", &refusal(chrome(None), plans));
    add("refusal-staff", &refusal(bare(), RefusalAdvice::Staff));
    add("refusal-nothing", &refusal(bare(), RefusalAdvice::Nothing));
    add("signed-out-idle", &signed_out(EndReason::Idle, None));
    add("signed-out-by-manager", &signed_out(EndReason::TerminatedByOwner, Some(Role::Manager)));
    add("signed-out-self", &SignedOutPage { at: None, ..signed_out(EndReason::SignedOut, None) });
    add("account", &account());
    add("account-nameless", &nameless);
    add("sessions-one", &sessions(vec![here()]));
    add("sessions-none", &sessions(Vec::new()));
    add("sessions-many", &many());
    add("sessions-hostile", &hostile());
    add("terminate", &ConfirmTerminatePage { chrome: chrome(Some("Alex Ono")), session: phone() });
    add("end-others", &ConfirmEndOthersPage { chrome: chrome(Some("Alex Ono")), others: 4 });
    add("step-up", &step_up(None));
    add("step-up-wrong", &step_up(Some(text::WRONG_PASSWORD)));
    for status in [403, 404, 405, 413, 429, 503] {
        add(&format!("error-{status}"), &ErrorPage::new(chrome(Some("Alex Ono")), status));
    }
    add("error-500", &ErrorPage::new(bare(), 500));
    pages
}
