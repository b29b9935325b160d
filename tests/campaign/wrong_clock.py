"""A process whose wall clock is wrong by what a file says, and jumps when that changes, as when somebody sets it.

Only what Python code reads as the time of day is wrong; the steady clock is not, as on a machine.
"""

import mmap
import struct
import sys
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Final

CLOCK: Final = "CAMPAIGN_CLOCK"
_NUMBER: Final = struct.Struct("d")
# Whoever reads the time of day in a process of ours; databases and brokers are processes of their own.
_READERS: Final = ("shared", "gateway", "services", "jose", "aiokafka")


def set_by(path: Path, seconds: float) -> None:
    """From now on the process that looks at this file is so many seconds ahead."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(_NUMBER.pack(0.0))
    with path.open("r+b") as file:
        file.write(_NUMBER.pack(seconds))


def arm(path: str) -> None:
    """Make this process look there from now on. Modules that are loaded later are right."""
    with Path(path).open("rb") as file:
        memory = mmap.mmap(file.fileno(), _NUMBER.size, access=mmap.ACCESS_READ)
    right = time.time

    def wrong_by() -> float:
        return float(_NUMBER.unpack(memory[: _NUMBER.size])[0])

    def wrong() -> float:
        return right() + wrong_by()

    class Kind(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime)

    class Wrong(datetime, metaclass=Kind):
        """Makes real ones; `now` of another time."""

        def __new__(cls, *given: Any, **named: Any) -> Any:
            return datetime(*given, **named)  # noqa: DTZ001 - as it was asked for

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + timedelta(seconds=wrong_by())

    time.time = wrong
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in _READERS and vars(module).get("datetime") is datetime:
            vars(module)["datetime"] = Wrong
