"""Who looks at a page, and what it is made with: the visitor, the platform's API in their name, their form."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from gateway.console import inside, session
from gateway.console.forms import form_of
from gateway.console.inside import Inside, Refused
from gateway.console.pages import page
from gateway.console.session import Visitor
from gateway.tokens.issuer import Issuer
from shared.errors import Forbidden, Unauthorized
from shared.parts import Parts


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
