"""Where one checkout keeps its running state: folders, secrets, ports, the lock and the list of processes."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Self

from pydantic import BaseModel, ConfigDict

ROOT: Final = Path(__file__).resolve().parents[2]
SERVICES: Final = ("referral", "matching", "training", "outcomes")
APPLICATIONS: Final = (*SERVICES, "gateway")
ROLES: Final = ("owner", "app", "worker", "vault")


class AlreadyRunningError(RuntimeError):
    """Somebody else holds the lock of this state folder."""


class Secrets(BaseModel):
    """Everything that must be the same at the next start and that nobody may guess."""

    model_config = ConfigDict(frozen=True)

    superuser: str
    passwords: dict[str, dict[str, str]]
    key_ring: str
    audit_key: str
    worker_clients: dict[str, str]
    kafka_cluster: str

    @classmethod
    def generate(cls) -> Self:
        return cls(
            superuser=secrets.token_urlsafe(24),
            passwords={name: {role: secrets.token_urlsafe(24) for role in ROLES} for name in APPLICATIONS},
            key_ring=json.dumps({"current": "k1", "keys": {"k1": _random_key()}}),
            audit_key=_random_key(),
            worker_clients={name: secrets.token_urlsafe(32) for name in APPLICATIONS},
            kafka_cluster=base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("="),
        )


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True)
class Folder:
    """The state folder of a checkout (`.local/`) or of one test run."""

    path: Path

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def kafka(self) -> Path:
        return self.path / "kafka"

    @property
    def logs(self) -> Path:
        return self.path / "log"

    @property
    def erasures(self) -> Path:
        """The erasure log: in this folder, unless `circle backup on` has said where."""
        return Path(self.read("backup").get("erasures") or self.path / "erasures.jsonl")

    def make(self) -> None:
        for folder in (self.path, self.logs):
            folder.mkdir(parents=True, exist_ok=True)

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def last_words(self, name: str) -> str:
        """The last line of a log and where to read on."""
        said = self.log(name).read_text(errors="replace").split("\n") if self.log(name).exists() else []
        last = next((line.strip() for line in reversed(said) if line.strip()), "")
        return f"{last} (see {self.log(name)})"

    def open_log(self, name: str) -> IO[bytes]:
        """A fresh log file; the one of the start before is kept as NAME.log.1."""
        path = self.log(name)
        if path.exists():
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab", buffering=0)

    def secrets(self) -> Secrets:
        path = self.path / "secrets.json"
        if not path.exists():
            write(path, Secrets.generate().model_dump_json(indent=1), mode=0o600)
        return Secrets.model_validate_json(path.read_text())

    def new_ring_key(self) -> str:
        """Add a key to the ring and make it current; the former ones stay for what they have wrapped. Its name."""
        known = self.secrets()
        ring = json.loads(known.key_ring)
        name = f"k{len(ring['keys']) + 1}"
        ring = {"current": name, "keys": {**ring["keys"], name: _random_key()}}
        changed = known.model_copy(update={"key_ring": json.dumps(ring)})
        write(self.path / "secrets.json", changed.model_dump_json(indent=1), mode=0o600)
        return name

    def read(self, name: str) -> dict[str, Any]:
        """A small JSON document of this folder; empty when it is missing or half written."""
        try:
            found: dict[str, Any] = json.loads((self.path / f"{name}.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return found

    def write(self, name: str, document: Mapping[str, Any]) -> None:
        write(self.path / f"{name}.json", json.dumps(document, indent=1), mode=0o600)

    def lock(self) -> IO[str]:
        """Hold this until the stack is down; the system lets go of it even after kill -9."""
        handle = (self.path / "lock").open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            raise AlreadyRunningError("this checkout is already running: see `circle status`") from None
        return handle

    def is_locked(self) -> bool:
        if not (self.path / "lock").exists():
            return False
        try:
            self.lock().close()
        except AlreadyRunningError:
            return True
        return False


def write(path: Path, text: str, mode: int) -> None:
    """Replace a file in one step, so that a reader sees the old one or the new one."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    fresh.replace(path)


def default() -> Folder:
    return Folder(Path(os.environ.get("CIRCLE_STATE") or ROOT / ".local"))
