//! `innkeeper demo`: a throw-away store with sample operators. They come in through the service like anybody else.

use super::serve::Serving;
use super::{Failure, open, say};
use crate::client::hints::Hints;
use crate::config::{Config, StoreUrl};
use crate::domain::end::Actor;
use crate::domain::id::{AccountId, UserId};
use crate::domain::user::Role;
use crate::service::{AccountFields, Client, Innkeeper, NewSession, Scope, UserFields};
use crate::store::sqlite::StoreLock;
use anyhow::{Context, anyhow};
use std::fmt::Write as _;
use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;

/// The password of everybody in the demo. It protects nothing: the data are samples and are thrown away.
const PASSWORD: &str = "dunes before breakfast";

/// The business plan here lets people have several sessions, so that their page has something to list.
const PLANS: &str = r#"
[[plans]]
code = "solo"
name = "Solo"
staff_logins = 0

[[plans]]
code = "team"
name = "Team"
staff_logins = 5

[[plans]]
code = "business"
name = "Business"
staff_logins = 25
sessions_per_user = 5
"#;

const WINDOWS: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/18.6 Mobile/15E148 Safari/604.1";
const LINUX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                       Mobile Safari/537.36";
const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                   Version/18.6 Safari/605.1.15";

struct Operator {
    id: &'static str,
    name: &'static str,
    plan: &'static str,
    time_zone: &'static str,
    people: &'static [Person],
}

struct Person {
    id: &'static str,
    name: &'static str,
    role: Role,
    /// Devices on which they are signed in already.
    signed_in_on: &'static [(&'static str, &'static str)],
}

const fn person(
    id: &'static str,
    name: &'static str,
    role: Role,
    signed_in_on: &'static [(&'static str, &'static str)],
) -> Person {
    Person { id, name, role, signed_in_on }
}

const OPERATORS: &[Operator] = &[
    Operator {
        id: "noosa-kayak",
        name: "Noosa Kayak Walks",
        plan: "solo",
        time_zone: "Australia/Brisbane",
        people: &[person("maya", "Maya Lindqvist", Role::Owner, &[])],
    },
    Operator {
        id: "freo-harbour",
        name: "Fremantle Harbour Tours",
        plan: "team",
        time_zone: "Australia/Perth",
        people: &[
            person("oscar", "Oscar Whitlam", Role::Owner, &[]),
            person("priya", "Priya Raman", Role::Manager, &[]),
            person("tom", "Tom Ferrante", Role::Staff, &[(ANDROID, "203.0.113.24")]),
            person("ana", "Ana Kovač", Role::Staff, &[(IPHONE, "203.0.113.77")]),
        ],
    },
    Operator {
        id: "lisboa-tram",
        name: "Lisboa Tram & Tile",
        plan: "business",
        time_zone: "Europe/Lisbon",
        people: &[
            person(
                "ines",
                "Inês Carvalho",
                Role::Owner,
                &[(MAC, "198.51.100.8"), (IPHONE, "198.51.100.91"), (LINUX, "2001:db8:51::17")],
            ),
            person("rui", "Rui Teixeira", Role::Manager, &[(WINDOWS, "198.51.100.8")]),
            person("marta", "Marta Sousa", Role::Staff, &[(ANDROID, "192.0.2.140")]),
            person("joao", "João Pires", Role::Staff, &[(LINUX, "192.0.2.15"), (IPHONE, "192.0.2.16")]),
            person("elena", "Elena Rossi", Role::Staff, &[]),
        ],
    },
];

/// Serves samples until told to stop, then throws them away.
pub(super) fn run(address: SocketAddr) -> Result<(), Failure> {
    let folder = Folder::create()?;
    let config = config(address, &folder.0)?;
    crate::telemetry::init(&config.log);
    let path = open::store_path(&config)?;
    let lock = StoreLock::take(path).map_err(open::in_use)?;
    let runtime = super::runtime()?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("the demo cannot listen on {address}; give it a free address, such as --listen 127.0.0.1:8090")
        })?;
        let address = listener.local_addr().context("the listener has no address")?;
        let config = self::config(address, &folder.0)?;
        let app = open::app(&config, lock, None)?;
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
         support.contact = \"support@innkeeper.example\"\n{PLANS}"
    );
    let mut config = Config::parse(Path::new("demo"), &text)?;
    config.store = StoreUrl::Sqlite(folder.join("innkeeper.db"));
    Ok(config)
}

/// Creates everybody, signs some of them in, and gives a key for the API.
async fn seed(innkeeper: &Innkeeper) -> Result<String, Failure> {
    let by = Actor::Operator;
    let scopes = [Scope::Sessions, Scope::Directory, Scope::Events];
    let created = innkeeper.create_key("demo".into(), &scopes, by.clone()).await;
    let (_, key) = created.context("the demo's service key could not be created")?;
    for operator in OPERATORS {
        let account = account(operator.id)?;
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
            for (user_agent, ip) in person.signed_in_on {
                sign_in(innkeeper, &user, (user_agent, ip)).await?;
            }
        }
    }
    Ok(key.reveal().to_owned())
}

async fn sign_in(innkeeper: &Innkeeper, user: &UserId, (user_agent, ip): (&str, &str)) -> Result<(), Failure> {
    let client = Client { ip: ip.parse().ok(), user_agent: Some(user_agent.into()), hints: Hints::default() };
    let ask =
        NewSession { user: user.clone(), client, device: None, methods: vec!["pwd".into()], replace_oldest: false };
    let started =
        innkeeper.start_session(ask, Actor::Operator).await.context("a sample session could not be started")?;
    started.map_err(|refusal| anyhow!("a sample session of {user} was refused: {refusal:?}"))?;
    Ok(())
}

fn account(id: &str) -> Result<AccountId, Failure> {
    Ok(AccountId::new(id).map_err(|why| anyhow!("{id}: {why}"))?)
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
         Sign out in the first, and the second gets in.\n"
    );
    for operator in OPERATORS {
        let _ = writeln!(text, "\n{} ({}, {})", operator.name, operator.plan, operator.time_zone);
        for person in operator.people {
            let note = match (operator.plan, person.signed_in_on.len()) {
                (_, 0) => String::new(),
                ("business", 1) => "signed in on 1 device of 5".into(),
                ("business", count) => format!("signed in on {count} devices of 5: a sessions page with rows"),
                _ => "signed in already: you will be refused until 20 idle minutes have passed".into(),
            };
            let line = format!("  {:<34} {:<8} {note}", email(operator, person), person.role.as_str());
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    let _ = write!(text, "\nA service key for the API: {key}");
    text
}
