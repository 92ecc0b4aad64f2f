//! Promises of the shared store about its database: what it holds while it decides, what a commit means, and what becomes
//! of it when the database hangs, refuses or goes away.

use crate::harness::{Harness, MINUTES_20, START, Site, account, ask, limit_of};
use crate::server::{Database, server};
use innkeeper::clock::{ManualClock, TimeSource};
use innkeeper::domain::admission::{Admission, Admit, admit};
use innkeeper::domain::change::{AccountPut, Change};
use innkeeper::domain::end::{Actor, EndReason};
use innkeeper::domain::id::{AccountId, Reference};
use innkeeper::domain::policy::{AtLimit, SessionPolicy};
use innkeeper::domain::session::Activity;
use innkeeper::secret::SessionToken;
use innkeeper::store::postgres::{Options, PostgresStore};
use innkeeper::store::{
    AskedUser, CheckAsk, CheckedState, EventsOf, HistoryOf, Lane, Position, SessionsOf, SessionsPage, StateFilter,
    Store, StoreError, TouchOf,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

/// A store, its database, and somebody at the database who is no node.
struct Laid {
    harness: Arc<Harness>,
    admin: Client,
    /// Apart from the admin, who sees one state of the world throughout a transaction.
    watch: Client,
}

impl Laid {
    /// `None` where there is no PostgreSQL.
    async fn out() -> Option<Self> {
        let harness = Harness::at(Site::postgres()?).await;
        let (admin, watch) = (admin(database(&harness)).await, admin(database(&harness)).await);
        Some(Self { harness: Arc::new(harness), admin, watch })
    }

    async fn say(&self, what: &str) {
        self.admin.batch_execute(what).await.unwrap();
    }

    async fn number(&self, question: &str) -> i64 {
        self.admin.query_one(question, &[]).await.unwrap().get(0)
    }

    /// Waits until so many connections are in this state.
    async fn until(&self, count: i64, state: &str) {
        let question = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND {state}"
        );
        let reached = async {
            while self.watch.query_one(&question, &[]).await.unwrap().get::<_, i64>(0) != count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), reached).await.expect("it comes to that");
    }

    async fn until_waiting(&self, count: i64) {
        self.until(count, "wait_event_type = 'Lock'").await;
    }

    /// Waits until no node is connected.
    async fn until_alone(&self) {
        self.until(0, "application_name <> 'test'").await;
    }

    /// Lets each event that is written do something first.
    async fn on_each_event(&self, what: &str, deferred: bool) {
        let (kind, when) = if deferred { ("CONSTRAINT ", " DEFERRABLE INITIALLY DEFERRED") } else { ("", "") };
        self.say(&format!(
            "CREATE OR REPLACE FUNCTION on_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {what}; RETURN NULL; END $$; \
             DROP TRIGGER IF EXISTS on_event ON events; \
             CREATE {kind}TRIGGER on_event AFTER INSERT ON events{when} FOR EACH ROW EXECUTE FUNCTION on_event()"
        ))
        .await;
    }
}

fn database(harness: &Harness) -> &Database {
    match &harness.site {
        Site::Postgres(database) | Site::Pooled(database) => database,
        Site::Sqlite(_) => panic!("this store is in a database"),
    }
}

async fn admin(database: &Database) -> Client {
    let (client, connection) =
        tokio_postgres::connect(&format!("{}?application_name=test", database.url()), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn created(id: &str, harness: &Harness) -> Change {
    let account = account(id, harness.now());
    Change::AccountPut(AccountPut { account, before: None, at: harness.now(), by: Actor::Operator })
}

fn active(harness: &Harness) -> Activity {
    let now = harness.now();
    Activity { last_active_at: now, last_seen_at: now, idle_deadline: now + MINUTES_20 }
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let Some(laid) = Laid::out().await else { return };
    let rows = laid.admin.query(
        "SELECT table_name::text, column_name::text, is_nullable = 'NO' FROM information_schema.columns \
         WHERE table_schema = 'public' ORDER BY table_name, ordinal_position",
        &[],
    );
    let mut shared: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    for row in rows.await.unwrap() {
        shared.entry(row.get(0)).or_default().push((row.get(1), row.get(2)));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("innkeeper.db");
    drop(crate::harness::open_sqlite(&path, &ManualClock::at(START)));
    let file = rusqlite::Connection::open(&path).unwrap();
    let mut embedded: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    let mut columns = file
        .prepare(
            "SELECT m.name, c.name, c.\"notnull\" OR c.pk > 0 FROM sqlite_schema m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' ORDER BY m.name, c.cid",
        )
        .unwrap();
    let mut rows = columns.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        embedded.entry(row.get(0).unwrap()).or_default().push((row.get(1).unwrap(), row.get(2).unwrap()));
    }
    assert!(shared.len() > 10, "{shared:?}");
    assert_eq!(shared, embedded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_nodes_may_start_at_once_on_an_empty_database() {
    let Some(server) = server() else { return };
    let database = server.empty_database();
    let opened: JoinSet<_> = (0..10)
        .map(|_| {
            let connector = database.connector();
            async { PostgresStore::open(connector, TimeSource::Own, Options::default()).await.unwrap() }
        })
        .collect();
    for store in opened.join_all().await {
        assert_eq!(store.accounts(None, 9).await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_one_node_is_news_on_the_others() {
    let Some(laid) = Laid::out().await else { return };
    for named_statements in [true, false] {
        let (time, options) = (TimeSource::Manual(laid.harness.clock.clone()), Options { named_statements });
        let connector = database(&laid.harness).connector();
        let other = PostgresStore::open(connector, time, options).await.unwrap();
        let mut news = other.news();
        assert_eq!(*news.borrow_and_update(), *laid.harness.store().news().borrow());
        let id = format!("account-{named_statements}");
        let committed = laid.harness.commit(vec![created(&id, &laid.harness)]).await.unwrap();
        news.wait_for(|position| *position == committed.last).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_and_clock_are_read_after_the_lock() {
    let Some(laid) = Laid::out().await else { return };
    let mira = laid.harness.person().await;
    laid.say("BEGIN; UPDATE users SET name = 'Changed'").await;
    let (harness, no) = (laid.harness.clone(), mira.no);
    let loading = tokio::spawn(async move { harness.facts(no, AskedUser::default()).await });
    laid.until_waiting(1).await;
    laid.harness.clock.advance(Duration::from_secs(1));
    laid.say("COMMIT").await;
    let facts = loading.await.unwrap();
    assert_eq!(facts.users[0].user.name.as_deref(), Some("Changed"));
    assert_eq!(facts.now, laid.harness.now());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_waits_for_a_touch_that_is_on_its_way() {
    let Some(laid) = Laid::out().await else { return };
    let mira = laid.harness.person().await;
    let session = laid.harness.started_under(&ask(&mira), &limit_of(1)).await;
    laid.harness.clock.advance(MINUTES_20);
    let moved = format!("UPDATE session_activity SET idle_deadline = {}", laid.harness.now().as_millis() + 1);
    laid.say(&format!("BEGIN; {moved}")).await;
    let harness = laid.harness.clone();
    let signing_in = tokio::spawn(async move { harness.admit(&ask(&mira), &limit_of(1)).await });
    laid.until_waiting(1).await;
    laid.say("COMMIT").await;
    let admission = signing_in.await.unwrap();
    assert!(matches!(admission, Admission::Refuse(..)), "the holder was ended early: {admission:?}");
    assert!(matches!(laid.harness.state(&session).await, CheckedState::Open(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_of_two_people_in_one_browser_come_one_after_the_other() {
    let Some(laid) = Laid::out().await else { return };
    let reef = laid.harness.account("reef").await;
    let (mira, leo) = (laid.harness.user(&reef, "mira").await, laid.harness.user(&reef, "leo").await);
    let [first, second, third, fourth] = std::array::from_fn(|_| SessionToken::generate().hash());
    let from = |user, was, new| Admit { presented_device: Some(was), new_device: Some(new), ..ask(user) };
    laid.harness.started(&from(&mira, fourth, first)).await;
    laid.harness.started(&from(&leo, first, second)).await;

    let mut hers = laid.harness.store().begin(Lane::Admissions).await.unwrap();
    let browser = AskedUser { devices: vec![second], countries: vec![], take_overs: false };
    let facts = hers.users(vec![(mira.no, browser.clone())], 1).await.unwrap();
    let mut his = laid.harness.store().begin(Lane::Ends).await.unwrap();
    let waits = tokio::spawn(async move { his.users(vec![(leo.no, browser)], 0).await.unwrap() });
    laid.until_waiting(1).await;
    let policy = SessionPolicy { at_limit: AtLimit::ReplaceOldest, ..SessionPolicy::default() };
    let admission = admit(&facts, &from(&mira, second, third), &policy, facts.born[0]);
    hers.commit(admission.changes().to_vec()).await.unwrap();
    let known = waits.await.unwrap().users.remove(0).devices.remove(0);
    assert_eq!((known.device.token, known.device.previous_token), (Some(third), Some(second)), "his follows hers");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_touch_of_what_somebody_holds_holds_up_no_other_and_tells_the_truth_after_a_wait() {
    let Some(laid) = Laid::out().await else { return };
    let reef = laid.harness.account("reef").await;
    let (mira, leo) = (laid.harness.user(&reef, "mira").await, laid.harness.user(&reef, "leo").await);
    for (then, expected) in [("SELECT 1", true), ("DELETE FROM session_activity WHERE session_no = ", false)] {
        let (hers, his) = (laid.harness.signed_in(&mira).await, laid.harness.signed_in(&leo).await);
        laid.harness.clock.advance(Duration::from_secs(60));
        let number = hers.open_session().no.0;
        laid.say(&format!("BEGIN; SELECT FROM session_activity WHERE session_no = {number} FOR UPDATE")).await;
        let activity = active(&laid.harness);
        let touches =
            [&hers, &his].map(|session| TouchOf { session: session.open_session().no, activity, kept: false });
        let store = laid.harness.store();
        assert_eq!(
            store.touch_free(touches.to_vec()).await.unwrap(),
            [None, Some(true)],
            "nobody waits, and one is held"
        );
        assert_eq!(laid.harness.state(&his).await, CheckedState::Open(activity));
        let touching = tokio::spawn(async move { store.touch(touches.to_vec()).await.unwrap() });
        laid.until_waiting(1).await;
        let then = if expected { then.to_owned() } else { format!("{then}{number}") };
        laid.say(&format!("{then}; COMMIT")).await;
        assert_eq!(touching.await.unwrap(), [expected, true]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_setting_makes_a_commit_mean_less() {
    let Some(laid) = Laid::out().await else { return };
    let mira = laid.harness.person().await;
    let name = database(&laid.harness).name();
    laid.say("CREATE TABLE seen (value TEXT); INSERT INTO seen VALUES ('nothing')").await;
    let note = "INSERT INTO seen VALUES (current_setting('synchronous_commit'))";
    laid.on_each_event(note, false).await;
    laid.say("CREATE TRIGGER on_touch AFTER UPDATE ON session_activity FOR EACH ROW EXECUTE FUNCTION on_event()").await;
    for (set, expected) in [("off", "on"), ("local", "on"), ("remote_write", "on"), ("remote_apply", "remote_apply")] {
        laid.say(&format!("ALTER DATABASE {name} SET synchronous_commit = {set}")).await;
        laid.harness.reopen().await;
        laid.say("DELETE FROM seen").await;
        let session = laid.harness.signed_in(&mira).await;
        let (session, activity) = (session.open_session().no, active(&laid.harness));
        laid.harness.store().touch(vec![TouchOf { session, activity, kept: false }]).await.unwrap();
        let seen: Vec<String> =
            laid.admin.query("SELECT value FROM seen", &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
        assert!(seen.len() > 1 && seen.iter().all(|value| value == expected), "{set}: {seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_the_database_warns_of_or_refuses_is_not_acknowledged() {
    let Some(laid) = Laid::out().await else { return };
    laid.on_each_event("RAISE WARNING 'canceling wait for synchronous replication'", true).await;
    let warned = laid.harness.commit(vec![created("warned", &laid.harness)]).await;
    assert!(matches!(warned, Err(StoreError::Unavailable(_))), "{warned:?}");
    laid.on_each_event("RAISE EXCEPTION 'no' USING ERRCODE = 'serialization_failure'", true).await;
    let refused = laid.harness.commit(vec![created("refused", &laid.harness)]).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    laid.say("DROP TRIGGER on_event ON events").await;
    let refused = AccountId::new("refused").unwrap();
    assert_eq!(laid.harness.store().account(&refused).await.unwrap(), None);
    laid.harness.commit(vec![created("next", &laid.harness)]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stops_the_database_is_an_outage_and_never_a_verdict() {
    let Some(laid) = Laid::out().await else { return };
    // A full disk among them: there is no reserve here, so nobody may be told that ends are still taken.
    for code in ["53100", "25006", "40P01", "55P03", "57014", "58030", "08006"] {
        laid.on_each_event(&format!("RAISE EXCEPTION 'no' USING ERRCODE = '{code}'"), false).await;
        for lane in [Lane::Admissions, Lane::Ends, Lane::Pages] {
            let transaction = laid.harness.store().begin(lane).await.unwrap();
            let stopped = transaction.commit(vec![created("a", &laid.harness)]).await;
            assert!(matches!(stopped, Err(StoreError::Unavailable(_))), "{code}: {stopped:?}");
        }
    }
    laid.on_each_event("RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation'", false).await;
    let refused = laid.harness.commit(vec![created("a", &laid.harness)]).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    laid.say("DROP TRIGGER on_event ON events").await;
    laid.harness.person().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_said_while_it_lasts_and_is_over_by_itself() {
    let Some(laid) = Laid::out().await else { return };
    let session = laid.harness.signed_in(&laid.harness.person().await).await;
    let (store, name) = (laid.harness.store(), database(&laid.harness).name());
    let elsewhere = server().unwrap();
    let open_for = |nodes: bool| elsewhere.say(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {nodes}"));
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND application_name <> 'test'";
    let ask = CheckAsk { token: Some(session.token()), ..CheckAsk::default() };
    let (no, activity) = (session.open_session().no, active(&laid.harness));
    let touch = || store.touch(vec![TouchOf { session: no, activity, kept: false }]);

    open_for(false);
    laid.say(cut).await;
    laid.until_alone().await;
    for _ in 0..3 {
        assert!(matches!(store.check(&ask).await, Err(StoreError::Unavailable(_))));
        assert!(matches!(touch().await, Err(StoreError::Unavailable(_))));
        assert!(matches!(store.now().await, Err(StoreError::Unavailable(_))));
        let ended = laid.harness.end(&session, EndReason::SignedOut).await;
        assert!(matches!(ended, Err(StoreError::Unavailable(_))));
    }
    open_for(true);
    let back = async {
        while let Err(error) = store.check(&ask).await {
            assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
            tokio::task::yield_now().await;
        }
        while let Err(error) = touch().await {
            assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
            tokio::task::yield_now().await;
        }
        while let Err(error) = laid.harness.end(&session, EndReason::SignedOut).await {
            assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), back).await.expect("it comes back by itself");
    assert!(matches!(laid.harness.state(&session).await, CheckedState::Ended(..)));
}

/// Takes two seconds: that long a check may take.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_hangs_is_given_up_and_those_after_it_are_not_held_up() {
    let Some(laid) = Laid::out().await else { return };
    let session = laid.harness.signed_in(&laid.harness.person().await).await;
    laid.say("BEGIN; LOCK TABLE session_tokens").await;
    let ask = CheckAsk { token: Some(session.token()), ..CheckAsk::default() };
    let store = laid.harness.store();
    let hung = (0..5).map(|_| store.check(&ask)).collect::<Vec<_>>();
    for check in hung {
        assert!(matches!(check.await, Err(StoreError::Unavailable(_))));
    }
    laid.say("COMMIT").await;
    assert!(matches!(laid.harness.state(&session).await, CheckedState::Open(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_hot_reads_a_whole_table_however_small_it_was_when_it_was_planned() {
    let Some(laid) = Laid::out().await else { return };
    let mira = laid.harness.person().await;
    laid.harness.close();
    laid.until_alone().await;
    laid.say("SELECT pg_stat_reset()").await;
    laid.harness.reopen().await;
    let work = async || {
        for _ in 0..8 {
            let session = laid.harness.signed_in(&mira).await;
            let token = Some(session.token());
            for (counted, origin) in [(true, true), (false, false)] {
                laid.harness.store().check(&CheckAsk { token, key: token, counted, origin }).await.unwrap();
            }
            let activity = active(&laid.harness);
            let touch = TouchOf { session: session.open_session().no, activity, kept: false };
            laid.harness.store().touch(vec![touch]).await.unwrap();
            let mut transaction = laid.harness.store().begin(Lane::Ends).await.unwrap();
            let asked = AskedUser { devices: vec![session.token()], countries: vec!["AU".into()], take_overs: false };
            transaction.users(vec![(mira.no, asked)], 0).await.unwrap();
            let ended = Change::SessionEnded(laid.harness.ended(&session, EndReason::SignedOut));
            transaction.commit(vec![ended]).await.unwrap();
        }
    };
    work().await;
    laid.say("VACUUM ANALYZE").await;
    work().await;
    laid.say(
        "INSERT INTO users (user_id, account_no, role, status, created_at) \
         SELECT 'u' || n, 1, 'staff', 'active', 0 FROM generate_series(1, 20000) n; \
         INSERT INTO session_tokens SELECT n, sha256(n::text::bytea), n, 's' || n, 1, 'u', 'staff', NULL, NULL, 1, 'reef' \
         FROM generate_series(1000000, 1020000) n; \
         INSERT INTO session_activity SELECT n, 0, 0, 0, 0, 0 FROM generate_series(1000000, 1020000) n",
    )
    .await;
    work().await;
    laid.harness.close();
    laid.until_alone().await;
    let read = laid.admin.query("SELECT relname::text, seq_scan FROM pg_stat_user_tables WHERE seq_scan > 0", &[]);
    let read: Vec<(String, i64)> = read.await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    let hot = ["session_tokens", "session_activity", "sessions", "users", "devices", "events", "refusals", "passwords"];
    assert!(read.iter().all(|(table, _)| !hot.contains(&table.as_str())), "{read:?}");
    let keyed = laid.number("SELECT idx_scan FROM pg_stat_user_tables WHERE relname = 'session_tokens'").await;
    assert!(keyed > 24, "the counts are of what was done: {keyed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_reads_what_it_shows_and_not_the_sessions_of_everybody_else() {
    let Some(laid) = Laid::out().await else { return };
    let mira = laid.harness.person().await;
    let page = SessionsPage { before: None, limit: 10 };
    let lists = async || {
        let store = laid.harness.store();
        for of in [SessionsOf::User(mira.account_no, mira.no), SessionsOf::Account(mira.account_no)] {
            for state in [StateFilter::Live, StateFilter::Ended, StateFilter::All] {
                store.sessions(of, state, page).await.unwrap();
            }
        }
        store.ended_lately((mira.account_no, mira.no), laid.harness.now(), 10).await.unwrap();
        store.events(EventsOf::User(mira.no), Position(0), 10).await.unwrap();
        store.events(EventsOf::All, Position(0), 10).await.unwrap();
        for of in [HistoryOf::User(mira.no), HistoryOf::Account(mira.account_no)] {
            store.history(of, &[], None, 10).await.unwrap();
            store.history(of, &["session.ended"], None, 10).await.unwrap();
        }
        store.refused_as(&Reference::new("R-2222-2222"), 10).await.unwrap();
        store.users(mira.account_no, None, 10).await.unwrap();
        store.team(mira.account_no, None, 10).await.unwrap();
        store.refused_in(mira.account_no, laid.harness.now()).await.unwrap();
        store.invitations(mira.account_no).await.unwrap();
        store.accounts_with_expired(10).await.unwrap();
        store.accounts(None, 10).await.unwrap();
        store.due(10).await.unwrap();
        store.origins(10).await.unwrap();
    };
    for _ in 0..3 {
        let session = laid.harness.signed_in(&mira).await;
        laid.harness.end(&session, EndReason::SignedOut).await.unwrap();
    }
    // Planned while there is next to nothing, and kept.
    lists().await;
    laid.say(
        "INSERT INTO accounts (account_id, name, plan, time_zone, status, created_at) \
         VALUES ('dune', 'Dune', 'team', 'UTC', 'active', 0); \
         INSERT INTO users (user_id, account_no, role, status, created_at) \
         SELECT 'u' || n, (SELECT account_no FROM accounts WHERE account_id = 'dune'), 'staff', 'active', 0 \
         FROM generate_series(1, 20000) n; \
         INSERT INTO sessions (session_id, token_key, account_no, user_no, place, device_no, methods, unfamiliar, \
         created_at, proved_at, absolute_deadline, ended_at, end_reason, last_active_at, last_seen_at, idle_deadline) \
         SELECT 's' || user_no, user_no, account_no, user_no, 1, (SELECT min(device_no) FROM devices), 'pwd', 0, \
         0, 0, 0, 1, 'idle', 0, 0, 0 FROM users WHERE user_id LIKE 'u%'; \
         INSERT INTO events (position, kind, at, account_no, user_no, actor_kind) \
         SELECT 100000 + user_no, 'session.ended', 0, account_no, user_no, 'clock' FROM users WHERE user_id LIKE 'u%'; \
         INSERT INTO session_activity SELECT session_no, 0, 0, 9e15::int8, 9e15::int8, 9e15::int8 FROM sessions \
         WHERE session_id LIKE 's' || user_no",
    )
    .await;
    for planned in ["while there was next to nothing", "with everything known of the tables"] {
        laid.say("SELECT pg_stat_force_next_flush()").await;
        laid.say("SELECT pg_stat_reset()").await;
        lists().await;
        laid.harness.close();
        laid.until_alone().await;
        let read = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int8 FROM pg_stat_user_tables";
        let read = laid.number(read).await;
        assert!((10..1000).contains(&read), "{read} rows were read to show a hundred, planned {planned}");
        laid.say("VACUUM ANALYZE").await;
        laid.harness.reopen().await;
    }
}

#[tokio::test]
async fn a_backup_says_what_to_use_instead() {
    let Some(laid) = Laid::out().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let error = laid.harness.store().backup(&folder.path().join("copy")).await.unwrap_err();
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert!(why.contains("pg_basebackup"), "{why}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_databases_clock_decides_unless_a_test_does() {
    let Some(server) = server() else { return };
    let database = server.database();
    let store = PostgresStore::open(database.connector(), TimeSource::Own, Options::default()).await.unwrap();
    let admin = admin(&database).await;
    let clock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8";
    let before: i64 = admin.query_one(clock, &[]).await.unwrap().get(0);
    let now = store.now().await.unwrap().as_millis();
    let checked = store.check(&CheckAsk::default()).await.unwrap().now.as_millis();
    let loaded = store.begin(Lane::Pages).await.unwrap().users(vec![], 0).await.unwrap().now.as_millis();
    let after: i64 = admin.query_one(clock, &[]).await.unwrap().get(0);
    assert!(before - 1 <= now && now <= checked && checked <= loaded && loaded <= after + 1);
    // A database whose clock is behind what was stored stands still until it has caught up.
    let ahead = after + 3_600_000;
    admin.execute("UPDATE counters SET value = $1 WHERE name = 'clock'", &[&ahead]).await.unwrap();
    assert_eq!(store.now().await.unwrap().as_millis(), ahead);
    assert_eq!(store.check(&CheckAsk::default()).await.unwrap().now.as_millis(), ahead);
    assert_eq!(*store.news().borrow(), Position(0));
}
