"""A test that failed is run once more, and named; what fails twice has failed (ADR 0099).

A campaign or a planted fault never gets a second go: what its judges found, they found. Nor does a run with more than
a few such tests. `STRICT=1 make test` gives nobody one.
"""

import os
from typing import Any, Final

import pytest

MOST: Final = 3
_NEVER: Final = ("campaign", "planted")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("STRICT"):
        return
    for item in items:
        if not any(item.get_closest_marker(name) for name in _NEVER):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _unsteady(session.config) > MOST and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    unsteady = _unsteady(terminalreporter.config)
    if unsteady:
        terminalreporter.write_line(
            f"{unsteady} unsteady, at most {MOST} may be: failed, and passed when run once more"
        )


def _unsteady(config: pytest.Config) -> int:
    """How many failed and then passed."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    stats = reporter.stats if reporter is not None else {}
    again, failed = ({one.nodeid for one in stats.get(kind, ())} for kind in ("rerun", "failed"))
    return len(again - failed - {one.nodeid for one in stats.get("error", ())})
