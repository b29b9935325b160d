"""The authorization endpoint: somebody signs in, chooses for whom they act, and is sent back with a code."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from gateway.tokens import codes, pages, sign_in, tickets
from gateway.tokens.client_auth import CONSOLE
from gateway.tokens.codes import CHALLENGE, CodeRequest
from gateway.tokens.issuer import SCOPE, Issuer
from gateway.tokens.oauth import NO_STORE, OAuthError, fields_of, form_of, invalid_request
from gateway.tokens.origin import address_of
from gateway.tokens.sign_in import Seat
from shared import audit
from shared.db import work_of
from shared.errors import TooMany

WRONG = "The e-mail address or the password is not right."
TOO_MANY = "There were too many attempts. Try again in a quarter of an hour."
_CHOICE_SECONDS = 120
_BROWSER = re.compile(r"[A-Za-z0-9_-]{43}")


class SentBackError(Exception):
    """An error that the client may hear of: its address has been checked."""

    def __init__(self, redirect_uri: str, state: str, error: str) -> None:
        super().__init__(error)
        self.parameters = {"error": error, "state": state}
        self.redirect_uri = redirect_uri


def redirects_of(issuer: Issuer) -> tuple[str, ...]:
    """The only addresses to which a code is ever sent."""
    return issuer.settings.console_redirects or (f"{issuer.settings.issuer}/console/callback",)


async def begin(request: Request, issuer: Issuer) -> Response:
    """GET: check what the client asks for, show the sign-in page."""
    try:
        asked = _asked(fields_of(request.url.query), issuer)
    except SentBackError as error:
        return _back(issuer, error.redirect_uri, error.parameters)
    except OAuthError as error:
        return _broken(error.description)
    return _form(request, issuer, asked)


async def go_on(request: Request, issuer: Issuer) -> Response:
    """POST: the sign-in page, or the choice of an organisation, was sent."""
    try:
        form = await form_of(request)
    except OAuthError as error:
        return _broken(error.description)
    content = tickets.open_(issuer.parts.ring, request.cookies.get(tickets.COOKIE), form.get("ticket", ""))
    if content is None:
        return _broken("This page was open for too long, or your browser keeps no cookies.")
    asked = CodeRequest(**content["asked"])
    if "seats" in content:
        return await _finish(issuer, asked, _chosen(content["seats"], form.get("seat", "")))
    try:
        address = address_of(request, issuer.settings)
        seats = await sign_in.sign_in(issuer, form.get("email", ""), form.get("password", ""), address)
    except TooMany:
        return _form(request, issuer, asked, TOO_MANY, 429)
    if not seats:
        return _form(request, issuer, asked, WRONG, 400)
    return await _finish(issuer, asked, seats[0]) if len(seats) == 1 else _choice(request, issuer, asked, seats)


def _asked(fields: Mapping[str, str], issuer: Issuer) -> CodeRequest:
    redirect_uri, state = fields.get("redirect_uri", ""), fields.get("state", "")
    if fields.get("client_id") != CONSOLE or redirect_uri not in redirects_of(issuer):
        raise invalid_request("The client or the address that it wants an answer at is not known.")
    if fields.get("response_type") != "code":
        raise SentBackError(redirect_uri, state, "unsupported_response_type")
    if fields.get("scope", SCOPE) != SCOPE:
        raise SentBackError(redirect_uri, state, "invalid_scope")
    challenge = fields.get("code_challenge", "")
    if fields.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(challenge) or len(state) > 512:
        raise SentBackError(redirect_uri, state[:512], "invalid_request")
    return CodeRequest(CONSOLE, redirect_uri, challenge, state)


def _form(request: Request, issuer: Issuer, asked: CodeRequest, problem: str = "", status: int = 200) -> Response:
    known = request.cookies.get(tickets.COOKIE, "")
    browser = known if _BROWSER.fullmatch(known) else secrets.token_urlsafe(32)
    ticket = tickets.seal(issuer.parts.ring, browser, {"asked": asdict(asked)})
    answer = pages.page("sign_in.html", status, targets=_origin(asked.redirect_uri), ticket=ticket, problem=problem)
    answer.set_cookie(
        tickets.COOKIE,
        browser,
        max_age=tickets.SECONDS,
        path="/oauth",
        secure=issuer.settings.issuer.startswith("https://"),
        httponly=True,
        samesite="strict",
    )
    return answer


def _choice(request: Request, issuer: Issuer, asked: CodeRequest, seats: list[Seat]) -> Response:
    content = {"asked": asdict(asked), "seats": [asdict(seat) for seat in seats]}
    browser = request.cookies[tickets.COOKIE]
    ticket = tickets.seal(issuer.parts.ring, browser, content, _CHOICE_SECONDS)
    return pages.page("organisations.html", targets=_origin(asked.redirect_uri), ticket=ticket, seats=seats)


def _chosen(seats: list[dict[str, Any]], index: str) -> Seat | None:
    if not index.isdigit() or len(index) > 3 or int(index) >= len(seats):
        return None
    seat = seats[int(index)]
    return Seat(UUID(seat["partnership"]), UUID(seat["person"]), UUID(seat["organisation"]), seat["name"])


async def _finish(issuer: Issuer, asked: CodeRequest, seat: Seat | None) -> Response:
    if seat is None:
        return _broken("None of your organisations was chosen.")
    async with issuer.transaction("sign-in", str(seat.person), seat.partnership) as session:
        work = work_of(session)
        work.person, work.organisation, work.client_id = seat.person, seat.organisation, asked.client_id
        audit.saw(session, "person", seat.person)
        code = await codes.make(session, asked, seat.person, seat.organisation, issuer.settings.code_seconds)
    return _back(issuer, asked.redirect_uri, {"code": code, "state": asked.state})


def _back(issuer: Issuer, redirect_uri: str, parameters: Mapping[str, str]) -> Response:
    """To the client, saying who answers (RFC 9207)."""
    told = {name: value for name, value in parameters.items() if value} | {"iss": issuer.settings.issuer}
    joint = "&" if "?" in redirect_uri else "?"
    return RedirectResponse(f"{redirect_uri}{joint}{urlencode(told)}", 303, headers=NO_STORE)


def _broken(text: str) -> Response:
    return pages.page(
        "message.html", 400, title="That did not work", text=text, link="/console", link_text="Begin anew"
    )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
