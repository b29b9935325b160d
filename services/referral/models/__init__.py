"""Tables of the referral service."""

from services.referral.models.access import Allocation, Party
from services.referral.models.base import Base
from services.referral.models.concerns import Concern
from services.referral.models.families import ExternalId, Family, Membership, Person
from services.referral.models.plans import ChildPlan, InvolvementPlan, PlanSignatory, PlanSignature, PlanTask
from services.referral.models.referrals import (
    AssessmentVisit,
    EndingException,
    EndingFact,
    MatchVolunteer,
    Referral,
    RiskAssessment,
    RiskChange,
)

__all__ = [
    "Allocation",
    "AssessmentVisit",
    "Base",
    "ChildPlan",
    "Concern",
    "EndingException",
    "EndingFact",
    "ExternalId",
    "Family",
    "InvolvementPlan",
    "MatchVolunteer",
    "Membership",
    "Party",
    "Person",
    "PlanSignatory",
    "PlanSignature",
    "PlanTask",
    "Referral",
    "RiskAssessment",
    "RiskChange",
]
