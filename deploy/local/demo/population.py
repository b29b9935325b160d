"""Who the demonstration is about: 42 invented families, how far each has come, and how it went for its children.

The 23 families that are tracked have the sizes and results behind the published figures (domain.md §6); the others
stand at every earlier stage and are counted nowhere yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final


class Goal(IntEnum):
    """How far a family's referral is played."""

    DRAFT = 0
    SUBMITTED = 1
    TRIAGED = 2
    ACCEPTED = 3
    VISITED = 4
    PLANNED = 5
    MATCHED = 6
    ACTIVE = 7
    CONCLUDED = 8


class Turn(Enum):
    """What becomes of the children's plans."""

    NOTHING_YET = "nothing yet"
    LOOKED_AT_AGAIN = "looked at again"
    ENDED = "plan ended"
    STEPPED_DOWN = "stepped down"
    CAME_HOME = "came home"
    BETTER = "a lower stage"


@dataclass(frozen=True, slots=True)
class Course:
    """A child's plan and stage at the beginning, the turn, and plan and stage after it."""

    plan: str
    stage: int
    turn: Turn = Turn.NOTHING_YET
    next_plan: str = ""
    next_stage: int = 0


@dataclass(frozen=True, slots=True)
class FamilyPlan:
    """One family of the demonstration. `out` is the way on which its referral leaves before its time."""

    number: int
    children: int
    goal: Goal
    received_days_ago: int
    course: Course | None = None
    out: str = ""
    attends_better: bool = False

    @property
    def reference(self) -> str:
        return f"southend-demo-{self.number:03d}"


_COMPLETED_4: Final = Course("cp", 4, Turn.ENDED, next_stage=1)
_COMPLETED_3: Final = Course("cin", 3, Turn.ENDED, next_stage=1)
_MOVED_4_3: Final = Course("cp", 4, Turn.STEPPED_DOWN, "cin", 3)
_MOVED_4_2: Final = Course("cp", 4, Turn.STEPPED_DOWN, "early_help", 2)
_MOVED_3_2: Final = Course("cin", 3, Turn.STEPPED_DOWN, "early_help", 2)
_RETURNED: Final = Course("looked_after", 4, Turn.CAME_HOME)
_BETTER: Final = Course("early_help", 2, Turn.BETTER, next_stage=1)
_SUPPORTED: Final = Course("cin", 3, Turn.LOOKED_AT_AGAIN, next_stage=3)

# Course, goal, and the number of children of each family.
_TRACKED: Final = (
    (_COMPLETED_4, Goal.CONCLUDED, (2, 2, 2, 2, 3)),
    (_COMPLETED_3, Goal.CONCLUDED, (2, 2, 2, 2, 2, 3)),
    (_MOVED_4_3, Goal.ACTIVE, (3, 3)),
    (_MOVED_4_2, Goal.ACTIVE, (2, 2)),
    (_MOVED_3_2, Goal.ACTIVE, (2, 2, 2)),
    (_RETURNED, Goal.ACTIVE, (2,)),
    (_BETTER, Goal.ACTIVE, (1,)),
    (_SUPPORTED, Goal.ACTIVE, (2, 2, 2)),
)
# Places among the tracked at which school attendance got better: seven families, fourteen children.
_BETTER_AT_SCHOOL: Final = frozenset({0, 1, 2, 5, 6, 7, 8})

_NEW_CP: Final = Course("cp", 4)
_NEW_CIN: Final = Course("cin", 3)
# Goal, days since it was received, children, course, way out.
_WAITING: Final = (
    (Goal.DRAFT, 0, 1, None, ""),
    (Goal.DRAFT, 0, 2, None, ""),
    (Goal.SUBMITTED, 0, 2, None, ""),
    (Goal.SUBMITTED, 1, 1, None, ""),
    (Goal.SUBMITTED, 1, 3, None, ""),
    (Goal.TRIAGED, 1, 2, None, ""),
    (Goal.TRIAGED, 2, 1, None, ""),
    (Goal.TRIAGED, 12, 2, None, "decline"),
    (Goal.TRIAGED, 15, 1, None, "signpost"),
    (Goal.ACCEPTED, 20, 2, None, "withdraw"),
    (Goal.ACCEPTED, 3, 2, _NEW_CIN, ""),
    (Goal.ACCEPTED, 4, 1, _NEW_CP, ""),
    (Goal.ACCEPTED, 5, 2, None, ""),
    (Goal.VISITED, 8, 2, _NEW_CP, ""),
    (Goal.VISITED, 9, 1, _NEW_CIN, ""),
    (Goal.VISITED, 10, 3, _NEW_CIN, ""),
    (Goal.PLANNED, 14, 2, _NEW_CP, ""),
    (Goal.MATCHED, 24, 1, _NEW_CIN, ""),
    (Goal.MATCHED, 25, 2, _NEW_CP, ""),
)
_TRACKED_SINCE: Final = 300


def population() -> list[FamilyPlan]:
    """All families, those with the longest way first."""
    tracked = list(_tracked())
    waiting = [
        FamilyPlan(number, children, goal, days, course, out)
        for number, (goal, days, children, course, out) in enumerate(_WAITING, len(tracked) + 1)
    ]
    return tracked + waiting


def _tracked() -> Iterator[FamilyPlan]:
    families = [(course, goal, children) for course, goal, sizes in _TRACKED for children in sizes]
    for place, (course, goal, children) in enumerate(families):
        since = _TRACKED_SINCE + 3 * place
        yield FamilyPlan(place + 1, children, goal, since, course, attends_better=place in _BETTER_AT_SCHOOL)
