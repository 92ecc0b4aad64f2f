//! The address of a PostgreSQL database, in the form of PostgreSQL's own programs:
//! `postgres://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE?PARAMETER=VALUE&…`.
//!
//! Read here and not by the driver: that one cannot ask for a certificate to be verified, takes an @ among the
//! parameters for the end of a password, and counts `tcp_user_timeout` in other units than PostgreSQL.

use super::connect::ConnectError;
use percent_encoding::percent_decode_str;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, TargetSessionAttrs};

/// How long one server may take to let us in. A machine that is gone answers nothing at all, and the next one waits.
const CONNECT_TIMEOUT_DEFAULT: Duration = Duration::from_secs(3);

/// A server that has gone without a word is noticed after about a minute; the system's own default is two hours.
const KEEPALIVES_IDLE_DEFAULT: Duration = Duration::from_secs(30);
const KEEPALIVES_INTERVAL_DEFAULT: Duration = Duration::from_secs(10);
const KEEPALIVES_COUNT_DEFAULT: u32 = 3;

/// How long what we sent may stay without the other side's word that it arrived.
const TCP_USER_TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);

const PORT_DEFAULT: u16 = 5432;

/// Every parameter that an address may have.
const PARAMETERS: [&str; 17] = [
    "host",
    "port",
    "user",
    "password",
    "dbname",
    "sslmode",
    "sslrootcert",
    "channel_binding",
    "target_session_attrs",
    "connect_timeout",
    "application_name",
    "options",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
];

/// Everything that an address says.
pub(super) struct Address {
    /// The servers, at least one, in the order of the address.
    pub(super) servers: Vec<Server>,
    /// What is the same for each of them. Its `Debug` hides the password.
    pub(super) config: Config,
    /// How long one server may take to let us in.
    pub(super) connect_timeout: Duration,
    /// What the address asks of TLS, if anything.
    pub(super) ssl_mode: Option<SslMode>,
    /// The certificates to trust instead of the system's.
    pub(super) ssl_root_cert: Option<PathBuf>,
    /// Whether the address says that the system's are to be trusted, which means that a server has to have one of them.
    pub(super) insists_on_system: bool,
    /// What we are called in the server's list of connections.
    pub(super) application_name: String,
}

/// One server of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) host: Host,
    pub(super) port: u16,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// A name or an IP address.
    Name(String),
    /// The folder of a unix socket.
    Socket(PathBuf),
}

/// What TLS must do. The names are PostgreSQL's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum SslMode {
    /// No TLS.
    Disable,
    /// TLS if the server offers it; whoever it is.
    Prefer,
    /// TLS; whoever it is.
    Require,
    /// TLS, and the certificate comes from a trusted authority.
    VerifyCa,
    /// TLS, and the certificate comes from a trusted authority and is made out to the server's name.
    VerifyFull,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(name) if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            Host::Name(name) => write!(f, "{name}:{}", self.port),
            Host::Socket(folder) => write!(f, "{}/.s.PGSQL.{}", folder.display(), self.port),
        }
    }
}

impl Server {
    /// Whether the way to it stays on this machine, where nobody can stand between.
    fn is_local(&self) -> bool {
        match &self.host {
            Host::Socket(_) => true,
            Host::Name(name) => {
                name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }
}

impl Address {
    /// What TLS must do on the way to a server: what the address says, else everything, save on this machine.
    fn names_roots(&self) -> bool {
        self.insists_on_system || self.ssl_root_cert.is_some()
    }

    pub(super) fn ssl_mode_to(&self, server: &Server) -> SslMode {
        match (&server.host, self.ssl_mode) {
            // PostgreSQL offers no TLS there.
            (Host::Socket(_), _) => SslMode::Disable,
            (Host::Name(_), Some(mode)) => mode,
            (Host::Name(_), None) if server.is_local() && !self.names_roots() => SslMode::Disable,
            (Host::Name(_), None) => SslMode::VerifyFull,
        }
    }

    /// Reads an address. No error shows what was written, save the names of parameters: there may be a password in it.
    pub(super) fn parse(url: &str) -> Result<Self, ConnectError> {
        let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
        let rest = rest.ok_or_else(|| wrong("does not begin with postgres://"))?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        let (login, hosts) =
            authority.rsplit_once('@').map_or((None, authority), |(login, hosts)| (Some(login), hosts));
        let mut reading = Reading::new();
        if let Some(login) = login {
            let (user, password) = login.split_once(':').map_or((login, None), |(user, word)| (user, Some(word)));
            reading.set("user", decoded(user, "the user")?)?;
            if let Some(password) = password {
                reading.set("password", decoded(password, "the password")?)?;
            }
        }
        if !database.is_empty() {
            reading.set("dbname", decoded(database, "the database")?)?;
        }
        for host in hosts.split(',').filter(|_| !hosts.is_empty()) {
            reading.server(host)?;
        }
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').ok_or_else(|| wrong("has a parameter without a value"))?;
            reading.set(&decoded(name, "the name of a parameter")?, decoded(value, "the value of a parameter")?)?;
        }
        reading.finish()
    }
}

fn wrong(what: impl fmt::Display) -> ConnectError {
    ConnectError::Address(what.to_string())
}

fn decoded(text: &str, what: &str) -> Result<String, ConnectError> {
    let hex = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
    let stray = text.match_indices('%').any(|(at, _)| !hex(at + 1) || !hex(at + 2));
    match percent_decode_str(text).decode_utf8() {
        Ok(text) if !stray && !text.contains('\0') => Ok(text.into_owned()),
        _ => Err(wrong(format!("has a percent sign too many in {what}; write %25 for the sign itself"))),
    }
}

/// An address while it is read.
struct Reading {
    address: Address,
    /// Hosts and ports that came as parameters, as PostgreSQL allows it.
    hosts: Vec<String>,
    ports: Vec<u16>,
    keepalives: bool,
}

impl Reading {
    fn new() -> Self {
        let mut config = Config::new();
        // A server that only reads, a standby or a primary that was just demoted, is of no use to us.
        config
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .keepalives_idle(KEEPALIVES_IDLE_DEFAULT)
            .keepalives_interval(KEEPALIVES_INTERVAL_DEFAULT)
            .keepalives_retries(KEEPALIVES_COUNT_DEFAULT)
            .tcp_user_timeout(TCP_USER_TIMEOUT_DEFAULT);
        let address = Address {
            servers: Vec::new(),
            config,
            connect_timeout: CONNECT_TIMEOUT_DEFAULT,
            ssl_mode: None,
            ssl_root_cert: None,
            insists_on_system: false,
            application_name: "innkeeper".into(),
        };
        Self { address, hosts: Vec::new(), ports: Vec::new(), keepalives: true }
    }

    /// Reads one of the servers between the user and the database.
    fn server(&mut self, text: &str) -> Result<(), ConnectError> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').ok_or_else(|| wrong("has a [ without its ]"))?;
                if host.parse::<IpAddr>().is_err() {
                    return Err(wrong("has something other than an IPv6 address between [ and ]"));
                }
                (host, rest.strip_prefix(':').or(rest.is_empty().then_some("")).ok_or_else(bad_port)?)
            }
            None => text.split_once(':').unwrap_or((text, "")),
        };
        let port = port_of(&decoded(port, "a port")?)?;
        let host = host_of(decoded(host, "a server")?)?;
        self.address.servers.push(Server { host, port });
        Ok(())
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), ConnectError> {
        let Address { config, .. } = &mut self.address;
        match name {
            "host" => self.hosts = value.split(',').map(str::to_owned).collect(),
            "port" => self.ports = value.split(',').map(port_of).collect::<Result<_, _>>()?,
            "user" => drop(config.user(value)),
            "password" => drop(config.password(value)),
            "dbname" => drop(config.dbname(value)),
            "options" => drop(config.options(value)),
            "application_name" => self.address.application_name = value,
            "sslmode" => self.address.ssl_mode = Some(ssl_mode_of(&value)?),
            "sslrootcert" if value == "system" => self.address.insists_on_system = true,
            "sslrootcert" => self.address.ssl_root_cert = Some(value.into()),
            "channel_binding" => drop(config.channel_binding(match value.as_str() {
                "disable" => ChannelBinding::Disable,
                "prefer" => ChannelBinding::Prefer,
                "require" => ChannelBinding::Require,
                _ => return Err(wrong("has a channel_binding other than disable, prefer and require")),
            })),
            "target_session_attrs" => drop(config.target_session_attrs(match value.as_str() {
                "any" => TargetSessionAttrs::Any,
                "read-write" | "primary" => TargetSessionAttrs::ReadWrite,
                _ => {
                    return Err(wrong(
                        "has target_session_attrs other than read-write, primary and any; a server that only reads is \
                         of no use here",
                    ));
                }
            })),
            "connect_timeout" => self.address.connect_timeout = Duration::from_secs(positive(name, &value)?),
            "keepalives" => self.keepalives = value != "0",
            "keepalives_idle" => drop(config.keepalives_idle(Duration::from_secs(positive(name, &value)?))),
            "keepalives_interval" => drop(config.keepalives_interval(Duration::from_secs(positive(name, &value)?))),
            "keepalives_count" => {
                config.keepalives_retries(u32::try_from(positive(name, &value)?).unwrap_or(u32::MAX));
            }
            "tcp_user_timeout" => drop(config.tcp_user_timeout(Duration::from_millis(positive(name, &value)?))),
            unknown => {
                let (shown, known) = (unknown.escape_debug(), PARAMETERS.join(", "));
                return Err(wrong(format!("has a parameter {shown}, which is none of {known}")));
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Address, ConnectError> {
        // As in PostgreSQL's own programs: anybody has a certificate of some authority that the system trusts.
        if self.address.insists_on_system && !matches!(self.address.ssl_mode, None | Some(SslMode::VerifyFull)) {
            return Err(wrong("has sslrootcert=system, which takes no sslmode but verify-full"));
        }
        if !self.hosts.is_empty() {
            if !self.address.servers.is_empty() {
                return Err(wrong("names servers twice, before the database and as the parameter host"));
            }
            let port_at = |n: usize| match self.ports[..] {
                [] => Some(PORT_DEFAULT),
                [only] => Some(only),
                _ => self.ports.get(n).copied(),
            };
            for (n, host) in self.hosts.iter().enumerate() {
                let port = port_at(n).ok_or_else(|| wrong("has more hosts than ports; write one port, or as many"))?;
                self.address.servers.push(Server { host: host_of(host.clone())?, port });
            }
        } else if let [port] = self.ports[..] {
            self.address.servers.iter_mut().for_each(|server| server.port = port);
        } else if !self.ports.is_empty() {
            return Err(wrong("has several ports and no host among its parameters"));
        }
        if self.address.servers.is_empty() {
            return Err(wrong(
                "names no server; write its name after //, or host=/var/run/postgresql among the parameters for a unix \
                 socket",
            ));
        }
        self.address.config.keepalives(self.keepalives);
        Ok(self.address)
    }
}

fn bad_port() -> ConnectError {
    wrong(
        "has a port that is no number from 1 to 65535; if that is a part of the password, write its signs / ? @ : # [ ] \
         as %2F %3F %40 %3A %23 %5B %5D",
    )
}

fn port_of(text: &str) -> Result<u16, ConnectError> {
    match text {
        "" => Ok(PORT_DEFAULT),
        text => text.parse().ok().filter(|port| *port > 0).ok_or_else(bad_port),
    }
}

fn host_of(text: String) -> Result<Host, ConnectError> {
    match text.as_str() {
        "" => Err(wrong("names no server before a comma or colon")),
        folder if folder.starts_with('/') => Ok(Host::Socket(text.into())),
        _ => Ok(Host::Name(text)),
    }
}

fn ssl_mode_of(text: &str) -> Result<SslMode, ConnectError> {
    Ok(match text {
        "disable" => SslMode::Disable,
        "prefer" => SslMode::Prefer,
        "require" => SslMode::Require,
        "verify-ca" => SslMode::VerifyCa,
        "verify-full" => SslMode::VerifyFull,
        _ => return Err(wrong("has an sslmode other than disable, prefer, require, verify-ca and verify-full")),
    })
}

fn positive(name: &str, text: &str) -> Result<u64, ConnectError> {
    let number = text.parse().ok().filter(|number| (1..=86_400_000).contains(number));
    number.ok_or_else(|| wrong(format!("has a {name} that is no whole number above 0")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn servers(url: &str) -> Vec<String> {
        Address::parse(url).unwrap().servers.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn servers_are_names_addresses_and_sockets_each_with_its_port() {
        for (url, expected) in [
            ("postgres://h/db", &["h:5432"][..]),
            ("postgresql://u:p@h1:1,h2,[::1]:3/db?target_session_attrs=read-write", &["h1:1", "h2:5432", "[::1]:3"]),
            ("postgres://%2Frun%2Fpg:7/db", &["/run/pg/.s.PGSQL.7"]),
            ("postgres:///db?host=/run/pg", &["/run/pg/.s.PGSQL.5432"]),
            ("postgres:///db?host=a,b&port=1,2", &["a:1", "b:2"]),
            ("postgres:///db?host=a,b&port=9", &["a:9", "b:9"]),
            ("postgres://a/db?port=9", &["a:9"]),
        ] {
            assert_eq!(servers(url), expected, "{url}");
        }
    }

    #[test]
    fn login_and_database_are_decoded_and_a_password_may_hold_the_sign_before_the_host() {
        let address =
            Address::parse("postgresql://a%40b:p%2Fq@r@h/d%20b?application_name=desk&options=-c%20x%3D1").unwrap();
        let config = &address.config;
        assert_eq!(config.get_user(), Some("a@b"));
        assert_eq!(config.get_password(), Some(&b"p/q@r"[..]));
        assert_eq!((config.get_dbname(), config.get_options()), (Some("d b"), Some("-c x=1")));
        assert_eq!(address.application_name, "desk");
        assert_eq!(
            Address::parse("postgres://h/d?user=u&password=a@b").unwrap().config.get_password(),
            Some(&b"a@b"[..])
        );
    }

    #[test]
    fn a_way_that_leaves_the_machine_is_verified_unless_the_address_says_otherwise() {
        for (url, mode) in [
            ("postgres://h/d", SslMode::VerifyFull),
            ("postgres://192.0.2.1/d", SslMode::VerifyFull),
            ("postgres://h/d?sslrootcert=/ca.pem", SslMode::VerifyFull),
            ("postgres://h/d?sslmode=disable", SslMode::Disable),
            ("postgres://h/d?sslmode=prefer", SslMode::Prefer),
            ("postgres://h/d?sslmode=require", SslMode::Require),
            ("postgres://h/d?sslmode=verify-ca", SslMode::VerifyCa),
            ("postgres://localhost/d", SslMode::Disable),
            ("postgres://127.8.8.8/d", SslMode::Disable),
            ("postgres://[::1]/d", SslMode::Disable),
            ("postgres://localhost/d?sslmode=verify-full", SslMode::VerifyFull),
            ("postgres://localhost/d?sslrootcert=/ca.pem", SslMode::VerifyFull),
            ("postgres://localhost/d?sslrootcert=system", SslMode::VerifyFull),
            ("postgres://localhost.evil.example/d", SslMode::VerifyFull),
            ("postgres:///d?host=/run&sslmode=verify-full", SslMode::Disable),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(address.ssl_mode_to(&address.servers[0]), mode, "{url}");
        }
    }

    #[test]
    fn a_server_must_take_writes_and_be_heard_of_unless_the_address_says_otherwise() {
        let config = Address::parse("postgres://h/d").unwrap().config;
        assert_eq!(config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        assert!(config.get_keepalives());
        let address = Address::parse(
            "postgres://h/d?target_session_attrs=any&keepalives=0&tcp_user_timeout=1500&connect_timeout=9\
             &keepalives_idle=1&keepalives_interval=2&keepalives_count=4&channel_binding=require&dbname=e",
        )
        .unwrap();
        let config = &address.config;
        assert_eq!((config.get_target_session_attrs(), config.get_keepalives()), (TargetSessionAttrs::Any, false));
        assert_eq!(config.get_tcp_user_timeout(), Some(&Duration::from_millis(1500)), "PostgreSQL counts milliseconds");
        assert_eq!(config.get_keepalives_retries(), Some(4));
        assert_eq!((config.get_dbname(), address.connect_timeout), (Some("e"), Duration::from_secs(9)));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (url, expected) in [
            ("mysql://u:hunter2@h/d", "does not begin with postgres://"),
            ("postgres:///d", "names no server"),
            ("postgres://u:hunter2@/d", "names no server"),
            ("postgres://u:hunter2@h,/d", "names no server before"),
            ("postgres://u:p/hunter2@h/d", "has a port that is no number"),
            ("postgres://u:p?hunter2@h/d", "has a port that is no number"),
            ("postgres://u:hunter2%@h/d", "has a percent sign too many in the password"),
            ("postgres://h:0/d", "has a port"),
            ("postgres://h:70000/d", "has a port"),
            ("postgres://[::1/d", "has a [ without its ]"),
            ("postgres://[h]/d", "between [ and ]"),
            ("postgres://h/d?sslmode=verify", "has an sslmode other than"),
            ("postgres://h/d?sslmod=require", "has a parameter sslmod, which is none of host,"),
            ("postgres://h/d?password", "has a parameter without a value"),
            ("postgres://h/d?connect_timeout=0", "has a connect_timeout that"),
            ("postgres://h/d?target_session_attrs=standby", "has target_session_attrs other than"),
            ("postgres://h/d?host=g", "names servers twice"),
            ("postgres:///d?host=a,b,c&port=1,2", "has more hosts than ports"),
        ] {
            let said = Address::parse(url).err().unwrap_or_else(|| panic!("{url} is read")).to_string();
            assert!(said.contains(expected), "{url}: {said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }

    proptest! {
        #[test]
        fn no_address_panics(text in any::<String>(), rest in "[-a-z0-9:/@?&=%,.\\[\\]]{0,60}") {
            let _ = (Address::parse(&text), Address::parse(&format!("postgres://{rest}")));
        }

        #[test]
        fn no_error_and_no_debug_text_shows_a_password(secret in "[A-Z]{12}", rest in "[-a-z0-9:/?&=%,.\\[\\]]{0,30}") {
            match Address::parse(&format!("postgres://u:{secret}@{rest}")) {
                Ok(address) => assert!(!format!("{:?}", address.config).contains(&secret)),
                Err(error) => assert!(!format!("{error:?} {error}").contains(&secret)),
            }
        }
    }
}
