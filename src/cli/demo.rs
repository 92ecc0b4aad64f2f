//! `innkeeper demo`: a throw-away store with sample operators. They come in through the service like anybody else.

mod samples;

use super::open::{self, Held};
use super::serve::Serving;
use super::{Failure, say};
use crate::client::hints::Hints;
use crate::config::{Config, StoreUrl};
use crate::domain::end::{Actor, EndReason};
use crate::domain::id::{AccountId, UserId};
use crate::secret::hash_of;
use crate::service::{AccountFields, Client, Innkeeper, NewSession, Scope, SessionRefusal, StartedSession, UserFields};
use anyhow::{Context, anyhow, bail};
use samples::{Agent, OPERATORS, Operator, PASSWORD, PLACES, PLANS, Person, SESSIONS_ON_BUSINESS, Step};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;

/// Serves samples until told to stop, then throws them away.
pub(super) fn run(address: SocketAddr) -> Result<(), Failure> {
    let folder = Folder::create()?;
    let config = config(address, &folder.0)?;
    crate::telemetry::init(&config.log);
    let held = Held::take(&config)?;
    let runtime = super::runtime()?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("the demo cannot listen on {address}; give it a free address, such as --listen 127.0.0.1:8090")
        })?;
        let address = listener.local_addr().context("the listener has no address")?;
        let config = self::config(address, &folder.0)?;
        let places = folder.0.join("places.mmdb");
        std::fs::write(&places, PLACES).context("the places of the demo could not be written")?;
        let app = open::app(&config, held, open::geo(&config)?).await?;
        // Before the samples: told to stop while they are stored, the demo still removes its folder.
        let serving = Serving::start(&app, &config).await?;
        let key = seed(app.innkeeper()).await?;
        say(welcome(&config, &key));
        serving.until_told_to_stop(listener, &app).await
    });
    drop(runtime);
    drop(folder);
    served
}

/// A folder that is gone when the demo is.
struct Folder(PathBuf);

impl Folder {
    fn create() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("innkeeper-demo-{}", std::process::id()));
        let created = DirBuilder::new().mode(0o700).create(&path);
        created.with_context(|| format!("the folder {} for the demo cannot be made", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, folder = %self.0.display(), "the demo's folder could not be removed");
        }
    }
}

fn config(listen: SocketAddr, folder: &Path) -> Result<Config, Failure> {
    let text = format!(
        "listen = \"{listen}\"\nlog.filter = \"warn\"\n\
         support.contact = \"support@innkeeper.example\"\n\
         geo.credit = \"The places of this demo are invented.\"\n{PLANS}"
    );
    let mut config = Config::parse(Path::new("demo"), &text)?;
    config.store.url = StoreUrl::Sqlite(folder.join("innkeeper.db"));
    config.geo.database = vec![folder.join("places.mmdb")];
    Ok(config)
}

/// Creates everybody, lets happen what has happened to their sessions, and gives a key for the API.
async fn seed(innkeeper: &Innkeeper) -> Result<String, Failure> {
    let by = Actor::Operator;
    let scopes = [Scope::Sessions, Scope::Directory, Scope::Events];
    let created = innkeeper.create_key("demo".into(), &scopes, by.clone()).await;
    let (_, key) = created.context("the demo's service key could not be created")?;
    for operator in OPERATORS {
        let account = AccountId::new(operator.id).map_err(|why| anyhow!("{}: {why}", operator.id))?;
        let fields = AccountFields {
            name: Some(operator.name.into()),
            plan: Some(operator.plan.into()),
            time_zone: Some(operator.time_zone.into()),
            status: None,
        };
        let put =
            innkeeper.put_account(&account, &fields, &by).await.context("a sample account could not be stored")?;
        put.map_err(|refusal| anyhow!("the sample account {account} was refused: {refusal:?}"))?;
        for person in operator.people {
            let user = UserId::new(person.id).map_err(|why| anyhow!("{}: {why}", person.id))?;
            let fields = UserFields {
                account: Some(account.clone()),
                role: Some(person.role),
                email: Some(Some(email(operator, person))),
                name: Some(Some(person.name.into())),
                password: Some(PASSWORD.into()),
                ..UserFields::default()
            };
            let put = innkeeper.put_user(&user, fields, &by).await.context("a sample user could not be stored")?;
            put.map_err(|refusal| anyhow!("the sample user {user} was refused: {refusal:?}"))?;
            let lived = live_through(innkeeper, &user, person.steps).await;
            lived.with_context(|| format!("the sample sessions of {user} could not be made"))?;
        }
    }
    Ok(key.reveal().to_owned())
}

/// Lets happen to a person's sessions what the samples say.
async fn live_through(innkeeper: &Innkeeper, user: &UserId, steps: &[Step]) -> anyhow::Result<()> {
    let mut sessions: HashMap<&str, StartedSession> = HashMap::new();
    for step in steps {
        match step {
            Step::In(device, agent, ip) => {
                let started = sign_in(innkeeper, user, (device, agent, ip)).await?;
                let started = started.map_err(|refusal| anyhow!("{device} was refused: {refusal:?}"))?;
                sessions.insert(device, started);
            }
            Step::Refused(device, agent, ip) => {
                if sign_in(innkeeper, user, (device, agent, ip)).await?.is_ok() {
                    bail!("{device} was let in");
                }
            }
            Step::Out(device) => {
                let session = sessions.remove(device).with_context(|| format!("{device} is not signed in"))?;
                innkeeper.sign_out(session.token.hash()).await?;
            }
            Step::EndedByApplication(device) => {
                let session = sessions.remove(device).with_context(|| format!("{device} is not signed in"))?.session;
                innkeeper.end_session(&session.id, EndReason::TerminatedByApi, Actor::Operator).await?;
            }
        }
    }
    Ok(())
}

async fn sign_in(
    innkeeper: &Innkeeper,
    user: &UserId,
    (device, agent, ip): (&str, &Agent, &str),
) -> anyhow::Result<Result<StartedSession, SessionRefusal>> {
    let hints = Hints::from_pairs(agent.hints.iter().copied());
    let client = Client { ip: ip.parse().ok(), user_agent: Some(agent.text.into()), hints };
    let device = Some(hash_of(&format!("{user}: {device}")));
    let ask = NewSession { user: user.clone(), client, device, methods: vec!["pwd".into()], replace_oldest: false };
    Ok(innkeeper.start_session(ask, Actor::Operator).await?)
}

fn email(operator: &Operator, person: &Person) -> String {
    format!("{}@{}.example", person.id, operator.id)
}

/// What to open and with what to sign in.
fn welcome(config: &Config, key: &str) -> String {
    let url = &config.public_url;
    let mut text = format!(
        "Innkeeper's demo: three tour operators, with sample data that are thrown away when you stop it (Ctrl+C).\n\n\
         Sign in   {url}sign-in\nSessions  {url}account/sessions\nAPI docs  {url}api/docs\n\n\
         Everybody's password: {PASSWORD}\n\n\
         See the rule: sign in as Maya, then once more in another browser (or a private window): you are refused.\n\
         Sign out in the first, and the second gets in.\n\
         See many devices and places: sign in as Inês, and find the session that is not hers.\n"
    );
    for operator in OPERATORS {
        let _ = writeln!(text, "\n{} ({}, {})", operator.name, operator.plan, operator.time_zone);
        for person in operator.people {
            let note = match (operator.plan, person.signed_in_on()) {
                (_, 0) => String::new(),
                ("business", 1) => format!("signed in on 1 device of {SESSIONS_ON_BUSINESS}"),
                ("business", count) => {
                    format!("signed in on {count} devices of {SESSIONS_ON_BUSINESS}: a sessions page with rows")
                }
                _ => "signed in already: you will be refused until 20 idle minutes have passed".into(),
            };
            let line = format!("  {:<34} {:<8} {note}", email(operator, person), person.role.as_str());
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    let _ = write!(text, "\nA service key for the API: {key}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_says_how_many_sessions_its_plan_allows() {
        let config = config("127.0.0.1:8080".parse().unwrap(), Path::new("/nowhere")).ok().unwrap();
        let overrides = &config.plan("business").unwrap().overrides;
        assert_eq!(overrides.sessions_per_user.map(usize::from), Some(SESSIONS_ON_BUSINESS));
        for person in OPERATORS.iter().flat_map(|operator| operator.people) {
            assert!(person.signed_in_on() < SESSIONS_ON_BUSINESS, "{} has room for whoever tries it", person.id);
        }
    }
}
