"""The short way to the routes that are asked most: found at one look, their dependencies called without a search.

FastAPI matches a path twice and finds out anew for each request what a route depends on. Here both are known since the
start. Parameters, bodies and answers go through FastAPI's own functions, so that both ways say the same. Whatever is
not as plain as this knows goes the ordinary way, and so does a process that exports spans.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from email.message import Message as Mail
from inspect import iscoroutinefunction
from json import JSONDecodeError
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi._compat import ModelField
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_body_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.routing import serialize_response
from pydantic_core import PydanticUndefined
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.routing import Allow, CircleRoute, Handler

Resolver = Callable[[Request], Awaitable[Any]]


class ShortWay:
    """Middleware that answers for the routes of its table and lets everything else pass."""

    def __init__(self, app: ASGIApp, table: "Table") -> None:
        self._app = app
        self._table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handle = self._table.find(scope)
        if handle is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            response = await handle(request)
        except Exception as error:
            render = _renderer(request, error)
            if render is None:
                raise
            response = await render(request, error)
        await response(scope, receive, send)


def _renderer(request: Request, error: Exception) -> Callable[[Request, Exception], Awaitable[Response]] | None:
    """Who renders this error; nobody here where it is a defect, which the outermost middleware answers."""
    renderers: dict[Any, Any] = request.app.exception_handlers
    kinds = [kind for kind in type(error).__mro__ if kind is not Exception]
    return next((renderers[kind] for kind in kinds if kind in renderers), None)


class Table:
    """The handlers of the short way, by method and depth of the path."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        every = [route for one in routers for route in one.routes if isinstance(route, CircleRoute)]
        self._ways: dict[tuple[str, int], list[tuple[Any, Handler]]] = {}
        for route in every:
            answer = _answering(route) if route.asks_for_the_driver else None
            if answer is None or any(_meet(route, other) for other in every):
                continue
            for method in route.methods or ():
                ways = self._ways.setdefault((method, route.path.count("/")), [])
                ways.append((route.path_regex, route.around(answer)))

    def __bool__(self) -> bool:
        return bool(self._ways)

    def find(self, scope: Scope) -> Handler | None:
        """The handler of a request, whose path's parameters are noted; None where it has to go the ordinary way."""
        if scope["type"] != "http" or scope.get("root_path") or "fastapi.telemetry" in scope:
            return None
        path: str = scope["path"]
        for pattern, handle in self._ways.get((scope["method"], path.count("/")), ()):
            found = pattern.match(path)
            if found is not None:
                scope["path_params"] = found.groupdict()
                return handle
        return None


def _meet(one: CircleRoute, other: CircleRoute) -> bool:
    """Whether a request might be for both; then their order decides, which is the ordinary way's to know."""
    if one is other or not (one.methods or set()) & (other.methods or set()):
        return False
    steps, others = one.path.split("/"), other.path.split("/")
    same = (a == b or a.startswith("{") or b.startswith("{") for a, b in zip(steps, others, strict=False))
    return len(steps) == len(others) and all(same)


def _answering(route: CircleRoute) -> Handler | None:
    """What FastAPI's handler of this route does, for a route that is plain enough; else None."""
    dependant = route.dependant
    call, resolvers = dependant.call, _resolvers(dependant.dependencies)
    if call is None or resolvers is None or not _is_plain(route):
        return None
    takes_body = bool(dependant.body_params)

    async def answer(request: Request) -> Response:
        body = await _body(request) if takes_body else PydanticUndefined
        values = {name: await resolve(request) for name, resolve in resolvers}
        given, errors = _path_values(dependant.path_params, request.path_params)
        if takes_body:
            more, wrong = await request_body_to_args(dependant.body_params, body, route._embed_body_fields)  # noqa: SLF001 - FastAPI's own, which it hands over the same way
            given, errors = given | more, errors + wrong
        if errors:
            raise RequestValidationError(errors)
        told = _blank()
        if dependant.response_param_name:
            values[dependant.response_param_name] = told
        return await _answer(route, await call(**values, **given), told)

    return answer


def _path_values(fields: Sequence[ModelField], found: Mapping[str, str]) -> tuple[dict[str, Any], list[Any]]:
    """(the path's parameters, what is wrong with them), each judged as FastAPI does; the pattern has found them all."""
    values: dict[str, Any] = {}
    errors: list[Any] = []
    for one in fields:
        values[one.name], wrong = one.validate(found[one.alias], loc=("path", one.alias))
        errors += wrong
    return values, errors


def _is_plain(route: CircleRoute) -> bool:
    """Whether there is nothing about the route but what is looked at here."""
    dependant = route.dependant
    asked = (
        *(dependant.query_params, dependant.header_params, dependant.cookie_params),
        *(dependant.request_param_name, dependant.http_connection_param_name, dependant.websocket_param_name),
        *(dependant.background_tasks_param_name, dependant.security_scopes_param_name, route.max_body_size),
    )
    is_form = route.body_field is not None and isinstance(route.body_field.field_info, Form)
    has_types = all(convertor.regex == "[^/]+" for convertor in route.param_convertors.values())
    is_json = isinstance(route.response_class, DefaultPlaceholder) and route.response_field is not None
    streams = route.is_sse_stream or route.is_json_stream
    return (
        not any(asked) and not is_form and has_types and is_json and not streams and iscoroutinefunction(dependant.call)
    )


def _resolvers(dependencies: Sequence[Dependant]) -> list[tuple[str, Resolver]] | None:
    """(parameter, who gives its value) of each dependency, in the order in which they may refuse; None if unknown."""
    found = []
    for one in dependencies:
        is_known = isinstance(one.call, Allow) or _asks_for_the_request_only(one)
        if one.name is None or one.call is None or not is_known:
            return None
        found.append((one.name, one.call))
    return found


def _asks_for_the_request_only(one: Dependant) -> bool:
    params = (one.path_params, one.query_params, one.header_params, one.cookie_params, one.body_params)
    special = (one.response_param_name, one.background_tasks_param_name, one.security_scopes_param_name)
    others = (*params, *special, one.dependencies, one.http_connection_param_name, one.concurrency)
    return one.request_param_name is not None and not any(others) and iscoroutinefunction(one.call)


async def _body(request: Request) -> Any:
    """The body as FastAPI reads it: JSON where it says so, else the bytes; nothing where there are none."""
    try:
        content = await request.body()
        if not content:
            return PydanticUndefined
        return await request.json() if _is_json(request.headers.get("content-type", "")) else content
    except JSONDecodeError as error:
        raise RequestValidationError([{"type": "json_invalid", "loc": ("body", error.pos)}]) from error
    except HTTPException:
        raise
    except Exception as error:
        raise HTTPException(400) from error


def _is_json(kind: str) -> bool:
    if kind in {"", "application/json"}:
        return bool(kind)
    said = Mail()
    said["content-type"] = kind
    subtype = said.get_content_subtype()
    return said.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))


def _blank() -> Response:
    """What a handler puts its headers and its status on."""
    told = Response()
    del told.headers["content-length"]
    told.status_code = None  # type: ignore[assignment]  # as FastAPI has it: nobody has said anything yet
    return told


async def _answer(route: CircleRoute, made: Any, told: Response) -> Response:
    if isinstance(made, Response):
        return made
    content = await serialize_response(
        field=route.response_field,
        response_content=made,
        include=route.response_model_include,
        exclude=route.response_model_exclude,
        by_alias=route.response_model_by_alias,
        exclude_unset=route.response_model_exclude_unset,
        exclude_defaults=route.response_model_exclude_defaults,
        exclude_none=route.response_model_exclude_none,
        dump_json=True,
    )
    response = Response(content, told.status_code or route.status_code or 200, media_type="application/json")
    response.headers.raw.extend(told.headers.raw)
    return response
