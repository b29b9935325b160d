"""Excel workbooks: what is shown is read, nothing is evaluated, and what would burst is refused before it does."""

import tracemalloc
import zipfile
from datetime import date
from io import BytesIO

import pytest

from services.training.sheets import Refused, Row, Wrong, opened
from services.training.sheets.tests.files import (
    LINE,
    MACRO_BOOK,
    TODAY,
    all_of,
    cell,
    errors_of,
    row,
    rows_of,
    workbook,
    zipped,
)

VALUES = LINE.split(",")[1:-1]
_DOCTYPE = '<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
_SHEET = "xl/worksheets/sheet1.xml"


def refused(data: bytes) -> Wrong:
    with pytest.raises(Refused) as caught:
        all_of(data)
    return caught.value.wrong


def test_the_first_sheet_is_read_with_days_as_numbers_or_text() -> None:
    data = workbook(row(2, 40119, *VALUES), row(5, "29/04/2010", *VALUES, "Amina Yusuf"))
    assert [(one.number, one.session_date, one.organisation, one.name) for one in rows_of(data)] == [
        (2, date(2009, 11, 2), "Victory Chapel", None),
        (5, date(2010, 4, 29), "Victory Chapel", "Amina Yusuf"),
    ]


def test_days_may_be_counted_since_1904_and_have_an_hour() -> None:
    assert rows_of(workbook(row(2, 38657.75, *VALUES), since_1904=True))[0].session_date == date(2009, 11, 2)


@pytest.mark.parametrize(
    ("serial", "code"),
    [
        (0, "date-unreadable"),
        (60, "date-unreadable"),
        (61, "date-too-early"),
        (-3, "date-unreadable"),
        (1e300, "date-unreadable"),
        (float("nan"), "date-unreadable"),
        (46353, "date-in-the-future"),
    ],
)
def test_a_number_that_is_no_day_of_attendance_is_an_error(serial: float, code: str) -> None:
    assert errors_of(workbook(row(2, serial, *VALUES))) == [(2, "session_date", code)]


def test_shared_texts_are_read_without_how_they_are_pronounced() -> None:
    strings = ["<r><t>Victory </t></r><r><t>Chapel</t></r><rPh><t>pronounced</t></rPh>"]
    shown = '<row r="2">' + cell("A2", 40119) + cell("B2", "Talk") + '<c r="C2" t="s"><v>0</v></c></row>'
    assert rows_of(workbook(shown, strings=strings))[0].organisation == "Victory Chapel"


def test_a_formula_is_never_looked_at_only_what_it_was_shown_with() -> None:
    formula = "<f>HYPERLINK(&quot;http://evil.example&quot;)</f>"
    cells = cell("A2", 40119, "<f>TODAY()</f>") + cell("B2", "Talk") + f'<c r="C2" t="str">{formula}<v>Chapel</v></c>'
    (read,) = rows_of(workbook(f'<row r="2">{cells}</row>'))
    assert (read.session_date, read.organisation) == (date(2009, 11, 2), "Chapel")
    never_shown = cells.replace("<v>Chapel</v>", "")
    assert errors_of(workbook(f'<row r="2">{never_shown}</row>')) == [(2, "organisation", "empty")]


def test_text_that_begins_like_a_formula_stays_text() -> None:
    assert rows_of(workbook(row(2, 40119, "=1+1", "@home", "-", "+")))[0].session_title == "=1+1"


def test_a_cell_that_shows_an_error_is_an_error() -> None:
    cells = cell("A2", 40119) + cell("B2", "Talk") + '<c r="C2" t="e"><v>#REF!</v></c>'
    assert errors_of(workbook(f'<row r="2">{cells}</row>')) == [(2, "organisation", "cell-error")]


def test_numbers_in_columns_of_words_are_the_words_that_are_shown() -> None:
    assert rows_of(workbook(row(2, 40119, 12, "Chapel", 1.5)))[0].session_title == "12"


def test_a_sheet_that_is_formatted_beyond_its_last_word_is_read() -> None:
    blank = '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    assert len(rows_of(workbook(row(2, 40119, *VALUES), blank))) == 1


def test_two_cells_in_opposite_corners_do_not_become_a_rectangle() -> None:
    data = workbook(row(2, 40119, *VALUES), f'<row r="1048576">{cell("XFD1048576", 1)}</row>')
    assert refused(data) is Wrong.TOO_MANY_COLUMNS
    tracemalloc.start()
    try:
        assert refused(data) is Wrong.TOO_MANY_COLUMNS
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "data",
    [
        workbook(kind=MACRO_BOOK),
        workbook(more=[("xl/vbaProject.bin", b"\xd0\xcf")]),
        workbook(more=[("xl/other/VBAPROJECT.BIN", b"\xd0\xcf")]),
    ],
)
def test_a_workbook_with_macros_is_refused(data: bytes) -> None:
    assert refused(data) is Wrong.MACROS


def test_a_workbook_that_unpacks_to_far_more_is_refused_before_it_is_unpacked() -> None:
    tracemalloc.start()
    try:
        bomb = workbook(more=[("xl/media/image1.png", bytes(20_000_000))])
        tracemalloc.reset_peak()
        assert refused(bomb) is Wrong.BOMB
        assert tracemalloc.get_traced_memory()[1] < 22_000_000
    finally:
        tracemalloc.stop()


def test_a_part_that_lies_about_its_size_gives_no_more_than_it_says() -> None:
    data = workbook(row(2, 40119, *VALUES), "<row/>" * 100_000)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        size = archive.getinfo(_SHEET).file_size
    lying = data.replace(size.to_bytes(4, "little"), (5_000).to_bytes(4, "little"))
    assert lying != data
    assert refused(lying) is Wrong.NOT_A_SHEET


def test_more_parts_than_a_workbook_has_are_refused_without_reading_their_names() -> None:
    assert refused(zipped(*((f"part{number}", b"") for number in range(1_001)))) is Wrong.BOMB


@pytest.mark.parametrize("begin", [_DOCTYPE, '<!DOCTYPE worksheet SYSTEM "file:///etc/passwd">'])
def test_a_sheet_with_entities_of_its_own_is_refused(begin: str) -> None:
    assert refused(workbook(row(2, 40119, *VALUES), begin=begin)) is Wrong.NOT_A_SHEET


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="0"/>',
        '<row r="3"/><row r="2"/>',
        '<row r="1048577"/>',
        '<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>',
        '<row r="2"><c r="??"><v>1</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>7</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>-1</v></c></row>',
        '<row r="2"><c r="A2"><v>one</v></c></row>',
        "<row",
    ],
)
def test_a_damaged_sheet_is_refused(rows: str) -> None:
    assert refused(workbook(rows)) is Wrong.NOT_A_SHEET


@pytest.mark.parametrize("length", range(0, 900, 61))
def test_a_workbook_that_is_cut_short_is_refused(length: int) -> None:
    assert refused(b"PK" + workbook(row(2, 40119, *VALUES))[2:length]) is Wrong.NOT_A_SHEET


@pytest.mark.parametrize("place", range(40, 1500, 73))
def test_a_workbook_with_a_wrong_byte_is_read_right_or_refused(place: int) -> None:
    data = bytearray(workbook(row(2, 40119, *VALUES)))
    data[place % len(data)] ^= 0x55
    try:
        found = all_of(bytes(data))
    except Refused:
        return
    assert [one.organisation for one in found if isinstance(one, Row)] == ["Victory Chapel"]


def test_an_old_workbook_and_one_with_a_password_are_refused_by_name() -> None:
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000)) is Wrong.OLD_WORKBOOK


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    assert refused(zipped(("hello.txt", b"hello"))) is Wrong.NOT_A_SHEET
    assert refused(zipped(("xl/workbook.xml", b"<workbook/>"), method=zipfile.ZIP_BZIP2)) is Wrong.NOT_A_SHEET


def test_ten_times_the_rows_take_no_more_memory() -> None:
    peaks = []
    for count in (200, 600, 6_000):
        data = workbook("".join(row(number, 40119, *VALUES) for number in range(2, count + 2)))
        tracemalloc.start()
        try:
            assert sum(isinstance(one, Row) for one in opened(BytesIO(data), TODAY).rows) == count
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    # The first one fills what is filled once.
    assert peaks[2] < peaks[1] * 1.5
