//! `/accounts`: the paying organisations, as an application keeps them.

use super::caller::{Caller, Directory};
use super::fields::{self, SecondFactor, Status};
use super::input::{Input, PathId, Query, given};
use super::list::Part;
use super::{refused, view};
use crate::domain::id::{AccountId, UserId};
use crate::service::AccountFields;
use crate::web::app::App;
use crate::web::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// Fields of an account. Those left out stay as they are; `name` and `plan` are needed for a new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountInput {
    /// What people read.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 200, min_length = 1, nullable = false)]
    name: Option<String>,
    /// Code of the plan.
    #[serde(default, deserialize_with = "given")]
    #[schema(example = "team", nullable = false)]
    plan: Option<String>,
    /// IANA name of the time zone in which its people read times; a new account has `UTC` without one.
    #[serde(default, deserialize_with = "given")]
    #[schema(example = "Australia/Brisbane", nullable = false)]
    time_zone: Option<String>,
    /// Suspending ends every session of the account.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    status: Option<Status>,
    /// Whether its people need a second factor, from their next sign-in on; `optional` for a new account without it.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    second_factor: Option<SecondFactor>,
}

/// Create an account, or change the given fields of one.
#[utoipa::path(
    put, path = "/accounts/{account_id}", tag = "accounts", security(("service_key" = ["directory"])),
    params(("account_id" = String, Path, description = "The account's id; may be your own.")),
    request_body = AccountInput,
    responses(
        (status = 201, description = "Created.", body = view::Account),
        (status = 200, description = "Changed.", body = view::Account),
        (status = 409, description = "`plan_too_small`: more staff logins are in use than the plan has.", body = Problem),
    )
)]
pub(super) async fn put_account(
    caller: Caller<Directory>,
    State(app): State<App>,
    id: PathId,
    Input(input): Input<AccountInput>,
) -> Result<(StatusCode, Json<view::Account>), Problem> {
    let id = id.new_account()?;
    if let Some(name) = &input.name {
        fields::name("name", name)?;
    }
    let fields = AccountFields {
        name: input.name,
        plan: input.plan,
        time_zone: input.time_zone,
        status: input.status.map(Into::into),
        requires_factor: input.second_factor.map(|wanted| matches!(wanted, SecondFactor::Required)),
    };
    let put = app.innkeeper().put_account(&id, &fields, &caller.actor).await?;
    let (account, created) = put.map_err(refused::directory)?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(view::Account::new(account, app.innkeeper().policies()))))
}

/// Get an account.
#[utoipa::path(
    get, path = "/accounts/{account_id}", tag = "accounts", security(("service_key" = ["directory"])),
    params(("account_id" = String, Path, description = "The account's id.")),
    responses(
        (status = 200, description = "The account.", body = view::Account),
        (status = 404, description = "`unknown_account`.", body = Problem),
    )
)]
pub(super) async fn get_account(
    _: Caller<Directory>,
    State(app): State<App>,
    id: PathId,
) -> Result<Json<view::Account>, Problem> {
    let account = app.innkeeper().account(&id.account()?).await?.ok_or_else(refused::unknown_account)?;
    Ok(Json(view::Account::new(account, app.innkeeper().policies())))
}

/// List accounts, by id.
#[utoipa::path(
    get, path = "/accounts", tag = "accounts", security(("service_key" = ["directory"])),
    params(Part),
    responses((status = 200, description = "A part of the list.", body = view::Items<view::Account>))
)]
pub(super) async fn list_accounts(
    _: Caller<Directory>,
    State(app): State<App>,
    Query(part): Query<Part>,
) -> Result<Json<view::Items<view::Account>>, Problem> {
    let after = part.after(|text| AccountId::new(text).ok())?;
    let accounts = app.innkeeper().accounts(after.as_ref(), part.fetch()).await?;
    let policies = app.innkeeper().policies();
    let view = |account| view::Account::new(account, policies);
    Ok(Json(part.of(accounts, (|account| account.id.as_str().to_owned(), view))))
}

/// List the users of an account, by id.
#[utoipa::path(
    get, path = "/accounts/{account_id}/users", tag = "users", security(("service_key" = ["directory"])),
    params(("account_id" = String, Path, description = "The account's id."), Part),
    responses(
        (status = 200, description = "A part of the list.", body = view::Items<view::User>),
        (status = 404, description = "`unknown_account`.", body = Problem),
    )
)]
pub(super) async fn list_users(
    _: Caller<Directory>,
    State(app): State<App>,
    id: PathId,
    Query(part): Query<Part>,
) -> Result<Json<view::Items<view::User>>, Problem> {
    let after = part.after(|text| UserId::new(text).ok())?;
    let users = app.innkeeper().users_of(&id.account()?, after.as_ref(), part.fetch()).await?;
    let users = users.ok_or_else(refused::unknown_account)?;
    Ok(Json(part.of(users, (|user| user.id.as_str().to_owned(), view::User::from))))
}
