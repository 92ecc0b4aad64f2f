//! The way to one database: which of its servers lets us in, over TLS where the way leaves the machine.

use super::address::{Address, Host, Server, SslMode};
use super::replication::{self, Durability};
use super::tls;
use crate::store::StoreError;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client, Config, config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The oldest PostgreSQL that this is tested with.
pub(super) const VERSION_MIN: u32 = 15;

/// How to reach one database.
#[derive(Clone)]
pub struct Connector {
    parts: Arc<Parts>,
}

struct Parts {
    address: Address,
    /// One for each mode that is used on the way to some server.
    greetings: HashMap<SslMode, MakeRustlsConnect>,
    /// The server that let us in last is asked first: where one machine is gone, not every connection waits for it.
    last_good: AtomicUsize,
}

/// Why an address cannot be used. No text shows a password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It is not in the form of one.
    #[error("the address of the PostgreSQL database {0}")]
    Address(String),
    /// The certificates that it names cannot be used.
    #[error("the certificates of sslrootcert={} cannot be used", .path.display())]
    Roots {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Box<dyn Error + Send + Sync>,
    },
    /// It names none, and the system has none.
    #[error(
        "this system has no certificates of authorities: install them (ca-certificates), or name the server's with \
         sslrootcert=FILE in its address"
    )]
    SystemRoots(#[source] rustls::Error),
    /// TLS cannot be used at all.
    #[error("TLS cannot be used")]
    Tls(#[source] rustls::Error),
}

/// No server let us in: each with why.
#[derive(Debug, thiserror::Error)]
#[error("no server of the database lets us in: {}", .0.join("; "))]
struct NoServer(Vec<String>);

/// One connection. The driver's task runs by itself, and ends with the connection or when `messages` is dropped.
pub(super) struct Connection {
    pub(super) client: Client,
    /// Notices and notifications in the order in which they came; closes when the connection is lost.
    pub(super) messages: mpsc::UnboundedReceiver<AsyncMessage>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.parts.address.servers.iter().map(ToString::to_string)).finish()
    }
}

impl Connector {
    /// Reads an address such as `postgres://innkeeper@db.example/innkeeper`, and the certificates that it names.
    ///
    /// # Errors
    /// Where it is not in the form of an address, or its certificates cannot be used. No text shows a password.
    pub fn parse(url: &str) -> Result<Self, ConnectError> {
        let address = Address::parse(url)?;
        let mut greetings = HashMap::new();
        for mode in address.servers.iter().map(|server| address.ssl_mode_to(server)) {
            greetings.insert(mode, tls::greeting(mode, address.ssl_root_cert.as_deref())?);
        }
        Ok(Self { parts: Arc::new(Parts { address, greetings, last_good: AtomicUsize::new(0) }) })
    }

    /// The servers, for people: no login, no password.
    pub(super) fn servers(&self) -> String {
        let servers: Vec<String> = self.parts.address.servers.iter().map(ToString::to_string).collect();
        servers.join(", ")
    }

    /// Connects to the first server that lets us in. The server lists the connection with what it is for.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with every server that was tried and why it was not that one.
    pub(super) async fn connect(&self, what_for: &str) -> Result<Connection, StoreError> {
        let Parts { address, last_good, .. } = &*self.parts;
        let mut config = address.config.clone();
        config.application_name(format!("{}: {what_for}", address.application_name));
        let (count, first) = (address.servers.len(), last_good.load(Ordering::Relaxed));
        let mut refusals = Vec::new();
        for at in (0..count).map(|n| (first + n) % count) {
            match self.connect_to(&address.servers[at], &config).await {
                Ok(connection) => {
                    last_good.store(at, Ordering::Relaxed);
                    return Ok(connection);
                }
                Err(why) => refusals.push(format!("{}: {why}", address.servers[at])),
            }
        }
        Err(StoreError::Unavailable(Box::new(NoServer(refusals))))
    }

    /// Whether what the database acknowledges can be lost.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where no server lets us in.
    pub async fn durability(&self) -> Result<Durability, StoreError> {
        replication::inspect(&self.connect("inspection").await?.client).await
    }

    /// Tries every address of one server. The limit is for each, over everything that the server does until we are in:
    /// the driver's own ends when the machine, and not yet the server, has answered.
    async fn connect_to(&self, server: &Server, config: &Config) -> Result<Connection, String> {
        let limit = self.parts.address.connect_timeout;
        let late = |_| format!("it did not let us in within {} s", limit.as_secs());
        let mut config = config.clone();
        config.port(server.port);
        let mut ways = Vec::new();
        match &server.host {
            Host::Socket(folder) => ways.push(config.host_path(folder).clone()),
            Host::Name(name) => {
                config.host(name);
                for ip in timeout(limit, look_up(name, server.port)).await.map_err(late)?? {
                    ways.push(config.clone().hostaddr(ip).clone());
                }
            }
        }
        let mut last = "its name leads to no address".to_owned();
        for way in ways {
            match timeout(limit, self.enter(server, way)).await.map_err(late).flatten() {
                Ok(connection) => return Ok(connection),
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    async fn enter(&self, server: &Server, mut config: Config) -> Result<Connection, String> {
        let mode = self.parts.address.ssl_mode_to(server);
        config.ssl_mode(match mode {
            SslMode::Disable => config::SslMode::Disable,
            SslMode::Prefer => config::SslMode::Prefer,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => config::SslMode::Require,
        });
        let greeting = self.parts.greetings.get(&mode).expect("parse made one for the mode of every server").clone();
        let (client, mut connection) = config.connect(greeting).await.map_err(|error| why_not(&error))?;
        let version = connection.parameter("server_version").unwrap_or_default();
        let major: u32 =
            version.split(['.', ' ', 'b', 'r', 'd']).next().and_then(|major| major.parse().ok()).unwrap_or(0);
        if major < VERSION_MIN {
            return Err(format!("it is PostgreSQL {version}, and {VERSION_MIN} is the oldest that will do"));
        }
        let (tell, messages) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            loop {
                let message = tokio::select! {
                    message = poll_fn(|context| connection.poll_message(context)) => message,
                    // Whoever let go of it waits for nothing more, of a server that hangs neither.
                    () = tell.closed() => return,
                };
                match message {
                    Some(Ok(message)) => drop(tell.send(message)),
                    Some(Err(error)) => {
                        tracing::debug!(why = why_not(&error), "a connection to the database is lost");
                        return;
                    }
                    None => return,
                }
            }
        });
        Ok(Connection { client, messages })
    }
}

async fn look_up(name: &str, port: u16) -> Result<Vec<IpAddr>, String> {
    if let Ok(ip) = name.parse() {
        return Ok(vec![ip]);
    }
    let found = tokio::net::lookup_host((name, port)).await;
    let found = found.map_err(|error| format!("its name cannot be looked up ({error})"))?;
    Ok(found.map(|address: SocketAddr| address.ip()).collect())
}

/// Why a server did not let us in, in words that an operator can act on.
fn why_not(error: &tokio_postgres::Error) -> String {
    if let Some(refusal) = error.as_db_error() {
        return match refusal.detail() {
            Some(detail) => format!("{}: {detail}", refusal.message()),
            None => refusal.message().to_owned(),
        };
    }
    if let Some(words) = tls::explained(error) {
        return words;
    }
    let mut chain = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        chain = format!("{chain}: {cause}");
        next = cause.source();
    }
    if chain.contains("server does not support TLS") {
        return "it offers no TLS; turn ssl on there, or write sslmode=disable in the address if nobody can stand \
                between"
            .into();
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connector_shows_its_servers_and_no_login() {
        let connector = Connector::parse("postgres://ann:hunter2@127.0.0.1,localhost:7/d").unwrap();
        assert_eq!(format!("{connector:?}"), r#"["127.0.0.1:5432", "localhost:7"]"#);
    }

    #[test]
    fn certificates_that_cannot_be_read_are_refused_with_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let url = format!("postgres://h/d?sslrootcert={}", path.display());
        let refused = |why: &str| {
            let error = Connector::parse(&url).unwrap_err();
            assert!(error.to_string().contains("ca.pem"), "{error}");
            assert!(error.source().is_some_and(|source| source.to_string().contains(why)), "{error:?}");
        };
        refused("No such file");
        std::fs::write(&path, "nothing\n").unwrap();
        refused("no certificate in it");
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        refused("");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named_with_the_reason() {
        let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let url = format!("postgres://{nobody},{nobody}/d?connect_timeout=5");
        let error = Connector::parse(&url).unwrap().connect("a test").await.err().unwrap();
        let StoreError::Unavailable(cause) = error else { panic!("{error}") };
        assert_eq!(cause.to_string().matches(&format!("{nobody}: ")).count(), 2, "{cause}");
        assert!(cause.to_string().contains("refused"), "{cause}");
    }

    #[tokio::test]
    async fn a_server_that_takes_the_connection_and_says_nothing_is_given_up_in_time() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgres://{}/d?connect_timeout=1", silent.local_addr().unwrap());
        let error = Connector::parse(&url).unwrap().connect("a test").await.err().unwrap();
        let StoreError::Unavailable(cause) = error else { panic!("{error}") };
        assert!(cause.to_string().contains("did not let us in within 1 s"), "{cause}");
    }
}
