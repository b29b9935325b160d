"""What the pages say of leave: whose each thing is, who covers until when, who can be offered."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.console.matching import colleagues, day

NAMES = {"me": "you", "ann": "Ann Oak", "ben": "Ben Ash"}


@pytest.mark.parametrize(
    ("named", "answers", "said"),
    [
        (None, None, ""),
        ("me", "me", ""),
        ("ann", "ann", "For Ann Oak"),
        ("ann", "me", "For Ann Oak; you cover"),
        ("me", "ben", "For you; Ben Ash covers"),
        ("ann", "ben", "For Ann Oak; Ben Ash covers"),
        ("ann", None, "For Ann Oak; nobody covers"),
        ("somebody-else", "somebody-else", "For A coordinator"),
    ],
)
def test_whose_a_thing_is_is_told_where_it_is_not_simply_ones_own(
    named: str | None, answers: str | None, said: str
) -> None:
    assert day.whose_it_is({"coordinator": named, "answers": answers}, NAMES) == said


def test_whoever_is_away_and_whoever_covers_are_each_told_until_when() -> None:
    leave = {"person": "me", "cover": "ben", "until": "2027-05-14"}
    assert day.note(leave, NAMES) == "You are on leave until 14 May 2027; Ben Ash covers for you."
    leave = {"person": "ann", "cover": "me", "until": "2027-05-14"}
    assert day.note(leave, NAMES) == "You cover for Ann Oak until 14 May 2027."


@pytest.mark.parametrize(
    ("changed", "is_offered"),
    [
        ({}, True),
        ({"to": "2027-01-01T00:00:00Z"}, True),
        ({"to": "2026-11-27T12:00:00Z"}, False),
        ({"from": "2026-11-27T12:00:01Z"}, False),
        ({"roles": ["trainer"]}, False),
        ({"roles": ["trainer", "project_manager"]}, True),
        ({"organisation": "other"}, False),
    ],
)
def test_only_who_coordinates_there_at_this_moment_is_offered(changed: dict[str, Any], is_offered: bool) -> None:
    held = {"organisation": "ours", "roles": ["coordinator"], "from": "2026-01-01T00:00:00Z", "to": None}
    one = {"memberships": [held | changed]}
    assert colleagues.coordinates(one, "ours", datetime(2026, 11, 27, 12, tzinfo=UTC)) is is_offered
