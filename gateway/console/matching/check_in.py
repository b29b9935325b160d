"""The page with which a volunteer checks in and out of a visit: by its link, without a sign-in, on a phone.

The link's secret stands behind the `#` of the address, where no server sees it; a few lines of script put it into the
form, which without script asks for it. It goes on in the body of a form alone, never in an address.
"""

from typing import Any, Final
from urllib.parse import urldefrag

import httpx
from fastapi import APIRouter, Request, Response

from gateway.console.callers import issuer_of
from gateway.console.forms import form_of
from gateway.console.inside import Inside
from gateway.console.pages import page
from gateway.console.views import moment
from gateway.tokens.origin import address_of

router = APIRouter(prefix="/console/check-in", include_in_schema=False)
_STEPS: Final = {"look": "look", "arrive": "arrive", "leave": "leave"}
_NEXT: Final = {"expected": ("arrive", "I am there"), "checked_in": ("leave", "I have left")}
_SAID: Final = {"expected": "Not checked in yet", "checked_in": "Checked in", "checked_out": "Checked out"}
_DEAD: Final = "This link does not work, or not any more. Ask your coordinator for a new one."


@router.get("")
async def ask_for_link() -> Response:
    return page("matching/check_in.html")


@router.post("/{step}")
async def go_a_step(step: str, request: Request) -> Response:
    secret = _secret((await form_of(request)).get("secret", ""))
    if step not in _STEPS:
        return page("problem.html", httpx.codes.NOT_FOUND, title="Not found", detail="")
    calls = Inside(request.app, None, address_of(request, issuer_of(request).settings))
    try:
        answer = await calls.send(f"/v1/check-ins/{step}", {"secret": secret}, "")
        shown = answer if answer.is_success else await calls.send("/v1/check-ins/look", {"secret": secret}, "")
    finally:
        await calls.close()
    if not shown.is_success:
        return _refused(shown)
    message = None if answer.is_success else {"good": False, "text": answer.json().get("detail", "")}
    return page("matching/check_in.html", answer.status_code, secret=secret, message=message, **_shown(shown.json()))


def _secret(typed: str) -> str:
    """What was typed, or the whole address that was pasted."""
    return (urldefrag(typed.strip()).fragment or typed.strip())[:200]


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "when": f"{moment(one['starts_at'])} to {moment(one['ends_at'])}",
        "presence": _SAID.get(one["presence"], one["presence"]),
        "arrived": moment(one["checked_in_at"]),
        "left": moment(one["checked_out_at"]),
        "step": _NEXT.get(one["presence"]),
    }


def _refused(answer: httpx.Response) -> Response:
    if answer.status_code in {httpx.codes.NOT_FOUND, httpx.codes.UNPROCESSABLE_ENTITY}:
        return page("matching/check_in.html", answer.status_code, errors={"secret": _DEAD})
    problem = answer.json()
    return page("problem.html", answer.status_code, title=problem["title"], detail=problem.get("detail", ""))
