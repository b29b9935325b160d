"""A small disk of its own under a world's database, to be filled: a tmpfs, which only root can mount."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tests.campaign.world import World

_ROOM_MB: Final = 96
_PIECE: Final = bytes(65536)


@dataclass(frozen=True, slots=True)
class Disk:
    """The mounted folder of the database."""

    folder: Path

    @classmethod
    @asynccontextmanager
    async def under(cls, world: World) -> AsyncIterator[Self | None]:
        """Move the database there for as long as this lasts; None where nobody may mount."""
        if os.geteuid() != 0:
            yield None
            return
        folder, aside = world.postgres.folder, world.postgres.folder.with_name("postgres-aside")
        await world.by_hand(world.postgres.stop)
        folder.rename(aside)
        folder.mkdir()
        size = sum(one.stat().st_size for one in aside.rglob("*") if one.is_file()) // 2**20 + _ROOM_MB
        await _call("mount", "-t", "tmpfs", "-o", f"size={size}m", "campaign", str(folder))
        try:
            await _call("cp", "-a", f"{aside}/.", str(folder))
            await world.start_postgres()
            yield cls(folder)
        finally:
            await world.by_hand(world.postgres.stop)
            shutil.rmtree(aside)
            await _call("cp", "-a", str(folder), str(aside))
            await _call("umount", str(folder))
            folder.rmdir()
            aside.rename(folder)
            await world.start_postgres()

    def fill(self) -> None:
        """Until the last byte is taken."""
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            try:
                while ballast.write(_PIECE):
                    pass
            except OSError:
                return

    def clear(self) -> None:
        (self.folder / "ballast").unlink()

    async def revive(self, world: World) -> None:
        """Start the server again if it gave up."""
        await asyncio.sleep(0.5)
        if world.postgres.running is None or world.postgres.running.poll() is not None:
            await world.start_postgres()


async def _call(*command: str) -> None:
    await asyncio.to_thread(subprocess.run, command, check=True)
