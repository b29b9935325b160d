"""How systems and people get their tokens over HTTP: client credentials, or the sign-in page with PKCE."""

import base64
import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit

import httpx

CONSOLE: Final = "console"
_METADATA: Final = "/.well-known/oauth-authorization-server"
_TICKET: Final = re.compile(r'name="ticket" value="([^"]+)"')
_SEAT: Final = re.compile(r'<label for="seat-(\d+)">([^<]+)</label>')
_EARLY_SECONDS: Final = 30


class SignInError(RuntimeError):
    """No token was to be had; the message says at which step, never with what."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and when, on the monotonic clock, a new one is due."""

    value: str
    renew_at: float

    @property
    def is_stale(self) -> bool:
        return time.monotonic() > self.renew_at


class Login(Protocol):
    """Somebody who can prove who they are."""

    async def token(self, http: httpx.AsyncClient) -> Token:
        """A fresh token."""
        ...


@dataclass(frozen=True, slots=True)
class ClientLogin:
    """A system with a secret."""

    client_id: str
    secret: str

    async def token(self, http: httpx.AsyncClient) -> Token:
        form = {"grant_type": "client_credentials"}
        return _token(await http.post("/oauth/token", data=form, auth=(self.client_id, self.secret)))


@dataclass(frozen=True, slots=True)
class PersonLogin:
    """Somebody who signs in at the page; `organisation` is for whom they act, where there is a choice."""

    email: str
    password: str
    organisation: str = ""

    async def token(self, http: httpx.AsyncClient) -> Token:
        callback = await _callback(http)
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        # A browser of their own: the sign-in cookie belongs to one person.
        async with httpx.AsyncClient(base_url=http.base_url, timeout=http.timeout) as browser:
            page = await browser.get("/oauth/authorize", params=_asked(callback, verifier, state))
            page = await self._submit(browser, page, {"email": self.email, "password": self.password})
            if page.status_code == httpx.codes.OK:
                page = await self._submit(browser, page, {"seat": self._seat(page.text)})
        code = _code(page, state)
        form = {
            "grant_type": "authorization_code",
            "client_id": CONSOLE,
            "code": code,
            "redirect_uri": callback,
            "code_verifier": verifier,
        }
        return _token(await http.post("/oauth/token", data=form))

    async def _submit(self, browser: httpx.AsyncClient, page: httpx.Response, fields: dict[str, str]) -> httpx.Response:
        ticket = _TICKET.search(page.text)
        if ticket is None:
            raise SignInError(f"the sign-in page answered {page.status_code} without a form")
        return await browser.post("/oauth/authorize", data={"ticket": ticket[1], **fields})

    def _seat(self, page: str) -> str:
        seats: dict[str, str] = {name.strip(): index for index, name in _SEAT.findall(page)}
        if self.organisation not in seats:
            raise SignInError("the organisation for which this person is to act is not among the choices")
        return seats[self.organisation]


async def set_password(http: httpx.AsyncClient, email: str, proof: str, password: str) -> None:
    """Set a password at the page, proved by an invitation's code or by the present password."""
    page = await http.post("/oauth/password", data={"email": email, "proof": proof, "password": password})
    if page.status_code != httpx.codes.OK:
        raise SignInError(f"the password was not set: {page.status_code}")


async def _callback(http: httpx.AsyncClient) -> str:
    metadata = await http.get(_METADATA)
    if metadata.status_code != httpx.codes.OK:
        raise SignInError(f"the token issuer's description answered {metadata.status_code}")
    return f"{metadata.json()['issuer']}/console/callback"


def _asked(callback: str, verifier: str, state: str) -> dict[str, str]:
    digest = hashlib.sha256(verifier.encode()).digest()
    return {
        "response_type": "code",
        "client_id": CONSOLE,
        "redirect_uri": callback,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        "state": state,
    }


def _code(page: httpx.Response, state: str) -> str:
    if page.status_code != httpx.codes.SEE_OTHER:
        raise SignInError(f"signing in was answered with {page.status_code}")
    told = parse_qs(urlsplit(page.headers["location"]).query)
    if told.get("state") != [state] or "code" not in told:
        raise SignInError(f"signing in led back without a code: {told.get('error', ['no reason'])[0]}")
    return str(told["code"][0])


def _token(answer: httpx.Response) -> Token:
    if answer.status_code != httpx.codes.OK:
        raise SignInError(f"the token endpoint answered {answer.status_code}")
    body = answer.json()
    return Token(body["access_token"], time.monotonic() + body["expires_in"] - _EARLY_SECONDS)
