"""A volunteer's course: statuses, what may follow what, and how far the known facts carry them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from shared.lifecycle import Lifecycle


class VolunteerStatus(StrEnum):
    ENQUIRED = "enquired"
    APPLIED = "applied"
    IN_TRAINING = "in_training"
    ASSESSED = "assessed"
    CLEARED = "cleared"
    AVAILABLE = "available"
    MATCHED = "matched"
    ON_BREAK = "on_break"
    LEFT = "left"
    NOT_SUITABLE = "not_suitable"
    SUSPENDED = "suspended"


S = VolunteerStatus

# Whoever is suspended goes back to where they were, or leaves, or proves not suitable.
LIFECYCLE = Lifecycle({
    S.ENQUIRED: {S.APPLIED, S.SUSPENDED, S.LEFT},
    S.APPLIED: {S.IN_TRAINING, S.NOT_SUITABLE, S.SUSPENDED, S.LEFT},
    S.IN_TRAINING: {S.ASSESSED, S.NOT_SUITABLE, S.SUSPENDED, S.LEFT},
    S.ASSESSED: {S.CLEARED, S.NOT_SUITABLE, S.SUSPENDED, S.LEFT},
    S.CLEARED: {S.AVAILABLE, S.SUSPENDED, S.LEFT},
    S.AVAILABLE: {S.MATCHED, S.ON_BREAK, S.SUSPENDED, S.LEFT},
    S.MATCHED: {S.AVAILABLE, S.ON_BREAK, S.SUSPENDED, S.LEFT},
    S.ON_BREAK: {S.AVAILABLE, S.SUSPENDED, S.LEFT},
    S.SUSPENDED: {
        S.ENQUIRED, S.APPLIED, S.IN_TRAINING, S.ASSESSED, S.CLEARED, S.AVAILABLE, S.MATCHED, S.ON_BREAK, S.LEFT,
        S.NOT_SUITABLE,
    },
})  # fmt: skip

WORKING = frozenset({S.AVAILABLE, S.MATCHED})
GONE = frozenset({S.LEFT, S.NOT_SUITABLE})


@dataclass(frozen=True, slots=True)
class Training:
    """What the training service has said so far about one volunteer."""

    started: bool = False
    qualified: bool = False
    not_suitable: bool = False


def onward(status: VolunteerStatus, training: Training, *, cleared: bool) -> Iterator[VolunteerStatus]:
    """The steps that the known facts allow from here, one after the other."""
    if training.not_suitable and LIFECYCLE.allows(status, S.NOT_SUITABLE) and status is not S.SUSPENDED:
        yield S.NOT_SUITABLE
        return
    steps = (
        (S.APPLIED, S.IN_TRAINING, training.started or training.qualified),
        (S.IN_TRAINING, S.ASSESSED, training.qualified),
        (S.ASSESSED, S.CLEARED, training.qualified and cleared),
        (S.CLEARED, S.AVAILABLE, True),
    )
    for here, there, reached in steps:
        if status is here and reached:
            status = there
            yield there


def settled(status: VolunteerStatus, places_agreed: int) -> VolunteerStatus:
    """Available or matched, as the number of agreed matches says; any other status stays."""
    if status not in WORKING:
        return status
    return S.MATCHED if places_agreed else S.AVAILABLE


def age_on(birth_date: date, day: date) -> int:
    """Whole years lived on that civil day; who was born on 29 February comes of age on 1 March."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def as_number(day: date) -> int:
    """The date as a number in whose order and whole ten thousands years are counted."""
    return day.year * 10_000 + day.month * 100 + day.day


def ages_on(births: NDArray[np.int64], day: date) -> NDArray[np.int64]:
    """`age_on` of many birth dates, each `as_number`."""
    return (as_number(day) - births) // 10_000
