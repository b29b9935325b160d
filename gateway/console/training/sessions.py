"""Pages of sessions: what is on, who came, and how many they were once the session is closed."""

from typing import Any, Final
from uuid import UUID

import httpx
from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gateway.console.callers import Calls, Form, Signed
from gateway.console.forms import field_errors
from gateway.console.inside import Inside
from gateway.console.pages import page
from gateway.console.session import Visitor
from gateway.console.training import views
from shared import wall_clock
from shared.calendar import civil_date
from shared.ids import new_id

router = APIRouter(prefix="/console/training", include_in_schema=False)
HERE: Final = "/console/training"
_AT_ONCE: Final = 200
_SAID: Final = ("organisation", "ethnicity", "gender", "language", "outcode", "name")
_FIELDS: Final = (*_SAID, "parts", "over_capacity_reason")
_DONE: Final = {
    "added": "They are on the sheet.",
    "withdrawn": "They are not counted any more.",
    "held": "The session takes place.",
    "replanned": "The session is planned so.",
}


@router.get("")
async def show_sessions(visitor: Signed, calls: Calls, cursor: str = "") -> Response:
    now = wall_clock.now()
    starting = (now - views.LOOKING_BACK).isoformat()
    found = await calls.need("/v1/sessions", starting=starting, limit=_AT_ONCE, cursor=cursor)
    groups = views.grouped(map(views.session_line, found["items"]), civil_date(now))
    return page("training/sessions.html", here=HERE, visitor=visitor, groups=groups, next=found["next"])


@router.get("/sessions/{session}")
async def show_session(session: UUID, visitor: Signed, calls: Calls, cursor: str = "", done: str = "") -> Response:
    message = {"good": True, "text": _DONE[done]} if done in _DONE else None
    return await _session(session, visitor, calls, cursor=cursor, message=message)


async def _session(
    session: UUID, visitor: Visitor, calls: Inside, *, cursor: str = "", status: int = 200, **more: Any
) -> Response:
    found = await calls.need(f"/v1/sessions/{session}")
    is_on = views.has_begun(found, wall_clock.now())
    path = f"/v1/sessions/{session}/participations"
    sheet = await calls.find(path, limit=_AT_ONCE, cursor=cursor) if is_on else None
    people = sheet["items"] if sheet else []
    there = [one for one in people if one["withdrawn_at"] is None]
    values: dict[str, Any] = {
        "one": views.session_line(found),
        "facts": views.facts(found),
        "parts": found.get("parts", 1),
        "etag": f'"{found["version"]}"',
        "is_on": is_on,
        "is_ours": found["organisation"] == str(visitor.organisation),
        "sheet": sheet,
        "people": [views.person_line(one) for one in reversed(people)],
        "attending": len(there),
        "known": {kind: views.words_used(there, kind) for kind in ("organisation", "ethnicity", "gender", "language")},
        "is_over": len(there) > found["capacity"] or (cursor or (sheet and sheet["next"])),
        "is_full": found["status"] == "held" and len(there) > found["capacity"],
        "takes_sign_ins": found["status"] in {"planned", "held"} and found["organisation"] == str(visitor.organisation),
        "reasons": views.OVER_CAPACITY,
        "withdrawals": views.WITHDRAWALS,
        "typed": {"organisation": people[-1]["organisation"]} if people else {},
        "key": new_id(),
    }
    return page("training/session.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("/sessions/{session}/participations")
async def record_participation(session: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body: dict[str, Any] = {"participants": [_participant(form)]}
    if form.get("over_capacity_reason"):
        body["over_capacity_reason"] = form["over_capacity_reason"]
    answer = await calls.send(f"/v1/sessions/{session}/participations", body, form.get("key", ""))
    if answer.is_success:
        return _back(session, "added")
    problem = answer.json()
    if problem["type"].endswith("/over-capacity"):
        errors = {"over_capacity_reason": problem["detail"]}
    elif problem["type"].endswith("/already-attending"):
        errors = {"name": problem["detail"]}
    else:
        errors = field_errors(answer, _FIELDS, under="/participants/0")
    return await _session(session, visitor, calls, status=answer.status_code, errors=errors, typed=form)


def _participant(form: dict[str, str]) -> dict[str, Any]:
    """What was filled in; who came with which group is asked of everybody."""
    said: dict[str, Any] = {name: form[name].strip() for name in _SAID if form.get(name, "").strip()}
    said.setdefault("organisation", "")
    if "outcode" in said:
        said["outcode"] = said["outcode"].upper()
    of = int(form["of"]) if form.get("of", "").isdigit() else 1
    if of > 1:
        said["parts"] = [part for part in range(1, min(of, 10) + 1) if form.get(f"part-{part}")]
    return said


@router.post("/sessions/{session}/participations/{participation}/withdraw")
async def withdraw_participation(
    session: UUID, participation: UUID, visitor: Signed, calls: Calls, form: Form
) -> Response:
    body = {"reason_code": form.get("reason_code", "")}
    answer = await calls.send(f"/v1/participations/{participation}/withdraw", body, form.get("key", ""))
    return await _moved(session, visitor, calls, answer, "withdrawn")


@router.post("/sessions/{session}/hold")
async def hold_session(session: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    path = f"/v1/sessions/{session}/hold"
    answer = await calls.send(path, None, form.get("key", ""), form.get("match", ""))
    return await _moved(session, visitor, calls, answer, "held")


@router.post("/sessions/{session}/close")
async def close_session(session: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body = {"over_capacity_reason": form.get("close_reason") or None}
    path = f"/v1/sessions/{session}/close"
    answer = await calls.send(path, body, form.get("key", ""), form.get("match", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/sessions/{session}/attending", status_code=303)
    if answer.json()["type"].endswith("/over-capacity"):
        errors = {"close_reason": answer.json()["detail"]}
        return await _session(session, visitor, calls, status=answer.status_code, errors=errors, is_over=True)
    return await _moved(session, visitor, calls, answer, "")


@router.get("/sessions/{session}/attending")
async def show_attending(session: UUID, visitor: Signed, calls: Calls) -> Response:
    found = await calls.need(f"/v1/sessions/{session}")
    counted = await calls.need(f"/v1/sessions/{session}/attending")
    groupings = [views.grouping(one, counted["total"]) for one in counted["groupings"]]
    values = {"one": views.session_line(found), "counted": counted, "groupings": groupings}
    return page("training/attending.html", here=HERE, visitor=visitor, **values)


async def _moved(session: UUID, visitor: Visitor, calls: Inside, answer: httpx.Response, done: str) -> Response:
    if answer.is_success:
        return _back(session, done)
    problem = answer.json()
    message = {"good": False, "text": f"{problem['title']}. {problem.get('detail', '')}"}
    return await _session(session, visitor, calls, status=answer.status_code, message=message)


def _back(session: UUID, done: str) -> Response:
    """The page itself, so that looking again sends nothing again."""
    return RedirectResponse(f"{HERE}/sessions/{session}?done={done}", status_code=303)
