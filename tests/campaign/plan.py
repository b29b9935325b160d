"""What a campaign is asked for and what it answers."""

import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.campaign.findings import Finding, summary


def _nobody(_done: int, _of: int, _what: str) -> None:
    """Nobody wants to hear of progress."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`count` is the campaign's own unit (kills, operations, rounds); `seconds` ends it earlier, where given.

    `useful_within` is how soon after its start a killed process has to be of use again.
    """

    count: int
    seed: int
    seconds: float | None = None
    useful_within: float = 3.0
    tell: Callable[[int, int, str], None] = _nobody
    began: float = field(default_factory=time.monotonic)

    @property
    def chance(self) -> random.Random:
        """A generator of its own, the same for the same seed."""
        return random.Random(self.seed)

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self.seconds is not None and time.monotonic() - self.began > self.seconds


@dataclass(frozen=True, slots=True)
class Report:
    """How much was done, what was measured, what was found."""

    done: int
    findings: Sequence[Finding]
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return not self.findings

    def document(self) -> dict[str, Any]:
        """For one line of JSON."""
        return {
            "good": self.is_good,
            "done": self.done,
            **self.figures,
            "findings": summary(self.findings),
            "examples": [str(one) for one in self.findings[:10]],
        }


def new_seed() -> int:
    """A seed to be printed, so that a run can be repeated."""
    return random.SystemRandom().randrange(sys.maxsize)
