//! What runs beside requests: it begins with the installation, and ends before the store is whole again.

use super::StartError;
use crate::config::{Config, StoreUrl};
use crate::service::Innkeeper;
use crate::store::sqlite::StoreLock;
use crate::web;
use crate::web::app::App;
use crate::web::body::BodyTime;
use crate::web::control::{ControlListener, control_router};
use crate::web::metrics::metrics_router;
use crate::web::serve::{Answers, Listen, ServeLimits};
use anyhow::Context;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often the store is asked how it is.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Connections that wait to be accepted, as many as tokio's own listeners have.
const BACKLOG: u32 = 1024;

/// An address that is ours. Whoever connects is refused until it is listened on: a node that is not ready yet answers
/// nobody, and nobody waits for it.
pub(crate) struct Bound {
    socket: TcpSocket,
    /// With the port that the system picked, where any was asked for.
    pub(crate) address: SocketAddr,
}

impl Bound {
    /// Takes an address.
    pub(crate) fn to(address: SocketAddr) -> Result<Self, StartError> {
        let bound = || -> io::Result<Self> {
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            // As every server: the address is free again although connections of the last process are winding down.
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            Ok(Self { address: socket.local_addr()?, socket })
        };
        Ok(bound().with_context(|| taken(address))?)
    }

    /// Takes connections there.
    pub(crate) fn listen(self) -> Result<TcpListener, StartError> {
        Ok(self.socket.listen(BACKLOG).with_context(|| taken(self.address))?)
    }
}

fn taken(address: SocketAddr) -> String {
    format!("the address {address} cannot be listened on; is another process there? Set listen to a free one")
}

/// Everything that runs beside the main listener.
pub(crate) struct Background {
    app: App,
    limits: ServeLimits,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Background {
    /// Starts the sweeper, the deliveries, the mails, the control socket and the listener for metrics, until the
    /// installation is told to stop.
    pub(crate) async fn start(app: &App, config: &Config) -> Result<Self, StartError> {
        let stop = app.stopping().clone();
        let running = Self { app: app.clone(), limits: limits(config), stop, tasks: TaskTracker::new() };
        let (innkeeper, stopped) = (app.innkeeper().clone(), running.stop.clone());
        running.tasks.spawn(async move {
            tokio::select! {
                () = innkeeper.keep_sweeping() => {}
                () = stopped.cancelled() => {}
            }
        });
        let (innkeeper, stopped) = (app.innkeeper().clone(), running.stop.clone());
        running.tasks.spawn(async move {
            innkeeper.keep_delivering(web::api::webhook_body, stopped.cancelled()).await;
        });
        let (innkeeper, stopped) = (app.innkeeper().clone(), running.stop.clone());
        let content = web::mail::content_of(config);
        running.tasks.spawn(async move { innkeeper.keep_mailing(content, stopped.cancelled()).await });
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
                running.beside(control, control_router(app.clone()));
            }
            // Commands go to the database themselves; what can go wrong there goes wrong while we run.
            StoreUrl::Postgres(_) => {
                let (innkeeper, stopped) = (app.innkeeper().clone(), running.stop.clone());
                running.tasks.spawn(async move {
                    tokio::select! {
                        () = tell_of_problems(&innkeeper) => {}
                        () = stopped.cancelled() => {}
                    }
                });
            }
        }
        if let Some(address) = config.metrics_listen {
            let bound = Bound::to(address)?;
            tracing::info!(address = %bound.address, "metrics are served");
            running.beside(bound.listen()?, metrics_router(app.clone()));
        }
        Ok(running)
    }

    /// Serves a further listener until the same signal; its connections are counted apart.
    fn beside<L: Listen + 'static>(&self, listener: L, answers: impl Answers + Sync) {
        let (limits, stop) = (self.limits, self.stop.clone());
        self.tasks.spawn(async move {
            web::serve::serve(listener, answers, limits, Arc::default(), stop.cancelled()).await;
        });
    }

    /// Bodies on the main listener get this time.
    #[cfg(feature = "embedded")]
    pub(crate) fn with_body(mut self, body: BodyTime) -> Self {
        self.limits.body = body;
        self
    }

    /// Serves the main listener until the installation is told to stop, then finishes.
    pub(crate) async fn serve(self, listener: TcpListener, answers: impl Answers) -> Result<(), StartError> {
        let counts = self.app.metrics().connections();
        web::serve::serve(listener, answers, self.limits, counts, self.stop.cancelled()).await;
        self.finish().await
    }

    /// Waits for the rest, and settles what is gathered. Called once the installation was told to stop, and when no
    /// request is served any more.
    pub(crate) async fn finish(self) -> Result<(), StartError> {
        self.tasks.close();
        self.tasks.wait().await;
        let settled = self.app.innkeeper().settle().await;
        Ok(settled.context("the last activity of some sessions could not be stored; they lapse a little earlier")?)
    }
}

/// What a listener may be asked at most.
pub(crate) fn limits(config: &Config) -> ServeLimits {
    let limits = &config.limits;
    ServeLimits {
        connections_max: limits.connections_max,
        first_byte: limits.first_byte,
        header: limits.header,
        body: BodyTime::Whole(limits.body),
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
