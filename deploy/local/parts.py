"""The parts of a running stack as anybody may see them: kept in the state folder, shown by `status` and the panel."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from deploy.local import process
from deploy.local.state import APPLICATIONS, Folder

ORDER: Final = ("postgres", "kafka", *APPLICATIONS)


@dataclass
class Part:
    """One process of the stack."""

    name: str
    state: str = "waiting"
    pid: int | None = None
    port: int | None = None
    since: float | None = None

    @property
    def is_alive(self) -> bool:
        return self.pid is not None and self.since is not None and process.is_same(self.pid, self.since)


@dataclass
class Board:
    """All parts and what the runner is doing; every change is written down and announced."""

    folder: Folder
    announce: Callable[["Board"], None]
    doing: str = "starting"
    address: str = ""
    # Rolling restarts since the start, and what kept the last one from happening.
    restarts: int = 0
    trouble: str = ""
    parts: dict[str, Part] = field(default_factory=lambda: {name: Part(name) for name in ORDER})

    def say(self, doing: str) -> None:
        self.doing = doing
        self._changed()

    def note(self, name: str, state: str, pid: int | None = None, port: int | None = None) -> None:
        part = self.parts.setdefault(name, Part(name))
        part.state = state
        if pid is not None:
            part.pid, part.since = pid, process.born(pid)
        if port is not None:
            part.port = port
        self._changed()

    def _changed(self) -> None:
        document = {
            "doing": self.doing,
            "runner": os.getpid(),
            "address": self.address,
            "restarts": self.restarts,
            "trouble": self.trouble,
            "parts": [asdict(p) for p in self.parts.values()],
        }
        self.folder.write("state", document)
        self.announce(self)


def seen(folder: Folder) -> tuple[str, str, list[Part]]:
    """What the last runner wrote down: what it did, the console's address, its parts."""
    document: dict[str, Any] = folder.read("state")
    parts = [Part(**part) for part in document.get("parts", [])]
    for part in parts:
        if part.pid is not None and not part.is_alive and part.state not in {"failed", "stopped"}:
            part.state = "gone"
    return document.get("doing", "down"), document.get("address", ""), parts


def end_leftovers(folder: Folder) -> None:
    """After kill -9 of a runner: end what it started, applications first."""
    _, _, parts = seen(folder)
    for part in reversed(parts):
        # PostgreSQL looks after itself: it knows who works in its folder.
        if part.name != "postgres" and part.pid is not None and part.since is not None:
            process.end_leftover(part.pid, part.since)
