//! Headers that every response carries, errors included, and the nonce of a page's script.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use url::Url;

use super::next::NextHost;

/// What allows the scripts of one page, and of no other: unguessable, and made for one response.
#[derive(Clone)]
pub struct Nonce(String);

impl Nonce {
    /// The text for the `nonce` attribute.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The headers, made once from the configuration.
#[derive(Clone, Debug)]
pub struct SecurityHeaders {
    policy_without_script: HeaderValue,
    form_action: Arc<str>,
    on_https: bool,
    draw_nonce: fn() -> String,
}

impl SecurityHeaders {
    /// Headers for an installation at `public_url` that sends people on to `hosts` after signing in. `draw_nonce`
    /// yields unguessable base64url text.
    pub fn new(public_url: &Url, hosts: &[String], draw_nonce: fn() -> String) -> Self {
        let on_https = public_url.scheme() == "https";
        // Browsers hold the redirect that answers a form against form-action too, so the hosts that `next` may name
        // have to be in it, or signing in would end on a blocked page.
        let schemes: &[&str] = if on_https { &["https"] } else { &["https", "http"] };
        let mut form_action = "'self'".to_owned();
        for host in hosts.iter().filter_map(|host| NextHost::parse(host)) {
            for scheme in schemes {
                form_action.push(' ');
                form_action.push_str(&host.origin(scheme));
            }
        }
        Self {
            policy_without_script: content_policy("'none'", &form_action),
            form_action: form_action.into(),
            on_https,
            draw_nonce,
        }
    }

    /// Adds the headers, except those that the handler set itself.
    pub fn add_to(&self, headers: &mut HeaderMap) {
        self.add(headers, || self.policy_without_script.clone());
    }

    fn add(&self, headers: &mut HeaderMap, policy: impl FnOnce() -> HeaderValue) {
        if !headers.contains_key(CONTENT_SECURITY_POLICY) {
            headers.insert(CONTENT_SECURITY_POLICY, policy());
        }
        let mut missing = |name: HeaderName, value: &'static str| {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        };
        missing(X_CONTENT_TYPE_OPTIONS, "nosniff");
        // Not no-referrer: under it browsers send `Origin: null` with our own forms, which the check for cross-site
        // requests refuses where Sec-Fetch-Site is missing. Other sites learn nothing by this one either.
        missing(REFERRER_POLICY, "same-origin");
        missing(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
        missing(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
        missing(CACHE_CONTROL, "no-store");
        if self.on_https {
            missing(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
        }
    }
}

fn content_policy(script: &str, form_action: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src {script}; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action {form_action}; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("parsed origins and a base64url nonce hold only visible ASCII")
}

/// Layer for everything, outermost, so that refusals by other layers carry the headers too: draws nothing, and lets
/// no script run.
pub async fn security_headers(State(headers): State<Arc<SecurityHeaders>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    headers.add_to(response.headers_mut());
    response
}

/// Layer for pages: puts a fresh [`Nonce`] into the request's extensions, and allows the scripts that carry it.
pub async fn page_headers(State(headers): State<Arc<SecurityHeaders>>, mut request: Request, next: Next) -> Response {
    let nonce = (headers.draw_nonce)();
    let script = format!("'nonce-{nonce}'");
    request.extensions_mut().insert(Nonce(nonce));
    let mut response = next.run(request).await;
    headers.add(response.headers_mut(), || content_policy(&script, &headers.form_action));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use axum::{Extension, Router};
    use tower::ServiceExt;

    use super::*;

    const WITHOUT_SCRIPT: &str = "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'; \
        connect-src 'self'; form-action 'self' https://app.example:8443; base-uri 'none'; object-src 'none'; \
        frame-ancestors 'none'";

    async fn answer(public_url: &str, path: &str) -> Response {
        let public_url = Url::parse(public_url).unwrap();
        let hosts = ["app.example:8443".to_owned(), "not a host; script-src *".to_owned()];
        let headers = std::sync::Arc::new(SecurityHeaders::new(&public_url, &hosts, || "bm9uY2U".to_owned()));
        let pages = Router::new()
            .route("/page", get(|Extension(nonce): Extension<Nonce>| async move { nonce.as_str().to_owned() }))
            .route_layer(from_fn_with_state(headers.clone(), page_headers));
        let router = Router::new()
            .route("/api", get(|| async { "{}" }))
            .route("/asset", get(|| async { ([(CACHE_CONTROL, "max-age=60")], "x") }))
            .route("/broken", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
            .merge(pages)
            .layer(from_fn_with_state(headers, security_headers));
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn every_response_carries_the_headers_errors_included() {
        for (path, status) in [("/api", 200), ("/broken", 500), ("/nowhere", 404)] {
            let response = answer("https://id.example/auth", path).await;
            assert_eq!(response.status(), status, "{path}");
            for (name, value) in [
                ("content-security-policy", WITHOUT_SCRIPT),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
                ("cache-control", "no-store"),
                ("strict-transport-security", "max-age=31536000"),
            ] {
                assert_eq!(response.headers()[name], value, "{path}");
            }
        }
    }

    #[tokio::test]
    async fn a_page_may_run_the_scripts_that_carry_its_nonce() {
        let response = answer("https://id.example", "/page").await;
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert_eq!(policy, WITHOUT_SCRIPT.replace("script-src 'none'", "script-src 'nonce-bm9uY2U'"));
        assert_eq!(to_bytes(response.into_body(), 99).await.unwrap(), "bm9uY2U");
    }

    #[tokio::test]
    async fn a_handler_that_says_how_long_it_may_be_kept_is_obeyed() {
        let response = answer("https://id.example", "/asset").await;
        assert_eq!(response.headers()["cache-control"], "max-age=60");
    }

    #[tokio::test]
    async fn plain_http_is_not_promised_to_be_https() {
        let response = answer("http://127.0.0.1:8080", "/api").await;
        assert!(!response.headers().contains_key(STRICT_TRANSPORT_SECURITY));
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("form-action 'self' https://app.example:8443 http://app.example:8443;"), "{policy}");
    }
}
