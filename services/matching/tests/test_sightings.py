"""Two visits running without sight of a child: once per child and run."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.matching.domain.visits import Sighting, newly_unseen, unseen_run

MIA, TOM = UUID(int=1), UUID(int=2)


def visits(*seen: set[UUID]) -> list[Sighting]:
    first = datetime(2026, 11, 1, 15, tzinfo=UTC)
    return [
        Sighting(UUID(int=10 + place), first + timedelta(days=place), frozenset(who)) for place, who in enumerate(seen)
    ]


def test_one_visit_without_sight_is_not_a_run() -> None:
    assert newly_unseen(MIA, visits({MIA}, set()), (), 2) is None


def test_the_second_visit_running_raises() -> None:
    known = visits({MIA, TOM}, {TOM}, {TOM})
    assert newly_unseen(MIA, known, (), 2) == known[2].visit
    assert newly_unseen(TOM, known, (), 2) is None


def test_a_run_is_raised_once() -> None:
    known = visits(set(), set(), set())
    assert newly_unseen(MIA, known, {known[1].visit}, 2) is None


def test_a_new_run_is_raised_again() -> None:
    known = visits(set(), set(), {MIA}, set(), set())
    assert newly_unseen(MIA, known, {known[1].visit}, 2) == known[4].visit


def test_the_order_of_visits_counts_and_not_that_of_their_records() -> None:
    known = visits(set(), {MIA}, set())
    assert unseen_run(MIA, reversed(known)) == [known[2].visit]
