"""Faults in bearing what the network does, and a broker that is away."""

import os
import socket
from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway import proxy_exchange
from gateway.direct import passage
from gateway.upstream import REPEATABLE, Upstream
from shared.db import Database
from shared.errors import Unavailable


def _post_repeated() -> None:
    """The gateway sends any request once more when its connection broke, whether it has a key or not."""
    more = REPEATABLE | {"POST"}
    for module in (proxy_exchange, passage):
        vars(module)["REPEATABLE"] = more


def _gateway_patient() -> None:
    """The gateway waits for a service as long as that takes."""

    def tick(self: Upstream) -> None:
        """Nobody's time is ever over."""

    Upstream._tick = tick  # type: ignore[method-assign]  # noqa: SLF001 - this process is to be broken


def _broker_needed() -> None:
    """Nothing is written while the broker is away."""
    commit = Database.commit
    host, _, port = os.environ["CIRCLE_KAFKA_BOOTSTRAP"].partition(":")

    async def checked(self: Database, session: Any) -> None:
        with socket.socket() as asking:
            if asking.connect_ex((host, int(port))):
                raise Unavailable
        await commit(self, session)

    Database.commit = checked  # type: ignore[method-assign]  # this process is to be broken


FAULTS: Final[Mapping[str, Callable[[], Any]]] = {
    "post-repeated": _post_repeated,
    "gateway-patient": _gateway_patient,
    "broker-needed": _broker_needed,
}
