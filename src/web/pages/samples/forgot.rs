//! The pages of a forgotten password.

use super::{Add, Samples, data};
use crate::password::PasswordRefusal;
use crate::web::pages::forgot::{ForgotPage, ResetGonePage, ResetPage};
use crate::web::pages::sign_in::{SignInForm, SignInPage};
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
}
