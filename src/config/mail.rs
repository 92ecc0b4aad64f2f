//! How mail is sent: the server, whether the way there is encrypted, and who sends.

use super::error::Place;
use super::reader::{Fault, Reader, Want, fault};
use super::value;
use percent_encoding::percent_decode_str;
use std::fmt;
use std::net::IpAddr;
use url::Url;
use zeroize::Zeroizing;

/// Where a server takes mail from those who send it, unless its address says otherwise: with STARTTLS, and with TLS from
/// the first byte on.
const PORTS: (u16, u16) = (587, 465);

const SERVER: Want<'_> = Want::text("the address of a mail server", "smtp://USER:PASSWORD@mail.operator.example:587");
const FROM: Want<'_> = Want::text("a mail address, after a name if you like", "The desk <desk@operator.example>");
const TLS: Want<'_> = Want::text("required or none", "required");
const LANGUAGE: Want<'_> = Want::text("en or de", "de");

/// How mail is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The server that takes it.
    pub server: MailServer,
    /// Whether the way to the server is encrypted.
    pub tls: MailTls,
    /// Who sends it.
    pub from: MailFrom,
    /// The language of mails, by its code: an account has none.
    pub language: &'static str,
}

/// Whether the way to the server is encrypted, with a certificate that this system trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// From the first byte on, or nothing is sent.
    FromTheStart,
    /// After STARTTLS, or nothing is sent.
    StartTls,
    /// It is not.
    None,
}

impl MailTls {
    /// What the setting says of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            MailTls::FromTheStart | MailTls::StartTls => "required",
            MailTls::None => "none",
        }
    }
}

/// A server, and how it is signed in to. `Debug` and `Display` hide the password.
#[derive(Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Its name or address; that of IPv6 without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether TLS begins with the first byte.
    pub tls_from_the_start: bool,
    /// User and password, where it asks for them.
    pub login: Option<(String, Zeroizing<String>)>,
}

impl MailServer {
    /// Whether it is on this machine, as far as its name says.
    fn is_here(&self) -> bool {
        self.host.parse().map_or(self.host == "localhost", |address: IpAddr| address.to_canonical().is_loopback())
    }
}

impl fmt::Display for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls_from_the_start { "smtps" } else { "smtp" };
        let login = self.login.as_ref().map(|(user, _)| format!("{user}:***@")).unwrap_or_default();
        match self.host.contains(':') {
            true => write!(f, "{scheme}://{login}[{}]:{}", self.host, self.port),
            false => write!(f, "{scheme}://{login}{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailServer({self})")
    }
}

/// Who sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFrom {
    /// What people read.
    pub name: Option<String>,
    /// The address.
    pub address: String,
}

impl fmt::Display for MailFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}

/// Reads `[mail]`: all of it or nothing.
pub(super) fn read(r: &mut Reader) -> Option<Mail> {
    let (mut server, mut from, mut tls, mut language) = (None, None, None, None);
    let server_at = r.set(&mut server, "mail.server", SERVER, |raw| {
        // Not a word of what was written: there is a password in it.
        let text = raw.optional(|text| Ok(text.to_owned())).map_err(|_| "is not a text, or empty".to_owned())?;
        text.as_deref().map(self::server).transpose()
    });
    let from_at = r.set(&mut from, "mail.from", FROM, |raw| raw.optional(self::from));
    let tls_at = r.set(&mut tls, "mail.tls", TLS, |raw| {
        raw.optional(|text| match text {
            "required" => Ok(true),
            "none" => Ok(false),
            other => Err(fault(other, "is neither")),
        })
    });
    r.set(&mut language, "mail.language", LANGUAGE, |raw| {
        raw.optional(|text| match text {
            "en" => Ok("en"),
            "de" => Ok("de"),
            other => Err(fault(other, "is neither")),
        })
    });
    let (server, from) = match (server, from) {
        (Some(server), Some(from)) => (server, from),
        (Some(_), None) if from_at.is_none() => {
            let at = server_at.unwrap_or(Place::Whole);
            r.refuse("mail.from", at, "is missing beside mail.server", &FROM);
            return None;
        }
        (None, Some(_)) if server_at.is_none() => {
            let at = from_at.unwrap_or(Place::Whole);
            r.refuse("mail.server", at, "is missing beside mail.from", &SERVER);
            return None;
        }
        // Both were left out or taken back, or what is wrong with one has been said.
        _ => return None,
    };
    let tls = match (server.tls_from_the_start, tls) {
        (true, Some(false)) => {
            let words =
                "is none, but mail.server begins with smtps://, which is TLS. Write smtp:// there, or take it out.";
            r.object("mail.tls", tls_at.unwrap_or(Place::Whole), words);
            return None;
        }
        (true, _) => MailTls::FromTheStart,
        (false, Some(true)) => MailTls::StartTls,
        (false, Some(false)) => MailTls::None,
        // What does not leave the machine needs no certificate.
        (false, None) if server.is_here() => MailTls::None,
        (false, None) => MailTls::StartTls,
    };
    Some(Mail { server, tls, from, language: language.unwrap_or("en") })
}

/// Reads `smtp://…` or `smtps://…`. No fault shows the text.
fn server(text: &str) -> Result<MailServer, Fault> {
    let url = Url::parse(text).map_err(|error| format!("is not an address: {error}"))?;
    let (tls_from_the_start, port) = match url.scheme() {
        "smtp" => (false, PORTS.0),
        "smtps" => (true, PORTS.1),
        _ => return Err("begins with neither smtp:// nor smtps://".into()),
    };
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else { return Err("names no server".into()) };
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err("has something after the server and its port".into());
    }
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned());
    let login = match (decoded(url.username()), url.password().map(decoded).transpose()) {
        (Err(_), _) | (_, Err(_)) => return Err("has a user or a password that is not UTF-8".into()),
        (Ok(user), Ok(None)) if user.is_empty() => None,
        (Ok(user), Ok(Some(password))) if !user.is_empty() => Some((user, Zeroizing::new(password))),
        _ => return Err("has a user without a password, or a password without a user".into()),
    };
    if login.as_ref().is_some_and(|(user, password)| format!("{user}{}", **password).chars().any(char::is_control)) {
        return Err("has a control character in it".into());
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let host = match bare.parse::<IpAddr>() {
        Ok(_) => bare.to_owned(),
        Err(_) => value::host(host).map_err(|_| "names no server".to_owned())?,
    };
    Ok(MailServer { host, port: url.port().unwrap_or(port), tls_from_the_start, login })
}

/// Reads `name@host`, or `Name <name@host>`.
fn from(text: &str) -> Result<MailFrom, Fault> {
    let (name, address) = match text.trim().strip_suffix('>').and_then(|rest| rest.split_once('<')) {
        Some((name, address)) => (name.trim(), address.trim()),
        None => ("", text.trim()),
    };
    let name = if name.is_empty() { None } else { Some(value::line(name)?) };
    if name.as_ref().is_some_and(|name| name.contains(['<', '>', '"', '@'])) {
        return Err(fault(text, "has one of < > \" @ in its name"));
    }
    let address = value::mail_address(address).ok_or_else(|| fault(text, "is not a mail address"))?;
    Ok(MailFrom { name, address })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_server_is_read_with_its_port_and_its_login() {
        let read = server("smtp://user%40x:p%3Aw%40rd@mail.operator.example").unwrap();
        assert_eq!((read.host.as_str(), read.port, read.tls_from_the_start), ("mail.operator.example", 587, false));
        let (user, password) = read.login.as_ref().unwrap();
        assert_eq!((user.as_str(), password.as_str()), ("user@x", "p:w@rd"));
        let read = server("smtps://[::1]/").unwrap();
        assert_eq!((read.host.as_str(), read.port, read.tls_from_the_start), ("::1", 465, true));
        assert_eq!(read.to_string(), "smtps://[::1]:465");
        assert_eq!(server("smtp://127.0.0.1:2525").unwrap().port, 2525);
        for bad in [
            "",
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp:///x",
            "smtp://m.example/x",
            "smtp://m.example?x",
            "smtp://user@m.example",
            "smtp://:hunter2@m.example",
            "smtp://u:hun%0Ater2@m.example",
            "smtp://u:hun%ffter2@m.example",
        ] {
            let fault = server(bad).unwrap_err();
            assert!(!fault.contains("hun"), "{bad}: {fault}");
        }
    }

    #[test]
    fn a_server_shows_no_password() {
        let read = server("smtp://desk:hunter2@mail.example:25").unwrap();
        assert_eq!(
            format!("{read} {read:?}"),
            "smtp://desk:***@mail.example:25 MailServer(smtp://desk:***@mail.example:25)"
        );
    }

    #[test]
    fn only_a_server_on_this_machine_is_here() {
        for (text, here) in [
            ("smtp://127.0.0.1", true),
            ("smtp://127.8.8.8:25", true),
            ("smtp://[::1]", true),
            ("smtp://localhost", true),
            ("smtp://localhost.example", false),
            ("smtp://10.0.0.1", false),
        ] {
            assert_eq!(server(text).unwrap().is_here(), here, "{text}");
        }
    }

    #[test]
    fn a_sender_is_an_address_or_a_name_with_one() {
        let read = |text| from(text).map(|from| from.to_string());
        assert_eq!(read("desk@reef.example"), Ok("desk@reef.example".into()));
        assert_eq!(read(" The desk  < desk@reef.example > "), Ok("The desk <desk@reef.example>".into()));
        for bad in [
            "",
            "desk",
            "The desk",
            "<>",
            "a <b",
            "A\"B <a@b.example>",
            "A\nBcc: x <a@b.example>",
            "a@b.example, c@d.example",
        ] {
            assert!(from(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_written_panics_or_shows_a_password(text in any::<String>(), secret in "[A-Z]{12,20}") {
            let _ = (server(&text), from(&text));
            let shown = format!("{:?}", server(&format!("smtp://desk:{secret}@{text}")));
            prop_assert!(!shown.contains(&secret) || text.contains(&secret), "{shown}");
        }
    }
}
