//! What only whoever runs the server may do: the command line asks it of the running server, through a socket that
//! nobody else can open. Not part of the public API.

use super::caller::OperatorOnly;
use super::fields;
use super::input::{Input, PathId, Query, not_an_id};
use super::list::Part;
use super::origins::{OriginsReport, SESSIONS_MAX};
use super::{refused, view};
use crate::domain::end::Actor;
use crate::domain::id::{KeyId, UserId};
use crate::domain::user::Role;
use crate::service::{DirectoryRefusal, NewSystemUser, Scope, ServiceKey};
use crate::web::app::App;
use crate::web::moment::rfc3339;
use crate::web::problem::{Failure, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// The operator's routes, below the same path as the API's. To whoever did not come through the socket they do not exist.
pub fn operator_routes() -> Router<App> {
    Router::new()
        .route("/v1/operator/keys", post(create_key).get(list_keys))
        .route("/v1/operator/keys/{key_id}", delete(revoke_key))
        .route("/v1/operator/users", post(create_user).get(list_users))
        .route("/v1/operator/users/{user_id}", delete(remove_user))
        .route("/v1/operator/users/{user_id}/factors", delete(remove_system_factors))
        .route("/v1/operator/backup", post(backup))
        .route("/v1/operator/health", get(health))
        .route("/v1/operator/origins", get(origins))
        .method_not_allowed_fallback(super::wrong_method)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyInput {
    name: String,
    scopes: Vec<String>,
}

#[derive(Serialize)]
struct CreatedKey {
    id: String,
    key: String,
    name: String,
    scopes: Vec<&'static str>,
}

async fn create_key(
    _: OperatorOnly,
    State(app): State<App>,
    Input(input): Input<KeyInput>,
) -> Result<(StatusCode, Json<CreatedKey>), Problem> {
    fields::name("name", &input.name)?;
    let mut scopes: Vec<Scope> = Vec::new();
    for text in &input.scopes {
        let scope = Scope::parse(text).ok_or_else(|| {
            Problem::invalid("scopes", "A scope is one of `sessions`, `directory`, `events`, `admin`.")
        })?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if scopes.is_empty() {
        return Err(Problem::invalid("scopes", "Give the key at least one scope."));
    }
    let (id, key) = app.innkeeper().create_key(input.name.clone(), &scopes, Actor::Operator).await?;
    let scopes = scopes.into_iter().map(Scope::as_str).collect();
    let created = CreatedKey { id: id.as_str().to_owned(), key: key.reveal().to_owned(), name: input.name, scopes };
    Ok((StatusCode::CREATED, Json(created)))
}

#[derive(Serialize)]
struct Key {
    id: String,
    name: String,
    scopes: Vec<String>,
    created_at: String,
    revoked_at: Option<String>,
}

impl From<ServiceKey> for Key {
    fn from(key: ServiceKey) -> Self {
        Self {
            id: key.id.as_str().to_owned(),
            name: key.name,
            scopes: key.scopes,
            created_at: rfc3339(key.created_at),
            revoked_at: key.revoked_at.map(rfc3339),
        }
    }
}

#[derive(Serialize)]
struct Keys {
    items: Vec<Key>,
}

async fn list_keys(_: OperatorOnly, State(app): State<App>) -> Result<Json<Keys>, Problem> {
    let items = app.innkeeper().keys().await?.into_iter().map(Key::from).collect();
    Ok(Json(Keys { items }))
}

async fn revoke_key(_: OperatorOnly, State(app): State<App>, id: PathId) -> Result<StatusCode, Problem> {
    if let Ok(id) = KeyId::new(id.text())
        && app.innkeeper().revoke_key(&id, Actor::Operator).await?
    {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::new(StatusCode::NOT_FOUND, "unknown_key", "There is no service key with this id."))
}

/// Somebody who will belong to no account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemUserInput {
    id: Option<String>,
    role: String,
    email: String,
    name: Option<String>,
    password: String,
}

async fn create_user(
    _: OperatorOnly,
    State(app): State<App>,
    Input(input): Input<SystemUserInput>,
) -> Result<(StatusCode, Json<view::User>), Problem> {
    let SystemUserInput { id, role, email, name, password } = input;
    let id = id.map(UserId::new).transpose().map_err(|_| not_an_id("id"))?;
    if let Some(name) = &name {
        fields::name("name", name)?;
    }
    let role = Role::parse(&role).ok_or_else(|| refused::directory(DirectoryRefusal::NotASystemRole))?;
    let new = NewSystemUser { id, role, email, name, password };
    let created = app.innkeeper().create_system_user(new, &Actor::Operator).await?;
    Ok((StatusCode::CREATED, Json(created.map_err(refused::directory)?.into())))
}

async fn list_users(
    _: OperatorOnly,
    State(app): State<App>,
    Query(part): Query<Part>,
) -> Result<Json<view::Items<view::User>>, Problem> {
    let after = part.after(|text| UserId::new(text).ok())?;
    let users = app.innkeeper().system_users(after.as_ref(), part.fetch()).await?;
    Ok(Json(part.of(users, (|user| user.id.as_str().to_owned(), view::User::from))))
}

async fn remove_user(_: OperatorOnly, State(app): State<App>, id: PathId) -> Result<StatusCode, Problem> {
    let removed = app.innkeeper().remove_system_user(&id.user()?, &Actor::Operator).await?;
    removed.map_err(refused::directory)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_system_factors(_: OperatorOnly, State(app): State<App>, id: PathId) -> Result<StatusCode, Problem> {
    let removed = app.innkeeper().remove_system_factors(&id.user()?, &Actor::Operator).await?;
    removed.map(|_| StatusCode::NO_CONTENT).ok_or_else(refused::unknown_user)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BackupInput {
    path: PathBuf,
}

#[derive(Serialize)]
struct BackedUp {
    path: PathBuf,
}

async fn backup(
    _: OperatorOnly,
    State(app): State<App>,
    Input(BackupInput { path }): Input<BackupInput>,
) -> Result<Json<BackedUp>, Problem> {
    if !path.is_absolute() {
        // The server may run in another folder than the command that asks it.
        return Err(Problem::invalid("path", "Give the whole path, from the root."));
    }
    if tokio::fs::try_exists(&path).await.unwrap_or(false) {
        let detail = "There is something at this path already: nothing is overwritten.";
        return Err(Problem::new(StatusCode::CONFLICT, "path_taken", detail).with_field("path"));
    }
    app.innkeeper().backup(&path).await.map_err(|error| {
        let detail =
            "The copy could not be written: is there space, and may the server write there? Its log says more.";
        let mut problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "backup_failed", detail);
        problem.failure = Some(Failure(Arc::new(error)));
        problem
    })?;
    Ok(Json(BackedUp { path }))
}

/// One line of what `doctor` says.
#[derive(Debug, Serialize)]
pub(super) struct Fact {
    /// Of what.
    pub(super) name: &'static str,
    /// How it is.
    pub(super) value: String,
}

#[derive(Serialize)]
struct HealthReport {
    engine: String,
    location: String,
    facts: Vec<Fact>,
    problems: Vec<String>,
}

async fn health(_: OperatorOnly, State(app): State<App>) -> Result<Json<HealthReport>, Problem> {
    let health = app.innkeeper().health().await?;
    let facts = health.facts.into_iter().map(|(name, value)| Fact { name, value }).collect();
    Ok(Json(HealthReport { engine: health.engine, location: health.location, facts, problems: health.problems }))
}

async fn origins(_: OperatorOnly, State(app): State<App>) -> Result<Json<OriginsReport>, Problem> {
    let sessions = app.innkeeper().newest_origins(SESSIONS_MAX).await?;
    Ok(Json(OriginsReport::of(&sessions, &app.site().proxies)))
}
