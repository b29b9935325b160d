"""kill -9 of the broker and of the database under load: what was answered stays, what was said arrives."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from deploy.local import process
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.state import Folder
from services.training.main import create_app
from shared import migrations, provision, relay
from shared.auth import Role
from shared.consumer import Handlers
from shared.ids import new_id
from shared.kafka import create_topics
from shared.parts import Parts
from shared.settings import Settings
from shared.testing import Caller, running
from shared.tests.bus import Bus, by_key, numbered
from shared.tests.house import until
from tests.reliability.conftest import Writer


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "state")
    made.make()
    return made


def kill(store: Kafka | Postgres) -> None:
    """The process and all that it started, without a word."""
    assert store.running is not None
    top = psutil.Process(store.running.pid)
    family = [top, *top.children(recursive=True)]
    for member in family:
        member.kill()
    store.running.wait()
    psutil.wait_procs(family)


@pytest.fixture
def broker(folder: Folder) -> Iterator[Kafka]:
    ports = (process.free_port(), process.free_port())
    node = Kafka(folder.kafka, folder.secrets().kafka_cluster, *ports, train=False)
    yield node
    node.stop()


async def start(store: Kafka | Postgres, folder: Folder) -> None:
    with folder.open_log("store") as log:
        await asyncio.to_thread(store.start, log)
    await asyncio.to_thread(store.wait_ready if isinstance(store, Postgres) else store.wait_accepts)


@pytest.mark.slow
async def test_a_broker_that_is_killed_delays_events_and_loses_none(
    folder: Folder, broker: Kafka, own_settings: Settings
) -> None:
    await start(broker, folder)
    settings = own_settings.model_copy(update={"kafka_bootstrap": broker.bootstrap, "topic_prefix": ""})
    await create_topics(broker.bootstrap)
    parts = Parts.of(settings)
    writer, keys = Writer(parts), [new_id() for _ in range(3)]
    bus = Bus(settings, writer.partnership)
    relaying = asyncio.create_task(relay.run(parts))
    for number in range(60):
        await writer.write(*(numbered(key, number) for key in keys))
        if number == 20:
            await until(lambda: waits(writer, 10), 30)
            kill(broker)
    assert await writer.waiting() >= 39 * 3
    assert not relaying.done()
    await start(broker, folder)
    await until(lambda: waits(writer, 0), 60)
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    assert by_key(await bus.collect(180)) == {str(key): list(range(60)) for key in keys}
    await parts.close()


async def waits(writer: Writer, at_most: int) -> bool:
    return await writer.waiting() <= at_most


@pytest.fixture
async def own_database(
    folder: Folder, own_environment: dict[str, str]
) -> AsyncIterator[tuple[Postgres, dict[str, str]]]:
    """A durable PostgreSQL of this test's own, migrated, and the environment of a service on it."""
    secrets = folder.secrets()
    server = Postgres(folder.postgres, secrets.superuser, process.free_port())
    await start(server, folder)
    await provision.provision(server.admin_dsn, secrets.passwords)
    passwords = secrets.passwords["training"]
    url = migrations.owner_url("127.0.0.1", server.port, "training", passwords["owner"])
    # Alembic's configuration runs an event loop of its own where there is none.
    await migrations.upgrade(url, "training")
    yield (
        server,
        own_environment
        | {
            "CIRCLE_DATABASE_PORT": str(server.port),
            "CIRCLE_DATABASE_NAME": "training",
            "CIRCLE_VAULT_NAME": "vault",
            **{f"CIRCLE_{role.upper()}_PASSWORD": passwords[role] for role in ("app", "worker", "vault")},
        },
    )
    server.stop()


@pytest.mark.slow
async def test_what_was_answered_survives_a_killed_database_and_retries_have_one_effect(
    folder: Folder, own_database: tuple[Postgres, dict[str, str]]
) -> None:
    server, environment = own_database
    async with running(create_app, environment, Handlers()) as training:
        partnership = new_id()
        caller = training.as_(Role.TRAINER, partnership=partnership, organisation=new_id(), person=new_id())
        answers: dict[str, httpx.Response] = {}
        writing = [asyncio.create_task(keep_writing(caller, answers, f"{turn}")) for turn in range(6)]

        async def under_way() -> bool:
            return len(answers) > 60

        await until(under_way, 30)
        kill(server)
        await asyncio.gather(*writing)
        done = {title for title, answer in answers.items() if answer.status_code == 201}
        failed = {title: answer for title, answer in answers.items() if title not in done}
        assert {answer.status_code for answer in failed.values()} == {503}
        await start(server, folder)

        async def back() -> bool:
            return (await caller.get("/v1/programmes")).status_code == 200

        await until(back, 30)
        assert done <= set(await titles(caller))
        for title in answers:
            assert (await offer(caller, title)).status_code == 201
        assert sorted(await titles(caller)) == sorted(answers)


async def offer(caller: Caller, title: str) -> httpx.Response:
    return await caller.post("/v1/programmes", {"title": title}, headers={"Idempotency-Key": title})


async def keep_writing(caller: Caller, answers: dict[str, httpx.Response], name: str) -> None:
    """Until something goes wrong."""
    for number in range(2000):
        title = f"{name} {number}"
        answers[title] = await offer(caller, title)
        if answers[title].status_code != 201:
            return


async def titles(caller: Caller) -> list[str]:
    found, cursor = [], None
    while True:
        params: dict[str, Any] = {"limit": 200} | ({"cursor": cursor} if cursor else {})
        page = (await caller.get("/v1/programmes", params=params)).json()
        found += [one["title"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return found
