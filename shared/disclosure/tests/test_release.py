"""What a release shows and hides: marks, percentages, linked tables, Camden's published figures."""

from collections import Counter
from datetime import date
from decimal import Decimal
from itertools import chain, repeat
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.disclosure.audit import audit
from shared.disclosure.counting import Record, UnlistedValueError, counted
from shared.disclosure.policy import Mark, Policy, Zeros
from shared.disclosure.reduction import ContradictionError
from shared.disclosure.suppression import suppress
from shared.disclosure.tables import DATE, Definition, Dimension, Release, Span
from shared.disclosure.tests.worlds import HOME, MONDAY, ROLE, SIDE, day, definition, record, span

ORGANISATIONS: Final = (8, 27, 1, 2, 15, 24, 18, 12, 14, 10, 18, 1, 3, 11, 14)
ETHNICITIES: Final = (34, 14, 25, 12, 1, 7, 10, 5, 3, 56, 11)
ROUND: Final = Span(date(2009, 11, 2), date(2010, 4, 29))


def shown(release: Release) -> dict[tuple[str | None, ...], object]:
    return {place.keys: release.figure(place) for place in release.definition.places()}


def numbered(name: str, counts: tuple[int, ...]) -> tuple[Dimension, list[str]]:
    values = tuple(f"{name}-{number}" for number in range(len(counts)))
    return Dimension(name, values), list(chain(*map(repeat, values, counts)))


def camden() -> tuple[Definition, list[Record]]:
    organisation, of_each = numbered("organisation", ORGANISATIONS)
    ethnicity, theirs = numbered("ethnicity", ETHNICITIES)
    pairs = Counter(zip(of_each, theirs, strict=True))
    records = [
        Record(ROUND.first, {"organisation": one, "ethnicity": other}, count) for (one, other), count in pairs.items()
    ]
    return Definition(ROUND, ((organisation,), (ethnicity,))), records


def test_of_camdens_tables_four_organisations_and_three_ethnicities_are_small() -> None:
    asked, records = camden()
    release = suppress(asked, records, Policy(secondary=False))
    names = [name for box in release.hidden for name, _ in box.where]
    assert Counter(names) == {"organisation": 4, "ethnicity": 3}
    assert release.figures[asked.overall] == 178


def test_camdens_tables_can_be_published_with_one_more_organisation_hidden() -> None:
    # Of four small ones that add up to 7 none can be more than 4: less apart than the policy asks for.
    asked, records = camden()
    release = suppress(asked, records)
    names = [name for box in release.hidden for name, _ in box.where]
    assert Counter(names) == {"organisation": 5, "ethnicity": 3}
    assert audit(release).passed


def test_percentages_have_one_decimal_and_are_hidden_where_their_cell_is() -> None:
    asked, records = camden()
    release = suppress(asked, records)
    found = {place.keys[0]: release.percentage(place) for place in asked.places() if place.table == 0}
    assert found["organisation-1"] == Decimal("15.2")
    assert found["organisation-2"] is Mark.HIDDEN
    assert found[None] == Decimal("100.0")


def test_percentages_are_made_of_what_is_shown() -> None:
    records = [record(0, "north", "cook", 37), record(0, "south", "cook", 26)]
    release = suppress(definition(span(0, 0), (HOME,)), records, Policy(rounding=10))
    found = {place.keys[0]: release.percentage(place) for place in release.definition.places()}
    assert release.figures[release.definition.overall] == 60
    assert found["north"] == Decimal("61.7")


def test_a_single_small_count_takes_another_with_it() -> None:
    records = [record(0, "north", "cook", 3), record(0, "east", "cook", 9), record(0, "south", "cook", 30)]
    release = suppress(definition(span(0, 0), (HOME,)), records)
    assert shown(release) == {("north",): "c", ("east",): "c", ("south",): 30, (None,): 42}


def test_the_other_cell_of_a_linked_table_is_hidden_too() -> None:
    # South has 2 of 8 cooks; without more the readers of the south, and the south's own total, would tell.
    records = [record(0, home, role, count) for home, role, count in [
        ("north", "cook", 20), ("north", "reader", 9), ("east", "cook", 8), ("east", "reader", 8),
        ("south", "cook", 2), ("south", "reader", 11)]]  # fmt: skip
    release = suppress(definition(span(0, 0), (HOME, ROLE), (ROLE,), (HOME,)), records)
    hidden = [keys for keys, figure in shown(release).items() if figure == "c"]
    assert ("south", "cook") in hidden
    assert len(hidden) == 4
    assert audit(release).passed


def test_zeros_are_shown_or_hidden_as_the_policy_says() -> None:
    records = [record(0, "north", "cook", 10), record(0, "east", "cook", 10)]
    asked = definition(span(0, 0), (HOME,))
    assert shown(suppress(asked, records))["south",] == 0
    hidden = suppress(asked, records, Policy(zeros=Zeros.HIDDEN))
    assert shown(hidden)["south",] == "c"
    assert audit(hidden).passed


def test_what_cannot_be_and_what_was_not_asked_is_marked_as_such() -> None:
    asked = Definition(span(0, 0), ((HOME,),), (("home", frozenset({"north", "east"})),), frozenset({("home", "east")}))
    release = suppress(asked, [record(0, "north", "cook", 10), record(0, "south", "cook", 10)])
    assert shown(release) == {("north",): 10, ("east",): ":", ("south",): "z", (None,): 10}


def test_both_ends_of_the_dates_belong_to_a_release() -> None:
    records = [record(number, "north", "cook", 10 + number) for number in range(4)]
    assert counted(definition(span(1, 2), ()), records).counts == {definition(span(1, 2)).overall: 23}


def test_a_value_that_is_not_in_the_list_is_refused() -> None:
    with pytest.raises(UnlistedValueError):
        counted(definition(span(0, 0), (HOME,)), [record(0, "west", "cook")])


def test_one_more_day_gives_nobody_away() -> None:
    records = [*(record(0, home, "cook", 20) for home in HOME.values), record(1, "south", "cook", 2)]
    before = suppress(definition(span(0, 0), (HOME,)), records)
    assert not before.hidden
    after = suppress(definition(span(0, 1), (HOME,)), records, earlier=[before])
    assert shown(after)["south",] == "c"
    assert audit(after, [before]).passed
    unaware = suppress(definition(span(0, 1), (HOME,)), records)
    assert audit(unaware, [before]).broken


def test_groups_of_a_dimension_are_linked_with_it() -> None:
    # Upper is north and east: were both tables shown, north would be upper less east.
    records = [record(0, "north", "cook", 3), record(0, "east", "cook", 30), record(0, "south", "cook", 30)]
    release = suppress(definition(span(0, 0), (HOME,), (SIDE,)), records)
    assert shown(release)["upper",] == "c" or shown(release)["east",] == "c"
    assert audit(release).passed


def test_months_are_linked_with_the_dates_of_another_release() -> None:
    month = Dimension("week", ("first", "second"), of=DATE, groups=(span(0, 6), span(7, 13)))
    records = [record(1, "north", "cook", 20), record(8, "north", "cook", 4), record(9, "north", "cook", 30)]
    before = suppress(definition(span(0, 13), (month,)), records)
    assert shown(before) == {("first",): 20, ("second",): 34, (None,): 54}
    after = suppress(definition(span(0, 8), ()), records, earlier=[before])
    assert shown(after) == {(): "c"}


def test_counts_that_changed_since_they_were_published_are_not_published_again() -> None:
    before = suppress(definition(span(0, 1), (HOME,)), [record(0, home, "cook", 20) for home in HOME.values])
    now = [record(0, home, "cook", 21) for home in HOME.values]
    with pytest.raises(ContradictionError):
        suppress(definition(span(0, 0), (HOME,)), now, earlier=[before])


counts = st.lists(st.integers(0, 30), min_size=6, max_size=6)


@given(counts, counts, st.sampled_from([Policy(), Policy(zeros=Zeros.HIDDEN), Policy(threshold=3, width=1)]))
def test_whatever_the_counts_the_audit_passes_and_no_small_one_is_shown(
    early: list[int], late: list[int], policy: Policy
) -> None:
    kinds = [(home, role) for home in HOME.values for role in ROLE.values]
    records = [
        record(at, *kind, n) for at, half in enumerate((early, late)) for kind, n in zip(kinds, half, strict=True)
    ]
    first = suppress(definition(span(0, 0), (HOME, ROLE)), records, policy)
    second = suppress(definition(span(0, 1), (HOME, ROLE)), records, policy, [first])
    assert audit(second, [first]).passed
    assert not any(policy.small(one) for one in second.figures.values() if not isinstance(one, Mark))
    assert suppress(second.definition, records, policy, [first]) == second
    assert day(0) == MONDAY
