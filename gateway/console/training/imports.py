"""Pages of attendance sheets: send one, see what it says, say what its words stand for, take it over."""

from typing import Any, Final
from uuid import UUID

import httpx
from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from gateway.console.callers import Calls, FileForm, Form, LongForm, Signed
from gateway.console.inside import Inside
from gateway.console.pages import page
from gateway.console.session import Visitor
from gateway.console.training import sheets, views
from shared.ids import new_id

router = APIRouter(prefix="/console/training/imports", include_in_schema=False)
HERE: Final = "/console/training"
_AT_ONCE: Final = 200
_ANY_FILE: Final = "application/octet-stream"


@router.get("")
async def show_imports(visitor: Signed, calls: Calls, cursor: str = "") -> Response:
    return await _imports(visitor, calls, cursor=cursor)


async def _imports(visitor: Visitor, calls: Inside, status: int = 200, *, cursor: str = "", **more: Any) -> Response:
    found = await calls.need("/v1/imports", limit=_AT_ONCE, cursor=cursor)
    lines = [sheets.line(one) for one in reversed(found["items"])]
    values = {"lines": lines, "next": found["next"], "key": new_id()} | more
    return page("training/imports.html", status, here=HERE, visitor=visitor, **values)


@router.post("")
async def send_sheet(visitor: Signed, calls: Calls, form: FileForm) -> Response:
    sheet = form.get("sheet")
    if not isinstance(sheet, UploadFile) or not sheet.filename:
        return await _imports(visitor, calls, 422, errors={"sheet": "Choose a file"})
    kind = sheet.content_type or _ANY_FILE
    answer = await calls.upload("/v1/imports", sheet.file, kind, str(form.get("key", "")))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/imports/{answer.json()['id']}", status_code=303)
    return await _imports(visitor, calls, answer.status_code, errors={"sheet": sheets.sentence(answer.json())})


@router.get("/{sheet}")
async def show_import(sheet: UUID, visitor: Signed, calls: Calls) -> Response:
    return await _import(sheet, visitor, calls)


async def _import(sheet: UUID, visitor: Visitor, calls: Inside, status: int = 200, **more: Any) -> Response:
    found = await calls.need(f"/v1/imports/{sheet}")
    wrong = await calls.need(f"/v1/imports/{sheet}/errors", limit=_AT_ONCE) if found["errors"] else {"items": []}
    waits = found["status"] == "read" and not found["errors"]
    values: dict[str, Any] = {
        "one": sheets.line(found),
        "said": found,
        "etag": f'"{found["version"]}"',
        "wrong": [sheets.fault(one) for one in wrong["items"]],
        "labels": [sheets.label(one) for one in found["labels"]],
        "asked": waits and any(one.get("asked") for one in found["labels"]),
        "codes": sheets.codes(await calls.need("/v1/labels/codes")) if waits else {},
        "courses": await _own(calls, "/v1/courses", visitor) if waits else [],
        "rounds": [("", "No round"), *await _own(calls, "/v1/rounds", visitor)] if waits else [],
        "reasons": views.OVER_CAPACITY,
        "typed": {},
        "key": new_id(),
    }
    return page("training/import.html", status, here=HERE, visitor=visitor, **(values | more))


async def _own(calls: Inside, path: str, visitor: Visitor) -> list[tuple[str, str]]:
    """Those of the visitor's own organisation, to choose from."""
    found = await calls.need(path, limit=_AT_ONCE)
    return [(one["id"], one["title"]) for one in found["items"] if one["organisation"] == str(visitor.organisation)]


@router.post("/{sheet}/codes")
async def give_codes(sheet: UUID, visitor: Signed, calls: Calls, form: LongForm) -> Response:
    answers = sheets.answers(form)
    if not answers:
        return await _import(sheet, visitor, calls, 422, message=_bad("Say what at least one of them stands for."))
    answer = await calls.put(f"/v1/imports/{sheet}/codes", {"codes": answers})
    return await _moved(sheet, visitor, calls, answer)


@router.post("/{sheet}/apply")
async def apply_import(sheet: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body = {name: form[name] for name in ("course", "round", "over_capacity_reason") if form.get(name)}
    answer = await _post(calls, f"/v1/imports/{sheet}/apply", body, form)
    if answer.status_code == httpx.codes.CONFLICT and answer.json()["type"].endswith("/over-capacity"):
        errors = {"over_capacity_reason": answer.json()["detail"]}
        return await _import(sheet, visitor, calls, answer.status_code, errors=errors, typed=form)
    return await _moved(sheet, visitor, calls, answer, typed=form)


@router.post("/{sheet}/discard")
async def discard_import(sheet: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    return await _moved(sheet, visitor, calls, await _post(calls, f"/v1/imports/{sheet}/discard", None, form))


async def _post(calls: Inside, path: str, body: Any, form: dict[str, str]) -> httpx.Response:
    return await calls.send(path, body, form.get("key", ""), form.get("match", ""))


async def _moved(sheet: UUID, visitor: Visitor, calls: Inside, answer: httpx.Response, **more: Any) -> Response:
    if answer.is_success:
        return RedirectResponse(f"{HERE}/imports/{sheet}", status_code=303)
    return await _import(
        sheet, visitor, calls, answer.status_code, message=_bad(sheets.sentence(answer.json())), **more
    )


def _bad(text: str) -> dict[str, Any]:
    return {"good": False, "text": text}
