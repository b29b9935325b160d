"""Pages of volunteers: the list, and one of them with clearance, places and time."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.console.callers import Calls, Signed
from gateway.console.matching import standing, waiting
from gateway.console.matching.words import HERE
from gateway.console.pages import page
from shared import wall_clock
from shared.calendar import civil_date

router = APIRouter(prefix=f"{HERE}/volunteers", include_in_schema=False)
_AT_ONCE: Final = 20


@router.get("")
async def show_volunteers(visitor: Signed, calls: Calls, status: str = "", cursor: str = "") -> Response:
    found = await calls.need("/v1/volunteers", status=status, limit=_AT_ONCE, cursor=cursor)
    whole = await calls.all(f"/v1/volunteers/{one['id']}" for one in found["items"])
    today = civil_date(wall_clock.now())
    values: dict[str, Any] = {
        "lines": [standing.line(one, today) for one in whole if one],
        "next": found["next"],
        "statuses": standing.STATUSES,
        "typed": status,
    }
    return page("matching/volunteers.html", here=HERE, visitor=visitor, **values)


@router.get("/{volunteer}")
async def show_volunteer(volunteer: UUID, visitor: Signed, calls: Calls) -> Response:
    path = f"/v1/volunteers/{volunteer}"
    one = await calls.need(path)
    certificates, checks = await calls.all((f"{path}/clearances", f"{path}/checks"))
    matches = await calls.find("/v1/matches", volunteer=str(volunteer)) or {"items": []}
    values: dict[str, Any] = {
        "one": standing.line(one, civil_date(wall_clock.now())),
        "facts": standing.facts(one),
        "lacking": standing.lacking(one),
        "certificates": [standing.certificate(row) for row in certificates or ()],
        "checks": [standing.check(row) for row in checks or ()],
        "matches": [waiting.match_line(row, {}) for row in matches["items"]],
    }
    return page("matching/volunteer.html", here=HERE, visitor=visitor, **values)
