"""Leave and cover: who answers for whom on a day, and which leave can be entered beside those that are known.

Everything that names a coordinator asks `Rota.answering`: Today, its lists, and the events that raise an alarm.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from shared.auth import Role

LONGEST: Final = timedelta(days=730)
# Who looks after volunteers, and so can be named for one or cover for somebody who is.
COORDINATING: Final = frozenset({Role.COORDINATOR.value, Role.PROJECT_MANAGER.value})
_ONE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody does for the organisation; `gone_on` is the first day without it."""

    person: UUID
    starts_on: date
    gone_on: date | None = None

    def lasts(self, first: date, last: date) -> bool:
        """Whether it holds on every one of these days."""
        return self.starts_on <= first and (self.gone_on is None or last < self.gone_on)


@dataclass(frozen=True, slots=True)
class Leave:
    """Both days included; `back_on` is the day from which it holds no more, where it was called off."""

    person: UUID
    cover: UUID
    begins_on: date
    ends_on: date
    back_on: date | None = None

    @property
    def last(self) -> date:
        """Its last day, before `begins_on` where it never began."""
        return self.ends_on if self.back_on is None else min(self.ends_on, self.back_on - _ONE)

    def holds_on(self, day: date) -> bool:
        return self.begins_on <= day <= self.last

    def meets(self, other: "Leave") -> bool:
        """Whether there is a day on which both hold."""
        return max(self.begins_on, other.begins_on) <= min(self.last, other.last)


class Rota:
    """One organisation on one day."""

    def __init__(self, day: date, posts: Iterable[Post], leaves: Iterable[Leave]) -> None:
        self._there = {one.person for one in posts if one.lasts(day, day)}
        self._leaves = {one.person: one for one in leaves if one.holds_on(day)}

    def answering(self, named: UUID | None) -> UUID | None:
        """Who answers for what `named` answers for: they themselves, or who covers while they are on leave.

        Nobody where nobody is named, or who should answer is not there or on leave too: then it is everybody's.
        """
        leave = self._leaves.get(named) if named else None
        who = leave.cover if leave else named
        away = leave is not None and leave.cover in self._leaves
        return who if who in self._there and not away else None

    def leave_of(self, person: UUID | None) -> Leave | None:
        """The leave that somebody is on."""
        return self._leaves.get(person) if person else None

    def covered_by(self, person: UUID | None) -> list[Leave]:
        """Leaves of those for whom somebody answers today."""
        return [one for one in self._leaves.values() if person and self.answering(one.person) == person]

    def answered_by_others(self, person: UUID | None) -> list[UUID]:
        """Those for whom somebody else answers."""
        known = self._there | self._leaves.keys()
        return [one for one in known if self.answering(one) not in {None, person}]


def objection(wanted: Leave, posts: Collection[Post], known: Collection[Leave]) -> str | None:
    """Why that leave cannot be entered, as a code. Whoever covers is there on every day of it: there are no chains."""
    meeting = [one for one in known if one.meets(wanted)]
    if not _lasts(posts, wanted.person, wanted.begins_on, wanted.begins_on):
        return "not-a-coordinator"
    if any(one.person == wanted.person for one in meeting):
        return "leave-overlaps"
    if any(one.cover == wanted.person for one in meeting):
        return "covers-somebody"
    if not _lasts(posts, wanted.cover, wanted.begins_on, wanted.ends_on):
        return "cover-not-a-coordinator"
    return "cover-on-leave" if any(one.person == wanted.cover for one in meeting) else None


def _lasts(posts: Iterable[Post], person: UUID, first: date, last: date) -> bool:
    return any(one.person == person and one.lasts(first, last) for one in posts)
