//! What every handler shares: the authority, and what the configuration says about the site.

use super::cookie::{CookiePolicy, NotACookieDomain};
use super::forwarded::{TrustedProxies, client_address};
use super::headers::SecurityHeaders;
use super::metrics::Metrics;
use super::next::{NextHost, SafeNext, origin_of, safe_next};
use super::problem::{Failure, Problem};
use super::serve::PeerAddress;
use super::text::Language;
use crate::config::{Config, Contact};
use crate::domain::activity::PathRules;
use crate::domain::id::SecretHash;
use crate::service::{CheckAsk, Innkeeper};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use axum::middleware::Next;
use axum::response::IntoResponse;
use std::any::Any;
use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How long a session cookie stays where the configuration wants it to outlive the browser. The session's own deadlines
/// come first; the browser's own limit is 400 days.
const PERSISTENT_FOR: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// Handed to every handler; cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    innkeeper: Innkeeper,
    site: Site,
    metrics: Metrics,
    stopping: CancellationToken,
}

impl App {
    /// Puts authority and configuration together.
    ///
    /// # Errors
    /// Where `cookie.domain` cannot be a cookie's domain.
    pub fn new(innkeeper: Innkeeper, config: &Config) -> Result<Self, NotACookieDomain> {
        let (site, metrics, stopping) = (Site::new(config)?, Metrics::default(), CancellationToken::new());
        Ok(Self { inner: Arc::new(Inner { innkeeper, site, metrics, stopping }) })
    }

    /// The authority.
    pub fn innkeeper(&self) -> &Innkeeper {
        &self.inner.innkeeper
    }

    /// What the configuration says about the site.
    pub fn site(&self) -> &Site {
        &self.inner.site
    }

    /// Cancelled when the server is told to stop: answers without an end of their own end then.
    pub fn stopping(&self) -> &CancellationToken {
        &self.inner.stopping
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }
}

/// What the configuration says about the site.
pub struct Site {
    /// The address that people open; its path ends in a slash.
    pub public_url: Url,
    /// Scheme, host and port of the public address.
    pub origin: String,
    /// Names and attributes of the cookies.
    pub cookies: CookiePolicy,
    /// From whom forwarded headers are believed.
    pub proxies: TrustedProxies,
    /// Hosts to which `next` may point besides the public one.
    pub next_hosts: Vec<String>,
    /// The application that people come from and go to.
    pub app_url: Option<Url>,
    /// Of which paths of applications it is said whether they count as activity.
    pub activity: PathRules,
    /// Whom people can turn to.
    pub support: Option<Contact>,
    /// Headers of every answer.
    pub headers: Arc<SecurityHeaders>,
    base: String,
}

impl Site {
    /// As the configuration has it.
    ///
    /// # Errors
    /// Where the domain of its cookies is none.
    pub fn new(config: &Config) -> Result<Self, NotACookieDomain> {
        let secure = config.public_url.scheme() == "https";
        let persistent_for = config.cookie.persistent.then_some(PERSISTENT_FOR);
        let cookies = CookiePolicy::new(secure, config.cookie.domain.as_deref(), persistent_for)?;
        let headers = SecurityHeaders::new(&config.public_url, &config.next_hosts, crate::secret::nonce);
        Ok(Self {
            origin: origin_of(&config.public_url),
            cookies,
            proxies: TrustedProxies(config.trusted_proxies.clone()),
            next_hosts: config.next_hosts.clone(),
            app_url: config.app_url.clone(),
            activity: config.activity.clone(),
            support: config.support.contact.clone(),
            headers: Arc::new(headers),
            base: config.path_prefix().to_owned(),
            public_url: config.public_url.clone(),
        })
    }

    /// The path before every one of our paths: empty, or such as `/auth`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Where somebody goes who wanted no other page: where there is an application, to the home page, which knows who
    /// works in it. That has a slash at its end only where it is all, since no nested route takes one.
    pub fn landing(&self) -> String {
        match (&self.app_url, self.base.as_str()) {
            (None, base) => format!("{base}/account"),
            (Some(_), "") => "/".into(),
            (Some(_), base) => base.into(),
        }
    }

    /// Where `next` leads, if it leads somewhere allowed.
    pub fn next(&self, raw: Option<&str>) -> Option<SafeNext> {
        safe_next(raw, &self.public_url, &self.next_hosts)
    }

    /// Whether a page of this origin is one of a configured application's.
    pub fn is_application(&self, origin: &HeaderValue) -> bool {
        // A page that came over http may be anybody's, as far as ours came over https.
        let schemes: &[&str] = if self.public_url.scheme() == "https" { &["https"] } else { &["https", "http"] };
        let hosts = self.next_hosts.iter().filter_map(|host| NextHost::parse(host));
        hosts
            .flat_map(|host| schemes.iter().map(move |scheme| host.origin(scheme)))
            .any(|known| origin == known.as_str())
    }

    /// The language of the answer: the one that was chosen in this browser, else one that it asks for.
    pub fn language(&self, headers: &HeaderMap) -> Language {
        let chosen = self.cookies.language(headers).and_then(Language::parse);
        let asked = || Language::accepted(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?);
        chosen.or_else(asked).unwrap_or_default()
    }

    /// The address that a request comes from, through the proxies that are believed.
    pub fn client_ip(&self, request: (&HeaderMap, Option<&PeerAddress>)) -> Option<IpAddr> {
        let (headers, peer) = request;
        client_address(peer.and_then(|peer| peer.0), headers, &self.proxies)
    }
}

/// Alive: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Ready: the store answers, too.
pub async fn readyz(State(app): State<App>) -> Result<&'static str, Problem> {
    let nobody = Some(SecretHash([0; 32]));
    app.innkeeper().look_up(CheckAsk { token: nobody, ..CheckAsk::default() }).await?;
    Ok("ready\n")
}

/// Logs a failure once, with its whole chain, at the edge. Building an answer has no side effects.
pub async fn log_failures(request: Request, next: Next) -> Response<Body> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answer = next.run(request).await;
    if let Some(Failure(error)) = answer.extensions().get::<Failure>() {
        log_failure((&method, &path), answer.status(), error);
    }
    answer
}

/// Logs why a request could not be served.
pub fn log_failure((method, path): (&Method, &str), status: StatusCode, error: &Arc<dyn Error + Send + Sync>) {
    let error = error.as_ref() as &(dyn Error + 'static);
    tracing::error!(%method, path, status = status.as_u16(), error, "a request could not be served");
}

/// A panic in a handler is a bug: it is logged, and nobody is told more than that.
pub fn panicked(panic: Box<dyn Any + Send>) -> Response<Body> {
    let what = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = what.unwrap_or("unknown"), "a handler panicked");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side.").into_response()
}
