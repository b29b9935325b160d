"""Whoever subtracts one release from another learns no hidden count: two thousand random pairs, the same each time."""

import random
from dataclasses import dataclass
from typing import Final

import pytest

from shared.disclosure.audit import audit
from shared.disclosure.counting import Record
from shared.disclosure.policy import DEFAULT, Policy
from shared.disclosure.suppression import CannotProtectError, suppress
from shared.disclosure.tables import Release
from shared.disclosure.tests.worlds import DAYS, random_definition, random_records, recovered

PAIRS: Final = 2_000
PORTIONS: Final = 8


@dataclass(frozen=True)
class Pair:
    seed: int
    records: list[Record]
    releases: tuple[Release, Release]

    def recovered(self) -> list[str]:
        return recovered(self.releases, self.records)


def pair(seed: int, policy: Policy = DEFAULT, *, forgetful: bool = False) -> Pair | None:
    """Two releases of the same records, the second made with the first in mind; None where there can be no second."""
    chance = random.Random(seed)
    records = random_records(chance, DAYS)
    first = suppress(random_definition(chance, DAYS), records, policy)
    asked = random_definition(chance, DAYS, first.definition)
    try:
        return Pair(seed, records, (first, suppress(asked, records, policy, () if forgetful else (first,))))
    except CannotProtectError:
        return None


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_differences_of_two_releases_recover_no_hidden_count(portion: int) -> None:
    seeds = range(portion, PAIRS, PORTIONS)
    pairs = [found for seed in seeds if (found := pair(seed))]
    told = [(one.seed, one.recovered()) for one in pairs]
    assert [one for one in told if one[1]] == []
    assert [one.seed for one in pairs[::5] if not audit(one.releases[1], one.releases[:1]).passed] == []
    # It shows something at all, and hides something.
    releases = [release for one in pairs for release in one.releases]
    assert len(pairs) > 0.95 * len(seeds)
    assert sum(bool(one.hidden) for one in releases) > 0.6 * len(seeds)
    assert sum(len(one.hidden) < len(one.figures) for one in releases) > len(seeds)


def test_the_attacker_recovers_counts_where_only_small_ones_are_hidden() -> None:
    found = [pair(seed, Policy(secondary=False)) for seed in range(100)]
    assert sum(bool(one and one.recovered()) for one in found) > 20


def test_the_attacker_recovers_counts_where_the_earlier_release_is_forgotten() -> None:
    found = [pair(seed, forgetful=True) for seed in range(100)]
    assert sum(bool(one and one.recovered()) for one in found) > 5
