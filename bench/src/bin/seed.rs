//! Fills a migrated store with live sessions, one for each user, and prints their tokens, one a line.
//! Usage: `seed FILE SESSIONS`. Nothing may hold the store meanwhile.

use data_encoding::BASE64URL_NOPAD;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

const HOUR: i64 = 60 * 60 * 1000;
const USERS_OF_AN_ACCOUNT: i64 = 10;

fn main() {
    let mut args = std::env::args().skip(1);
    let (file, count) = (args.next().expect("a file"), args.next().expect("a number"));
    let count: i64 = count.parse().expect("a number of sessions");
    let mut connection = Connection::open(file).expect("a store");
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;").expect("settings");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    let now = i64::try_from(now).expect("before the year 292 million");
    let transaction = connection.transaction().expect("a transaction");
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for n in 1..=count {
        let bytes: [u8; 32] = Sha256::digest(format!("token {n}")).into();
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        let key = i64::from_be_bytes(hash[..8].try_into().expect("eight bytes"));
        insert(&transaction, n, (now, key, &hash)).expect("a session");
        writeln!(out, "{}", BASE64URL_NOPAD.encode(&bytes)).expect("standard output");
    }
    transaction.execute("UPDATE counters SET value = ?1 WHERE name = 'sessions'", [count]).expect("the counter");
    transaction.commit().expect("a commit");
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("a checkpoint");
}

fn insert(db: &Connection, n: i64, (now, key, hash): (i64, i64, &[u8; 32])) -> rusqlite::Result<()> {
    let account = (n - 1) / USERS_OF_AN_ACCOUNT + 1;
    if n % USERS_OF_AN_ACCOUNT == 1 {
        db.prepare_cached("INSERT INTO accounts VALUES (?1, ?2, 'Reef Tours', 'business', 'UTC', 'active', ?3)")?
            .execute(params![account, format!("a_{account:026}"), now])?;
    }
    let user = format!("u_{n:026}");
    db.prepare_cached("INSERT INTO users VALUES (?1, ?2, ?3, 'owner', 'active', ?4, 'Mira Sommer', ?5, NULL)")?
        .execute(params![n, user, account, format!("mira.{n}@reef.example"), now])?;
    db.prepare_cached(
        "INSERT INTO devices VALUES (?1, ?1, NULL, NULL, ?1, 'computer', 'Firefox', 'Windows', ?2, ?2, NULL)",
    )?
    .execute(params![n, now])?;
    let session = format!("s_{n:026}");
    db.prepare_cached(
        "INSERT INTO sessions (session_no, session_id, account_no, user_no, place, device_no, methods, ip, unfamiliar, \
         created_at, proved_at, absolute_deadline) VALUES (?1, ?2, ?3, ?1, 1, ?1, 'pwd', '203.0.113.7', 0, ?4, ?4, ?5)",
    )?
    .execute(params![n, session, account, now, now + 12 * HOUR])?;
    db.prepare_cached("INSERT INTO session_tokens VALUES (?1, ?2, ?3, ?4, ?3, ?5, ?6)")?.execute(params![
        key,
        hash,
        n,
        session,
        format!("a_{account:026}"),
        now + 12 * HOUR
    ])?;
    db.prepare_cached("INSERT INTO session_activity VALUES (?1, ?2, ?2, ?3, ?3, ?3)")?.execute(params![
        n,
        now,
        now + 12 * HOUR
    ])?;
    Ok(())
}
