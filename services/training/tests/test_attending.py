"""Who came, in numbers: shares, and which counts nobody is told where people came anonymously."""

from collections import defaultdict
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from services.training.domain import OverCapacity, attended_parts, counted, require_room, withheld
from services.training.domain.attending import SMALLEST, percent
from shared.errors import Conflict, Invalid

Table = dict[str | None, int]


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({}, set()),
        ({"a": 6}, set()),
        ({"a": 6, "b": 90}, set()),
        # One alone is what the total leaves: the next smallest goes along.
        ({"a": 5, "b": 9, "c": 8}, {"a", "c"}),
        ({"a": 5, "b": 8, None: 7}, {"a", "b"}),
        # So do people who did not say, where there is nobody else; alone they are no small group.
        ({"a": 5, None: 2}, {"a", None}),
        ({"a": 7, None: 1}, set()),
        ({"a": 1, "b": 1, None: 9}, None),
        # Which of two as small is shown would tell of the other.
        ({"a": 4, "b": 6, "c": 6, "d": 7}, {"a", "b", "c"}),
        # Several of one each are what their sum says, and so are several of five each.
        ({"a": 1, "b": 1, "c": 8, "d": 9}, {"a", "b", "c"}),
        ({"a": 5, "b": 5, "c": 5, "d": 9, "e": 10}, {"a", "b", "c", "d"}),
        ({"a": 1, "b": 2, "c": 30}, {"a", "b"}),
        # Where nothing else is left, which labels there are is not told either.
        ({"a": 3}, None),
        ({"a": 1, "b": 1}, None),
        ({"a": 0, "b": 4}, None),
    ],
)
def test_a_small_ethnicity_of_a_session_with_anonymous_people_is_withheld(
    counts: Table, hidden: set[str | None] | None
) -> None:
    assert withheld(counts, anonymous=True) == (hidden if hidden is None else frozenset(hidden))
    assert withheld(counts, anonymous=False) == frozenset()


def seen(counts: Table) -> Any:
    """All that is shown of a table whose total is known anyway."""
    table = counted(counts, withheld(counts, anonymous=True))
    return sum(counts.values()), table.withheld, frozenset((cell.label, cell.count) for cell in table.cells)


def test_nobody_who_knows_the_rule_and_the_total_can_work_out_a_withheld_count() -> None:
    most = 17
    worlds = defaultdict[Any, list[Table]](list)
    for a, b, c, unsaid in product(*[range(most + 1)] * 4):
        counts: Table = {"a": a, "b": b, "c": c, None: unsaid}
        # Of larger totals not every table is among these.
        if a + b + c + unsaid <= most:
            worlds[seen(counts)].append(counts)
    hidden = 0
    for (_, wholly, cells), found in worlds.items():
        labels = {"a", "b", "c"} if wholly else {label for label, count in cells if count is None and label}
        for label in labels:
            hidden += 1
            assert len({counts[label] for counts in found}) > 1, (found, label)
        assert all(count is None or count >= SMALLEST or label is None for label, count in cells)
    assert hidden > 200


def test_a_share_has_two_decimals_half_up_and_is_withheld_with_its_count() -> None:
    assert [str(percent(one, 178)) for one in (100, 78, 27, 1)] == ["56.18", "43.82", "15.17", "0.56"]
    assert (percent(1, 800), percent(1, 1), percent(0, 0)) == (Decimal("0.13"), Decimal("100.00"), Decimal("0.00"))
    table = counted({"a": 2, "b": 3, "c": 10, "d": 0}, frozenset({"a", "b"}))
    assert [(one.label, one.count, one.percent) for one in table.cells] == [
        ("a", None, None),
        ("b", None, None),
        ("c", 10, Decimal("66.67")),
    ]


def test_people_were_at_parts_that_there_were() -> None:
    assert attended_parts(None, 3, "") == [1, 2, 3]
    assert attended_parts([3, 1, 3], 3, "") == [1, 3]
    for wrong in ([0], [4], [-1], [1, 2, 3, 4]):
        with pytest.raises(Invalid) as refused:
            attended_parts(wrong, 3, "/participants/7/parts")
        assert refused.value.extra["errors"][0]["pointer"] == "/participants/7/parts"


def test_more_people_than_room_need_a_reason_and_as_many_need_none() -> None:
    require_room(12, 12, None)
    require_room(13, 12, OverCapacity.LARGER_ROOM)
    with pytest.raises(Conflict):
        require_room(13, 12, None)
