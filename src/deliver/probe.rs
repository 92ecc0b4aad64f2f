//! Asks for a page as a client might that means mischief, and says what came of it: for `innkeeper doctor proxy`.
//!
//! It goes wherever the operator points it, on this machine too, since nobody else can have it sent.

use super::{innermost, tls};
use reqwest::header::{HeaderMap, LOCATION, SERVER, VIA};
use reqwest::{Client, redirect};
use std::time::Duration;

/// Longest wait for an answer. Proxies wait shorter for who they ask, or should.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The status.
    pub status: u16,
    /// Where it sends the browser.
    pub location: Option<String>,
    /// What the proxy calls itself.
    pub server: String,
}

/// Sends probes to one address.
#[derive(Debug)]
pub struct Prober {
    client: Client,
    url: String,
}

impl Prober {
    /// Sends to this address, with TLS where it says so.
    ///
    /// # Errors
    /// Why nothing can be sent.
    pub fn new(url: &str) -> Result<Self, String> {
        let plain = !url.starts_with("https:");
        let client = tls(plain).and_then(|tls| {
            let client = Client::builder()
                .tls_backend_preconfigured(tls)
                .no_proxy()
                .redirect(redirect::Policy::none())
                .referer(false)
                .http1_only()
                .user_agent(concat!("Innkeeper/", env!("CARGO_PKG_VERSION")))
                .timeout(ANSWER_WITHIN)
                // What one probe says of its connection must not be heard by the next.
                .pool_max_idle_per_host(0);
            Ok(client.build()?)
        });
        match client {
            Ok(client) => Ok(Self { client, url: url.to_owned() }),
            Err(error) => Err(innermost(&*error).to_string()),
        }
    }

    /// Gets the page with these headers, each as it stands. Neither follows nor reads what comes back.
    ///
    /// # Errors
    /// Why no answer came.
    pub async fn get(&self, headers: HeaderMap) -> Result<Heard, String> {
        let response = self.client.get(&self.url).headers(headers).send().await.map_err(|error| super::why(&error))?;
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let names: Vec<String> = [SERVER, VIA].into_iter().filter_map(text).collect();
        Ok(Heard { status: response.status().as_u16(), location: text(LOCATION), server: names.join(", ") })
    }
}
