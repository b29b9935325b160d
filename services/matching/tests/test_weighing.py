"""What holds of every family and every crowd: over ten thousand that chance made."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from unittest import mock
from uuid import UUID

import orjson
import pytest

from services.matching.domain import crowd as crowds_by_columns
from services.matching.domain import placing, snapshot
from services.matching.domain.needs import Candidate, Need
from services.matching.domain.scoring import (
    Contribution,
    NearMiss,
    Ranked,
    Weighed,
    Weigher,
    part,
    place,
    rank,
    weigh,
)
from services.matching.domain.terms import CONSTRAINTS, FACTORS
from services.matching.domain.weights import DEFAULT, MatchingPolicy, faults
from services.matching.tests.columns import columns_of, telling
from services.matching.tests.crowds import Instance, a_candidate, a_need, a_policy, instances
from services.matching.tests.crowds import ties as some_ties

MANY = 10_000


@pytest.fixture(scope="module")
def many() -> list[Instance]:
    return list(instances(MANY))


def test_what_chance_makes_is_worth_looking_at(many: list[Instance]) -> None:
    ranked = [rank(need, crowd, policy, ties) for need, crowd, policy, ties in many[:2_000]]
    codes = {code for found in ranked for one in found for code in one.excluded_by}
    assert codes == set(CONSTRAINTS)
    assert sum(not one.excluded_by for found in ranked for one in found) > 500


def test_the_explanation_sums_to_the_score_and_names_every_factor(many: list[Instance]) -> None:
    for need, crowd, policy, ties in many:
        for one in rank(need, crowd, policy, ties):
            assert bool(one.excluded_by) != bool(one.contributions)
            assert one.score == sum(part.points for part in one.contributions) <= 1_000
            if one.contributions:
                assert [(part.factor, part.weight) for part in one.contributions] == [
                    (factor.name, policy.weights[factor.name]) for factor in FACTORS
                ]
                assert all(0 <= part.points <= part.weight for part in one.contributions)


def test_the_order_of_the_input_makes_no_difference(many: list[Instance]) -> None:
    chance = random.Random(7)
    for need, crowd, policy, ties in many:
        shuffled = chance.sample(crowd, len(crowd))
        first, again = (weigh(Weigher(need, policy, ties), one) for one in (crowd, shuffled))
        assert snapshot.write_result(first) == snapshot.write_result(again)
        assert first.ranked == again.ranked


def test_a_sensitive_trait_changes_nothing_unless_the_family_wishes_it(many: list[Instance]) -> None:
    for need, crowd, policy, ties in many:
        silent = replace(need, ethnicity_counts=False, faith_counts=False)
        other = [replace(one, ethnicity="CHNE", faith="jewish") for one in crowd]
        assert rank(silent, crowd, policy, ties) == rank(silent, other, policy, ties)


def test_nobody_is_ranked_against_a_hard_constraint(many: list[Instance]) -> None:
    for need, crowd, policy, ties in many:
        of = {one.id: one for one in crowd}
        barred = ties.conflict | ties.known | ties.refused
        for one in rank(need, crowd, policy, ties):
            if not one.excluded_by:
                assert _could(need, of[one.volunteer], policy)
                assert one.volunteer not in barred


def _could(need: Need, one: Candidate, policy: MatchingPolicy) -> bool:
    """What the constraints say, said another way."""
    common = len(need.availability & one.availability)
    visits = min(need.visits_a_week, one.visits_a_week)
    return (
        one.working and one.visits_families and one.cleared and one.cleared_throughout
        and one.places_taken < one.capacity
        and one.visits_a_week >= (need.visits_a_week if policy.whole_visits else 1)
        and common >= min(len(need.availability), visits * policy.slots_per_visit)
        and need.gender in {None, one.gender}
    )  # fmt: skip


def test_what_is_sealed_is_needed_only_of_those_who_can_be_matched(many: list[Instance]) -> None:
    for need, crowd, policy, ties in many:
        weigher = Weigher(need, policy, ties)
        of = {one.id: one for one in crowd}
        fit, out = part(weigher, [replace(one, age=None, ethnicity=None, faith=None) for one in crowd])
        opened = [of[one.id] for one in fit]
        assert place(weigher, opened, out).ranked == rank(need, crowd, policy, ties)


def require_the_same_one_by_one(these: Iterable[Instance]) -> None:
    """As a crowd and one by one what comes of it is the same, to the byte."""
    for need, crowd, policy, ties in these:
        weigher, columns = Weigher(need, policy, ties), columns_of(crowd)
        parted = placing.part(weigher, columns)
        placed = placing.place(weigher, telling(columns, crowd, parted), parted)
        fit, out = part(weigher, [replace(one, conflict=False, known_to_family=False) for one in crowd])
        weighed = place(
            weigher, fit, [(replace(one, age=None, ethnicity=None, faith=None), codes) for one, codes in out]
        )
        assert snapshot.write_placed(placed) == snapshot.write_result(weighed)
        assert [*placed.ranked, *placed.excluded] == [one.volunteer for one in weighed.ranked]
        assert placed.first(len(crowd)) == weighed.ranked


def large(count: int, size: int) -> Iterator[Instance]:
    chance = random.Random(11)
    for _ in range(count):
        crowd = [a_candidate(chance, number) for number in range(size)]
        yield a_need(chance), crowd, a_policy(chance), some_ties(chance, crowd)


def test_a_crowd_is_ranked_as_its_volunteers_are_one_by_one_to_the_byte(many: list[Instance]) -> None:
    require_the_same_one_by_one(many)


def test_so_is_one_of_hundreds() -> None:
    require_the_same_one_by_one(large(40, 400))


def test_so_is_one_in_which_hardly_two_are_alike(many: list[Instance]) -> None:
    with mock.patch.object(crowds_by_columns, "_WIDE", 1):
        require_the_same_one_by_one(many[:1_000])
        require_the_same_one_by_one(large(5, 400))


def test_so_is_one_of_more_codes_than_a_number_has_bits() -> None:
    chance, codes = random.Random(12), [f"code-{number}" for number in range(200)]
    for need, crowd, policy, ties in large(20, 200):
        people = [replace(one, skills=frozenset(chance.sample(codes, 9))) for one in crowd]
        asked = replace(need, skills=frozenset(chance.sample(codes, 40)))
        require_the_same_one_by_one([(asked, people, policy, ties)])


def test_a_result_is_written_as_it_always_was() -> None:
    """Proposals that are kept are compared with this, byte by byte: another form needs another `scoring.VERSION`."""
    near, far = Contribution("distance", 200, 200, "about-1-km"), Contribution("distance", 200, 0, "about-90-km")
    some, none = Contribution("skills", 100, 50, "1-of-2"), Contribution("skills", 100, 0, "0-of-2")
    ranked = [
        *(Ranked(UUID(int=number), 0, parts) for number, parts in enumerate([(near, some), (far, some), (near, none)])),
        *(Ranked(UUID(int=9), 0, (), codes) for codes in [("on-break",), ("too-near", "suspended"), ("on-break",)]),
    ]
    missed = NearMiss(UUID(int=9), 250, ("on-break",), ((),))
    assert snapshot.write_result(Weighed(ranked, [missed])) == (
        '{"excluded":[0,1,0],"near":[["00000000-0000-0000-0000-000000000009",250,["on-break"],[[]]]],'
        '"parts":[["distance",200,200,"about-1-km"],["skills",100,50,"1-of-2"],["distance",200,0,"about-90-km"],'
        '["skills",100,0,"0-of-2"]],"ranked":[[0,1],[2,1],[0,3]],"reasons":[["on-break"],["too-near","suspended"]]}'
    )
    assert snapshot.write_result(Weighed([], [])) == '{"excluded":[],"near":[],"parts":[],"ranked":[],"reasons":[]}'


def test_a_result_is_read_as_it_was_written(many: list[Instance]) -> None:
    for need, crowd, policy, ties in many[:1_000]:
        weighed = weigh(Weigher(need, policy, ties), crowd)
        assert _read(snapshot.write_result(weighed), weighed.ranked) == weighed


def _read(written: str, ranked: list[Ranked]) -> Weighed:
    fit = [one.volunteer for one in ranked if not one.excluded_by]
    out = [one.volunteer for one in ranked if one.excluded_by]
    document = orjson.loads(written)
    found = snapshot.read_some(document, fit, out, range(1, len(ranked) + 1))
    return Weighed(found, snapshot.read_near(document))


def test_the_best_of_the_excluded_are_told_what_would_have_to_change(many: list[Instance]) -> None:
    for need, crowd, policy, ties in many[:1_000]:
        weigher = Weigher(need, policy, ties)
        weighed = weigh(weigher, crowd, near=2)
        out = {one.id: weigher.score(one) for one in crowd if weigher.exclusions(one)}
        assert [one.score for one in weighed.near_misses] == sorted(out.values(), reverse=True)[:2]
        assert all(one.score == out[one.volunteer] for one in weighed.near_misses)
        assert all(len(one.missing) == len(one.excluded_by) for one in weighed.near_misses)


def test_the_defaults_are_a_good_policy_and_others_are_told_what_is_wrong() -> None:
    weights = dict(DEFAULT.weights)
    assert faults(DEFAULT) == []
    for wrong, fault in (
        ({"faith": 0}, ("weights/faith", "not-positive")),
        ({"faith": -1}, ("weights/faith", "not-positive")),
        ({"faith": 41}, ("weights", "sum-not-1000")),
        ({"charm": 1}, ("weights", "unknown-or-missing-factor")),
    ):
        assert fault in faults(replace(DEFAULT, weights=weights | wrong))
    assert faults(replace(DEFAULT, far_metres=2_000)) == [("far_metres", "not-beyond-full_metres")]
    assert faults(replace(DEFAULT, long_minutes=15)) == [("long_minutes", "not-beyond-easy_minutes")]
    assert faults(replace(DEFAULT, near_metres=20_000)) == [("near_metres", "not-before-far_metres")]
