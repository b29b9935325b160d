"""What every test may ask for: a real PostgreSQL and a real Kafka of the run's own, started when first wanted."""

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from deploy.local import bed
from deploy.local.bed import Stack

pytest_plugins = ("tests.second_go",)
_FOLDER: Final = "SAFEGUARDING_TEST_BED"
_CONTROLLER: Final = "SAFEGUARDING_TEST_CONTROLLER"


def pytest_configure(config: pytest.Config) -> None:
    """The controller names the bed's folder before its workers start; they inherit the name."""
    if not hasattr(config, "workerinput"):
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix="circle-bed-")
        os.environ[_CONTROLLER] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        bed.close(Path(os.environ.pop(_FOLDER)))


@pytest.fixture(scope="session")
def stack() -> Stack:
    """PostgreSQL with this worker's databases, Kafka with this worker's topics."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "solo")
    # In a thread of its own, so that no event loop of the tests is touched.
    with ThreadPoolExecutor(1) as apart:
        folder, controller = Path(os.environ[_FOLDER]), int(os.environ[_CONTROLLER])
        return apart.submit(bed.open_stack, folder, controller, worker).result()


@pytest.fixture(scope="session")
def environment_of(stack: Stack) -> Callable[[str], dict[str, str]]:
    """The `CIRCLE_*` variables of a service or the gateway in this test process."""
    return stack.environment_of
