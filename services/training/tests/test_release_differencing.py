"""Whoever reads every release of a partnership and subtracts one from another learns no hidden count."""

import random
from collections.abc import Iterator, Sequence
from itertools import combinations, permutations, product
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from services.training.tests.crowd import Crowd, Person
from services.training.tests.factories import Team

DAYS: Final = (1, 2, 3, 4)
GROUPS: Final = ("North", "East", "South")
GENDERS: Final = ("female", "male")
RELEASES: Final = 12
LISTED: Final = (("organisation", GROUPS), ("gender", GENDERS))
Kind = tuple[int, str, str]
KINDS: Final[list[Kind]] = list(product(DAYS, GROUPS, GENDERS))
TABLES: Final[tuple[tuple[dict[str, str], ...], ...]] = (
    ({"by": "organisation"},),
    ({"by": "organisation"}, {"by": "gender"}),
    ({"by": "organisation", "across": "gender"},),
    ({"by": "gender"},),
)
Vector = NDArray[np.float64]


def row(release: dict[str, Any], table: dict[str, Any], values: Sequence[str | None]) -> Vector:
    """Which kinds of people a published cell counts."""
    limits = dict(zip((one["name"] for one in table["dimensions"]), values, strict=True))
    first, last = (int(release[end][-2:]) for end in ("from", "until"))
    groups, genders = ({None, *every} if limits.get(name) is None else {limits[name]} for name, every in LISTED)
    return np.array([float(first <= day <= last and group in groups and sex in genders) for day, group, sex in KINDS])


def cells(release: dict[str, Any]) -> Iterator[tuple[Vector, int | str]]:
    for table in release["shown"]["tables"]:
        for cell in table["cells"]:
            yield row(release, table, cell["values"]), cell["count"]


def recovered(releases: Sequence[dict[str, Any]], true: Vector) -> int:
    """How many hidden counts, and small ones of what only one release has, are sums of multiples of shown ones."""
    found = [one for release in releases for one in cells(release)]
    shown = [(one, count) for one, count in found if isinstance(count, int)]
    open_ = ~np.any([one > 0 for one, count in shown if count == 0] or [np.zeros(len(KINDS), dtype=bool)], axis=0)
    known = np.array([one[open_] for one, _ in shown])
    sought = [one for one, count in found if count == "c"]
    for one, other in permutations(releases, 2):
        inside = row(other, {"dimensions": []}, ())
        for cell, _ in cells(one):
            sought += [part for part in (cell * inside, cell * (1 - inside)) if 0 < part @ true < 6]
    return sum(_told(one[open_], known) for one in sought)


def _told(one: Vector, known: Vector) -> bool:
    if not one.any():
        return True
    found: Any = np.linalg.lstsq(known.T, one, rcond=None)[0]
    return bool(np.allclose(known.T @ found, one, atol=1e-7))


@pytest.mark.parametrize("seed", [1, 2])
async def test_differences_of_published_releases_recover_no_hidden_count(team: Team, seed: int) -> None:
    chance = random.Random(seed)
    crowd = Crowd(team)
    counts = {kind: chance.choice((0, 1, 2, 4, 7, 12)) for kind in KINDS}
    for day in DAYS:
        people = [Person(group, None, sex) for (on, group, sex), n in counts.items() if on == day for _ in range(n)]
        await crowd.came(people, day=day)
    releases: list[dict[str, Any]] = []
    while len(releases) < RELEASES:
        first = chance.choice((1, 1, 2))
        until = chance.randrange(max(first, 2), max(DAYS) + 1)
        made = await crowd.published_if_possible(*chance.choice(TABLES), days=(first, until))
        if made is not None:
            public = (await team.training.anonymous().get(f"/v1/public/releases/{made['id']}")).json()
            releases.append(public)
    true = np.array([float(counts[kind]) for kind in KINDS])
    pairs = list(combinations(releases, 2))
    assert len(pairs) == 66
    assert [recovered(pair, true) for pair in pairs] == [0] * len(pairs)
    assert recovered(releases, true) == 0
    # It hides something, and shows something.
    figures = [count for release in releases for _, count in cells(release)]
    assert 5 < figures.count("c") < len(figures) - 5
