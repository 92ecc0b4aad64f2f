//! Sends one mail to one person through the configured server, and says how it went.
//!
//! Every address goes through the mail library's own types, and every text of strangers stands in a body or in an encoded
//! subject: nothing that somebody calls themselves or their browser can become a header or a further receiver.

use super::{Answer, innermost};
use crate::config::{Mail as Settings, MailTls};
use crate::domain::time::Timestamp;
use crate::domain::webhook::Tried;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{self, AsyncSmtpTransport};
use lettre::{Address, AsyncTransport, Tokio1Executor};
use std::error::Error;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};
use tokio::time::timeout;

/// Longest wait for each answer of the server.
const STEP_WITHIN: Duration = Duration::from_secs(20);

/// Longest time that sending may take: name, network, TLS and every answer. Shorter than a mail is kept for one node.
const SENT_WITHIN: Duration = Duration::from_secs(60);

/// A mail to one person.
#[derive(Clone, Debug)]
pub struct Mail {
    /// What it is known by, the same at each try, so that whoever gets it twice can tell.
    pub id: String,
    /// When it is sent.
    pub at: Timestamp,
    /// The address that it goes to.
    pub to: String,
    /// What it says.
    pub content: Content,
}

/// What a mail says. `Debug` shows its subject and no more: a mail may carry a code.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    /// Its subject.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Sends mail, each over a connection of its own: they are few, and one that is kept has to be closed in time.
pub struct Mailer {
    settings: Settings,
    /// The host that ids of mails are from.
    host: String,
    /// Made when the first mail is sent.
    transport: Mutex<Option<Transport>>,
}

type Transport = AsyncSmtpTransport<Tokio1Executor>;

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Mail that a program has made, which no holiday greeting answers (RFC 3834).
#[derive(Clone)]
struct MadeByAProgram;

impl Header for MadeByAProgram {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

impl Mailer {
    /// Sends as the configuration says, for a service at this host.
    pub fn new(settings: Settings, host: &str) -> Self {
        Self { settings, host: host.to_owned(), transport: Mutex::default() }
    }

    /// Sends a mail, and waits a minute at most.
    pub async fn send(&self, mail: Mail) -> Answer {
        let message = match self.message(mail) {
            Ok(message) => message,
            // It would be no other one at the next try.
            Err(error) => {
                return Answer {
                    tried: Tried::Gone,
                    why: Some(format!("it cannot be written: {}", innermost(&*error))),
                };
            }
        };
        let transport = match self.transport() {
            Ok(transport) => transport,
            Err(error) => return Answer::not_taken(format!("nothing can be sent: {}", innermost(&error)), None),
        };
        match timeout(SENT_WITHIN, transport.send(message)).await {
            Ok(Ok(_)) => Answer { tried: Tried::Taken, why: None },
            Ok(Err(error)) => answer_of(&error),
            Err(_) => Answer::not_taken(format!("not taken within {} s", SENT_WITHIN.as_secs()), None),
        }
    }

    /// Connects and signs in as for a mail, and sends none. Says what went wrong.
    ///
    /// # Errors
    /// What somebody has to mend, in words.
    pub async fn look(&self) -> Result<(), String> {
        let transport = self.transport().map_err(|error| innermost(&error).to_string())?;
        match timeout(SENT_WITHIN, transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("it does not answer as a mail server does".into()),
            Ok(Err(error)) => Err(answer_of(&error).why.unwrap_or_default()),
            Err(_) => Err(format!("no answer within {} s", SENT_WITHIN.as_secs())),
        }
    }

    fn message(&self, mail: Mail) -> Result<Message, Box<dyn Error + Send + Sync>> {
        let from = &self.settings.from;
        let from = Mailbox::new(from.name.clone(), from.address.parse::<Address>()?);
        // Seconds are what the header tells.
        let seconds = u64::try_from(mail.at.as_millis().div_euclid(1000)).unwrap_or_default();
        let message = Message::builder()
            .from(from)
            .to(Mailbox::new(None, mail.to.parse::<Address>()?))
            .subject(on_one_line(&mail.content.subject))
            .date(UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(format!("<{}@{}>", mail.id, self.host)))
            .header(MadeByAProgram)
            .multipart(MultiPart::alternative_plain_html(mail.content.text, mail.content.html))?;
        Ok(message)
    }

    fn transport(&self) -> Result<Transport, smtp::Error> {
        let mut kept = self.transport.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(transport) = &*kept {
            return Ok(transport.clone());
        }
        let Settings { server, tls, .. } = &self.settings;
        let trusted = || TlsParameters::new(server.host.clone());
        let tls = match tls {
            MailTls::FromTheStart => Tls::Wrapper(trusted()?),
            MailTls::StartTls => Tls::Required(trusted()?),
            MailTls::None => Tls::None,
        };
        // What is dangerous about it, the want of TLS, is decided above.
        let mut builder =
            Transport::builder_dangerous(server.host.clone()).port(server.port).tls(tls).timeout(Some(STEP_WITHIN));
        if let Some((user, password)) = &server.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.to_string()));
        }
        let transport: Transport = builder.build();
        *kept = Some(transport.clone());
        Ok(transport)
    }
}

/// A subject is one line, whoever wrote a part of it.
fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What became of a mail that was not taken. The server's own words may name the person, and stay here.
fn answer_of(error: &smtp::Error) -> Answer {
    let said = innermost(error).to_string();
    match error.status() {
        Some(status) if error.is_permanent() && is_about_the_receiver(&status.to_string(), &said) => {
            Answer { tried: Tried::Gone, why: Some(format!("refused for good with {status}{}", enhanced(&said))) }
        }
        Some(status) => Answer::not_taken(format!("refused with {status}{}", enhanced(&said)), None),
        None if error.is_tls() => Answer::not_taken(format!("no TLS: {said}"), None),
        None if error.is_timeout() => Answer::not_taken("no answer in time", None),
        None => Answer::not_taken(format!("no mail server: {said}"), None),
    }
}

/// The enhanced status with which an answer begins, such as `5.1.1`, behind a space.
fn enhanced(said: &str) -> String {
    let code = said.split([' ', ')', ':']).find(|word| {
        let parts: Vec<_> = word.split('.').collect();
        parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    });
    code.map(|code| format!(" {code}")).unwrap_or_default()
}

/// Whether a refusal for good is about this receiver. One about who sends, a password or a policy is the operator's to
/// mend, and until then nothing is lost.
fn is_about_the_receiver(status: &str, said: &str) -> bool {
    match enhanced(said).trim() {
        "" => ["550", "551", "553"].contains(&status),
        code => code.starts_with("5.1.") && !["5.1.7", "5.1.8"].contains(&code) || code.starts_with("5.2."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{MailFrom, MailServer};
    use proptest::prelude::*;

    fn mailer() -> Mailer {
        let server = MailServer { host: "127.0.0.1".into(), port: 1, tls_from_the_start: false, login: None };
        let from = MailFrom { name: Some("Ärger, Söhne & Co".into()), address: "desk@reef.example".into() };
        Mailer::new(Settings { server, tls: MailTls::None, from, language: "en" }, "app.example")
    }

    fn mail(to: &str, subject: &str, text: &str) -> Mail {
        let at = Timestamp::from_millis(1_795_600_000_500);
        let content = Content { subject: subject.into(), text: text.into(), html: format!("<p>{text}</p>") };
        Mail { id: "evt_7".into(), at, to: to.into(), content }
    }

    /// What goes over the wire.
    fn written(mail: Mail) -> String {
        String::from_utf8(mailer().message(mail).unwrap().formatted()).unwrap()
    }

    fn headers(written: &str) -> Vec<&str> {
        let head = written.split("\r\n\r\n").next().unwrap();
        head.lines().filter(|line| !line.starts_with([' ', '\t'])).map(|line| line.split(':').next().unwrap()).collect()
    }

    const HEADERS: [&str; 8] =
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];

    #[test]
    fn a_mail_has_its_headers_and_says_it_all_twice() {
        let written = written(mail("kai@reef.example", "Signed in", "Hello"));
        assert_eq!(headers(&written), HEADERS);
        for line in [
            "To: kai@reef.example\r\n",
            "Subject: Signed in\r\n",
            "Date: Wed, 25 Nov 2026 09:46:40 +0000\r\n",
            "Message-ID: <evt_7@app.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "text/plain; charset=utf-8",
            "text/html; charset=utf-8",
        ] {
            assert!(written.contains(line), "{line}\n{written}");
        }
    }

    #[test]
    fn no_subject_becomes_a_header_or_a_second_line() {
        for subject in [
            "Hello\r\nBcc: victim@x.example",
            "Hello\nBcc: victim@x.example",
            "Hello\r\n\r\nBody",
            "\u{202e}gnitseretni\" <x@y.example>, \"",
            "=?utf-8?q?Bcc:?=",
            &"long ".repeat(200),
            "\u{0}\u{85}\u{2028}Bcc: victim@x.example",
        ] {
            let written = written(mail("kai@reef.example", subject, "Hello"));
            assert_eq!(headers(&written), HEADERS, "{subject:?}\n{written}");
        }
    }

    #[test]
    fn no_address_leads_to_anybody_else() {
        for to in [
            "kai@reef.example\r\nBcc: victim@x.example",
            "kai@reef.example, victim@x.example",
            "Kai <kai@reef.example>",
            "kai@reef.example>",
            "kai",
            "",
        ] {
            assert!(mailer().message(mail(to, "Hello", "Hello")).is_err(), "{to:?}");
        }
        // What is quoted in an address stays within it.
        if let Ok(message) = mailer().message(mail("\"a b\"@reef.example", "Hello", "Hello")) {
            assert_eq!(message.envelope().to().len(), 1);
        }
    }

    #[test]
    fn what_is_refused_for_good_is_refused_to_this_receiver() {
        for (status, said, about) in [
            ("550", "5.1.1 <kai@reef.example> no such mailbox", true),
            ("550", "no such user", true),
            ("552", "5.2.2 mailbox full", true),
            ("550", "5.7.1 relaying denied", false),
            ("535", "5.7.8 bad credentials", false),
            ("553", "5.1.8 sender unknown", false),
            ("530", "authenticate first", false),
            ("554", "transaction failed", false),
        ] {
            assert_eq!(is_about_the_receiver(status, said), about, "{status} {said}");
        }
        assert_eq!(enhanced("5.1.1 <kai@1.2.3.4> no"), " 5.1.1");
        assert_eq!(enhanced("no"), "");
    }

    #[test]
    fn what_a_mail_says_is_not_printed() {
        let shown = format!("{:?}", mail("kai@reef.example", "Hello", "https://app.example/invitation?code=secret"));
        assert!(shown.contains("Hello") && !shown.contains("secret"), "{shown}");
    }

    #[tokio::test]
    async fn nobody_there_is_told_in_words_and_tried_again() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let mut mailer = mailer();
        mailer.settings.server.port = port;
        let answer = mailer.send(mail("kai@reef.example", "Hello", "Hello")).await;
        assert_eq!(answer.tried, Tried::NotTaken { pause: None });
        assert!(answer.why.as_deref().unwrap().contains("Connection refused"), "{answer:?}");
        assert!(mailer.look().await.unwrap_err().contains("Connection refused"));
        let never = mailer.send(mail("kai", "Hello", "Hello")).await;
        assert_eq!(never.tried, Tried::Gone);
    }

    proptest! {
        #[test]
        fn no_text_panics_or_adds_a_header(to in "\\PC{0,40}", subject in any::<String>(), text in any::<String>()) {
            let written = written(mail("kai@reef.example", &subject, &text));
            prop_assert_eq!(headers(&written), HEADERS);
            if let Ok(message) = mailer().message(mail(&to, "Hello", "Hello")) {
                prop_assert_eq!(message.envelope().to().len(), 1);
            }
        }
    }
}
