"""Every pair of states of every lifecycle of the referral service."""

from enum import StrEnum
from typing import Any

import pytest

from services.referral.domain import plan, referral
from services.referral.domain.concern import CONCERN_LIFECYCLE, ConcernStatus
from services.referral.domain.plan import PlanStatus, SignatoryState
from services.referral.domain.referral import Status
from shared.errors import IllegalMove
from shared.lifecycle import Lifecycle

S, P, Y, C = Status, PlanStatus, SignatoryState, ConcernStatus
ALLOWED: list[tuple[Lifecycle[Any], type[StrEnum], set[tuple[StrEnum, StrEnum]]]] = [
    (
        referral.LIFECYCLE,
        Status,
        {
            (S.DRAFT, S.SUBMITTED),
            (S.SUBMITTED, S.UNDER_TRIAGE),
            (S.SUBMITTED, S.DECLINED),
            (S.SUBMITTED, S.SIGNPOSTED),
            (S.SUBMITTED, S.WITHDRAWN),
            (S.UNDER_TRIAGE, S.ACCEPTED),
            (S.UNDER_TRIAGE, S.DECLINED),
            (S.UNDER_TRIAGE, S.SIGNPOSTED),
            (S.UNDER_TRIAGE, S.WITHDRAWN),
            (S.ACCEPTED, S.ACTIVE),
            (S.ACCEPTED, S.WITHDRAWN),
            (S.ACTIVE, S.ENDING),
            (S.ACTIVE, S.WITHDRAWN),
            (S.ENDING, S.CONCLUDED),
        },
    ),
    (
        plan.PLAN_LIFECYCLE,
        PlanStatus,
        {
            (P.DRAFTED, P.IN_FORCE),
            (P.DRAFTED, P.REFUSED),
            (P.DRAFTED, P.SUPERSEDED),
            (P.REFUSED, P.SUPERSEDED),
            (P.IN_FORCE, P.SUPERSEDED),
        },
    ),
    (
        plan.SIGNATORY_LIFECYCLE,
        SignatoryState,
        {
            (Y.WAITING, Y.AGREED),
            (Y.WAITING, Y.REFUSED),
            (Y.WAITING, Y.RELEASED),
            (Y.AGREED, Y.RELEASED),
            (Y.REFUSED, Y.RELEASED),
        },
    ),
    (
        CONCERN_LIFECYCLE,
        ConcernStatus,
        {
            (C.RAISED, C.DELIVERED),
            (C.RAISED, C.ACKNOWLEDGED),
            (C.DELIVERED, C.ACKNOWLEDGED),
            (C.ACKNOWLEDGED, C.DECIDED),
        },
    ),
]
PAIRS = [
    pytest.param(machine, before, wanted, (before, wanted) in allowed, id=f"{states.__name__}-{before}-{wanted}")
    for machine, states, allowed in ALLOWED
    for before in states
    for wanted in states
]


@pytest.mark.parametrize(("machine", "before", "wanted", "is_allowed"), PAIRS)
def test_every_pair_of_states_is_allowed_or_refused_by_name(
    machine: Lifecycle[Any], before: StrEnum, wanted: StrEnum, is_allowed: bool
) -> None:
    if is_allowed:
        assert machine.move(before, wanted) is wanted
        return
    with pytest.raises(IllegalMove) as refused:
        machine.move(before, wanted)
    assert refused.value.extra == {"from": before.value, "to": wanted.value}
