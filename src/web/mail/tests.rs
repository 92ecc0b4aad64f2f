//! What mails say, and what strangers cannot make them say.

use super::*;
use crate::config::Contact;
use crate::domain::mail::MailKind;
use crate::web::text::marking;
use proptest::prelude::*;
use url::Url;

fn config() -> Config {
    let mut config = Config { public_url: Url::parse("https://app.reef.example/auth/").unwrap(), ..Config::default() };
    config.support.contact = Some(Contact::Mail("help@reef.example".into()));
    config
}

fn written(letter: &Letter, language: Language) -> Content {
    Writer::new(&config(), Some(language)).write(letter)
}

/// Addresses to which a mail leads.
fn links(content: &Content) -> Vec<String> {
    let in_html = content.html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    let in_text = content.text.split_whitespace().filter(|word| word.contains("://")).map(str::to_owned);
    in_html.chain(in_text).collect()
}

#[test]
fn every_mail_says_why_it_was_sent_whom_to_ask_and_leads_only_to_the_public_address() {
    for language in Language::ALL {
        for kind in MailKind::ALL {
            let content = written(&sample(kind), language);
            for text in [&content.text, &content.html] {
                assert!(text.contains("help@reef.example") && text.contains("https://app.reef.example/auth"), "{text}");
            }
            let links = links(&content);
            assert!(links.len() >= 4, "{links:?}");
            let known =
                |link: &String| link == "mailto:help@reef.example" || link.starts_with("https://app.reef.example/auth");
            assert!(links.iter().all(known), "{links:?}");
            assert!(content.html.contains(&format!("<html lang=\"{}\">", language.code())));
            assert!(!content.text.contains("\n\n\n"), "{}", content.text);
            assert!(!content.subject.is_empty() && !content.text.contains('<'), "{}", content.text);
        }
    }
}

#[test]
fn plain_text_reads_well() {
    let content = written(&sample(MailKind::NewSignIn), Language::English);
    assert_eq!(content.subject, "Sign-in on a new device");
    let expected = "Hello \u{2068}Kai Brandt\u{2069},\n\nYour login was used on a device and in a place where it had not been \
        used before.\n\nDevice: Firefox on Android\nPlace: Suva, Fiji (approx.)\nIP address: 203.0.113.7\n\
        Time: 22 Nov 2026, 14:05 AEST (Brisbane)\n\nChange the password:\n\
        https://app.reef.example/auth/account/security/password\n\nIf that was you, there is nothing to do.\n\n\
        If it was not you, somebody knows your password: change it now, which also signs out everything else that uses \
        your login.\n\nIf you have a question, ask: help@reef.example\n\n-- \nYou receive this because a sign-in came \
        from a new device and a new place.\nhttps://app.reef.example/auth";
    assert_eq!(content.text, expected);
}

#[test]
fn nothing_is_said_that_is_not_in_the_catalogue() {
    for kind in MailKind::ALL {
        let content = marking(|| written(&sample(kind), Language::English));
        let mut depth = 0;
        let beside: String = content
            .text
            .chars()
            .filter(|c| {
                depth += i32::from(*c == '⟦') - i32::from(*c == '⟧');
                depth == 0 && *c != '⟧'
            })
            .collect();
        let of_the_sample = ["Firefox", "Android", "Suva", "203.0.113.7", "R-7K3M-92QD", "Phone", "help@reef.example"];
        let words = beside.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic));
        let unknown: Vec<_> = words
            .filter(|word| !word.contains("://") && !of_the_sample.iter().any(|known| word.contains(known)))
            .collect();
        assert_eq!(unknown, [""; 0], "{}", content.text);
    }
}

#[test]
fn each_kind_has_its_own_words_in_every_language() {
    let mut subjects = std::collections::BTreeSet::new();
    for language in Language::ALL {
        for kind in MailKind::ALL {
            let content = written(&sample(kind), language);
            assert!(subjects.insert(content.subject.clone()), "{}", content.subject);
        }
    }
    assert!(
        written(&sample(MailKind::SessionEnded), Language::English).text.contains("A manager of your account ended")
    );
    assert!(written(&sample(MailKind::PasswordChanged), Language::German).text.contains("mit Ihrem Zugang"));
}

#[test]
fn the_link_of_an_invitation_carries_its_code() {
    let letter = sample(MailKind::Invitation);
    let News::Invited { code, .. } = &letter.news else { panic!("an invitation") };
    let content = written(&letter, Language::English);
    let link = format!("https://app.reef.example/auth/invitation?code={}", code.reveal());
    assert!(content.text.contains(&format!("\n{link}\n")) && content.html.contains(&format!("\"{link}\"")));
    assert_eq!(content.subject, "Invitation to Reef Tours");
}

#[test]
fn without_a_contact_the_words_name_the_people_who_run_the_service() {
    let config = Config { support: crate::config::Support::default(), ..config() };
    let content = Writer::new(&config, None).write(&sample(MailKind::PasswordChanged));
    assert!(content.text.contains("ask the people who run this service") && !content.html.contains("mailto:"));
}

const HOSTILE: [&str; 7] = [
    "Kai\r\nBcc: victim@x.example\r\n\r\nYou have won",
    "\u{202e}gnitseretni\u{2066}",
    "\"><script>alert(1)</script>",
    "</bdi></p><a href=\"https://evil.example\">click</a>",
    "{{ mail.home }} { $account } <%= 1 %>",
    "\u{2069}\u{2069}\u{200b}\u{feff}",
    "a\u{85}b\u{2028}c\u{0}d",
];

fn from_a_stranger(kind: MailKind, text: &str) -> Letter {
    let mut letter = sample(kind);
    letter.name = letter.name.map(|_| text.to_owned());
    let twist = |from: &mut Origin| {
        (from.device.browser, from.device.system) = (text.to_owned(), text.to_owned());
        (from.device_name, from.place.city, from.ip) = (Some(text.into()), Some(text.into()), Some(text.into()));
    };
    match &mut letter.news {
        News::Invited { account, by, .. } => (*account, *by) = (text.to_owned(), Some(text.to_owned())),
        News::SignedIn(from)
        | News::SecondFactorFailed(from)
        | News::Refused { from, .. }
        | News::TakeOverCode { from, .. } => twist(from),
        News::Ended { session, .. } => session.as_mut().map(twist).unwrap_or_default(),
        News::Reset { ip, .. } => *ip = Some(text.into()),
        News::Factor(_, name) => *name = Some(text.into()),
        News::PasswordSet(_) | News::Confirmation { .. } => {}
    }
    letter
}

/// The elements of a page, without what stands in them.
fn elements(html: &str) -> Vec<String> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap().split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn what_strangers_call_themselves_adds_no_line_no_link_and_no_element() {
    for kind in MailKind::ALL {
        let harmless = written(&sample(kind), Language::English);
        for text in HOSTILE {
            let content = written(&from_a_stranger(kind, text), Language::English);
            let lines = |text: &str| text.lines().count();
            // An empty name is greeted as nobody, on the same line.
            assert_eq!(lines(&content.text), lines(&harmless.text), "{text:?}\n{}", content.text);
            assert_eq!(elements(&content.html), elements(&harmless.html), "{text:?}\n{}", content.html);
            assert_eq!(links(&content).len(), links(&harmless).len() + count_of_links(text, &content), "{text:?}");
            for said in [&content.subject, &content.text, &content.html] {
                assert!(
                    !said.contains(['\u{202e}', '\u{2066}', '\u{200b}', '\r', '\u{85}', '\u{2028}', '\0']),
                    "{said:?}"
                );
                assert_eq!(said.matches('\u{2068}').count(), said.matches('\u{2069}').count(), "{said:?}");
            }
            assert_eq!(content.subject.lines().count(), 1);
        }
    }
}

/// A word with an address in it stays a word; it is nothing that we link to.
fn count_of_links(text: &str, content: &Content) -> usize {
    if !text.contains("://") {
        return 0;
    }
    assert!(!content.html.contains("href=\"https://evil"), "{}", content.html);
    content.text.split_whitespace().filter(|word| word.contains("://evil")).count()
}

proptest! {
    #[test]
    fn no_text_panics_or_grows_a_mail_without_end(text in any::<String>(), long in "\\PC{300,900}") {
        for kind in MailKind::ALL {
            for text in [&text, &long] {
                let content = written(&from_a_stranger(kind, text), Language::German);
                prop_assert!(content.subject.chars().count() < 130 && content.html.len() < 12_000, "{:?}", content);
                prop_assert_eq!(content.subject.lines().count(), 1);
            }
        }
    }
}
