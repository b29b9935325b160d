"""The page of a session's places: who has one, who waits in which turn, who moved up."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gateway.console.callers import Calls, Form, Signed
from gateway.console.forms import field_errors
from gateway.console.inside import Inside
from gateway.console.pages import page
from gateway.console.session import Visitor
from gateway.console.training import plans, views
from shared import wall_clock
from shared.ids import new_id

router = APIRouter(prefix="/console/training/sessions", include_in_schema=False)
HERE: Final = "/console/training"
_AT_ONCE: Final = 200
_FIELDS: Final = ("organisation", "name", "places")
_DONE: Final = {
    "booked": "They have a place.",
    "waiting": "No place is free. They wait, and move up when it is their turn.",
    "cancelled": "Their place is given back. Whoever has moved up says so.",
}


@router.get("/{session}/places")
async def show_places(session: UUID, visitor: Signed, calls: Calls, done: str = "", cursor: str = "") -> Response:
    message = {"good": True, "text": _DONE[done]} if done in _DONE else None
    return await _places(session, visitor, calls, cursor=cursor, message=message)


async def _places(
    session: UUID, visitor: Visitor, calls: Inside, status: int = 200, *, cursor: str = "", **more: Any
) -> Response:
    path = f"/v1/sessions/{session}"
    found = await calls.need(path)
    listed = await calls.need(f"{path}/bookings", limit=_AT_ONCE, cursor=cursor)
    lines = [plans.booking_line(one) for one in listed["items"]]
    values = {
        "one": views.session_line(found),
        "takes": found["status"] == "planned" and not views.has_begun(found, wall_clock.now()),
        "counted": await calls.need(f"{path}/places"),
        "groups": [(name, [one for one in lines if one["status"] == name]) for name in ("booked", "waiting")],
        "gone": [one for one in lines if one["status"] == "cancelled"],
        "known": sorted({one["group"] for one in lines}),
        "next": listed["next"],
        "reasons": plans.BOOKING_REASONS,
        "typed": {"places": "1"},
        "key": new_id(),
    }
    return page("training/places.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("/{session}/bookings")
async def book_places(session: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body: dict[str, Any] = {"organisation": form.get("organisation", ""), "places": plans.whole(form.get("places", ""))}
    body |= {"name": form["name"]} if form.get("name", "").strip() else {}
    answer = await calls.send(f"/v1/sessions/{session}/bookings", body, form.get("key", ""))
    if answer.is_success:
        return _back(session, answer.json()["status"])
    errors = field_errors(answer, _FIELDS)
    return await _places(session, visitor, calls, answer.status_code, errors=errors, typed=form)


@router.post("/{session}/bookings/{booking}/cancel")
async def cancel_booking(session: UUID, booking: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body, path = {"reason_code": form.get("reason_code", "")}, f"/v1/sessions/{session}/bookings/{booking}/cancel"
    answer = await calls.send(path, body, form.get("key", ""), form.get("match", ""))
    if answer.is_success:
        return _back(session, "cancelled")
    problem = answer.json()
    message = {"good": False, "text": f"{problem['title']}. {problem.get('detail', '')}"}
    return await _places(session, visitor, calls, answer.status_code, message=message)


def _back(session: UUID, done: str) -> Response:
    return RedirectResponse(f"{HERE}/sessions/{session}/places?done={done}", status_code=303)
