"""Pages of families that wait for a volunteer: the list, and one family's request."""

from typing import Any, Final
from uuid import UUID

import httpx
from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gateway.console.callers import Calls, Form, Signed
from gateway.console.inside import Inside
from gateway.console.matching import standing, waiting, words
from gateway.console.matching.words import HERE
from gateway.console.pages import page
from gateway.console.session import Visitor
from gateway.console.views import moment
from shared import wall_clock
from shared.calendar import civil_date
from shared.ids import new_id

router = APIRouter(prefix=HERE, include_in_schema=False)
_AT_ONCE: Final = 20
_DONE: Final = {"proposed": "The match is proposed. It waits for the volunteer, the family and the project manager."}


@router.get("")
async def show_waiting_families(visitor: Signed, calls: Calls, cursor: str = "") -> Response:
    found = await calls.need("/v1/match-requests", status="open", limit=_AT_ONCE, cursor=cursor)
    whole = await calls.all(f"/v1/match-requests/{one['id']}" for one in found["items"])
    today = civil_date(wall_clock.now())
    lines = [waiting.line(one or told, today) for one, told in zip(whole, found["items"], strict=True)]
    return page("matching/families.html", here=HERE, visitor=visitor, lines=lines, next=found["next"])


@router.get("/requests/{request}")
async def show_request(request: UUID, visitor: Signed, calls: Calls, done: str = "") -> Response:
    message = {"good": True, "text": _DONE[done]} if done in _DONE else None
    return await _request(request, visitor, calls, message=message)


async def _request(request: UUID, visitor: Visitor, calls: Inside, status: int = 200, **more: Any) -> Response:
    found = await calls.need(f"/v1/match-requests/{request}")
    made = await calls.find(f"/v1/match-requests/{request}/proposals") or {"items": []}
    matches = await calls.find("/v1/matches", referral=found["referral"]) or {"items": []}
    names = await standing.names(calls, (one["volunteer"] for one in matches["items"]))
    today = civil_date(wall_clock.now())
    values: dict[str, Any] = {
        "one": waiting.line(found, today),
        "facts": waiting.facts(found, today),
        "is_open": found["status"] == "open",
        "proposals": [(one["id"], moment(one["made_at"]), _found(one)) for one in made["items"]],
        "matches": [waiting.match_line(one, names) for one in matches["items"]],
        "key": new_id(),
    }
    return page("matching/request.html", status, here=HERE, visitor=visitor, **(values | more))


def _found(proposal: dict[str, Any]) -> str:
    return f"{words.many(proposal['ranked'], 'volunteer')} ranked, {proposal['excluded']} excluded"


@router.post("/requests/{request}/proposals")
async def make_proposal(request: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    answer = await calls.send(f"/v1/match-requests/{request}/proposals", None, form.get("key", ""))
    if answer.status_code == httpx.codes.CREATED:
        return RedirectResponse(f"{HERE}/requests/{request}/proposals/{answer.json()['id']}", status_code=303)
    return await _request(request, visitor, calls, answer.status_code, message=words.refusal(answer.json()))
