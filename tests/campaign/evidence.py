"""What is left after a campaign, as plain values: what the clients say, and what databases, broker and sink hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from tests.campaign.history import Look, Operation
from tests.campaign.sink import Delivery


class Written(NamedTuple):
    """An event as it was written into an outbox."""

    seq: int
    partnership: UUID
    topic: str
    key: str
    event: UUID
    type: str
    data: str


class Heard(NamedTuple):
    """An event as it lies on the bus; `place` orders those of one partition."""

    place: int
    topic: str
    key: str
    event: UUID
    type: str
    partnership: UUID
    audience: frozenset[UUID]
    data: str


class Row(NamedTuple):
    """A row that a write has made; `subject` is by what others name it."""

    id: UUID
    partnership: UUID
    subject: UUID


class Moved(NamedTuple):
    """A line of status history."""

    kind: str
    subject: UUID
    to: str
    partnership: UUID


class Audited(NamedTuple):
    """A row of the audit; `position` in its chain once it is sealed."""

    partnership: UUID
    actor: str
    request: str
    changed: bool
    position: int | None


class Fed(NamedTuple):
    """An event in the gateway's feed."""

    event: UUID
    partnership: UUID
    number: int | None


class Sending(NamedTuple):
    """A delivery as the gateway keeps it; `name` is the last part of the endpoint's URL."""

    endpoint: UUID
    name: str
    event: UUID
    partnership: UUID
    state: str


class Endpoint(NamedTuple):
    """Where webhooks go to; these subscribe to everything."""

    id: UUID
    name: str
    partnership: UUID
    organisation: UUID


class Clock(NamedTuple):
    """A clock that has been raised; `early` when its time has not come even now."""

    kind: str
    subject: UUID
    partnership: UUID
    early: bool = False


@dataclass
class Store:
    """One service's database."""

    written: list[Written] = field(default_factory=list)
    waiting: set[UUID] = field(default_factory=set)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    moves: list[Moved] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    inbox: set[tuple[str, UUID]] = field(default_factory=set)
    parked: list[tuple[str, UUID, str]] = field(default_factory=list)
    audit: list[Audited] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)


@dataclass
class Evidence:
    """Everything about the partnerships of one run."""

    operations: Sequence[Operation]
    partnerships: frozenset[UUID]
    stores: Mapping[str, Store]
    bus: Sequence[Heard]
    handlers: Mapping[str, Mapping[str, Sequence[str]]]
    feed: Sequence[Fed] = ()
    endpoints: Sequence[Endpoint] = ()
    sendings: Sequence[Sending] = ()
    deliveries: Sequence[Delivery] = ()
    looks: Sequence[Look] = ()

    def first_heard(self) -> list[Heard]:
        """Each event once, where the bus has it first, in the order of its partition."""
        return firsts(sorted(self.bus, key=lambda one: (one.topic, one.place)))


def firsts(heard: Iterable[Heard]) -> list[Heard]:
    """Without repetitions of an id."""
    found: dict[UUID, Heard] = {}
    for one in heard:
        found.setdefault(one.event, one)
    return list(found.values())
