//! The refusal of a second sign-in: the rule, word for word, and what to do. Nothing about the other session.

use super::Chrome;
use crate::domain::id::Reference;
use crate::domain::user::Role;
use crate::web::moment::duration;
use crate::web::text::Language;
use askama::Template;
use std::time::Duration;

/// The refusal page (409).
#[derive(Clone, Debug, Template)]
#[template(path = "refusal.html")]
pub struct RefusalPage {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The reference that support can look up, such as `R-7K3M-92QD`.
    pub reference: String,
    /// The rule, word for word, as it is known to support and documented everywhere.
    pub sentence: String,
    /// The same in the language of the page, where that is another.
    pub translation: Option<String>,
    /// The first step, with how long the other session may be idle.
    pub step: String,
    /// Where they wanted to go, already found safe; empty for the account page.
    pub next: String,
    /// The page on which they continue here, where they have proved that it is them.
    pub continue_url: Option<String>,
    /// Whether a code by mail would show that it is them.
    pub by_mail: bool,
    /// Whether they have done that too often within the hour.
    pub too_many: bool,
    /// Whether this browser need not prove everything again to try once more.
    pub goes_on: bool,
    /// What they can do about working at the same time as somebody else.
    pub advice: RefusalAdvice,
}

/// Who gets a colleague a login of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusalAdvice {
    /// An owner, who can change the plan.
    Owner {
        /// Address of the page that compares the plans.
        plans_url: String,
    },
    /// Anybody else in an account, who can ask the owner.
    Staff,
    /// Somebody without an account.
    Nothing,
}

impl RefusalPage {
    /// The page for somebody of this role. It knows nothing of the session in the way but how long it may be idle.
    pub fn new(chrome: Chrome, (reference, role, idle_timeout): (&Reference, Role, Duration), next: String) -> Self {
        let advice = match role {
            Role::Owner => RefusalAdvice::Owner { plans_url: format!("{}/account/plans", chrome.base) },
            Role::Manager | Role::Staff => RefusalAdvice::Staff,
            Role::Support | Role::Admin => RefusalAdvice::Nothing,
        };
        let idle = duration(chrome.language, idle_timeout);
        let step = chrome.language.tell("refusal-step-wait", &[("idle", idle.into())]);
        let reference = reference.as_str().to_owned();
        let translation = (chrome.language != Language::English).then(|| chrome.say("refusal"));
        let sentence = Language::English.say("refusal");
        Self {
            chrome,
            reference,
            sentence,
            translation,
            step,
            next,
            continue_url: None,
            by_mail: false,
            too_many: false,
            goes_on: false,
            advice,
        }
    }
}
