"""Pages of a family's proposal: who fits and why, who is excluded and why, and proposing a match."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gateway.console.callers import Calls, Form, Signed
from gateway.console.forms import field_errors
from gateway.console.inside import Inside
from gateway.console.matching import ranking, standing, waiting, words
from gateway.console.matching.words import HERE
from gateway.console.pages import page
from gateway.console.session import Visitor
from gateway.console.views import moment
from shared import wall_clock
from shared.auth import Role
from shared.calendar import civil_date
from shared.ids import new_id

router = APIRouter(prefix=f"{HERE}/requests/{{request}}/proposals/{{proposal}}", include_in_schema=False)
_AT_ONCE: Final = 10
_FIELDS: Final = ("planned_from", "planned_length_weeks", "review_on", "override_reason")
_WEEKS: Final = 26
_REVIEW: Final = timedelta(weeks=12)


@router.get("")
async def show_proposal(
    request: UUID, proposal: UUID, visitor: Signed, calls: Calls, start: str = "", out: str = ""
) -> Response:
    """`start` and `out` are the cursors of the ranked and of the excluded."""
    at = f"/v1/match-requests/{request}/proposals/{proposal}"
    family, found = await calls.need(f"/v1/match-requests/{request}"), await calls.need(at)
    fit = await calls.need(f"{at}/candidates", excluded="false", limit=_AT_ONCE, cursor=start)
    rest = await calls.need(f"{at}/candidates", excluded="true", limit=_AT_ONCE, cursor=out)
    shown, left, near = fit["items"], rest["items"], found.get("near_misses", [])
    names = await standing.names(calls, (one["volunteer"] for one in (*shown, *left, *near)))
    said = ranking.sentences(await calls.read("/v1/matching-factors"))
    values: dict[str, Any] = {
        "family": waiting.line(family, civil_date(wall_clock.now())),
        "is_open": family["status"] == "open",
        "proposal": found,
        "made": moment(found["made_at"]),
        "candidates": ranking.candidates(shown, names),
        "factors": ranking.factors(shown),
        "excluded": ranking.excluded(left, names, said),
        "near": ranking.near(near, names),
        "asks": ranking.asks(found.get("asks", ())),
        "may_override": Role.PROJECT_MANAGER in visitor.roles,
        "next_start": fit["next"],
        "next_out": rest["next"],
        "start": start,
        "out": out,
        "key": new_id(),
    }
    return page("matching/proposal.html", here=HERE, visitor=visitor, **values)


@router.get("/matches/{volunteer}")
async def ask_for_match(request: UUID, proposal: UUID, volunteer: UUID, visitor: Signed, calls: Calls) -> Response:
    return await _asked(visitor, calls, (request, proposal, volunteer), typed=first_dates())


async def _asked(
    visitor: Visitor, calls: Inside, ids: tuple[UUID, UUID, UUID], status: int = 200, **more: Any
) -> Response:
    request, proposal, volunteer = ids
    family = await calls.need(f"/v1/match-requests/{request}")
    at = f"/v1/match-requests/{request}/proposals/{proposal}"
    listed = (await calls.need(f"{at}/candidates", volunteer=str(volunteer)))["items"]
    one = await calls.need(f"/v1/volunteers/{volunteer}")
    place = listed[0]["place"] if listed else None
    values: dict[str, Any] = {
        "family": waiting.line(family, civil_date(wall_clock.now())),
        "proposal": str(proposal),
        "volunteer": {"id": str(volunteer), "name": standing.name(one)},
        "place": place,
        "key": new_id(),
    }
    return page("matching/match.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("/matches/{volunteer}")
async def propose_match(
    request: UUID, proposal: UUID, volunteer: UUID, visitor: Signed, calls: Calls, form: Form
) -> Response:
    answer = await calls.send("/v1/matches", _match(request, volunteer, form), form.get("key", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/requests/{request}?done=proposed", status_code=303)
    problem = answer.json()
    more: dict[str, Any] = {"message": words.refusal(problem)}
    if problem["type"].endswith("/override-reason-needed"):
        more = {"errors": {"override_reason": problem["detail"]}}
    elif problem.get("errors"):
        more = {"errors": field_errors(answer, _FIELDS)}
    return await _asked(visitor, calls, (request, proposal, volunteer), answer.status_code, typed=form, **more)


def _match(request: UUID, volunteer: UUID, form: dict[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "match_request": str(request),
        "volunteer": str(volunteer),
        "planned_from": form.get("planned_from", ""),
        "planned_length_weeks": as_number(form.get("planned_length_weeks", "")),
        "review_on": form.get("review_on", ""),
    }
    reason = form.get("override_reason", "").strip()
    return body | ({"override_reason": reason} if reason else {})


def first_dates() -> dict[str, str]:
    """What stands in a form before anybody has typed: from today, half a year, a review in between."""
    today = civil_date(wall_clock.now())
    return {"planned_from": str(today), "planned_length_weeks": str(_WEEKS), "review_on": str(today + _REVIEW)}


def as_number(typed: str) -> int | str:
    """A number where one was typed; what it is else the platform refuses at its field."""
    typed = typed.strip()
    return int(typed) if typed.isdecimal() else typed
