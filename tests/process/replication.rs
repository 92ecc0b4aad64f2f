//! Standbys that may lack what was acknowledged: told of, or refused.

use crate::cluster::Cluster;
use crate::http::get;
use crate::server::{SOON, Server, done, errors, eventually, folder_for, run};

const STRICT: (&str, &str) = ("INNKEEPER_STORE__REPLICATION", "strict");

/// What `doctor db` says, and its exit code.
fn doctor(url: &str) -> (String, Option<i32>) {
    let folder = folder_for(url);
    let output = run(folder.path(), &["doctor", "db"]);
    (String::from_utf8(output.stdout).expect("answers are UTF-8"), output.status.code())
}

/// What a strict server says that does not start.
fn refused(url: &str) -> String {
    let folder = folder_for(url);
    std::fs::write(
        folder.path().join("innkeeper.toml"),
        format!("listen = \"127.0.0.1:0\"\n[store]\nurl = {url:?}\nreplication = \"strict\"\n"),
    )
    .expect("it can be written");
    let output = run(folder.path(), &["serve"]);
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    assert!(output.stdout.is_empty(), "it never listened");
    errors(&output)
}

#[test]
fn an_asynchronous_standby_is_told_of_everywhere_and_refused_where_that_is_asked_for() {
    let Some(primary) = Cluster::start("max_wal_senders = 5") else { return };
    primary.sql("postgres", "CREATE DATABASE innkeeper");
    let url = primary.url("innkeeper");
    let (_folder, alone) = Server::on(&url, &[STRICT]);
    assert!(alone.is_ready(), "a server alone can lose nothing to a failover");

    let standby = primary.follower("harbour");
    let is_followed =
        || primary.sql("postgres", "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "1";
    assert!(eventually(SOON, is_followed), "the standby follows");
    let said = refused(&url);
    assert!(
        said.contains("store.replication is strict") && said.contains("Replication to harbour is asynchronous"),
        "{said}"
    );
    let metrics = crate::cluster::free_port();
    let (_folder, warned) = Server::on(&url, &[("INNKEEPER_METRICS_LISTEN", &format!("127.0.0.1:{metrics}"))]);
    assert!(warned.is_ready());
    assert!(eventually(SOON, || warned.log().contains("Replication to harbour is asynchronous")), "{}", warned.log());
    let (said, code) = doctor(&url);
    assert!(code == Some(1) && said.contains("PROBLEM: Replication to harbour is asynchronous"), "{said}");
    assert!(said.contains("standbys: harbour (async)"), "{said}");
    let at = |path: &str| get(([127, 0, 0, 1], metrics).into(), path).expect("metrics are served").text;
    assert!(at("/readyz?verbose").contains("Replication to harbour is asynchronous"));
    let counted = at("/metrics");
    for line in ["store_standbys 1", "store_standbys_synchronous 0", "store_durability_problems 1"] {
        assert!(counted.contains(&format!("innkeeper_{line}\n")), "{line}: {counted}");
    }

    primary.reload("synchronous_standby_names = 'harbour'");
    let is_waited_for = || primary.sql("postgres", "SELECT sync_state FROM pg_stat_replication") == "sync";
    assert!(eventually(SOON, is_waited_for), "the primary waits for it");
    let (_folder, strict) = Server::on(&url, &[STRICT]);
    assert!(strict.is_ready());
    assert!(doctor(&url).0.contains("No problem found."));

    // A user without that right cannot tell, and a strict server takes nobody's word for it.
    primary.sql(
        "innkeeper",
        "CREATE ROLE plain LOGIN; GRANT ALL ON SCHEMA public TO plain; \
                              GRANT ALL ON ALL TABLES IN SCHEMA public TO plain",
    );
    let plain = url.replace("postgres@", "plain@");
    assert!(refused(&plain).contains("GRANT pg_monitor"));
    primary.sql("innkeeper", "GRANT pg_monitor TO plain");
    assert!(doctor(&plain).0.contains("No problem found."));

    primary.reload("synchronous_commit = 'off'");
    assert!(eventually(SOON, || primary.sql("postgres", "SHOW synchronous_commit") == "off"));
    assert!(refused(&url).contains("synchronous_commit is off"));

    // Of two servers of which one only reads, the other is found, in whatever order they stand.
    let both = format!("postgres://postgres@127.0.0.1:{},127.0.0.1:{}/innkeeper", standby.port(), primary.port());
    let folder = folder_for(&both);
    assert!(done(folder.path(), &["migrate"]).contains("is up to date"));
    let only_reads = folder_for(&format!("postgres://postgres@127.0.0.1:{}/innkeeper", standby.port()));
    let output = run(only_reads.path(), &["migrate"]);
    assert!(output.status.code() == Some(1) && errors(&output).contains("it takes no writes"), "{}", errors(&output));
}
