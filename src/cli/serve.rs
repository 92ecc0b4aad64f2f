//! `innkeeper serve`: runs until it is told to stop, then leaves the store whole.

use super::open::{self, Held};
use super::{Failure, say};
use crate::config::{Config, StoreUrl};
use crate::domain::setup::LINK_WORKS_FOR;
use crate::service::Innkeeper;
use crate::store::sqlite::StoreLock;
use crate::web;
use crate::web::app::App;
use crate::web::control::{ControlListener, control_router};
use crate::web::front::Front;
use crate::web::metrics::metrics_router;
use crate::web::serve::{Listen, ServeLimits};
use anyhow::Context;
use axum::Router;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often the store is asked how it is.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Serves what the configuration says.
pub(super) fn run(config: &Config) -> Result<(), Failure> {
    crate::telemetry::init(&config.log);
    raise_file_limit();
    let held = Held::take(config)?;
    let runtime = super::runtime()?;
    let served = runtime.block_on(async {
        open::see_that_it_is_durable(config, &held).await?;
        let app = open::app(config, held, open::geo(config)?).await?;
        let listener = listen(config.listen).await?;
        let address = listener.local_addr().context("the listener has no address")?;
        let serving = Serving::start(&app, config).await?;
        tracing::info!(%address, public_url = %config.public_url, store = %config.store.url, "listening");
        say(format_args!("listening on {address}"));
        offer_setup(&app, config).await;
        serving.until_told_to_stop(listener, &app).await
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
async fn offer_setup(app: &App, config: &Config) {
    match app.innkeeper().offer_setup().await {
        Ok(Some(code)) => {
            let minutes = LINK_WORKS_FOR.as_secs() / 60;
            say(format_args!(
                "nobody can sign in here yet; make the first administrator within {minutes} minutes, once, at\n  \
                 {public_url}setup?code={code}",
                public_url = config.public_url,
                code = code.reveal(),
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

/// Takes connections at an address.
pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).await;
    Ok(listener.with_context(|| {
        format!("the address {address} cannot be listened on; is another process there? Set listen to a free one")
    })?)
}

/// Everything that runs beside the main listener.
pub(super) struct Serving {
    limits: ServeLimits,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Serving {
    /// Starts the sweeper, the deliveries, the mails, the control socket and the listener for metrics, and waits for the signals that stop them.
    pub(super) async fn start(app: &App, config: &Config) -> Result<Self, Failure> {
        let stop = app.stopping().clone();
        let (told, signals) = (stop.clone(), told_to_stop()?);
        tokio::spawn(async move {
            signals.await;
            tracing::info!("told to stop: requests under way are let end");
            told.cancel();
        });
        let serving = Self { limits: limits(config), stop, tasks: TaskTracker::new() };
        let (innkeeper, stopped) = (app.innkeeper().clone(), serving.stop.clone());
        serving.tasks.spawn(async move {
            tokio::select! {
                () = innkeeper.keep_sweeping() => {}
                () = stopped.cancelled() => {}
            }
        });
        let (innkeeper, stopped) = (app.innkeeper().clone(), serving.stop.clone());
        serving.tasks.spawn(async move {
            innkeeper.keep_delivering(web::api::webhook_body, stopped.cancelled()).await;
        });
        let (innkeeper, stopped) = (app.innkeeper().clone(), serving.stop.clone());
        let content = web::mail::content_of(config);
        serving.tasks.spawn(async move { innkeeper.keep_mailing(content, stopped.cancelled()).await });
        match &config.store.url {
            StoreUrl::Sqlite(path) => {
                let socket = StoreLock::path_beside(path, "sock");
                let control = ControlListener::bind(&socket);
                let control = control.with_context(|| {
                    format!(
                        "the control socket {} cannot be made; may this user write to its folder?",
                        socket.display()
                    )
                })?;
                serving.beside(control, control_router(app.clone()));
            }
            // Commands go to the database themselves; what can go wrong there goes wrong while we run.
            StoreUrl::Postgres(_) => {
                let (innkeeper, stopped) = (app.innkeeper().clone(), serving.stop.clone());
                serving.tasks.spawn(async move {
                    tokio::select! {
                        () = tell_of_problems(&innkeeper) => {}
                        () = stopped.cancelled() => {}
                    }
                });
            }
        }
        if let Some(address) = config.metrics_listen {
            let listener = listen(address).await?;
            let address = listener.local_addr().context("the listener for metrics has no address")?;
            tracing::info!(%address, "metrics are served");
            serving.beside(listener, metrics_router(app.clone()));
        }
        Ok(serving)
    }

    /// Serves a further listener until the same signal; its connections are counted apart.
    fn beside<L: Listen + 'static>(&self, listener: L, router: Router) {
        let (limits, stop) = (self.limits, self.stop.clone());
        self.tasks.spawn(async move {
            web::serve::serve(listener, router, limits, Arc::default(), stop.cancelled()).await;
        });
    }

    /// Serves the main listener until a signal, then waits for the rest and settles what is gathered.
    pub(super) async fn until_told_to_stop(self, listener: TcpListener, app: &App) -> Result<(), Failure> {
        let counts = app.metrics().connections();
        let stopped = self.stop.cancelled();
        web::serve::serve(listener, Front::new(app.clone()), self.limits, counts, stopped).await;
        self.tasks.close();
        self.tasks.wait().await;
        let settled = app.innkeeper().settle().await;
        Ok(settled.context("the last activity of some sessions could not be stored; they lapse a little earlier")?)
    }
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

pub(super) fn limits(config: &Config) -> ServeLimits {
    let limits = &config.limits;
    ServeLimits {
        connections_max: limits.connections_max,
        first_byte: limits.first_byte,
        header: limits.header,
        body: limits.body,
        idle: limits.idle,
        stop: limits.stop,
    }
}

/// Logs what an operator should mend about the store: at the start, and again whenever that changes.
async fn tell_of_problems(innkeeper: &Innkeeper) {
    let mut known = Vec::new();
    loop {
        // A store that does not answer is told of by whoever needed the answer.
        if let Ok(health) = innkeeper.health().await {
            for problem in health.problems.iter().filter(|problem| !known.contains(*problem)) {
                tracing::warn!(%problem, "the store has a problem");
            }
            for gone in known.iter().filter(|gone| !health.problems.contains(gone)) {
                tracing::info!(problem = %gone, "the store no longer has this problem");
            }
            known = health.problems;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Each connection is an open file, and the usual soft limit is below what the system allows.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}
