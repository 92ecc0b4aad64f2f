//! The API described for people: one page, made from the description for programs.

use super::{V1, openapi_at};
use crate::web::app::App;
use crate::web::problem::Problem;
use crate::web::text::Language;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Html;
use serde_json::Value;

/// The page.
#[derive(Template)]
#[template(path = "api_docs.html")]
struct Page {
    /// Of the words around the description, which is written in English only.
    language: Language,
    base: String,
    server: String,
    version: String,
    about: Vec<String>,
    groups: Vec<Group>,
    objects: Vec<Described>,
}

/// Calls of one kind.
struct Group {
    name: String,
    about: String,
    calls: Vec<Call>,
}

/// One call.
struct Call {
    id: String,
    method: String,
    path: String,
    scope: String,
    title: String,
    about: Vec<String>,
    parameters: Vec<Field>,
    body: Option<String>,
    answers: Vec<Answer>,
}

/// A parameter, or a field of an object.
struct Field {
    name: String,
    place: String,
    kind: String,
    needed: bool,
    about: String,
}

/// An answer of a call.
struct Answer {
    status: String,
    about: String,
    body: String,
}

/// An object that is sent or answered.
struct Described {
    name: String,
    about: String,
    fields: Vec<Field>,
}

/// `/api/docs`.
pub(super) async fn page(State(app): State<App>, headers: HeaderMap) -> Result<Html<String>, Problem> {
    let base = app.site().base().to_owned();
    let server = format!("{base}/api{V1}");
    let api = serde_json::to_value(openapi_at(server.clone())).unwrap_or_default();
    let page = Page {
        language: app.site().language(&headers),
        base,
        server,
        version: plain(&api["info"]["version"]),
        about: paragraphs(&api["info"]["description"]),
        groups: items(&api["tags"]).iter().map(|tag| group(&api, tag)).collect(),
        objects: entries(&api["components"]["schemas"]).filter_map(|(name, schema)| described(name, schema)).collect(),
    };
    let html = page.render().map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "the page of the API could not be written");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side.")
    })?;
    Ok(Html(html))
}

fn plain(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn paragraphs(value: &Value) -> Vec<String> {
    plain(value).split("\n\n").filter(|text| !text.is_empty()).map(marked).collect()
}

fn sentence(value: &Value) -> String {
    marked(&plain(value))
}

/// The text as HTML: what stands between backticks is code, and everything else is text.
fn marked(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(at, part)| {
        let mut escaped = String::with_capacity(part.len());
        for c in part.chars() {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                c => escaped.push(c),
            }
        }
        if at % 2 == 1 { format!("<code>{escaped}</code>") } else { escaped }
    });
    parts.collect()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn group(api: &Value, tag: &Value) -> Group {
    let mut calls = Vec::new();
    for (path, methods) in entries(&api["paths"]) {
        for (method, operation) in entries(methods) {
            if items(&operation["tags"]).contains(&tag["name"]) {
                calls.push(call(path, method, operation));
            }
        }
    }
    Group { name: plain(&tag["name"]), about: sentence(&tag["description"]), calls }
}

fn call(path: &str, method: &str, operation: &Value) -> Call {
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let answers = entries(&operation["responses"]).map(|(status, answer)| {
        let bodies: Vec<_> = entries(&answer["content"]).map(|(_, content)| kind(&content["schema"])).collect();
        Answer { status: status.clone(), about: sentence(&answer["description"]), body: bodies.join(" or ") }
    });
    Call {
        id: plain(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        scope: plain(&operation["security"][0]["service_key"][0]),
        title: sentence(&operation["summary"]),
        about: paragraphs(&operation["description"]),
        parameters: items(&operation["parameters"]).iter().map(parameter).collect(),
        body: (!body.is_null()).then(|| kind(body)),
        answers: answers.collect(),
    }
}

fn parameter(parameter: &Value) -> Field {
    Field {
        name: plain(&parameter["name"]),
        place: plain(&parameter["in"]),
        kind: kind(&parameter["schema"]),
        needed: parameter["required"].as_bool().unwrap_or(false),
        about: sentence(&parameter["description"]),
    }
}

fn described(name: &str, schema: &Value) -> Option<Described> {
    // What is no object is described where it is used.
    let properties = schema["properties"].as_object()?;
    let fields = properties.iter().map(|(name, property)| Field {
        name: name.clone(),
        place: String::new(),
        kind: kind(property),
        needed: items(&schema["required"]).iter().any(|needed| needed == name.as_str()),
        about: sentence(&property["description"]),
    });
    Some(Described { name: name.to_owned(), about: sentence(&schema["description"]), fields: fields.collect() })
}

/// What a value is, in words.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap_or_default().to_owned();
    }
    for choice in ["oneOf", "anyOf"] {
        if !items(&schema[choice]).is_empty() {
            return items(&schema[choice]).iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> = values.iter().map(|value| value.as_str().unwrap_or("null").to_owned()).collect();
        return values.join(" | ");
    }
    let kinds = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        kinds => items(kinds).iter().filter_map(Value::as_str).collect(),
    };
    let kinds = kinds.into_iter().map(|kind| match kind {
        "array" => format!("list of {}", self::kind(&schema["items"])),
        "string" if schema["format"] == "date-time" => "time".to_owned(),
        "string" => "text".to_owned(),
        "integer" => "number".to_owned(),
        "boolean" => "true | false".to_owned(),
        kind => kind.to_owned(),
    });
    kinds.collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_in_a_text_becomes_markup_but_code() {
        assert_eq!(marked("a `b<c>` & <i>"), "a <code>b&lt;c&gt;</code> &amp; &lt;i&gt;");
        assert_eq!(marked("`a\"b`"), "<code>a&quot;b</code>");
    }

    #[test]
    fn what_a_value_is_reads_as_words() {
        for (schema, words) in [
            (json!({"$ref": "#/components/schemas/Session"}), "Session"),
            (json!({"type": ["string", "null"], "format": "date-time"}), "time or null"),
            (json!({"type": "array", "items": {"type": "string"}}), "list of text"),
            (json!({"type": "string", "enum": ["live", "ended"]}), "live | ended"),
            (json!({"oneOf": [{"$ref": "#/x/Location"}, {"type": "null"}]}), "Location or null"),
        ] {
            assert_eq!(kind(&schema), words);
        }
    }
}
