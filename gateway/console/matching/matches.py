"""The page of one match: who still has to answer, its visits, a link to check in with, a pause."""

from typing import Any, Final
from uuid import UUID

import httpx
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from gateway.console.callers import Calls, Form, Signed
from gateway.console.forms import field_errors
from gateway.console.inside import Inside
from gateway.console.matching import meeting, waiting, words
from gateway.console.matching.words import HERE
from gateway.console.pages import page
from gateway.console.session import Visitor
from shared import wall_clock
from shared.auth import Role
from shared.ids import new_id

router = APIRouter(prefix=f"{HERE}/matches", include_in_schema=False)
_AT_ONCE: Final = 50
_ANSWER: Final = ("who", "answer", "reason_code", "method", "evidence")
_DONE: Final = {"answers": "The answer is recorded.", "pause": "The match is paused."}


@router.get("/{match}")
async def show_match(match: UUID, visitor: Signed, calls: Calls, done: str = "") -> Response:
    message = {"good": True, "text": _DONE[done]} if done in _DONE else None
    return await _match(match, visitor, calls, message=message)


async def _match(match: UUID, visitor: Visitor, calls: Inside, status: int = 200, **more: Any) -> Response:
    path = f"/v1/matches/{match}"
    one = await calls.need(path)
    volunteer = await calls.find(f"/v1/volunteers/{one['volunteer']}") or {}
    family = await calls.read(f"/v1/families/{one['family']}") or {}
    visits = await calls.find(f"{path}/visits", limit=_AT_ONCE) or {"items": []}
    now = wall_clock.now()
    manages = Role.PROJECT_MANAGER in visitor.roles
    values: dict[str, Any] = {
        "one": waiting.match_line(one, {one["volunteer"]: one["volunteer_name"] or "A volunteer"}),
        "match": one,
        "etag": f'"{one["version"]}"',
        "facts": meeting.facts(one),
        "answerers": meeting.answerers(one, family, volunteer, manages=manages) if one["status"] == "proposed" else [],
        "choices": {"answers": meeting.ANSWERS, "methods": meeting.METHODS, "refusals": meeting.REFUSALS},
        "pauses": meeting.PAUSES,
        "visits": [meeting.visit(row, now) for row in visits["items"]],
        "typed": {},
        "key": new_id(),
    }
    return page("matching/meeting.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("/{match}/answers")
async def record_answer(match: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    answer = await calls.send(f"/v1/matches/{match}/agreements", meeting.answer(form), form.get("key", ""))
    if answer.is_success:
        return _back(match, "answers")
    errors = field_errors(answer, _ANSWER, {"on_behalf_of": "who", "party": "who"})
    return await _match(match, visitor, calls, answer.status_code, errors=errors, typed=form)


@router.post("/{match}/pause")
async def pause_match(match: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body = {"reason_code": form.get("pause_reason", "")}
    answer = await calls.send(f"/v1/matches/{match}/pause", body, form.get("key", ""), form.get("match", ""))
    return _back(match, "pause") if answer.is_success else await _refused(match, visitor, calls, answer)


@router.post("/{match}/visits/{visit}/link")
async def make_link(match: UUID, visit: UUID, request: Request, visitor: Signed, calls: Calls, form: Form) -> Response:
    path = f"/v1/matches/{match}/visits/{visit}/check-in-link"
    answer = await calls.send(path, None, form.get("key", ""))
    if not answer.is_success:
        return await _refused(match, visitor, calls, answer)
    link = f"{request.app.state.parts.settings.issuer}/console/check-in#{answer.json()['secret']}"
    text = "The link to check in and out with is made. A former one works no more. Send it to the volunteer."
    return await _match(match, visitor, calls, message={"good": True, "text": text, "secret": link})


async def _refused(match: UUID, visitor: Visitor, calls: Inside, answer: httpx.Response) -> Response:
    return await _match(match, visitor, calls, answer.status_code, message=words.refusal(answer.json()))


def _back(match: UUID, done: str) -> Response:
    return RedirectResponse(f"{HERE}/matches/{match}?done={done}", status_code=303)
