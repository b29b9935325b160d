"""Who looks at a page, and what it is made with: the visitor, the platform's API in their name, their form."""

from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from gateway.console import inside, session
from gateway.console.forms import form_of
from gateway.console.inside import Inside, Refused
from gateway.console.pages import page
from gateway.console.session import Visitor
from gateway.tokens.issuer import Issuer
from shared.errors import Forbidden, Unauthorized
from shared.parts import Parts
from shared.uploads import Takes

_LONG: Final = 250_000
_MANY: Final = 1_100
_FEW: Final = 10


class SignedOut(Exception):  # noqa: N818 - a state, not a failure
    """Nobody is signed in: the sign-in page comes first."""


def issuer_of(request: Request) -> Issuer:
    """Who issues the tokens."""
    issuer: Issuer = request.app.state.issuer
    return issuer


def visitor_of(request: Request) -> Visitor:
    """Whoever is signed in."""
    parts: Parts = request.app.state.parts
    visitor = session.visitor_of(request, parts.ring)
    if visitor is None:
        raise SignedOut
    return visitor


async def _visitor(request: Request) -> Visitor:
    return visitor_of(request)


async def _own_form(request: Request) -> dict[str, str]:
    form = await form_of(request)
    require_own(visitor_of(request), form.get("csrf", ""))
    return form


async def _long_form(request: Request) -> dict[str, str]:
    form = await form_of(request, _LONG, _MANY)
    require_own(visitor_of(request), form.get("csrf", ""))
    return form


class _FileForm(Takes):
    """Declares that the form brings a file, and so may be as long as one."""

    async def __call__(self, request: Request) -> Any:
        async with request.form(max_files=1, max_fields=_FEW) as form:
            require_own(visitor_of(request), str(form.get("csrf", "")))
            yield form


def require_own(visitor: Visitor, csrf: str) -> None:
    """Refuse what was not sent by a page of this session."""
    if not session.is_own_form(visitor, csrf):
        raise Forbidden("The form is not from this session.")


async def _inside(request: Request) -> Any:
    try:
        issued = await inside.token_for(issuer_of(request), visitor_of(request))
    except Unauthorized as error:
        raise SignedOut from error
    calls = Inside(request.app, issued.token)
    try:
        yield calls
    finally:
        await calls.close()


Signed = Annotated[Visitor, Depends(_visitor)]
Calls = Annotated[Inside, Depends(_inside)]
Form = Annotated[dict[str, str], Depends(_own_form)]
# A question for each of many words.
LongForm = Annotated[dict[str, str], Depends(_long_form)]
FileForm = Annotated[FormData, Depends(_FileForm("multipart/form-data"))]


async def to_sign_in(_request: Request, _error: Exception) -> Response:
    """Where everybody goes who is not signed in."""
    return RedirectResponse("/console/sign-in", status_code=303)


async def show_refusal(request: Request, error: Refused) -> Response:
    """What the platform refused, in its own words."""
    return page(
        "problem.html",
        error.status,
        visitor=visitor_of(request),
        title=error.problem.get("title", "This did not work"),
        detail=error.problem.get("detail", ""),
    )
