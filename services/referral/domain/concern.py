"""Concerns: their course, and who may deal with them."""

from enum import StrEnum
from typing import Final

from shared.auth import Role
from shared.lifecycle import Lifecycle


class ConcernStatus(StrEnum):
    """Where a concern stands."""

    RAISED = "raised"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    DECIDED = "decided"


CONCERN_LIFECYCLE: Final = Lifecycle({
    ConcernStatus.RAISED: {ConcernStatus.DELIVERED, ConcernStatus.ACKNOWLEDGED},
    ConcernStatus.DELIVERED: {ConcernStatus.ACKNOWLEDGED},
    ConcernStatus.ACKNOWLEDGED: {ConcernStatus.DECIDED},
})  # fmt: skip

UNSEEN: Final = frozenset({ConcernStatus.RAISED, ConcernStatus.DELIVERED})


class SubjectKind(StrEnum):
    """What a concern was raised on."""

    REFERRAL = "referral"
    FAMILY = "family"
    VISIT = "visit"
    SESSION = "session"
    VOLUNTEER = "volunteer"
    NONE = "none"


LEADS: Final = (Role.LA_MANAGER, Role.OPERATIONAL_LINK, Role.SOCIAL_WORKER)
"""Who deals with concerns in the local authority; its case system may read them too."""
