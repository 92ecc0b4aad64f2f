//! The pages of a forgotten password, and of other mails that somebody asks for.

use super::{Add, Samples, data};
use crate::password::PasswordRefusal;
use crate::service::MAIL_CODE_VALID;
use crate::web::moment::duration;
use crate::web::pages::email::{ConfirmEmailPage, EmailAskedPage};
use crate::web::pages::forgot::{ForgotPage, ResetGonePage, ResetPage};
use crate::web::pages::sign_in::{SignInForm, SignInPage};
use crate::web::pages::take_over_code::TakeOverCodePage;
use crate::web::text;

/// Adds these pages.
pub(super) fn add(samples: Samples, add: Add<'_>) {
    let chrome = || samples.chrome(None);
    let forgot = |mails, asked| ForgotPage { chrome: chrome(), mails, asked };
    add("forgot", &forgot(true, false));
    add("forgot-asked", &forgot(true, true));
    add("forgot-no-mail", &forgot(false, false));
    let reset =
        |problem| ResetPage { chrome: chrome(), login: data("alex@reef.example"), code: "c0de".into(), problem };
    add("reset", &reset(None));
    add("reset-refused", &reset(Some(text::password_refused(samples.0, PasswordRefusal::Common))));
    add("reset-gone", &ResetGonePage { chrome: chrome() });
    let form = SignInForm { done: Some(samples.0.say("reset-done")), mails: true, ..samples.form(None) };
    add("sign-in-reset", &SignInPage { chrome: chrome(), form });
    let address = || Some(data("alex@reef.example"));
    let asked = |sent_to, problem: Option<&str>| EmailAskedPage {
        chrome: samples.chrome(Some("Alex Ono")),
        sent_to,
        problem: problem.map(|key| samples.0.say(key)),
    };
    add("email-asked", &asked(address(), None));
    add("email-no-mail", &asked(None, Some("email-no-mail")));
    let confirm = |email, done| ConfirmEmailPage { chrome: chrome(), email, code: "c0de".into(), done };
    add("confirm-email", &confirm(address(), false));
    add("confirm-email-done", &confirm(address(), true));
    add("confirm-email-gone", &confirm(None, false));
    let code = |problem: Option<&str>| TakeOverCodePage {
        chrome: chrome(),
        email: data("alex@reef.example"),
        text: samples.0.tell("mailed-code-text", &[("within", duration(samples.0, MAIL_CODE_VALID).into())]),
        next: "/boats".into(),
        problem: problem.map(|key| samples.0.say(key)),
    };
    add("take-over-code", &code(None));
    add("take-over-code-wrong", &code(Some("mailed-code-wrong")));
}
