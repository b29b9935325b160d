"""The equality view: who waits how long and who is matched, by group, as charts with their tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, Response

from gateway.console.callers import Calls, Signed
from gateway.console.matching import words
from gateway.console.matching.words import HERE
from gateway.console.pages import page

router = APIRouter(prefix=f"{HERE}/equality", include_in_schema=False)
WITHHELD: Final = "c"
COLUMNS: Final = (
    ("opened", "Asked"),
    ("matched", "Matched"),
    ("closed_unmatched", "Given up"),
    ("waiting", "Waiting"),
    ("match_rate_percent", "Matched, percent"),
    ("mean_days_until_match", "Days until matched"),
    ("mean_days_waiting", "Days waiting now"),
)
CHARTS: Final = (("match_rate_percent", "Matched, percent"), ("mean_days_waiting", "Mean days waiting now"))
_WHOLE: Final = 100


@router.get("")
async def show_equality(visitor: Signed, calls: Calls) -> Response:
    found = await calls.need("/v1/matching-equality")
    values: dict[str, Any] = {
        "smallest": found["smallest"],
        "dimensions": [dimension(name, groups) for name, groups in found["dimensions"].items()],
        "heads": [head for _, head in COLUMNS],
    }
    return page("matching/equality.html", here=HERE, visitor=visitor, **values)


def dimension(name: str, groups: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One way of grouping: rows of the table, and the charts of the same numbers."""
    labels = [_label(name, one["value"]) for one in groups]
    rows = [[label, *(_cell(one, column) for column, _ in COLUMNS)] for label, one in zip(labels, groups, strict=True)]
    return {
        "name": words.plain(name),
        "rows": rows,
        "charts": [{"title": title, "bars": _bars(labels, groups, column)} for column, title in CHARTS],
        "hides": any(one["withheld"] for one in groups),
    }


def _label(name: str, value: str) -> str:
    if value == "not-said":
        return "Not said"
    if name == "language":
        return words.languages([value])
    return words.plain(value) if name == "faith" else value


def _cell(one: Mapping[str, Any], column: str) -> str:
    """A number; `c` where the group's numbers are withheld, a dash where there is nothing to say."""
    if one[column] is not None:
        return str(one[column])
    return WITHHELD if one["withheld"] else "–"


def _bars(labels: Sequence[str], groups: Sequence[Mapping[str, Any]], column: str) -> list[dict[str, Any]]:
    """As long as the number is beside the largest of them; percentages beside the whole."""
    most = _WHOLE if column.endswith("_percent") else max((one[column] or 0 for one in groups), default=0)
    return [
        {
            "label": label,
            "figure": _cell(one, column),
            "width": round(_WHOLE * (one[column] or 0) / most, 1) if most else 0,
        }
        for label, one in zip(labels, groups, strict=True)
    ]
