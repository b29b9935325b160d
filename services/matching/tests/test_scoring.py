"""Ranking: the same input gives the same answer, hard constraints exclude, every point is explained."""

import random
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.matching.domain.geography import area_of, distance_metres, is_known, travel_minutes
from services.matching.domain.needs import Candidate, Need, Ties, input_hash
from services.matching.domain.scoring import VERSION, WEIGHTS, Ranked, Weigher, eligible, exclusions, explain, rank
from services.matching.domain.weights import DEFAULT

SLOTS = ["mon-morning", "tue-evening", "sat-afternoon"]
CODES = ["cooking", "budgeting", "football"]
OUTCODES = ["SS1", "SS9", "E1", "ZZ9", None]
ETHNICITIES = ["WBRI", "BAFR", None]

_codes = some.frozensets(some.sampled_from(CODES))
_slots = some.frozensets(some.sampled_from(SLOTS))
needs = some.builds(
    Need,
    outcode=some.sampled_from(OUTCODES),
    languages=some.frozensets(some.sampled_from(["en", "bn"])),
    gender=some.sampled_from(["female", "male", None]),
    age_from=some.none() | some.integers(18, 60),
    age_to=some.none() | some.integers(18, 90),
    ethnicity=some.sampled_from(ETHNICITIES),
    ethnicity_counts=some.booleans(),
    skills=_codes,
    interests=_codes,
    knowledge=_codes,
    availability=_slots,
    visits_a_week=some.integers(1, 7),
)
candidates = some.builds(
    Candidate,
    id=some.uuids(),
    working=some.booleans(),
    visits_families=some.booleans(),
    cleared=some.booleans(),
    capacity=some.integers(1, 5),
    places_taken=some.integers(0, 5),
    gender=some.sampled_from(["female", "male", "undisclosed"]),
    visits_a_week=some.integers(1, 7),
    age=some.integers(18, 90),
    ethnicity=some.sampled_from(ETHNICITIES),
    outcode=some.sampled_from(OUTCODES),
    languages=some.frozensets(some.sampled_from(["en", "bn"])),
    skills=_codes,
    interests=_codes,
    knowledge=_codes,
    availability=_slots,
    conflict=some.booleans(),
    known_to_family=some.booleans(),
    faith=some.sampled_from(["muslim", None]),
)
crowds = some.lists(candidates, max_size=8, unique_by=lambda one: one.id)


def candidate(**other: Any) -> Candidate:
    fit: dict[str, Any] = {"working": True, "visits_families": True, "cleared": True, "capacity": 1, "places_taken": 0}
    return Candidate(**(fit | {"id": UUID(int=1), "gender": "female"} | other))


def points(ranked: Ranked) -> dict[str, int]:
    return {part.factor: part.points for part in ranked.contributions}


@given(needs, crowds, some.randoms(use_true_random=False))
def test_the_same_input_in_any_order_gives_the_same_answer(
    need: Need, crowd: list[Candidate], shuffler: random.Random
) -> None:
    shuffled = list(crowd)
    shuffler.shuffle(shuffled)
    assert rank(need, crowd) == rank(need, shuffled)
    assert input_hash(need, crowd, VERSION) == input_hash(need, shuffled, VERSION)


@given(needs, crowds)
def test_everybody_is_ranked_or_excluded_with_a_reason(need: Need, crowd: list[Candidate]) -> None:
    ranked = rank(need, crowd)
    assert sorted(one.volunteer for one in ranked) == sorted(one.id for one in crowd)
    for one in ranked:
        assert bool(one.excluded_by) != bool(one.contributions)
        assert one.score == sum(part.points for part in one.contributions)
    scores = [one.score for one in ranked if not one.excluded_by]
    assert scores == sorted(scores, reverse=True)


@given(needs, candidates)
def test_no_factor_brings_more_than_its_weight(need: Need, one: Candidate) -> None:
    parts = explain(need, one)
    assert [part.factor for part in parts] == list(WEIGHTS)
    assert all(0 <= part.points <= part.weight == WEIGHTS[part.factor] for part in parts)


@given(needs, candidates)
def test_ethnicity_is_not_looked_at_unless_the_family_wishes_it(need: Need, one: Candidate) -> None:
    unasked = replace(need, ethnicity_counts=False)
    assert rank(unasked, [one]) == rank(unasked, [replace(one, ethnicity="CHNE")])


@given(needs, crowds, candidates)
def test_a_change_of_the_input_changes_its_hash(need: Need, crowd: list[Candidate], more: Candidate) -> None:
    if more.id not in {one.id for one in crowd}:
        assert input_hash(need, crowd, VERSION) != input_hash(need, [*crowd, more], VERSION)
    assert input_hash(need, crowd, VERSION) != input_hash(need, crowd, "another")


@pytest.mark.parametrize(
    ("need", "who", "reason"),
    [
        ({}, {"working": False}, "not-available"),
        ({}, {"working": False, "suspended": True}, "suspended"),
        ({}, {"working": False, "on_break": True}, "on-break"),
        ({}, {"cleared_throughout": False}, "clearance-ends-too-early"),
        ({}, {"visits_a_week": 0}, "visits-a-week-reached"),
        ({"availability": frozenset(SLOTS)}, {}, "availability-not-given"),
        (
            {"availability": frozenset(SLOTS), "visits_a_week": 2},
            {"availability": frozenset(SLOTS[:1]), "visits_a_week": 2},
            "too-little-common-availability",
        ),
        ({}, {"visits_families": False}, "role-without-families"),
        ({}, {"cleared": False}, "clearance-not-current"),
        ({}, {"places_taken": 1}, "capacity-reached"),
        (
            {"availability": frozenset(["mon-morning"])},
            {"availability": frozenset(["fri-evening"])},
            "no-common-availability",
        ),
        ({"gender": "male"}, {}, "gender-not-as-requested"),
        ({}, {"conflict": True}, "conflict-of-interest"),
        ({}, {"known_to_family": True}, "known-to-family"),
    ],
)
def test_each_hard_constraint_excludes(need: dict[str, Any], who: dict[str, Any], reason: str) -> None:
    assert rank(Need(**need), [candidate(**who)])[0].excluded_by == (reason,)
    assert eligible(rank(Need(**need), [candidate(**who)])) == []


@pytest.mark.parametrize(
    ("factor", "need", "better", "worse"),
    [
        ("distance", {"outcode": "SS1"}, {"outcode": "SS1"}, {"outcode": "E1"}),
        (
            "language",
            {"languages": frozenset(["bn"])},
            {"languages": frozenset(["bn"])},
            {"languages": frozenset(["en"])},
        ),
        ("skills", {"skills": frozenset(CODES)}, {"skills": frozenset(CODES)}, {"skills": frozenset(CODES[:1])}),
        ("interests", {"interests": frozenset(CODES)}, {"interests": frozenset(CODES)}, {}),
        ("knowledge", {"knowledge": frozenset(CODES)}, {"knowledge": frozenset(CODES)}, {}),
        (
            "availability",
            {"availability": frozenset(SLOTS)},
            {"availability": frozenset(SLOTS)},
            {"availability": frozenset(SLOTS[:1])},
        ),
        ("visits_a_week", {"visits_a_week": 3}, {"visits_a_week": 3}, {"visits_a_week": 1}),
        ("age", {"age_from": 40, "age_to": 60}, {"age": 40}, {"age": 39}),
        ("travel_time", {"outcode": "SS1"}, {"outcode": "SS1"}, {"outcode": "E1"}),
        ("faith", {"faith": "muslim", "faith_counts": True}, {"faith": "muslim"}, {"faith": "sikh"}),
        ("spare_capacity", {}, {"capacity": 5}, {"capacity": 4}),
        ("ethnicity", {"ethnicity": "BAFR", "ethnicity_counts": True}, {"ethnicity": "BAFR"}, {"ethnicity": "WBRI"}),
    ],
)
def test_each_factor_ranks(factor: str, need: dict[str, Any], better: dict[str, Any], worse: dict[str, Any]) -> None:
    first, second = candidate(id=UUID(int=2), **better), candidate(id=UUID(int=1), **worse)
    ranked = rank(Need(**need), [second, first])
    assert [one.volunteer for one in ranked] == [first.id, second.id]
    assert points(ranked[0])[factor] == WEIGHTS[factor] > points(ranked[1])[factor]


def test_equal_scores_go_to_whoever_has_fewer_families() -> None:
    busy = candidate(id=UUID(int=1), capacity=2, places_taken=1)
    free = candidate(id=UUID(int=2), capacity=2)
    assert eligible(rank(Need(), [busy, free])) == [free.id, busy.id]


def test_distance_works_offline_and_in_whole_hundreds() -> None:
    near, far = distance_metres("SS1", "SS2"), distance_metres("SS1", "E1")
    assert near is not None
    assert far is not None
    assert near < 3_000 < 50_000 < far < 70_000
    assert near % 100 == 0
    assert distance_metres("SS1", "SS2") == distance_metres("SS2", "SS1")
    assert distance_metres("SS1", "ZZ9") is None


def test_the_data_file_knows_great_britain_and_only_that() -> None:
    assert all(is_known(outcode) for outcode in ("SS0", "SS17", "NW1", "WR1", "DT1"))
    assert not is_known("BT1")


def test_before_names_are_told_only_the_area_is() -> None:
    assert [area_of("SS17"), area_of("E1"), area_of(None)] == ["SS", "E", None]


def test_who_was_with_the_family_before_comes_first() -> None:
    new, former = candidate(id=UUID(int=1)), candidate(id=UUID(int=2))
    ranked = rank(Need(), [new, former], ties=Ties(had=frozenset([former.id])))
    assert [one.volunteer for one in ranked] == [former.id, new.id]
    assert points(ranked[0])["continuity"] == WEIGHTS["continuity"] > points(ranked[1])["continuity"] == 0


@pytest.mark.parametrize(
    ("tie", "reason"),
    [("conflict", "conflict-of-interest"), ("known", "known-to-family"), ("refused", "refused-by-family")],
)
def test_what_stands_between_the_two_excludes(tie: str, reason: str) -> None:
    one, other = candidate(id=UUID(int=1)), candidate(id=UUID(int=2))
    ranked = rank(Need(), [one, other], ties=Ties(**{tie: frozenset([one.id])}))
    assert [(found.volunteer, found.excluded_by) for found in ranked] == [(other.id, ()), (one.id, (reason,))]


def test_too_near_is_a_matter_of_policy_and_an_outcode_is_asked_for() -> None:
    policy = replace(DEFAULT, near_metres=1_500)
    for outcode, reasons in (("SS1", ("too-near",)), ("SS9", ()), (None, ("outcode-not-given",))):
        one = candidate(outcode=outcode)
        assert exclusions(Need(outcode="SS1"), one, policy) == reasons
        assert exclusions(Need(outcode="SS1"), one) == exclusions(Need(), one, policy) == ()


def test_a_volunteer_with_fewer_visits_left_is_excluded_only_where_the_policy_wants_all() -> None:
    need, one = Need(visits_a_week=3), candidate(visits_a_week=2)
    assert exclusions(need, one) == ()
    assert exclusions(need, one, replace(DEFAULT, whole_visits=True)) == ("visits-a-week-reached",)
    assert Weigher(need, replace(DEFAULT, whole_visits=True)).missing(one, "visits-a-week-reached") == (
        "1-more-visits-a-week",
    )


def test_what_is_not_known_of_an_outcode_is_said_and_not_guessed() -> None:
    for outcode, why in ((None, "outcode-not-given"), ("ZZ9", "outcode-not-known")):
        parts = {part.factor: part for part in explain(Need(outcode="SS1"), candidate(outcode=outcode))}
        assert [(parts[name].points, parts[name].why) for name in ("distance", "travel_time")] == [(0, why), (0, why)]


def test_the_way_is_estimated_in_whole_minutes_rounded_up() -> None:
    assert travel_minutes(10_000, 130, 25) == 32
    assert travel_minutes(0, 130, 25) == 0
    assert travel_minutes(1, 100, 60) == 1
