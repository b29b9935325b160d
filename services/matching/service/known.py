"""Volunteers as this process knows them from proposals before: by partnership, by row version, never more than so many.

What a proposal uses is what its own transaction is shown: ids and row versions are read each time, under its row
policies, and only what has exactly that version here is taken from here. Whoever is erased is forgotten at once by the
process that hears of it, by any other with its next proposal, or when nobody has asked for the partnership for a while.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

from services.matching.domain.crowd import Columns
from shared.crypto import Vault

MOST: Final = 50_000
# Whatever was not asked for during one whole round of these is dropped at its end.
SWEEP_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Known:
    """One partnership's volunteers, what `volunteers.mark` said of them, and who was erased then."""

    crowd: Columns
    mark: bytes
    gone: frozenset[UUID]


class KnownPools:
    """The pools of a process, the longest unused first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._of: OrderedDict[UUID, Known] = OrderedDict()
        self._used: set[UUID] = set()
        self._timer: asyncio.TimerHandle | None = None

    def find(self, partnership: UUID) -> Known | None:
        found = self._of.get(partnership)
        if found is not None:
            self._of.move_to_end(partnership)
            self._used.add(partnership)
        return found

    def keep(self, partnership: UUID, known: Known) -> None:
        """Keep it for the next proposal; where there is no room, what was not asked for the longest goes first."""
        self._of[partnership] = known
        self._of.move_to_end(partnership)
        self._used.add(partnership)
        while self._of and sum(len(one.crowd) for one in self._of.values()) > self._most:
            self._of.popitem(last=False)
        if self._timer is None and self._of:
            self._timer = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self.sweep)

    def forget(self, partnership: UUID, volunteer: UUID) -> None:
        """Drop all that is known of somebody."""
        known = self._of.get(partnership)
        at = known.crowd.find(volunteer) if known else None
        if known is not None and at is not None:
            self._of[partnership] = Known(known.crowd.changed({}, {at}), known.mark, known.gone | {volunteer})

    def sweep(self) -> None:
        """Drop what nobody has asked for since the last time."""
        for unused in [one for one in self._of if one not in self._used]:
            del self._of[unused]
        self._used.clear()
        again = bool(self._of)
        self._timer = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self.sweep) if again else None


def known_by(vault: Vault, most: int = MOST) -> KnownPools:
    """The pools of the process whose keys these are."""
    return _OF.setdefault(vault, KnownPools(most))


_OF: Final[WeakKeyDictionary[Vault, KnownPools]] = WeakKeyDictionary()
