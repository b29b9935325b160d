"""Strong ETags made of a row's version, and `If-Match` on moves."""

from typing import Annotated, Protocol

from fastapi import Depends, Request, Response

from shared.errors import BadRequest, PreconditionFailed, PreconditionRequired


class Versioned(Protocol):
    """A row whose `version` counts its changes."""

    version: int


class Match:
    """The version that the caller has read, from `If-Match`."""

    def __init__(self, version: int | None) -> None:
        self._version = version

    def check(self, row: Versioned) -> None:
        """Refuse (412) when the row has changed since."""
        if self._version is not None and row.version != self._version:
            raise PreconditionFailed


def if_match(request: Request) -> Match:
    """`If-Match: "7"` → version 7; `*` matches any; missing is 428."""
    value = request.headers.get("if-match")
    if value is None:
        raise PreconditionRequired
    if value.strip() == "*":
        return Match(None)
    tag = value.strip().strip('"')
    if value.strip().startswith("W/"):
        raise PreconditionFailed("A weak ETag never matches.")
    if not tag.isdecimal() or len(tag) > 18:
        raise BadRequest("If-Match must be the ETag that was read.")
    return Match(int(tag))


async def _if_match(request: Request) -> Match:
    return if_match(request)


IfMatch = Annotated[Match, Depends(_if_match)]


def tag(response: Response, row: Versioned) -> None:
    """Put the row's ETag on the answer."""
    response.headers["ETag"] = f'"{row.version}"'
