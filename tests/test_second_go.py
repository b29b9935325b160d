"""Who gets a second go, and who does not."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.state import ROOT
from tests.second_go import MOST

FAILS_ONCE = """
import pytest
gone = set()
def fail_once(name):
    if name not in gone:
        gone.add(name)
        raise AssertionError("the first time")
"""
CONFIGURATION = "[pytest]\nmarkers =\n  campaign: as ours\n  planted: as ours\n"


def played(folder: Path, tests: str, **environment: str) -> tuple[int, str]:
    """How a run of these tests exits, and what it says at its end."""
    (folder / "test_some.py").write_text(FAILS_ONCE + tests)
    (folder / "pytest.ini").write_text(CONFIGURATION)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "pytest_rerunfailures",
        "-p",
        "tests.second_go",
        "-p",
        "no:cacheprovider",
        "-rR",
        str(folder),
    ]
    of_ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_") and name != "STRICT"}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=of_ours | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_test_that_failed_once_is_run_once_more_and_named(tmp_path: Path) -> None:
    code, said = played(tmp_path, "def test_it(): fail_once('it')\ndef test_other(): pass\n")
    assert code == 0, said
    assert re.search(r"RERUN .*::test_it", said)
    assert "2 passed, 1 rerun" in said
    assert "1 unsteady" in said


def test_a_test_that_fails_twice_has_failed(tmp_path: Path) -> None:
    code, said = played(tmp_path, "def test_it(): assert False\n")
    assert code == 1
    assert "1 failed, 1 rerun" in said


@pytest.mark.parametrize("mark", ["campaign", "planted"])
def test_what_a_campaign_found_it_found(tmp_path: Path, mark: str) -> None:
    code, said = played(tmp_path, f"@pytest.mark.{mark}\ndef test_it(): fail_once('it')\n")
    assert code == 1
    assert "RERUN" not in said


def test_a_run_with_many_of_them_has_failed(tmp_path: Path) -> None:
    each = "@pytest.mark.parametrize('n', range({}))\ndef test_it(n): fail_once(n)\n"
    assert played(tmp_path, each.format(MOST))[0] == 0
    code, said = played(tmp_path, each.format(MOST + 1))
    assert code == 1, said


def test_a_strict_run_gives_nobody_a_second_go(tmp_path: Path) -> None:
    code, said = played(tmp_path, "def test_it(): fail_once('it')\n", STRICT="1")
    assert code == 1
    assert "RERUN" not in said
