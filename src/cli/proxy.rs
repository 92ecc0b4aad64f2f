//! `innkeeper doctor proxy URL`: what a stranger can make of the operator's own proxy, by trying it.
//!
//! Nobody but the application sees what reaches it, so the command can take its place for a moment, and a session of a
//! user whom the operator names shows what a signed-in person's requests look like there.

mod found;

use super::call::{Call, Show};
use super::serve::told_to_stop;
use super::{Failure, runtime};
use crate::config::Config;
use crate::deliver::probe::{Heard, Prober};
use crate::secret::{self, SessionToken};
use crate::start::background::limits;
use crate::web;
use crate::web::app::Site;
use crate::web::serve::ServeLimits;
use anyhow::Context;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use found::{Findings, Person};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Tells a probe that arrives in the application's place from other people's requests.
const PROBE: HeaderName = HeaderName::from_static("innkeeper-probe");

/// Stands in every value that is made up.
pub(super) const MARK: &str = "innkeeper-doctor";

/// An address of nobody, reserved for examples.
pub(super) const NOBODYS_ADDRESS: &str = "203.0.113.99";

/// The headers that say who it is.
pub(super) const IDENTITY: [&str; 6] =
    ["Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-Account", "Remote-Session"];

/// What one probe tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Try {
    /// Nothing: it shows what an honest request comes to.
    Plain,
    /// To be somebody.
    Spoofed,
    /// The same by names with underscores.
    Underscored,
    /// To be nobody where something else would be said.
    Emptied,
    /// To have what is said taken away on the way.
    Stripped,
    /// To have asked for something else.
    Forwarded,
    /// The same by names that proxies pass on.
    Original,
    /// The same by names with underscores.
    ForwardedUnderscored,
    /// To speak HTTP/2 with the application past the proxy, which then says nothing of it any more.
    Upgraded,
}

impl Try {
    pub(super) const ALL: [Self; 9] = [
        Self::Plain,
        Self::Spoofed,
        Self::Underscored,
        Self::Emptied,
        Self::Stripped,
        Self::Forwarded,
        Self::Original,
        Self::ForwardedUnderscored,
        Self::Upgraded,
    ];

    /// What it sends besides what a browser does.
    fn sends(self) -> Vec<(String, String)> {
        let identity = |name: fn(&str) -> String, value: &str| IDENTITY.map(|is| (name(is), value.to_owned())).to_vec();
        let given =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let (host, path) = (format!("{MARK}.invalid"), format!("/{MARK}"));
        match self {
            Try::Plain => Vec::new(),
            Try::Spoofed => identity(str::to_owned, MARK),
            Try::Underscored => identity(|name| name.replace('-', "_"), MARK),
            Try::Emptied => identity(str::to_owned, ""),
            Try::Stripped => vec![("Connection".to_owned(), IDENTITY.join(", "))],
            Try::Forwarded => given(&[
                ("X-Forwarded-Method", "POST"),
                ("X-Forwarded-Host", &host),
                ("X-Forwarded-Uri", &path),
                ("X-Forwarded-For", NOBODYS_ADDRESS),
            ]),
            Try::Original => given(&[
                ("X-Original-Method", "POST"),
                ("X-Original-URL", &path),
                ("X-Real-IP", NOBODYS_ADDRESS),
                ("Forwarded", &format!("for={NOBODYS_ADDRESS};host={host}")),
            ]),
            Try::ForwardedUnderscored => given(&[("X_Forwarded_Host", &host), ("X_Forwarded_Uri", &path)]),
            Try::Upgraded => given(&[
                ("Connection", "Upgrade, HTTP2-Settings"),
                ("Upgrade", "h2c"),
                ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
            ]),
        }
    }
}

/// What came of one probe.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) heard: Heard,
    /// What arrived in the application's place.
    pub(super) at_app: Option<HeaderMap>,
}

/// What to look at.
#[derive(Debug)]
pub(super) struct Look {
    /// A page of the application, by the way that people take.
    pub(super) url: Url,
    /// Where to take the application's place.
    pub(super) listen: Option<SocketAddr>,
    /// Whose session to start meanwhile.
    pub(super) user: Option<String>,
}

/// Reads the address of a page.
pub(super) fn page(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.filter(|url| url.username().is_empty() && url.password().is_none());
    url.ok_or_else(|| "write the address of a page, such as https://app.example/".into())
}

impl Look {
    /// Sends the probes, one after the other, and says what is wrong, in the form of the other reports.
    pub(super) fn report(&self, config: &Config) -> Result<Value, Failure> {
        let site = Site::new(config).context("the domain in cookie.domain is none")?;
        if self.user.is_some() && site.next(Some(self.url.as_str())).is_none() {
            return Err(Failure::usage(
                "with --as, the token of a session goes to that address: its host has to be that of public_url or one of \
                 next_hosts, over https if public_url is",
            ));
        }
        let limits = limits(config);
        let prober = Prober::new(self.url.as_str()).map_err(Failure::failed)?;
        let runtime = runtime()?;
        // Listened for before there is a session that would be left behind.
        let stop = runtime.block_on(async { told_to_stop() })?;
        let person = self.started(config)?;
        let found = runtime.block_on(async {
            tokio::select! {
                found = self.probe(&site, limits, (&prober, person.as_ref())) => found,
                () = stop => Err(Failure::failed(match &person {
                    Some(_) => "broken off; the session of the probes is ended",
                    None => "broken off",
                })),
            }
        });
        // It must not stay, whatever was found; if it does, that is what to say.
        if let Some(person) = person {
            let path = format!("/sessions/{}", person.session);
            Call::new(Method::DELETE, path, Show::Done(String::new())).ask(config)?;
        }
        Ok(found?.report(self))
    }

    fn started(&self, config: &Config) -> Result<Option<Person>, Failure> {
        let Some(user) = &self.user else { return Ok(None) };
        let start = Call::new(Method::POST, "/sessions", Show::Only("token")).with(json!({ "user_id": user }));
        let started = start.ask(config).map_err(|failure| {
            failure.about(format!(
                "no session of {user} can be started for the probes; with --as name a user of your own who is not signed in"
            ))
        })?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let session = &started["session"];
        let token = started["token"].as_str().and_then(SessionToken::parse);
        let token = token.context("the session that was started has no token")?;
        Ok(Some(Person { user: user.clone(), session: text(&session["id"]), token }))
    }

    async fn probe(
        &self,
        site: &Site,
        limits: ServeLimits,
        (prober, person): (&Prober, Option<&Person>),
    ) -> Result<Findings, Failure> {
        let place = match self.listen {
            Some(address) => Some(Place::take(address, limits).await?),
            None => None,
        };
        let mut findings = Findings::new(&self.url);
        let mut probe = 0;
        for person in [None, person].into_iter().take(if person.is_some() { 2 } else { 1 }) {
            let mut seen = Vec::new();
            for tried in Try::ALL {
                probe += 1;
                // So that nobody else's request passes for one of ours.
                let mark = format!("{probe}.{}", secret::nonce());
                if let Some(place) = &place {
                    place.awaits(&mark);
                }
                match prober.get(headers(&mark, tried, site, person)?).await {
                    Ok(heard) => {
                        let at_app = place.as_ref().and_then(Place::got);
                        seen.push((tried, Seen { heard, at_app }));
                    }
                    Err(why) if tried == Try::Plain => {
                        findings.unreachable(&why);
                        return Ok(findings);
                    }
                    // A proxy may close on what it does not take.
                    Err(_) => {}
                }
            }
            match person {
                None => findings.look_at_nobody(site, &seen),
                Some(person) => findings.look_at(person, self.listen, &seen),
            }
        }
        Ok(findings)
    }
}

/// The head of a probe: a browser's, with what is tried and, where there is one, a session.
fn headers(mark: &str, tried: Try, site: &Site, person: Option<&Person>) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(PROBE, HeaderValue::from_str(mark).context("no value of a header")?);
    headers.insert(header::ACCEPT, HeaderValue::from_static("text/html,*/*;q=0.8"));
    if let Some(person) = person {
        let name = site.cookies.session_name();
        let cookie = HeaderValue::from_str(&format!("{name}={}", person.token.reveal()));
        headers.insert(header::COOKIE, cookie.context("the token makes no cookie")?);
    }
    for (name, value) in tried.sends() {
        let name: HeaderName = name.parse().context("no name of a header")?;
        headers.append(name, HeaderValue::from_str(&value).context("no value of a header")?);
    }
    Ok(headers)
}

/// The mark of the probe that is under way, and what it brought once it has arrived.
type Arrived = Arc<Mutex<(String, Option<HeaderMap>)>>;

/// The application's place, taken until this is dropped.
struct Place {
    arrived: Arrived,
    stop: CancellationToken,
}

impl Place {
    async fn take(address: SocketAddr, limits: ServeLimits) -> Result<Self, Failure> {
        let listener = TcpListener::bind(address).await;
        let taken =
            format!("{address} cannot be listened on; stop the application meanwhile, so that its place is free");
        let listener = listener.context(taken)?;
        let (arrived, stop) = (Arrived::default(), CancellationToken::new());
        let (keep, stopped) = (arrived.clone(), stop.clone());
        let answer = move |request: Request| std::future::ready(answered(&keep, request.headers()));
        let router = Router::new().fallback(answer);
        tokio::spawn(async move {
            web::serve::serve(listener, router, limits, Arc::default(), stopped.cancelled()).await;
        });
        Ok(Self { arrived, stop })
    }

    fn awaits(&self, mark: &str) {
        *self.arrived.lock().unwrap_or_else(PoisonError::into_inner) = (mark.to_owned(), None);
    }

    fn got(&self) -> Option<HeaderMap> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).1.take()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Keeps what a probe brought. Other people's requests are told to come again, and nothing of them is kept.
fn answered(arrived: &Arrived, headers: &HeaderMap) -> (StatusCode, [(HeaderName, &'static str); 1], &'static str) {
    let mut awaited = arrived.lock().unwrap_or_else(PoisonError::into_inner);
    if headers.get(PROBE).is_none_or(|mark| mark != awaited.0.as_str()) {
        let later = "The proxy in front of this application is being looked at. Try again in a moment.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "10")], later);
    }
    awaited.1 = Some(headers.clone());
    (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], "")
}
