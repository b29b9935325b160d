"""Which types of events leave the platform, which of them are urgent or guarded, and how subscriptions name them."""

from collections.abc import Iterable
from typing import Final

from shared.events.base import EVENTS, Event
from shared.events.referral import CaseAccessChanged, SubjectErased

# The platform's own housekeeping; whom it concerns sees the effect.
INTERNAL: Final = frozenset({CaseAccessChanged.TYPE, SubjectErased.TYPE})
URGENT: Final = "circle.concern."
# Only those who work on cases may know that one of these exists.
GUARDED: Final = ("circle.concern.", "circle.plan.", "circle.stage.")
# Of an allegation only the designated leads know, and their system.
RESTRICTED: Final = ("circle.allegation.",)
EVERYTHING: Final = "*"


def leaves(event_type: str) -> bool:
    """Whether events of this type are shown to partners at all."""
    return event_type not in INTERNAL


def urgent(event_type: str) -> bool:
    """Whether it goes ahead of everything else and is never dropped."""
    return event_type.startswith(URGENT)


def parts_of(event_type: str) -> list[str] | None:
    """The parts in a case whose organisations may hear of it; None for a type that this version does not know."""
    kind: type[Event] | None = EVENTS.get(event_type)
    return None if kind is None else list(kind.PARTS)


def names_of(event_type: str) -> list[str]:
    """Every subscription that includes this type: itself, and each wildcard above it."""
    pieces = event_type.split(".")
    return [event_type, EVERYTHING, *(".".join(pieces[:count]) + ".*" for count in range(1, len(pieces)))]


def unknown(subscriptions: Iterable[str]) -> list[int]:
    """Positions of subscriptions that no event of the platform can ever match."""
    known = {name for event_type in EVENTS if leaves(event_type) for name in names_of(event_type)}
    return [position for position, name in enumerate(subscriptions) if name not in known]
