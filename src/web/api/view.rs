//! What the API says of things, field by field. Times are RFC 3339 with milliseconds and `Z`.

use crate::domain::account::{self, AccountStatus};
use crate::domain::device::{DeviceKind, Place};
use crate::domain::end::EndReason;
use crate::domain::event::event_id;
use crate::domain::user::{self, Role, UserStatus};
use crate::service::{self, LiveSession, Policies, SessionView};
use crate::web::moment::rfc3339;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

/// A part of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Items<T: ToSchema> {
    /// The items.
    pub(super) items: Vec<T>,
    /// What to give as `after` for the next part; null at the end.
    #[schema(required)]
    pub(super) next: Option<String>,
}

/// The paying organisation.
#[derive(Serialize, ToSchema)]
pub(super) struct Account {
    /// Its id.
    id: String,
    /// What people read.
    name: String,
    /// Code of its plan.
    plan: String,
    /// IANA name of the time zone in which its people read times.
    #[schema(example = "Australia/Brisbane")]
    time_zone: String,
    /// Whether it may be used.
    #[schema(schema_with = account_status)]
    status: &'static str,
    /// Whether its people need a second factor to sign in.
    #[schema(schema_with = second_factor)]
    second_factor: &'static str,
    /// How many staff logins the plan has; null where the plan is configured no longer.
    #[schema(required)]
    staff_logins: Option<u32>,
    /// When it was created.
    #[schema(format = DateTime)]
    created_at: String,
}

impl Account {
    pub(super) fn new(account: account::Account, policies: &Policies) -> Self {
        Self {
            id: account.id.as_str().to_owned(),
            staff_logins: policies.plan(&account.plan).map(|plan| plan.staff_logins),
            name: account.name,
            plan: account.plan,
            time_zone: account.time_zone,
            status: account.status.as_str(),
            second_factor: if account.requires_factor { "required" } else { "optional" },
            created_at: rfc3339(account.created_at),
        }
    }
}

/// A person who can sign in.
#[derive(Serialize, ToSchema)]
pub(super) struct User {
    /// Their id.
    id: String,
    /// Their account.
    #[schema(required)]
    account_id: Option<String>,
    /// What they may do.
    #[schema(schema_with = role)]
    role: &'static str,
    /// Whether they may sign in.
    #[schema(schema_with = user_status)]
    status: &'static str,
    /// Their login address, in its normal form.
    #[schema(required)]
    email: Option<String>,
    /// When it was shown that they read what is mailed there.
    #[schema(required, format = DateTime)]
    email_confirmed_at: Option<String>,
    /// What people read.
    #[schema(required)]
    name: Option<String>,
    /// When they were created.
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<user::User> for User {
    fn from(user: user::User) -> Self {
        Self {
            id: user.id.as_str().to_owned(),
            account_id: user.account_id.map(|id| id.as_str().to_owned()),
            role: user.role.as_str(),
            status: user.status.as_str(),
            email: user.email,
            email_confirmed_at: user.email_confirmed_at.map(rfc3339),
            name: user.name,
            created_at: rfc3339(user.created_at),
        }
    }
}

/// What somebody signed in from.
#[derive(Serialize, ToSchema)]
pub(super) struct Device {
    /// Kind of device.
    #[schema(schema_with = device_kind)]
    kind: &'static str,
    /// Browser or client; null where it did not say.
    #[schema(required, example = "Firefox")]
    browser: Option<String>,
    /// System; null where it did not say.
    #[schema(required, example = "Windows")]
    system: Option<String>,
    /// The name that the user gave it.
    #[schema(required)]
    name: Option<String>,
}

/// Where an address is, as far as a database says.
#[derive(Serialize, ToSchema)]
pub(super) struct Location {
    /// City.
    #[schema(required, example = "Cairns")]
    city: Option<String>,
    /// Region or state.
    #[schema(required, example = "Queensland")]
    region: Option<String>,
    /// Country.
    #[schema(required, example = "Australia")]
    country: Option<String>,
    /// ISO 3166-1 alpha-2 code of the country.
    #[schema(required, example = "AU")]
    country_code: Option<String>,
    /// Always true: never decide access by it.
    approximate: bool,
}

impl Location {
    fn of(place: Place) -> Option<Self> {
        if place == Place::default() {
            return None;
        }
        let Place { city, region, country, country_code } = place;
        Some(Self { city, region, country, country_code, approximate: true })
    }
}

/// A session, live or over. Its token is told only once, when it starts.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    /// Its public id.
    id: String,
    /// Whose it is.
    user_id: String,
    /// Of which account.
    #[schema(required)]
    account_id: Option<String>,
    /// What it was started from.
    device: Device,
    /// The address it was started from.
    #[schema(required)]
    ip: Option<String>,
    /// Where that is; null where it is not known.
    #[schema(required)]
    location: Option<Location>,
    /// How the person was proved, such as `pwd`.
    methods: Vec<String>,
    /// When it was started.
    #[schema(format = DateTime)]
    created_at: String,
    /// The last counted activity.
    #[schema(format = DateTime)]
    last_active_at: String,
    /// The last sign of life, counted or not.
    #[schema(format = DateTime)]
    last_seen_at: String,
    /// When it is over without further activity.
    #[schema(format = DateTime)]
    idle_deadline: String,
    /// When it is over whatever the activity.
    #[schema(format = DateTime)]
    absolute_deadline: String,
    /// When it ended; null while it is live.
    #[schema(required, format = DateTime)]
    ended_at: Option<String>,
    /// Why it ended; null while it is live.
    #[schema(required, schema_with = end_reason)]
    end_reason: Option<&'static str>,
}

impl From<SessionView> for Session {
    fn from(session: SessionView) -> Self {
        let said = |text: String| Some(text).filter(|text| !text.is_empty());
        let device = Device {
            kind: session.device.kind.as_str(),
            browser: said(session.device.browser),
            system: said(session.device.system),
            name: session.device_name,
        };
        Self {
            id: session.id.as_str().to_owned(),
            user_id: session.user_id.as_str().to_owned(),
            account_id: session.account_id.map(|id| id.as_str().to_owned()),
            device,
            ip: session.ip,
            location: Location::of(session.place),
            methods: session.methods,
            created_at: rfc3339(session.created_at),
            last_active_at: rfc3339(session.activity.last_active_at),
            last_seen_at: rfc3339(session.activity.last_seen_at),
            idle_deadline: rfc3339(session.activity.idle_deadline),
            absolute_deadline: rfc3339(session.absolute_deadline),
            ended_at: session.end.map(|(at, _)| rfc3339(at)),
            end_reason: session.end.map(|(_, reason)| reason.as_str()),
        }
    }
}

/// A session that has just started.
#[derive(Serialize, ToSchema)]
pub(super) struct StartedSession {
    /// What proves the session from now on. Told this once; hand it to the person's browser and nobody else.
    pub(super) token: String,
    /// The session.
    pub(super) session: Session,
}

/// Whether a token is a live session.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Check {
    Live(Box<LiveCheck>),
    Over(OverCheck),
}

/// The session may be used.
#[derive(Serialize, ToSchema)]
pub(super) struct LiveCheck {
    /// True.
    live: bool,
    /// The session, with its times after this check.
    session: Session,
    /// Milliseconds until it is over without further activity.
    remaining_ms: u64,
}

/// The session may not be used.
#[derive(Serialize, ToSchema)]
pub(super) struct OverCheck {
    /// False.
    live: bool,
    /// Why it ended; `unknown` where the token means nothing.
    #[schema(schema_with = end_reason_or_unknown)]
    reason: &'static str,
}

impl Check {
    /// `None` where it was not asked what the session was started from.
    pub(super) fn live(live: LiveSession) -> Option<Self> {
        let remaining_ms = u64::try_from(live.remaining().as_millis()).unwrap_or(u64::MAX);
        let session = live.into_view()?.into();
        Some(Check::Live(Box::new(LiveCheck { live: true, session, remaining_ms })))
    }

    pub(super) fn over(reason: Option<EndReason>) -> Self {
        Check::Over(OverCheck { live: false, reason: reason.map_or("unknown", EndReason::as_str) })
    }
}

/// How many sessions were ended.
#[derive(Serialize, ToSchema)]
pub(super) struct EndedCount {
    /// Live ones that this call ended; those that were over already do not count.
    pub(super) ended: u64,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub(super) struct Event {
    /// Its place in the order: ids grow, as text and as number, and may skip.
    pub(super) id: String,
    /// What happened.
    #[schema(example = "session.ended")]
    pub(super) r#type: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// Of which account.
    #[schema(required)]
    account_id: Option<String>,
    /// Whom it concerns.
    #[schema(required)]
    user_id: Option<String>,
    /// Which session.
    #[schema(required)]
    session_id: Option<String>,
    /// Who did it.
    actor: Actor,
    /// Why: an end reason, or the code of a refusal.
    #[schema(required)]
    reason: Option<String>,
    /// What support can look up.
    #[schema(required)]
    reference: Option<String>,
    /// From which address.
    #[schema(required)]
    ip: Option<String>,
    /// What else there is to say, by the kind of event.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    data: Value,
}

/// Who did something.
#[derive(Serialize, ToSchema)]
pub(super) struct Actor {
    /// `user`, `support`, `service` (a key), `operator` or `clock` (a deadline passed).
    #[schema(schema_with = actor_kind)]
    kind: String,
    /// Who, by id.
    #[schema(required)]
    id: Option<String>,
    /// In which role.
    #[schema(required)]
    role: Option<String>,
}

impl From<service::Event> for Event {
    fn from(event: service::Event) -> Self {
        Self {
            id: event_id(event.position.0),
            r#type: event.kind,
            at: rfc3339(event.at),
            account_id: event.account_id.map(|id| id.as_str().to_owned()),
            user_id: event.user_id.map(|id| id.as_str().to_owned()),
            session_id: event.session_id.map(|id| id.as_str().to_owned()),
            actor: Actor { kind: event.actor_kind, id: event.actor_id, role: event.actor_role },
            reason: event.reason,
            reference: event.reference,
            ip: event.ip,
            data: serde_json::from_str(&event.data).unwrap_or_else(|_| Value::Object(serde_json::Map::new())),
        }
    }
}

fn one_of(about: &str, values: impl Iterator<Item = &'static str>) -> Object {
    let object = ObjectBuilder::new().schema_type(Type::String).description(Some(about));
    object.enum_values(Some(values.map(Value::from))).build()
}

fn account_status() -> Object {
    one_of(
        "Whether it may be used.",
        [AccountStatus::Active, AccountStatus::Suspended].map(AccountStatus::as_str).into_iter(),
    )
}

fn second_factor() -> Object {
    one_of("Whether its people need a second factor to sign in.", ["optional", "required"].into_iter())
}

fn user_status() -> Object {
    one_of("Whether they may sign in.", [UserStatus::Active, UserStatus::Suspended].map(UserStatus::as_str).into_iter())
}

fn role() -> Object {
    one_of("What they may do.", [Role::Owner, Role::Manager, Role::Staff].map(Role::as_str).into_iter())
}

fn device_kind() -> Object {
    use DeviceKind::{Computer, Other, Phone, Tablet, Unknown};
    one_of("Kind of device.", [Computer, Phone, Tablet, Other, Unknown].map(DeviceKind::as_str).into_iter())
}

fn actor_kind() -> Object {
    let about = "What kind of actor: `service` is a service key, `clock` a deadline that passed.";
    one_of(about, ["user", "support", "service", "operator", "clock"].into_iter())
}

fn end_reason() -> Object {
    let reasons = EndReason::ALL.iter().map(|reason| Value::from(reason.as_str()));
    ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::String, Type::Null]))
        .description(Some("Why it ended; null while it is live."))
        .enum_values(Some(reasons.chain([Value::Null])))
        .build()
}

fn end_reason_or_unknown() -> Object {
    let reasons = EndReason::ALL.iter().map(|reason| reason.as_str());
    one_of("Why it is over; `unknown` where the token means nothing.", reasons.chain(["unknown"]))
}
