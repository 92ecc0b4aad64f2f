//! Configuration: read once at the start from a file and the environment, checked as a whole, and typed from then on.
//!
//! [`Config`] is what the rest of the program sees; `read` has one line for each setting, `keys` their names, and
//! `innkeeper.example.toml` what they mean.

use crate::domain::account::Plan;
use crate::domain::activity::PathRules;
use crate::domain::policy::{NextPolicy, SessionPolicy};
use crate::domain::retention::Retention;
use ipnet::IpNet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

mod duration;
mod error;
mod keys;
mod load;
mod mail;
mod nearest;
mod plans;
mod read;
mod reader;
mod show;
mod source;
mod store;
#[cfg(test)]
mod tests;
mod value;

pub use error::{ConfigError, Place, Problem};
pub use load::environment;
pub use mail::{Mail, MailFrom, MailServer, MailTls};
pub use store::{Replication, StoreSettings, StoreUrl};
pub use value::Contact;

/// Everything that an operator can set. [`Config::default`] is what holds without a file and without variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the main listener takes connections.
    pub listen: SocketAddr,
    /// Where sessions are kept.
    pub store: StoreSettings,
    /// The address that people open. Its path ends in a slash, so relative addresses join it as they should.
    pub public_url: Url,
    /// Where metrics and detailed readiness are served; nowhere without it.
    pub metrics_listen: Option<SocketAddr>,
    /// The session rules that hold where a plan does not say otherwise.
    pub policy: SessionPolicy,
    /// What is announced to hold instead, and from when on.
    pub next_policy: Option<NextPolicy>,
    /// The plans, at least one, each with its own code.
    pub plans: Vec<Plan>,
    /// Of which paths of applications it is said whether they count as activity.
    pub activity: PathRules,
    /// Whom people can turn to.
    pub support: Support,
    /// How the session cookie is set.
    pub cookie: Cookie,
    /// From whom forwarded headers are believed; nobody by default.
    pub trusted_proxies: Vec<IpNet>,
    /// Hosts, some with a port, to which `next` may point besides the public one; as browsers write them.
    pub next_hosts: Vec<String>,
    /// The application: where people go who signed in and had wanted no other page, and where our pages lead back to.
    pub app_url: Option<Url>,
    /// What is asked about new passwords.
    pub passwords: Passwords,
    /// Where addresses are looked up.
    pub geo: Geo,
    /// What one process takes on.
    pub limits: Limits,
    /// How long is kept what has happened.
    pub retention: Retention,
    /// Where events may be sent to.
    pub webhooks: Webhooks,
    /// How mail is sent; without it none is, and links are shown to be passed on.
    pub mail: Option<Mail>,
    /// What is logged and how.
    pub log: Log,
}

/// Where events may be sent to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Webhooks {
    /// Networks besides the internet, by https and by http.
    pub allow: Vec<IpNet>,
}

/// Whom people can turn to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Support {
    /// Shown wherever support is named.
    pub contact: Option<Contact>,
}

/// How the session cookie is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cookie {
    /// Domain that shares the cookie; the public host is in it. Without one the cookie is the public host's alone.
    pub domain: Option<String>,
    /// Whether the cookie outlives the browser.
    pub persistent: bool,
}

/// What is asked about new passwords.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passwords {
    /// The list of those that were stolen elsewhere; none without one.
    pub breached_file: Option<PathBuf>,
}

/// Where addresses are looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Geo {
    /// The files of a database in MaxMind's format, asked in this order; none without one.
    pub database: Vec<PathBuf>,
    /// Whom pages that show places name, where the files themselves do not tell.
    pub credit: Option<String>,
    /// Where that credit leads.
    pub credit_url: Option<Url>,
}

/// What one process takes on, so that slow or many clients cannot exhaust it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections at once.
    pub connections_max: usize,
    /// Longest wait for the first byte of a new connection.
    pub first_byte: Duration,
    /// Longest time that a request's head may take.
    pub header: Duration,
    /// Longest time that a request's body may take.
    pub body: Duration,
    /// Longest time that a connection is kept between requests.
    pub idle: Duration,
    /// Longest wait for running requests when the server is told to stop.
    pub stop: Duration,
    /// Passwords hashed at once.
    pub password_workers: usize,
    /// Passwords that may wait for that; beyond them sign-in answers 429.
    pub password_queue: usize,
    /// Open pages that are told at once what happens; those beyond them are as fresh as their last reload.
    pub live_streams: usize,
}

/// What is logged and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Form of a line.
    pub format: LogFormat,
    /// A level, and levels for single modules, separated by commas: `info,innkeeper::store=debug`.
    pub filter: String,
}

/// Form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// The name in configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        Self {
            listen,
            store: StoreSettings::default(),
            public_url: value::public_url_for(listen),
            metrics_listen: None,
            policy: SessionPolicy::default(),
            next_policy: None,
            plans: Plan::built_in(),
            activity: PathRules::default(),
            support: Support::default(),
            cookie: Cookie::default(),
            trusted_proxies: Vec::new(),
            next_hosts: Vec::new(),
            app_url: None,
            passwords: Passwords::default(),
            geo: Geo::default(),
            limits: Limits::default(),
            retention: Retention::default(),
            webhooks: Webhooks::default(),
            mail: None,
            log: Log::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 1024,
            first_byte: Duration::from_secs(10),
            header: Duration::from_secs(10),
            body: Duration::from_secs(15),
            idle: Duration::from_secs(60),
            stop: Duration::from_secs(10),
            password_workers: std::thread::available_parallelism().map_or(1, usize::from),
            password_queue: 64,
            live_streams: 10_000,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".into() }
    }
}

impl Config {
    /// The path before every one of our paths: empty, or such as `/auth`, without a slash at the end.
    pub fn path_prefix(&self) -> &str {
        self.public_url.path().trim_end_matches('/')
    }

    /// The same once the address of the listener is known: a public address with port 0, as it is where any free
    /// port was asked for, gets the port of the listener.
    #[must_use]
    pub fn bound_to(mut self, address: SocketAddr) -> Self {
        if self.public_url.port() == Some(0) {
            let _ = self.public_url.set_port(Some(address.port()));
        }
        self.listen = address;
        self
    }

    /// The plan with this code.
    pub fn plan(&self, code: &str) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.code == code)
    }
}
