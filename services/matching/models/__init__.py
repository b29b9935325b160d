"""Tables of the matching service."""

from services.matching.models.allegations import Allegation, AllegationStep
from services.matching.models.base import Base
from services.matching.models.leaves import Colleague, Leave
from services.matching.models.matches import Agreement, Match
from services.matching.models.plans import MatchPlan, PlanLack, PlanPair
from services.matching.models.requests import AgreedPlan, MatchRequest, Proposal, ReferralFact, RefusedVolunteer
from services.matching.models.visits import Contact, NotSeen, Visit, VisitLink
from services.matching.models.volunteers import (
    Check,
    Clearance,
    Conflict,
    Supervision,
    Training,
    Volunteer,
    VolunteerInputs,
)
from services.matching.models.weights import EqualityCounted, EqualitySum, PolicyVersion

__all__ = [
    "AgreedPlan",
    "Agreement",
    "Allegation",
    "AllegationStep",
    "Base",
    "Check",
    "Clearance",
    "Colleague",
    "Conflict",
    "Contact",
    "EqualityCounted",
    "EqualitySum",
    "Leave",
    "Match",
    "MatchPlan",
    "MatchRequest",
    "NotSeen",
    "PlanLack",
    "PlanPair",
    "PolicyVersion",
    "Proposal",
    "ReferralFact",
    "RefusedVolunteer",
    "Supervision",
    "Training",
    "Visit",
    "VisitLink",
    "Volunteer",
    "VolunteerInputs",
]
