"""Backups: apart from the keys that open them, without gaps, and never restored without the erasure log."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.local import cli
from deploy.local.backup import bases, escrow
from deploy.local.backup.keeping import Keeping
from deploy.local.backup.restore import Order, restore
from deploy.local.process import StartError
from deploy.local.state import Folder, Secrets

PASSPHRASE = "a long enough passphrase"
NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "state")
    made.make()
    return made


def test_the_escrow_opens_with_its_passphrase_and_with_no_other() -> None:
    secrets = Secrets.generate()
    document = escrow.seal(secrets, PASSPHRASE)
    assert escrow.open_(document, PASSPHRASE) == secrets
    assert secrets.superuser not in document
    for bent in (document.replace('"nonce": "', '"nonce": "AA'), document[: len(document) // 2], "{}"):
        with pytest.raises(StartError):
            escrow.open_(bent, PASSPHRASE)
    with pytest.raises(StartError):
        escrow.open_(document, PASSPHRASE + "?")
    with pytest.raises(StartError):
        escrow.seal(secrets, "short")


def test_keys_are_not_handed_over_to_where_the_backups_are(tmp_path: Path) -> None:
    secrets, backups = Secrets.generate(), tmp_path / "backups"
    for together in (backups, backups / "escrow", tmp_path):
        with pytest.raises(StartError):
            escrow.hand_over(secrets, PASSPHRASE, together, backups)
    path = escrow.hand_over(secrets, PASSPHRASE, tmp_path / "escrow", backups)
    assert path.stat().st_mode & 0o077 == 0


def test_a_line_of_backups_has_its_own_folder_and_its_erasure_log_lies_elsewhere(
    folder: Folder, tmp_path: Path
) -> None:
    to, log = tmp_path / "to", tmp_path / "log" / "erasures.jsonl"
    for lost in (to / "erasures.jsonl", folder.postgres / "erasures.jsonl"):
        with pytest.raises(StartError):
            Keeping.begin(folder, to, lost, synchronous=True)
    made = Keeping.begin(folder, to, log, synchronous=True)
    assert Keeping.begin(folder, to, log, synchronous=False).line == made.line
    assert folder.erasures == log
    assert log.exists()
    another = Folder(tmp_path / "another")
    another.make()
    with pytest.raises(StartError):
        Keeping.begin(another, to, log, synchronous=True)


def a_base(to: Path, ended: datetime, first: str) -> bases.Base:
    path = to / f"base-{ended:%Y%m%dT%H%M%S.%fZ}"
    path.mkdir(parents=True)
    (path / "backup_label").write_text(f"START WAL LOCATION: 0/2000028 (file {first})\n")
    return bases.Base(path, ended)


def segments(to: Path, *numbers: int) -> None:
    (to / "wal").mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (to / "wal" / f"00000001{number // 256:08X}{number % 256:08X}").touch()


def test_the_log_is_followed_over_the_end_of_a_file_number_and_a_gap_is_found(tmp_path: Path) -> None:
    segments(tmp_path, 254, 255, 256, 257)
    first = "0000000100000000000000FE"
    assert [bases.place(one.name) for one in bases.unbroken(tmp_path / "wal", first)] == [254, 255, 256, 257]
    (tmp_path / "wal" / "000000010000000100000000").unlink()
    with pytest.raises(StartError, match="gap"):
        bases.unbroken(tmp_path / "wal", first)
    with pytest.raises(StartError, match="go back"):
        bases.unbroken(tmp_path / "wal", "0000000100000000000000FD")


def test_the_base_for_an_instant_is_the_newest_that_was_whole_by_then(tmp_path: Path) -> None:
    made = [a_base(tmp_path, NOW - timedelta(days=days), "00000001" + "0" * 16) for days in (3, 2, 1)]
    assert bases.before(tmp_path, None) == made[-1]
    assert bases.before(tmp_path, NOW - timedelta(days=1, hours=1)) == made[1]
    with pytest.raises(StartError):
        bases.before(tmp_path, NOW - timedelta(days=4))


def test_old_backups_go_with_their_log_and_the_last_one_stays(tmp_path: Path) -> None:
    segments(tmp_path, 2, 3, 4, 5)
    old = a_base(tmp_path, NOW - timedelta(days=40), "000000010000000000000002")
    kept = a_base(tmp_path, NOW - timedelta(days=35), "000000010000000000000004")
    assert bases.prune(tmp_path, 30, NOW) == [old]
    assert bases.listed(tmp_path) == [kept]
    assert [bases.place(one.name) for one in bases.segments(tmp_path / "wal")] == [4, 5]


def test_nothing_is_restored_over_a_database_or_without_the_erasure_log(folder: Folder, tmp_path: Path) -> None:
    order = Order(source=tmp_path, escrow=tmp_path / "e", passphrase=PASSPHRASE, erasures=tmp_path / "log")
    with pytest.raises(StartError, match="erasure log"):
        list(restore(folder, order))
    folder.postgres.mkdir()
    with pytest.raises(StartError, match="written over"):
        list(restore(folder, order))


@pytest.mark.parametrize("until", ["yesterday", "2026-11-26T03:00:00"])
def test_an_instant_without_its_offset_is_refused(tmp_path: Path, until: str) -> None:
    where = ["--from", str(tmp_path), "--escrow", str(tmp_path / "e"), "--erasures", str(tmp_path / "log")]
    environment = {"CIRCLE_STATE": str(tmp_path / "state"), "CIRCLE_ESCROW_PASSPHRASE": PASSPHRASE}
    said = CliRunner().invoke(cli.app, ["restore", until, *where], env=environment)
    assert said.exit_code == 1
    assert "offset" in said.output
