"""The auditor's bounds are those that are found by looking at every table of whole numbers."""

import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations_with_replacement, product
from typing import Final

import numpy as np
import pytest

from shared.disclosure.audit import audit
from shared.disclosure.counting import Record, counted
from shared.disclosure.policy import Figure, Mark, Policy, Zeros
from shared.disclosure.tables import Box, Definition, Dimension, Release
from shared.disclosure.tests.worlds import (
    HOME,
    MONDAY,
    ROLE,
    Matrix,
    atoms,
    definition,
    matrix,
    random_definition,
    span,
)
from shared.disclosure.verdict import Bounds, Verdict

DAYS: Final = 2
KINDS: Final = atoms(DAYS)
TABLES: Final = 150
EVERYBODY: Final[tuple[tuple[tuple[Dimension, ...], ...], ...]] = (((HOME,),), ((HOME, ROLE),), ((HOME,), (ROLE,)))
YES_NO: Final = tuple(Dimension(name, ("yes", "no")) for name in ("tall", "loud", "kind"))


def every_world(people: int, kinds: int) -> Matrix:
    """Every way in which so many people can be of so many kinds."""
    found = [np.bincount(one, minlength=kinds) for one in combinations_with_replacement(range(kinds), people)]
    return np.array(found, dtype=np.float64)


@pytest.fixture(scope="module")
def five_people() -> Matrix:
    return every_world(5, len(KINDS))


def by_looking(worlds: Matrix, releases: Sequence[Release], kinds: Sequence[Record]) -> dict[Box, Bounds]:
    fits = worlds
    for release in releases:
        boxes = list(release.figures)
        counts = fits @ matrix(boxes, kinds).T
        keep = np.ones(len(fits), dtype=bool)
        for box, column in zip(boxes, counts.T, strict=True):
            could = [count for count in range(int(worlds[0].sum()) + 1) if agrees(release, box, count)]
            keep &= np.isin(column, could)
        fits = fits[keep]
    hidden = [box for release in releases for box in release.hidden]
    counts = fits @ matrix(hidden, kinds).T
    ends = zip(hidden, counts.min(axis=0), counts.max(axis=0), strict=True)
    return {box: Bounds(int(low), int(high)) for box, low, high in ends}


def exact(verdict: Verdict) -> dict[Box, Bounds]:
    return {one.need.box: one.bounds for one in verdict.findings if not one.need.implied}


def agrees(release: Release, box: Box, count: int) -> bool:
    """Whether that count could be published as it was; a table of the policy's rules, written a second time."""
    figure, policy = release.figures[box], release.policy
    if figure is Mark.HIDDEN:
        below = count < policy.threshold or policy.secondary
        return below and (count > 0 or policy.zeros is Zeros.HIDDEN)
    base = policy.rounding if box == release.definition.overall else None
    return figure == (count if base is None else (count + base // 2) // base * base)


def marked(chance: random.Random, asked: Definition, records: Sequence[Record], policy: Policy) -> Release:
    """Any cells hidden, whether that is wise or not."""
    figures: dict[Box, Figure] = {}
    for box, count in counted(asked, records).counts.items():
        overall = box == asked.overall
        can = (count > 0 or policy.zeros is Zeros.HIDDEN) and (policy.secondary or count < policy.threshold)
        hide = can and not overall and chance.random() < 0.6
        figures[box] = Mark.HIDDEN if hide else policy.shown(count, overall)
    return Release(asked, policy, figures)


@pytest.mark.parametrize(
    "policy", [Policy(), Policy(zeros=Zeros.HIDDEN), Policy(threshold=4, secondary=False), Policy(rounding=3)]
)
def test_bounds_are_those_over_all_tables(five_people: Matrix, policy: Policy) -> None:
    chance, narrow = random.Random(11), 0
    for _ in range(TABLES):
        people = chance.choices(KINDS, k=5)
        # One release tells exactly how many people there are, so that there is an end to what has to be looked at.
        whole = marked(chance, definition(span(0, DAYS - 1), *chance.choice(EVERYBODY)), people, Policy())
        other = marked(chance, random_definition(chance, DAYS), people, policy)
        found = exact(audit(other, [whole]))
        assert found == by_looking(five_people, [whole, other], KINDS)
        narrow += sum(one.low == one.high for one in found.values())
    assert narrow > 20


@pytest.mark.parametrize("pairs", [((0, 1), (1, 2)), ((0, 1), (1, 2), (0, 2)), ((0, 1), (2,))])
def test_tables_that_share_dimensions_are_looked_at_as_one(pairs: tuple[tuple[int, ...], ...]) -> None:
    kinds = [
        Record(MONDAY, dict(zip((one.name for one in YES_NO), values, strict=True)))
        for values in product(("yes", "no"), repeat=3)
    ]
    worlds, chance, narrow = every_world(7, len(kinds)), random.Random(3), 0
    asked = definition(span(0, 0), *([YES_NO[number] for number in pair] for pair in pairs))
    for _ in range(TABLES):
        release = marked(chance, asked, chance.choices(kinds, k=7), Policy())
        found = exact(audit(release))
        assert found == by_looking(worlds, [release], kinds)
        narrow += sum(one.low == one.high for one in found.values())
    assert narrow > 20


def test_dates_that_only_touch_tell_nothing_of_each_other() -> None:
    one, other = definition(span(0, 0), (HOME,)), definition(span(1, 1), (HOME,))
    assert one.dates.last + timedelta(1) == other.dates.first
    releases = [marked(random.Random(1), asked, KINDS, Policy()) for asked in (one, other)]
    assert audit(releases[0], releases[1:]).releases == 1
