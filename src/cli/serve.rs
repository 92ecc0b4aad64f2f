//! `innkeeper serve`: runs until it is told to stop, then leaves the store whole.

use super::{Failure, say};
use crate::config::Config;
use crate::domain::setup::LINK_WORKS_FOR;
use crate::start::background::{Background, Bound};
use crate::start::open::{self, Held};
use crate::web::app::App;
use crate::web::front::Front;
use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

/// Serves what the configuration says.
pub(super) fn run(config: &Config) -> Result<(), Failure> {
    crate::telemetry::init(&config.log);
    raise_file_limit();
    let held = Held::take(config)?;
    let runtime = super::runtime()?;
    let served = runtime.block_on(async {
        // First, since links follow it where any free port will do.
        let bound = Bound::to(config.listen)?;
        let address = bound.address;
        let config = &config.clone().bound_to(address);
        open::see_that_it_is_durable(config, &held).await?;
        let app = open::app(config, held, open::geo(config)?).await?;
        let background = start(&app, config).await?;
        let listener = bound.listen()?;
        tracing::info!(%address, public_url = %config.public_url, store = %config.store.url, "listening");
        say(format_args!("listening on {address}"));
        offer_setup(&app).await;
        Ok(background.serve(listener, Front::new(app.clone())).await?)
    });
    // The last tasks let go of the store here, and it closes its file.
    drop(runtime);
    if served.is_ok() {
        tracing::info!("stopped");
    }
    served
}

/// Prints the link that makes the first administrator, while there is no user. It goes to standard output alone: whoever
/// reads it there runs the server, and what is logged is kept for others.
async fn offer_setup(app: &App) {
    match open::setup_link(app).await {
        Ok(Some(link)) => {
            let minutes = LINK_WORKS_FOR.as_secs() / 60;
            say(format_args!(
                "nobody can sign in here yet; make the first administrator within {minutes} minutes, once, at\n  {link}"
            ));
        }
        Ok(None) => {}
        // Everything else works without it.
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "no link for the first administrator could be made; start again for one");
        }
    }
}

/// Starts what runs beside the main listener, and waits for the signals that stop it all.
pub(super) async fn start(app: &App, config: &Config) -> Result<Background, Failure> {
    let (stop, signals) = (app.stopping().clone(), told_to_stop()?);
    tokio::spawn(async move {
        signals.await;
        tracing::info!("told to stop: requests under way are let end");
        stop.cancel();
    });
    Ok(Background::start(app, config).await?)
}

/// Waits for the signals that stop the program. They are caught from the call on, before the wait.
pub(super) fn told_to_stop() -> Result<impl Future<Output = ()> + Send, Failure> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened for")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be listened for")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Each connection is an open file, and the usual soft limit is below what the system allows.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}
