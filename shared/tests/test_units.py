"""Small things that need no database: lifecycles, cursors, ETags, civil time."""

import base64
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import product

import orjson
import pytest
from fastapi import Request, Response
from hypothesis import given
from hypothesis import strategies as st

from shared import etag
from shared.calendar import Calendar, civil_date, end_of_day, england
from shared.errors import BadRequest, IllegalMove, Invalid, PreconditionFailed, PreconditionRequired
from shared.ids import new_id
from shared.lifecycle import Lifecycle
from shared.pagination import decode, encode


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    BROKEN = "broken"


LIGHTS = Lifecycle({Light.RED: {Light.GREEN, Light.BROKEN}, Light.GREEN: {Light.RED}})


@pytest.mark.parametrize(("current", "wanted"), list(product(Light, Light)))
def test_a_lifecycle_allows_its_table_and_nothing_else(current: Light, wanted: Light) -> None:
    allowed = {("red", "green"), ("red", "broken"), ("green", "red")}
    assert LIGHTS.allows(current, wanted) == ((current, wanted) in allowed)
    assert (wanted in LIGHTS.following(current)) == ((current, wanted) in allowed)
    if (current, wanted) in allowed:
        assert LIGHTS.move(current, wanted) is wanted
    else:
        with pytest.raises(IllegalMove) as refused:
            LIGHTS.move(current, wanted)
        assert (refused.value.extra["from"], refused.value.extra["to"]) == (current.value, wanted.value)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_a_cursor_gives_back_what_it_was_made_of(values: list[str]) -> None:
    assert decode(encode(*values), len(values)) == values


@given(st.text(max_size=80))
def test_no_text_at_all_breaks_a_cursor(text: str) -> None:
    try:
        assert len(decode(text, 2)) == 2
    except Invalid as refused:
        assert refused.name == "bad-cursor"  # noqa: PT017 - most texts are refused, some may happen to be cursors


@pytest.mark.parametrize("values", [{}, [1, 2], ["a"], ["a", "b", "c"], ["a", None], "ab"])
def test_a_cursor_of_another_shape_is_refused(values: object) -> None:
    cursor = base64.urlsafe_b64encode(orjson.dumps(values)).decode()
    with pytest.raises(Invalid):
        decode(cursor, 2)


class Row:
    version = 7


def matching(value: str | None) -> etag.Match:
    headers = [(b"if-match", value.encode("latin-1"))] if value is not None else []
    return etag.if_match(Request({"type": "http", "headers": headers}))


def test_only_the_very_version_matches() -> None:
    matching('"7"').check(Row())
    matching("7").check(Row())
    matching("*").check(Row())
    for stale in ('"6"', '"8"', '"70"'):
        with pytest.raises(PreconditionFailed):
            matching(stale).check(Row())
    with pytest.raises(PreconditionFailed):
        matching('W/"7"')
    with pytest.raises(PreconditionRequired):
        matching(None)


@given(st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=30))
def test_no_text_at_all_breaks_if_match(text: str) -> None:
    try:
        matching(text)
    except (BadRequest, PreconditionFailed):
        return


def test_the_tag_is_strong_and_quoted() -> None:
    response = Response()
    etag.tag(response, Row())
    assert response.headers["etag"] == '"7"'


def test_ids_are_of_version_seven_and_all_different() -> None:
    ids = [new_id() for _ in range(1000)]
    assert {one.version for one in ids} == {7}
    assert len(set(ids)) == 1000


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-01-15T23:59:59+00:00", "2026-01-15"),
        ("2026-01-16T00:00:00+00:00", "2026-01-16"),
        ("2026-07-15T22:59:59+00:00", "2026-07-15"),
        ("2026-07-15T23:00:00+00:00", "2026-07-16"),
        ("2026-03-29T00:59:59+00:00", "2026-03-29"),
        ("2026-03-28T23:30:00+00:00", "2026-03-28"),
        ("2026-10-24T23:30:00+00:00", "2026-10-25"),
        ("2026-10-25T23:30:00+00:00", "2026-10-25"),
        ("2026-07-16T00:30:00+02:00", "2026-07-15"),
    ],
)
def test_the_civil_day_is_londons(instant: str, day: str) -> None:
    assert civil_date(datetime.fromisoformat(instant)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("day", "end", "hours"),
    [
        ("2026-01-15", "2026-01-16T00:00:00+00:00", 24),
        ("2026-07-15", "2026-07-15T23:00:00+00:00", 24),
        ("2026-03-29", "2026-03-29T23:00:00+00:00", 23),
        ("2026-10-25", "2026-10-26T00:00:00+00:00", 25),
    ],
)
def test_a_day_ends_at_londons_midnight_also_when_the_clocks_change(day: str, end: str, hours: int) -> None:
    ended = end_of_day(date.fromisoformat(day))
    assert (ended, ended.tzinfo) == (datetime.fromisoformat(end), UTC)
    assert ended - end_of_day(date.fromisoformat(day) - timedelta(days=1)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-04-02", True),  # Maundy Thursday
        ("2026-04-03", False),  # Good Friday
        ("2026-04-04", False),  # Saturday
        ("2026-04-06", False),  # Easter Monday
        ("2026-05-04", False),
        ("2026-05-25", False),
        ("2026-08-31", False),
        ("2026-12-25", False),
        ("2026-12-26", False),
        ("2026-12-28", False),  # Boxing Day is a Saturday: the Monday instead
        ("2026-12-29", True),
        ("2022-09-19", False),  # the Queen's funeral
        ("2023-05-08", False),  # the Coronation
        ("2022-06-03", False),  # the Platinum Jubilee
        ("2022-05-30", True),  # moved to June that year
        ("2020-05-08", False),  # moved to a Friday that year
        ("2020-05-04", True),
    ],
)
def test_englands_bank_holidays_are_no_working_days(day: str, working: bool) -> None:
    assert england().is_working_day(date.fromisoformat(day)) is working


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        ("2026-03-04T10:00:00+00:00", 1, "2026-03-06T00:00:00+00:00"),  # Wednesday: the end of Thursday
        ("2026-03-06T10:00:00+00:00", 1, "2026-03-10T00:00:00+00:00"),  # Friday: the end of Monday
        ("2026-03-07T10:00:00+00:00", 1, "2026-03-10T00:00:00+00:00"),  # Saturday: the same
        ("2026-03-27T10:00:00+00:00", 1, "2026-03-30T23:00:00+00:00"),  # over the change to summer time
        ("2026-10-23T10:00:00+00:00", 1, "2026-10-27T00:00:00+00:00"),  # and back
        ("2026-04-02T10:00:00+00:00", 1, "2026-04-07T23:00:00+00:00"),  # over Easter
        ("2026-07-15T23:30:00+00:00", 1, "2026-07-17T23:00:00+00:00"),  # after midnight in London
        ("2026-12-24T10:00:00+00:00", 2, "2026-12-31T00:00:00+00:00"),
        ("2026-03-02T10:00:00+00:00", 15, "2026-03-24T00:00:00+00:00"),
        ("2026-03-02T10:00:00+00:00", 45, "2026-05-07T23:00:00+00:00"),
    ],
)
def test_what_is_due_in_working_days_is_due_at_the_end_of_the_last(received: str, days: int, due: str) -> None:
    assert england().due(datetime.fromisoformat(received), days) == datetime.fromisoformat(due)


@given(st.dates(date(2005, 1, 1), date(2029, 1, 1)), st.integers(1, 60))
def test_counting_working_days_never_counts_another(day: date, count: int) -> None:
    calendar = england()
    end = calendar.add_working_days(day, count)
    between = [day + timedelta(days=offset) for offset in range(1, (end - day).days + 1)]
    assert sum(calendar.is_working_day(one) for one in between) == count
    assert calendar.is_working_day(end)


def test_a_due_date_can_say_which_calendar_it_was_computed_with() -> None:
    assert england().version.startswith("england-")
    extended = Calendar("local", frozenset({date(2026, 3, 3)}))
    assert extended.add_working_days(date(2026, 3, 2), 1) == date(2026, 3, 4)
