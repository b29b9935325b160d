"""The app factory: every service gets the same middleware, problem documents, health, metrics and lifespan."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared import audit_api, description, logging, problems, relay, state, telemetry, uploads, wall_clock
from shared.auth import HttpKeys, KeySet, KeySource, TokenVerifier
from shared.middleware import Edge, Limits
from shared.parts import Parts
from shared.routing import CircleRoute, CircleRouter
from shared.settings import Settings
from shared.short_way import ShortWay, Table

_log = logging.get("http")
STOP_SECONDS = 5.0
Background = Callable[[Parts], Coroutine[Any, Any, None]]
Extra = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def router(prefix: str, tag: str) -> APIRouter:
    """A router whose routes are units of work: authenticated, keyed, audited, committed before they answer."""
    return CircleRouter(prefix=prefix, tags=[tag], route_class=CircleRoute)


def create_app(
    settings: Settings,
    title: str,
    routers: Sequence[APIRouter],
    background: Sequence[Background] = (),
    *,
    keys: Callable[[Parts], KeySource] | None = None,
    extras: Sequence[Extra] = (),
) -> FastAPI:
    """A FastAPI app of the house. `background` runs beside it when workers are inline.

    `keys` is where token keys come from, the issuer's address unless given; `extras` are entered after the parts are
    there and left before they close.
    """
    app = FastAPI(
        title=title,
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(settings, background, keys, extras),
        generate_unique_id_function=lambda route: route.name,
        responses=problems.DOCUMENTED,
        redirect_slashes=False,
        # Its log records would hold the text of exceptions, and its exporters would pass our allow-list by.
        telemetry={"logs": False, "auto_configure": False},
    )
    app.state.settings = settings
    for one in (*routers, audit_api.router(settings.service)):
        app.include_router(one)
    problems.install(app)
    _health(app)
    description.serve(app)
    table = Table(routers)
    if table:
        app.add_middleware(ShortWay, table=table)
    limits = Limits(settings.max_body_bytes, settings.max_upload_bytes, _uploads(routers))
    app.add_middleware(Edge, service=settings.service, limits=limits)
    return app


def _uploads(routers: Sequence[APIRouter]) -> frozenset[str]:
    """The paths that declare that they take a file, as a body or in a form; such a path has no parameter."""
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    return frozenset(route.path for route in routes if uploads.asked_for(route.dependant) is not None)


def _lifespan(
    settings: Settings,
    background: Sequence[Background],
    source: Callable[[Parts], KeySource] | None,
    extras: Sequence[Extra],
) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        logging.configure(settings.service)
        telemetry.configure(settings)
        parts = Parts.of(settings)
        keys = KeySet(source(parts) if source else HttpKeys(settings.jwks_url))
        app.state.parts = parts
        app.state.verifier = TokenVerifier(settings.issuer, settings.audience, keys)
        asked = asyncio.Event()
        tasks = [
            asyncio.create_task(wall_clock.follow(parts.app.engine, asked), name="wall-clock"),
            asyncio.create_task(_fetch_keys(keys), name="keys"),
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(wall_clock.FIRST_SECONDS):
                await asked.wait()
        if settings.worker == "inline":
            tasks += [_watched(asyncio.create_task(one(parts))) for one in background]
        else:
            tasks.append(asyncio.create_task(relay.tell_others(parts), name="poke"))
        try:
            async with AsyncExitStack() as stack:
                for extra in extras:
                    await stack.enter_async_context(extra(app))
                yield
        finally:
            await _stop(tasks)
            await parts.close()

    return lifespan


async def _fetch_keys(keys: KeySet) -> None:
    """Fetch keys until there are some, then every minute; the last good set stays."""
    while True:
        await keys.refresh()
        await asyncio.sleep(60 if keys.ready else 0.5)


def _watched(task: asyncio.Task[None]) -> asyncio.Task[None]:
    """A background that ends by itself is a defect: the process stops, and whoever runs it sees that."""

    def ended(done: asyncio.Task[None]) -> None:
        if not done.cancelled():
            error = done.exception()
            _log.error("background-ended", error=type(error).__name__, places=logging.places(error) if error else [])
            signal.raise_signal(signal.SIGTERM)

    task.add_done_callback(ended)
    return task


async def _stop(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    ended, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
    for task in late:
        # The loop's own end cancels it once more, with all that it has started.
        _log.error("background-late", kind=task.get_name())
    for task in ended:
        with suppress(asyncio.CancelledError, ExceptionGroup):
            await task


async def checks_of(app: Any) -> dict[str, bool]:
    """What has to hold before requests may come; Kafka is not among it, since the outbox holds."""
    return {"keys": app.state.verifier.keys.ready, "database": await app.state.parts.database_answers()}


def _health(app: FastAPI) -> None:
    @app.get("/livez", include_in_schema=False)
    async def livez() -> PlainTextResponse:
        return PlainTextResponse("alive")

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        checks = await checks_of(app)
        return JSONResponse(checks, status_code=200 if all(checks.values()) else 503)

    @app.get("/state", include_in_schema=False)
    async def state_of_service() -> state.State:
        return await state.state_of(app.state.parts)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> PlainTextResponse:
        return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)
