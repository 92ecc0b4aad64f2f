//! What surrounds every page: made in one place, from the site, this answer's nonce
//! and language, and who is signed in.

use super::assets;
use crate::domain::permission::{Action, may};
use crate::domain::user::Role;
use crate::web::app::Site;
use crate::web::headers::Nonce;
use crate::web::text::{self, Language};

/// What surrounds every page.
#[derive(Clone, Debug)]
pub struct Chrome {
    /// The nonce of this answer's content security policy.
    pub nonce: String,
    /// The language of the page.
    pub language: Language,
    /// Path and query of the page itself, where somebody comes back to who chooses another language; `None` where the
    /// page cannot be asked for again, and so offers no choice.
    pub here: Option<String>,
    /// Path prefix of the public URL, without a slash at its end: "" or "/auth".
    pub base: String,
    /// Who is signed in; `None` makes the page a single sheet without navigation.
    pub user: Option<UserMenu>,
    /// That other rules for sessions are announced, in words.
    pub announced: Option<String>,
    /// The application, for whoever works in one.
    pub app_url: Option<String>,
    /// Where support is reached, if configured.
    pub support: Option<Support>,
    /// Where the embedded files are.
    pub assets: Assets,
    /// How the page is told what happens; `None` where it is told nothing.
    pub live: Option<LiveChannel>,
}

/// How an open page is told what happens, see `pages::live`.
#[derive(Clone, Debug)]
pub struct LiveChannel {
    /// Position of an event that the page's contents come after.
    pub after: i64,
    /// Whose page it is: the browser may be signed in as somebody else later.
    pub user: String,
}

impl Chrome {
    /// The chrome of one answer.
    pub fn new(
        site: &Site,
        nonce: &Nonce,
        (language, here): (Language, Option<String>),
        user: Option<UserMenu>,
    ) -> Self {
        let support = site.support.as_ref().and_then(|contact| Support::new(&contact.to_string()));
        let base = site.base().to_owned();
        let (nonce, assets) = (nonce.as_str().to_owned(), assets::addresses(&base));
        Self { nonce, language, here, base, user, announced: None, app_url: None, support, assets, live: None }
    }

    /// The text of the catalogue with this key.
    pub fn say(&self, key: &str) -> String {
        self.language.say(key)
    }

    /// The languages that somebody may choose from.
    pub fn languages(&self) -> &'static [Language] {
        &Language::ALL
    }
}

impl UserMenu {
    /// Somebody by their name, address or id, their role, and the name of their account.
    pub fn new(language: Language, name: &str, role: Role, account: Option<&str>) -> Self {
        let (initials, account) = (initials(name), account.map(str::to_owned));
        let ways = Ways::of(role);
        Self { name: name.to_owned(), role: text::role(language, role), initials, account, ways }
    }
}

/// Addresses of the embedded files, with prefix and content hash.
#[derive(Clone, Debug)]
pub struct Assets {
    /// Of `assets/innkeeper.css`.
    pub css: String,
    /// Of `assets/pages.js`.
    pub js: String,
    /// Of `assets/innkeeper.js`, which applications load as well.
    pub session: String,
    /// Of `assets/passkey.js`, which only pages load that can take a passkey.
    pub passkey: String,
    /// Of `assets/favicon.svg`.
    pub icon: String,
}

/// The person signed in, as the top bar shows them.
#[derive(Clone, Debug)]
pub struct UserMenu {
    /// Name, else address, else id.
    pub name: String,
    /// What their role is called.
    pub role: String,
    /// One or two letters, see [`initials`].
    pub initials: String,
    /// Name of the account; support and administrators have none.
    pub account: Option<String>,
    /// Where their role leads.
    pub ways: Ways,
}

/// Pages that not everybody has, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    /// The people of the account and their sessions.
    pub team: bool,
    /// The account's plan and what it costs.
    pub plan: bool,
    /// The support console.
    pub support: bool,
    /// Where events are sent to.
    pub webhooks: bool,
}

impl Ways {
    /// Where this role leads.
    pub const fn of(role: Role) -> Self {
        Self {
            team: may(role, Action::SeeTeam),
            plan: may(role, Action::ChangePlan),
            support: may(role, Action::UseSupport),
            webhooks: may(role, Action::ManageWebhooks),
        }
    }
}

/// Where support is reached: an address that is safe as a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// `mailto:` or `https:` (or `http:`) address.
    pub href: String,
    /// What people read: the address without its scheme.
    pub label: String,
}

impl Support {
    /// Takes `support.contact` as configured, a mail address or a URL; `None` if it is neither.
    pub fn new(contact: &str) -> Option<Self> {
        let contact = contact.trim();
        if let Ok(url) = url::Url::parse(contact) {
            let label = match url.scheme() {
                "mailto" => url.path().to_owned(),
                "https" | "http" => {
                    contact.split_once("://").map_or(contact, |(_, rest)| rest).trim_end_matches('/').to_owned()
                }
                _ => return None,
            };
            return Some(Self { href: url.into(), label });
        }
        let (name, host) = contact.rsplit_once('@')?;
        let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
        if !plain(name) || !plain(host) {
            return None;
        }
        let url = url::Url::parse(&format!("mailto:{contact}")).ok()?;
        Some(Self { href: url.into(), label: contact.to_owned() })
    }
}

/// The first letters of the first and last word of a name, in capitals: "AO" for "Alex Ono".
pub fn initials(name: &str) -> String {
    let mut letters =
        name.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.chars().next()).flat_map(char::to_uppercase);
    let first = letters.next();
    first.into_iter().chain(letters.last()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn support_is_a_mail_address_or_a_web_address_and_nothing_else() {
        let mail = Support::new("help@reef.example").unwrap();
        assert_eq!((mail.href.as_str(), mail.label.as_str()), ("mailto:help@reef.example", "help@reef.example"));
        assert_eq!(Support::new("mailto:help@reef.example").unwrap(), mail);
        let page = Support::new("https://reef.example/help/").unwrap();
        assert_eq!((page.href.as_str(), page.label.as_str()), ("https://reef.example/help/", "reef.example/help"));
        for bad in ["", "javascript:alert(1)", "data:text/html,x", "just words", "a b@c", "@x", "x@"] {
            assert_eq!(Support::new(bad), None, "{bad}");
        }
    }

    #[test]
    fn initials_are_at_most_two_and_never_fail() {
        for (name, letters) in [
            ("Alex Ono", "AO"),
            ("desk@reef.example", "DE"),
            ("Mia", "M"),
            ("", ""),
            ("—", ""),
            ("émile du bois", "ÉB"),
        ] {
            assert_eq!(initials(name), letters, "{name}");
        }
    }
}
