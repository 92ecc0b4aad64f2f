//! A PostgreSQL server of the test's own, and a database on it for each case.
//!
//! It is started by the first case that needs one, in a folder of its own, reachable by a socket in there and by nothing
//! else. A shell that waits for the end of this process, however it ends, stops it and removes the folder.

use innkeeper::clock::TimeSource;
use innkeeper::store::postgres::{Connector, Options, PostgresStore};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// What each case's database is a copy of: the tables, and nothing in them.
const TEMPLATE: &str = "innkeeper_template";

/// A server that runs as long as this process.
pub(crate) struct Server {
    folder: PathBuf,
    /// Closed when this process ends, which is what the shell waits for.
    _alive: ChildStdin,
}

/// A database of one case, dropped with it.
pub(crate) struct Database {
    server: &'static Server,
    name: String,
}

/// The server; `None` where there is no PostgreSQL, which is said, and fails where nothing may be skipped.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| programs().map(|programs| Server::start(&programs)));
    if server.is_none() {
        let required = std::env::var_os("INNKEEPER_TEST_REQUIRE_ALL").is_some_and(|value| !value.is_empty());
        assert!(!required, "INNKEEPER_TEST_REQUIRE_ALL is set, and there is no PostgreSQL here");
        eprintln!("SKIPPED: there is no PostgreSQL here (Debian: postgresql-15), so nothing is tried on it");
    }
    server.as_ref()
}

/// The folder of PostgreSQL's programs, the newest where Debian keeps several.
pub(crate) fn programs() -> Option<PathBuf> {
    let named = std::env::var_os("INNKEEPER_TEST_POSTGRES").map(PathBuf::from);
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    debian.sort();
    debian.reverse();
    let places = named.into_iter().chain(on_path.unwrap_or_default()).chain(debian);
    // A link to one of them leads to the folder where all of them are.
    let all_of_them = |place: PathBuf| place.join("initdb").canonicalize().ok()?.parent().map(Path::to_owned);
    places.into_iter().filter_map(all_of_them).find(|place| place.join("postgres").exists())
}

/// Runs one of the programs to its end. It refuses to serve root, so root hands it over.
pub(crate) fn run(mut command: Command) {
    if let Some((user, group)) = instead_of_root() {
        command.uid(user).gid(group);
    }
    let done = command.stdin(Stdio::null()).output().expect("the program starts");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// The user `postgres`, where this is root.
pub(crate) fn instead_of_root() -> Option<(u32, u32)> {
    let id = |args: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(args).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"])? != 0 {
        return None;
    }
    Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?))
}

impl Server {
    fn start(programs: &Path) -> Self {
        let folder = folder();
        if let Some((user, group)) = instead_of_root() {
            std::os::unix::fs::chown(&folder, Some(user), Some(group)).unwrap();
        }
        let data = folder.join("data");
        let mut init = Command::new(programs.join("initdb"));
        init.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data);
        init.current_dir(&folder);
        run(init);
        // Nothing here outlives the process, so nothing needs to reach a disk.
        let settings = format!(
            "-k {} -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=400 \
             -c unix_socket_permissions=0700 -c max_wal_size=64MB",
            folder.display()
        );
        let mut start = Command::new(programs.join("pg_ctl"));
        start.args(["start", "--wait", "--silent", "-o", &settings, "-l"]).arg(folder.join("log")).arg("-D").arg(&data);
        start.current_dir(&folder);
        run(start);
        let pid = std::fs::read_to_string(data.join("postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap_or_default().to_owned();
        let server = Self { _alive: stop_with_this_process(&pid, &folder), folder };
        server.make_template();
        server
    }

    /// The address of one of its databases.
    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.folder.display().to_string().replace('/', "%2F"))
    }

    fn make_template(&self) {
        self.say(&format!("CREATE DATABASE {TEMPLATE}"));
        let connector = Connector::parse(&self.url(TEMPLATE)).unwrap();
        apart(async move {
            PostgresStore::open(connector, TimeSource::Own, Options::default()).await.map(drop).unwrap();
        });
    }

    /// Says something to the server, from none of the databases of cases.
    pub(crate) fn say(&self, what: &str) {
        let (url, what) = (self.url("postgres"), what.to_owned());
        apart(async move {
            let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            client.batch_execute(&what).await.unwrap();
            drop(client);
            connection.await.unwrap().unwrap();
        });
    }

    /// Asks a database; see [`ask`].
    pub(crate) fn answer(&self, database: &Database, what: &str) -> String {
        ask(&self.url(&database.name), what)
    }

    /// A database with the tables and nothing in them.
    pub(crate) fn database(&'static self) -> Database {
        self.copy_of(TEMPLATE)
    }

    /// A database without tables.
    pub(crate) fn empty_database(&'static self) -> Database {
        self.copy_of("template0")
    }

    fn copy_of(&'static self, template: &str) -> Database {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("case_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.say(&format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"));
        Database { server: self, name }
    }
}

/// A new folder: in memory where that has room, since hundreds of databases are a hundred thousand files that come and
/// go, and else where the system keeps what is temporary.
fn folder() -> PathBuf {
    let room_kib = |folder: &str| -> Option<u64> {
        let output = Command::new("df").args(["--output=avail", "-k", folder]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.lines().nth(1)?.trim().parse().ok()
    };
    let shared = "/dev/shm";
    let has_room = room_kib(shared).is_some_and(|room| room > 2 << 20);
    let mut kind = tempfile::Builder::new();
    let kind = kind.prefix("innkeeper-postgres-");
    let in_memory = has_room.then(|| kind.tempdir_in(shared).ok()).flatten();
    in_memory.unwrap_or_else(|| kind.tempdir().unwrap()).keep()
}

/// Lets a shell wait for the end of this process.
fn stop_with_this_process(pid: &str, folder: &Path) -> ChildStdin {
    // By its file, which goes with it: the process may stay as one that nobody waits for.
    let script = "read -r _; kill -QUIT \"$1\"; \
                  for _ in $(seq 100); do [ -e \"$2/data/postmaster.pid\" ] || break; sleep 0.05; done; rm -rf \"$2\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "stop-postgres", pid]).arg(folder).process_group(0);
    let shell = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    shell.expect("there is a shell").stdin.take().expect("its input is ours")
}

/// Runs on a runtime of its own, which has come to its end when this returns: also where a case is being dropped.
fn apart(work: impl Future<Output = ()> + Send + 'static) {
    let thread = std::thread::spawn(|| {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
    });
    thread.join().expect("what is done apart succeeds");
}

/// Asks a database, and gives the first column of what it answers, a line for each row.
pub(crate) fn ask(url: &str, what: &str) -> String {
    let (url, what) = (url.to_owned(), what.to_owned());
    let (tell, answer) = std::sync::mpsc::channel();
    apart(async move {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        let messages = client.simple_query(&what).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let lines = messages.iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        });
        tell.send(lines.collect::<Vec<String>>().join("\n")).unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    });
    answer.recv().unwrap()
}

impl Database {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// The folder of the server's socket.
    pub(crate) fn folder(&self) -> String {
        self.server.folder.display().to_string()
    }

    pub(crate) fn connector(&self) -> Connector {
        Connector::parse(&self.url()).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.server.say(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}
