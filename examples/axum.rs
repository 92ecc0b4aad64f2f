//! An application with a login of its own, whose sessions Innkeeper keeps.
//!
//! ```sh
//! innkeeper account put reef --name "Reef Tours" --plan team
//! innkeeper user put kai --account reef --role owner
//! innkeeper user put lou --account reef --role staff
//! export INNKEEPER_KEY=$(innkeeper key create --name axum --scopes sessions)
//! INNKEEPER_URL=http://127.0.0.1:8080 PORT=3000 cargo run --example axum
//! ```

use argon2::{Argon2, PasswordVerifier};
use axum::Router;
use axum::extract::{ConnectInfo, Form, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::HashMap, env, error::Error, net::SocketAddr, sync::Arc, time::Duration};

/// The application's own people and their passwords: "tide tables at dawn" and "a lantern in the window".
const USERS: [(&str, &str); 2] = [
    ("kai", "$argon2id$v=19$m=19456,t=2,p=1$aIwAooYW0x09lBE7CVrPcQ$ASgJzcRGAs8GmRKFnMsa+sMfNVoQzCi23z+KnuWppzk"),
    ("lou", "$argon2id$v=19$m=19456,t=2,p=1$PxM5f5a4mtN9OV7FSu/pkA$uZtEpa+rG6kKHNNpfqH8Cisx/G38yxV9PlAqswnObrA"),
];
const FORM: &str = "<form method=\"post\" action=\"/sign-in\">
<p><label>User <input name=\"user\" autocomplete=\"username\" required></label></p><p><label>Password <input name=\"password\" type=\"password\" autocomplete=\"current-password\" required></label></p><button>Sign in</button></form>";
const SIGN_OUT: &str = "<form method=\"post\" action=\"/sign-out\"><button>Sign out</button></form>";

/// Innkeeper does not answer, so nothing is known. Nobody is signed out by that: the cookies stay as they are.
struct Unavailable;

impl IntoResponse for Unavailable {
    fn into_response(self) -> Response {
        let said = "It cannot be told at the moment who is signed in. Please try again.";
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], said).into_response()
    }
}

struct Innkeeper(reqwest::Client, String, String);

impl Innkeeper {
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<(u16, Value), Unavailable> {
        let mut request = self.0.request(method, format!("{}/api/v1{path}", self.1)).bearer_auth(&self.2);
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let answer = request.send().await.map_err(|_| Unavailable)?;
        let status = answer.status().as_u16();
        let text = answer.text().await.map_err(|_| Unavailable)?;
        // A wrong key says nothing about the person either.
        if status >= 500 || status == 401 {
            return Err(Unavailable);
        }
        Ok((status, serde_json::from_str(&text).unwrap_or_default()))
    }

    /// Asked anew for each request: what the session is, or why there is none.
    async fn check(&self, head: &HeaderMap, activity: &str) -> Result<Result<Value, String>, Unavailable> {
        let Some(token) = cookie(head, "app-session") else { return Ok(Err("none".into())) };
        let body = json!({ "token": token, "activity": activity });
        let (_, answer) = self.ask(Method::POST, "/sessions/check", Some(body)).await?;
        if answer["live"].as_bool().ok_or(Unavailable)? {
            return Ok(Ok(answer));
        }
        Ok(Err(answer["reason"].as_str().ok_or(Unavailable)?.to_owned()))
    }

    async fn sign_out(&self, head: &HeaderMap) -> Result<(), Unavailable> {
        if let Ok(live) = self.check(head, "none").await? {
            let id = live["session"]["id"].as_str().ok_or(Unavailable)?;
            let (status, _) = self.ask(Method::DELETE, &format!("/sessions/{id}?reason=signed_out"), None).await?;
            return if status == 204 { Ok(()) } else { Err(Unavailable) };
        }
        Ok(())
    }
}

fn cookie<'a>(head: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = head.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs.flat_map(|pairs| pairs.split("; ")).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// Behind TLS each cookie is `Secure`, too.
fn set(name: &str, value: &str, max_age: &str) -> (header::HeaderName, String) {
    (header::SET_COOKIE, format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{max_age}"))
}

fn form(status: StatusCode, said: &str) -> Response {
    let said = said.replace('&', "&amp;").replace('<', "&lt;");
    (status, Html(format!("<!doctype html><h1>Sign in</h1><p role=\"alert\">{said}</p>{FORM}"))).into_response()
}

async fn tours(State(to): State<Arc<Innkeeper>>, head: HeaderMap) -> Result<Response, Unavailable> {
    // Only what somebody opens: no frame, no script, and nothing that is loaded ahead.
    let is_opened = head.get("sec-fetch-dest").is_none_or(|dest| dest == "document");
    let activity = if is_opened && !head.contains_key("sec-purpose") { "counted" } else { "none" };
    Ok(match to.check(&head, activity).await? {
        Ok(live) => {
            let user = live["session"]["user_id"].as_str().unwrap_or_default();
            Html(format!("<!doctype html><h1>Tours of {user}</h1>{SIGN_OUT}")).into_response()
        }
        Err(reason) => {
            let said = if reason == "none" { "" } else { "Your session is over." };
            (AppendHeaders([set("app-session", "", "; Max-Age=0")]), form(StatusCode::UNAUTHORIZED, said))
                .into_response()
        }
    })
}

/// What an open page asks every minute, which is no activity of a person.
async fn time_left(State(to): State<Arc<Innkeeper>>, head: HeaderMap) -> Result<Response, Unavailable> {
    Ok(match to.check(&head, "none").await? {
        Ok(live) => json!({ "remaining_ms": live["remaining_ms"] }).to_string().into_response(),
        Err(reason) => (StatusCode::UNAUTHORIZED, json!({ "reason": reason }).to_string()).into_response(),
    })
}

async fn sign_in(
    State(to): State<Arc<Innkeeper>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    head: HeaderMap,
    Form(fields): Form<HashMap<String, String>>,
) -> Result<Response, Unavailable> {
    let [user, password] = ["user", "password"].map(|name| fields.get(name).cloned().unwrap_or_default());
    let known = USERS.iter().find(|(name, _)| *name == user);
    // Somebody unknown takes as long as somebody known.
    let (_, hash) = known.unwrap_or(&USERS[0]);
    let verify = move || Argon2::default().verify_password(password.as_bytes(), *hash).is_ok();
    if !tokio::task::spawn_blocking(verify).await.unwrap_or(false) || known.is_none() {
        return Ok(form(StatusCode::UNAUTHORIZED, "That is not the right password."));
    }
    // The same browser takes its own place back after it has lost its session.
    let device = cookie(&head, "app-device").filter(|value| value.len() == 32).map_or_else(random, str::to_owned);
    let agent = head.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let client = json!({ "ip": from.ip(), "user_agent": agent, "device_id": device });
    let asked = Some(json!({ "user_id": user, "client": client, "methods": ["pwd"] }));
    let (status, answer) = to.ask(Method::POST, "/sessions", asked).await?;
    match (status, answer["token"].as_str()) {
        (201, Some(token)) => {
            // Whoever else was signed in in this browser no longer is.
            to.sign_out(&head).await?;
            let cookies = [set("app-session", token, ""), set("app-device", &device, "; Max-Age=34560000")];
            Ok((AppendHeaders(cookies), Redirect::to("/")).into_response())
        }
        (409, _) => {
            let [said, reference] = ["detail", "reference"].map(|name| answer[name].as_str().unwrap_or_default());
            Ok(form(StatusCode::CONFLICT, &format!("{said} Reference: {reference}")))
        }
        _ => Ok(form(StatusCode::FORBIDDEN, "You cannot sign in.")),
    }
}

fn random() -> String {
    let half = || getrandom::u64().expect("the system has random bytes");
    format!("{:016x}{:016x}", half(), half())
}

async fn sign_out(State(to): State<Arc<Innkeeper>>, head: HeaderMap) -> Result<Response, Unavailable> {
    to.sign_out(&head).await?;
    Ok((AppendHeaders([set("app-session", "", "; Max-Age=0")]), Redirect::to("/")).into_response())
}

async fn guard(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site").map_or(&b"none"[..], |value| value.as_bytes());
    if request.method() == Method::POST && site != b"none" && site != b"same-origin" {
        return (StatusCode::FORBIDDEN, "This form is not ours.").into_response();
    }
    // With the form, so that an answer to it that gets lost keeps nobody out: the browser is the same.
    let is_new = request.method() == Method::GET && cookie(request.headers(), "app-device").is_none();
    let device = is_new.then(|| set("app-device", &random(), "; Max-Age=34560000"));
    ([(header::CACHE_CONTROL, "no-store")], AppendHeaders(device), next.run(request).await).into_response()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    // The key is for Innkeeper, and for nothing on the way or that an answer names.
    let http = reqwest::Client::builder().timeout(Duration::from_secs(2)).no_proxy();
    let http = http.redirect(reqwest::redirect::Policy::none()).build()?;
    let to = Arc::new(Innkeeper(http, env::var("INNKEEPER_URL")?, env::var("INNKEEPER_KEY")?));
    let app = Router::new().route("/", get(tours)).route("/time-left", get(time_left));
    let app = app.route("/sign-in", post(sign_in)).route("/sign-out", post(sign_out));
    let app = app.layer(from_fn(guard)).with_state(to).into_make_service_with_connect_info::<SocketAddr>();
    let port = env::var("PORT").map_or(Ok(3000), |port| port.parse::<u16>())?;
    Ok(axum::serve(tokio::net::TcpListener::bind(("127.0.0.1", port)).await?, app).await?)
}
