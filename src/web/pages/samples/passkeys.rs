//! The pages that can take a passkey.

use super::{Add, HOSTILE, LONG_NAME, Samples, data};
use crate::domain::end::EndReason;
use crate::service::SecondWays;
use crate::web::pages::factors::{ConfirmFactorPage, FactorRow};
use crate::web::pages::passkeys::PasskeyPage;
use crate::web::pages::second_step::SecondStepPage;
use crate::web::pages::security::SecurityPage;
use crate::web::pages::set_up::SetUpPage;
use crate::web::pages::sign_in::{SignInForm, SignInPage};
use crate::web::pages::signed_out::SignedOutPage;
use crate::web::pages::step_up::StepUpPage;

impl Samples {
    pub(super) fn passkey(self, name: &str, used: Option<u64>) -> FactorRow {
        let kind = self.0.say("factor-kind-passkey");
        FactorRow { kind, is_passkey: true, ..self.factor(name, used) }
    }

    fn passkey_page(self, name: &str, problem: Option<&str>) -> PasskeyPage {
        let problem = problem.map(|key| self.0.say(key));
        PasskeyPage { chrome: self.chrome(Some("Alex Ono")), name: data(name), problem }
    }
}

pub(super) fn add(samples: Samples, add: Add<'_>) {
    let form = |problem| SignInForm { passkeys: true, ..samples.form(problem) };
    add("passkey", &samples.passkey_page("Passkey", None));
    add("passkey-wrong", &samples.passkey_page(HOSTILE, Some("passkey-not-made")));
    add("sign-in-passkey", &SignInPage { chrome: samples.chrome(None), form: form(None) });
    add("sign-in-passkey-wrong", &SignInPage { chrome: samples.bare(), form: form(Some("wrong-passkey")) });
    let signed_out = samples.signed_out(EndReason::Idle, None);
    add("signed-out-idle-passkey", &SignedOutPage { form: form(None), ..signed_out });
    let alone = SecondWays { passkey: true, ..SecondWays::default() };
    add("second-step-passkey", &SecondStepPage { ways: alone, ..samples.second_step(Some("wrong-passkey")) });
    let both = SecondWays { app: true, passkey: true, ..SecondWays::default() };
    add("second-step-both", &SecondStepPage { ways: both, ..samples.second_step(None) });
    let step_up = samples.step_up(None);
    add("step-up-passkey", &StepUpPage { with_code: true, passkey: true, ..step_up });
    add("set-up-passkey", &SetUpPage { passkeys: true, ..samples.set_up(None) });
    let wrong = samples.set_up(Some("passkey-not-made"));
    add("set-up-passkey-wrong", &SetUpPage { passkeys: true, ..wrong });
    let factor = Some(samples.passkey(LONG_NAME, Some(90)));
    add("passkey-remove", &ConfirmFactorPage { chrome: samples.chrome(Some("Alex Ono")), factor, problem: None });
    let factors = vec![samples.passkey("Passkey", Some(3))];
    add("security-passkey", &SecurityPage { factors, ..samples.security_to_look_at() });
    add("security-no-passkeys", &SecurityPage { passkeys: false, ..samples.security() });
}
