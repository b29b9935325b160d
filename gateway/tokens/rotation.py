"""When a signing key is published, signs and goes: pure decisions over the keys' dates."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

# Clocks differ a little and a process may sign with the former key until it has looked again.
MARGIN = timedelta(seconds=60)


class Dated(Protocol):
    """What a decision needs to know of a key."""

    @property
    def signs_from(self) -> datetime: ...
    @property
    def withdrawn_at(self) -> datetime | None: ...


K = TypeVar("K", bound=Dated)


def in_order(keys: Iterable[K]) -> list[K]:
    """The keys that may be used at all, the oldest first."""
    return sorted((key for key in keys if key.withdrawn_at is None), key=lambda key: key.signs_from)


def current(keys: Iterable[K], now: datetime) -> K | None:
    """The key that signs now: the newest whose time has come."""
    return next((key for key in reversed(in_order(keys)) if key.signs_from <= now), None)


def published(keys: Iterable[K], now: datetime, token_life: timedelta) -> list[K]:
    """Keys that verifiers need: the one that signs, those to come, and former ones until their last token is dead."""
    ordered = in_order(keys)
    return [key for key, end in zip(ordered, _ends(ordered), strict=True) if end is None or now < end + token_life]


def is_rotation_due(keys: Iterable[K], now: datetime, key_life: timedelta) -> bool:
    """Whether the newest key has signed for its whole life and none is waiting to follow it."""
    ordered = in_order(keys)
    return bool(ordered) and ordered[-1].signs_from + key_life <= now


def _ends(ordered: Sequence[Dated]) -> list[datetime | None]:
    """For each key when it has certainly stopped signing; the last one has no end."""
    return [*(following.signs_from + MARGIN for following in ordered[1:]), None][: len(ordered)]
