//! The embedded files: style, script, icon. Their addresses carry a hash of the content, so browsers may keep them.

use super::Assets;
use crate::web::problem::Problem;
use axum::body::Body;
use axum::extract::{Path, RawQuery};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use data_encoding::BASE64URL_NOPAD;
use rust_embed::{EmbeddedFile, RustEmbed};

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The script that applications load as well, at an address of its own.
const SCRIPT: &str = "innkeeper.js";

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Embedded;

/// Where a page below `base` finds them.
pub(super) fn addresses(base: &str) -> Assets {
    let versioned = |file: &str| Embedded::get(file).map(|file| version(&file)).unwrap_or_default();
    let address = |file: &str| format!("{base}/assets/{file}?v={}", versioned(file));
    Assets {
        css: address("innkeeper.css"),
        js: address("pages.js"),
        session: format!("{base}/{SCRIPT}?v={}", versioned(SCRIPT)),
        passkey: address("passkey.js"),
        icon: address("favicon.svg"),
    }
}

/// Changes whenever the content does.
fn version(file: &EmbeddedFile) -> String {
    BASE64URL_NOPAD.encode(&file.metadata.sha256_hash()[..9])
}

/// `/assets/{file}`.
pub(super) async fn file(Path(name): Path<String>, RawQuery(query): RawQuery) -> Result<Response<Body>, Problem> {
    let found = Embedded::get(&name).map(|file| answer(&name, file, query.as_deref()));
    found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "not_found", "There is no such file."))
}

/// `/innkeeper.js`. Pages of other hosts may load it, too: nothing of anybody is in it.
pub(super) async fn script(RawQuery(query): RawQuery) -> Response<Body> {
    let mut file = Embedded::get(SCRIPT).expect("it is embedded");
    file.data = without_words(&String::from_utf8_lossy(&file.data)).into_bytes().into();
    let mut answer = answer(SCRIPT, file, query.as_deref());
    answer.headers_mut().insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    answer
}

/// What every page of every application loads goes without what only its readers need: lines of comment, and what lines begin
/// with.
fn without_words(script: &str) -> String {
    let said = |line: &&str| !line.is_empty() && !line.starts_with("//") && !line.starts_with("/**");
    script.lines().map(str::trim_start).filter(said).fold(String::new(), |text, line| text + line + "\n")
}

fn answer(name: &str, file: EmbeddedFile, query: Option<&str>) -> Response<Body> {
    let kind = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    // An address of another version is one of a page from before an update: it is answered, and not to be kept.
    let current = query.is_some_and(|query| query == format!("v={}", version(&file)));
    let keep = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(kind)), (CACHE_CONTROL, HeaderValue::from_static(keep))];
    (headers, file.data.into_owned()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_pages_name_is_embedded_and_has_a_type() {
        let Assets { css, js, session, passkey, icon } = addresses("/auth");
        assert!(session.starts_with("/auth/innkeeper.js?v="), "{session}");
        for address in [css, js, passkey, icon] {
            let (path, version) = address.split_once("?v=").unwrap();
            assert!(path.starts_with("/auth/assets/") && version.len() == 12, "{address}");
        }
        for name in Embedded::iter() {
            assert!([".css", ".js", ".svg"].iter().any(|end| name.ends_with(end)), "{name} has no content type");
        }
    }
}
