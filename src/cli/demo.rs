//! `innkeeper demo`: a throw-away store with sample operators. They come in through the service like anybody else.

mod samples;

use super::serve::{self, told_to_stop};
use super::{Failure, say};
use crate::client::hints::Hints;
use crate::clock::{Clock, ManualClock, TimeSource};
use crate::config::{Config, StoreUrl};
use crate::domain::activity::Counted;
use crate::domain::device::DeviceName;
use crate::domain::end::{Actor, EndReason};
use crate::domain::id::{AccountId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::secret::hash_of;
use crate::service::{
    AccountFields, Acting, CheckOutcome, Client, Innkeeper, NewSession, NewSystemUser, PersonChange, Scope,
    SessionRefusal, StartedSession, UserFields,
};
use crate::start::open::{self, Held};
use crate::web::front::Front;
use anyhow::{Context, anyhow, bail};
use samples::{
    Agent, OPERATORS, Operator, PASSWORD, PLACES, PLANS, Past, Person, SESSIONS_ON_BUSINESS, SUPPORT_EMAIL, Step,
};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;

/// How long before the demo starts its accounts were made.
const FOUNDED_BEFORE: Duration = Duration::from_secs(200 * 24 * 60 * 60);

/// How often somebody who uses a session does so, in minutes: well within the idle timeout.
const USED_EVERY: usize = 9;

/// Serves samples until told to stop, then throws them away.
pub(super) fn run(address: SocketAddr) -> Result<(), Failure> {
    let folder = Folder::create()?;
    let config = config(address, &folder.0)?;
    crate::telemetry::init(&config.log);
    std::fs::write(folder.0.join("places.mmdb"), PLACES).context("the places of the demo could not be written")?;
    // Taken before the samples are made, which would be in vain without it.
    let listener = std::net::TcpListener::bind(address).with_context(|| {
        format!("the demo cannot listen on {address}; give it a free address, such as --listen 127.0.0.1:8090")
    })?;
    let Some(key) = live_through(&config)? else { return Ok(()) };
    let runtime = super::runtime()?;
    let served = runtime.block_on(async {
        listener.set_nonblocking(true).context("the listener cannot be waited for")?;
        let listener = TcpListener::from_std(listener).context("the listener cannot be waited for")?;
        let address = listener.local_addr().context("the listener has no address")?;
        let config = self::config(address, &folder.0)?;
        let app = open::app(&config, Held::take(&config)?, open::geo(&config)?).await?;
        let background = serve::start(&app, &config).await?;
        say(welcome(&config, &key));
        Ok(background.serve(listener, Front::new(app)).await?)
    });
    drop(runtime);
    drop(folder);
    served
}

/// Lets happen what has happened before the demo started, with a clock that is moved from the first to the last of it,
/// and gives a key for the API; `None` where the demo is told to stop meanwhile.
fn live_through(config: &Config) -> Result<Option<String>, Failure> {
    let runtime = super::runtime()?;
    let key = runtime.block_on(async {
        let start = Clock::start(TimeSource::Own, Timestamp::from_millis(0)).now();
        let clock = ManualClock::at(start - FOUNDED_BEFORE);
        let store = open::store(config, Held::take(config)?, TimeSource::Manual(clock.clone())).await;
        let store = store.context("the store of the demo could not be opened")?;
        let innkeeper = Innkeeper::start(store, config, open::geo(config)?);
        let stop = told_to_stop()?;
        tokio::select! {
            key = seed(&innkeeper, (&clock, start)) => key.map(Some),
            () = stop => Ok(None),
        }
    });
    // The last tasks let go of the store here, and it closes its file.
    drop(runtime);
    key
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

/// Creates everybody, and lets happen what has happened to their sessions.
async fn seed(innkeeper: &Innkeeper, (clock, start): (&ManualClock, Timestamp)) -> Result<String, Failure> {
    let scopes = [Scope::Sessions, Scope::Directory, Scope::Events];
    let created = innkeeper.create_key("demo".into(), &scopes, Actor::Operator).await;
    let (_, key) = created.context("the demo's service key could not be created")?;
    let mut happened = Vec::new();
    put_support(innkeeper).await?;
    for operator in OPERATORS {
        put_operator(innkeeper, operator).await?;
        for person in operator.people {
            let user = UserId::new(person.id).map_err(|why| anyhow!("{}: {why}", person.id))?;
            happened.extend(spread(person.past).into_iter().map(|(minutes, step)| (minutes, user.clone(), step)));
        }
    }
    happened.sort_by_key(|(minutes, ..)| Reverse(*minutes));
    let mut sessions = HashMap::new();
    for (minutes, user, step) in happened {
        clock.set(start - Duration::from_secs(60) * minutes);
        let done = happen(innkeeper, (&user, step), &mut sessions).await;
        done.with_context(|| format!("the sample sessions of {user} could not be made, {minutes} minutes ago"))?;
    }
    clock.set(start);
    innkeeper.sweep().await.context("what has lapsed could not be marked")?;
    innkeeper.settle().await.context("the last activity could not be stored")?;
    Ok(key.reveal().to_owned())
}

/// Somebody who helps them all.
async fn put_support(innkeeper: &Innkeeper) -> Result<(), Failure> {
    let new = NewSystemUser {
        id: Some(UserId::new("sam").map_err(|why| anyhow!("sam: {why}"))?),
        role: Role::Admin,
        email: SUPPORT_EMAIL.into(),
        name: Some("Sam Okafor".into()),
        password: PASSWORD.into(),
    };
    let created = innkeeper.create_system_user(new, &Actor::Operator).await;
    let created = created.context("the sample support could not be stored")?;
    created.map_err(|refusal| anyhow!("the sample support was refused: {refusal:?}"))?;
    Ok(())
}

async fn put_operator(innkeeper: &Innkeeper, operator: &Operator) -> Result<(), Failure> {
    let by = Actor::Operator;
    let account = AccountId::new(operator.id).map_err(|why| anyhow!("{}: {why}", operator.id))?;
    let fields = AccountFields {
        name: Some(operator.name.into()),
        plan: Some(operator.first_plan.into()),
        time_zone: Some(operator.time_zone.into()),
        ..AccountFields::default()
    };
    let put = innkeeper.put_account(&account, &fields, &by).await.context("a sample account could not be stored")?;
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
    }
    Ok(())
}

/// What happened, with each use spread over the time since the device was used before.
fn spread(past: Past) -> Vec<(u32, &'static Step)> {
    let mut used: HashMap<&str, u32> = HashMap::new();
    let mut all = Vec::new();
    for (minutes, step) in past {
        match step {
            Step::In(device, ..) => {
                used.insert(device, *minutes);
                all.push((*minutes, step));
            }
            Step::Used(device) => {
                let before = used.insert(device, *minutes).unwrap_or(*minutes);
                all.extend((*minutes..before).rev().step_by(USED_EVERY).map(|minutes| (minutes, step)));
                all.push((*minutes, step));
            }
            _ => all.push((*minutes, step)),
        }
    }
    all
}

type Sessions = HashMap<(UserId, &'static str), StartedSession>;

/// Lets one thing happen.
async fn happen(
    innkeeper: &Innkeeper,
    (user, step): (&UserId, &'static Step),
    sessions: &mut Sessions,
) -> anyhow::Result<()> {
    let on = |device: &'static str| (user.clone(), device);
    match step {
        Step::In(device, agent, ip) => {
            let started = sign_in(innkeeper, user, (device, agent, ip)).await?;
            let started = started.map_err(|refusal| anyhow!("{device} was refused: {refusal:?}"))?;
            sessions.insert(on(device), started);
        }
        Step::Refused(device, agent, ip) => {
            if sign_in(innkeeper, user, (device, agent, ip)).await?.is_ok() {
                bail!("{device} was let in");
            }
        }
        Step::Used(device) => {
            let token = held(sessions, &on(device))?.token.hash();
            if !matches!(innkeeper.check(Some(token), Counted::Counted).await?, CheckOutcome::Live(_)) {
                bail!("{device} was used too late");
            }
        }
        Step::Named(device, name) => {
            let session = &held(sessions, &on(device))?.session;
            innkeeper.name_device(session, &session.id, DeviceName::typed(name)?).await?;
        }
        Step::Out(device) => innkeeper.sign_out(held(sessions, &on(device))?.token.hash()).await.map(|_| ())?,
        Step::ChangedPlan(device, code) => {
            let session = &held(sessions, &on(device))?.session;
            let id = session.account_id.as_ref().context("they have no account")?;
            let account = innkeeper.account(id).await?.context("their account is gone")?;
            let plan = innkeeper.policies().plan(code).with_context(|| format!("there is no plan {code}"))?;
            let changed = innkeeper.change_plan(Acting::within(session), &account, plan).await?;
            changed.map_err(|refusal| anyhow!("the plan was refused: {refusal:?}"))?;
        }
        Step::RemovedSomebody(device, person) => {
            let acting = Acting::within(&held(sessions, &on(device))?.session);
            let person = UserId::new(*person).map_err(|why| anyhow!("{person}: {why}"))?;
            let removed = innkeeper.change_person(acting, &person, PersonChange::Remove).await?;
            removed.map_err(|refusal| anyhow!("the removal was refused: {refusal:?}"))?;
        }
        Step::Invited(device, address) => {
            let session = &held(sessions, &on(device))?.session;
            let id = session.account_id.as_ref().context("they have no account")?;
            let invited = innkeeper.invite(Acting::within(session), id, (address, Role::Staff)).await?;
            invited.map_err(|refusal| anyhow!("the invitation was refused: {refusal:?}"))?;
        }
        Step::EndedByApplication(device) => {
            let session = &held(sessions, &on(device))?.session;
            innkeeper.end_session(&session.id, EndReason::TerminatedByApi, Actor::Operator).await?;
        }
    }
    Ok(())
}

fn held<'a>(sessions: &'a Sessions, of: &(UserId, &'static str)) -> anyhow::Result<&'a StartedSession> {
    sessions.get(of).with_context(|| format!("{} is not signed in", of.1))
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
    let person = innkeeper.user(user).await?.with_context(|| format!("there is no {user}"))?;
    Ok(innkeeper.start_session(ask, Actor::User(person.no, person.role)).await?)
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
         See many devices and places: sign in as Inês, and find the session that is not hers.\n\
         See a team: sign in as Oscar. Somebody has left, somebody is invited, and two people share Tom's login.\n"
    );
    for operator in OPERATORS {
        let _ = writeln!(text, "\n{} ({}, {})", operator.name, operator.plan, operator.time_zone);
        for person in operator.people.iter().filter(|person| !person.gone) {
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
    let _ = writeln!(text, "\nThe people who run the service\n  {SUPPORT_EMAIL:<34} admin    support's console");
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
