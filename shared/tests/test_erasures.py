"""The erasure log: whole lines from many writers, nothing forged, nothing half written."""

import asyncio
import base64
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr

from shared.audit import Auditor
from shared.crypto import Subject
from shared.erasures import BrokenChainError, ErasureLog, ForgedLineError
from shared.ids import new_id

AUDITOR = Auditor(SecretStr(base64.b64encode(b"k" * 32).decode()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "erasures.jsonl"


async def test_many_writers_leave_whole_lines(path: Path) -> None:
    partnership, subjects = new_id(), [Subject.person(new_id()) for _ in range(40)]
    logs = [ErasureLog(path, AUDITOR) for _ in range(4)]
    await asyncio.gather(*(logs[number % 4].note(partnership, one) for number, one in enumerate(subjects)))
    found = logs[0].read()
    assert {one.subject for one in found} == set(subjects)
    assert {one.partnership for one in found} == {partnership}


async def test_an_erasure_told_by_every_service_is_one_erasure(path: Path) -> None:
    log, partnership, subject = ErasureLog(path, AUDITOR), new_id(), Subject.case(new_id())
    for _ in range(5):
        await log.note(partnership, subject)
    assert [one.subject for one in log.read()] == [subject]


async def test_half_a_line_of_a_killed_writer_spoils_no_other(path: Path) -> None:
    log, first, second = ErasureLog(path, AUDITOR), Subject.person(new_id()), Subject.person(new_id())
    await log.note(new_id(), first)
    with path.open("ab") as file:
        file.write(b'\n{"at": "2026-11-')
    await log.note(new_id(), second)
    assert [one.subject for one in log.read()] == [first, second]


def test_a_line_that_was_changed_or_made_up_stops_everything(path: Path) -> None:
    log = ErasureLog(path, AUDITOR)
    asyncio.run(log.note(new_id(), Subject.person(new_id())))
    line = orjson.loads(path.read_bytes())
    for bent in ({"subject": str(new_id())}, {"after": "00"}, {"mac": "00"}):
        path.write_bytes(orjson.dumps(line | bent))
        with pytest.raises(ForgedLineError):
            log.read(accept_gaps=True)


def note(path: Path) -> None:
    asyncio.run(ErasureLog(path, AUDITOR).note(new_id(), Subject.person(new_id())))


def five_lines(path: Path) -> list[bytes]:
    for _ in range(5):
        note(path)
    return [line for line in path.read_bytes().split(b"\n") if line]


@pytest.mark.parametrize(
    ("kept", "first_wrong"),
    [([1, 2, 3, 4], 1), ([0, 1, 3, 4], 3), ([0, 4], 2), ([0, 2, 1, 3, 4], 2), ([0, 1, 1, 2, 3, 4], 3)],
    ids=["first one gone", "one gone", "all between gone", "two turned round", "one twice"],
)
def test_whole_lines_that_are_missing_or_moved_are_found(path: Path, kept: list[int], first_wrong: int) -> None:
    lines = five_lines(path)
    log = ErasureLog(path, AUDITOR)
    assert len(log.read()) == 5
    path.write_bytes(b"\n".join(lines[number] for number in kept))
    with pytest.raises(BrokenChainError, match=f"line {first_wrong} "):
        log.read()
    assert len(log.read(accept_gaps=True)) == len(set(kept))


def test_a_line_that_was_spoilt_is_missed_like_one_that_is_gone(path: Path) -> None:
    lines = five_lines(path)
    path.write_bytes(b"\n".join([*lines[:2], lines[2][:-9], *lines[3:]]))
    with pytest.raises(BrokenChainError):
        ErasureLog(path, AUDITOR).read()


def test_a_log_with_a_gap_is_written_on_and_the_gap_stays_in_sight(path: Path) -> None:
    lines = five_lines(path)
    path.write_bytes(b"\n".join([*lines[:2], *lines[3:]]))
    note(path)
    log = ErasureLog(path, AUDITOR)
    with pytest.raises(BrokenChainError, match="line 3 "):
        log.read()
    assert len(log.read(accept_gaps=True)) == 5


async def test_where_nothing_was_erased_there_is_no_log(path: Path) -> None:
    assert ErasureLog(path, AUDITOR).read() == []
