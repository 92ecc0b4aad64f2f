//! The pages of the first run, and the advice on a password that was just chosen.

use super::{Add, NOW, Samples, data};
use crate::domain::setup::LINK_WORKS_FOR;
use crate::password::{PasswordRefusal, Strength, Weakness};
use crate::web::pages::Chrome;
use crate::web::pages::password_advice::PasswordAdvicePage;
use crate::web::pages::setup::{SetupGonePage, SetupPage};
use crate::web::text;

/// Adds these pages.
pub(super) fn add(samples: Samples, add: Add<'_>) {
    add("setup", &samples.setup(None));
    let refused = text::password_refused(samples.0, PasswordRefusal::Common);
    let given = SetupPage { email: data("ada@help.example"), name: data("Ada Reed"), ..samples.setup(Some(refused)) };
    add("setup-refused", &given);
    let refused = text::password_refused(samples.0, PasswordRefusal::Breached);
    add("setup-breached", &samples.setup(Some(refused)));
    add("setup-gone", &SetupGonePage { chrome: Chrome { here: None, ..samples.bare() } });
}

/// Adds what follows where a password is easy to guess.
pub(super) fn add_advice(samples: Samples, add: Add<'_>) {
    let page = |chrome: Chrome, done, score, weakness| {
        let (strength, next) = (Strength { score, weakness }, format!("{}/account", chrome.base));
        PasswordAdvicePage::new(chrome, done, (strength, next))
    };
    let changed = samples.0.count("password-changed", 2);
    let alex = || samples.chrome(Some("Alex Ono"));
    add("password-advice", &page(alex(), changed.clone(), 1, Some(Weakness::Common)));
    add("password-advice-none", &page(alex(), changed, 2, None));
    add("joined-advice", &page(samples.bare(), samples.0.say("advice-joined"), 0, Some(Weakness::Repeats)));
}

impl Samples {
    fn setup(self, problem: Option<String>) -> SetupPage {
        let until = self.reader().absolute(NOW + LINK_WORKS_FOR);
        SetupPage {
            chrome: Chrome { here: Some("/setup?code=x".into()), ..self.bare() },
            until: self.0.tell("setup-until", &[("until", until.into())]),
            code: "kq1w2e3r4t5z6u7i8o9p0a1s2d3f4g5h6j7k8l9y0x1".into(),
            email: String::new(),
            name: String::new(),
            problem,
        }
    }
}
