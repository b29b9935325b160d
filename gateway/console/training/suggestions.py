"""The page of suggestions: note what participants and partners suggest, answer it, read what came of it."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gateway.console.callers import Calls, Form, Signed
from gateway.console.forms import field_errors
from gateway.console.inside import Inside
from gateway.console.pages import page
from gateway.console.session import Visitor
from gateway.console.views import moment
from shared.ids import new_id

router = APIRouter(prefix="/console/training/suggestions", include_in_schema=False)
HERE: Final = "/console/training"
_AT_ONCE: Final = 200
VOICES: Final = (("participants", "People who come to sessions"), ("partner", "An organisation that helps"))
DECISIONS: Final = (("taken_up", "It is taken up"), ("not_taken_up", "It is not taken up"))
_STATES: Final = {
    "made": ("To be answered", "govuk-tag--yellow"),
    "taken_up": ("Taken up", "govuk-tag--green"),
    "not_taken_up": ("Not taken up", "govuk-tag--grey"),
}
_ABOUT: Final = (("programme", "/v1/programmes"), ("course", "/v1/courses"), ("round", "/v1/rounds"))
_DONE: Final = {"made": "The suggestion is noted.", "answered": "The answer is given; whoever made it reads it here."}


@router.get("")
async def show_suggestions(visitor: Signed, calls: Calls, done: str = "", cursor: str = "") -> Response:
    message = {"good": True, "text": _DONE[done]} if done in _DONE else None
    return await _suggestions(visitor, calls, cursor=cursor, message=message)


async def _suggestions(
    visitor: Visitor, calls: Inside, status: int = 200, *, cursor: str = "", **more: Any
) -> Response:
    found = await calls.need("/v1/suggestions", limit=_AT_ONCE, cursor=cursor)
    offered = await _offered(calls)
    lines = [_line(one, dict(offered), str(visitor.organisation)) for one in reversed(found["items"])]
    values = {
        "open": [one for one in lines if one["is_ours"] and one["status"] == "made"],
        "rest": [one for one in lines if not (one["is_ours"] and one["status"] == "made")],
        "next": found["next"],
        "offered": [("", "Choose what it is about"), *offered],
        "voices": VOICES,
        "decisions": DECISIONS,
        "typed": {},
        "key": new_id(),
    }
    return page("training/suggestions.html", status, here=HERE, visitor=visitor, **(values | more))


async def _offered(calls: Inside) -> list[tuple[str, str]]:
    """Everything that something may be suggested about: its kind and id, and what it is called."""
    found = []
    for kind, path in _ABOUT:
        items = (await calls.need(path, limit=_AT_ONCE))["items"]
        found += [(f"{kind}:{one['id']}", f"{kind.capitalize()}: {one['title']}") for one in items]
    return found


def _line(one: Mapping[str, Any], names: Mapping[str, str], organisation: str) -> dict[str, Any]:
    state, colour = _STATES[one["status"]]
    about = f"{one['about']}:{one['about_id']}"
    return {
        "id": one["id"],
        "status": one["status"],
        "state": state,
        "colour": colour,
        "about": names.get(about, one["about"].capitalize()),
        "voice": dict(VOICES)[one["voice"]],
        "content": one["content"] or "Erased",
        "made": moment(one["made_at"]),
        "answer": one["answer"],
        "answered": moment(one["answered_at"]),
        "is_ours": one["owner"] == organisation,
        "etag": f'"{one["version"]}"',
    }


@router.post("")
async def make_suggestion(visitor: Signed, calls: Calls, form: Form) -> Response:
    about, _, about_id = form.get("about", "").partition(":")
    body = {"about": about, "about_id": about_id} | {name: form.get(name, "") for name in ("voice", "content")}
    answer = await calls.send("/v1/suggestions", body, form.get("key", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/suggestions?done=made", status_code=303)
    errors = field_errors(answer, ("about", "voice", "content"), {"about_id": "about"})
    return await _suggestions(visitor, calls, answer.status_code, errors=errors, typed=form)


@router.post("/{suggestion}/answer")
async def answer_suggestion(suggestion: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body = {name: form.get(name, "") for name in ("decision", "answer")}
    path = f"/v1/suggestions/{suggestion}/answer"
    answer = await calls.send(path, body, form.get("key", ""), form.get("match", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/suggestions?done=answered", status_code=303)
    field = f"answer-{suggestion}"
    errors = field_errors(answer, (field,), {"answer": field})
    return await _suggestions(visitor, calls, answer.status_code, errors=errors, typed=form)
