"""CSV sheets: what is read, and what is wrong where."""

from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.training.sheets import Refused, Row, Wrong
from services.training.sheets.rows import MAX_CELL, MAX_FILE_BYTES, MAX_ROWS
from services.training.sheets.tests.files import HEADER, LINE, TODAY, all_of, csv, errors_of, rows_of

LINES: Final = (
    LINE,
    LINE + ",,",
    "2009-11-02,Keeping safe,Victory Chapel",
    "",
    ",,,,,,,",
    "2009-11-02,,Victory Chapel",
    "31/02/2010,Talk,Victory Chapel",
    LINE + ", ",
    LINE.replace("Congolese", "A\x07B"),
)


def refused(data: bytes) -> Wrong:
    with pytest.raises(Refused) as caught:
        all_of(data)
    return caught.value.wrong


def test_a_row_is_read_with_its_own_words_and_what_is_empty_is_unsaid() -> None:
    assert rows_of(csv(LINE)) == [
        Row(
            number=2,
            session_date=date(2009, 11, 2),
            session_title="Keeping safe",
            organisation="Victory Chapel",
            ethnicity="Congolese",
            gender="Female",
            language="French",
            outcode="NW1",
            name=None,
        )
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_by_the_header(delimiter: str) -> None:
    data = csv(LINE.replace(",", delimiter), header=HEADER.replace(",", delimiter))
    assert [row.organisation for row in rows_of(data)] == ["Victory Chapel"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_utf_8_with_or_without_its_mark_and_windows_1252_are_read(encoding: str) -> None:
    data = csv(LINE.replace("Congolese", "Ivoirienne née à Bouaké – Côte d’Ivoire"), encoding=encoding)
    assert rows_of(data)[0].ethnicity == "Ivoirienne née à Bouaké – Côte d’Ivoire"


def test_a_letter_with_its_accent_apart_is_the_same_label() -> None:
    apart, whole = csv(LINE.replace("Congolese", "Ne\u0301e")), csv(LINE.replace("Congolese", "Née"))
    assert rows_of(apart)[0].ethnicity == rows_of(whole)[0].ethnicity


@pytest.mark.parametrize("data", [csv(LINE, encoding="utf-16"), csv(LINE) + b"\x81\x8d", csv(LINE, "\0")])
def test_another_encoding_is_refused_and_not_guessed(data: bytes) -> None:
    assert refused(data) is Wrong.ENCODING


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b" , ,\r\n"])
def test_a_file_without_a_word_is_refused(data: bytes) -> None:
    assert refused(data) is Wrong.EMPTY


def test_a_header_alone_has_no_rows() -> None:
    assert all_of(csv()) == []


def test_quoted_line_ends_are_one_row_and_blank_lines_keep_the_numbers() -> None:
    data = csv("", LINE.replace("Keeping safe", '"Keeping\r\nsafe, together"'), ",,,,,,,", LINE)
    assert [(row.number, row.session_title) for row in rows_of(data)] == [
        (3, "Keeping safe, together"),
        (5, "Keeping safe"),
    ]


def test_a_quote_that_is_never_closed_is_refused() -> None:
    assert refused(csv('2009-11-02,"Keeping safe')) is Wrong.NOT_A_SHEET


def test_unknown_missing_and_repeated_columns_are_all_said_at_once_and_no_row_is_read() -> None:
    header = "Session_Date,organisation,ethnicity,Faith,organisation, "
    assert errors_of(csv(LINE, header=header)) == [
        (1, "D", "unknown-column"),
        (1, "organisation", "repeated-column"),
        (1, "session_title", "missing-column"),
        (1, "gender", "missing-column"),
    ]


def test_columns_may_come_in_any_order_and_three_may_be_left_out() -> None:
    data = csv(
        "Male,Somali,Somali Elderly,Talk,29/04/2010", header="gender,ethnicity,organisation,session_title,session_date"
    )
    assert [(row.gender, row.name, row.session_date) for row in rows_of(data)] == [("Male", None, date(2010, 4, 29))]


def test_everything_that_is_wrong_with_a_row_is_said_and_the_others_are_read() -> None:
    data = csv(LINE, f"31/02/2010,,{'x' * (MAX_CELL + 1)},A\x07B,,,,,over", LINE)
    assert errors_of(data) == [
        (3, "session_date", "date-unreadable"),
        (3, "organisation", "too-long"),
        (3, "ethnicity", "control-character"),
        (3, "I", "cell-outside"),
        (3, "session_title", "empty"),
    ]
    assert [row.number for row in all_of(data) if isinstance(row, Row)] == [2, 4]


def test_a_line_may_end_early_or_have_blanks_behind_the_last_column() -> None:
    rows = rows_of(csv("2009-11-02,Keeping safe,Victory Chapel,Congolese,Female", LINE + ",,", LINE))
    assert [(row.number, row.gender, row.outcode) for row in rows] == [
        (2, "Female", None),
        (3, "Female", "NW1"),
        (4, "Female", "NW1"),
    ]
    assert errors_of(csv("2009-11-02,Keeping safe", LINE + ",, ")) == [
        (2, "organisation", "empty"),
        (3, "J", "cell-outside"),
    ]


@given(st.lists(st.sampled_from(LINES), max_size=8))
def test_what_is_said_of_a_line_does_not_depend_on_the_lines_beside_it(some: list[str]) -> None:
    """Whole hundreds are read at once where nothing is wrong with them."""
    before = [LINE] * 97
    together = all_of(csv(*before, *some))[len(before) :]
    alone = [one for place, line in enumerate(some) for one in all_of(csv(*[""] * (len(before) + place), line))]
    assert together == alone


def test_whoever_came_may_leave_unsaid_who_they_are() -> None:
    (row,) = rows_of(csv("2009-11-02,Keeping safe,Victory Chapel,,,,,"))
    assert (row.ethnicity, row.gender, row.language, row.outcode, row.name) == (None, None, None, None, None)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2010-04-29", date(2010, 4, 29)),
        ("2010-04-29T00:00:00", date(2010, 4, 29)),
        ("29/04/2010", date(2010, 4, 29)),
        ("3.4.2010", date(2010, 4, 3)),
        ("03-04-2010", date(2010, 4, 3)),
        (TODAY.isoformat(), TODAY),
    ],
)
def test_days_are_read_with_the_day_before_the_month(written: str, day: date) -> None:
    assert rows_of(csv(LINE.replace("2009-11-02", written)))[0].session_date == day


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("04/29/2010", "date-unreadable"),
        ("29 April 2010", "date-unreadable"),
        ("40297", "date-unreadable"),
        ("29/04-2010", "date-unreadable"),
        ("2010-04-29T18:30:00", "date-unreadable"),
        ("٢٠١٠-٠٤-٢٩", "date-unreadable"),
        ("=TODAY()", "date-unreadable"),
        ("01/02/03", "date-ambiguous"),
        ("2026-11-27", "date-in-the-future"),
        ("1989-12-31", "date-too-early"),
    ],
)
def test_a_day_that_is_none_or_could_be_two_or_is_to_come_is_an_error(written: str, code: str) -> None:
    assert errors_of(csv(LINE.replace("2009-11-02", written))) == [(2, "session_date", code)]


@pytest.mark.parametrize("written", ["=1+1", "+44", "-Somali", "@SUM(A1)", "=cmd|'/c calc'!A1"])
def test_what_begins_like_a_formula_is_text(written: str) -> None:
    assert rows_of(csv(LINE.replace("Congolese", written)))[0].ethnicity == written


def test_the_same_person_twice_at_one_session_is_said_and_people_without_a_name_are_not_compared() -> None:
    data = csv(LINE, LINE, LINE + "Amina  Yusuf", LINE + "AMINA YUSUF", LINE.replace("02", "03") + "Amina Yusuf")
    assert errors_of(data) == [(5, "name", "duplicate")]


def test_no_error_repeats_what_stood_there() -> None:
    found = all_of(csv("Secret-1,,Secret-2", f"2009-11-02,Secret-3,Secret\x07,{'Secret' * 50}", header=HEADER))
    assert "Secret" not in repr(found)


def test_a_file_over_the_limit_is_refused_before_it_is_read() -> None:
    assert refused(b"x" * (MAX_FILE_BYTES + 1)) is Wrong.TOO_LARGE


def test_one_row_more_than_a_sheet_may_have_is_refused() -> None:
    whole = csv(*[LINE] * MAX_ROWS)
    assert len(all_of(whole)) == MAX_ROWS
    assert refused(whole + LINE.encode()) is Wrong.TOO_MANY_ROWS


def test_too_many_columns_are_refused() -> None:
    assert refused(csv("," * 5_000)) is Wrong.TOO_MANY_COLUMNS


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0", b"%PDF-1.7 \xe2\xe3\xcf\xd3", b"{}", b"<html>"])
def test_what_is_no_sheet_gives_no_row(data: bytes) -> None:
    try:
        found = all_of(data)
    except Refused:
        return
    assert not [one for one in found if isinstance(one, Row)]
