"""Involvement plans: a version's course, who has to sign it, and when it comes into force."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.lifecycle import Lifecycle


class PlanStatus(StrEnum):
    """Where one version stands."""

    DRAFTED = "drafted"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


PLAN_LIFECYCLE: Final = Lifecycle({
    PlanStatus.DRAFTED: {PlanStatus.IN_FORCE, PlanStatus.REFUSED, PlanStatus.SUPERSEDED},
    PlanStatus.REFUSED: {PlanStatus.SUPERSEDED},
    PlanStatus.IN_FORCE: {PlanStatus.SUPERSEDED},
})  # fmt: skip

CURRENT: Final = frozenset({PlanStatus.DRAFTED, PlanStatus.IN_FORCE})
"""A version that can still be signed, unless there is a later one."""


class SignatoryRole(StrEnum):
    """In what capacity somebody signs."""

    LEAD_PRACTITIONER = "lead_practitioner"
    PROJECT_MANAGER = "project_manager"
    PARENT = "parent"
    VOLUNTEER = "volunteer"


class Decision(StrEnum):
    """What a signatory says. A refusal is never held against the family."""

    AGREED = "agreed"
    REFUSED = "refused"


class SignatoryState(StrEnum):
    """What a version still wants of one signatory."""

    WAITING = "waiting"
    AGREED = "agreed"
    REFUSED = "refused"
    RELEASED = "released"


SIGNATORY_LIFECYCLE: Final = Lifecycle({
    SignatoryState.WAITING: {SignatoryState.AGREED, SignatoryState.REFUSED, SignatoryState.RELEASED},
    SignatoryState.AGREED: {SignatoryState.RELEASED},
    SignatoryState.REFUSED: {SignatoryState.RELEASED},
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """One signatory's role and state."""

    role: SignatoryRole
    state: SignatoryState


def is_agreed(signatories: Sequence[Standing]) -> bool:
    """Whether everybody who still counts has agreed, a volunteer among them."""
    counting = [one for one in signatories if one.state is not SignatoryState.RELEASED]
    return all(one.state is SignatoryState.AGREED for one in counting) and any(
        one.role is SignatoryRole.VOLUNTEER for one in counting
    )


def missing_roles(roles: Collection[SignatoryRole]) -> list[SignatoryRole]:
    """Capacities without which no version can be drafted; volunteers come with their match."""
    wanted = (SignatoryRole.LEAD_PRACTITIONER, SignatoryRole.PROJECT_MANAGER, SignatoryRole.PARENT)
    return [role for role in wanted if role not in roles]
