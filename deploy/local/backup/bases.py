"""Base backups: taken, checked, listed, thrown away when they are old; and the segments of the log between them."""

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from deploy.local import postgres
from deploy.local.process import LOOPBACK, StartError

_BASE: Final = re.compile(r"base-(\d{8}T\d{6}\.\d{6}Z)")
_STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
_SEGMENT: Final = re.compile(r"[0-9A-F]{24}(\.partial)?")
_FIRST: Final = re.compile(r"^START WAL LOCATION: .*\(file ([0-9A-F]{24})\)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Base:
    """One base backup, whole from `ended` on."""

    path: Path
    ended: datetime

    @property
    def first(self) -> str:
        """The segment of the log at which its recovery begins."""
        found = _FIRST.search((self.path / "backup_label").read_text())
        if found is None:
            raise StartError(f"{self.path} is not a base backup")
        return found[1]


def take(to: Path, port: int, password: str) -> Base:
    """Copy the running database and check the copy against its manifest; only then it gets its name."""
    fresh = to / "base.part"
    shutil.rmtree(fresh, ignore_errors=True)
    where = f"host={LOOPBACK} port={port} user=postgres"
    words = ["--pgdata", fresh, "--checkpoint=fast", "--wal-method=stream", "--no-password"]
    postgres.tool("pg_basebackup", *words, "-d", where, password=password)
    verify(fresh)
    ended = datetime.now(UTC)
    made = Base(to / f"base-{ended.strftime(_STAMP)}", ended)
    fresh.rename(made.path)
    return made


def verify(path: Path) -> None:
    """Every file against the manifest, and the log that it needs to be whole; a StartError when it is not."""
    postgres.tool("pg_verifybackup", "--exit-on-error", "--quiet", path, password="")


def listed(to: Path) -> list[Base]:
    """Oldest first."""
    found = [(path, named) for path in sorted(to.glob("base-*")) if (named := _BASE.fullmatch(path.name))]
    return [Base(path, datetime.strptime(named[1], _STAMP).replace(tzinfo=UTC)) for path, named in found]


def before(to: Path, until: datetime | None) -> Base:
    """The newest base backup from which that instant, or the end, can be reached."""
    found = [base for base in listed(to) if until is None or base.ended <= until]
    if not found:
        raise StartError(f"{to} has no base backup{f' from before {until}' if until else ''}")
    return found[-1]


def prune(to: Path, days: int, now: datetime) -> list[Base]:
    """Throw away base backups that are older, but never the last one, and the log that nobody needs any more."""
    known = listed(to)
    old = [base for base in known[:-1] if base.ended < now - timedelta(days=days)]
    for base in old:
        shutil.rmtree(base.path)
    left = listed(to)
    for path in segments(to / "wal") if left else ():
        if path.name[:24] < left[0].first:
            path.unlink()
    return old


def segments(log: Path) -> list[Path]:
    """The segments of the log in order; the last may be partial."""
    return sorted(path for path in log.iterdir() if _SEGMENT.fullmatch(path.name))


def unbroken(log: Path, first: str) -> list[Path]:
    """The segments from this one on; a StartError when one is missing, for recovery would end there in silence."""
    found = {path.name[:24]: path for path in segments(log) if path.name[:24] >= first and path.name[:8] == first[:8]}
    names = sorted(found)
    if not names or names[0] != first:
        raise StartError(f"the log {log} does not go back to {first}")
    for one, following in pairwise(names):
        if place(following) != place(one) + 1:
            raise StartError(f"the log {log} has a gap behind {one}")
    return [found[name] for name in names]


def place(segment: str) -> int:
    """The number of a segment of 16 MiB, whatever its timeline."""
    return int(segment[8:16], 16) * 256 + int(segment[16:24], 16)
