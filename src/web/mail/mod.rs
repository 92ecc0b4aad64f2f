//! Mails in words: one layout for all of them, as HTML and as plain text, and for each kind what it says. The catalogue
//! holds the words.
//!
//! Names, devices and places come from strangers. They are shown without what cannot be seen, cut where they are long, and
//! apart from the sentence around them.

mod samples;

pub use samples::sample;

use super::extract::with_query;
use super::moment::Reader;
use super::pages::Support;
use super::pages::device::DeviceWords;
use super::text::{self, EndFacts, Language, person};
use crate::config::Config;
use crate::deliver::mail::Content;
use crate::domain::device::visible;
use crate::domain::end::EndReason;
use crate::domain::user::Role;
use crate::secret::{ConfirmationCode, InvitationCode, MailCode, ResetCode};
use crate::service::{ContentOf, FactorNews, Letter, News, Origin, SetBy};
use askama::Template;
use std::sync::Arc;
use std::time::Duration;

/// Longest text of a stranger that is shown, in characters.
const LENGTH_MAX: usize = 80;

/// Puts letters into words, in one language and for one site.
#[derive(Clone, Debug)]
pub struct Writer {
    language: Language,
    /// The public address without a slash at its end.
    home: String,
    support: Option<Support>,
}

/// What a mail says. It cannot be printed, since a link may carry a code.
struct Words {
    language: Language,
    subject: String,
    greeting: String,
    /// What happened, in one sentence.
    lead: String,
    /// What is known of it.
    facts: Vec<Fact>,
    /// What can be done about it with one press.
    act: Option<Act>,
    /// What to do.
    advice: Vec<String>,
    /// Why it was sent.
    why: String,
    support: String,
    contact: Option<Support>,
    home: String,
}

struct Fact {
    name: String,
    value: String,
}

struct Act {
    name: String,
    href: String,
}

#[derive(Template)]
#[template(path = "mail/mail.html")]
struct Html<'a> {
    mail: &'a Words,
}

#[derive(Template)]
#[template(path = "mail/mail.txt")]
struct Plain<'a> {
    mail: &'a Words,
}

/// What puts letters into the words of a configuration.
pub fn content_of(config: &Config) -> ContentOf {
    let writer = Writer::new(config, config.mail.as_ref().and_then(|mail| Language::parse(mail.language)));
    Arc::new(move |letter| writer.write(letter))
}

impl Writer {
    /// Writes in this language, or English.
    pub fn new(config: &Config, language: Option<Language>) -> Self {
        Self {
            language: language.unwrap_or_default(),
            home: config.public_url.as_str().trim_end_matches('/').to_owned(),
            support: config.support.contact.as_ref().and_then(|contact| Support::new(&contact.to_string())),
        }
    }

    /// A letter in words.
    pub fn write(&self, letter: &Letter) -> Content {
        rendered(&self.words(letter))
    }

    /// A mail that tells nothing but that it has arrived.
    pub fn trial(&self) -> Content {
        let say = |key: &str| self.language.say(key);
        rendered(&Words {
            subject: say("mail-trial-subject"),
            lead: say("mail-trial-lead"),
            why: say("mail-trial-why"),
            ..self.blank(say("mail-hello-nobody"))
        })
    }

    fn words(&self, letter: &Letter) -> Words {
        let language = self.language;
        let greeting = match letter.name.as_deref().map(plain).filter(|name| !name.is_empty()) {
            Some(name) => language.tell("mail-hello", &[("name", person(&name).into())]),
            None => language.say("mail-hello-nobody"),
        };
        let blank = self.blank(greeting);
        let reader = Reader { language, zone: &letter.zone, now: letter.now };
        let at = self.fact("mail-time", reader.absolute(letter.at));
        match &letter.news {
            News::Invited { account, by, role, code, until } => {
                let until = reader.absolute(*until);
                self.invited(blank, (account, by.as_deref(), *role), (code, until))
            }
            News::SignedIn(from) => self.signed_in(blank, from, at),
            News::Ended { reason, by, session } => self.ended(blank, (*reason, *by), (session.as_ref(), at)),
            News::PasswordSet(by) => self.password_set(blank, *by, at),
            News::Reset { code, until, ip } => self.reset(blank, (code, reader.absolute(*until)), (ip.as_deref(), at)),
            News::Confirmation { code, until } => self.confirmation(blank, (code, reader.absolute(*until))),
            News::TakeOverCode { code, until, from } => {
                self.take_over_code(blank, (code, reader.absolute(*until)), (from, at))
            }
            News::Factor(what, name) => self.factor(blank, (*what, name.as_deref()), at),
            News::SecondFactorFailed(from) => self.second_factor_failed(blank, from, at),
            News::Refused { from, reference } => self.refused(blank, (from, reference.as_deref()), at),
        }
    }

    /// What every mail says, without what happened.
    fn blank(&self, greeting: String) -> Words {
        let support = if self.support.is_some() { "mail-support" } else { "mail-support-unknown" };
        Words {
            language: self.language,
            subject: String::new(),
            greeting,
            lead: String::new(),
            facts: Vec::new(),
            act: None,
            advice: Vec::new(),
            why: String::new(),
            support: self.language.say(support),
            contact: self.support.clone(),
            home: self.home.clone(),
        }
    }

    fn invited(
        &self,
        blank: Words,
        (account, by, role): (&str, Option<&str>, Role),
        (code, until): (&InvitationCode, String),
    ) -> Words {
        let language = self.language;
        let named = ("account", person(&plain(account)).into());
        let as_role = ("role", text::role(language, role).into());
        let lead = match by.map(plain).filter(|by| !by.is_empty()) {
            Some(by) => language.tell("mail-invitation-lead", &[named, as_role, ("by", person(&by).into())]),
            None => language.tell("mail-invitation-lead-nobody", &[named, as_role]),
        };
        let href = with_query(&format!("{}/invitation", self.home), "code", code.reveal());
        Words {
            subject: language.tell("mail-invitation-subject", &[("account", plain(account).into())]),
            lead,
            act: Some(Act { name: language.say("mail-invitation-act"), href }),
            advice: vec![
                language.tell("mail-invitation-until", &[("until", until.into())]),
                language.say("mail-invitation-ignore"),
            ],
            why: language.say("mail-invitation-why"),
            ..blank
        }
    }

    fn signed_in(&self, blank: Words, from: &Origin, at: Fact) -> Words {
        let say = |key: &str| self.language.say(key);
        Words {
            subject: say("mail-signed-in-subject"),
            lead: say("mail-signed-in-lead"),
            facts: self.origin(from).into_iter().chain([at]).collect(),
            act: Some(self.to_password()),
            advice: vec![say("mail-was-you"), say("mail-was-not-you")],
            why: say("mail-signed-in-why"),
            ..blank
        }
    }

    fn ended(
        &self,
        blank: Words,
        (reason, by): (EndReason, Option<Role>),
        (session, at): (Option<&Origin>, Fact),
    ) -> Words {
        let say = |key: &str| self.language.say(key);
        // Ends that somebody else made say nothing of deadlines.
        let facts = EndFacts { idle_timeout: Duration::ZERO, absolute_lifetime: Duration::ZERO, by };
        let (advice, act) = match reason {
            EndReason::TakenOver => (vec![say("mail-was-you"), say("mail-was-not-you")], self.to_password()),
            _ => (vec![say("mail-ended-next")], self.act("mail-ended-act", "/sign-in")),
        };
        Words {
            subject: say("mail-ended-subject"),
            lead: text::told_why(self.language, reason, &facts),
            facts: session.map(|from| self.origin(from)).into_iter().flatten().chain([at]).collect(),
            act: Some(act),
            advice,
            why: say("mail-ended-why"),
            ..blank
        }
    }

    fn password_set(&self, blank: Words, by: SetBy, at: Fact) -> Words {
        let say = |key: &str| self.language.say(key);
        let by = self.language.say(match by {
            SetBy::TheirLogin => "history-by-login",
            SetBy::Application => "history-by-application",
            SetBy::Operator => "history-by-operator",
        });
        Words {
            subject: say("mail-password-subject"),
            lead: say("mail-password-lead"),
            facts: vec![self.fact("mail-password-by", by), at],
            act: Some(self.act("mail-sessions-act", "/account/sessions")),
            advice: vec![say("mail-was-you"), say("mail-password-otherwise")],
            why: say("mail-password-why"),
            ..blank
        }
    }

    fn reset(&self, blank: Words, (code, until): (&ResetCode, String), (ip, at): (Option<&str>, Fact)) -> Words {
        let say = |key: &str| self.language.say(key);
        let href = with_query(&format!("{}/reset", self.home), "code", code.reveal());
        let from = ip.map(|ip| self.fact("mail-address", plain(ip)));
        Words {
            subject: say("mail-reset-subject"),
            lead: say("mail-reset-lead"),
            facts: from.into_iter().chain([at]).collect(),
            act: Some(Act { name: say("mail-reset-act"), href }),
            advice: vec![self.language.tell("mail-reset-until", &[("until", until.into())]), say("mail-reset-ignore")],
            why: say("mail-reset-why"),
            ..blank
        }
    }

    fn confirmation(&self, blank: Words, (code, until): (&ConfirmationCode, String)) -> Words {
        let say = |key: &str| self.language.say(key);
        let href = with_query(&format!("{}/confirm-email", self.home), "code", code.reveal());
        Words {
            subject: say("mail-confirm-subject"),
            lead: say("mail-confirm-lead"),
            act: Some(Act { name: say("mail-confirm-act"), href }),
            advice: vec![
                self.language.tell("mail-reset-until", &[("until", until.into())]),
                say("mail-confirm-ignore"),
            ],
            why: say("mail-confirm-why"),
            ..blank
        }
    }

    fn take_over_code(&self, blank: Words, (code, until): (&MailCode, String), (from, at): (&Origin, Fact)) -> Words {
        let say = |key: &str| self.language.say(key);
        let code = self.fact("mail-code", code.reveal());
        Words {
            subject: say("mail-code-subject"),
            lead: say("mail-code-lead"),
            facts: [code].into_iter().chain(self.origin(from)).chain([at]).collect(),
            act: Some(self.to_password()),
            advice: vec![self.language.tell("mail-code-until", &[("until", until.into())]), say("mail-code-not-you")],
            why: say("mail-code-why"),
            ..blank
        }
    }

    fn factor(&self, blank: Words, (what, name): (FactorNews, Option<&str>), at: Fact) -> Words {
        let say = |key: &str| self.language.say(key);
        let name = name.map(|name| self.fact("mail-factor-name", plain(name)));
        Words {
            subject: say("mail-factor-subject"),
            lead: say(match what {
                FactorNews::Added => "mail-factor-added",
                FactorNews::Removed => "mail-factor-removed",
                FactorNews::RecoveryCode => "mail-factor-code",
            }),
            facts: name.into_iter().chain([at]).collect(),
            act: Some(self.act("mail-factor-act", "/account/security")),
            advice: vec![say("mail-was-you"), say("mail-password-otherwise")],
            why: say("mail-factor-why"),
            ..blank
        }
    }

    fn refused(&self, blank: Words, (from, reference): (&Origin, Option<&str>), at: Fact) -> Words {
        let say = |key: &str| self.language.say(key);
        let reference = reference.map(|reference| self.fact("reference", reference.to_owned()));
        Words {
            subject: say("mail-refused-subject"),
            lead: say("mail-refused-lead"),
            facts: self.origin(from).into_iter().chain([at]).chain(reference).collect(),
            act: Some(self.to_password()),
            advice: vec![say("mail-was-you"), say("mail-was-not-you")],
            why: say("mail-refused-why"),
            ..blank
        }
    }

    fn second_factor_failed(&self, blank: Words, from: &Origin, at: Fact) -> Words {
        let say = |key: &str| self.language.say(key);
        Words {
            subject: say("mail-second-subject"),
            lead: say("mail-second-lead"),
            facts: self.origin(from).into_iter().chain([at]).collect(),
            act: Some(self.to_password()),
            advice: vec![say("mail-was-you"), say("mail-was-not-you")],
            why: say("mail-second-why"),
            ..blank
        }
    }

    fn to_password(&self) -> Act {
        self.act("mail-password-act", "/account/security/password")
    }

    fn act(&self, key: &str, path: &str) -> Act {
        Act { name: self.language.say(key), href: format!("{}{path}", self.home) }
    }

    fn fact(&self, key: &str, value: String) -> Fact {
        Fact { name: self.language.say(key), value }
    }

    /// What somebody came from, as pages show it.
    fn origin(&self, from: &Origin) -> Vec<Fact> {
        let (device, place) = ((&from.device, None), (&from.place, from.ip.as_deref()));
        let words = DeviceWords::of(self.language, device, place);
        let device = match &from.device_name {
            Some(name) => format!("{} ({})", plain(name), plain(&words.label)),
            None => plain(&words.label),
        };
        let place = plain(&words.place);
        let place = match words.approximate {
            true => format!("{place} ({})", self.language.say("approximate")),
            false => place,
        };
        let address = words.address.map(|address| self.fact("mail-address", plain(&address)));
        let known = [self.fact("mail-device", device), self.fact("mail-place", place)];
        known.into_iter().chain(address).collect()
    }
}

fn rendered(words: &Words) -> Content {
    let (html, text) = (Html { mail: words }.render(), Plain { mail: words }.render());
    let rendered = "a template whose values are texts can only fail to write into a text, which has room";
    Content { subject: words.subject.clone(), text: text.expect(rendered), html: html.expect(rendered) }
}

/// A text of a stranger, fit to stand within a sentence: on one line, without what turns or hides text, and not too long.
fn plain(text: &str) -> String {
    let visible = visible(text);
    match visible.char_indices().nth(LENGTH_MAX) {
        Some((end, _)) => format!("{}…", &visible[..end]),
        None => visible,
    }
}

#[cfg(test)]
mod tests;
