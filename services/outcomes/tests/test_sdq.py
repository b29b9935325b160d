"""Scoring of the questionnaire's numbers: every boundary of every band, reversal, missing items."""

from typing import Final

import pytest

from services.outcomes.domain import sdq
from services.outcomes.domain.instruments import Respondent
from services.outcomes.domain.sdq import REVERSED, SUBSCALES, Band

# Bands as domain.md prints them: close to average / slightly raised / high / very high.
TABLE: Final = {
    "total": ("0-13/14-16/17-19/20-40", "0-11/12-15/16-18/19-40", "0-14/15-17/18-19/20-40"),
    "emotional": ("0-3/4/5-6/7-10", "0-3/4/5/6-10", "0-4/5/6/7-10"),
    "conduct": ("0-2/3/4-5/6-10", "0-2/3/4/5-10", "0-3/4/5/6-10"),
    "hyperactivity": ("0-5/6-7/8/9-10", "0-5/6-7/8/9-10", "0-5/6/7/8-10"),
    "peer": ("0-2/3/4/5-10", "0-2/3-4/5/6-10", "0-2/3/4/5-10"),
    "prosocial": ("8-10/7/6/0-5", "6-10/5/4/0-3", "7-10/6/5/0-4"),
    "impact": ("0/1/2/3-10", "0/1/2/3-6", "0/1/2/3-10"),
}
RESPONDENTS: Final = (Respondent.PARENT, Respondent.TEACHER, Respondent.SELF)


def cells() -> list[tuple[str, Respondent, Band, int, int]]:
    found = []
    for scale, columns in TABLE.items():
        for respondent, column in zip(RESPONDENTS, columns, strict=True):
            for band, limits in zip(Band, column.split("/"), strict=True):
                low, _, high = limits.partition("-")
                found.append((scale, respondent, band, int(low), int(high or low)))
    return found


@pytest.mark.parametrize(("scale", "respondent", "band", "low", "high"), cells())
def test_every_value_of_every_band_falls_into_it(
    scale: str, respondent: Respondent, band: Band, low: int, high: int
) -> None:
    assert {sdq.band(scale, respondent, value) for value in range(low, high + 1)} == {band}


def test_the_table_covers_every_value_once() -> None:
    for scale, columns in TABLE.items():
        for respondent, column in zip(RESPONDENTS, columns, strict=True):
            values = [
                value
                for name, who, _, low, high in cells()
                if (name, who) == (scale, respondent)
                for value in range(low, high + 1)
            ]
            assert sorted(values) == list(range(max(values) + 1)), column


def test_five_items_of_the_25_are_reversed() -> None:
    ones = dict.fromkeys(range(1, 26), 2)
    scales = sdq.score(ones)
    assert scales == {"emotional": 10, "conduct": 8, "hyperactivity": 6, "peer": 6, "prosocial": 10, "total": 30}
    zeros = sdq.score(dict.fromkeys(range(1, 26), 0))
    assert zeros == {"emotional": 0, "conduct": 2, "hyperactivity": 4, "peer": 4, "prosocial": 0, "total": 10}
    assert {7, 11, 14, 21, 25} == REVERSED


def test_every_item_belongs_to_one_subscale() -> None:
    assert sorted(number for numbers in SUBSCALES.values() for number in numbers) == list(range(1, 26))


@pytest.mark.parametrize(
    ("answers", "value"),
    [
        ((2, 2, 2, 2, 2), 10),
        ((1, 1, 1, 1), 5),
        ((0, 0, 1), 2),
        ((0, 1, 1), 3),
        ((1, 1, 2), 7),
        ((0, 0, 0, 1), 1),
        ((0, 1, 1, 1), 4),
        ((2, 1), None),
        ((), None),
    ],
)
def test_a_subscale_is_prorated_from_three_answers_on(answers: tuple[int, ...], value: int | None) -> None:
    items = dict(zip(SUBSCALES["emotional"], answers, strict=False))
    assert sdq.score(items)["emotional"] == value


def test_the_total_is_missing_when_one_of_its_four_is_but_not_for_prosocial() -> None:
    items = dict.fromkeys(range(1, 26), 1)
    assert sdq.score(items)["total"] == 20
    without_peer = {number: 1 for number in items if number not in SUBSCALES["peer"][:3]}
    assert (sdq.score(without_peer)["peer"], sdq.score(without_peer)["total"]) == (None, None)
    without_prosocial = {number: 1 for number in items if number not in SUBSCALES["prosocial"]}
    assert (sdq.score(without_prosocial)["prosocial"], sdq.score(without_prosocial)["total"]) == (None, 20)


@pytest.mark.parametrize(("age", "banded"), [(0, False), (3, False), (4, True), (17, True)])
def test_bands_are_given_from_the_age_of_four(age: int, *, banded: bool) -> None:
    areas = {f"i{number}": 1 for number in range(1, 26)} | {"impact": 3}
    result = sdq.result(areas, Respondent.PARENT, age)
    assert result["total"] == {"value": 20, "band": "very_high" if banded else None}
    assert result["impact"] == {"value": 3, "band": "very_high" if banded else None}
    assert (result["prosocial"]["band"] is not None) is banded
