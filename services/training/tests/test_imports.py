"""Sheets that are sent: shown as they were understood, kept sealed, seen by whoever sent them and by nobody else."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.training.service import imports
from services.training.sheets.rows import MAX_LABELS
from services.training.sheets.tests.files import HEADER, LINE, MACRO_BOOK, csv, row, workbook, zipped
from services.training.tests.factories import Team
from services.training.tests.sending import send, sent, stored
from shared import timekeeper
from shared.auth import Role
from shared.testing import Running

NAME = "Amina Yusuf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def errors_of(team: Team, import_id: str, limit: int = 50) -> list[tuple[int, str, str]]:
    found, cursor = list[tuple[int, str, str]](), ""
    while True:
        path = f"/v1/imports/{import_id}/errors?limit={limit}" + (f"&cursor={cursor}" if cursor else "")
        page = (await team.trainer.get(path)).json()
        found += [(one["row"], one["column"], one["code"]) for one in page["items"]]
        if not (cursor := page["next"] or ""):
            return found


async def test_a_sheet_is_shown_as_it_was_understood_with_the_labels_that_it_uses(team: Team) -> None:
    lines = [LINE, LINE.replace("Congolese", "Somali"), LINE.replace("Female", "Male"), LINE.replace("Congolese", "")]
    shown = await sent(team, csv(*lines, encoding="cp1252"))
    assert (shown["status"], shown["kind"], shown["encoding"], shown["delimiter"]) == ("read", "csv", "utf-8-sig", ",")
    assert (shown["rows"], shown["errors"], shown["sent_before"]) == (4, 0, None)
    assert [(one["column"], one["label"], one["rows"]) for one in shown["labels"]] == [
        ("ethnicity", "Congolese", 2),
        ("ethnicity", "Somali", 1),
        ("gender", "Female", 3),
        ("gender", "Male", 1),
    ]
    again = await team.trainer.get(f"/v1/imports/{shown['id']}")
    assert again.json() == shown
    assert again.headers["etag"] == f'"{shown["version"]}"'


async def test_a_workbook_is_read_whatever_the_browser_calls_it(team: Team) -> None:
    content = workbook(row(2, 40119, "Talk", "Victory Chapel", "Congolese", "Female"))
    for kind in (XLSX, "application/octet-stream", "application/vnd.ms-excel"):
        answer = await send(team.trainer, content, kind)
        assert (answer.status_code, answer.json()["kind"], answer.json()["rows"]) == (201, "xlsx", 1)


async def test_what_is_wrong_is_listed_page_by_page_without_what_stands_there(team: Team) -> None:
    wrong = [f"Secret-{number},Talk,Chapel,,,,," for number in range(5)]
    shown = await sent(team, csv(LINE, *wrong, LINE))
    assert (shown["rows"], shown["errors"]) == (2, 5)
    listed = await errors_of(team, shown["id"], limit=2)
    assert listed == [(number, "session_date", "date-unreadable") for number in range(3, 8)]
    assert "Secret" not in (await team.trainer.get(f"/v1/imports/{shown['id']}/errors")).text


async def test_a_header_that_is_wrong_is_said_by_column_and_no_row_is_kept(team: Team) -> None:
    shown = await sent(team, csv(LINE, header=HEADER.replace("gender", "sex")))
    assert (shown["rows"], shown["errors"], shown["labels"]) == (0, 2, [])
    assert await errors_of(team, shown["id"]) == [(1, "E", "unknown-column"), (1, "gender", "missing-column")]


async def test_of_a_sheet_that_is_wrong_throughout_all_is_counted_and_enough_is_listed(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MOST_FAULTS", 30)
    shown = await sent(team, csv(*["never,Talk,Chapel,,,,,"] * 100))
    assert (shown["rows"], shown["errors"]) == (0, 100)
    assert len(await errors_of(team, shown["id"])) == 30


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty-file"),
        (csv(LINE, encoding="utf-16"), "unknown-encoding"),
        (workbook(kind=MACRO_BOOK), "workbook-with-macros"),
        (workbook(more=[("xl/media/image1.png", bytes(20_000_000))]), "unpacks-too-large"),
        (zipped(("hello.txt", b"hello")), "not-a-sheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old-or-locked-workbook"),
        (csv("," * 200), "too-many-columns"),
        (csv(*(LINE.replace("Congolese", f"Label {number}") for number in range(MAX_LABELS + 1))), "too-many-labels"),
        (csv(*[LINE] * 3_000) + b'"', "not-a-sheet"),
    ],
)
async def test_a_file_that_is_refused_leaves_nothing_behind(team: Team, content: bytes, name: str) -> None:
    answer = await send(team.trainer, content)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{name}")
    assert answer.json()["errors"][0]["code"] == name
    for table in ("imports", "import_parts", "import_faults", "clocks", "audit_log"):
        assert await stored(team, f"SELECT 1 FROM {table} WHERE partnership_id = :p") == []  # noqa: S608 - our own names


async def test_a_file_of_two_hundred_megabytes_is_refused_at_the_limit(team: Team) -> None:
    answer = await send(team.trainer, bytes(20_000_000))
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


async def test_a_body_that_says_it_is_no_file_is_refused(team: Team) -> None:
    answer = await send(team.trainer, b"{}", "application/json")
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media-type")


async def test_rows_and_labels_are_sealed_and_seen_in_no_table(team: Team) -> None:
    await sent(team, csv(LINE + NAME, *[LINE] * 5_500))
    parts = await stored(team, "SELECT part, content FROM import_parts WHERE partnership_id = :p ORDER BY part")
    assert [part for part, _ in parts] == [0, 1]
    kept = b"".join(bytes(content) for _, content in parts)
    labels = await stored(team, "SELECT labels FROM imports WHERE partnership_id = :p")
    assert not [word for word in (NAME, "Congolese", "Chapel") if word.encode() in kept + bytes(labels[0][0])]


async def test_only_the_organisation_that_sent_it_sees_it(team: Team) -> None:
    shown = await sent(team, csv("never" + LINE))
    neighbour = team.colleague_elsewhere().trainer
    for path in (f"/v1/imports/{shown['id']}", f"/v1/imports/{shown['id']}/errors"):
        assert (await neighbour.get(path)).status_code == 404
    assert (await neighbour.post(f"/v1/imports/{shown['id']}/discard", match=shown["version"])).status_code == 404
    assert (await neighbour.get("/v1/imports")).json()["items"] == []
    assert [one["id"] for one in (await team.trainer.get("/v1/imports")).json()["items"]] == [shown["id"]]
    assert (await team.caller(Role.VOLUNTEER).get(f"/v1/imports/{shown['id']}")).status_code == 403


async def test_whoever_sends_the_same_file_again_is_told_of_the_one_that_waits(team: Team) -> None:
    first = await sent(team, csv(LINE))
    assert (await sent(team, csv(LINE)))["sent_before"] == first["id"]
    assert (await sent(team, csv(LINE, LINE)))["sent_before"] is None


async def test_the_same_file_sent_twice_at_once_is_read_twice_and_both_can_be_discarded(team: Team) -> None:
    both = await asyncio.gather(sent(team, csv(LINE)), sent(team, csv(LINE)))
    for one in both:
        answer = await team.trainer.post(f"/v1/imports/{one['id']}/discard", match=one["version"])
        assert (answer.status_code, answer.json()["status"]) == (200, "discarded")


async def test_what_is_discarded_is_gone_and_stays_discarded(team: Team) -> None:
    shown = await sent(team, csv(LINE, "never" + LINE))
    path = f"/v1/imports/{shown['id']}"
    stale = await team.trainer.post(f"{path}/discard", match=shown["version"] + 1)
    assert stale.status_code == 412
    assert (await team.trainer.post(f"{path}/discard", match=shown["version"])).status_code == 200
    again = (await team.trainer.get(path)).json()
    assert again["sessions"] == []
    assert (again["status"], again["labels"], again["rows"], again["errors"]) == ("discarded", [], 1, 1)
    assert (await errors_of(team, shown["id"]), await stored(team, "SELECT 1 FROM import_parts")) == ([], [])
    twice = await team.trainer.post(f"{path}/discard", match=again["version"])
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/illegal-move")


async def test_a_sheet_that_waits_for_a_week_is_forgotten(team: Team, training: Running) -> None:
    shown = await sent(team, csv(LINE))
    later = datetime.now(UTC) + imports.KEPT + timedelta(minutes=1)
    while await timekeeper.raise_one(training.parts, training.handlers, later):
        pass
    assert (await team.trainer.get(f"/v1/imports/{shown['id']}")).json()["status"] == "discarded"


async def test_a_cursor_of_errors_that_was_not_handed_out_is_refused(team: Team) -> None:
    shown = await sent(team, csv(LINE))
    for cursor in ("WyJ4Il0", "WyItMSJd", "WyI5OTk5OTk5OTk5OTk5OTkiXQ"):
        answer = await team.trainer.get(f"/v1/imports/{shown['id']}/errors?cursor={cursor}")
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-cursor")


async def test_a_hundred_thousand_rows_are_read_in_one_request(team: Team) -> None:
    lines = [LINE.replace("02", f"{number % 28 + 1:02}") + f"Person {number}" for number in range(100_000)]
    shown = await sent(team, csv(*lines))
    assert (shown["rows"], shown["errors"]) == (100_000, 0)
