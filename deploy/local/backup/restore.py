"""Restoring: a database from a base backup and its log, the secrets from escrow; what was erased is erased again."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg

from deploy.local import process, upkeep
from deploy.local.backup import bases, escrow
from deploy.local.backup.bases import Base
from deploy.local.backup.keeping import Keeping
from deploy.local.postgres import Postgres
from deploy.local.process import StartError
from deploy.local.state import APPLICATIONS, Folder, Secrets, write

_RECOVERY_SECONDS: Final = 3600
# Numbers of the feed that may have been given out after the instant that is restored are never given again.
_SKIPPED_NUMBERS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Order:
    """What to restore from where; `until` None is the end of the log."""

    source: Path
    escrow: Path
    passphrase: str
    erasures: Path
    until: datetime | None = None
    keep_broker: bool = False


def restore(folder: Folder, order: Order) -> Iterator[str]:
    """Into a state folder without a database, which is down; says each step. The platform then starts as always."""
    if folder.postgres.exists():
        raise StartError(f"{folder.postgres} is there: move it away first, nothing is written over")
    if not order.erasures.exists():
        raise StartError(f"there is no erasure log at {order.erasures}: what was erased would come back")
    base = bases.before(order.source, order.until)
    bases.verify(base.path)
    segments = bases.unbroken(order.source / "wal", base.first)
    secrets = escrow.open_(order.escrow.read_text(), order.passphrase)
    folder.make()
    write(folder.path / "secrets.json", secrets.model_dump_json(indent=1), mode=0o600)
    # No line of backups yet: the old one ends here.
    Keeping(erasures=str(order.erasures)).note(folder)
    yield f"{base.path.name} and {len(segments)} segments of the log, up to {order.until or 'the end'}"
    server = _server(folder, secrets, order.until)
    _lay_down(server, base, segments)
    with _recovered(folder, server):
        if order.until is None:
            _ended_at(server.folder, segments[-1])
        yield from _made_good(order, server)
    yield from _broker(folder, order)


def _server(folder: Folder, secrets: Secrets, until: datetime | None) -> Postgres:
    ports = folder.read("ports")
    names = ("postgres", "kafka", "controller", *APPLICATIONS)
    ports |= {name: process.free_port(ports.get(name)) for name in names}
    folder.write("ports", ports)
    # The log lies in the data folder already; nobody may look before the end of it.
    more = {"restore_command": "false", "hot_standby": "off", "recovery_target_action": "promote"}
    more |= {"recovery_target_time": until.isoformat()} if until else {}
    return Postgres(folder.postgres, secrets.superuser, ports["postgres"], more=more)


def _lay_down(server: Postgres, base: Base, segments: list[Path]) -> None:
    shutil.copytree(base.path, server.folder)
    for segment in segments:
        shutil.copyfile(segment, server.folder / "pg_wal" / segment.name.removesuffix(".partial"))
    (server.folder / "recovery.signal").touch()
    server.adopt()


@contextmanager
def _recovered(folder: Folder, server: Postgres) -> Iterator[None]:
    try:
        with folder.open_log("restore") as log:
            server.start(log)
        try:
            server.wait_ready(_RECOVERY_SECONDS)
        except StartError as error:
            raise StartError(f"{error}: {folder.last_words('restore')}") from error
        yield
    finally:
        server.stop()


def _ended_at(data: Path, last: Path) -> None:
    """Recovery ends in silence at the first record that it cannot read; that has to be in the last segment."""
    histories = sorted((data / "pg_wal").glob("*.history"))
    high, low = histories[-1].read_text().strip().splitlines()[-1].split("\t")[1].split("/")
    reached = int(high, 16) * 256 + (int(low, 16) >> 24)
    # An empty last segment is one that was begun when the one before it ended.
    if reached < bases.place(last.name) - 1:
        raise StartError(f"the log cannot be read beyond {high}/{low}, but it goes on to {last.name}")


def _made_good(order: Order, server: Postgres) -> Iterator[str]:
    """What the restored copy does not know: erasures that came later, listeners that had not listened."""
    for what in (upkeep.replay_erasures, upkeep.tell_again):
        lines, good = what("")
        yield from lines
        if not good:
            raise StartError("the restored platform must not be opened")
    if order.until is not None:
        asyncio.run(_skip_numbers(server.admin_dsn))
        yield f"the feed goes on {_SKIPPED_NUMBERS} numbers later"


async def _skip_numbers(admin_dsn: str) -> None:
    connection = await asyncpg.connect(admin_dsn, database="gateway")
    try:
        await connection.execute("UPDATE feed_counters SET last = last + $1", _SKIPPED_NUMBERS)
    finally:
        await connection.close()


def _broker(folder: Folder, order: Order) -> Iterator[str]:
    if folder.kafka.exists() and not order.keep_broker:
        aside = folder.kafka.with_name(f"kafka-before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        folder.kafka.rename(aside)
        yield f"the old bus is in {aside}; the new one begins empty"
