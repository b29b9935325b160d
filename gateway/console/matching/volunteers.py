"""Pages of volunteers: the list, and one of them with clearance, places, time and supervision."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gateway.console.callers import Calls, Form, Signed
from gateway.console.forms import field_errors
from gateway.console.inside import Inside
from gateway.console.matching import colleagues, moving, standing, waiting, words
from gateway.console.matching.words import HERE
from gateway.console.pages import page
from gateway.console.session import Visitor
from shared import wall_clock
from shared.calendar import civil_date
from shared.ids import new_id

router = APIRouter(prefix=f"{HERE}/volunteers", include_in_schema=False)
_AT_ONCE: Final = 20
_DONE: Final = {
    "supervision": "The supervision is recorded.",
    "coordinator": "The coordinator is named.",
    "step": "It is recorded.",
}


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
async def show_volunteer(volunteer: UUID, visitor: Signed, calls: Calls, done: str = "") -> Response:
    message = {"good": True, "text": _DONE[done]} if done in _DONE else None
    return await _volunteer(volunteer, visitor, calls, message=message)


async def _volunteer(volunteer: UUID, visitor: Visitor, calls: Inside, status: int = 200, **more: Any) -> Response:
    path = f"/v1/volunteers/{volunteer}"
    one = await calls.need(path)
    certificates, checks = await calls.all((f"{path}/clearances", f"{path}/checks"))
    matches = await calls.find("/v1/matches", volunteer=str(volunteer)) or {"items": []}
    held = await calls.find("/v1/supervisions", volunteer=str(volunteer)) or {"items": []}
    now = wall_clock.now()
    today = civil_date(now)
    values: dict[str, Any] = {
        "one": standing.line(one, today),
        "etag": f'"{one["version"]}"',
        "coordinators": await colleagues.choices(calls, visitor, now, one["coordinator"]),
        "coordinator": one["coordinator"] or "",
        "steps": moving.steps(one, visitor),
        "reasons": moving.REASONS,
        "facts": standing.facts(one),
        "lacking": standing.lacking(one),
        "certificates": [standing.certificate(row) for row in certificates or ()],
        "checks": [standing.check(row) for row in checks or ()],
        "matches": [waiting.match_line(row, {}) for row in matches["items"]],
        "supervisions": [words.day(row["held_on"]) for row in held["items"]],
        "typed": {"held_on": str(today)},
        "key": new_id(),
    }
    return page("matching/volunteer.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("/{volunteer}/supervisions")
async def hold_supervision(volunteer: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body = {"volunteer": str(volunteer), "held_on": form.get("held_on", ""), "notes": form.get("notes", "")}
    answer = await calls.send("/v1/supervisions", body, form.get("key", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/volunteers/{volunteer}?done=supervision", status_code=303)
    errors = field_errors(answer, ("held_on", "notes"))
    return await _volunteer(volunteer, visitor, calls, answer.status_code, errors=errors, typed=form)


@router.post("/{volunteer}/coordinator")
async def name_coordinator(volunteer: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body = {"coordinator": form.get("coordinator") or None}
    path = f"/v1/volunteers/{volunteer}/coordinator"
    answer = await calls.send(path, body, form.get("key", ""), form.get("match", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/volunteers/{volunteer}?done=coordinator", status_code=303)
    errors = field_errors(answer, ("coordinator",))
    return await _volunteer(volunteer, visitor, calls, answer.status_code, errors=errors)


@router.post("/{volunteer}/step")
async def take_step(volunteer: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    path = moving.path(volunteer, form)
    if path is None:
        return await _volunteer(volunteer, visitor, calls, 422, errors={"step": "Choose what is to be done"})
    answer = await calls.send(path, moving.body(form), form.get("key", ""), form.get("match", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/volunteers/{volunteer}?done=step", status_code=303)
    errors = field_errors(answer, ("step", "reason_code"))
    return await _volunteer(volunteer, visitor, calls, answer.status_code, errors=errors)
