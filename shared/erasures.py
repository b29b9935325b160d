"""The erasure log: whose keys were destroyed, in a file outside every database, so that no restored copy reads them.

One line of JSON an erasure: ids, an instant and the signature of the line before, signed with the audit's key. It is on
disk before the key goes. A line that was taken out, put in or moved is found by the line behind it.
"""

import asyncio
import fcntl
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

from shared import wall_clock
from shared.audit import Auditor
from shared.crypto import Subject, SubjectKind
from shared.errors import Unavailable

# Two lines at least: whatever a killed writer left behind, and the whole one before it.
_TAIL_BYTES: Final = 8192


class ErasureLogError(Exception):
    """The log is not what was written."""


class ForgedLineError(ErasureLogError):
    """A line that this platform has not written: nothing may be destroyed on its word."""


class BrokenChainError(ErasureLogError):
    """Lines are missing, or stand where they were not written: somebody erased may not be named any more."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """Somebody's key, or a case's, that must not be there any more, in no service."""

    partnership: UUID
    subject: Subject


class ErasureLog:
    """Appends from any number of processes, each line whole and in one write."""

    def __init__(self, path: Path, auditor: Auditor) -> None:
        self._path = path
        self._auditor = auditor

    async def note(self, partnership: UUID, subject: Subject) -> None:
        """Return when it is on disk; `Unavailable` when it cannot be: then the key must stay."""
        line = {
            "at": wall_clock.now().isoformat(),
            "partnership": str(partnership),
            "kind": subject.kind.value,
            "subject": str(subject.id),
        }
        try:
            await asyncio.to_thread(self._append, line)
        except OSError as error:
            raise Unavailable("The erasure log cannot be written.") from error

    def read(self, *, accept_gaps: bool = False) -> list[Erasure]:
        """Every erasure, each once, in the order of the log; an empty list where nothing was ever erased.

        With gaps accepted, whatever the log still names: what was taken out of it cannot be known.
        """
        if not self._path.exists():
            return []
        return list(dict.fromkeys(self._erasures(accept_gaps)))

    def _append(self, line: dict[str, str]) -> None:
        made = not self._path.exists()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # One writer at a time, of all processes: each names the one before it. Closing lets go.
            fcntl.flock(handle, fcntl.LOCK_EX)
            line = line | {"after": _last_mac(handle)}
            # It begins a line of its own, whatever a process that was killed has left behind.
            os.write(handle, b"\n" + orjson.dumps(line | {"mac": self._mac(line)}) + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)
        if made:
            _sync(self._path.parent)

    def _erasures(self, accept_gaps: bool) -> Iterator[Erasure]:
        before = ""
        for number, text in enumerate(self._path.read_bytes().split(b"\n"), 1):
            line = _parsed(text)
            if line is None:
                continue
            told = str(line.pop("mac", ""))
            if not hmac.compare_digest(told, self._mac(line)):
                raise ForgedLineError(f"line {number} of the erasure log was not written with this audit key")
            if line.get("after") != before and not accept_gaps:
                raise BrokenChainError(
                    f"line {number} of the erasure log does not follow the one before it: lines were taken out or moved"
                )
            before = told
            yield Erasure(UUID(line["partnership"]), Subject(SubjectKind(line["kind"]), UUID(line["subject"])))

    def _mac(self, line: dict[str, Any]) -> str:
        return self._auditor.sign_erasure(orjson.dumps(line, option=orjson.OPT_SORT_KEYS)).hex()


def _parsed(text: bytes) -> dict[str, Any] | None:
    """None for nothing, and for the rest of a line whose writer was killed: that erasure was never acknowledged."""
    try:
        line: dict[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return line


def _last_mac(handle: int) -> str:
    """The signature of the last whole line; nothing in a log that begins."""
    size = os.fstat(handle).st_size
    tail = os.pread(handle, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
    return next((str(line["mac"]) for text in reversed(tail.split(b"\n")) if (line := _parsed(text))), "")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
