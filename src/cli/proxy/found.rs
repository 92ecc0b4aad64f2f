//! What the probes of a proxy show, and the line that mends each: pure, from what came of each probe.

use super::{IDENTITY, Look, MARK, NOBODYS_ADDRESS, Seen, Try};
use crate::deliver::probe::Heard;
use crate::secret::SessionToken;
use crate::web::app::Site;
use crate::web::remote::remote_value;
use axum::http::header::UPGRADE;
use axum::http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use url::Url;

/// A user whose session was started for this.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) user: String,
    pub(super) session: String,
    pub(super) token: SessionToken,
}

/// What can be wrong, in the order in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wrong {
    /// Whoever is not signed in gets in.
    NotAsked,
    /// Whoever is signed in does not.
    NotLetIn,
    /// What a client says it is reaches the application.
    Spoofable,
    /// The same by names with underscores.
    Underscores,
    /// What Innkeeper says does not reach the application.
    Missing,
    /// It can be taken away on the way.
    Strippable,
    /// What a client says of its request is believed.
    Believed,
    /// A client may speak another protocol with the application past the proxy.
    Tunnelled,
}

/// Which proxy it is, by what it calls itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Brand {
    Nginx,
    Caddy,
    Traefik,
}

/// The lines that mend something, for each proxy; `{}` is the first header that it is about, `[]` what it says.
type Lines = [(Brand, &'static str); 3];

impl Wrong {
    fn sentence(self, names: &str) -> String {
        match self {
            Wrong::NotAsked => {
                "Whoever is not signed in gets in: the proxy does not ask Innkeeper about this page.".into()
            }
            Wrong::NotLetIn => "Whoever is signed in does not get in.".into(),
            Wrong::Spoofable => format!("Whatever a client sends as {names} reaches the application."),
            Wrong::Underscores => format!(
                "Headers with underscores pass, such as {names}, which many applications take for the one with hyphens."
            ),
            Wrong::Missing => format!("{names} does not reach the application as Innkeeper said it."),
            Wrong::Strippable => {
                format!("A client can have {names} taken away on the way, by naming it in Connection.")
            }
            Wrong::Believed => format!("What a client sends as {names} is passed on to Innkeeper."),
            Wrong::Tunnelled => format!(
                "A client may change to HTTP/2 in clear ({names}): an application that takes that believes whatever is \
                 said there, and the proxy hears none of it."
            ),
        }
    }

    fn lines(self) -> Lines {
        let [nginx, caddy, traefik] = match self {
            Wrong::NotAsked => [
                "auth_request /innkeeper-check;",
                "forward_auth 127.0.0.1:8080 { uri /auth/forward-auth?mode=redirect … }, before reverse_proxy in one route",
                "middlewares: [strangers, signed-in]",
            ],
            Wrong::NotLetIn => [
                "proxy_pass http://127.0.0.1:8080/auth/forward-auth;",
                "uri /auth/forward-auth?mode=redirect",
                "address: http://127.0.0.1:8080/auth/forward-auth?mode=redirect",
            ],
            Wrong::Spoofable | Wrong::Missing => [
                "auth_request_set $[] $upstream_http_remote_[]; proxy_set_header {} $[];",
                "request_header -Remote-* before forward_auth, and {} among copy_headers",
                "{} among authResponseHeaders",
            ],
            Wrong::Underscores => [
                "underscores_in_headers off; in the first server of the port",
                "request_header -Remote_* and request_header -X_Forwarded_*",
                "underscoreHeadersStrategy: delete (Traefik 3.7 or newer)",
            ],
            Wrong::Strippable => [
                "auth_request_set $[] $upstream_http_remote_[]; proxy_set_header {} $[];",
                "header_up {} {http.request.header.{}}",
                "{} among authResponseHeaders",
            ],
            Wrong::Believed => [
                "proxy_set_header for each X-Forwarded-…, and X-Original-Method \"\" and X-Original-URL \"\", where Innkeeper is asked",
                "request_header -X-Original-*, and no clients' networks among trusted_proxies",
                "X-Original-URL: \"\" and X-Original-Method: \"\" among customRequestHeaders, and neither \
                 forwardedHeaders.insecure nor trustForwardHeader",
            ],
            Wrong::Tunnelled => [
                "map $http_upgrade $upgrade_to_app { default \"\"; ~*^websocket$ websocket; } and \
                 proxy_set_header Upgrade $upgrade_to_app;",
                "@other_upgrade { header Upgrade * … not header_regexp Upgrade (?i)^websocket$ … } and \
                 request_header @other_upgrade -Upgrade",
                "a router of its own for HeaderRegexp(`Upgrade`, `.`) && !HeaderRegexp(`Upgrade`, `(?i)^websocket$`), with \
                 Upgrade: \"\" among customRequestHeaders",
            ],
        };
        [(Brand::Nginx, nginx), (Brand::Caddy, caddy), (Brand::Traefik, traefik)]
    }
}

impl fmt::Display for Brand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Brand::Nginx => "nginx",
            Brand::Caddy => "Caddy",
            Brand::Traefik => "Traefik",
        })
    }
}

/// What was found so far.
#[derive(Debug)]
pub(super) struct Findings {
    url: Url,
    server: String,
    probes: usize,
    wrong: BTreeMap<Wrong, Vec<String>>,
    hints: Vec<String>,
    problems: Vec<String>,
    reached: bool,
}

impl Findings {
    pub(super) fn new(url: &Url) -> Self {
        Self {
            url: url.clone(),
            reached: true,
            server: String::new(),
            probes: 0,
            wrong: BTreeMap::new(),
            hints: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Nothing answers at all.
    pub(super) fn unreachable(&mut self, why: &str) {
        self.reached = false;
        let mend = if why.contains("certificate") || why.contains("OtherError") {
            "If that certificate is one of your own, name its authority's: SSL_CERT_FILE=authority.pem innkeeper doctor \
             proxy …"
        } else {
            "Look at the address, and at the proxy."
        };
        self.problems.push(format!("There is no answer from {}: {why}. {mend}", self.url));
    }

    fn add(&mut self, wrong: Wrong, name: &str) {
        let names = self.wrong.entry(wrong).or_default();
        if !names.iter().any(|is| is == name) {
            names.push(name.to_owned());
        }
    }

    /// Looks at what came of the probes of whoever is not signed in.
    pub(super) fn look_at_nobody(&mut self, site: &Site, seen: &[(Try, Seen)]) {
        self.probes += seen.len();
        let Some((Try::Plain, plain)) = seen.first() else { return };
        self.server.clone_from(&plain.heard.server);
        if got_in(plain) {
            return self.add(Wrong::NotAsked, "");
        }
        match elsewhere(site, &self.url) {
            Some(problem) => self.problems.push(problem),
            None => self.look_at_the_way_to_the_sign_in(site, &plain.heard),
        }
        for (tried, seen) in &seen[1..] {
            if got_in(seen) {
                self.add(if *tried == Try::Underscored { Wrong::Underscores } else { Wrong::NotAsked }, "Remote_User");
            }
            let differs = seen.heard.status != plain.heard.status || seen.heard.location != plain.heard.location;
            match tried {
                // A proxy that refuses the whole request has done enough.
                _ if !differs || seen.heard.status == 400 => {}
                Try::Forwarded => self.add(Wrong::Believed, "X-Forwarded-…"),
                Try::Original => self.add(Wrong::Believed, "X-Original-…"),
                Try::ForwardedUnderscored => self.add(Wrong::Underscores, "X_Forwarded_Uri"),
                Try::Upgraded if seen.heard.status == 101 => self.add(Wrong::Tunnelled, "Upgrade: h2c"),
                _ => {}
            }
        }
    }

    fn look_at_the_way_to_the_sign_in(&mut self, site: &Site, plain: &Heard) {
        let Heard { status, location, .. } = plain;
        let to = location.as_deref().and_then(|to| self.url.join(to).ok());
        let sign_in = site.public_url.join("sign-in").ok();
        match (status, to) {
            (300..=399, Some(to)) if sign_in.is_some_and(|page| to[..url::Position::AfterPath] == *page.as_str()) => {
                let next = to.query_pairs().find(|(name, _)| name == "next").map(|(_, next)| next.into_owned());
                if next.as_deref().and_then(|next| Url::parse(next).ok()).as_ref() != Some(&self.url) {
                    self.problems.push(no_way_back(site, &self.url));
                }
            }
            (300..=399, to) => self.hints.push(format!(
                "Whoever is not signed in is sent to {}, which is not the sign-in page of public_url.",
                to.map_or_else(|| "nowhere".into(), String::from)
            )),
            (401, _) => self.hints.push(
                "A browser of whoever is not signed in shows an error, and not the sign-in page: ask \
                 /forward-auth?mode=redirect (in nginx: error_page 401 = @sign-in;)."
                    .into(),
            ),
            (403, _) => self.problems.push(
                "Innkeeper takes no question of this proxy (403): it passes on some X-Forwarded-… header beside its own, or \
                 one that is none. Have it overwrite each."
                    .into(),
            ),
            (status, _) => self.problems.push(format!(
                "Whoever is not signed in is answered {status}: the proxy does not reach Innkeeper, or asks another path than \
                 /forward-auth below that of public_url."
            )),
        }
    }

    /// Looks at what reached the application in the name of somebody, at the address where its place was taken.
    pub(super) fn look_at(&mut self, person: &Person, listen: Option<SocketAddr>, seen: &[(Try, Seen)]) {
        self.probes += seen.len();
        let plain = match seen.first() {
            Some((Try::Plain, Seen { at_app: Some(plain), .. })) => plain,
            // Turned away, and not just answered by somebody else.
            Some((Try::Plain, Seen { heard: Heard { status: 300..=403, .. }, .. })) | None => {
                return self.add(Wrong::NotLetIn, "");
            }
            Some((_, Seen { heard, .. })) => {
                let listen = listen.map(|listen| listen.to_string()).unwrap_or_default();
                return self.problems.push(format!(
                    "Nothing arrived at {listen} in the name of {}, and the answer was {}: look whether that is where the \
                     proxy passes requests for this page.",
                    person.user, heard.status
                ));
            }
        };
        for name in IDENTITY {
            let said = match name {
                "Remote-User" => remote_value(person.user.clone()),
                "Remote-Session" => remote_value(person.session.clone()),
                // What else Innkeeper says is not known here; that it is said, and once, is.
                _ => plain.get(name).cloned().filter(|value| !value.is_empty()),
            };
            let is_said = |headers: &HeaderMap| {
                let values: Vec<_> = headers.get_all(name).iter().collect();
                values.len() == 1 && values.first().copied() == said.as_ref()
            };
            if !is_said(plain) {
                let is_made_up = |(_, seen): &(Try, Seen)| {
                    let values = seen.at_app.iter().flat_map(|at_app| at_app.get_all(name));
                    values.into_iter().any(|value| value.as_bytes() == MARK.as_bytes())
                };
                self.add(if seen.iter().any(is_made_up) { Wrong::Spoofable } else { Wrong::Missing }, name);
                continue;
            }
            for (tried, at_app) in seen.iter().filter_map(|(tried, seen)| Some((*tried, seen.at_app.as_ref()?))) {
                match tried {
                    _ if is_said(at_app) => {}
                    Try::Stripped => self.add(Wrong::Strippable, name),
                    _ => self.add(Wrong::Spoofable, name),
                }
            }
        }
        for (tried, at_app) in seen.iter().filter_map(|(tried, seen)| Some((*tried, seen.at_app.as_ref()?))) {
            self.look_at_what_is_passed_on(tried, at_app);
        }
    }

    fn look_at_what_is_passed_on(&mut self, tried: Try, at_app: &HeaderMap) {
        let is_made_up = |text: &str| text.contains(MARK) || text.contains(NOBODYS_ADDRESS);
        let says_h2c = |value: &HeaderValue| value.to_str().is_ok_and(|value| value.to_lowercase().contains("h2c"));
        if tried == Try::Upgraded && at_app.get_all(UPGRADE).iter().any(says_h2c) {
            self.add(Wrong::Tunnelled, "Upgrade: h2c");
        }
        for (name, value) in at_app.iter().filter(|(_, value)| value.to_str().is_ok_and(is_made_up)) {
            match tried {
                Try::Underscored | Try::ForwardedUnderscored => self.add(Wrong::Underscores, name.as_str()),
                Try::Forwarded | Try::Original => {
                    let value = value.to_str().unwrap_or_default();
                    let hint = format!(
                        "The application is told {name}: {value}, as a client sent it: let it not believe that."
                    );
                    self.hints.push(hint);
                }
                _ => {}
            }
        }
    }

    /// In the form of the other reports.
    pub(super) fn report(self, look: &Look) -> Value {
        let Self { url, server, probes, wrong, mut hints, mut problems, reached } = self;
        let brand = [("nginx", Brand::Nginx), ("caddy", Brand::Caddy)];
        let calls_itself = server.to_lowercase();
        let brand = brand.into_iter().find(|(name, _)| calls_itself.contains(name)).map(|(_, brand)| brand);
        for (wrong, names) in wrong {
            let first = names.first().map_or("", String::as_str);
            let says = first.trim_start_matches("Remote-").to_lowercase();
            let filled = |line: &str| line.replace("{}", first).replace("[]", &says);
            let lines = wrong.lines().into_iter().filter(|(of, _)| brand.is_none_or(|brand| brand == *of));
            let lines: Vec<_> = lines.map(|(of, line)| format!("{of}: {}", filled(line))).collect();
            problems.push(format!("{} {}", wrong.sentence(&names.join(", ")), lines.join(" | ")));
        }
        if look.user.is_none() && reached {
            hints.push(
                "What reaches the application in somebody's name was not looked at: stop it for a moment, and add --listen \
                 with its address and --as with a user who is not signed in."
                    .into(),
            );
        }
        let named = match reached {
            false => "not reached".into(),
            true if server.is_empty() => "does not say what it is".into(),
            true => server,
        };
        json!({
            "facts": [
                { "name": "page", "value": url.as_str() },
                { "name": "proxy", "value": named },
                { "name": "probes answered", "value": probes.to_string() },
            ],
            "hints": hints,
            "problems": problems,
        })
    }
}

/// Whether somebody who is not signed in got further than the proxy.
fn got_in(seen: &Seen) -> bool {
    seen.at_app.is_some() || (200..300).contains(&seen.heard.status)
}

/// People come to this page by another address than the one that Innkeeper knows.
fn elsewhere(site: &Site, url: &Url) -> Option<String> {
    let (ours, theirs) = (&site.public_url, url);
    let is_same_host = ours.host() == theirs.host();
    if is_same_host && ours.origin() != theirs.origin() {
        let mut mended = theirs.clone();
        mended.set_path(ours.path().trim_end_matches('/'));
        mended.set_query(None);
        mended.set_fragment(None);
        return Some(format!(
            "public_url is {ours}, so people are sent there to sign in, and this page is at {}. If that is where they come, \
             put this into Innkeeper's configuration: public_url = \"{mended}\"; otherwise look at the page by the way that \
             they take.",
            theirs.origin().ascii_serialization()
        ));
    }
    (ours.scheme() == "https" && theirs.scheme() == "http").then(|| {
        "This page comes over http and public_url over https: nobody is sent back to http. Look at the page by https.".into()
    })
}

/// People are not sent back to the page that they wanted.
fn no_way_back(site: &Site, url: &Url) -> String {
    let mend = match (site.next(Some(url.as_str())), url.host_str()) {
        (None, Some(host)) => {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("put this into Innkeeper's configuration: next_hosts = [\"{host}{port}\"]")
        }
        _ => "look whether the proxy's address is among trusted_proxies, and whether the proxy says X-Forwarded-Proto, -Host \
              and -Uri."
            .into(),
    };
    format!("After the sign-in people do not come back to the page that they wanted: {mend}")
}
