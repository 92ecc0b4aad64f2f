//! What callers send: a JSON object read strictly, with the field named that is wrong; ids in paths; query parameters.

use crate::domain::id::{AccountId, NotAnId, SessionId, UserId, WebhookId};
use crate::web::app::App;
use crate::web::body::{BODY_BYTES_MAX, BodyError, read_body};
use crate::web::problem::Problem;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;

/// Longest part of a field's name that is told back, in characters.
const FIELD_LENGTH_MAX: usize = 128;

/// A JSON object in the body.
#[derive(Debug)]
pub(super) struct Input<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read_body(body, BODY_BYTES_MAX).await.map_err(unread)?;
        if !may_be_json(&parts.headers) {
            let detail = "Send the body as JSON, with Content-Type: application/json.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
        }
        parse(&bytes).map(Input)
    }
}

fn unread(error: BodyError) -> Problem {
    match error {
        BodyError::TooLarge => {
            let detail = "The body is longer than 64 KiB.";
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
        }
        BodyError::TooSlow => {
            Problem::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "The body did not arrive in time.")
        }
        BodyError::Broken(_) => Problem::new(StatusCode::BAD_REQUEST, "broken_body", "The body broke off."),
    }
}

/// A body without a type is taken at its word; one that says that it is something else is not JSON.
fn may_be_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let Object(value) = serde_path_to_error::deserialize::<_, Object<T>>(&mut json).map_err(|error| {
        // The reader stops at whatever is wrong first; whether all of it is JSON is a question of its own.
        let is_json = serde_json::from_slice::<IgnoredAny>(bytes).is_ok() && std::str::from_utf8(bytes).is_ok();
        if is_json {
            wrong_field(&error.path().to_string(), &error.inner().to_string())
        } else {
            malformed(error.inner())
        }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Problem {
    let detail = format!("The body is not JSON: look at line {}, column {}.", error.line(), error.column());
    Problem::new(StatusCode::BAD_REQUEST, "malformed_json", detail)
}

/// The reader's message holds what was sent, which may be a secret: only its field and what was expected is told back.
fn wrong_field(path: &str, message: &str) -> Problem {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let named = |prefix: &str| message.strip_prefix(prefix).and_then(|rest| rest.split('`').next());
    let (name, detail) = if let Some(name) = named("unknown field `") {
        (Some(name), "There is no such field here.".to_owned())
    } else if let Some(name) = named("missing field `") {
        (Some(name), "This field is needed.".to_owned())
    } else if let Some(name) = named("duplicate field `") {
        (Some(name), "This field is there twice.".to_owned())
    } else if let Some((_, expected)) = message.rsplit_once(", expected ") {
        (None, format!("This has to be {expected}."))
    } else {
        (None, "This cannot be read.".to_owned())
    };
    let parent = if path == "." { "" } else { path };
    let field = match name {
        Some(name) if parent.is_empty() => name.to_owned(),
        Some(name) if parent == name || parent.ends_with(&format!(".{name}")) => parent.to_owned(),
        Some(name) => format!("{parent}.{name}"),
        None if parent.is_empty() => "body".to_owned(),
        None => parent.to_owned(),
    };
    Problem::invalid(field.chars().take(FIELD_LENGTH_MAX).collect::<String>(), detail)
}

/// An object, and nothing else: left to itself the reader takes an array for one, field by field.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer).map(Object)
    }
}

/// Reads a field that is an object itself.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Fields<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_map(Fields(PhantomData))
}

/// Reads a field that may be left out, and is not `null` unless `T` may be.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads pairs of texts in the order in which they came; a name that comes twice is refused.
pub(super) fn pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    struct Pairs;

    impl<'de> Visitor<'de> for Pairs {
        type Value = Vec<(String, String)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of texts")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs: Vec<(String, String)> = Vec::new();
            while let Some((name, value)) = map.next_entry::<String, String>()? {
                if pairs.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                    return Err(A::Error::custom("a name came twice, expected each name once"));
                }
                pairs.push((name, value));
            }
            Ok(pairs)
        }
    }

    deserializer.deserialize_any(Pairs)
}

/// The one id in a path, which may be none.
#[derive(Debug)]
pub(super) struct PathId(Option<String>);

impl FromRequestParts<App> for PathId {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(Path::<String>::from_request_parts(parts, app).await.ok().map(|Path(text)| text)))
    }
}

impl PathId {
    fn read<T>(self, new: impl FnOnce(String) -> Result<T, NotAnId>) -> Option<T> {
        self.0.and_then(|text| new(text).ok())
    }

    /// The id of an account that may exist.
    pub(super) fn account(self) -> Result<AccountId, Problem> {
        self.read(AccountId::new).ok_or_else(super::refused::unknown_account)
    }

    /// The id of a user who may exist.
    pub(super) fn user(self) -> Result<UserId, Problem> {
        self.read(UserId::new).ok_or_else(super::refused::unknown_user)
    }

    /// The id of a session that may exist.
    pub(super) fn session(self) -> Result<SessionId, Problem> {
        self.read(SessionId::new).ok_or_else(super::refused::unknown_session)
    }

    /// The id of a webhook that may exist.
    pub(super) fn webhook(self) -> Result<WebhookId, Problem> {
        self.read(WebhookId::new).ok_or_else(super::refused::unknown_webhook)
    }

    /// The id of a key that may exist, as text.
    pub(super) fn text(self) -> String {
        self.0.unwrap_or_default()
    }

    /// An id to be given to an account.
    pub(super) fn new_account(self) -> Result<AccountId, Problem> {
        self.read(AccountId::new).ok_or_else(|| not_an_id("account_id"))
    }

    /// An id to be given to a user.
    pub(super) fn new_user(self) -> Result<UserId, Problem> {
        self.read(UserId::new).ok_or_else(|| not_an_id("user_id"))
    }
}

/// The field holds no id.
pub(super) fn not_an_id(field: &str) -> Problem {
    Problem::invalid(field, format!("Here {NotAnId}."))
}

/// Query parameters of a kind.
pub(super) trait Parameters: Sized {
    /// Their names; any other one is refused.
    fn names() -> Vec<&'static str>;

    /// Reads them.
    fn read(value_of: &dyn Fn(&str) -> Option<String>) -> Result<Self, Problem>;
}

impl<A: Parameters, B: Parameters> Parameters for (A, B) {
    fn names() -> Vec<&'static str> {
        [A::names(), B::names()].concat()
    }

    fn read(value_of: &dyn Fn(&str) -> Option<String>) -> Result<Self, Problem> {
        Ok((A::read(value_of)?, B::read(value_of)?))
    }
}

/// Query parameters, each at most once and none that is unknown.
#[derive(Debug)]
pub(super) struct Query<P>(pub(super) P);

impl<P: Parameters> FromRequestParts<App> for Query<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let names = P::names();
        for (at, (name, _)) in pairs.iter().enumerate() {
            let field = || name.chars().take(FIELD_LENGTH_MAX).collect::<String>();
            if !names.contains(&name.as_str()) {
                return Err(Problem::invalid(field(), "There is no such parameter here."));
            }
            if pairs[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Problem::invalid(field(), "This parameter is there twice."));
            }
        }
        P::read(&|name| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())).map(Query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read from JSON")]
    struct Outer {
        #[serde(deserialize_with = "object")]
        inner: Inner,
        #[serde(default, deserialize_with = "given")]
        list: Option<Vec<u8>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read from JSON")]
    struct Inner {
        word: String,
    }

    fn refusal(json: &str) -> (u16, String) {
        let problem = parse::<Outer>(json.as_bytes()).unwrap_err();
        (problem.status.as_u16(), problem.field.unwrap_or_default().into())
    }

    #[test]
    fn the_field_that_is_wrong_is_named() {
        for (json, field) in [
            (r#"{"inner": {"word": 1}}"#, "inner.word"),
            (r#"{"inner": {"word": "a", "more": 1}}"#, "inner.more"),
            (r#"{"inner": {}}"#, "inner.word"),
            (r#"{"inner": {"word": "a", "word": "b"}}"#, "inner.word"),
            (r#"{"inner": ["a"]}"#, "inner"),
            (r#"{"inner": {"word": "a"}, "list": [1, 300]}"#, "list[1]"),
            (r#"{"inner": {"word": "a"}, "list": null}"#, "list"),
            (r#"{"inner": {"word": "a"}, "x": 1}"#, "x"),
            (r#"{"inner": {"word": "a"}, "inner": {"word": "b"}}"#, "inner"),
            ("{}", "inner"),
            (r#"[{"word": "a"}]"#, "body"),
            ("null", "body"),
            ("7", "body"),
        ] {
            assert_eq!(refusal(json), (422, field.to_owned()), "{json}");
        }
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for json in ["", " ", "{", "{'inner': 1}", "nul", r#"{"inner": {"word": "a"}} x"#, "\u{feff}{}"] {
            assert_eq!(refusal(json).0, 400, "{json}");
        }
    }

    #[test]
    fn no_value_that_was_sent_is_told_back() {
        for json in [r#"{"inner": {"word": "a"}, "list": "hunter2"}"#, r#"{"inner": "hunter2, expected hunter2"}"#] {
            let problem = parse::<Outer>(json.as_bytes()).unwrap_err();
            assert!(!problem.detail.contains("hunter2"), "{}", problem.detail);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_an_object_or_a_refusal(text in r#"[{}\[\]":,a-z0-9 `\\]{0,60}|\PC*"#) {
            if let Err(problem) = parse::<Outer>(text.as_bytes()) {
                prop_assert!([400, 422].contains(&problem.status.as_u16()));
            }
        }
    }
}
