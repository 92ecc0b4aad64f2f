"""What counts as activity, by the rules that Innkeeper itself follows in front of an application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

Activity = Literal["counted", "none"]


class Headers(Protocol):
    """The headers of a request, as frameworks have them: names with values."""

    def items(self) -> Iterable[tuple[str, str]]: ...


def activity_of(method: str, headers: Headers) -> Activity:
    """Whether a request is something that a person did: what its page marked it as, a navigation, or a method that
    changes something. Polls, pictures and whatever else a page fetches by itself are not."""
    signs = {name.lower(): value for name, value in headers.items()}
    mark = signs.get("innkeeper-activity")
    if mark == "counted":
        return "counted"
    if mark == "none":
        return "none"
    is_safe = method in ("GET", "HEAD", "OPTIONS", "TRACE")
    return "counted" if not is_safe or _is_navigation(method, signs) else "none"


def _is_navigation(method: str, signs: dict[str, str]) -> bool:
    if "sec-purpose" in signs:
        return False
    if any(name.startswith("sec-fetch-") for name in signs):
        return signs.get("sec-fetch-mode") == "navigate" and signs.get("sec-fetch-dest") == "document"
    return method == "GET" and any(_is_html(kind) for kind in signs.get("accept", "").split(","))


def _is_html(kind: str) -> bool:
    name, *parameters = (part.strip() for part in kind.split(";"))
    return name.lower() in ("text/html", "application/xhtml+xml") and not any(map(_is_unwanted, parameters))


def _is_unwanted(parameter: str) -> bool:
    name, _, weight = (part.strip() for part in parameter.partition("="))
    return name.lower() == "q" and weight.startswith("0") and not weight.strip("0.")
