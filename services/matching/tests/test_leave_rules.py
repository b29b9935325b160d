"""Who answers for whom on a day, and which leave stands beside which: every boundary day."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from services.matching.domain.leave import Leave, Post, Rota, objection
from shared.ids import new_id

ANN, BEN, CLEO = new_id(), new_id(), new_id()
FIRST, LAST = date(2026, 12, 21), date(2026, 12, 25)
STAFF = [Post(one, date(2026, 1, 1)) for one in (ANN, BEN, CLEO)]


def day(number: int) -> date:
    """A day of that December."""
    return date(2026, 12, number)


def leave(person: UUID, cover: UUID, first: date = FIRST, last: date = LAST, back: date | None = None) -> Leave:
    return Leave(person, cover, first, last, back)


def rota(on: date, *leaves: Leave, posts: list[Post] = STAFF) -> Rota:
    return Rota(on, posts, leaves)


@pytest.mark.parametrize(("on", "who"), [(20, ANN), (21, BEN), (23, BEN), (25, BEN), (26, ANN)])
def test_whoever_covers_answers_on_the_first_day_the_last_day_and_between_and_on_no_other(on: int, who: UUID) -> None:
    there = rota(day(on), leave(ANN, BEN))
    assert there.answering(ANN) == who
    assert there.answering(BEN) == BEN
    assert there.answered_by_others(BEN) == ([CLEO] if who == BEN else [one for one in there_all() if one != BEN])


def there_all() -> list[UUID]:
    return list({ANN, BEN, CLEO})


def test_nobody_answers_where_nobody_is_named() -> None:
    assert rota(FIRST).answering(None) is None


def test_nobody_answers_for_somebody_who_has_gone_or_is_of_elsewhere() -> None:
    posts = [Post(ANN, day(1), day(23))]
    assert rota(day(22), posts=posts).answering(ANN) == ANN
    assert rota(day(23), posts=posts).answering(ANN) is None
    assert rota(FIRST).answering(new_id()) is None


def test_where_whoever_covers_has_gone_it_is_everybody_s() -> None:
    posts = [Post(ANN, day(1)), Post(BEN, day(1), day(23))]
    assert rota(day(22), leave(ANN, BEN), posts=posts).answering(ANN) == BEN
    left = rota(day(23), leave(ANN, BEN), posts=posts)
    assert left.answering(ANN) is None
    assert left.covered_by(BEN) == []
    assert ANN not in left.answered_by_others(CLEO)


def test_cover_goes_no_further_than_one_step() -> None:
    """Such a chain cannot be entered; were it there, nobody would be taken for somebody who answers."""
    chain = rota(FIRST, leave(ANN, BEN), leave(BEN, CLEO))
    assert chain.answering(ANN) is None
    assert chain.answering(BEN) == CLEO


def test_two_who_made_each_other_cover_would_leave_both_to_everybody() -> None:
    circle = rota(FIRST, leave(ANN, BEN), leave(BEN, ANN))
    assert (circle.answering(ANN), circle.answering(BEN)) == (None, None)


@pytest.mark.parametrize(
    ("back", "holds"), [(20, []), (21, []), (22, [21]), (25, [21, 22, 23, 24]), (28, range(21, 26))]
)
def test_what_was_called_off_holds_until_the_day_before(back: int, holds: list[int]) -> None:
    off = leave(ANN, BEN, back=day(back))
    assert [on for on in range(18, 30) if off.holds_on(day(on))] == list(holds)
    assert [on for on in range(18, 30) if rota(day(on), off).answering(ANN) == BEN] == list(holds)


def test_whoever_covers_is_told_for_whom_and_whoever_is_away_who_covers() -> None:
    known = leave(ANN, BEN)
    there = rota(LAST, known, leave(CLEO, BEN, day(26), day(27)))
    assert there.covered_by(BEN) == [known]
    assert there.covered_by(None) == []
    assert there.leave_of(ANN) == known
    assert there.leave_of(BEN) is None
    assert set(there.answered_by_others(CLEO)) == {ANN, BEN}
    assert set(there.answered_by_others(ANN)) == {ANN, BEN, CLEO}


# What can be entered


def refusal(wanted: Leave, *known: Leave, posts: list[Post] = STAFF) -> str | None:
    return objection(wanted, posts, known)


@pytest.mark.parametrize(
    ("first", "last", "meets"),
    [(18, 20, False), (18, 21, True), (23, 23, True), (20, 26, True), (25, 29, True), (26, 29, False)],
)
def test_leaves_that_share_a_day_stand_in_each_others_way(first: int, last: int, meets: bool) -> None:
    known, days = leave(ANN, BEN), (day(first), day(last))
    assert refusal(leave(ANN, CLEO, *days), known) == ("leave-overlaps" if meets else None)
    assert refusal(leave(BEN, CLEO, *days), known) == ("covers-somebody" if meets else None)
    assert refusal(leave(CLEO, ANN, *days), known) == ("cover-on-leave" if meets else None)
    # One person may cover for two.
    assert refusal(leave(CLEO, BEN, *days), known) is None


def test_what_was_called_off_stands_in_nobody_s_way_from_that_day_on() -> None:
    off = leave(ANN, BEN, back=day(23))
    assert refusal(leave(ANN, CLEO, day(23), day(24)), off) is None
    assert refusal(leave(BEN, ANN, day(23), day(24)), off) is None
    assert refusal(leave(ANN, CLEO, day(22), day(24)), off) == "leave-overlaps"


@pytest.mark.parametrize(("starts", "gone", "good"), [(21, 26, True), (22, 26, False), (21, 25, False)])
def test_whoever_covers_is_there_on_every_day(starts: int, gone: int, good: bool) -> None:
    posts = [Post(ANN, day(1)), Post(BEN, day(starts), day(gone))]
    assert refusal(leave(ANN, BEN), posts=posts) == (None if good else "cover-not-a-coordinator")


def test_leave_is_of_somebody_who_is_there_when_it_begins() -> None:
    posts = [Post(ANN, day(1), day(21)), Post(BEN, day(1))]
    assert refusal(leave(ANN, BEN), posts=posts) == "not-a-coordinator"
    assert refusal(leave(ANN, BEN, day(20)), posts=posts) is None


def test_nobody_is_ever_left_with_somebody_who_is_away() -> None:
    """Whatever is entered one after the other, each of them is answered for by somebody who is there, every day."""
    known: list[Leave] = []
    people = (ANN, BEN, CLEO)
    for start in range(1, 20):
        for person in people:
            for cover in people:
                wanted = leave(person, cover, day(start), day(start + person.int % 5))
                if person != cover and refusal(wanted, *known) is None:
                    known.append(wanted)
    assert len(known) > 5
    for number in range(31):
        on = day(1) + timedelta(days=number)
        there = rota(on, *known)
        assert all(there.answering(one) in people for one in people)
        assert all(there.leave_of(there.answering(one)) is None for one in people)
