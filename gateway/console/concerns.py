"""Raise a concern from a page; what it is raised on is named by its id alone."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.console.callers import Calls, Form, Signed
from gateway.console.forms import field_errors
from gateway.console.pages import page
from gateway.console.session import Visitor
from shared.ids import new_id

router = APIRouter(prefix="/console/concerns", include_in_schema=False)


@router.get("/new")
async def ask_for_concern(visitor: Signed, _calls: Calls, session: UUID | None = None) -> Response:
    return _asked(visitor, str(session or ""), str(new_id()))


@router.post("")
async def raise_concern(visitor: Signed, calls: Calls, form: Form) -> Response:
    session, text = form.get("session", ""), form.get("text", "")
    subject = {"kind": "session", "id": session} if session else {"kind": "none"}
    answer = await calls.send("/v1/concerns", {"subject": subject, "text": text}, form.get("key", ""))
    if answer.status_code >= 300:
        errors = field_errors(answer, ("text",))
        return _asked(visitor, session, form.get("key", ""), status=answer.status_code, errors=errors, text=text)
    return page("concern.html", visitor=visitor, session=session, raised=answer.json())


def _asked(visitor: Visitor, session: str, key: str, status: int = 200, **more: Any) -> Response:
    return page("concern.html", status, visitor=visitor, session=session, key=key, **more)
