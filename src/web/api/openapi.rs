//! The API described for programs (OpenAPI 3.1). Handlers say what is their own; what holds for all of them is added here.

use crate::web::problem::Problem;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ArrayBuilder, ComponentsBuilder, ContentBuilder, HeaderBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder,
    OpenApi, OpenApiBuilder, Ref, RefOr, Response, ResponseBuilder, Schema, Server, Tag, Type,
};
use utoipa::{PartialSchema, ToSchema};

/// Where problems are described.
const PROBLEM: &str = "application/problem+json";

const ABOUT: &str = "Innkeeper decides who is signed in: one person, one session.\n\n\
    Every call needs a service key: `Authorization: Bearer ik_…`, with the scope that the call names; the scope `admin` \
    allows every call. Keys are made by `innkeeper key create` and shown once.\n\n\
    Errors are `application/problem+json` (RFC 9457); decide by `code`, which is stable. Lists come in parts: give `next` \
    of one part as `after` for the next. Times are RFC 3339 in UTC with milliseconds. Ids are 1 to 64 characters from \
    `A-Z a-z 0-9 . _ : @ -`, and neither `.` nor `..`; those of accounts and users may be your own.";

/// What the description starts from.
pub(super) fn base() -> OpenApi {
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("ik_…")
        .description(Some("A service key."))
        .build();
    let components = ComponentsBuilder::new()
        .security_scheme("service_key", SecurityScheme::Http(key))
        .schema(Problem::name(), Problem::schema())
        .build();
    let license = LicenseBuilder::new().name("Apache-2.0 OR MIT").identifier(Some("Apache-2.0 OR MIT")).build();
    let info = InfoBuilder::new()
        .title("Innkeeper")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(license))
        .build();
    let tag = |name: &str, about: &str| {
        let mut tag = Tag::new(name);
        tag.description = Some(about.to_owned());
        tag
    };
    let tags = vec![
        tag("sessions", "Start, check, list and end sessions."),
        tag("accounts", "The paying organisations. Each has a plan and users."),
        tag("users", "The people who can sign in. Each belongs to one account."),
        tag("events", "Everything that happened, in order."),
        tag("webhooks", "Who is sent events, in the form of Standard Webhooks, and what became of each."),
    ];
    OpenApiBuilder::new().info(info).components(Some(components)).tags(Some(tags)).build()
}

/// Adds the answers that every call has, and says where the API is.
pub(super) fn finish(mut api: OpenApi, server: String) -> OpenApi {
    api.servers = Some(vec![Server::new(server)]);
    for (name, schema) in api.components.iter_mut().flat_map(|components| &mut components.schemas) {
        if let Some(of) = name.strip_prefix("Items_") {
            name_items(schema, of);
        }
    }
    for item in api.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            add_common_answers(operation);
        }
    }
    api
}

/// Says by name what a list is of: left to itself the generator repeats the whole of it.
fn name_items(list: &mut RefOr<Schema>, of: &str) {
    if let RefOr::T(Schema::Object(object)) = list {
        let items = ArrayBuilder::new().items(Ref::from_schema_name(of)).description(Some("The items.")).build();
        object.properties.insert("items".to_owned(), RefOr::T(Schema::Array(items)));
    }
}

fn add_common_answers(operation: &mut Operation) {
    let has_body = operation.request_body.is_some();
    let has_query = operation.parameters.as_ref().is_some_and(|parameters| {
        parameters.iter().any(|parameter| matches!(parameter, RefOr::T(p) if p.parameter_in == ParameterIn::Query))
    });
    let mut add = |status: &str, answer: Response| {
        operation.responses.responses.entry(status.to_owned()).or_insert(RefOr::T(answer));
    };
    let key_header = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).build();
    add(
        "401",
        problem("`unauthorized`: no service key, or none that is valid.")
            .header("WWW-Authenticate", key_header)
            .build(),
    );
    add("403", problem("`scope_missing`: the service key lacks the scope.").build());
    let methods = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).build();
    let about = "`method_not_allowed`: the path takes other methods, which `Allow` names.";
    add("405", problem(about).header("Allow", methods).build());
    if has_body {
        add("400", problem("`malformed_json`: the body is not JSON; `broken_body`: it broke off.").build());
        add("408", problem("`body_too_slow`: the body did not arrive in time.").build());
        add("413", problem("`body_too_large`: the body is longer than 64 KiB.").build());
        add("415", problem("`unsupported_media_type`: the body says that it is not JSON.").build());
    }
    if has_body || has_query {
        let about = "`invalid_field`: `field` names what is wrong. Nothing was changed.";
        add("422", problem(about).build());
    }
    add("500", problem("`internal`: something went wrong on our side.").build());
    let seconds = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::Integer))).build();
    let about = "`store_unavailable`: the store cannot answer. Nobody is signed out by that; ask again.";
    add("503", problem(about).header("Retry-After", seconds).build());
    // Handlers name the type of a problem's body; the media type is the same for all of them.
    for (status, answer) in &mut operation.responses.responses {
        let RefOr::T(answer) = answer else { continue };
        if !status.starts_with('2')
            && let Some(content) = answer.content.shift_remove("application/json")
        {
            answer.content.insert(PROBLEM.to_owned(), content);
        }
    }
}

fn problem(about: &str) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    ResponseBuilder::new().description(about).content(PROBLEM, content)
}
