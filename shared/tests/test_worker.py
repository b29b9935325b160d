"""A service with its worker inside: it starts, does all its work beside the API, stops in order, and bears bad days."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from unittest import mock

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.auth import Role
from shared.consumer import Handlers
from shared.db import work_of
from shared.events.training import InductionStarted
from shared.http import create_app
from shared.ids import new_id
from shared.settings import Settings
from shared.testing import ISSUER, Running, TestIssuer
from shared.tests import widgets
from shared.tests.house import House, until
from shared.tests.widgets import Widget
from shared.worker import background


class Proxy:
    """Between a service and its database, so that a test can take the database away."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Refuse newcomers and drop everybody who is there."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_connection("127.0.0.1", self._target)
        self._open |= {writer, there}
        ways = [asyncio.create_task(self._pump(*way)) for way in ((reader, there), (there_reader, writer))]
        self._tasks.update(ways)
        await asyncio.wait(ways)
        self._open -= {writer, there}

    @staticmethod
    async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def started(environment: dict[str, str], create: Callable[[], FastAPI]) -> AsyncIterator[Running]:
    """As a process would: with its lifespan, and keys from the tests' issuer."""
    with mock.patch.dict("os.environ", environment | {"CIRCLE_ISSUER": ISSUER, "CIRCLE_AUDIENCE": ISSUER}):
        app = create()
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
            await until(lambda: ready(client), 20)
            yield Running(app, client, Handlers())


async def ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 200


def with_worker(handlers: Handlers) -> FastAPI:
    settings: Any = Settings
    return create_app(
        settings(service=widgets.SERVICE),
        "Widgets",
        [widgets.router],
        [background(handlers)],
        keys=lambda _parts: TestIssuer(),
    )


@pytest.fixture
def inline(environment: dict[str, str], bus_settings: Settings, table: None) -> dict[str, str]:
    return environment | {"CIRCLE_WORKER": "inline", "CIRCLE_TOPIC_PREFIX": bus_settings.topic_prefix}


async def test_the_worker_inside_publishes_hears_seals_and_stops_in_order(inline: dict[str, str]) -> None:
    heard: list[Any] = []

    async def hear(session: AsyncSession, event: InductionStarted) -> None:
        heard.append(event.volunteer)
        session.add(Widget(partnership_id=work_of(session).partnership, label=f"heard {event.volunteer}"))

    handlers = Handlers()
    handlers.on(InductionStarted, hear)
    before = asyncio.all_tasks()
    async with started(inline, lambda: with_worker(handlers)) as running:
        house = House(running)
        made = (await house.maker.post("/v1/widgets", {"label": "said"})).json()

        async def all_done() -> bool:
            labels = [row.label for row in await house.rows("SELECT label FROM widgets WHERE label LIKE 'heard%'")]
            waiting = [await house.count(table) for table in ("outbox", "audit_unsealed")]
            return labels == [f"heard {made['id']}"] and waiting == [0, 0]

        await until(all_done, 30)
    assert [str(one) for one in heard].count(made["id"]) == 1

    async def all_ended() -> bool:
        return all(task.done() for task in asyncio.all_tasks() - before)

    await until(all_ended, 5)


async def test_a_process_is_not_ready_without_keys_and_alive_all_the_same(
    environment: dict[str, str], table: None
) -> None:
    environment = environment | {"CIRCLE_WORKER": "separate", "CIRCLE_JWKS_URL": "http://127.0.0.1:9/keys"}
    with mock.patch.dict("os.environ", environment):
        app = widgets.create()
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
            answer = await client.get("/readyz")
            assert (answer.status_code, answer.json()["keys"]) == (503, False)
            assert (await client.get("/livez")).status_code == 200
            assert "circle_http_requests_total" in (await client.get("/metrics")).text


async def test_while_the_database_is_away_nothing_is_done_and_everything_goes_on_afterwards(
    inline: dict[str, str],
) -> None:
    proxy = Proxy(int(inline["CIRCLE_DATABASE_PORT"]))
    await proxy.listen()
    behind = inline | {"CIRCLE_DATABASE_PORT": str(proxy.port)}
    handlers = Handlers()
    handlers.on_clock("never", lambda _session, _due: asyncio.sleep(0))
    async with started(behind, lambda: with_worker(handlers)) as running:
        house = House(running)
        maker, headers = house.maker, {"Idempotency-Key": "over the gap"}
        assert (await maker.post("/v1/widgets", {"label": "before"})).status_code == 201
        await proxy.cut()
        for _ in range(3):
            answer = await maker.post("/v1/widgets", {"label": "during"}, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
            assert int(answer.headers["retry-after"]) > 0
            assert "during" not in answer.text
        assert (await maker.get("/v1/widgets")).status_code == 503
        assert (await maker.get("/readyz")).status_code == 503
        assert (await maker.get("/livez")).status_code == 200
        await proxy.listen()

        async def accepted() -> bool:
            return (await maker.post("/v1/widgets", {"label": "during"}, headers=headers)).status_code == 201

        await until(accepted, 15)
        labels = sorted(row.label for row in await house.rows("SELECT label FROM widgets"))
        assert labels == ["before", "during"]
        await until(lambda: drained(house), 15)
    await proxy.cut()


async def drained(house: House) -> bool:
    return await house.count("outbox") == 0 == await house.count("audit_unsealed")


async def test_a_connection_lost_in_the_middle_of_a_request_changes_nothing(inline: dict[str, str]) -> None:
    proxy = Proxy(int(inline["CIRCLE_DATABASE_PORT"]))
    await proxy.listen()
    behind = inline | {"CIRCLE_DATABASE_PORT": str(proxy.port), "CIRCLE_WORKER": "separate"}
    async with started(behind, lambda: with_worker(Handlers())) as running:
        house = House(running)
        maker, headers, path = house.maker, {"Idempotency-Key": "cut"}, f"/v1/widgets/{new_id()}/slow"
        widgets.GATE.update(reached=asyncio.Event(), open=asyncio.Event())
        held = asyncio.create_task(maker.post(path, {"label": "cut"}, headers=headers))
        await widgets.GATE["reached"].wait()
        await proxy.cut()
        widgets.GATE["open"].set()
        assert (await held).status_code == 503
        await proxy.listen()

        async def accepted() -> bool:
            return (await maker.post(path, {"label": "cut"}, headers=headers)).status_code == 200

        await until(accepted, 15)
        assert [await house.count(table) for table in ("widgets", "idempotency_keys", "audit_log")] == [1, 1, 1]
    await proxy.cut()


async def test_old_answers_are_forgotten_after_two_days_and_not_before(inline: dict[str, str], admin_dsn: str) -> None:
    async with started(inline | {"CIRCLE_WORKER": "separate"}, lambda: with_worker(Handlers())) as running:
        house = House(running)
        for key in ("old", "young"):
            await house.maker.post("/v1/widgets", {"label": key}, headers={"Idempotency-Key": key})
    admin = await asyncpg.connect(admin_dsn)
    for key, hours in (("old", 49), ("young", 47)):
        await admin.execute(
            "UPDATE idempotency_keys SET created_at = now() - make_interval(hours => $1)"
            " WHERE partnership_id = $2 AND key = $3",
            hours, house.partnership, key,
        )  # fmt: skip
    async with started(inline, lambda: with_worker(Handlers())) as running:

        async def forgotten() -> bool:
            query = "SELECT array_agg(key) FROM idempotency_keys WHERE partnership_id = $1"
            return bool(await admin.fetchval(query, house.partnership) == ["young"])

        await until(forgotten, 10)
        assert (await House(running).caller(Role.ANALYST).get("/v1/widgets")).status_code == 200
    await admin.close()
