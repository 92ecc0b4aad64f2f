//! Innkeeper within an application's own process (feature `embedded`): its pages and its API as routes, and a layer that
//! lets nobody through to the application's own routes but whoever is signed in.
//!
//! The layer decides as `/forward-auth` does, from the session cookie of each request alone:
//!
//! | who asks | what becomes of the request |
//! | --- | --- |
//! | somebody signed in | it goes on, and handlers take [`SignedIn`] as an argument |
//! | nobody, or somebody whose session is over | 302 to the sign-in page for a GET that accepts HTML, and from there back; 401 for any other; either with `Innkeeper-Reason` |
//! | support or an administrator, who belong to no account | 403 |
//! | anybody, while the store cannot answer | 503 with `Retry-After`; nobody is signed out by that |
//!
//! What counts as activity follows the same rules as everywhere, with the configuration's `[activity]`. `Remote-…`
//! headers of the names that a proxy would tell an application by are taken from the request, so that no handler that
//! still reads them believes a stranger.
//!
//! The process holds the store as `innkeeper serve` does: commands such as `innkeeper user create`, started with the same
//! configuration, reach it over the socket beside the store. The application has to use the same version of axum.

use crate::config::Config;
pub use crate::domain::id::{AccountId, SessionId, UserId};
pub use crate::domain::user::Role;
use crate::service::{Innkeeper, ServiceError};
use crate::start::StartError;
use crate::start::background::Background;
use crate::start::open::{self, Held};
use crate::web;
use crate::web::app::App;
pub use crate::web::behind::SignedIn;
use crate::web::body::BodyTime;
pub use crate::web::layer::{SignInLayer, SignInRequired};
use axum::Router;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;

/// Why an installation could not be opened, or not be closed as it should.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(anyhow::Error);

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Refused(error) | StartError::Failed(error) => Self(error),
        }
    }
}

/// An installation in this process. What runs beside requests, from sessions that lapse to mails, stops when it is
/// closed or dropped; only closing waits until everything is stored.
pub struct Embedded {
    app: App,
    /// How long a client may take for a form, and pause in a body for the application.
    body_time: Duration,
    background: Background,
    stop_when_dropped: DropGuard,
}

/// Opens the store that the configuration names, brings its tables up to date, and starts what runs beside requests. To
/// be called within a tokio runtime with time and I/O.
///
/// `public_url` is the address at which people reach the application, with a path for our pages: at
/// `https://app.example/auth` the sign-in page is `https://app.example/auth/sign-in`.
///
/// # Errors
/// Where `public_url` has no path; where the store is another process's, or cannot be opened; and where something else
/// that the configuration names cannot be used.
pub async fn open(config: &Config) -> Result<Embedded, Error> {
    if config.path_prefix().is_empty() {
        let words = "public_url has no path for Innkeeper's pages, and the application has pages of its own; write one, \
                     such as https://app.example/auth";
        return Err(Error(anyhow::Error::msg(words)));
    }
    let held = Held::take(config)?;
    open::see_that_it_is_durable(config, &held).await?;
    let places = open::geo(config).map_err(Error)?;
    let app = open::app(config, held, places).await?;
    let stop_when_dropped = app.stopping().clone().drop_guard();
    let background = Background::start(&app, config).await?;
    Ok(Embedded { app, body_time: config.limits.body, background, stop_when_dropped })
}

impl Embedded {
    /// The pages and the API, below the path of `public_url`, to be merged after the [layer](Self::layer): people have to
    /// reach the sign-in page before they are signed in.
    ///
    /// Where they come from is told to them by [`serve`](Self::serve), or by axum's own server if it was made with
    /// `into_make_service_with_connect_info::<SocketAddr>()`. Otherwise everybody's address is unknown, which sessions
    /// then show, and guessing is slowed down by login alone.
    pub fn routes(&self) -> Router {
        web::routes_within(&self.app, self.body_time)
    }

    /// What to put before the routes that are for people who are signed in.
    pub fn layer(&self) -> SignInLayer {
        SignInLayer::new(self.app.clone())
    }

    /// The authority itself, for what the JSON API does: create people, start and end sessions, follow events.
    pub fn authority(&self) -> &Innkeeper {
        self.app.innkeeper()
    }

    /// The link that makes the first administrator, while there is no user; good once, for half an hour. Show it to
    /// whoever runs the application, and to nobody else.
    ///
    /// # Errors
    /// Where the store cannot answer.
    pub async fn setup_link(&self) -> Result<Option<String>, ServiceError> {
        open::setup_link(&self.app).await
    }

    /// Serves the application until `until`, lets requests under way end, and closes the store. Slow and greedy clients
    /// get what they get of `innkeeper serve` (`[limits]`), but for the bodies of the application's own routes: they may
    /// be of any length, and `limits.body` is how long a client may pause. A connection that a handler changes to a
    /// WebSocket stays one of `limits.connections_max` while it is open, and is not waited for at the end.
    ///
    /// # Errors
    /// Where the last activity of some sessions could not be stored; they then lapse a little earlier.
    pub async fn serve(
        self,
        listener: TcpListener,
        application: Router,
        until: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error> {
        let Self { app, body_time, background, stop_when_dropped } = self;
        let stopping = app.stopping().clone();
        let told = tokio::spawn(async move {
            until.await;
            stopping.cancel();
        });
        let served = background.with_body(BodyTime::Pause(body_time)).serve(listener, application).await;
        told.abort();
        drop(stop_when_dropped);
        Ok(served?)
    }

    /// For a server of your own: tells open pages and what runs beside requests to end. Call it when your server begins
    /// to stop, or it waits for the streams of pages that stay open.
    pub fn stop(&self) {
        self.app.stopping().cancel();
    }

    /// For a server of your own, once it answers no requests any more: stops what runs beside them, and stores the last
    /// activity.
    ///
    /// # Errors
    /// Where the last activity of some sessions could not be stored; they then lapse a little earlier.
    pub async fn close(self) -> Result<(), Error> {
        self.stop();
        Ok(self.background.finish().await?)
    }
}
