"""What comes of a call."""

from __future__ import annotations

from dataclasses import dataclass, field

from .calls import Reason, Session


@dataclass(frozen=True)
class Started:
    """A session has started. The token is told this once."""

    token: str = field(repr=False)
    session: Session


@dataclass(frozen=True)
class Refused:
    """Every place of the user is taken. Show the sentence as it is, with the reference."""

    sentence: str
    reference: str


@dataclass(frozen=True)
class Live:
    """The session may be used, and is over in `remaining_ms` without further activity."""

    session: Session
    remaining_ms: int


@dataclass(frozen=True)
class Over:
    """The person is signed out, for this reason; `unknown` where the token means nothing."""

    reason: Reason


class Unavailable(Exception):
    """Innkeeper does not answer, so nothing is known. It never means that somebody is signed out."""


class ApiError(Exception):
    """Innkeeper refuses what was asked. Decide by `code`, which is stable."""

    def __init__(self, status: int, code: str, detail: str, field: str | None, reference: str | None) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field
        self.reference = reference
