"""Kafka's jars: locked by SHA-256, fetched with jgo into a cache that all checkouts share."""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from jgo.config import GlobalSettings
from jgo.maven import MavenContext

from deploy.local.process import StartError

LOCK: Final = Path(__file__).with_name("kafka.lock")
# log4j-slf4j-impl is what makes Kafka heard: its own graph ends at the logging interface.
WANTED: Final = ("org.apache.kafka:kafka_2.13:4.3.1",)
ALONE: Final = ("org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",)
_HEAD: Final = """\
# Every jar of the embedded Apache Kafka: coordinate, file name, SHA-256.
# Made by: python -m deploy.local.jars
"""


class WrongJarError(StartError):
    """A fetched jar is not the one that was locked."""


@dataclass(frozen=True)
class Jar:
    """One locked file."""

    coordinate: str
    name: str
    sha256: str

    @classmethod
    def of(cls, line: str) -> Self:
        coordinate, name, sha256 = line.split()
        return cls(coordinate, name, sha256)


def locked() -> list[Jar]:
    return [Jar.of(line) for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]


def cache() -> Path:
    """A folder named after the lock, so that another lock never meets these files."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "safeguarding-circle" / f"kafka-{digest(LOCK)[:12]}"


def class_path(folder: Path | None = None) -> list[Path]:
    """All jars in the order of the lock; those missing from the cache are fetched and verified first."""
    folder = folder or cache()
    folder.mkdir(parents=True, exist_ok=True)
    jars = locked()
    missing = [jar for jar in jars if not (folder / jar.name).exists()]
    if missing:
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=folder) as scratch:
            fetch(missing, folder, _context(Path(scratch)))
    return [folder / jar.name for jar in jars]


def fetch(missing: Iterable[Jar], folder: Path, context: MavenContext) -> None:
    """Only a verified file gets its name in the folder, in one step."""
    with ThreadPoolExecutor(4) as pool:
        for result in [pool.submit(_fetch_one, context, jar, folder) for jar in missing]:
            result.result()


def _fetch_one(context: MavenContext, jar: Jar, folder: Path) -> None:
    try:
        found = context.create_dependency(jar.coordinate).artifact.resolve()
    except Exception as error:
        raise StartError(f"{jar.name} could not be fetched: {error}") from error
    if digest(found) != jar.sha256:
        raise WrongJarError(f"{jar.name} is not the locked file: its SHA-256 is {digest(found)}")
    shutil.move(found, folder / jar.name)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _context(folder: Path) -> MavenContext:
    """Repositories are those of the user's own jgo settings, else the public one."""
    return MavenContext(repo_cache=folder, remote_repos=GlobalSettings.load().repositories or None, timeout=60)


def relock() -> None:
    """Resolve what we want and write the lock anew."""
    with tempfile.TemporaryDirectory() as scratch:
        context = _context(Path(scratch))
        roots, transitive = context.resolver.resolve([context.create_dependency(name) for name in WANTED])
        alone = [context.create_dependency(name) for name in ALONE]
        lines = sorted({_line(dependency) for dependency in [*roots, *transitive, *alone]})
    LOCK.write_text(_HEAD + "\n".join(lines) + "\n")
    sys.stdout.write(f"{len(lines)} jars locked\n")


def _line(dependency: Any) -> str:
    path: Path = dependency.artifact.resolve()
    return f"{dependency.groupId}:{dependency.artifactId}:{dependency.version} {path.name} {digest(path)}"


if __name__ == "__main__":
    relock()
