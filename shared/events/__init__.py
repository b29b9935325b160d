"""Every event of the platform: the only domain words in `shared`."""

from shared.events import gateway, matching, outcomes, referral, training
from shared.events.base import EVENTS, CaseEvent, Event, VolunteerEvent

TOPICS = ("circle.referral", "circle.matching", "circle.training", "circle.outcomes", "circle.gateway")
PARTITIONS = 6

__all__ = [
    "EVENTS",
    "PARTITIONS",
    "TOPICS",
    "CaseEvent",
    "Event",
    "VolunteerEvent",
    "gateway",
    "matching",
    "outcomes",
    "referral",
    "training",
]
