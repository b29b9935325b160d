"""The forms of a report hold the same words and numbers, whatever the words are, and can be read by others."""

import csv
import io
import re
import zipfile
from xml.etree import ElementTree as ET

from services.training import papers
from services.training.papers import Paper
from services.training.tests.factories import Team

WORDS = ("=cmd|' /C calc'!A0", 'Quote " and, comma', "<script>alert(1)</script>", "বাংলা", "Women’s & Men’s")
PAPER = Paper(
    "Number of participants attending, by <organisation>",
    ("02/11/2009 to 29/04/2010, both days included.", "A long note. " * 20),
    ("organisation", "Count", "Percentage", *(f"Column {at}" for at in range(12))),
    (*((word, at, "4.49", *range(12)) for at, word in enumerate(WORDS)), ("Few", "c", "c", *(("c",) * 12))),
    ("Total", 178, "100.00", *("",) * 12),
)


def test_csv_has_every_word_and_none_of_them_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(papers.csv(PAPER).decode("utf-8-sig"))))
    assert rows[0] == list(PAPER.header)
    assert [row[0] for row in rows[1:]] == [f"'{WORDS[0]}", *WORDS[1:], "Few", "Total"]
    assert [row[1] for row in rows[1:]] == ["0", "1", "2", "3", "4", "c", "178"]


def test_a_workbook_has_words_as_words_and_numbers_as_numbers() -> None:
    made = papers.xlsx(PAPER)
    assert made == papers.xlsx(PAPER)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    assert [one.text for one in sheet.iter(f"{name}t") if one.text in WORDS] == list(WORDS)
    assert "178" in [one.text for one in sheet.iter(f"{name}v")]
    assert not list(sheet.iter(f"{name}f"))


def test_a_chart_is_well_formed_and_says_each_count() -> None:
    chart = ET.fromstring(papers.svg(PAPER))  # noqa: S314 - our own
    said = ["".join(one.itertext()) for one in chart.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Few", "withheld", "4 (4.49%)", WORDS[2]} <= set(said)
    assert chart.find("{http://www.w3.org/2000/svg}title") is not None


def test_a_pdf_tells_heads_from_cells_and_finds_its_objects() -> None:
    made = papers.pdf(PAPER)
    assert made.startswith(b"%PDF-1.7")
    begin = int(re.findall(rb"startxref\n(\d+)", made)[-1])
    places = [int(one) for one in re.findall(rb"(\d{10}) 00000 n", made[begin:])]
    for number, place in enumerate(places, 1):
        assert made[place:].startswith(f"{number} 0 obj".encode())
    text = made.decode("latin-1")
    for wanted in (
        "/MarkInfo <</Marked true>>",
        "/Lang (en-GB)",
        "/S /H1",
        "/S /Table",
        "/Scope /Row",
        "/Scope /Column",
    ):
        assert wanted in text, wanted
    # Words in another script keep their letters for whoever reads them out.
    assert "বাংলা".encode("utf-16-be").hex() in text
    marks = re.findall(r"/(?:H1|P|TH|TD) <</MCID \d+>> BDC", text)
    assert len(marks) == text.count("/Type /MCR") == text.count(" EMC")


async def test_every_form_is_answered_as_a_file_that_runs_nothing(team: Team) -> None:
    query = "by=gender&across=month&from=2025-01-01&until=2025-03-31&people=true"
    for form, media, begin in (
        ("csv", "text/csv", "﻿gender".encode()),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
        ("pdf", "application/pdf", b"%PDF"),
        ("svg", "image/svg+xml", b"<svg"),
    ):
        answer = await team.trainer.get(f"/v1/training-reports?{query}&format={form}")
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media)
        assert answer.content.startswith(begin)
        assert answer.headers["content-disposition"].startswith("attachment; ")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
