"""A whole platform of its own: database, broker, every process apart, each to be killed and started again.

async with World(path).running() as world:
    await world.kill("matching-worker")
    await world.start("matching-worker")
    await world.ready("matching-worker")
"""

import asyncio
import contextlib
import http.client
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from unittest import mock

import psutil

from deploy.local import environment, process, topics
from deploy.local.kafka import Kafka
from deploy.local.nurse import Nurse
from deploy.local.postgres import Postgres
from deploy.local.process import LOOPBACK
from deploy.local.state import APPLICATIONS, Folder
from gateway.identity.bootstrap import bootstrap
from gateway.settings import GatewaySettings
from tests.campaign import journal
from tests.campaign.checker import Checker
from tests.campaign.gather import Sources
from tests.campaign.start import PART
from tests.campaign.wiring import BROKER, Wiring

T = TypeVar("T")
SECRET: Final = "an administrator's secret that only campaigns know"
WORKERS: Final = (*(f"{name}-worker" for name in APPLICATIONS), "gateway-sender")
PROCESSES: Final = (*APPLICATIONS, *WORKERS)
_START_SECONDS: Final = 120.0


class World:
    """One platform. Everything that starts or ends a process is done by one thread, which lives as long as this."""

    def __init__(
        self,
        path: Path,
        *,
        durable: bool = True,
        more: Sequence[str] = (),
        overrides: Mapping[str, Mapping[str, str]] | None = None,
        wiring: Wiring | None = None,
    ) -> None:
        """`more` are second processes of a part, as `referral-worker#2`; `overrides` are further variables by part.

        With a `wiring` its parts reach each other, the stores and the receiver only through its wires.
        """
        self.folder = Folder(path)
        self.folder.make()
        self.secrets = self.folder.secrets()
        self.overrides = dict(overrides or {})
        self.wiring = wiring
        self.listeners = {name: process.listen() for name in (*PROCESSES, *more)}
        self.postgres = Postgres(self.folder.postgres, self.secrets.superuser, process.free_port(), durable=durable)
        ports = (process.free_port(), process.free_port())
        self.kafka = Kafka(self.folder.kafka, self.secrets.kafka_cluster, *ports, train=False, aside=_aside(wiring))
        self.around = environment.Surroundings(
            database_port=self.postgres.port,
            kafka_bootstrap=self.kafka.bootstrap,
            issuer=f"http://{LOOPBACK}:{process.port_of(self.listeners['gateway'])}",
            ports={name: process.port_of(listener) for name, listener in self.listeners.items()},
            worker="separate",
            erasure_log=str(path / "elsewhere" / "erasures.jsonl"),
        )
        if wiring is not None and self.kafka.aside is not None:
            wiring.lead(self.around.ports, self.postgres.port, self.kafka.aside[0])
        self.administrator = ""
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="world")
        self._nurse: Nurse | None = None
        # Under which name the nursery knows a process that has succeeded another.
        self._names: dict[str, str] = {}

    @property
    def gateway(self) -> str:
        """Where clients call."""
        return self.around.issuer

    @property
    def admin_dsn(self) -> str:
        """The superuser's address; `database=` chooses the service."""
        return self.postgres.admin_dsn

    @contextlib.asynccontextmanager
    async def running(self, only: Sequence[str] = PROCESSES) -> AsyncIterator["World"]:
        """Everything up and ready, with the platform's administrator; everything down at the end."""
        try:
            await self.by_hand(self._open)
            await journal.install(self.admin_dsn)
            for name in only:
                await self.start(name)
            await asyncio.gather(*(self.ready(name) for name in only))
            self.administrator = str(await self.by_hand(self._bootstrap))
            yield self
        finally:
            await self.by_hand(self._close)
            self._hand.shutdown()

    async def by_hand(self, act: Callable[..., T], *arguments: Any) -> T:
        """Do it in the one thread that owns the processes."""
        return await asyncio.get_running_loop().run_in_executor(self._hand, act, *arguments)

    def checker(self) -> Checker:
        """The checker of this platform."""
        sources = Sources(self.admin_dsn, self.kafka.bootstrap)
        return Checker(sources, {name: self.environment_of(name) for name in APPLICATIONS})

    def environment_of(self, name: str) -> dict[str, str]:
        """The `CIRCLE_*` variables of a part or of the service that it belongs to."""
        part = name.partition("#")[0]
        given = environment.of(part.partition("-")[0], self.secrets, self.around)
        wired = self.wiring.environment_of(part) if self.wiring is not None else {}
        return given | wired | dict(self.overrides.get(part, {}))

    # Processes of ours

    async def start(self, name: str, **marks: str) -> None:
        """Fork it, without waiting for it to be ready; `marks` are further variables, of this start only."""
        await self.by_hand(self._start, name, marks)

    async def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send the signal and wait until it is gone."""
        await self.by_hand(self._kill, name, number)

    async def replace(self, name: str, **marks: str) -> None:
        """A successor on the same socket, ready before the former is told to drain; returns when that is gone."""
        await self.by_hand(self._replace, name, marks)

    async def gone(self, name: str, seconds: float = 30) -> None:
        """Wait for a process that ends by itself."""
        await self.by_hand(self._await_gone, name, seconds)

    async def dies(self, name: str, seconds: float) -> bool:
        """Whether it is killed, be it by itself, within so many seconds; if not, it is left as it is."""
        known, until = self._names.get(name, name), time.monotonic() + seconds
        while not self._nursing.has_ended(known) and time.monotonic() < until:
            await self.by_hand(self._nursing.listen, 0.0)
            await asyncio.sleep(0.02)
        return self._nursing.ended.get(known) == -signal.SIGKILL

    async def ready(self, name: str, seconds: float = 60) -> None:
        """Until `/readyz` says so."""
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(answers_ready, self.around.ports[name]):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)

    def pid(self, name: str) -> int:
        """The number of a process of ours; KeyError when it does not run."""
        return self._nursing.started[self._names.get(name, name)]

    @property
    def alive(self) -> Sequence[str]:
        """Our processes that run, as far as the nursery has told."""
        return list(self._nursing.started)

    # The stores

    async def kill_broker(self) -> None:
        """Kill -9."""
        await self.by_hand(_end, self.kafka)

    async def start_broker(self) -> None:
        """Without waiting for it."""
        await self.by_hand(self._start_store, "kafka", self.kafka)

    async def kill_postmaster(self) -> None:
        """Kill -9 of the first process of PostgreSQL; its children notice."""
        await self.by_hand(_end, self.postgres)

    async def start_postgres(self) -> None:
        """After `kill_postmaster`; returns when it accepts connections."""
        await self.by_hand(self._start_store, "postgres", self.postgres)
        await self.by_hand(self.postgres.wait_ready)

    def backends(self, login: str = "") -> list[int]:
        """Processes of PostgreSQL that serve a connection, of one login or of all of ours."""
        assert self.postgres.running is not None
        found = []
        for child in psutil.Process(self.postgres.running.pid).children():
            with contextlib.suppress(psutil.Error):
                words = " ".join(child.cmdline()).split()
                if len(words) > 2 and words[1].endswith(("_app", "_worker", "_vault")) and words[1].startswith(login):
                    found.append(child.pid)
        return found

    def kill_backend(self, pid: int) -> None:
        """Kill -9 of one backend: PostgreSQL then restarts all of them by itself."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    # What the one thread does

    @property
    def _nursing(self) -> Nurse:
        assert self._nurse is not None
        return self._nurse

    def _open(self) -> None:
        self._start_store("kafka", self.kafka)
        self._start_store("postgres", self.postgres)
        self._nurse = Nurse(self.folder, self.listeners.values())
        self.postgres.wait_ready()
        task = {"admin_dsn": self.admin_dsn, "host": LOOPBACK, "port": self.postgres.port}
        self._nurse.order("prepare", "prepare", passwords=self.secrets.passwords, **task)
        asyncio.run(topics.ensure(self.kafka.bootstrap, topics.names()))
        self._nurse.until(partial(self._nurse.has_succeeded, "prepare"), _START_SECONDS, "prepare")

    def _start_store(self, name: str, store: Kafka | Postgres) -> None:
        with self.folder.open_log(name) as log:
            store.start(log)

    def _start(self, name: str, marks: Mapping[str, str]) -> None:
        self._names.pop(name, None)
        self._start_as(name, name, marks)

    def _start_as(self, known: str, name: str, marks: Mapping[str, str]) -> None:
        given = self.environment_of(name) | {PART: name.partition("#")[0]} | dict(marks)
        factory, listener = "tests.campaign.start:create_app", self.listeners[name].fileno()
        self._nursing.order(known, "application", factory=factory, environment=given, listener=listener)
        self._nursing.until(lambda: known in self._nursing.started, _START_SECONDS, known)

    def _replace(self, name: str, marks: Mapping[str, str]) -> None:
        former = self._names.get(name, name)
        successor = name if former != name else f"{name}~"
        self._start_as(successor, name, marks)
        self._nursing.until(partial(self._nursing.is_ready, successor), _START_SECONDS, successor)
        self._names[name] = successor
        self._nursing.signal(former, signal.SIGTERM)
        self._nursing.until(partial(self._nursing.has_ended, former), _START_SECONDS, former)

    def _kill(self, name: str, number: signal.Signals) -> None:
        with contextlib.suppress(KeyError, ProcessLookupError):
            os.kill(self._nursing.started[self._names.get(name, name)], number)
        self._await_gone(name, 30)

    def _await_gone(self, name: str, seconds: float) -> None:
        name = self._names.get(name, name)
        self._nursing.until(lambda: name not in self._nursing.started, seconds, f"the end of {name}")

    def _bootstrap(self) -> Any:
        with mock.patch.dict(os.environ, self.environment_of("gateway")):
            return asyncio.run(bootstrap(GatewaySettings(), SECRET)).client_id

    def _close(self) -> None:
        if self._nurse is not None:
            for name in list(self._nurse.started):
                self._nurse.signal(name, signal.SIGKILL)
            self._nurse.close()
        for listener in self.listeners.values():
            listener.close()
        for store in (self.kafka, self.postgres):
            store.stop()


def _aside(wiring: Wiring | None) -> tuple[int, int] | None:
    return None if wiring is None else (process.free_port(), wiring.wire(BROKER).port)


def _end(store: Kafka | Postgres) -> None:
    assert store.running is not None
    store.running.kill()
    store.running.wait(10)


def answers_ready(port: int) -> bool:
    """Whether the process behind this port says that it is ready."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        answer.read()
        return answer.status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
