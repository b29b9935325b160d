"""Rendering for everybody: pages that may be kept, and what the platform says instead of one."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Annotated, Any, Final

import httpx
from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse

from gateway.console.callers import issuer_of
from gateway.console.inside import Inside
from gateway.console.pages import rendered
from gateway.tokens.origin import address_of

# No script, no address but our own, and nothing that may be sent anywhere else.
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# A page that somebody has made up is not there.
_AS_NOTHING: Final[dict[int, int]] = {
    httpx.codes.BAD_REQUEST: httpx.codes.NOT_FOUND,
    httpx.codes.UNPROCESSABLE_ENTITY: httpx.codes.NOT_FOUND,
}
_INSTEAD: Final[dict[int, tuple[str, str]]] = {
    httpx.codes.NOT_FOUND: ("Not found", "There is nothing here, or it is not public any more."),
    httpx.codes.TOO_MANY_REQUESTS: ("Too many requests", "Wait a moment, then look again."),
}
_AWAY: Final = ("Not available", "This page cannot be shown just now. Look again in a moment.")


async def _calls(request: Request) -> AsyncIterator[Inside]:
    calls = Inside(request.app, None, address_of(request, issuer_of(request).settings))
    try:
        yield calls
    finally:
        await calls.close()


# The platform's public API, asked for whoever looks: they are counted by their own address.
Asking = Annotated[Inside, Depends(_calls)]


def kept(request: Request, template: str, kept_for: str, **values: Any) -> Response:
    """A page that anybody may keep for so long, with the tag by which it is known again."""
    body = rendered(template, **values)
    tag = f'"{sha256(body.encode()).hexdigest()[:32]}"'
    headers = _HEADERS | {"ETag": tag, "Cache-Control": kept_for}
    if tag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=httpx.codes.NOT_MODIFIED, headers=headers)
    return HTMLResponse(body, headers=headers)


def fresh(template: str, status: int = 200, **values: Any) -> Response:
    """A page that nobody may keep."""
    return HTMLResponse(rendered(template, **values), status, headers=_HEADERS | {"Cache-Control": "no-store"})


def instead(answer: httpx.Response) -> Response:
    """What is shown where the platform has no answer for everybody."""
    status = _AS_NOTHING.get(answer.status_code, answer.status_code)
    if status not in _INSTEAD:
        status = httpx.codes.SERVICE_UNAVAILABLE
    title, detail = _INSTEAD.get(status, _AWAY)
    shown = fresh("public/instead.html", status, title=title, detail=detail)
    if "retry-after" in answer.headers:
        shown.headers["Retry-After"] = answer.headers["retry-after"]
    return shown
