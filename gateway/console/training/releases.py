"""Pages of releases: draft one, have it audited, see the auditor's verdict, publish it."""

from collections.abc import Mapping
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
from gateway.console.training import published
from gateway.console.views import moment
from shared.ids import new_id

router = APIRouter(prefix="/console/training/releases", include_in_schema=False)
HERE: Final = "/console/training"
_AT_ONCE: Final = 200
_VERBS: Final = ("audit", "publish", "withdraw")
_FIELDS: Final = ("title", "from", "until", "round", "tables")


@router.get("")
async def show_releases(visitor: Signed, calls: Calls, cursor: str = "") -> Response:
    return await _releases(visitor, calls, cursor=cursor)


async def _releases(visitor: Visitor, calls: Inside, status: int = 200, *, cursor: str = "", **more: Any) -> Response:
    found = await calls.need("/v1/releases", limit=_AT_ONCE, cursor=cursor)
    rounds = await calls.find("/v1/rounds", limit=_AT_ONCE) or {"items": []}
    values = {
        "lines": [published.line(one) for one in reversed(found["items"])],
        "next": found["next"],
        "dimensions": published.DIMENSIONS,
        "rounds": [("", "All rounds"), *((one["id"], one["title"]) for one in rounds["items"])],
        "typed": {},
        "key": new_id(),
    }
    return page("training/releases.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("")
async def draft_release(visitor: Signed, calls: Calls, form: Form) -> Response:
    answer = await calls.send("/v1/releases", _drafted(form), form.get("key", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/releases/{answer.json()['id']}", status_code=303)
    return await _releases(visitor, calls, answer.status_code, errors=field_errors(answer, _FIELDS), typed=form)


def _drafted(form: Mapping[str, str]) -> dict[str, Any]:
    tables: list[dict[str, str]] = [{"by": by} for by, _ in published.DIMENSIONS if form.get(f"table-{by}")]
    if form.get("by") and form.get("across"):
        tables.append({"by": form["by"], "across": form["across"]})
    body = {name: form.get(name, "") for name in ("title", "from", "until")}
    return body | {"tables": tables} | ({"round": form["round"]} if form.get("round") else {})


@router.get("/{release}")
async def show_release(release: UUID, visitor: Signed, calls: Calls) -> Response:
    return await _release(release, visitor, calls)


async def _release(release: UUID, visitor: Visitor, calls: Inside, status: int = 200, **more: Any) -> Response:
    found = await calls.need(f"/v1/releases/{release}")
    values = {
        "one": published.line(found),
        "said": found,
        "etag": f'"{found["version"]}"',
        "verbs": published.verbs(found) if found["organisation"] == str(visitor.organisation) else [],
        "tables": published.tables(found),
        "bounds": published.bounds(found),
        "counted": moment(found["counted_at"]),
        "audited": moment(found["audited_at"]),
        "key": new_id(),
    }
    return page("training/release.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("/{release}/{verb}")
async def move_release(release: UUID, verb: str, visitor: Signed, calls: Calls, form: Form) -> Response:
    if verb not in _VERBS:
        return page("problem.html", httpx.codes.NOT_FOUND, visitor=visitor, title="Not found", detail="")
    path = f"/v1/releases/{release}/{verb}"
    answer = await calls.send(path, None, form.get("key", ""), form.get("match", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/releases/{release}", status_code=303)
    problem = answer.json()
    message = {"good": False, "text": f"{problem['title']}. {problem.get('detail', '')}"}
    return await _release(release, visitor, calls, answer.status_code, message=message)
