"""One renderer for everything that went wrong: RFC 9457 documents that echo nothing and trace nothing."""

import re
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from shared import away, logging
from shared.crypto import Erased
from shared.errors import (
    Conflict,
    Forbidden,
    InProgress,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMedia,
)

MEDIA_TYPE = "application/problem+json"
# A body may be wrong in a hundred thousand places; nobody reads of more than these.
_MOST_PLACES = 50
_CLIENT_GONE = 499
_log = logging.get("problems")


class ProblemDocument(BaseModel):
    """RFC 9457, with the request's id; `errors` names places by JSON pointer and never the value found there."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str


_ANSWERS = {
    400: "Not well formed, or a header is missing",
    401: "No valid access token",
    403: "The role may not do this",
    404: "Not there, or not yours to see",
    409: "The present state forbids it",
    412: "It has changed since it was read",
    413: "The body is too large",
    415: "Not a media type that this path takes",
    422: "A field is not valid; `errors` says which",
    428: "If-Match is missing",
    429: "Too many requests",
    503: "Something is away; nothing was changed; try again after Retry-After",
}
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {
        "description": text,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    }
    for status, text in _ANSWERS.items()
}


def render(problem: Problem, request: Request) -> Response:
    """The answer for a problem."""
    document = problem.document(request.url.path, request.scope.get("circle.request_id", ""))
    body = orjson.dumps(document, default=str)
    return Response(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Register the renderers and put the document's schema into the OpenAPI description."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(ResponseValidationError, _bug)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(SQLAlchemyError, _database)
    for kind in (*away.CONNECTING, OSError):
        app.add_exception_handler(kind, _away)
    app.add_exception_handler(TimeoutError, _away)
    app.add_exception_handler(Erased, _erased)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _bug)
    _describe(app)


def _describe(app: FastAPI) -> None:
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("ProblemDocument", ProblemDocument.model_json_schema())
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for this type
    return render(error, request)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type
    return render(Invalid([_place(one) for one in error.errors()[:_MOST_PLACES]]), request)


def _place(error: dict[str, Any]) -> dict[str, str]:
    where, code = [str(step) for step in error["loc"]], str(error["type"])
    pointer = where[1:] if where[:1] == ["body"] else where
    if code == "json_invalid":
        pointer = []
    if code == "value_error":
        message = str(error["ctx"]["error"]) if "ctx" in error and "error" in error["ctx"] else "not valid"
    else:
        message = _MESSAGES.get(code, code.replace("_", " "))
    return {"pointer": "".join(f"/{_step(one)}" for one in pointer), "code": code, "message": message}


def _step(name: str) -> str:
    """A step of a pointer. Names that the caller made up may hold anything; only what looks like a name is shown."""
    return name if _NAME.fullmatch(name) else "…"


_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this body",
    "json_invalid": "the body is not JSON",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
    "uuid_parsing": "is not an id",
    "enum": "is not one of the allowed values",
    "literal_error": "is not one of the allowed values",
    "date_from_datetime_parsing": "is not a date",
    "datetime_from_date_parsing": "is not an instant with an offset",
    "timezone_aware": "needs an offset from UTC",
}


async def _gone(_request: Request, _error: Exception) -> Response:
    """The caller went away within the body: nobody hears the answer, and nothing is wrong with us."""
    return Response(status_code=_CLIENT_GONE)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
    known: dict[int, type[Problem]] = {401: Unauthorized, 403: Forbidden, 404: NotFound, 413: TooLarge}
    if error.status_code in known:
        return render(known[error.status_code](), request)
    if error.status_code == 400:
        return render(Invalid([{"pointer": "", "code": "json_invalid", "message": "the body is not JSON"}]), request)
    if error.status_code == 415:
        return render(UnsupportedMedia(), request)
    headers = {"Allow": ", ".join(_allowed(request))} if error.status_code == 405 else dict(error.headers or {})
    problem = Problem(headers=headers)
    problem.status, problem.name, problem.title = error.status_code, f"http-{error.status_code}", "Not possible here"
    return render(problem, request)


def _allowed(request: Request) -> list[str]:
    """Every method that the path knows: each is a route of its own, and the first one found knows only itself."""
    found, routers = set[str](), [request.app.router]
    while routers:
        for route in routers.pop().routes:
            if route.matches(request.scope)[0] is not Match.NONE:
                found |= set(getattr(route, "methods", None) or ())
            # A router that was included.
            if hasattr(route, "original_router"):
                routers.append(route.original_router)
    return sorted(found)


async def _database(request: Request, error: Exception) -> Response:
    if isinstance(error, IntegrityError):
        # The driver's error, as SQLAlchemy wraps it or as it is.
        raised = error.orig if hasattr(error.orig, "constraint_name") else getattr(error.orig, "__cause__", None)
        constraint = str(getattr(raised, "constraint_name", ""))
        if constraint == "idempotency_keys_pkey":
            return render(InProgress(), request)
        return render(Conflict("Another record stands against this.", constraint=constraint), request)
    state = str(getattr(error.orig, "sqlstate", "")) if isinstance(error, DBAPIError) else ""
    if state.startswith("22"):
        return render(Invalid([{"pointer": "", "code": "not-storable", "message": "a value cannot be kept"}]), request)
    lost = isinstance(error, PoolTimeout) or (isinstance(error, DBAPIError) and error.connection_invalidated)
    if lost or state[:2] in away.TROUBLES or (isinstance(error, DBAPIError) and not state):
        _log.warning("database-away", error=type(error).__name__, reason=state)
        return render(Unavailable(), request)
    return await _bug(request, error)


async def _away(request: Request, error: Exception) -> Response:
    _log.warning("something-away", error=type(error).__name__)
    return render(Unavailable(), request)


async def _erased(request: Request, _error: Exception) -> Response:
    return render(NotFound("What was held here has been erased."), request)


async def _bug(request: Request, error: Exception) -> Response:
    _log.error("bug", error=type(error).__name__, reason=place_of(error))
    return render(Problem(), request)


def place_of(error: BaseException) -> str:
    """Module and line at which it was raised; all that may be written down of an error that nobody foresaw."""
    trace = error.__traceback__
    place = ""
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
