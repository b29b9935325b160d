"""T2: the audit of a release with one table of 60 × 20, every hidden count with its exact bounds, in one process.

Seconds are what the promise is about, so there is no second arm. The counts are those of a busy year in many small
communities: a quarter of the cells is small, a quarter empty. A verdict that does not pass voids the figure.
"""

import random
import statistics
import time
from datetime import date
from typing import Final

from bench.harness import Figure, value, wanted
from shared.disclosure.audit import audit
from shared.disclosure.counting import Record
from shared.disclosure.suppression import suppress
from shared.disclosure.tables import Definition, Dimension, Release, Span
from shared.disclosure.verdict import Verdict

T2: Final = Figure("T2", "release of a 60 × 20 table audited", unit="s", must=10, aim=5)
ROUNDS: Final = 3
YEAR: Final = Span(date(2026, 1, 1), date(2026, 12, 31))
COUNTS: Final = (0, 0, 0, 1, 2, 3, 5, 6, 7, 9, 12, 20, 30, 50)


def main() -> None:
    if not wanted("T2"):
        return
    began = time.monotonic()
    release = made()
    suppressed = time.monotonic() - began
    rounds = [_audited(release) for _ in range(ROUNDS)]
    seconds = [one[0] for one in rounds]
    value(
        T2,
        statistics.median(seconds),
        void=not all(verdict.passed for _, verdict in rounds),
        every=[round(one, 2) for one in seconds],
        hidden=len(release.hidden),
        small=len(release.primary),
        suppressed_in=round(suppressed, 2),
    )


def made() -> Release:
    chance = random.Random(60)
    rows, columns = (
        Dimension(name, tuple(f"{name} {number}" for number in range(size)))
        for name, size in (("row", 60), ("column", 20))
    )
    records = [
        Record(YEAR.first, {"row": row, "column": column}, chance.choice(COUNTS))
        for row in rows.values
        for column in columns.values
    ]
    return suppress(Definition(YEAR, ((rows, columns),)), records)


def _audited(release: Release) -> tuple[float, Verdict]:
    began = time.monotonic()
    verdict = audit(release)
    return time.monotonic() - began, verdict


if __name__ == "__main__":
    main()
