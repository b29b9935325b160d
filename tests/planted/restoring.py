"""Faults in restoring: `python -m tests.planted.restoring FAULT restore …` is a `circle` that has one of them."""

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from deploy.local import cli, upkeep


def _without_erasures() -> None:
    """What was erased after the backup is not erased again."""

    def replay(service: str) -> tuple[list[str], bool]:
        del service
        return ["passed over"], True

    upkeep.replay_erasures = replay


def _without_telling() -> None:
    """What was told on a bus that is lost is not told again."""

    def tell(service: str) -> tuple[list[str], bool]:
        del service
        return ["passed over"], True

    upkeep.tell_again = tell


def _nothing() -> None:
    """The fault is elsewhere: the database does not wait for its copy (`tests.campaign.kept`)."""


FAULTS: Final[Mapping[str, Callable[[], Any]]] = {
    "erasures-forgotten": _without_erasures,
    "nothing-told-again": _without_telling,
    "log-asynchronous": _nothing,
}


if __name__ == "__main__":
    FAULTS[sys.argv.pop(1)]()
    cli.app()
