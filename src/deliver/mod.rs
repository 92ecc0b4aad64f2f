//! Sends one message to one receiver, and says how it went: events to webhooks here, mails in [`mail`], and what a stranger
//! might send in [`probe`]. The only place that names the clients for it.
//!
//! Nothing is followed, kept or believed of what a receiver answers: its status decides, and two headers of it at most.

mod guard;

pub mod mail;

pub mod probe;

pub use guard::UrlRefusal;

use crate::domain::time::Timestamp;
use crate::domain::webhook::Tried;
use guard::Guard;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, redirect};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Longest wait for a connection: name, network and TLS.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Longest wait for an answer, from the beginning on.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// What of an answer's body is read, and for how long, so that the connection can be used again.
const BODY_BYTES_MAX: usize = 16 * 1024;
const BODY_WITHIN: Duration = Duration::from_secs(1);

/// How long a connection is kept for the next message.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// Longest explanation that is kept, in characters.
const WHY_LENGTH_MAX: usize = 200;

/// A message in the form of Standard Webhooks.
#[derive(Clone, Debug)]
pub struct Message {
    /// What it is known by, the same at each try.
    pub id: String,
    /// When it is sent.
    pub at: Timestamp,
    /// Its signatures, separated by spaces.
    pub signatures: String,
    /// JSON.
    pub body: String,
}

/// How sending went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// In the words of the rules.
    pub tried: Tried,
    /// Why it was not taken, in words.
    pub why: Option<String>,
}

impl Answer {
    fn not_taken(why: impl Into<String>, pause: Option<Duration>) -> Self {
        let why = why.into().chars().take(WHY_LENGTH_MAX).collect();
        Self { tried: Tried::NotTaken { pause }, why: Some(why) }
    }
}

/// Sends messages.
pub struct Deliverer {
    guard: Arc<Guard>,
    /// With and without TLS. Made when the first one is needed: most installations have no receiver.
    clients: Mutex<[Option<Client>; 2]>,
}

impl Deliverer {
    /// Sends to the internet, and to these networks besides.
    pub fn new(allow: Vec<IpNet>) -> Self {
        Self { guard: Arc::new(Guard { allow }), clients: Mutex::default() }
    }

    /// Takes the address of a receiver in its normal form, or says why nothing would be sent there.
    ///
    /// # Errors
    /// As [`UrlRefusal`] says.
    pub fn check(&self, url: &str) -> Result<String, UrlRefusal> {
        self.guard.check(url).map(String::from)
    }

    /// Sends a message, and waits for an answer of 15 seconds at most.
    pub async fn send(&self, url: &str, message: Message) -> Answer {
        let url = match self.guard.check(url) {
            Ok(url) => url,
            // The configuration may have changed since the address was taken.
            Err(refusal) => return Answer::not_taken(refusal.to_string(), None),
        };
        let client = match self.client(url.scheme() == "http") {
            Ok(client) => client,
            Err(error) => return Answer::not_taken(format!("nothing can be sent: {}", innermost(&*error)), None),
        };
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.at.as_millis().div_euclid(1000).to_string())
            .header("webhook-signature", message.signatures)
            .body(message.body);
        match request.send().await {
            Ok(response) => {
                let answer = answer_of(response.status(), response.headers(), message.at);
                read_a_little(response).await;
                answer
            }
            Err(error) => Answer::not_taken(why(&error), None),
        }
    }

    fn client(&self, plain: bool) -> Result<Client, Box<dyn Error>> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = &mut clients[usize::from(plain)];
        if let Some(client) = slot {
            return Ok(client.clone());
        }
        let client = Client::builder()
            .tls_backend_preconfigured(tls(plain)?)
            .https_only(!plain)
            .dns_resolver(Resolver { guard: self.guard.clone(), plain })
            // A proxy that the environment names would resolve names, and reach what we must not.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .http1_only()
            .user_agent(concat!("Innkeeper/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .pool_idle_timeout(KEPT_FOR)
            .pool_max_idle_per_host(4)
            .build()?;
        *slot = Some(client.clone());
        Ok(client)
    }
}

impl fmt::Debug for Deliverer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deliverer").field("guard", &self.guard).finish_non_exhaustive()
    }
}

/// Trusts what the system trusts. Without TLS nothing is trusted, and nothing of the system is read.
fn tls(plain: bool) -> Result<ClientConfig, Box<dyn Error>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    if plain {
        return Ok(versions.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let verifier = Arc::new(Verifier::new(provider)?);
    Ok(versions.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Resolves names, and refuses those that lead to where nothing may go. A connection is made to what was looked at here
/// and nothing else, so that no name can lead elsewhere in between.
struct Resolver {
    guard: Arc<Guard>,
    plain: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, plain) = (self.guard.clone(), self.plain);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            match found.iter().all(|address| guard.lets_through(address.ip(), plain)) {
                true => Ok(Box::new(found.into_iter()) as Addrs),
                false => Err(Box::new(LedElsewhere) as Box<dyn Error + Send + Sync>),
            }
        })
    }
}

/// A name leads to where nothing may be sent.
#[derive(Debug)]
struct LedElsewhere;

impl fmt::Display for LedElsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the name leads to an address to which nothing may be sent; to allow it, add its network to webhooks.allow",
        )
    }
}

impl Error for LedElsewhere {}

fn answer_of(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Answer {
    match status {
        taken if taken.is_success() => Answer { tried: Tried::Taken, why: None },
        StatusCode::GONE => Answer { tried: Tried::Gone, why: Some("answered 410: it is gone".into()) },
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let pause = headers.get(RETRY_AFTER).and_then(|value| pause_of(value.to_str().ok()?, now));
            Answer::not_taken(format!("answered {}", status.as_u16()), pause)
        }
        moved if moved.is_redirection() => {
            Answer::not_taken(format!("answered {}, and no redirect is followed", status.as_u16()), None)
        }
        other => Answer::not_taken(format!("answered {}", other.as_u16()), None),
    }
}

/// `Retry-After`: seconds, or a date.
fn pause_of(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if value.bytes().all(|b| b.is_ascii_digit()) {
        return value.parse().ok().map(Duration::from_secs);
    }
    let then = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Timestamp::from_millis(then.as_millisecond()).since(now))
}

/// Reads what little a receiver says, without looking at it.
async fn read_a_little(mut response: Response) {
    let read = async {
        let mut left = BODY_BYTES_MAX;
        while let Ok(Some(chunk)) = response.chunk().await {
            let Some(less) = left.checked_sub(chunk.len()) else { break };
            left = less;
        }
    };
    tokio::time::timeout(BODY_WITHIN, read).await.ok();
}

fn why(error: &reqwest::Error) -> String {
    match error {
        late if late.is_timeout() && !late.is_connect() => format!("no answer within {} s", ANSWER_WITHIN.as_secs()),
        error if error.is_connect() => format!("no connection: {}", innermost(error)),
        error => format!("no answer: {}", innermost(error)),
    }
}

/// What is behind an error, without the address that the outer ones repeat.
fn innermost<'a>(mut error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

#[cfg(test)]
mod tests;
