"""Claims of a token one by one; what our issuer would not write is a TypeError, KeyError or ValueError."""

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

_MAX_TEXT: Final = 255
# There are many ways to write an id, and we use one.
_ID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def times_of(claims: Mapping[str, Any]) -> tuple[int, int]:
    """(issued, expires) in whole seconds; TypeError when a time is anything but a number that says just that."""
    issued, expires, not_before = claims["iat"], claims["exp"], claims.get("nbf", 0)
    if not (type(issued) is type(expires) is type(not_before) is int):
        raise TypeError("a time is not a whole number")
    return issued, expires


def check_places(claims: Mapping[str, Any], issuer: str, audience: str) -> None:
    """That a token is of this issuer, for this audience, and no companion of another token."""
    named = claims["aud"]
    audiences = [named] if isinstance(named, str) else named
    if not isinstance(audiences, list) or not all(isinstance(one, str) for one in audiences):
        raise TypeError("an audience is not a text")
    if audience not in audiences or claims["iss"] != issuer or "at_hash" in claims:
        raise ValueError("a token of or for somebody else")


def text(value: object) -> str:
    """A text that somebody may be named by."""
    if not isinstance(value, str):
        raise TypeError("a claim is not a text")
    if not value or len(value) > _MAX_TEXT or not value.isprintable():
        raise ValueError("a claim is no text that anybody would be named by")
    return value


def uuid(value: object) -> UUID:
    """An id of ours."""
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        raise ValueError("an id is not written as ours are")
    return UUID(value)


def texts(value: object) -> list[str]:
    """A list of such texts."""
    if not isinstance(value, list):
        raise TypeError("a claim is not a list")
    return [text(item) for item in value]
