//! What durable admissions cost without batches: the same store, the same rule, the same rows, with a transaction and a
//! commit for each admission, and no HTTP before it. Prints admissions a second.
//! Usage: `one-each STORE USERS CLIENTS SECONDS`, where the store is `sqlite:PATH` or `postgres://…`.

#![expect(clippy::disallowed_methods, reason = "to read the clock is what a benchmark does")]

use anyhow::{Context, ensure};
use innkeeper::clock::TimeSource;
use innkeeper::domain::admission::{Admission, Admit, admit};
use innkeeper::domain::device::{DeviceKind, DeviceLabel, Place};
use innkeeper::domain::end::Actor;
use innkeeper::domain::id::UserNo;
use innkeeper::domain::policy::{AtLimit, SessionPolicy};
use innkeeper::domain::proof::Proof;
use innkeeper::secret::{self, SessionToken};
use innkeeper::store::postgres::{Connector, Options, PostgresStore};
use innkeeper::store::sqlite::{SqliteStore, StoreLock};
use innkeeper::store::{AskedUser, Lane, Store};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [url, users, clients, seconds] = &args[..] else {
        anyhow::bail!("usage: one-each STORE USERS CLIENTS SECONDS");
    };
    let (users, clients, seconds): (i64, i64, u64) = (users.parse()?, clients.parse()?, seconds.parse()?);
    let stores = open(url).await?;
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let clients: Vec<_> = (0..clients)
        .map(|client| {
            let store = stores[client as usize % stores.len()].clone();
            tokio::spawn(async move {
                let mut admitted = 0_u64;
                // Each client walks through users of its own, scattered over all of them.
                let mut user = client * 7919 % users;
                while Instant::now() < until {
                    one(&store, UserNo(user + 1)).await?;
                    admitted += 1;
                    user = (user + 64 * 7919) % users;
                }
                anyhow::Ok(admitted)
            })
        })
        .collect();
    let mut admitted = 0;
    for client in clients {
        admitted += client.await??;
    }
    println!("{}", admitted as f64 / started.elapsed().as_secs_f64());
    Ok(())
}

/// The store, as often as makes it fastest at this: a file has one writer; of a server's connections, of which a store
/// uses one for admissions, 16 commit beside each other.
async fn open(url: &str) -> anyhow::Result<Vec<Arc<dyn Store>>> {
    if let Some(file) = url.strip_prefix("sqlite:") {
        let path = Path::new(file);
        let lock = StoreLock::take(path).context("the store is held")?;
        return Ok(vec![Arc::new(SqliteStore::open(path, lock, TimeSource::Own)?)]);
    }
    let connector = Connector::parse(url)?;
    let mut stores: Vec<Arc<dyn Store>> = Vec::new();
    for _ in 0..16 {
        stores.push(Arc::new(PostgresStore::open(connector.clone(), TimeSource::Own, Options::default()).await?));
    }
    Ok(stores)
}

async fn one(store: &Arc<dyn Store>, user: UserNo) -> anyhow::Result<()> {
    let ask = Admit {
        user,
        proof: Proof::Vouched,
        take_over: None,
        methods: vec!["pwd".into()],
        presented_session: None,
        presented_device: None,
        new_device: None,
        label: DeviceLabel { kind: DeviceKind::Computer, browser: "Firefox".into(), system: "Windows".into() },
        ip: Some("203.0.113.7".into()),
        place: Place::default(),
        at_limit: Some(AtLimit::ReplaceOldest),
        by: Actor::Operator,
        session_id: secret::session_id(),
        token: SessionToken::generate().hash(),
        reference: secret::reference(),
    };
    let mut transaction = store.begin(Lane::Admissions).await?;
    let facts = transaction.users(vec![(user, AskedUser::default())], 1).await?;
    let born = facts.born.first().copied().context("a number for the new session")?;
    let admission = admit(&facts, &ask, &SessionPolicy::default(), born);
    ensure!(matches!(admission, Admission::Admit(..)), "user {user:?} was refused");
    transaction.commit(admission.changes().to_vec()).await?;
    Ok(())
}
