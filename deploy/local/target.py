"""Which platform a command plays on, and with which administrator: this checkout's, or one at an address."""

import os
from dataclasses import dataclass
from typing import Final

from deploy.local import state
from deploy.local.demo_identity import ClientKey

CLIENT: Final = "CIRCLE_BOOTSTRAP_CLIENT"
# The id that bootstrap gives, wherever that is; gateway/identity/domain.py says the same.
ADMINISTRATOR: Final = "00000000-0000-7000-8000-000000000002"
SECRET: Final = "CIRCLE_BOOTSTRAP_SECRET"  # noqa: S105 - the name of a variable


class NoTargetError(RuntimeError):
    """Nothing to play on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """A gateway and the platform's administrator there."""

    gateway: str
    administrator: ClientKey


def find(gateway: str) -> Target:
    """`gateway` or, when that is empty, what runs in this checkout."""
    folder = state.default()
    if gateway:
        secret = os.environ.get(SECRET)
        if not secret:
            raise NoTargetError(f"the secret of the platform's administrator there has to be in {SECRET}")
        return Target(gateway.rstrip("/"), ClientKey(os.environ.get(CLIENT, ADMINISTRATOR), secret))
    if not folder.is_locked():
        raise NoTargetError("nothing runs in this checkout: `make up` first, or name a --gateway")
    kept = folder.read("administrator")
    if not kept:
        raise NoTargetError("the platform has no administrator yet: wait until `circle status` says running")
    return Target(folder.read("state")["address"], ClientKey(**kept))
