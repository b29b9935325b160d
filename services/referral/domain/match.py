"""A match as the referral service needs to know it: is the volunteer with the family at this moment."""

from enum import StrEnum
from typing import Final


class MatchState(StrEnum):
    """What was last heard of a match."""

    AGREED = "agreed"
    INTRODUCED = "introduced"
    PAUSED = "paused"
    ENDED = "ended"
    CANCELLED = "cancelled"


OVER: Final = frozenset({MatchState.ENDED, MatchState.CANCELLED})
"""Nothing that is heard afterwards brings such a match back."""


def after(known: MatchState | None, heard: MatchState) -> MatchState:
    """The state after this news, which may be old."""
    if known in OVER:
        return known
    if heard is MatchState.AGREED and known is not None:
        return known
    return heard
