"""The session rules of Innkeeper, for an application with a login of its own.

A call has an answer, or raises: `Unavailable` where Innkeeper does not answer, which says nothing about anybody's
session, and `ApiError` where it refuses what was asked.
"""

from __future__ import annotations

import http.client
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlencode, urlsplit

from .activity import Activity, activity_of
from .calls import (
    CHECK,
    END_SESSION,
    END_SESSIONS_OF_USER,
    PATCH_USER,
    PUT_ACCOUNT,
    PUT_USER,
    SESSIONS_OF_USER,
    START_SESSION,
    STEP_UP,
    Account,
    AccountFields,
    Call,
    CheckInput,
    Client,
    Device,
    Location,
    Nothing,
    Reason,
    Session,
    StartInput,
    State,
    StepUpInput,
    User,
    UserChanges,
    UserFields,
)
from .outcomes import ApiError, Live, Over, Refused, Started, Unavailable

__all__ = [
    "Account",
    "AccountFields",
    "Activity",
    "ApiError",
    "Client",
    "Device",
    "Innkeeper",
    "Live",
    "Location",
    "Over",
    "Reason",
    "Refused",
    "Session",
    "Started",
    "State",
    "Unavailable",
    "User",
    "UserChanges",
    "UserFields",
    "activity_of",
]

_Body = TypeVar("_Body")
_Answer = TypeVar("_Answer")

_ID = re.compile(r"[A-Za-z0-9._:@-]{1,64}")

_KEPT_CONNECTIONS = 8


class Innkeeper:
    """An installation of Innkeeper, with a service key for it. Threads may share one."""

    def __init__(self, url: str, key: str, *, timeout: float = 2.0) -> None:
        """`url` is where Innkeeper is reached, with the path of its `public_url` if that has one. `timeout` is how many
        seconds to wait for a connection, and then for the answer."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.hostname is None:
            raise ValueError("the url of Innkeeper begins with http:// or https:// and names a host")
        self._connection = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port = parts.hostname, parts.port
        self._path = parts.path.rstrip("/") + "/api/v1"
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._timeout = timeout
        self._kept: list[tuple[int, http.client.HTTPConnection]] = []

    def close(self) -> None:
        """Closes the connections that are kept. A further call opens another."""
        while self._kept:
            self._kept.pop()[1].close()

    def start_session(
        self,
        user_id: str,
        *,
        client: Client | None = None,
        methods: Sequence[str] | None = None,
        replace_oldest: bool = False,
    ) -> Started | Refused:
        """Starts a session for somebody whom the application has proved. Without `client["device_id"]` a browser that
        lost its cookie is a stranger, and is refused until its session ends by itself."""
        body: StartInput = {"user_id": user_id, "client": client if client is not None else {}}
        if methods is not None:
            body["methods"] = list(methods)
        if replace_oldest:
            body["at_limit"] = "replace_oldest"
        try:
            # On a connection of its own: sent twice, it could be refused because of itself.
            answer = self._ask(START_SESSION, body=body, fresh=True)
        except ApiError as error:
            if error.code != "already_logged_in" or error.reference is None:
                raise
            return Refused(error.detail, error.reference)
        return Started(answer["token"], answer["session"])

    def check(self, token: str, *, activity: Activity) -> Live | Over:
        """Asks whether a token is a live session now. Raises `Unavailable` where that is not known: answer with an error,
        and leave the cookie alone."""
        answer = self._ask(CHECK, body=CheckInput(token=token, activity=activity))
        try:
            if answer["live"] is True:
                return Live(answer["session"], answer["remaining_ms"])
            if answer["live"] is False:
                return Over(answer["reason"])
        except KeyError as error:
            raise Unavailable(f"an answer without {error}") from error
        raise Unavailable("an answer that is neither live nor over")

    def end_session(self, session_id: str, *, signed_out: bool = False) -> None:
        """Ends a session, which may be over already; `signed_out` where its own user asked for it."""
        query = {"reason": "signed_out"} if signed_out else {}
        self._ask(END_SESSION, {"session_id": session_id}, query)

    def end_sessions(self, user_id: str, *, but: str | None = None) -> int:
        """Ends every session of a user, but the one with the id `but`, and says how many that were."""
        query = {"except": but} if but is not None else {}
        return self._ask(END_SESSIONS_OF_USER, {"user_id": user_id}, query)["ended"]

    def sessions_of(self, user_id: str, *, state: State = "live") -> Iterator[Session]:
        """The sessions of a user, the newest first."""
        query: dict[str, str] = {"state": state}
        while True:
            part = self._ask(SESSIONS_OF_USER, {"user_id": user_id}, query)
            yield from part["items"]
            if part["next"] is None:
                return
            query["after"] = part["next"]

    def step_up(self, session_id: str, methods: Sequence[str]) -> Session:
        """Says that the application has proved the user of a session again, now."""
        return self._ask(STEP_UP, {"session_id": session_id}, body=StepUpInput(methods=list(methods)))

    def put_account(self, account_id: str, fields: AccountFields) -> Account:
        """Creates an account, or changes these fields of it."""
        return self._ask(PUT_ACCOUNT, {"account_id": account_id}, body=fields)

    def put_user(self, user_id: str, fields: UserFields) -> User:
        """Creates a user, or changes these fields of them."""
        return self._ask(PUT_USER, {"user_id": user_id}, body=fields)

    def patch_user(self, user_id: str, fields: UserChanges) -> User:
        """Changes these fields of a user whom there is."""
        return self._ask(PATCH_USER, {"user_id": user_id}, body=fields)

    def _ask(
        self,
        call: Call[_Body, _Answer],
        ids: Mapping[str, str] = {},
        query: Mapping[str, str] = {},
        body: _Body | None = None,
        *,
        fresh: bool = False,
    ) -> _Answer:
        path = self._path + call.path
        for name, value in ids.items():
            # An id such as `..` would be another path.
            if not _ID.fullmatch(value) or value in (".", ".."):
                raise ValueError(f"{value!r} is no {name}")
            path = path.replace("{" + name + "}", quote(value, safe=""))
        if query:
            path += "?" + urlencode(query)
        sent = None if body is None else json.dumps(body).encode()
        try:
            status, text = self._exchange(call.method, path, sent, fresh)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"no answer: {error or type(error).__name__}") from error
        if status >= 500:
            raise Unavailable(f"answered {status}")
        if status == 204 and call.answer is Nothing:
            return cast(_Answer, None)
        try:
            answer: Any = json.loads(text)
            if status in (200, 201) and call.fields <= answer.keys():
                return cast(_Answer, answer)
            raise ApiError(status, answer["code"], answer["detail"], answer.get("field"), answer.get("reference"))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            # Something else answered in the place of Innkeeper.
            raise Unavailable(f"answered {status} in a way that Innkeeper does not") from error

    def _exchange(self, method: str, path: str, body: bytes | None, fresh: bool) -> tuple[int, bytes]:
        kept = None if fresh else self._take()
        if kept is not None:
            try:
                return self._send(kept, method, path, body)
            except ConnectionError:
                pass  # It was closed while nobody used it.
        return self._send(self._connection(self._host, self._port, timeout=self._timeout), method, path, body)

    def _send(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None
    ) -> tuple[int, bytes]:
        try:
            connection.request(method, path, body, self._headers)
            response = connection.getresponse()
            text = response.read()
        except BaseException:
            # What is left on it would be taken for the answer to another request.
            connection.close()
            raise
        if len(self._kept) < _KEPT_CONNECTIONS:
            self._kept.append((os.getpid(), connection))
        else:
            connection.close()
        return response.status, text

    def _take(self) -> http.client.HTTPConnection | None:
        while True:
            try:
                process, connection = self._kept.pop()
            except IndexError:
                return None
            if process == os.getpid():
                return connection
            # Two processes that share one connection after a fork would read each other's answers.
            connection.close()
