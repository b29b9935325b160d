"""The other side of a job (`shared.jobs`): a process that reads one line, says how far it is, and answers.

It ends as well when whoever asked is gone.
"""

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import orjson

Plain = dict[str, Any]
Say = Callable[[str], None]


def answer(compute: Callable[[Plain, Say], Plain]) -> None:
    """Read the task, compute, answer. Libraries that write where they like do not disturb the answer."""
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    task = orjson.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_whoever_asked, daemon=True).start()
    with os.fdopen(answers, "wb", buffering=0) as out:

        def say(line: Plain) -> None:
            _write(out.fileno(), orjson.dumps(line) + b"\n")

        say(compute(task, lambda stage: say({"stage": stage})))


def _write(where: int, line: bytes) -> None:
    while line:
        line = line[os.write(where, line) :]


def _end_with_whoever_asked() -> None:
    sys.stdin.buffer.read()
    os._exit(1)
