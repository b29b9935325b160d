"""The clients' own account of what they did: one JSON line when an operation is sent, one when it has ended."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID


class Account:
    """Written by one process; each line is with the operating system before the request leaves."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a", buffering=1)

    def sent(self, key: str, kind: str, partnership: UUID) -> None:
        """Before the first try of an operation. `key` is its Idempotency-Key and its request id."""
        self._line(what="sent", key=key, kind=kind, partnership=str(partnership), at=time.time())

    def ended(self, key: str, status: int | None, resource: str | None) -> None:
        """Answered with this status, or, where that is None, given up without knowing."""
        self._line(what="ended", key=key, status=status, resource=resource, at=time.time())

    def looked(self, partnership: UUID, asked: UUID | None, status: int, shown: Iterable[str]) -> None:
        """What a client of this partnership was shown: of one resource, or, with None asked, of a list."""
        about = str(asked) if asked else None
        self._line(what="looked", partnership=str(partnership), asked=about, status=status, shown=list(shown))

    def close(self) -> None:
        self._file.close()

    def _line(self, **fields: Any) -> None:
        self._file.write(json.dumps(fields) + "\n")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as a client knows it; `status` is None when it does not know how it ended."""

    key: str
    kind: str
    partnership: UUID
    sent_at: float
    status: int | None = None
    resource: UUID | None = None

    @property
    def is_acknowledged(self) -> bool:
        """It was told that it is done."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_unknown(self) -> bool:
        """It may have been done or not."""
        return self.status is None or self.status >= 500


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody of a partnership was shown when asking for a resource, or, with None, for a list."""

    partnership: UUID
    asked: UUID | None
    status: int
    shown: frozenset[UUID]


def looks(path: Path) -> list[Look]:
    """Every reading of an account, in order."""
    return [
        Look(
            UUID(line["partnership"]),
            UUID(line["asked"]) if line["asked"] else None,
            line["status"],
            frozenset(map(UUID, line["shown"])),
        )
        for line in _lines(path)
        if line["what"] == "looked"
    ]


def read(path: Path) -> list[Operation]:
    """Every operation of an account, in the order of sending; without an end for those that had none."""
    sent: dict[str, dict[str, Any]] = {}
    for line in _lines(path):
        if line["what"] == "looked":
            continue
        sent.setdefault(line["key"], {}).update({line["what"]: line})
    return [_operation(key, both["sent"], both.get("ended")) for key, both in sent.items()]


def _operation(key: str, sent: dict[str, Any], ended: dict[str, Any] | None) -> Operation:
    resource = ended and ended["resource"]
    return Operation(
        key=key,
        kind=sent["kind"],
        partnership=UUID(sent["partnership"]),
        sent_at=sent["at"],
        status=ended["status"] if ended else None,
        resource=UUID(resource) if resource else None,
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as file:
        for line in file:
            # The last line may be half written when the client was killed.
            if line.endswith("\n"):
                yield json.loads(line)
