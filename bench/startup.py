"""P17: `make up`, warm, until it says where the console is, and the memory of everything that then runs.

Warm: the environment and the data of an earlier start are there, and that start ended in order. Seconds and bytes are
what the promise is about, so these two figures have no second arm.
"""

import os
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import psutil

from bench.harness import Figure, value, wanted

P17: Final = Figure("P17", "`make up`, warm, to ready", unit="s", must=10, aim=4)
MEMORY: Final = Figure("P17", "memory of all processes after `make up` (PSS)", unit="GB", must=1.5, aim=1.0)
STARTS: Final = 3
_ROOT: Final = Path(__file__).parent.parent
_PATIENCE: Final = 240
# What a process still loads just after the start belongs to it.
_SETTLED_SECONDS: Final = 5


def main() -> None:
    if not wanted("P17"):
        return
    with tempfile.TemporaryDirectory(prefix="circle-startup-") as folder:
        surroundings = os.environ | {"CIRCLE_STATE": folder}
        first, _, _ = _start(surroundings)
        starts = [_start(surroundings) for _ in range(STARTS)]
    seconds = [one[0] for one in starts]
    sizes = [one[1] for one in starts]
    value(P17, statistics.median(seconds), key="seconds", every=_rounded(seconds), first_ever=round(first, 1))
    value(MEMORY, statistics.median(sizes), key="memory", every=_rounded(sizes), processes=starts[-1][2])


def _start(surroundings: Mapping[str, str]) -> tuple[float, float, int]:
    """Seconds until the console's address was printed; gigabytes and number of the processes; then it is ended."""
    began = time.monotonic()
    running = subprocess.Popen(
        ["make", "up"], cwd=_ROOT, env=dict(surroundings), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert running.stdout is not None
    try:
        line = next((line for line in running.stdout if line.startswith("console")), "")
        seconds = time.monotonic() - began
        if not line:
            raise SystemExit("`make up` ended before it was ready")
        time.sleep(_SETTLED_SECONDS)
        sizes = _sizes(running.pid)
    finally:
        _end(running)
    return seconds, sum(sizes) / 1e9, len(sizes)


def _sizes(pid: int) -> list[int]:
    """Proportional set sizes in bytes: what two processes share is counted once."""
    parent = psutil.Process(pid)
    found = []
    for one in [parent, *parent.children(recursive=True)]:
        try:
            found.append(int(one.memory_full_info().pss))
        except psutil.NoSuchProcess:
            continue
    return found


def _end(running: "subprocess.Popen[str]") -> None:
    """As Ctrl-C does; `make` itself has been replaced by the platform or hands the signal on."""
    for one in psutil.Process(running.pid).children() or [psutil.Process(running.pid)]:
        one.send_signal(signal.SIGINT)
    running.wait(_PATIENCE)


def _rounded(found: list[float]) -> list[float]:
    return [round(one, 2) for one in found]


if __name__ == "__main__":
    main()
