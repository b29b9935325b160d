"""A partnership's writer, and processes that are started to be killed."""

import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from deploy.local.state import ROOT
from shared import outbox
from shared.db import Work
from shared.events.training import InductionStarted
from shared.ids import new_id
from shared.kafka import create_topics
from shared.parts import Parts
from shared.settings import Settings
from shared.tests.bus import Bus


@dataclass
class Writer:
    """One partnership of the training service: what it writes, what is left in its outbox, what was heard."""

    parts: Parts
    partnership: UUID = field(default_factory=new_id)

    def work(self) -> Work:
        return Work("training", self.partnership, new_id(), "test", "system")

    async def write(self, *events: InductionStarted) -> None:
        async with self.parts.app.open(self.work()) as session:
            for event in events:
                outbox.add(session, event)
            await self.parts.app.commit(session)

    async def rows(self, query: str, **parameters: Any) -> list[Any]:
        async with self.parts.worker.open(self.work()) as session:
            return list((await session.execute(text(query), {"p": self.partnership} | parameters)).all())

    async def waiting(self) -> int:
        return int((await self.rows("SELECT count(*) FROM outbox WHERE partnership_id = :p"))[0][0])

    async def heard(self, key: UUID, point: str) -> list[int]:
        """The numbers that had an effect for the key, in the order of the effects."""
        query = """SELECT to_status FROM status_history
          WHERE partnership_id = :p AND subject_id = :key AND subject_kind = :point ORDER BY id"""
        return [int(row[0]) for row in await self.rows(query, key=key, point=point)]


@dataclass
class Children:
    """Starts processes of `tests.reliability.child`; none outlives the test."""

    environment: dict[str, str]
    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, role: str, point: str = "never", prefix: str = "") -> subprocess.Popen[bytes]:
        environment = self.environment | ({"CIRCLE_TOPIC_PREFIX": prefix} if prefix else {})
        command = [sys.executable, "-m", "tests.reliability.child", role, point, str(self.folder)]
        log = (self.folder / "log").open("ab")
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        log.close()
        self.started.append(child)
        return child

    def end(self) -> None:
        for child in self.started:
            child.kill()
            child.wait()


def killed(child: subprocess.Popen[bytes]) -> bool:
    return child.poll() == -signal.SIGKILL


@pytest.fixture(scope="session")
def own_environment(environment_of: Callable[[str], dict[str, str]]) -> dict[str, str]:
    given = environment_of("training")
    return given | {"CIRCLE_WORKER": "separate", "CIRCLE_TOPIC_PREFIX": f"reliability.{given['CIRCLE_TOPIC_PREFIX']}"}


@pytest.fixture(scope="session")
def own_settings(own_environment: dict[str, str]) -> Settings:
    given: dict[str, Any] = {name.removeprefix("CIRCLE_").lower(): one for name, one in own_environment.items()}
    return Settings(**given | {"service": "training"})


@pytest.fixture
async def writer(own_settings: Settings) -> AsyncIterator[Writer]:
    await create_topics(own_settings.kafka_bootstrap, own_settings.topic_prefix)
    parts = Parts.of(own_settings)
    yield Writer(parts)
    await parts.close()


@pytest.fixture
def bus(own_settings: Settings, writer: Writer) -> Bus:
    return Bus(own_settings, writer.partnership)


@pytest.fixture
async def bus_apart(own_settings: Settings, writer: Writer) -> Bus:
    """Topics with nothing on them yet."""
    prefix = f"{new_id()}."
    await create_topics(own_settings.kafka_bootstrap, prefix)
    return Bus(own_settings.model_copy(update={"topic_prefix": prefix}), writer.partnership)


@pytest.fixture
def children(own_environment: dict[str, str], tmp_path: Path) -> Iterator[Children]:
    made = Children(own_environment, tmp_path)
    yield made
    made.end()
