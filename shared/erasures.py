"""The erasure log: whose keys were destroyed, in a file outside every database, so that no restored copy reads them.

One line of JSON an erasure: ids and an instant, authenticated with the audit's key. It is on disk before the key goes.
"""

import asyncio
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from shared.audit import Auditor
from shared.crypto import Subject, SubjectKind
from shared.errors import Unavailable


class ForgedLineError(Exception):
    """A line that this platform has not written: nothing may be destroyed on its word."""


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
            "at": datetime.now(UTC).isoformat(),
            "partnership": str(partnership),
            "kind": subject.kind.value,
            "subject": str(subject.id),
        }
        try:
            await asyncio.to_thread(self._append, line | {"mac": self._mac(line)})
        except OSError as error:
            raise Unavailable("The erasure log cannot be written.") from error

    def read(self) -> list[Erasure]:
        """Every erasure, each once, in the order of the log; an empty list where nothing was ever erased."""
        if not self._path.exists():
            return []
        return list(dict.fromkeys(self._erasures()))

    def _append(self, line: dict[str, str]) -> None:
        made = not self._path.exists()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # It begins a line of its own, whatever a process that was killed has left behind.
            os.write(handle, b"\n" + orjson.dumps(line) + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)
        if made:
            _sync(self._path.parent)

    def _erasures(self) -> Iterator[Erasure]:
        for number, text in enumerate(self._path.read_bytes().split(b"\n"), 1):
            line = _parsed(text)
            if line is None:
                continue
            told = str(line.pop("mac", ""))
            if not hmac.compare_digest(told, self._mac(line)):
                raise ForgedLineError(f"line {number} of the erasure log was not written with this audit key")
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


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
