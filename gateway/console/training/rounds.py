"""The page of a round: its days and funders, its money, and what that is for each participation."""

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
from gateway.console.training import plans
from shared.ids import new_id

router = APIRouter(prefix="/console/training/rounds", include_in_schema=False)
HERE: Final = "/console/training"
_AT_ONCE: Final = 200
_AMOUNT: Final = ("kind", "category", "amount", "day", "funder")
_VERBS: Final = ("open", "close", "cancel")


@router.get("/{round_id}")
async def show_round(round_id: UUID, visitor: Signed, calls: Calls) -> Response:
    return await _round(round_id, visitor, calls)


async def _round(round_id: UUID, visitor: Visitor, calls: Inside, status: int = 200, **more: Any) -> Response:
    path = f"/v1/rounds/{round_id}"
    found = await calls.need(path)
    amounts = await calls.need(f"{path}/budget-lines", limit=_AT_ONCE)
    values = {
        "one": plans.round_line(found),
        "said": found,
        "etag": f'"{found["version"]}"',
        "verbs": plans.round_verbs(found),
        "is_ours": found["organisation"] == str(visitor.organisation),
        "rows": plans.budget(await calls.need(f"{path}/budget")),
        "rates": plans.rates(await calls.need(f"{path}/costs")),
        "amounts": [plans.amount_line(one) for one in amounts["items"]],
        "kinds": plans.KINDS,
        "reasons": plans.ROUND_REASONS,
        "typed": {},
        "key": new_id(),
    }
    return page("training/round.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("/{round_id}/amounts")
async def note_amount(round_id: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    body: dict[str, Any] = {name: form.get(name, "").strip() for name in ("kind", "category", "amount", "day")}
    body |= {"funder": form["funder"].strip()} if form.get("funder", "").strip() else {}
    answer = await calls.send(f"/v1/rounds/{round_id}/budget-lines", body, form.get("key", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/rounds/{round_id}", status_code=303)
    errors = field_errors(answer, _AMOUNT)
    return await _round(round_id, visitor, calls, answer.status_code, errors=errors, typed=form)


@router.post("/{round_id}/{verb}")
async def move_round(round_id: UUID, verb: str, visitor: Signed, calls: Calls, form: Form) -> Response:
    if verb not in _VERBS:
        return page("problem.html", httpx.codes.NOT_FOUND, visitor=visitor, title="Not found", detail="")
    body = {"reason_code": form.get("reason_code", "")} if verb == "cancel" else None
    path = f"/v1/rounds/{round_id}/{verb}"
    answer = await calls.send(path, body, form.get("key", ""), form.get("match", ""))
    if answer.is_success:
        return RedirectResponse(f"{HERE}/rounds/{round_id}", status_code=303)
    problem = answer.json()
    message = {"good": False, "text": f"{problem['title']}. {problem.get('detail', '')}"}
    return await _round(round_id, visitor, calls, answer.status_code, message=message)
