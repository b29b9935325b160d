"""The data that training ships says what was published, and can be read as what it is."""

import json
from collections import Counter
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Final

import pytest

from services.training import data, sheets
from services.training.data import camden_round
from services.training.data.published import PUBLISHED
from services.training.sheets import Row

HERE: Final = Path(data.__file__).parent
TODAY: Final = date(2026, 11, 26)
# Count and percentage of each, as published.


def camden() -> list[Row]:
    """The rows as the reader of sheets sees them; it finds nothing wrong with any."""
    with (HERE / "camden_round.csv").open("rb") as file:
        read = list(sheets.opened(file, TODAY).rows)
    rows = [row for row in read if isinstance(row, Row)]
    assert len(rows) == len(read)
    return rows


@pytest.mark.parametrize("column", PUBLISHED)
def test_camdens_sheet_counts_to_every_figure_that_was_published(column: str) -> None:
    rows = camden()
    counts = Counter(getattr(row, column) for row in rows)

    def share(count: int) -> str:
        return str((Decimal(100 * count) / len(rows)).quantize(Decimal("0.01"), ROUND_HALF_UP))

    assert len(rows) == 178
    assert {label: (count, share(count)) for label, count in counts.items()} == PUBLISHED[column]


def test_camdens_sheet_has_sessions_on_the_first_and_the_last_day_and_none_outside() -> None:
    days = [row.session_date for row in camden()]
    assert (min(days), max(days)) == (date(2009, 11, 2), date(2010, 4, 29))
    assert set(days) == set(camden_round.DAYS)
    assert max(Counter(days).values()) <= 15


def test_a_person_of_camdens_sheet_who_came_twice_is_described_alike_and_came_on_two_days() -> None:
    named = [row for row in camden() if row.name is not None]
    people = {(row.name, row.organisation, row.ethnicity, row.gender) for row in named}
    assert (len(named), len(people)) == (4, 2)
    assert len({(row.name, row.session_date) for row in named}) == 4


def test_camdens_sheet_is_what_its_script_makes() -> None:
    assert (HERE / "camden_round.csv").read_text(encoding="utf-8") == camden_round.text()


def test_the_ethnic_groups_of_the_census_are_nineteen_each_with_a_code_of_its_own() -> None:
    content = json.loads((HERE / "ethnic_groups.json").read_text(encoding="utf-8"))
    groups = content["ethnic_groups"]
    assert content["version"] == "england-2021.1"
    assert len(groups) == len({group["code"] for group in groups}) == 19
    assert len({(group["group"], group["label"]) for group in groups}) == 19
    assert Counter(group["group"] for group in groups) == {
        "Asian or Asian British": 5,
        "Black, Black British, Caribbean or African": 3,
        "Mixed or multiple ethnic groups": 4,
        "White": 5,
        "Other ethnic group": 2,
    }
