"""What may happen, over every pair and every combination, without any I/O."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from services.training import domain
from services.training.domain import (
    IMPORTS,
    INDUCTIONS,
    SESSIONS,
    ImportStatus,
    InductionStatus,
    Part,
    PartStanding,
    SessionStatus,
    Standing,
    Suitability,
    Unsuitable,
)
from shared.errors import Conflict, Gate, IllegalMove, Invalid, WaitingFor

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
COMPLETE = PartStanding(attended=True, suitability=Suitability.SUITABLE)

INDUCTION_MOVES = {
    ("in_progress", "on_hold"),
    ("in_progress", "qualified"),
    ("in_progress", "not_suitable"),
    ("in_progress", "abandoned"),
    ("on_hold", "in_progress"),
    ("on_hold", "not_suitable"),
    ("on_hold", "abandoned"),
}
SESSION_MOVES = {("planned", "planned"), ("planned", "held"), ("planned", "cancelled"), ("held", "closed")}


@pytest.mark.parametrize(("current", "wanted"), list(product(InductionStatus, InductionStatus)))
def test_an_induction_moves_only_as_its_table_says(current: InductionStatus, wanted: InductionStatus) -> None:
    if (current.value, wanted.value) in INDUCTION_MOVES:
        assert INDUCTIONS.move(current, wanted) is wanted
    else:
        with pytest.raises(IllegalMove) as refused:
            INDUCTIONS.move(current, wanted)
        assert refused.value.extra == {"from": current.value, "to": wanted.value}


IMPORT_MOVES = {
    ("read", "applying"),
    ("read", "applied"),
    ("read", "discarded"),
    ("applying", "applied"),
    ("applying", "read"),
}


@pytest.mark.parametrize(("current", "wanted"), list(product(ImportStatus, ImportStatus)))
def test_a_sheet_moves_only_as_its_table_says(current: ImportStatus, wanted: ImportStatus) -> None:
    if (current.value, wanted.value) in IMPORT_MOVES:
        assert IMPORTS.move(current, wanted) is wanted
    else:
        with pytest.raises(IllegalMove):
            IMPORTS.move(current, wanted)


@pytest.mark.parametrize(("current", "wanted"), list(product(SessionStatus, SessionStatus)))
def test_a_session_moves_only_as_its_table_says(current: SessionStatus, wanted: SessionStatus) -> None:
    if (current.value, wanted.value) in SESSION_MOVES:
        assert SESSIONS.move(current, wanted) is wanted
    else:
        with pytest.raises(IllegalMove):
            SESSIONS.move(current, wanted)


@pytest.mark.parametrize(("attended", "suitability"), list(product([None, False, True], [None, *Suitability])))
def test_a_part_is_complete_only_when_attended_and_judged_suitable(
    attended: bool | None, suitability: Suitability | None
) -> None:
    complete = PartStanding(attended, suitability).complete
    assert complete == (attended is True and suitability is Suitability.SUITABLE)


@pytest.mark.parametrize("done", [set(one) for one in product(Part, repeat=2)] + [set()])
def test_the_gate_names_exactly_the_parts_that_are_missing(done: set[Part]) -> None:
    with pytest.raises(Gate) as refused:
        domain.require_complete(dict.fromkeys(done, COMPLETE))
    assert refused.value.name == "gate-induction-incomplete"
    assert refused.value.extra["missing"] == [part for part in Part if part not in done]


def test_the_gate_opens_when_all_parts_are_complete() -> None:
    domain.require_complete(dict.fromkeys(Part, COMPLETE))


@pytest.mark.parametrize(
    ("standing", "kind", "name"),
    [
        (None, WaitingFor, "gate-volunteer-applied"),
        (Standing(applied=False, suspended=False, left=False), WaitingFor, "gate-volunteer-applied"),
        (Standing(applied=True, suspended=True, left=False), Conflict, "volunteer-suspended"),
        (Standing(applied=True, suspended=True, left=True), Conflict, "volunteer-left"),
        (Standing(applied=False, suspended=False, left=True), Conflict, "volunteer-left"),
    ],
)
def test_an_induction_does_not_start_for_a_volunteer_who_is(
    standing: Standing | None, kind: type[Conflict], name: str
) -> None:
    with pytest.raises(kind) as refused:
        domain.require_startable(standing)
    assert refused.value.name == name


def test_an_induction_starts_for_whoever_has_applied() -> None:
    domain.require_startable(Standing(applied=True, suspended=False, left=False))


@pytest.mark.parametrize("status", InductionStatus)
def test_attendance_and_judgements_belong_to_a_running_induction(status: InductionStatus) -> None:
    if status is InductionStatus.IN_PROGRESS:
        domain.require_in_progress(status)
    else:
        with pytest.raises(Conflict, match="not in progress"):
            domain.require_in_progress(status)


def test_a_session_that_begins_this_very_moment_has_begun() -> None:
    domain.require_begun(NOW, NOW)
    with pytest.raises(Conflict, match="has not begun"):
        domain.require_begun(NOW + timedelta(microseconds=1), NOW)


def test_only_not_suitable_has_a_reason() -> None:
    domain.require_reason(InductionStatus.QUALIFIED, None)
    domain.require_reason(InductionStatus.NOT_SUITABLE, Unsuitable.OTHER)
    with pytest.raises(Invalid):
        domain.require_reason(InductionStatus.NOT_SUITABLE, None)
    with pytest.raises(Invalid):
        domain.require_reason(InductionStatus.QUALIFIED, Unsuitable.OTHER)
