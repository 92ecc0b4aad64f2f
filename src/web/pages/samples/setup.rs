//! The pages of the first run.

use super::{Add, NOW, Samples, data};
use crate::domain::setup::LINK_WORKS_FOR;
use crate::password::PasswordRefusal;
use crate::web::pages::Chrome;
use crate::web::pages::setup::{SetupGonePage, SetupPage};
use crate::web::text;

/// Adds these pages.
pub(super) fn add(samples: Samples, add: Add<'_>) {
    add("setup", &samples.setup(None));
    let refused = text::password_refused(samples.0, PasswordRefusal::Common);
    let given = SetupPage { email: data("ada@help.example"), name: data("Ada Reed"), ..samples.setup(Some(refused)) };
    add("setup-refused", &given);
    add("setup-gone", &SetupGonePage { chrome: Chrome { here: None, ..samples.bare() } });
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
