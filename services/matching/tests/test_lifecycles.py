"""Every pair of every lifecycle: what may follow what, and what is refused."""

from enum import StrEnum
from itertools import product

import pytest

from services.matching.domain.matches import MATCHES, REQUESTS, MatchStatus, RequestStatus
from services.matching.domain.visits import VISITS, VisitStatus
from services.matching.domain.volunteers import LIFECYCLE, Training, VolunteerStatus, onward, settled
from shared.errors import IllegalMove
from shared.lifecycle import Lifecycle

SUSPENDABLE = "enquired applied in_training assessed cleared available matched on_break"

ALLOWED = {
    "volunteer": {
        "enquired": "applied suspended left",
        "applied": "in_training not_suitable suspended left",
        "in_training": "assessed not_suitable suspended left",
        "assessed": "cleared not_suitable suspended left",
        "cleared": "available suspended left",
        "available": "matched on_break suspended left",
        "matched": "available on_break suspended left",
        "on_break": "available suspended left",
        "suspended": f"{SUSPENDABLE} left not_suitable",
    },
    "match": {
        "proposed": "agreed cancelled",
        "agreed": "introduced cancelled",
        "introduced": "active ending",
        "active": "paused ending",
        "paused": "active ending",
        "ending": "ended",
    },
    "request": {"open": "filled closed", "filled": "open closed"},
    "visit": {"planned": "happened cancelled_by_family cancelled_by_volunteer no_access refused"},
}

CASES: list[tuple[str, Lifecycle[StrEnum], type[StrEnum]]] = [
    ("volunteer", LIFECYCLE, VolunteerStatus),  # type: ignore[list-item]  # a list of lifecycles of several states
    ("match", MATCHES, MatchStatus),  # type: ignore[list-item]  # a list of lifecycles of several states
    ("request", REQUESTS, RequestStatus),  # type: ignore[list-item]  # a list of lifecycles of several states
    ("visit", VISITS, VisitStatus),  # type: ignore[list-item]  # a list of lifecycles of several states
]
PAIRS = [
    pytest.param(name, table, here, there, id=f"{name}:{here}-{there}")
    for name, table, states in CASES
    for here, there in product(states, states)
]


@pytest.mark.parametrize(("name", "table", "here", "there"), PAIRS)
def test_a_step_is_possible_exactly_where_the_contract_has_it(
    name: str, table: Lifecycle[StrEnum], here: StrEnum, there: StrEnum
) -> None:
    if there in ALLOWED[name].get(here, "").split():
        assert table.move(here, there) is there
    else:
        with pytest.raises(IllegalMove) as refusal:
            table.move(here, there)
        assert refusal.value.extra == {"from": here.value, "to": there.value}


S = VolunteerStatus


def test_facts_carry_a_volunteer_as_far_as_they_go() -> None:
    qualified = Training(started=True, qualified=True)
    assert list(onward(S.APPLIED, qualified, cleared=True)) == [S.IN_TRAINING, S.ASSESSED, S.CLEARED, S.AVAILABLE]
    assert list(onward(S.APPLIED, qualified, cleared=False)) == [S.IN_TRAINING, S.ASSESSED]
    assert list(onward(S.APPLIED, Training(started=True), cleared=True)) == [S.IN_TRAINING]


def test_clearance_without_qualification_clears_nobody() -> None:
    assert list(onward(S.ASSESSED, Training(started=True), cleared=True)) == []


@pytest.mark.parametrize("status", [S.ENQUIRED, S.AVAILABLE, S.MATCHED, S.ON_BREAK, S.LEFT, S.SUSPENDED])
def test_facts_move_nobody_who_is_not_on_the_way(status: VolunteerStatus) -> None:
    assert list(onward(status, Training(started=True, qualified=True, not_suitable=True), cleared=True)) == []


@pytest.mark.parametrize("status", [S.APPLIED, S.IN_TRAINING, S.ASSESSED])
def test_who_is_not_suitable_goes_no_further(status: VolunteerStatus) -> None:
    heard = Training(started=True, qualified=True, not_suitable=True)
    assert list(onward(status, heard, cleared=True)) == [S.NOT_SUITABLE]


@pytest.mark.parametrize("status", list(VolunteerStatus))
def test_only_who_works_is_settled_by_their_matches(status: VolunteerStatus) -> None:
    if status in {S.AVAILABLE, S.MATCHED}:
        assert (settled(status, 0), settled(status, 1)) == (S.AVAILABLE, S.MATCHED)
    else:
        assert settled(status, 1) is status
