//! The pages of second factors: set up, asked for, taken away, and what whoever has proved one may do.

use super::{Add, LONG_NAME, Samples, ago, data};
use crate::service::SecondWays;
use crate::totp;
use crate::web::pages::factors::{AppSecret, CodesPage, ConfirmFactorPage, FactorRow, TotpPage};
use crate::web::pages::requirement::RequirementPage;
use crate::web::pages::second_step::SecondStepPage;
use crate::web::pages::sessions::SessionRow;
use crate::web::pages::set_up::SetUpPage;
use crate::web::pages::take_over::TakeOverPage;
use crate::web::qr::qr;

/// Adds these pages.
pub(super) fn add(samples: Samples, add: Add<'_>) {
    add("second-step", &samples.second_step(None));
    add("second-step-wrong", &samples.second_step(Some("wrong-code")));
    let ways = SecondWays { codes_spent: true, ..SecondWays::default() };
    add("second-step-spent", &SecondStepPage { ways, ..samples.second_step(Some("codes-spent")) });
    add("take-over", &samples.take_over(vec![samples.phone()]));
    add("take-over-many", &samples.take_over(vec![samples.here(), samples.phone()]));
    add("take-over-free", &samples.take_over(vec![]));
    add("totp", &samples.totp(None));
    add("totp-wrong", &samples.totp(Some("totp-wrong-code")));
    add("recovery-codes", &samples.codes());
    add(
        "recovery-codes-make",
        &ConfirmFactorPage { chrome: samples.chrome(Some("Alex Ono")), factor: None, problem: None },
    );
    let factor = Some(samples.factor(LONG_NAME, None));
    let required = Some(samples.0.say("factor-required"));
    add(
        "factor-remove",
        &ConfirmFactorPage { chrome: samples.chrome(Some("Alex Ono")), factor: factor.clone(), problem: None },
    );
    add("factor-required", &ConfirmFactorPage { chrome: samples.chrome(Some("Alex Ono")), factor, problem: required });
    add("set-up", &samples.set_up(None));
    add("set-up-wrong", &samples.set_up(Some("totp-wrong-code")));
    let signing_in = Some("/boats".into());
    add("set-up-codes", &CodesPage { chrome: samples.chrome(None), signing_in, ..samples.codes() });
    add("requirement", &samples.requirement(false, 3));
    add("requirement-on", &samples.requirement(true, 0));
}

impl Samples {
    pub(super) fn factor(self, name: &str, used: Option<u64>) -> FactorRow {
        let (added, used) = (self.when(ago(60 * 24 * 40)), used.map(|minutes| self.when(ago(minutes))));
        let kind = self.0.say("factor-kind-totp");
        FactorRow { id: "f-1".into(), kind, is_passkey: false, name: data(name), added, used }
    }

    fn given(self) -> AppSecret {
        let secret = b"12345678901234567890";
        let address = totp::address(secret, "app.reef.example", "alex@reef.example").unwrap_or_default();
        AppSecret { qr: qr(&address), address, spelt: data(&totp::spelt(secret)) }
    }

    pub(super) fn set_up(self, problem: Option<&str>) -> SetUpPage {
        let problem = problem.map(|key| self.0.say(key));
        SetUpPage { chrome: self.chrome(None), given: self.given(), passkeys: false, next: "/boats".into(), problem }
    }

    fn requirement(self, required: bool, without: u64) -> RequirementPage {
        let without = self.0.count("requirement-without", without);
        RequirementPage { chrome: self.chrome(Some("Alex Ono")), required, without }
    }

    fn totp(self, problem: Option<&str>) -> TotpPage {
        TotpPage {
            chrome: self.chrome(Some("Alex Ono")),
            given: self.given(),
            name: self.0.say("factor-name-given"),
            problem: problem.map(|key| self.0.say(key)),
        }
    }

    fn codes(self) -> CodesPage {
        let codes = (0..10).map(|n| data(&format!("abcd-efgh-ijkl-mnop-qrst-uvw{n}"))).collect();
        CodesPage {
            chrome: self.chrome(Some("Alex Ono")),
            notice: Some(self.0.count("factor-added", 2)),
            codes,
            signing_in: None,
        }
    }

    fn take_over(self, sessions: Vec<SessionRow>) -> TakeOverPage {
        TakeOverPage {
            chrome: self.chrome(None),
            sessions,
            times: self.0.tell("times-in", &[("zone", "Australia/Brisbane".into())]),
            next: "/boats?day=2026-11-22&tour=reef".into(),
        }
    }

    pub(super) fn second_step(self, problem: Option<&str>) -> SecondStepPage {
        let problem = problem.map(|key| self.0.say(key));
        let ways = SecondWays { app: true, ..SecondWays::default() };
        SecondStepPage { chrome: self.chrome(None), ways, next: "/boats".into(), problem }
    }
}
