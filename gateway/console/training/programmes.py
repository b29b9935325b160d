"""Pages of programmes: what is offered, in which rounds and courses; sessions are planned in a course."""

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
from shared.ids import new_id

router = APIRouter(prefix="/console/training", include_in_schema=False)
HERE: Final = "/console/training"
_AT_ONCE: Final = 200
_PLAN: Final = (
    "title", "day", "starts", "ends", "kind", "venue", "outcode", "capacity", "expected", "parts", "round",
    "public", "how_to_book", "delivery_partners", "languages", "interpreters", "topics", "learning_outcomes",
    "materials",
)  # fmt: skip
_CALLED: Final = {"starts_at": "starts", "ends_at": "ends", "place": "venue"}


@router.get("/programmes")
async def show_programmes(visitor: Signed, calls: Calls, cursor: str = "") -> Response:
    return await _programmes(visitor, calls, cursor=cursor)


async def _programmes(visitor: Visitor, calls: Inside, status: int = 200, *, cursor: str = "", **more: Any) -> Response:
    found = await calls.need("/v1/programmes", limit=_AT_ONCE, cursor=cursor)
    values = {"programmes": found["items"], "next": found["next"], "typed": {}, "key": new_id()}
    return page("training/programmes.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("/programmes")
async def offer_programme(visitor: Signed, calls: Calls, form: Form) -> Response:
    body = {"title": form.get("title", ""), "description": form.get("description", "").strip() or None}
    answer = await calls.send("/v1/programmes", body, form.get("key", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/programmes/{answer.json()['id']}", status_code=303)
    errors = field_errors(answer, ("title", "description"))
    return await _programmes(visitor, calls, answer.status_code, errors=errors, typed=form)


@router.get("/programmes/{programme}")
async def show_programme(programme: UUID, visitor: Signed, calls: Calls) -> Response:
    return await _programme(programme, visitor, calls)


async def _programme(programme: UUID, visitor: Visitor, calls: Inside, status: int = 200, **more: Any) -> Response:
    found = await calls.need(f"/v1/programmes/{programme}")
    rounds = await calls.need("/v1/rounds", limit=_AT_ONCE)
    courses = await calls.need("/v1/courses", programme=programme, limit=_AT_ONCE)
    values = {
        "one": found,
        "rounds": [plans.round_line(one) for one in rounds["items"] if one["programme"] == found["id"]],
        "courses": courses["items"],
        "is_ours": found["organisation"] == str(visitor.organisation),
        "typed": {},
        "key": new_id(),
    }
    return page("training/programme.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("/programmes/{programme}/rounds")
async def plan_round(programme: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body: dict[str, Any] = {name: form.get(name, "") for name in ("from", "to")} | {"programme": str(programme)}
    body |= {"title": form.get("round-title", ""), "funders": plans.words(form.get("funders", ""))}
    answer = await calls.send("/v1/rounds", body, form.get("key", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/rounds/{answer.json()['id']}", status_code=303)
    errors = field_errors(answer, ("round-title", "funders", "from", "to"), {"title": "round-title"})
    return await _programme(programme, visitor, calls, answer.status_code, errors=errors, typed=form)


@router.post("/programmes/{programme}/courses")
async def add_course(programme: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body: dict[str, Any] = {"programme": str(programme), "title": form.get("course-title", "")}
    body |= {name: plans.lines(form.get(name, "")) for name in ("topics", "learning_outcomes")}
    body["languages"] = plans.words(form.get("languages", ""))
    answer = await calls.send("/v1/courses", body, form.get("key", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/courses/{answer.json()['id']}", status_code=303)
    fields = ("course-title", "topics", "learning_outcomes", "languages")
    errors = field_errors(answer, fields, {"title": "course-title"})
    return await _programme(programme, visitor, calls, answer.status_code, errors=errors, typed=form)


@router.get("/courses/{course}")
async def show_course(course: UUID, visitor: Signed, calls: Calls, cursor: str = "") -> Response:
    return await _course(course, visitor, calls, cursor=cursor)


async def _course(
    course: UUID, visitor: Visitor, calls: Inside, status: int = 200, *, cursor: str = "", **more: Any
) -> Response:
    found = await calls.need(f"/v1/courses/{course}")
    sessions = await calls.need("/v1/sessions", course=course, limit=_AT_ONCE, cursor=cursor)
    values = {
        "one": found,
        "lines": [views.session_line(one) for one in sessions["items"]],
        "next": sessions["next"],
        "is_ours": found["organisation"] == str(visitor.organisation),
        "rounds": await _rounds(calls, found["programme"]),
        "places": plans.PLACES,
        "public": plans.PUBLIC,
        "typed": {name: "\n".join(found[name]) for name in ("topics", "learning_outcomes")},
        "key": new_id(),
    }
    return page("training/course.html", status, here=HERE, visitor=visitor, **(values | more))


async def _rounds(calls: Inside, programme: str) -> list[tuple[str, str]]:
    """Those that a session of the programme may belong to."""
    found = await calls.need("/v1/rounds", limit=_AT_ONCE)
    takes = [one for one in found["items"] if one["programme"] == programme and one["status"] in {"planned", "open"}]
    return [("", "No round"), *((one["id"], one["title"]) for one in takes)]


@router.post("/courses/{course}/sessions")
async def plan_session(course: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body = plans.session_plan(form, [visitor.person]) | {"course": str(course)}
    answer = await calls.send("/v1/sessions", body, form.get("key", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/sessions/{answer.json()['id']}", status_code=303)
    errors = field_errors(answer, _PLAN, _CALLED)
    return await _course(course, visitor, calls, answer.status_code, errors=errors, typed=form)


@router.get("/sessions/{session}/plan")
async def show_plan(session: UUID, visitor: Signed, calls: Calls) -> Response:
    return await _plan(session, visitor, calls)


async def _plan(session: UUID, visitor: Visitor, calls: Inside, status: int = 200, **more: Any) -> Response:
    found = await calls.need(f"/v1/sessions/{session}")
    course = await calls.need(f"/v1/courses/{found['course']}")
    values: dict[str, Any] = {
        "one": views.session_line(found),
        "etag": f'"{found["version"]}"',
        "rounds": await _rounds(calls, course["programme"]),
        "places": plans.PLACES,
        "public": plans.PUBLIC,
        "reasons": plans.CANCEL_REASONS,
        "typed": plans.typed_of(found),
        "key": new_id(),
    }
    return page("training/plan.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("/sessions/{session}/replan")
async def replan_session(session: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    found = await calls.need(f"/v1/sessions/{session}")
    body, path = plans.session_plan(form, found["trainers"]), f"/v1/sessions/{session}/replan"
    answer = await calls.send(path, body, form.get("key", ""), form.get("match", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/sessions/{session}?done=replanned", status_code=303)
    errors = field_errors(answer, _PLAN, _CALLED)
    return await _plan(session, visitor, calls, answer.status_code, errors=errors, typed=form)


@router.post("/sessions/{session}/cancel")
async def cancel_session(session: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body, path = {"reason_code": form.get("reason_code", "")}, f"/v1/sessions/{session}/cancel"
    answer = await calls.send(path, body, form.get("key", ""), form.get("match", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/sessions/{session}", status_code=303)
    errors = field_errors(answer, ("reason_code",))
    return await _plan(session, visitor, calls, answer.status_code, errors=errors)
