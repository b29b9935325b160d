"""A route is a unit of work: who may call it is declared, the answer leaves only after its transaction is committed."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.params import Form
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import etag, idempotency
from shared.auth import Caller, Role, bearer
from shared.db import Scope, Work, work_of
from shared.direct import Direct
from shared.errors import Forbidden, UnsupportedMedia
from shared.parts import Parts

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


async def _open(request: Request) -> AsyncIterator[AsyncSession]:
    parts: Parts = request.app.state.parts
    caller: Caller = request.scope["circle.caller"]
    async with parts.app.open(_work(request, caller, parts.settings.service)) as session:
        if request.method == "POST":
            await idempotency.begin(session, request, parts.ring, parts.auditor)
        request.scope["circle.session"] = session
        yield session


async def _open_direct(request: Request) -> AsyncIterator[Direct]:
    parts: Parts = request.app.state.parts
    caller: Caller = request.scope["circle.caller"]
    async with parts.app.direct(_work(request, caller, parts.settings.service)) as session:
        if request.method == "POST":
            await idempotency.begin(session, request, parts.ring, parts.auditor)
        request.scope["circle.session"] = session
        yield session


# Its transaction is committed by CircleRoute, after the answer was made and before it leaves.
DirectSession = Annotated[Direct, Depends(_open_direct, scope="function")]
Session = Annotated[AsyncSession, Depends(_open, scope="function")]


# Dependencies are coroutines: FastAPI sends a plain function to a thread, which costs more than the function.
async def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(_parts)]


def _work(request: Request, caller: Caller, service: str) -> Work:
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
        self.openapi_extra = {**(self.openapi_extra or {}), **_described(self.dependant)}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler, template = super().get_route_handler(), self.path_format
        allowed = roles_of(self.dependant)
        takes_json = self.body_field is not None and not isinstance(self.body_field.field_info, Form)

        async def handle(request: Request) -> Response:
            request.scope["circle.route"] = template
            await _admit(request, allowed)
            if takes_json:
                await _require_json(request)
            try:
                response = await handler(request)
            except idempotency.Replayed as replayed:
                return replayed.response
            await _finish(request, response)
            return response

        return handle


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "summary" or value}


def _described(dependant: Dependant) -> dict[str, Any]:
    """What FastAPI cannot see and is part of the description: who may call the route, and that it wants an ETag."""
    roles: dict[str, Any] = {"x-roles": sorted(roles_of(dependant) or ())}
    return roles | ({"parameters": [etag.PARAMETER]} if etag.is_asked_for(dependant) else {})


async def _admit(request: Request, allowed: frozenset[Role] | None) -> None:
    verify: Callable[[str], Awaitable[Caller]] = request.app.state.verifier.verify
    given = request.headers.getlist("authorization")
    # With two of them it would be left to chance which one counts.
    caller = await verify(bearer(given[0] if len(given) == 1 else None))
    request.scope["circle.caller"] = caller
    if allowed is None or caller.roles.isdisjoint(allowed):
        raise Forbidden


async def _require_json(request: Request) -> None:
    """A body that is there and says that it is something else is not looked into."""
    kind, _, _ = request.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    if not is_json and await request.body():
        raise UnsupportedMedia


async def _finish(request: Request, response: Response) -> None:
    session: AsyncSession | Direct | None = request.scope.get("circle.session")
    if session is None:
        return
    parts: Parts = request.app.state.parts
    idempotency.keep(session, request, response, parts.ring)
    await parts.app.commit(session)
    if work_of(session).pending.events:
        parts.poke.set()
