"""The page of a session's code: made by the trainer, shown at the door, taken back."""

from typing import Any, Final
from uuid import UUID

import segno
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from gateway.console.callers import Calls, Form, Signed, issuer_of
from gateway.console.forms import field_errors
from gateway.console.inside import Inside
from gateway.console.pages import page
from gateway.console.session import Visitor
from gateway.console.training import views
from gateway.console.views import moment
from shared.ids import new_id

router = APIRouter(prefix="/console/training/sessions/{session}/sign-in", include_in_schema=False)
HERE: Final = "/console/training"


def _api(session: UUID) -> str:
    return f"/v1/sessions/{session}/sign-in-link"


@router.get("")
async def show_code(session: UUID, visitor: Signed, calls: Calls) -> Response:
    return await _code(session, visitor, calls)


async def _code(session: UUID, visitor: Visitor, calls: Inside, status: int = 200, **more: Any) -> Response:
    found = await calls.need(f"/v1/sessions/{session}")
    known = await calls.find(_api(session))
    known = known if known and known["issued_at"] else None
    groups = known["organisations"] if known else found["delivery_partners"]
    values: dict[str, Any] = {
        "one": views.session_line(found),
        "known": known,
        "ends": moment(known["ends_at"]) if known else "",
        "typed": {"organisations": "\n".join(groups)},
        "key": new_id(),
    }
    return page("training/door.html", status, here=HERE, visitor=visitor, **(values | more))


@router.post("")
async def make_code(request: Request, session: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    groups = [one.strip() for one in form.get("organisations", "").splitlines() if one.strip()]
    answer = await calls.send(_api(session), {"organisations": groups}, form.get("key", ""))
    if not answer.is_success:
        errors = field_errors(answer, ("organisations",))
        return await _code(session, visitor, calls, answer.status_code, errors=errors, typed=form)
    link = answer.json().get("link")
    if link is None:
        # The form was sent again: what is told once is not told twice.
        return RedirectResponse(f"{HERE}/sessions/{session}/sign-in", status_code=303)
    address = f"{issuer_of(request).settings.issuer}/public/sign-in/{link}"
    return await _code(session, visitor, calls, address=address, code=drawn(address))


@router.post("/revoke")
async def take_code_back(session: UUID, visitor: Signed, calls: Calls, form: Form) -> Response:
    answer = await calls.send(f"{_api(session)}/revoke", None, form.get("key", ""))
    good = answer.is_success
    text = "The code leads nowhere any more." if good else answer.json()["title"]
    return await _code(session, visitor, calls, message={"good": good, "text": text})


def drawn(address: str) -> Markup:
    """The address as a code for cameras, with a quarter to spare for folds and glare."""
    code = segno.make_qr(address, error="q")
    return Markup(code.svg_inline(omitsize=True, border=4, dark="#0b0c0c", light="#fff"))  # noqa: S704 - of our own address
