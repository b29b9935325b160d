"""Requests and matches: their lifecycles, the three who must agree, and what may be told before names are."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from shared.lifecycle import Lifecycle


class RequestStatus(StrEnum):
    OPEN = "open"
    FILLED = "filled"
    CLOSED = "closed"


REQUESTS = Lifecycle({
    RequestStatus.OPEN: {RequestStatus.FILLED, RequestStatus.CLOSED},
    RequestStatus.FILLED: {RequestStatus.OPEN, RequestStatus.CLOSED},
})  # fmt: skip


class MatchStatus(StrEnum):
    PROPOSED = "proposed"
    AGREED = "agreed"
    INTRODUCED = "introduced"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDING = "ending"
    ENDED = "ended"
    CANCELLED = "cancelled"


M = MatchStatus

MATCHES = Lifecycle({
    M.PROPOSED: {M.AGREED, M.CANCELLED},
    M.AGREED: {M.INTRODUCED, M.CANCELLED},
    M.INTRODUCED: {M.ACTIVE, M.ENDING},
    M.ACTIVE: {M.PAUSED, M.ENDING},
    M.PAUSED: {M.ACTIVE, M.ENDING},
    M.ENDING: {M.ENDED},
})  # fmt: skip

BEFORE_INTRODUCTION = frozenset({M.PROPOSED, M.AGREED})
# These take a place of the volunteer's capacity and of the request.
LIVE = frozenset({M.PROPOSED, M.AGREED, M.INTRODUCED, M.ACTIVE, M.PAUSED, M.ENDING})
# In these the volunteer knows who the family is.
NAMED_TO_VOLUNTEER = frozenset({M.INTRODUCED, M.ACTIVE, M.ENDING})
SHOWN_TO_VOLUNTEER = BEFORE_INTRODUCTION | NAMED_TO_VOLUNTEER
# The volunteer is with the family, or soon is again.
RUNNING = frozenset({M.INTRODUCED, M.ACTIVE, M.PAUSED, M.ENDING})
# Visits take place in these; goodbye visits belong to the ending.
VISITED = frozenset({M.ACTIVE, M.ENDING})


class Party(StrEnum):
    """Whose agreement a match needs."""

    VOLUNTEER = "volunteer"
    FAMILY = "family"
    PROJECT_MANAGER = "project_manager"


class Answer(StrEnum):
    AGREED = "agreed"
    REFUSED = "refused"


def all_agreed(parties: Iterable[str]) -> bool:
    """Whether all three have agreed."""
    return set(Party) <= set(parties)


def planned_until(planned_from: date, weeks: int) -> date:
    """The last day of a match of so many weeks."""
    return planned_from + timedelta(weeks=weeks) - timedelta(days=1)
