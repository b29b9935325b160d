"""The wires of a world, by link: between which of its parts the network can be made ill."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from deploy.local.process import LOOPBACK
from deploy.local.state import APPLICATIONS, SERVICES
from tests.campaign.wire import FAIR, Weather, Wire

CLIENT: Final = "client to gateway"
SERVICE: Final = "gateway to services"
PEER: Final = "workers to services and tokens"
DATABASE: Final = "services to PostgreSQL"
WORKER_DATABASE: Final = "workers to PostgreSQL"
BROKER: Final = "workers to broker"
RECEIVER: Final = "sender to webhook receiver"
LINKS: Final = (CLIENT, SERVICE, PEER, DATABASE, WORKER_DATABASE, BROKER, RECEIVER)


class Wiring:
    """Every link of one world, in fair weather until it is switched."""

    def __init__(self, seed: int) -> None:
        single = (CLIENT, DATABASE, WORKER_DATABASE, BROKER, RECEIVER)
        self._wires: dict[str, Wire] = {link: Wire(seed + number) for number, link in enumerate(single)}
        self._services = {name: Wire(seed + 10 + number) for number, name in enumerate(SERVICES)}
        self._peers = {name: Wire(seed + 20 + number) for number, name in enumerate(APPLICATIONS)}

    def wire(self, link: str) -> Wire:
        """The wire of a link that has only one."""
        return self._wires[link]

    def of(self, link: str) -> Sequence[Wire]:
        """Every wire of a link."""
        several = {SERVICE: self._services, PEER: self._peers}
        return list(several[link].values()) if link in several else [self._wires[link]]

    def switch(self, link: str, weather: Weather) -> None:
        """From now on."""
        for wire in self.of(link):
            wire.weather = weather

    def calm(self) -> None:
        """Fair weather everywhere."""
        for link in LINKS:
            self.switch(link, FAIR)

    def lead(self, ports: Mapping[str, int], database: int, broker: int) -> None:
        """Where everything really is; `broker` is its listener for those behind the wire."""
        self._wires[CLIENT].lead_to(ports["gateway"])
        for link in (DATABASE, WORKER_DATABASE):
            self._wires[link].lead_to(database)
        self._wires[BROKER].lead_to(broker)
        for name, wire in (*self._services.items(), *self._peers.items()):
            wire.lead_to(ports[name])

    def environment_of(self, part: str) -> dict[str, str]:
        """What a part is told of where others are."""
        works = "-" in part
        gateway = f"http://{LOOPBACK}:{self._peers['gateway'].port}"
        others = self._services if part == "gateway" else self._peers
        told = {f"UPSTREAM_{name.upper()}": f"http://{LOOPBACK}:{others[name].port}" for name in SERVICES}
        told |= {"DATABASE_PORT": str(self._wires[WORKER_DATABASE if works else DATABASE].port)}
        told |= {"KAFKA_BOOTSTRAP": f"{LOOPBACK}:{self._wires[BROKER].port}", "TOKEN_URL": f"{gateway}/oauth/token"}
        return {f"CIRCLE_{name}": value for name, value in told.items()}

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Wiring"]:
        """Carry on all of them until this is left."""
        async with AsyncExitStack() as stack:
            for wire in (*self._wires.values(), *self._services.values(), *self._peers.values()):
                await stack.enter_async_context(wire.open())
            yield self
