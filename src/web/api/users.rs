//! `/users`: the people who can sign in, as an application keeps them.

use super::caller::{Caller, Directory};
use super::fields::{self, Role, Status};
use super::input::{Input, PathId, given, not_an_id};
use super::{refused, view};
use crate::domain::id::AccountId;
use crate::service::{NewPassword, UserFields};
use crate::web::app::App;
use crate::web::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// Fields of a user. Those left out stay as they are; `account_id` and `role` are needed for a new user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserInput {
    /// Their account, which cannot change later.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    account_id: Option<String>,
    /// What they may do.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    role: Option<Role>,
    /// Their login address, unique in the installation; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// Whether they are known to read what is mailed to that address, as your application vouches; of another address it is
    /// not known.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    email_confirmed: Option<bool>,
    /// What people read; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200)]
    name: Option<Option<String>>,
    /// A new password; it ends the sessions of an existing user.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 8, max_length = 256, write_only, nullable = false)]
    password: Option<String>,
    /// In place of `password`, its hash as another system has stored it: bcrypt, scrypt, PBKDF2 or Argon2.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 512, write_only, nullable = false)]
    password_hash: Option<String>,
}

/// Fields to change. Those left out stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserPatch {
    /// Suspending ends the user's sessions.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    status: Option<Status>,
    /// What they may do.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    role: Option<Role>,
    /// Their login address, unique in the installation; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// Whether they are known to read what is mailed to that address, as your application vouches; of another address it is
    /// not known.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    email_confirmed: Option<bool>,
    /// What people read; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200)]
    name: Option<Option<String>>,
    /// A new password; it ends the user's sessions.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 8, max_length = 256, write_only, nullable = false)]
    password: Option<String>,
    /// In place of `password`, its hash as another system has stored it: bcrypt, scrypt, PBKDF2 or Argon2.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 512, write_only, nullable = false)]
    password_hash: Option<String>,
}

/// Create a user, or change the given fields of one.
#[utoipa::path(
    put, path = "/users/{user_id}", tag = "users", security(("service_key" = ["directory"])),
    params(("user_id" = String, Path, description = "The user's id; may be your own.")),
    request_body = UserInput,
    responses(
        (status = 201, description = "Created.", body = view::User),
        (status = 200, description = "Changed.", body = view::User),
        (status = 404, description = "`unknown_account`, or `unknown_user` for support and administrators.", body = Problem),
        (status = 409, description = "`account_fixed`, `no_staff_login_left`, `email_taken` or `last_owner`.", body = Problem),
        (status = 429, description = "`busy`: too many passwords are being worked on.", body = Problem),
    )
)]
pub(super) async fn put_user(
    caller: Caller<Directory>,
    State(app): State<App>,
    id: PathId,
    Input(input): Input<UserInput>,
) -> Result<(StatusCode, Json<view::User>), Problem> {
    let id = id.new_user()?;
    checked_name(input.name.as_ref())?;
    let account = match input.account_id {
        Some(text) => Some(AccountId::new(text).map_err(|_| not_an_id("account_id"))?),
        None => None,
    };
    let fields = UserFields {
        account,
        role: input.role.map(Into::into),
        status: None,
        email: input.email,
        email_confirmed: input.email_confirmed,
        name: input.name,
        password: new_password(input.password, input.password_hash)?,
    };
    let put = app.innkeeper().put_user(&id, fields, &caller.actor).await?;
    let (user, created) = put.map_err(refused::directory)?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(user.into())))
}

fn checked_name(name: Option<&Option<String>>) -> Result<(), Problem> {
    match name {
        Some(Some(name)) => fields::name("name", name),
        _ => Ok(()),
    }
}

/// A password is given in one way.
fn new_password(typed: Option<String>, hashed: Option<String>) -> Result<Option<NewPassword>, Problem> {
    match (typed, hashed) {
        (Some(_), Some(_)) => {
            Err(Problem::invalid("password_hash", "Give a password or the hash of one, and not both at once."))
        }
        (typed, hashed) => Ok(typed.map(NewPassword::Typed).or(hashed.map(NewPassword::Hashed))),
    }
}

/// Get a user.
#[utoipa::path(
    get, path = "/users/{user_id}", tag = "users", security(("service_key" = ["directory"])),
    params(("user_id" = String, Path, description = "The user's id.")),
    responses(
        (status = 200, description = "The user.", body = view::User),
        (status = 404, description = "`unknown_user`.", body = Problem),
    )
)]
pub(super) async fn get_user(
    _: Caller<Directory>,
    State(app): State<App>,
    id: PathId,
) -> Result<Json<view::User>, Problem> {
    let user = app.innkeeper().user(&id.user()?).await?.filter(|user| !user.role.is_system());
    Ok(Json(user.ok_or_else(refused::unknown_user)?.into()))
}

/// Change the given fields of a user.
#[utoipa::path(
    patch, path = "/users/{user_id}", tag = "users", security(("service_key" = ["directory"])),
    params(("user_id" = String, Path, description = "The user's id.")),
    request_body = UserPatch,
    responses(
        (status = 200, description = "Changed; where they were suspended, their sessions have ended.", body = view::User),
        (status = 404, description = "`unknown_user`.", body = Problem),
        (status = 409, description = "`no_staff_login_left`, `email_taken` or `last_owner`.", body = Problem),
        (status = 429, description = "`busy`: too many passwords are being worked on.", body = Problem),
    )
)]
pub(super) async fn patch_user(
    caller: Caller<Directory>,
    State(app): State<App>,
    id: PathId,
    Input(input): Input<UserPatch>,
) -> Result<Json<view::User>, Problem> {
    let id = id.user()?;
    checked_name(input.name.as_ref())?;
    let fields = UserFields {
        account: None,
        role: input.role.map(Into::into),
        status: input.status.map(Into::into),
        email: input.email,
        email_confirmed: input.email_confirmed,
        name: input.name,
        password: new_password(input.password, input.password_hash)?,
    };
    let user = app.innkeeper().patch_user(&id, fields, &caller.actor).await?.map_err(refused::directory)?;
    Ok(Json(user.into()))
}

/// Remove a user. Their sessions end in the same transaction; the id may be given again, to a new person.
#[utoipa::path(
    delete, path = "/users/{user_id}", tag = "users", security(("service_key" = ["directory"])),
    params(("user_id" = String, Path, description = "The user's id.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 404, description = "`unknown_user`.", body = Problem),
        (status = 409, description = "`last_owner`.", body = Problem),
    )
)]
pub(super) async fn remove_user(
    caller: Caller<Directory>,
    State(app): State<App>,
    id: PathId,
) -> Result<StatusCode, Problem> {
    app.innkeeper().remove_user(&id.user()?, &caller.actor).await?.map_err(refused::directory)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a user's second factors and recovery codes away, for somebody who has lost them. Their sessions end.
#[utoipa::path(
    delete, path = "/users/{user_id}/factors", tag = "users", security(("service_key" = ["directory"])),
    params(("user_id" = String, Path, description = "The user's id.")),
    responses(
        (status = 204, description = "Taken away, or there was none."),
        (status = 404, description = "`unknown_user`.", body = Problem),
    )
)]
pub(super) async fn remove_factors(
    caller: Caller<Directory>,
    State(app): State<App>,
    id: PathId,
) -> Result<StatusCode, Problem> {
    let removed = app.innkeeper().remove_factors(&id.user()?, &caller.actor).await?;
    removed.map(|_| StatusCode::NO_CONTENT).ok_or_else(refused::unknown_user)
}
