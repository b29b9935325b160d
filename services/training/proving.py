"""`python -m services.training.proving`: hides what must be hidden in one release and proves that it stays so.

A process of its own, since it computes for seconds or minutes: it reads one line of JSON, says at which stage it is,
and ends with the release and the verdict, or with why there can be none. It ends as well when whoever asked is gone.
"""

import os
import sys
import threading
from typing import Any

import orjson

from services.training.domain.frozen import in_parts
from services.training.domain.releases import Refusal, Stage
from shared.disclosure.audit import audit
from shared.disclosure.counting import Record
from shared.disclosure.plain import definition_of, of_release, of_verdict, policy_of, release_of
from shared.disclosure.solver import UnsolvedError
from shared.disclosure.suppression import CannotProtectError, suppress
from shared.disclosure.system import TooLargeError

_WHY = {
    CannotProtectError: Refusal.CANNOT_PROTECT,
    TooLargeError: Refusal.TOO_LARGE,
    UnsolvedError: Refusal.GAVE_UP,
}


def proved(task: dict[str, Any]) -> dict[str, Any]:
    """The release and its verdict."""
    definition, policy = definition_of(in_parts(task["definition"], task["parts"])), policy_of(task["policy"])
    records = [Record(definition.dates.first, values, count) for values, count in task["records"]]
    earlier = [release_of(one) for one in task["earlier"]]
    say({"stage": Stage.HIDING})
    release = suppress(definition, records, policy, earlier)
    say({"stage": Stage.PROVING})
    # Kept by whole sessions: into which parts they fall is seen anew each time.
    kept = of_release(release) | {"definition": task["definition"]}
    return {"release": kept, "verdict": of_verdict(audit(release, earlier))}


# The solver library writes where it likes: the way to whoever asked is kept for ourselves.
_ANSWERS = os.dup(1)


def say(line: dict[str, Any]) -> None:
    """One line for whoever asked."""
    with os.fdopen(os.dup(_ANSWERS), "wb") as answers:
        answers.write(orjson.dumps(line) + b"\n")


def _end_with_whoever_asked() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    task = orjson.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_whoever_asked, daemon=True).start()
    try:
        answer = proved(task)
    except tuple(_WHY) as error:
        answer = {"refused": _WHY[type(error)]}
    say(answer)


if __name__ == "__main__":
    main()
