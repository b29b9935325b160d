"""Pages of published releases, exactly as they were frozen."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from gateway.console.public import views
from gateway.console.public.pages import Asking, instead, kept

router = APIRouter(prefix="/public", include_in_schema=False)
_AT_ONCE: Final = 50
_LISTED: Final = "public, max-age=60"
# It is never changed; withdrawn, it is to be gone soon.
_SHOWN: Final = "public, max-age=300"


@router.get("")
async def show_beginning() -> Response:
    return RedirectResponse("/public/releases", status_code=303)


@router.get("/releases")
async def show_releases(request: Request, calls: Asking, cursor: str = "") -> Response:
    answer = await calls.get("/v1/public/releases", limit=_AT_ONCE, cursor=cursor)
    if not answer.is_success:
        return instead(answer)
    found = answer.json()
    lines = [views.line(one) for one in found["items"]]
    return kept(request, "public/releases.html", _LISTED, here="releases", lines=lines, next=found["next"])


@router.get("/releases/{release}")
async def show_release(request: Request, release: UUID, calls: Asking) -> Response:
    answer = await calls.get(f"/v1/public/releases/{release}")
    if not answer.is_success:
        return instead(answer)
    found = answer.json()
    shown = found["shown"]
    values = {
        "one": views.line(found),
        "counted": views.moment(shown["counted_at"]),
        "tables": views.tables(shown),
        "marks": views.marks(shown),
        "hidden": views.hidden(shown),
        "proof": views.proof(shown["verdict"]),
        "ethnic_groups": shown["ethnic_groups"],
    }
    return kept(request, "public/release.html", _SHOWN, here="releases", **values)
