"""A route is a unit of work: who may call it is declared, the answer leaves only after its transaction is committed."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.params import Form
from fastapi.routing import APIRoute, APIRouter
from fastapi.security import HTTPBearer
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.routing import Match
from starlette.types import Scope as ASGIScope

from shared import etag, idempotency, uploads, visiting
from shared.auth import Caller, Role, bearer
from shared.db import Scope, Work, work_of
from shared.direct import Direct, Overtaken
from shared.errors import Forbidden, UnsupportedMedia
from shared.parts import Parts
from shared.visiting import ByLink, Holding

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_bearer = HTTPBearer(auto_error=False, scheme_name="bearer", description="An access token of this platform.")


class Allow:
    """Declares, as a dependency, which roles may call a route."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    async def __call__(self, request: Request, _token: Annotated[object, Depends(_bearer)] = None) -> Caller:
        caller: Caller = request.scope["circle.caller"]
        return caller


def allow(*roles: Role) -> Any:
    """`Coordinator = Annotated[Caller, allow(Role.COORDINATOR)]`."""
    return Depends(Allow(*roles))


EVERY_ROLE = tuple(role for role in Role if role not in {Role.WORKER, Role.INTAKE})
AnyRole = Annotated[Caller, allow(*EVERY_ROLE)]
WorkerOnly = Annotated[Caller, allow(Role.WORKER)]


# Dependencies are coroutines: FastAPI sends a plain function to a thread, which costs more than the function.
async def _session(request: Request) -> AsyncSession:
    session: AsyncSession = request.scope["circle.session"]
    return session


async def _direct(request: Request) -> Direct:
    session: Direct = request.scope["circle.session"]
    return session


# CircleRoute opens it before FastAPI looks at anything, and commits it after the answer was made and before it leaves.
Session = Annotated[AsyncSession, Depends(_session)]
DirectSession = Annotated[Direct, Depends(_direct)]


async def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(_parts)]


def _work(request: Request, caller: Caller | None, service: str) -> Work:
    if caller is None:
        return visiting.work_of(request, service)
    scope: Scope = "service" if Role.WORKER in caller.roles else "person" if caller.personal else "organisation"
    return Work(
        service=service,
        partnership=caller.partnership,
        organisation=caller.organisation,
        actor=caller.subject,
        scope=scope,
        person=caller.person,
        client_id=caller.client_id,
        roles=tuple(caller.roles),
        action=f"{request.method} {request.scope['circle.route']}",
        purpose=request.headers.get("x-purpose", "")[:100],
        request_id=request.scope["circle.request_id"],
        traceparent=request.scope["circle.traceparent"],
    )


def roles_of(dependant: Dependant) -> frozenset[Role] | None:
    """The roles that a route declares; None when it declares nothing, which refuses everybody."""
    if isinstance(dependant.call, Allow):
        return dependant.call.roles
    found = [roles for one in dependant.dependencies if (roles := roles_of(one)) is not None]
    return frozenset[Role]().union(*found) if found else None


class CircleRoute(APIRoute):
    """Authenticates, checks the declared roles, runs the handler, stores the answer, commits; then it answers."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        summary = inspect.cleandoc(endpoint.__doc__ or "").partition("\n")[0].rstrip(".")
        super().__init__(path, endpoint, **({"summary": summary} | _given(options)))
        self._depth = path.count("/")
        changes = self.methods != {"GET"} and not any(
            visiting.is_open(self.dependant, one) for one in (ByLink, Holding)
        )
        if visiting.is_open(self.dependant) and (changes or roles_of(self.dependant)):
            raise TypeError("a route for everybody only reads, unless by a link, and asks for no role")
        self.openapi_extra = {**(self.openapi_extra or {}), **_described(self.dependant)}

    def matches(self, scope: ASGIScope) -> tuple[Match, ASGIScope]:
        # Most routes differ in how deep they are: the pattern is tried on the rest only.
        if scope["path"].count("/") != self._depth:
            return Match.NONE, {}
        return super().matches(scope)

    def get_route_handler(self) -> Handler:
        return self.around(super().get_route_handler())

    @property
    def asks_for_the_driver(self) -> bool:
        """Whether it speaks to the driver's own connection, as the routes do that are asked most."""
        return _opening(self.dependant) is _as_direct

    def around(self, handler: Handler) -> Handler:
        """All that happens before and after the handler, whichever way a request has come."""
        template = self.path_format
        allowed, open_to_all = roles_of(self.dependant), visiting.is_open(self.dependant)
        held = visiting.is_open(self.dependant, Holding)
        opening = _opening(self.dependant)
        file = uploads.asked_for(self.dependant)
        takes_json = self.body_field is not None and not isinstance(self.body_field.field_info, Form)

        async def handle(request: Request) -> Response:
            request.scope["circle.route"] = template
            if open_to_all:
                request.scope["circle.caller"] = None
                request.scope["circle.link"] = visiting.link_of(request) if held else None
            else:
                await _admit(request, allowed)
            if takes_json:
                await _require_json(request)
            if opening is None:
                return await handler(request)
            async with _body_of(request, file):
                try:
                    return await _done(request, opening, handler)
                except idempotency.Replayed as replayed:
                    return replayed.response

        return handle


class CircleRouter(APIRouter):
    """A router that is not searched for paths that do not begin as its own."""

    def matches(self, scope: ASGIScope) -> tuple[Match, ASGIScope]:
        if not scope["path"].startswith(self.prefix.partition("{")[0]):
            return Match.NONE, {}
        return super().matches(scope)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "summary" or value}


def _described(dependant: Dependant) -> dict[str, Any]:
    """What FastAPI cannot see and is part of the description: who may call the route, and that it wants an ETag."""
    roles: dict[str, Any] = {} if visiting.is_open(dependant) else {"x-roles": sorted(roles_of(dependant) or ())}
    if visiting.is_open(dependant, ByLink):
        # Said again it changes nothing, and there is nobody whose key it could be.
        roles["x-idempotent"] = True
    if (file := uploads.asked_for(dependant)) is not None:
        roles |= uploads.described(file)
    return roles | ({"parameters": [etag.PARAMETER]} if etag.is_asked_for(dependant) else {})


async def _admit(request: Request, allowed: frozenset[Role] | None) -> None:
    verify: Callable[[str], Awaitable[Caller]] = request.app.state.verifier.verify
    given = request.headers.getlist("authorization")
    # With two of them it would be left to chance which one counts.
    caller = await verify(bearer(given[0] if len(given) == 1 else None))
    request.scope["circle.caller"] = caller
    if allowed is None or caller.roles.isdisjoint(allowed):
        raise Forbidden


@asynccontextmanager
async def _body_of(request: Request, file: uploads.Takes | None) -> AsyncIterator[None]:
    """The body is there before a connection to the database is taken: the rest of it may be long in coming."""
    if file is not None:
        # Whoever lacks it need not send megabytes first.
        idempotency.key_of(request)
        async with uploads.received(request, file):
            yield
        return
    if request.method != "GET":
        await request.body()
    yield


async def _require_json(request: Request) -> None:
    """A body that is there and says that it is something else is not looked into."""
    kind, _, _ = request.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    if not is_json and await request.body():
        raise UnsupportedMedia


class Opening(Protocol):
    """Whoever may be asked a second time reads ahead at first."""

    def __call__(self, request: Request, *, ahead: bool) -> AbstractAsyncContextManager[AsyncSession | Direct]: ...


def _opening(dependant: Dependant) -> Opening | None:
    """How the session that a route asks for is opened; None when it asks for none."""
    if dependant.call in {_session, _direct}:
        return _as_session if dependant.call is _session else _as_direct
    return next((found for one in dependant.dependencies if (found := _opening(one)) is not None), None)


def _as_session(request: Request, *, ahead: bool) -> AbstractAsyncContextManager[AsyncSession]:
    del ahead
    parts: Parts = request.app.state.parts
    return parts.app.open(_work(request, request.scope["circle.caller"], parts.settings.service))


def _as_direct(request: Request, *, ahead: bool) -> AbstractAsyncContextManager[Direct]:
    parts: Parts = request.app.state.parts
    return parts.app.direct(_work(request, request.scope["circle.caller"], parts.settings.service), ahead=ahead)


async def _done(request: Request, opening: Opening, handler: Handler) -> Response:
    """What the handler does, once: nothing was written of what was overtaken, and then it waits for the others."""
    with suppress(Overtaken):
        return await _unit_of_work(request, opening(request, ahead=True), handler)
    return await _unit_of_work(request, opening(request, ahead=False), handler)


async def _unit_of_work(
    request: Request, opened: AbstractAsyncContextManager[AsyncSession | Direct], handler: Handler
) -> Response:
    parts: Parts = request.app.state.parts
    async with opened as session:
        request.scope["circle.session"] = session
        if request.method == "POST" and (request.scope["circle.caller"] or request.scope["circle.link"]):
            await idempotency.begin(session, request, parts.ring, parts.auditor)
        try:
            response = await handler(request)
        except Exception:
            # What is to be said of the key goes before what is to be said of the body.
            await idempotency.settle(session)
            raise
        await idempotency.settle(session)
        idempotency.keep(session, request, response, parts.ring)
        await parts.app.commit(session)
    if work_of(session).pending.events:
        parts.poke.set()
    return response
