//! Who calls the API, and whether they may. A handler names the scope that it needs in the type of its [`Caller`].

use crate::domain::end::Actor;
use crate::domain::id::SecretHash;
use crate::secret::ServiceKey;
use crate::service::{CheckAsk, Innkeeper, Looked, Scope, ServiceError};
use crate::web::app::App;
use crate::web::needs::{Needs, needs};
use crate::web::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use std::marker::PhantomData;

/// In a request's extensions: it came through the control socket, which only whoever runs the server can open. Every
/// scope is allowed to it. Nothing that comes over the network may set it.
#[derive(Clone, Copy, Debug)]
pub struct Operator;

needs!(Scope: Sessions, Directory, Events, Admin);

/// What a request shows of its right to call.
#[derive(Clone, Copy, Debug)]
pub enum Presented {
    /// It came through the control socket.
    Operator,
    /// The hash of something that has the form of a service key.
    Key(SecretHash),
}

impl Presented {
    /// Looks the key up, and a session token with it, in one look at the store; says who calls if the scope allows it.
    pub async fn look_up(
        self,
        innkeeper: &Innkeeper,
        asked: CheckAsk,
        scope: Scope,
    ) -> Result<(Actor, Looked), Problem> {
        let key = match self {
            Presented::Operator => None,
            Presented::Key(hash) => Some(hash),
        };
        let looked = innkeeper.look_up(CheckAsk { key, ..asked }).await?;
        let actor = match (self, looked.key()) {
            (Presented::Operator, _) => Actor::Operator,
            (Presented::Key(_), None) => return Err(unauthorized()),
            (Presented::Key(_), Some(key)) if scope.is_allowed_by(key) => Actor::Service(key.id.clone()),
            (Presented::Key(_), Some(_)) => return Err(scope_missing(scope)),
        };
        Ok((actor, looked))
    }

    /// Whether what let the caller in still does: a key can be revoked while an answer is being sent.
    pub async fn is_still_valid(self, innkeeper: &Innkeeper, scope: Scope) -> Result<bool, ServiceError> {
        let Presented::Key(hash) = self else { return Ok(true) };
        let looked = innkeeper.look_up(CheckAsk { key: Some(hash), ..CheckAsk::default() }).await?;
        Ok(looked.key().is_some_and(|key| scope.is_allowed_by(key)))
    }
}

impl FromRequestParts<App> for Presented {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        if parts.extensions.get::<Operator>().is_some() {
            return Ok(Presented::Operator);
        }
        let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return Err(unauthorized()) };
        let bearer = value.to_str().ok().and_then(|value| value.split_once(' '));
        let key = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, key)| key.trim());
        key.and_then(ServiceKey::hash_presented).map(Presented::Key).ok_or_else(unauthorized)
    }
}

/// A caller whose service key has the scope `S`.
#[derive(Debug)]
pub struct Caller<S> {
    /// What let them in.
    pub presented: Presented,
    /// In whose name events are written.
    pub actor: Actor,
    scope: PhantomData<fn() -> S>,
}

impl<S: Needs<Scope>> FromRequestParts<App> for Caller<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let presented = Presented::from_request_parts(parts, app).await?;
        let (actor, _) = presented.look_up(app.innkeeper(), CheckAsk::default(), S::IT).await?;
        Ok(Self { presented, actor, scope: PhantomData })
    }
}

/// Nobody but the operator. To everybody else the path does not exist.
#[derive(Debug)]
pub struct OperatorOnly;

impl FromRequestParts<App> for OperatorOnly {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        parts.extensions.get::<Operator>().map(|_| OperatorOnly).ok_or_else(super::nothing_here)
    }
}

fn unauthorized() -> Problem {
    let detail = "Send a service key that is valid: Authorization: Bearer ik_…";
    let mut problem = Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail);
    problem.asks_for_key = true;
    problem
}

fn scope_missing(scope: Scope) -> Problem {
    let detail = format!("The service key has no scope `{}`, which this call needs.", scope.as_str());
    Problem::new(StatusCode::FORBIDDEN, "scope_missing", detail)
}
