"""A referral's course: its statuses, what may follow what, its kinds, and what each step may not happen without."""

from datetime import date
from enum import StrEnum
from typing import Final

from shared.lifecycle import Lifecycle


class Status(StrEnum):
    """Where a referral stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNDER_TRIAGE = "under_triage"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    ENDING = "ending"
    CONCLUDED = "concluded"
    DECLINED = "declined"
    SIGNPOSTED = "signposted"
    WITHDRAWN = "withdrawn"


LIFECYCLE: Final = Lifecycle({
    Status.DRAFT: {Status.SUBMITTED},
    Status.SUBMITTED: {Status.UNDER_TRIAGE, Status.DECLINED, Status.SIGNPOSTED, Status.WITHDRAWN},
    Status.UNDER_TRIAGE: {Status.ACCEPTED, Status.DECLINED, Status.SIGNPOSTED, Status.WITHDRAWN},
    Status.ACCEPTED: {Status.ACTIVE, Status.WITHDRAWN},
    Status.ACTIVE: {Status.ENDING, Status.WITHDRAWN},
    Status.ENDING: {Status.CONCLUDED},
})  # fmt: skip

RECEIVED: Final = frozenset({
    Status.SUBMITTED, Status.UNDER_TRIAGE, Status.ACCEPTED, Status.ACTIVE, Status.ENDING,
})  # fmt: skip
"""A referral that lies with the receiving organisation and has not come to its end."""
WORKED: Final = frozenset({Status.ACCEPTED, Status.ACTIVE, Status.ENDING})
"""A referral for which volunteers may be with the family."""


class Kind(StrEnum):
    """What is asked for."""

    VOLUNTEER_SUPPORT = "volunteer_support"
    ADVOCACY = "advocacy"
    SIGNPOSTING = "signposting"
    TRAINING_REQUEST = "training_request"


class LawfulBasis(StrEnum):
    """The basis of a disclosure under article 6 of the UK GDPR."""

    PUBLIC_TASK = "public_task"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    LEGITIMATE_INTERESTS = "legitimate_interests"
    RECOGNISED_LEGITIMATE_INTEREST = "recognised_legitimate_interest"
    CONSENT = "consent"


# Bases come and go with the law: the first civil day on which each may be relied on.
IN_FORCE_FROM: Final = {
    LawfulBasis.PUBLIC_TASK: date(2018, 5, 25),
    LawfulBasis.LEGAL_OBLIGATION: date(2018, 5, 25),
    LawfulBasis.VITAL_INTERESTS: date(2018, 5, 25),
    LawfulBasis.LEGITIMATE_INTERESTS: date(2018, 5, 25),
    LawfulBasis.CONSENT: date(2018, 5, 25),
    LawfulBasis.RECOGNISED_LEGITIMATE_INTEREST: date(2026, 2, 5),
}


def missing_to_disclose(basis: str | None, special_category: str | None, informed: bool | None) -> list[str]:
    """What a disclosure of a family's records still lacks; nothing when it may happen."""
    found = {
        "lawful_basis": basis,
        "special_category_condition": special_category,
        "informed": informed,
    }
    return [name for name, value in found.items() if value is None]


def is_in_force(basis: LawfulBasis, day: date) -> bool:
    """Whether the law knows this basis on that civil day."""
    return day >= IN_FORCE_FROM[basis]
