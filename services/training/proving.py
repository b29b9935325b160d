"""`python -m services.training.proving`: hides what must be hidden in one release and proves that it stays so.

A process of its own (`shared.aside`), since it computes for seconds or minutes: its answer is the release and the
verdict, or why there can be none.
"""

from services.training.domain.frozen import in_parts
from services.training.domain.releases import Refusal, Stage
from shared import aside
from shared.aside import Plain, Say
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


def _proved(task: Plain, say: Say) -> Plain:
    definition, policy = definition_of(in_parts(task["definition"], task["parts"])), policy_of(task["policy"])
    records = [Record(definition.dates.first, values, count) for values, count in task["records"]]
    earlier = [release_of(one) for one in task["earlier"]]
    say(Stage.HIDING)
    release = suppress(definition, records, policy, earlier)
    say(Stage.PROVING)
    # Kept by whole sessions: into which parts they fall is seen anew each time.
    kept = of_release(release) | {"definition": task["definition"]}
    return {"release": kept, "verdict": of_verdict(audit(release, earlier))}


def computed(task: Plain, say: Say) -> Plain:
    """The release and its verdict, or why there is none."""
    try:
        return _proved(task, say)
    except tuple(_WHY) as error:
        return {"refused": _WHY[type(error)]}


if __name__ == "__main__":
    aside.answer(computed)
