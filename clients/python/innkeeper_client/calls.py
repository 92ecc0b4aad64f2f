"""The calls of the API that this package makes, and what goes in and comes out. `conforms.py` compares all of it with the
description of the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypedDict, TypeVar

Body = TypeVar("Body")
Answer = TypeVar("Answer")

Status = Literal["active", "suspended"]
Role = Literal["owner", "manager", "staff"]
SecondFactor = Literal["optional", "required"]
State = Literal["live", "ended", "all"]
EndReason = Literal[
    "signed_out",
    "idle",
    "lifetime",
    "terminated_by_user",
    "terminated_by_owner",
    "terminated_by_support",
    "terminated_by_api",
    "taken_over",
    "replaced_same_browser",
    "replaced_other_user",
    "replaced_oldest",
    "password_changed",
    "password_reset",
    "mfa_changed",
    "user_suspended",
    "user_removed",
    "account_suspended",
    "policy",
]
Reason = EndReason | Literal["unknown"]


class Device(TypedDict):
    """What somebody signed in from."""

    kind: Literal["computer", "phone", "tablet", "other", "unknown"]
    browser: str | None
    system: str | None
    name: str | None


class Location(TypedDict):
    """Where an address is, as far as a database says: decide no access by it."""

    city: str | None
    region: str | None
    country: str | None
    country_code: str | None
    approximate: bool


class Session(TypedDict):
    """A session, live or over. Times are RFC 3339 in UTC."""

    id: str
    user_id: str
    account_id: str | None
    device: Device
    ip: str | None
    location: Location | None
    methods: list[str]
    created_at: str
    last_active_at: str
    last_seen_at: str
    idle_deadline: str
    absolute_deadline: str
    ended_at: str | None
    end_reason: EndReason | None


class StartedSession(TypedDict):
    """A session that has just started."""

    token: str
    session: Session


class CheckAnswer(TypedDict, total=False):
    """`live` with `session` and `remaining_ms`, or not live with `reason`."""

    live: bool
    session: Session
    remaining_ms: int
    reason: Reason


class Sessions(TypedDict):
    """A part of a list."""

    items: list[Session]
    next: str | None


class EndedCount(TypedDict):
    """How many live sessions were ended."""

    ended: int


class Account(TypedDict):
    """The paying organisation."""

    id: str
    name: str
    plan: str
    time_zone: str
    status: Status
    second_factor: SecondFactor
    staff_logins: int | None
    created_at: str


class User(TypedDict):
    """A person who can sign in."""

    id: str
    account_id: str | None
    role: Role
    status: Status
    email: str | None
    email_confirmed_at: str | None
    name: str | None
    created_at: str


class Client(TypedDict, total=False):
    """What a person comes from, as the application sees it."""

    ip: str | None
    user_agent: str | None
    device_id: str | None
    hints: dict[str, str]


class _Who(TypedDict):
    user_id: str


class StartInput(_Who, total=False):
    """Somebody whom the application has proved."""

    client: Client
    methods: list[str]
    at_limit: Literal["replace_oldest"]


class CheckInput(TypedDict):
    """A token, and whether there was activity."""

    token: str
    activity: Literal["counted", "none"]


class StepUpInput(TypedDict):
    """How the user was proved."""

    methods: list[str]


class AccountFields(TypedDict, total=False):
    """Fields of an account. Those left out stay as they are; a new one needs `name` and `plan`."""

    name: str
    plan: str
    time_zone: str
    status: Status
    second_factor: SecondFactor


class Person(TypedDict, total=False):
    """What is said of a user whenever something is. Fields left out stay as they are; None takes a value away."""

    role: Role
    email: str | None
    email_confirmed: bool
    name: str | None
    password: str
    password_hash: str


class UserChanges(Person, total=False):
    """Fields of a user that exists."""

    status: Status


class UserFields(Person, total=False):
    """Fields of a user, who is created where they do not exist; a new one needs `account_id` and `role`."""

    account_id: str


@dataclass(frozen=True)
class Call(Generic[Body, Answer]):
    """A call of the API: its body, its answer, and what may stand behind the question mark."""

    method: str
    path: str
    body: type[Body]
    answer: type[Answer]
    query: tuple[str, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """What every answer has."""
        return getattr(self.answer, "__required_keys__", frozenset())


Nothing = type(None)

START_SESSION = Call("POST", "/sessions", StartInput, StartedSession)
CHECK = Call("POST", "/sessions/check", CheckInput, CheckAnswer)
END_SESSION = Call("DELETE", "/sessions/{session_id}", Nothing, Nothing, ("reason",))
END_SESSIONS_OF_USER = Call("DELETE", "/users/{user_id}/sessions", Nothing, EndedCount, ("except",))
SESSIONS_OF_USER = Call("GET", "/users/{user_id}/sessions", Nothing, Sessions, ("state", "after"))
STEP_UP = Call("POST", "/sessions/{session_id}/step-up", StepUpInput, Session)
PUT_ACCOUNT = Call("PUT", "/accounts/{account_id}", AccountFields, Account)
PUT_USER = Call("PUT", "/users/{user_id}", UserFields, User)
PATCH_USER = Call("PATCH", "/users/{user_id}", UserChanges, User)
