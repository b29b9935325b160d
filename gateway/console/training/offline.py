"""What a session's sheet needs where there is no connection: an empty page, and the script that shows it then."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from gateway.console.callers import Calls, Signed
from gateway.console.pages import HEADERS, HERE, page
from gateway.console.training import views

router = APIRouter(prefix="/console/training", include_in_schema=False)
_WORKER: Final = (HERE / "static" / "sheet-worker.js").read_text(encoding="utf-8")
_POLICY: Final = "default-src 'none'; connect-src 'self'"


@router.get("/sheet-worker.js")
async def get_worker() -> Response:
    headers = HEADERS | {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
    return Response(_WORKER, media_type="text/javascript", headers=headers)


@router.get("/sessions/{session}/offline")
async def show_empty_sheet(session: UUID, _visitor: Signed, calls: Calls) -> Response:
    """It is kept on the device: it names the session, and neither the trainer nor anybody who came."""
    found = await calls.need(f"/v1/sessions/{session}")
    return page("training/offline.html", one=views.session_line(found), parts=found.get("parts", 1), typed={})
