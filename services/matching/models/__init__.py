"""Tables of the matching service."""

from services.matching.models.base import Base
from services.matching.models.matches import Agreement, Match
from services.matching.models.requests import AgreedPlan, MatchRequest, Proposal, ReferralFact
from services.matching.models.visits import Contact, NotSeen, Visit
from services.matching.models.volunteers import Check, Clearance, Conflict, Supervision, Training, Volunteer

__all__ = [
    "AgreedPlan",
    "Agreement",
    "Base",
    "Check",
    "Clearance",
    "Conflict",
    "Contact",
    "Match",
    "MatchRequest",
    "NotSeen",
    "Proposal",
    "ReferralFact",
    "Supervision",
    "Training",
    "Visit",
    "Volunteer",
]
