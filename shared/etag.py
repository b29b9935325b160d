"""Strong ETags made of a row's version, and `If-Match` on moves."""

from typing import Annotated, Any, Final, Protocol

from fastapi import Depends, Request, Response
from fastapi.dependencies.models import Dependant

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

# As it stands in the description. FastAPI is not told: it would answer 422 where 428 is due.
PARAMETER: Final[dict[str, Any]] = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the resource as it was last read, quotes included; `*` for whatever it is now.",
    "schema": {"type": "string", "pattern": r'^(\*|"?[0-9]{1,18}"?)$', "example": '"1"'},
}


def is_asked_for(dependant: Dependant) -> bool:
    """Whether a route wants an `If-Match`."""
    return dependant.call is _if_match or any(is_asked_for(one) for one in dependant.dependencies)


def tag(response: Response, row: Versioned) -> None:
    """Put the row's ETag on the answer."""
    response.headers["ETag"] = f'"{row.version}"'
