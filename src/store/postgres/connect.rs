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
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client, Config, config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The oldest PostgreSQL that this is tested with.
pub(super) const VERSION_MIN: u32 = 15;

/// How long a server is asked before the next one is asked, too.
const HEAD_START: Duration = Duration::from_millis(250);

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
pub(in crate::store) struct Connection {
    pub(in crate::store) client: Client,
    /// Notices and notifications in the order in which they came; closes when the connection is lost.
    pub(in crate::store) messages: mpsc::UnboundedReceiver<AsyncMessage>,
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
    /// A machine that is gone answers nothing, not even a refusal, so the next server is not kept waiting for it: it is
    /// asked, too, when the one before has not let us in after a moment.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with every server that was tried and why it was not that one.
    pub(in crate::store) async fn connect(&self, what_for: &str) -> Result<Connection, StoreError> {
        let Parts { address, last_good, .. } = &*self.parts;
        let mut config = address.config.clone();
        config.application_name(format!("{} {what_for}", address.application_name));
        let (count, first) = (address.servers.len(), last_good.load(Ordering::Relaxed));
        let attempts = (0..count).map(|n| (first + n) % count).map(|at| {
            let (connector, config) = (self.clone(), config.clone());
            async move {
                let server = &connector.parts.address.servers[at];
                match connector.connect_to(server, &config).await {
                    Ok(connection) => Ok((at, connection)),
                    Err(why) => Err(format!("{server}: {why}")),
                }
            }
        });
        let (at, connection) =
            first_of(attempts).await.map_err(|whys| StoreError::Unavailable(Box::new(NoServer(whys))))?;
        last_good.store(at, Ordering::Relaxed);
        Ok(connection)
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
        let late = move |_| format!("it did not let us in within {} s", limit.as_secs());
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
        let attempts = ways.into_iter().map(|way| {
            let (connector, server) = (self.clone(), server.clone());
            async move { timeout(limit, connector.enter(&server, way)).await.map_err(late).flatten() }
        });
        first_of(attempts).await.map_err(|whys| whys.last().cloned().unwrap_or("its name leads to no address".into()))
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

/// The first success, or every failure. Each attempt starts when the one before has failed, or has gone on for a moment;
/// those that are under way when one succeeds are dropped.
async fn first_of<T: Send + 'static>(
    attempts: impl Iterator<Item = impl Future<Output = Result<T, String>> + Send + 'static>,
) -> Result<T, Vec<String>> {
    let mut under_way = JoinSet::new();
    let mut failures = Vec::new();
    for attempt in attempts {
        under_way.spawn(attempt);
        match timeout(HEAD_START, under_way.join_next()).await {
            Ok(Some(Ok(Ok(success)))) => return Ok(success),
            Ok(Some(Ok(Err(failure)))) => failures.push(failure),
            Ok(Some(Err(_)) | None) | Err(_) => {}
        }
    }
    while let Some(ended) = under_way.join_next().await {
        match ended {
            Ok(Ok(success)) => return Ok(success),
            Ok(Err(failure)) => failures.push(failure),
            Err(_) => {}
        }
    }
    Err(failures)
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
    let causes = std::iter::successors(Some(error as &(dyn Error + 'static)), |&error| error.source());
    let chain = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let chain = chain.strip_prefix("error connecting to server: ").unwrap_or(&chain);
    if chain.contains("server does not support TLS") {
        return "it offers no TLS; turn ssl on there, or write sslmode=disable in the address if nobody can stand \
                between"
            .into();
    }
    if chain.contains("database does not allow writes") {
        return "it takes no writes: it is a standby, or was a primary until a moment ago".into();
    }
    chain.to_owned()
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

    #[tokio::test(start_paused = true)]
    async fn whoever_succeeds_first_is_taken_and_nobody_waits_long_for_one_that_is_silent() {
        let attempt = |after: u64, outcome: Result<u8, &str>| {
            let outcome = outcome.map_err(str::to_owned);
            async move {
                tokio::time::sleep(Duration::from_millis(after)).await;
                outcome
            }
        };
        let started = tokio::time::Instant::now();
        let first = first_of([attempt(60_000, Ok(1)), attempt(100, Ok(2)), attempt(0, Ok(3))].into_iter()).await;
        assert_eq!((first, started.elapsed()), (Ok(2), HEAD_START + Duration::from_millis(100)));
        let first = first_of([attempt(5, Err("a")), attempt(100, Ok(2))].into_iter()).await;
        assert_eq!(first, Ok(2));
        let none = first_of([attempt(900, Err("a")), attempt(5, Err("b"))].into_iter()).await;
        assert_eq!(none, Err(vec!["b".to_owned(), "a".to_owned()]));
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
