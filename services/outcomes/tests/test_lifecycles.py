"""The state machines of plans and cases, over every pair; and which kind of plan may follow which."""

from itertools import product

import pytest

from services.outcomes.domain.plans import (
    CASE_LIFECYCLE,
    LIFECYCLE,
    CaseStatus,
    PlanStatus,
    PlanType,
    require_down,
    require_up,
)
from shared.errors import IllegalMove

ORDER = [PlanType.EARLY_HELP, PlanType.CIN, PlanType.CP, PlanType.LOOKED_AFTER]


@pytest.mark.parametrize(("current", "wanted"), [*product(PlanStatus, PlanStatus)])
def test_only_an_open_plan_moves_and_never_back(current: PlanStatus, wanted: PlanStatus) -> None:
    if current is PlanStatus.OPEN and wanted is not PlanStatus.OPEN:
        assert LIFECYCLE.move(current, wanted) is wanted
        return
    with pytest.raises(IllegalMove) as refused:
        LIFECYCLE.move(current, wanted)
    assert refused.value.extra == {"from": current.value, "to": wanted.value}


@pytest.mark.parametrize(("current", "wanted"), [*product(CaseStatus, CaseStatus)])
def test_a_case_only_closes(current: CaseStatus, wanted: CaseStatus) -> None:
    allowed = (current, wanted) == (CaseStatus.OPEN, CaseStatus.CLOSED)
    assert CASE_LIFECYCLE.allows(current, wanted) is allowed


@pytest.mark.parametrize(("current", "wanted"), [*product(PlanType, PlanType)])
def test_a_step_down_leads_to_a_lighter_kind_and_a_step_up_to_a_weightier_one(
    current: PlanType, wanted: PlanType
) -> None:
    difference = ORDER.index(wanted) - ORDER.index(current)
    for require, right in ((require_down, difference < 0), (require_up, difference > 0)):
        if right:
            require(current, wanted)
        else:
            with pytest.raises(IllegalMove):
                require(current, wanted)
