"""How a child process is started, found again, measured and stopped."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

import psutil

LOOPBACK: Final = "127.0.0.1"
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


class StartError(RuntimeError):
    """A part of the stack did not come up; the message says which and where to read on."""


def die_with_parent(number: signal.Signals) -> None:
    """Ask the kernel to send us this signal when our parent is gone (Linux only)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(number))


def start(
    command: Sequence[object],
    log: IO[bytes] | None,
    *,
    at_parents_death: signal.Signals = signal.SIGTERM,
    user: tuple[int, int] | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, so that Ctrl-C reaches only the runner."""
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        cwd=folder,
        env=None if environment is None else dict(environment),
        # The signal is set after the change of user, which would clear it.
        preexec_fn=_bound(at_parents_death),  # noqa: PLW1509 - one C call, no lock taken
        user=user and user[0],
        group=user and user[1],
        extra_groups=user and [],
    )


def _bound(number: signal.Signals) -> Callable[[], None]:
    return lambda: die_with_parent(number)


def stop(process: subprocess.Popen[bytes], steps: Iterable[tuple[signal.Signals, float]]) -> bool:
    """Send each signal in turn and wait its seconds; true when the first one was enough."""
    for number, (name, seconds) in enumerate(steps):
        if process.poll() is None:
            process.send_signal(name)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return number == 0
    return False


def wait_until(ready: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Poll until ready; false when the time is over."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def listen(preferred: int | None = None, first: int | None = None, address: str = LOOPBACK) -> socket.socket:
    """A listening socket, on loopback unless asked: at the preferred port, else from `first` upwards, else at any."""
    upwards = range(first, first + 100) if first else ()
    for port in (*([preferred] if preferred else []), *upwards, 0):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
            listener.listen(1024)
        except OSError:
            listener.close()
            continue
        return listener
    raise StartError("no free port on the loopback address")


def free_port(preferred: int | None = None) -> int:
    """A port that nobody listens on; the preferred one when it is still free."""
    with listen(preferred) as listener:
        return port_of(listener)


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def born(pid: int) -> float | None:
    """When the process started, which together with its number names it for ever; None when it is gone."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None


def is_same(pid: int, since: float) -> bool:
    found = born(pid)
    return found is not None and abs(found - since) < 1


def end_leftover(pid: int, since: float, patience: float = 10) -> None:
    """End a process that an earlier, killed runner left behind."""
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        if not is_same(pid, since):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        wait_until(lambda: not is_same(pid, since), seconds)


def memory(pid: int) -> int:
    """Proportional set size of a process and all its children, in bytes; 0 when nobody may know."""
    try:
        root = psutil.Process(pid)
        return sum(_pss(process) for process in [root, *root.children(recursive=True)])
    except psutil.Error:
        return 0


def _pss(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(full, "pss", full.rss))
