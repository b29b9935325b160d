"""A world with backups: its log is copied while it runs; it can be lost at once and restored by `circle restore`."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import psutil

from deploy.local import process, topics
from deploy.local.backup import bases, escrow
from deploy.local.backup.bases import Base
from deploy.local.backup.keeping import Keeping
from deploy.local.backup.receiver import Receiver
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.state import ROOT, Folder
from tests.campaign.world import PROCESSES, World

_PASSPHRASE: Final = "a passphrase that only campaigns know"
_START_SECONDS: Final = 120.0


@dataclass
class Kept:
    """`place` is the other disk: lines of backups, and what is restored from them aside; and the escrow."""

    world: World
    place: Path
    broken: str = ""
    line: int = 0
    _receiver: Receiver | None = field(default=None, init=False)

    @classmethod
    @asynccontextmanager
    async def under(cls, world: World, place: Path, broken: str = "") -> AsyncIterator["Kept"]:
        """Turn backups on, for good. `broken` is a fault of `tests.planted.restoring`."""
        kept = cls(world, place, broken)
        await world.by_hand(_end, world.postgres)
        await kept.start()
        try:
            yield kept
        finally:
            await world.by_hand(kept._stop_copying)

    @property
    def erasures(self) -> Path:
        return Path(self.world.around.erasure_log)

    @property
    def to(self) -> Path:
        """The line of backups that is written now."""
        return self.place / f"line-{self.line}"

    async def start(self) -> None:
        """A new line; then everything that does not run, in the order in which `circle up` does it."""
        world = self.world
        self.line += 1
        synchronous = self.broken != "log-asynchronous"
        Keeping().note(world.folder)
        Keeping.begin(world.folder, self.to, self.erasures, synchronous=synchronous)
        secrets, apart = world.folder.secrets(), self.place / "escrow"
        self._sealed = await asyncio.to_thread(escrow.hand_over, secrets, _PASSPHRASE, apart, self.to)
        await world.by_hand(self._start_stores)
        await topics.ensure(world.kafka.bootstrap, topics.names(), _START_SECONDS)
        for name in PROCESSES:
            if name not in world.alive:
                await world.start(name)
        await asyncio.gather(*(world.ready(name, _START_SECONDS) for name in PROCESSES))

    async def take(self) -> Base:
        """A base backup of the running database."""
        world = self.world
        return await asyncio.to_thread(bases.take, self.to, world.postgres.port, world.secrets.superuser)

    def hold_up_copy(self) -> None:
        """The receiver gets no processor: what is acknowledged now may be in one place only."""
        assert self._receiver is not None
        assert self._receiver.running is not None
        os.kill(self._receiver.running.pid, signal.SIGSTOP)

    async def lose(self, *, broker: bool) -> None:
        """Kill -9 of everything; the database's folder and the secrets are gone, and the broker's where asked."""
        await self._kill(broker=broker)
        shutil.rmtree(self.world.folder.postgres)
        (self.world.folder.path / "secrets.json").unlink()
        if broker:
            shutil.rmtree(self.world.folder.kafka)

    async def _kill(self, *, broker: bool) -> None:
        """The database and its copy first, so that nobody commits into what is lost already."""
        world = self.world
        await world.by_hand(_end, world.postgres)
        await world.by_hand(self._stop_copying)
        for name in world.alive:
            await world.kill(name)
        if broker:
            await world.by_hand(_end, world.kafka)

    async def restore(self, *, keep_broker: bool) -> None:
        """Everything, into the world's own folder."""
        ports = {"postgres": self.world.postgres.port, "kafka": self.world.kafka.port}
        self.world.folder.write("ports", ports)
        await self._restore(self.world.folder, "latest", *(["--keep-broker"] if keep_broker else []))

    async def restore_aside(self, until: datetime) -> Folder:
        """The same backups as they were at an instant, into a folder that nothing runs on."""
        aside = Folder(self.place / f"aside-{self.line}")
        await self._restore(aside, until.isoformat())
        return aside

    async def _restore(self, folder: Folder, *words: str) -> None:
        command = [sys.executable, "-m", *_entry(self.broken), "restore", *words, "--from", str(self.to)]
        command += ["--escrow", str(self._sealed), "--erasures", str(self.erasures)]
        environment = os.environ | {"CIRCLE_STATE": str(folder.path), "CIRCLE_ESCROW_PASSPHRASE": _PASSPHRASE}
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _start_stores(self) -> None:
        world = self.world
        world.postgres.more = {}
        self._receiver = Receiver(world.folder, world.postgres)
        stores: list[tuple[str, Kafka | Postgres]] = [("kafka", world.kafka), ("postgres", world.postgres)]
        for name, store in stores:
            if store.running is None or store.running.poll() is not None:
                with world.folder.open_log(name) as log:
                    store.start(log)
        world.postgres.wait_ready()
        self._receiver.start()

    def _stop_copying(self) -> None:
        if self._receiver is not None and self._receiver.running is not None:
            self._receiver.running.kill()
            self._receiver.running.wait()
            self._receiver = None


@asynccontextmanager
async def looked_into(folder: Folder) -> AsyncIterator[str]:
    """The administrator's address of a restored database that is started for this only."""
    server = Postgres(folder.postgres, folder.secrets().superuser, process.free_port())
    # In this thread, which outlives it: the server ends with the thread that started it.
    with folder.open_log("look") as log:
        server.start(log)
    try:
        await asyncio.to_thread(server.wait_ready)
        yield server.admin_dsn
    finally:
        server.stop()


def _entry(broken: str) -> list[str]:
    return ["tests.planted.restoring", broken] if broken else ["deploy.local"]


def _end(store: Kafka | Postgres) -> None:
    """Kill -9 of all its processes at once."""
    if store.running is None or store.running.poll() is not None:
        return
    top = psutil.Process(store.running.pid)
    family = [top, *top.children(recursive=True)]
    for member in family:
        member.kill()
    store.running.wait(10)
    psutil.wait_procs(family, timeout=10)
