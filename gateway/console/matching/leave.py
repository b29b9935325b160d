"""The page of leave: one form with its days and who covers, and the leaves that are not over."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

import httpx
from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gateway.console.callers import Calls, Form, Signed
from gateway.console.forms import field_errors
from gateway.console.inside import Inside
from gateway.console.matching import colleagues, words
from gateway.console.matching.words import GREEN, HERE, YELLOW
from gateway.console.pages import page
from gateway.console.session import Visitor
from shared import wall_clock
from shared.auth import Role
from shared.calendar import civil_date
from shared.ids import new_id

router = APIRouter(prefix=f"{HERE}/leave", include_in_schema=False)
_AT_ONCE: Final = 200
_FIELDS: Final = ("from", "to", "cover", "person")
_DONE: Final = {
    "entered": "The leave is entered. Lists and alerts move on its first day, and come back by themselves.",
    "cancelled": "The leave is called off. Lists and alerts are back.",
}


@router.get("")
async def show_leave(visitor: Signed, calls: Calls, done: str = "") -> Response:
    message = {"good": True, "text": _DONE[done]} if done in _DONE else None
    return await _leave(visitor, calls, message=message)


async def _leave(visitor: Visitor, calls: Inside, status: int = 200, **more: Any) -> Response:
    now = wall_clock.now()
    today = civil_date(now)
    found = await calls.need("/v1/leaves", since=str(today), limit=_AT_ONCE)
    offered = await colleagues.offered(calls, visitor, now)
    names = dict(offered)
    away = {one[who] for one in found["items"] for who in ("person", "cover")} - names.keys()
    names |= await colleagues.names(calls, away)
    manages = Role.PROJECT_MANAGER in visitor.roles
    others = [pair for pair in offered if pair[0] != str(visitor.person)]
    values: dict[str, Any] = {
        "people": [(str(visitor.person), "Myself"), *others] if manages else [],
        "covers": [("", "Choose"), *(offered if manages else others)],
        "leaves": [_line(one, names, visitor, today) for one in found["items"]],
        "typed": {},
        "key": new_id(),
    }
    return page("matching/leave.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("")
async def enter_leave(visitor: Signed, calls: Calls, form: Form) -> Response:
    body = {name: form[name] for name in _FIELDS if form.get(name)}
    answer = await calls.send("/v1/leaves", body, form.get("key", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/leave?done=entered", status_code=303)
    return await _leave(visitor, calls, answer.status_code, errors=_errors(answer), typed=form)


@router.post("/{leave}/cancel")
async def cancel_leave(leave: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    answer = await calls.send(f"/v1/leaves/{leave}/cancel", None, form.get("key", ""), form.get("match", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/leave?done=cancelled", status_code=303)
    return await _leave(visitor, calls, answer.status_code, message=words.refusal(answer.json()))


def _errors(answer: httpx.Response) -> dict[str, str]:
    """A refusal about who covers stands at that field, any other without a field at the first day."""
    about_cover = str(answer.json()["type"]).startswith("/problems/cover-")
    fields = ("cover", "from", "to", "person") if about_cover else _FIELDS
    return field_errors(answer, fields)


def _line(one: Mapping[str, Any], names: Mapping[str, str], visitor: Visitor, today: date) -> dict[str, Any]:
    is_now = date.fromisoformat(one["from"]) <= today
    own = one["person"] == str(visitor.person)
    return {
        "id": one["id"],
        "etag": f'"{one["version"]}"',
        "who": names.get(one["person"], colleagues.SOMEBODY),
        "cover": names.get(one["cover"], colleagues.SOMEBODY),
        "days": f"{words.day(one['from'])} to {words.day(one['to'])}",
        "state": "On leave" if is_now else "Planned",
        "colour": YELLOW if is_now else GREEN,
        "verb": "End it today" if is_now else "Call it off",
        "may": own or Role.PROJECT_MANAGER in visitor.roles,
    }
