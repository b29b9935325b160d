"""What everybody may read of a release, in plain words, as tables and as charts."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from gateway.console.training import published
from shared.calendar import LONDON

# With more columns than that a chart of each row says less than its table.
_MOST_BARS: Final = 6
_MARKS: Final = {
    "c": "The count is confidential: it is hidden so that nobody can be recognised.",
    ":": "The figure is not available.",
    "z": "There can be no figure here.",
}


def line(one: Mapping[str, Any]) -> dict[str, str]:
    """A release in a list, and at the head of its own page."""
    return {
        "id": str(one["id"]),
        "title": str(one["title"]),
        "first": day(one["from"]),
        "until": day(one["until"]),
        "published": moment(one["published_at"]),
    }


def tables(shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Its tables, each with the bars of its chart."""
    made = map(published.table_of, shown["tables"])
    return [table | {"number": number, "chart": _chart(table)} for number, table in enumerate(made, 1)]


def _chart(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each row a bar, or one for each column where there are few; none for the totals, and none for a mark."""
    columns = list(table["columns"])
    several = 1 < len(columns) <= _MOST_BARS + 1
    picked = range(len(columns) - 1) if several else range(len(columns) - 1, len(columns))
    rows = [row for row in table["rows"] if not row["total"]]
    longest = max((int(row["counts"][at]) for row in rows for at in picked if _is_count(row["counts"][at])), default=0)
    return [
        {
            "label": row["label"],
            "bars": [_bar(columns[at] if several else "", row["counts"][at], longest) for at in picked],
        }
        for row in rows
    ]


def _bar(label: str, count: int | str, longest: int) -> dict[str, Any]:
    width = round(100 * int(count) / longest, 2) if longest and _is_count(count) else 0
    return {"label": label, "count": count, "width": width}


def _is_count(cell: int | str) -> bool:
    return isinstance(cell, int)


def marks(shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What stands for a number, as far as it stands anywhere in these tables."""
    used = {cell[name] for table in shown["tables"] for cell in table["cells"] for name in ("count", "percentage")}
    return [(mark, text) for mark, text in _MARKS.items() if mark in used]


def hidden(shown: Mapping[str, Any]) -> list[str]:
    """What was hidden and why, in sentences."""
    policy, number = shown["policy"], int(shown["verdict"]["hidden"])
    if not number:
        return [f"Nothing had to be hidden: no count was from 1 to {policy['threshold'] - 1}.", *_rounded(policy)]
    said = [
        f"{number} {'count is' if number == 1 else 'counts are'} hidden.",
        f"Every count from 1 to {policy['threshold'] - 1} is hidden, and so is its percentage: where so few people are"
        " meant, somebody who knows them could find out more about them.",
    ]
    if policy["zeros"] == "hidden":
        said.append("Zeros are hidden too: that nobody of a group came can say as much as that one did.")
    if policy["secondary"]:
        said.append(
            "Some larger counts are hidden as well: without that, a hidden count could be found by subtracting the"
            " others from their total."
        )
    return said + _rounded(policy)


def _rounded(policy: Mapping[str, Any]) -> list[str]:
    base = policy["rounding"]
    return [f"The overall total is rounded to the nearest {base}."] if base else []


def proof(verdict: Mapping[str, Any]) -> str:
    """How it was made sure that nothing hidden can be worked out."""
    earlier = int(verdict["releases"]) - 1
    beside = (
        "No release published before it is about the same sessions."
        if earlier < 1
        else f"So were {earlier} earlier {_plural(earlier, 'release', 'releases')} about the same sessions."
    )
    return (
        "Before it was published, a calculation looked for the least and the most that each hidden count can be, from"
        f" all rows, columns and totals of this release, and found that none can be worked out. {beside}"
    )


def _plural(number: int, one: str, many: str) -> str:
    return one if number == 1 else many


def day(value: str) -> str:
    """A civil day."""
    return date.fromisoformat(value).strftime("%-d %B %Y")


def moment(value: str | None) -> str:
    """An instant, to the minute, as people in England read it."""
    return datetime.fromisoformat(value).astimezone(LONDON).strftime("%-d %B %Y, %H:%M") if value else ""
