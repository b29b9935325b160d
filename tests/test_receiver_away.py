"""The copy of the log cannot be written: commits wait, and there are two ways out, with the copy and without it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from deploy.local import process
from deploy.local.backup.keeping import Keeping
from deploy.local.backup.receiver import Receiver
from deploy.local.postgres import Postgres
from deploy.local.state import Folder

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "state")
    made.make()
    Keeping.begin(made, tmp_path / "to", tmp_path / "third" / "erasures.jsonl", synchronous=True)
    return made


@contextmanager
def started(folder: Folder) -> Iterator[tuple[Postgres, Receiver]]:
    """As the runner does it."""
    server = Postgres(folder.postgres, "a password", process.free_port())
    archive = Receiver(folder, server)
    with folder.open_log("postgres") as log:
        server.start(log)
    try:
        server.wait_ready(60)
        archive.start()
        yield server, archive
    finally:
        server.stop()
        archive.stop()


async def _write(server: Postgres, seconds: float) -> int:
    connection = await asyncpg.connect(server.admin_dsn)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS written (at timestamptz)", timeout=seconds)
        await connection.execute("INSERT INTO written VALUES (now())", timeout=seconds)
        return int(await connection.fetchval("SELECT count(*) FROM written"))
    finally:
        await connection.close()


def write(server: Postgres, seconds: float = 30) -> int:
    """How many rows there are after one more was acknowledged."""
    return asyncio.run(_write(server, seconds))


async def _slots(server: Postgres) -> int:
    connection = await asyncpg.connect(server.admin_dsn)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM pg_replication_slots"))
    finally:
        await connection.close()


def take_the_disk_away(archive: Receiver) -> Path:
    """The receiver dies, and finds no folder when it is started again."""
    assert archive.running is not None
    archive.running.kill()
    archive.running.wait(10)
    aside = archive.keeping.log.with_name("wal-aside")
    archive.keeping.log.rename(aside)
    archive.keeping.log.write_text("no folder")
    return aside


def test_commits_wait_until_there_is_a_disk_again_and_nothing_is_lost(folder: Folder) -> None:
    with started(folder) as (server, archive):
        assert write(server) == 1
        aside = take_the_disk_away(archive)
        assert archive.tend().startswith("away, commits wait")
        with pytest.raises(TimeoutError):
            write(server, seconds=2)
        archive.keeping.log.unlink()
        aside.rename(archive.keeping.log)
        archive.tend()
        assert process.wait_until(lambda: archive.tend() == "running again", 20)
        # The one that nobody was told of is there as well.
        assert write(server) == 3


def test_with_no_disk_to_be_had_turning_backups_off_lets_commits_go_after_a_restart(folder: Folder) -> None:
    with started(folder) as (server, archive):
        assert write(server) == 1
        take_the_disk_away(archive)
        with pytest.raises(TimeoutError):
            write(server, seconds=2)
    Keeping.of(folder).model_copy(update={"to": ""}).note(folder)
    with started(folder) as (server, archive):
        assert archive.running is None
        assert write(server, seconds=10) == 3
        # What nobody fetches is not held back any more.
        assert asyncio.run(_slots(server)) == 0
