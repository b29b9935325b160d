"""The repository's own checks find what they are there for."""

from pathlib import Path

from deploy.checks import lock, sizes, traces
from deploy.local.state import ROOT


def test_a_file_and_a_function_that_outgrew_their_limits_are_named() -> None:
    long_function = "def grown():\n" + "    x = 1\n" * 45
    found = list(sizes.findings(Path("a.py"), long_function + "y = 1\n" * 300))
    assert found == ["a.py: 346 lines, 300 allowed", "a.py:1: grown has 46 lines, 40 allowed"]


def test_a_file_of_modest_size_is_left_alone() -> None:
    assert not list(sizes.findings(Path("a.py"), "def small():\n    return 1\n"))


def test_a_path_of_this_machine_is_found() -> None:
    assert list(traces.findings(Path("a.md"), f"see {ROOT}/README.md")) == ["a.md:1: a path of one machine"]


def test_the_address_of_a_registry_is_found_in_any_file_and_an_index_in_a_lock() -> None:
    host = "py" + "pi.org"
    assert list(traces.findings(Path("a.txt"), f"https://{host}/simple")) == ["a.txt:1: the address of a registry"]
    assert list(traces.findings(Path("a.lock"), "--index-url x")) == [
        "a.lock: a lock that names where packages come from"
    ]


def test_an_ordinary_path_and_address_are_no_finding() -> None:
    assert not list(traces.findings(Path("a.md"), "POST https://circle.example/v1/referrals, /var/lib/postgresql"))


def test_the_lock_has_hashes_for_everything_and_names_no_index() -> None:
    lines = lock.content(lock.LOCK)
    pinned = [number for number, line in enumerate(lines) if "==" in line]
    assert len(pinned) > 100
    assert all("--hash=sha256:" in lines[number + 1] for number in pinned)
    assert not list(traces.findings(Path("requirements.lock"), lock.LOCK.read_text()))
