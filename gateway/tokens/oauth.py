"""OAuth's own conventions: forms read strictly, errors in RFC 6749's form, answers that nobody keeps."""

import base64
import binascii
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_MAX_FORM = 65_536
_MAX_FIELDS = 30


class OAuthError(Exception):
    """RFC 6749 §5.2: a code of the standard, a fixed text, never what the caller sent."""

    def __init__(self, code: str, description: str, status: int = 400, headers: Mapping[str, str] | None = None):
        super().__init__(code)
        self.code = code
        self.description = description
        self.status = status
        self.headers = dict(headers or {})

    def answer(self) -> Response:
        body = {"error": self.code, "error_description": self.description}
        return JSONResponse(body, self.status, headers=NO_STORE | self.headers)


def invalid_request(description: str) -> OAuthError:
    return OAuthError("invalid_request", description)


def invalid_client(*, challenge: bool = False) -> OAuthError:
    """The same answer whatever was wrong."""
    headers = {"WWW-Authenticate": 'Basic realm="oauth"'} if challenge else {}
    return OAuthError("invalid_client", "The client is not known or did not prove itself.", 401, headers)


def invalid_grant() -> OAuthError:
    """The same answer whatever was wrong."""
    return OAuthError("invalid_grant", "The code is not valid, has been used or has run out.")


class OAuthRoute(APIRoute):
    """Renders `OAuthError`; everything else is rendered as everywhere."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler, template = super().get_route_handler(), self.path_format

        async def handle(request: Request) -> Response:
            request.scope["circle.route"] = template
            try:
                return await handler(request)
            except OAuthError as error:
                return error.answer()

        return handle


async def form_of(request: Request) -> dict[str, str]:
    """The form's fields; a repeated, oversize or undecodable one is refused, an empty one counts as not sent."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise invalid_request("The body must be application/x-www-form-urlencoded.")
    body = await request.body()
    if len(body) > _MAX_FORM:
        raise invalid_request("The body is too large.")
    return fields_of(body.decode("latin-1"))


def fields_of(encoded: str) -> dict[str, str]:
    """Fields of a form or a query."""
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise invalid_request("The parameters cannot be read.") from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise invalid_request("A parameter is repeated.")
    if any("\x00" in value for _, value in pairs):
        raise invalid_request("A parameter holds a character that no parameter has.")
    return {name: value for name, value in pairs if value}


def needed(form: Mapping[str, str], name: str) -> str:
    """A field that has to be there."""
    if name not in form:
        raise invalid_request(f"The parameter {name} is missing.")
    return form[name]


def basic_of(authorization: str | None) -> tuple[str, str] | None:
    """Client id and secret of a Basic header (RFC 6749 §2.3.1: each is form-encoded), or None without one."""
    if authorization is None:
        return None
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise invalid_client(challenge=True)
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise invalid_client(challenge=True) from error
    if not colon:
        raise invalid_client(challenge=True)
    return unquote_plus(client_id), unquote_plus(secret)
