"""The erasure log beside the databases: an end that was cut off is found by the tombstones, and stops a restore."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.local import cli, upkeep
from deploy.local.backup.keeping import Keeping
from deploy.local.state import Folder
from deploy.restored import ACCEPT_GAPS
from services.training.settings import TrainingSettings
from shared.crypto import Subject
from shared.ids import new_id
from shared.parts import Parts


@pytest.fixture
def log(environment_of: Callable[[str], dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the training service notes its erasures."""
    path = tmp_path / "third" / "erasures.jsonl"
    for name, value in (environment_of("training") | {"CIRCLE_ERASURE_LOG": str(path)}).items():
        monkeypatch.setenv(name, value)
    return path


async def erase(subjects: int) -> None:
    parts = Parts.of(TrainingSettings())
    for _ in range(subjects):
        await parts.vault.cipher(partnership := new_id(), someone := Subject.person(new_id()))
        await parts.vault.destroy(partnership, someone)
    await parts.close()


def told(work: Callable[[str], tuple[list[str], bool]]) -> tuple[str, bool]:
    lines, good = work("training")
    return "\n".join(lines), good


def unnamed() -> int:
    """Of how many the log does not know; other tests erase without one."""
    found = re.search(r"(\d+) erasures of this database are not in", told(upkeep.verify_erasures)[0])
    return int(found[1]) if found else 0


def without(path: Path, number: int) -> bytes:
    lines = [line for line in path.read_bytes().split(b"\n") if line]
    del lines[number]
    return b"\n".join(lines)


def test_a_line_cut_off_the_end_is_missed_by_the_database(log: Path) -> None:
    asyncio.run(erase(3))
    before = unnamed()
    log.write_bytes(without(log, -1))
    assert unnamed() == before + 1
    said, good = told(upkeep.replay_erasures)
    assert not good
    assert "its end was cut off" in said


def test_a_line_taken_out_stops_a_replay_until_somebody_says_to_go_on(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(erase(3))
    log.write_bytes(without(log, 1))
    for work in (upkeep.verify_erasures, upkeep.replay_erasures):
        said, good = told(work)
        assert not good
        assert "line 2 of the erasure log does not follow" in said
    monkeypatch.setenv(ACCEPT_GAPS, "yes")
    assert not told(upkeep.verify_erasures)[1]
    said, good = told(upkeep.replay_erasures)
    assert good
    assert "2 erasures" in said


def test_a_log_moves_to_an_empty_place_and_never_behind_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIRCLE_STATE", str(tmp_path / "state"))
    folder, taken, free = Folder(tmp_path / "state"), tmp_path / "taken.jsonl", tmp_path / "free.jsonl"
    folder.make()
    folder.erasures.write_bytes(b"{}\n")
    taken.write_bytes(b"another platform's\n")

    def turn_on(to: Path) -> int:
        words = ["backup", "on", "--to", str(tmp_path / "line"), "--erasures", str(to)]
        return CliRunner().invoke(cli.app, words).exit_code

    assert turn_on(taken) == 1
    assert not Keeping.of(folder).is_on
    assert turn_on(free) == 0
    assert free.read_bytes() == b"{}\n"
    # Once more, the same: nothing is written twice.
    assert turn_on(free) == 0
    assert free.read_bytes() == b"{}\n"
