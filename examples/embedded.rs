//! An application with Innkeeper in its own process: a page of its own, and ours under /auth. Try it with
//! `INNKEEPER_PUBLIC_URL=http://127.0.0.1:8080/auth cargo run --example embedded`.

use axum::Router;
use axum::routing::get;
use innkeeper::config::{Config, environment};
use innkeeper::embedded::{self, Embedded, SignedIn};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::load(None, environment())?;
    let innkeeper = embedded::open(&config).await?;
    if let Some(link) = innkeeper.setup_link().await? {
        println!("Make the first administrator at {link}");
    }
    let listener = TcpListener::bind(config.listen).await?;
    let application = application(&innkeeper);
    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    innkeeper.serve(listener, application, stop).await?;
    Ok(())
}

/// What stands before the layer is for people who are signed in, and what comes after it for everybody.
pub(crate) fn application(innkeeper: &Embedded) -> Router {
    Router::new().route("/", get(home)).layer(innkeeper.layer()).merge(innkeeper.routes())
}

async fn home(person: SignedIn) -> String {
    format!("Good morning, {}. You are {} of {}.", person.called(), person.role.as_str(), person.account_id)
}
