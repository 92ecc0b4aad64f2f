//! Commands about mail: how it looks, and whether it can be sent.

use super::{Failure, say, table};
use crate::clock::{Clock, TimeSource};
use crate::config::Config;
use crate::deliver::mail::{Content, Mail};
use crate::domain::mail::MailKind;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Tried;
use crate::service::mailer;
use crate::web::mail::{Writer, sample};
use crate::web::text::Language;
use anyhow::Context;
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Commands about mail.
#[derive(Debug, Subcommand)]
pub(super) enum MailCommand {
    /// Print mails as they would be sent, about people who do not exist; nothing is sent.
    Preview {
        /// Which one; all of them without it.
        #[arg(value_parser = kind)]
        kind: Option<MailKind>,
        /// In this language, en or de [default: what the configuration says].
        #[arg(long, value_name = "CODE", value_parser = language)]
        language: Option<Language>,
        /// Write each into this folder, as HTML and as text, in place of printing it.
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
    },
    /// Send one mail that tells nothing, and say what went wrong.
    Test {
        /// To whom.
        address: String,
    },
}

fn kind(text: &str) -> Result<MailKind, String> {
    MailKind::parse(text).ok_or_else(|| {
        let known: Vec<_> = MailKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("there is no such mail; there are {}", known.join(", "))
    })
}

fn language(text: &str) -> Result<Language, String> {
    Language::parse(text).ok_or_else(|| "mails are written in en and in de".into())
}

impl MailCommand {
    pub(super) fn run(self, config: &Config, as_json: bool) -> Result<(), Failure> {
        let (kind, language, to) = match self {
            MailCommand::Preview { kind, language, to } => (kind, language, to),
            MailCommand::Test { address } => return test(config, address),
        };
        let kinds = kind.map_or(MailKind::ALL.to_vec(), |kind| vec![kind]);
        let writer = Writer::new(config, language.or_else(|| configured(config)));
        let written = kinds.into_iter().map(|kind| (kind.as_str(), writer.write(&sample(kind))));
        if as_json {
            let mail = |(kind, content): (&str, Content)| json!({ "kind": kind, "subject": content.subject, "text": content.text, "html": content.html });
            say(format_args!("{:#}", json!({ "items": written.map(mail).collect::<Vec<_>>() })));
            return Ok(());
        }
        for (kind, content) in written {
            match &to {
                Some(folder) => {
                    write(folder, &format!("{kind}.html"), &content.html)?;
                    write(folder, &format!("{kind}.txt"), &format!("{}\n\n{}\n", content.subject, content.text))?;
                }
                None => say(format_args!("# {kind}: {}\n\n{}\n", content.subject, content.text)),
            }
        }
        Ok(())
    }
}

fn configured(config: &Config) -> Option<Language> {
    config.mail.as_ref().and_then(|mail| Language::parse(mail.language))
}

fn test(config: &Config, address: String) -> Result<(), Failure> {
    let Some(mailer) = mailer(config) else {
        return Err(Failure::usage(
            "no mail is sent, since mail.server is not set; innkeeper.example.toml shows what [mail] takes",
        ));
    };
    let at = Clock::start(TimeSource::Own, Timestamp::default()).now();
    let content = Writer::new(config, configured(config)).trial();
    let mail = Mail { id: format!("trial.{}", at.as_millis()), at, to: address.clone(), content };
    let answer = super::runtime()?.block_on(mailer.send(mail));
    match answer.tried {
        Tried::Taken => say(format_args!("the mail server has taken a mail to {}", table::harmless(&address))),
        Tried::Gone | Tried::NotTaken { .. } => return Err(Failure::failed(mend(&answer.why.unwrap_or_default()))),
    }
    Ok(())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    say(format_args!("wrote {}", path.display()));
    Ok(())
}

/// Whether mail can be sent, in the form of the other reports of `innkeeper doctor`.
pub(super) fn report(config: &Config) -> Result<Value, Failure> {
    let report = |told: String, problems: Vec<String>| json!({ "facts": [{ "name": "mail", "value": told }], "hints": [], "problems": problems });
    let (Some(mail), Some(mailer)) = (&config.mail, mailer(config)) else {
        let none = "not sent, since mail.server is not set; links are shown to be passed on";
        return Ok(report(none.into(), Vec::new()));
    };
    let tls = if mail.tls.as_str() == "none" { "without TLS" } else { "by TLS" };
    let told = format!("sent through {} {tls}, from {}", mail.server, mail.from);
    let looked = super::runtime()?.block_on(mailer.look());
    Ok(report(told, looked.err().map(|why| mend(&why)).into_iter().collect()))
}

/// What is wrong with the mail server, and what to do about it.
fn mend(why: &str) -> String {
    let mend = if why.contains("cannot be written") || why.contains("for good") {
        "Look at the address."
    } else if why.contains("refused with 5") && !why.contains("with 53") {
        "The server does not let us send this: look at mail.from, and at what the server wants of those who send."
    } else if why.contains("with 53") {
        "It does not take the user or the password: look at mail.server, where signs such as @ are percent-encoded."
    } else if why.contains("TLS") || why.contains("certificate") || why.contains("STARTTLS") {
        "The way must be encrypted, with a certificate for this very name that this system trusts: look at the name in \
         mail.server, at smtps:// for port 465, and at the system's certificates (ca-certificates)."
    } else {
        "Look at the name and the port in mail.server, and whether a firewall lets this machine there."
    };
    format!("No mail can be sent: {why}. {mend}")
}
