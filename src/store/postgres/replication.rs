//! Whether what PostgreSQL acknowledges can be lost: by a crash of its server, or by a failover to a standby that lacks it.
//!
//! [`inspect`] asks, [`Durability::problems`] judges, and both are apart so that the judgement can be tested on servers
//! that nobody has at hand.

use super::rows::get;
use crate::store::StoreError;
use tokio_postgres::{Client, Row};

/// What is known of a server's promises.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durability {
    in_recovery: bool,
    synchronous_standby_names: String,
    synchronous_commit: String,
    fsync: bool,
    full_page_writes: bool,
    standbys: Vec<Standby>,
}

/// Whoever follows the server's log in order to become a server like it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Standby {
    /// What it calls itself; unknown where this user may not see it.
    name: Option<String>,
    /// How the server waits for it: `async`, `potential`, `sync` or `quorum`; unknown likewise.
    sync_state: Option<String>,
}

/// What an operator should do about it, each a problem with its remedy.
type Problems = Vec<String>;

const SETTINGS: &str = "SELECT pg_is_in_recovery(), current_setting('synchronous_standby_names'), \
     current_setting('synchronous_commit'), current_setting('fsync') = 'on', \
     current_setting('full_page_writes') = 'on'";

/// Base backups, programs that only gather the log, and subscribers of logical replication follow the log, too, and
/// nobody makes a server of them.
const STANDBYS: &str = "SELECT application_name, sync_state FROM pg_stat_replication r \
     WHERE coalesce(state, '') <> 'backup' AND coalesce(application_name, '') NOT IN ('pg_receivewal', 'pg_basebackup', \
     'barman_receive_wal', 'pgbackrest') AND NOT EXISTS (SELECT FROM pg_replication_slots s \
     WHERE s.active_pid = r.pid AND s.slot_type = 'logical') ORDER BY application_name";

/// What to ask a server, in this order, for [`read`].
pub(super) const QUESTIONS: [&str; 2] = [SETTINGS, STANDBYS];

/// Asks a server. No statement outlives it, and it takes no right beyond connecting.
pub(super) async fn inspect(client: &Client) -> Result<Durability, StoreError> {
    let mut answers = Vec::new();
    for question in QUESTIONS {
        answers.push(client.query_typed(question, &[]).await.map_err(super::of)?);
    }
    read(&answers)
}

/// What a server has answered.
pub(super) fn read(answers: &[Vec<Row>]) -> Result<Durability, StoreError> {
    let nothing = || StoreError::Database("the server did not say how it is set".into());
    let [settings, standbys] = answers else { return Err(nothing()) };
    let settings = settings.first().ok_or_else(nothing)?;
    let standby = |row: &Row| Ok(Standby { name: get(row, 0)?, sync_state: get(row, 1)? });
    Ok(Durability {
        in_recovery: get(settings, 0)?,
        synchronous_standby_names: get(settings, 1)?,
        synchronous_commit: get(settings, 2)?,
        fsync: get(settings, 3)?,
        full_page_writes: get(settings, 4)?,
        standbys: standbys.iter().map(standby).collect::<Result<_, StoreError>>()?,
    })
}

impl Standby {
    fn is_waited_for(&self) -> bool {
        matches!(self.sync_state.as_deref(), Some("sync" | "quorum"))
    }

    fn name(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("without a name")
    }
}

impl Durability {
    fn waited_for(&self) -> usize {
        self.standbys.iter().filter(|standby| standby.is_waited_for()).count()
    }

    /// Facts for `doctor db`.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let shown = |standby: &Standby| {
            format!("{} ({})", standby.name(), standby.sync_state.as_deref().unwrap_or("hidden from this user"))
        };
        let standbys: Vec<String> = self.standbys.iter().map(shown).collect();
        let standbys = if standbys.is_empty() { "none".to_owned() } else { standbys.join(", ") };
        let names = match self.synchronous_standby_names.as_str() {
            "" => "nobody".to_owned(),
            names => names.to_owned(),
        };
        vec![
            ("standbys", standbys),
            ("waits for (synchronous_standby_names)", names),
            ("synchronous_commit", self.synchronous_commit.clone()),
        ]
    }

    /// Numbers for metrics.
    pub(super) fn gauges(&self) -> Vec<(&'static str, &'static str, i64)> {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        vec![
            ("store_standbys", "Standbys of the database", number(self.standbys.len())),
            ("store_standbys_synchronous", "Standbys that the database waits for", number(self.waited_for())),
            ("store_durability_problems", "Ways to lose what was acknowledged", number(self.problems().len())),
        ]
    }

    /// How what was acknowledged can be lost, and what to do about it.
    pub fn problems(&self) -> Problems {
        let mut problems = Vec::new();
        if self.in_recovery {
            problems.push("This server is a standby and takes no writes: let `store.url` lead to the primary.".into());
        }
        for (is_on, setting, danger) in [
            (self.fsync, "fsync", "after a crash of its machine the database may be broken"),
            (self.full_page_writes, "full_page_writes", "after a crash of its machine pages may be torn"),
        ] {
            if !is_on {
                problems.push(format!("{setting} is off: {danger}. Turn it on in postgresql.conf and reload."));
            }
        }
        if matches!(self.synchronous_commit.as_str(), "off" | "local") {
            problems.push(format!(
                "synchronous_commit is {} for this user: whoever relies on it is answered before the change is safe. Run \
                 ALTER ROLE … SET synchronous_commit = on, or take it out of postgresql.conf.",
                self.synchronous_commit
            ));
        }
        self.standby_problems(&mut problems);
        problems
    }

    fn standby_problems(&self, problems: &mut Problems) {
        let hidden = self.standbys.iter().filter(|standby| standby.sync_state.is_none()).count();
        if hidden > 0 {
            problems.push(format!(
                "{hidden} of the standbys cannot be judged: this user may not see whether the database waits for them. \
                 Run GRANT pg_monitor TO the user of Innkeeper."
            ));
        }
        let late = self.standbys.iter().filter(|standby| standby.sync_state.is_some() && !standby.is_waited_for());
        let late: Vec<&str> = late.map(Standby::name).collect();
        if !late.is_empty() {
            problems.push(format!(
                "Replication to {} is asynchronous: after a failover to it, sessions that were ended live again and \
                 sessions that were started are gone. Name it in synchronous_standby_names (Patroni: synchronous_mode: \
                 true, and synchronous_node_count), or never let it become the primary.",
                late.join(", ")
            ));
        }
        if !self.synchronous_standby_names.is_empty() && self.waited_for() == 0 && hidden == 0 && late.is_empty() {
            problems.push(format!(
                "The database waits for {}, and no such standby is there: changes are not answered until one comes.",
                self.synchronous_standby_names
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Durability {
        Durability { synchronous_commit: "on".into(), fsync: true, full_page_writes: true, ..Durability::default() }
    }

    fn with(names: &str, standbys: &[(Option<&str>, Option<&str>)]) -> Durability {
        let standby = |(name, state): &(Option<&str>, Option<&str>)| Standby {
            name: name.map(str::to_owned),
            sync_state: state.map(str::to_owned),
        };
        Durability {
            synchronous_standby_names: names.into(),
            standbys: standbys.iter().map(standby).collect(),
            ..sound()
        }
    }

    #[test]
    fn a_server_alone_and_one_that_waits_for_all_its_standbys_have_no_problem() {
        let (a, b) = ((Some("a"), Some("sync")), (Some("b"), Some("quorum")));
        for durability in [sound(), with("a", &[a]), with("ANY 1 (a, b)", &[a, b])] {
            assert_eq!(durability.problems(), [""; 0]);
        }
        for level in ["remote_write", "remote_apply"] {
            assert_eq!(Durability { synchronous_commit: level.into(), ..sound() }.problems(), [""; 0]);
        }
    }

    #[test]
    fn each_way_to_lose_what_was_acknowledged_is_named_with_its_remedy() {
        for (durability, expected) in [
            (Durability { in_recovery: true, ..sound() }, "is a standby"),
            (Durability { fsync: false, ..sound() }, "fsync is off"),
            (Durability { full_page_writes: false, ..sound() }, "full_page_writes is off"),
            (Durability { synchronous_commit: "off".into(), ..sound() }, "synchronous_commit is off"),
            (Durability { synchronous_commit: "local".into(), ..sound() }, "synchronous_commit is local"),
            (with("", &[(Some("b"), Some("async"))]), "Replication to b is asynchronous"),
            (
                with("a", &[(Some("a"), Some("sync")), (Some("b"), Some("potential"))]),
                "Replication to b is asynchronous",
            ),
            (with("", &[(Some(""), Some("async"))]), "Replication to without a name"),
            (with("a", &[(None, None)]), "GRANT pg_monitor"),
            (with("a", &[]), "waits for a, and no such standby"),
        ] {
            let problems = durability.problems();
            assert!(problems.len() == 1 && problems[0].contains(expected), "{expected}: {problems:#?}");
            assert_eq!(durability.gauges()[2].2, 1);
        }
    }

    #[test]
    fn facts_and_numbers_say_who_is_waited_for() {
        let durability = with("a", &[(Some("a"), Some("sync")), (Some("b"), Some("async")), (None, None)]);
        let facts = durability.facts();
        assert_eq!(facts[0].1, "a (sync), b (async), without a name (hidden from this user)");
        assert_eq!(facts[1].1, "a");
        assert_eq!((durability.gauges()[0].2, durability.gauges()[1].2), (3, 1));
        assert_eq!((sound().facts()[0].1.as_str(), sound().facts()[1].1.as_str()), ("none", "nobody"));
    }
}
