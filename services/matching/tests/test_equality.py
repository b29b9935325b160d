"""Who waits how long, by group: kept up as families wait and are matched, small numbers withheld."""

import random
from typing import Any

from services.matching.domain.equality import KINDS, PARTS, Fared, withheld
from services.matching.tests.bodies import good
from services.matching.tests.factories import Place
from shared.auth import Role
from shared.disclosure.policy import DEFAULT
from shared.events.matching import MatchAgreed, MatchRequestClosed, MatchRequestOpened

PATH = "/v1/matching-equality"


async def waiting(here: Place, count: int, **facts: Any) -> list[Any]:
    families = [await here.family(**facts) for _ in range(count)]
    for family in families:
        await here.tell(_opened(family))
    return families


def _opened(family: Any) -> MatchRequestOpened:
    return MatchRequestOpened(family=family.id, referral=family.referral, match_request=family.request)


def group(shown: dict[str, Any], dimension: str, value: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in shown["dimensions"][dimension] if one["value"] == value)
    return found


async def test_families_are_counted_once_in_the_groups_that_they_told(here: Place) -> None:
    families = await waiting(here, 6, ethnicity="BAFR", languages=["en", "so"])
    await here.tell(_opened(families[0]))
    shown = good(await here.coordinator.get(PATH))
    for dimension, value in (("ethnicity", "BAFR"), ("faith", "not-said"), ("language", "so"), ("area", "SS")):
        found = group(shown, dimension, value)
        assert (found["opened"], found["waiting"], found["matched"], found["withheld"]) == (6, 6, 0, False)
        assert found["mean_days_waiting"] == 0


async def test_a_family_that_is_matched_or_given_up_waits_no_longer(here: Place) -> None:
    families = await waiting(here, 18, ethnicity="BAFR")
    for family in families[:6]:
        helper = await here.volunteer()
        match = await here.agreed(family, helper)
        event = MatchAgreed(family=family.id, referral=family.referral, match=match, volunteer=helper.id)
        for _ in range(2):
            await here.tell(event.model_copy())
    for family in families[6:12]:
        closed = MatchRequestClosed(family=family.id, referral=family.referral, match_request=family.request)
        await here.tell(closed)
    found = group(good(await here.caller(Role.ANALYST).get(PATH)), "ethnicity", "BAFR")
    assert (found["matched"], found["closed_unmatched"], found["waiting"]) == (6, 6, 6)
    assert (found["match_rate_percent"], found["mean_days_until_match"]) == (50, 0)


async def test_small_numbers_are_withheld_and_so_is_what_would_say_them(here: Place) -> None:
    await waiting(here, 2, ethnicity="BAFR")
    await waiting(here, 7, ethnicity="WBRI")
    await waiting(here, 9, ethnicity="CHNE")
    shown = good(await here.coordinator.get(PATH))
    assert shown["smallest"] == 6
    assert group(shown, "ethnicity", "BAFR") == {"value": "BAFR", "withheld": True} | dict.fromkeys(
        ("opened", "matched", "closed_unmatched", "waiting", "match_rate_percent", "mean_days_until_match",
         "mean_days_waiting")
    )  # fmt: skip
    assert group(shown, "ethnicity", "WBRI")["opened"] is None
    assert group(shown, "ethnicity", "CHNE")["opened"] == 9


def test_no_line_of_any_list_tells_a_small_count() -> None:
    chance = random.Random(8)
    for _ in range(10_000):
        groups = [_fared(chance, str(number)) for number in range(chance.randint(1, 6))]
        hidden = withheld(groups)
        cells = {(one.value, kind): one.count(kind) for one in groups for kind in KINDS}
        assert all(cell in hidden for cell, count in cells.items() if DEFAULT.small(count))
        for line in [
            *([(one.value, kind) for kind in PARTS] for one in groups),
            *([(one.value, kind) for one in groups] for kind in KINDS),
        ]:
            mine = [cell for cell in line if cell in hidden]
            assert not mine or len(mine) == len(line) or len(mine) > 1
            assert len(mine) == len(line) or not DEFAULT.small(sum(cells[cell] for cell in mine))


def _fared(chance: random.Random, value: str) -> Fared:
    matched, closed, waiting_now = (chance.choice([0, 0, 1, 2, 5, 6, 8, 20, 40]) for _ in range(3))
    return Fared(value, matched + closed + waiting_now, matched, closed, waiting_now, 0, 0)
