"""Each judge says nothing about a world in which all is well, and the right word about each thing that is not."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

import orjson
import pytest

from deploy.local.state import APPLICATIONS
from shared.ids import new_id
from tests.campaign import judges
from tests.campaign.contract import SUBJECTS
from tests.campaign.evidence import Audited, Clock, Endpoint, Evidence, Fed, Heard, Moved, Row, Sending, Store, Written
from tests.campaign.findings import Code, codes
from tests.campaign.history import Look, Operation
from tests.campaign.sink import Delivery

CONCERN = "circle.concern.raised.v1"
ACCEPTED = "circle.referral.accepted.v1"
UNACKNOWLEDGED = "circle.concern.unacknowledged.v1"
TOPIC = "circle.referral"


@dataclass
class World:
    """One partnership with an endpoint: a concern and an accepted referral, told, handled, fed and delivered."""

    here: UUID = field(default_factory=new_id)
    elsewhere: UUID = field(default_factory=new_id)
    organisation: UUID = field(default_factory=new_id)
    endpoint: UUID = field(default_factory=new_id)
    concern: UUID = field(default_factory=new_id)
    referral: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        stores = {name: Store(rows={table: [] for table in SUBJECTS[name]}) for name in APPLICATIONS}
        self.bus: list[Heard] = []
        self.feed: list[Fed] = []
        self.sendings: list[Sending] = []
        self.deliveries: list[Delivery] = []
        self.operations: list[Operation] = []
        self.evidence = Evidence(
            operations=self.operations,
            partnerships=frozenset({self.here}),
            stores=stores,
            bus=self.bus,
            handlers={"matching": {ACCEPTED: ["hears"]}},
            feed=self.feed,
            endpoints=[Endpoint(self.endpoint, "sink", self.here, self.organisation)],
            sendings=self.sendings,
            deliveries=self.deliveries,
        )
        self.wrote("concern", self.concern)
        self.wrote("accept", self.referral)
        self.store.rows["concerns"].append(Row(self.concern, self.here, self.concern))
        self.store.moves.append(Moved("referral", self.referral, "accepted", self.here))
        self.told(CONCERN, concern=self.concern)
        accepted = self.told(ACCEPTED, referral=self.referral)
        self.matching.inbox.add(("hears", accepted))
        self.matching.audit.append(Audited(self.here, "worker:hears", str(accepted), True, 1))
        self.matching.rows["match_requests"].append(Row(new_id(), self.here, self.referral))
        self.outcomes.rows["cases"].append(Row(new_id(), self.here, self.referral))
        self.told("circle.match-request.opened.v1", "matching", referral=self.referral)
        self.told("circle.case.opened.v1", "outcomes", referral=self.referral)
        self.looked(self.here, 200, self.concern)
        self.looked(self.elsewhere, 404)

    @property
    def store(self) -> Store:
        return self.evidence.stores["referral"]

    @property
    def matching(self) -> Store:
        return self.evidence.stores["matching"]

    @property
    def outcomes(self) -> Store:
        return self.evidence.stores["outcomes"]

    def wrote(self, kind: str, resource: UUID) -> None:
        """An acknowledged write with its kept answer and its line in the audit."""
        key = str(new_id())
        self.operations.append(Operation(key, kind, self.here, 0.0, 201, resource))
        self.store.keys.add(key)
        self.store.audit.append(Audited(self.here, "me", key, True, len(self.operations)))

    def told(self, kind: str, service: str = "referral", **data: UUID) -> UUID:
        """An event on its whole way to the receiver."""
        event, key, body = new_id(), str(self.here), orjson.dumps(data, default=str).decode()
        place = len(self.bus) + 1
        topic = f"circle.{service}"
        self.evidence.stores[service].written.append(Written(place, self.here, topic, key, event, kind, body))
        audience = frozenset({self.organisation})
        self.bus.append(Heard(place, topic, key, event, kind, self.here, audience, body))
        self.feed.append(Fed(event, self.here, place))
        self.sendings.append(Sending(self.endpoint, "sink", event, self.here, "delivered"))
        self.deliveries.append(Delivery("sink", event, True, orjson.dumps({"id": str(event)}).decode(), 0.0))
        return event

    def looked(self, partnership: UUID, status: int, *shown: UUID, asked: bool = True) -> None:
        """Somebody asked for the concern, or for a list."""
        look = Look(partnership, self.concern if asked else None, status, frozenset(shown))
        self.evidence.looks = [*self.evidence.looks, look]

    def judged(self) -> set[Code]:
        return codes(judges.judge(self.evidence))


def test_of_a_world_in_which_all_is_well_nothing_is_said() -> None:
    assert World().judged() == set()


def again(world: World, place: int = 0) -> None:
    """What lies on the bus once more, as after a relay's death, does no harm."""
    world.bus.append(world.bus[place]._replace(place=100))


def test_repetitions_under_the_same_id_are_allowed_on_the_bus_and_at_the_receiver() -> None:
    world = World()
    again(world)
    world.deliveries.append(world.deliveries[0])
    assert world.judged() == set()


def _acted_twice(world: World) -> None:
    world.matching.audit.append(world.matching.audit[0]._replace(position=2))


def _acted_out_of_turn(world: World) -> None:
    later = world.told(ACCEPTED, referral=new_id())
    world.matching.audit.append(Audited(world.here, "worker:hears", str(later), True, 0))


def _out_of_order(world: World) -> None:
    world.bus[0], world.bus[1] = world.bus[0]._replace(place=2), world.bus[1]._replace(place=1)


def _fed_out_of_order(world: World) -> None:
    world.feed[0], world.feed[1] = world.feed[0]._replace(number=2), world.feed[1]._replace(number=1)


def _delivery(world: World, **changed: object) -> None:
    world.deliveries[0] = replace(world.deliveries[0], **changed)  # type: ignore[arg-type]  # fields by name


SPOILT: list[tuple[str, Code, Callable[[World], object]]] = [
    ("a row is gone", Code.ACK_LOST, lambda w: w.store.rows["concerns"].clear()),
    ("a move is gone", Code.ACK_LOST, lambda w: w.store.moves.clear()),
    ("an answer is not kept", Code.KEY_LOST, lambda w: w.store.keys.clear()),
    ("a write is not audited", Code.AUDIT_MISSING, lambda w: w.store.audit.clear()),
    ("a write was committed twice", Code.WRITE_DOUBLED, lambda w: w.store.audit.append(w.store.audit[0])),
    ("a move happened twice", Code.WRITE_DOUBLED, lambda w: w.store.moves.append(w.store.moves[0])),
    (
        "there is a row nobody asked for",
        Code.WRITE_DOUBLED,
        lambda w: w.store.rows["concerns"].append(Row(new_id(), w.here, new_id())),
    ),
    (
        "a row is in another partnership",
        Code.TENANT_CROSSED,
        lambda w: w.store.rows.update(concerns=[Row(w.concern, w.elsewhere, w.concern)]),
    ),
    (
        "a move is in another partnership",
        Code.TENANT_CROSSED,
        lambda w: w.store.moves.__setitem__(0, w.store.moves[0]._replace(partnership=w.elsewhere)),
    ),
    ("an event is not on the bus", Code.EVENT_LOST, lambda w: w.bus.pop(0)),
    ("an event was never written", Code.EVENT_UNWRITTEN, lambda w: w.store.written.pop(0)),
    ("an event says something else", Code.EVENT_CHANGED, lambda w: w.bus.append(w.bus[0]._replace(key="x", place=9))),
    (
        "an event says another partnership",
        Code.TENANT_CROSSED,
        lambda w: w.bus.append(w.bus[0]._replace(partnership=w.elsewhere, place=9)),
    ),
    ("a key's events are out of order", Code.ORDER_BROKEN, _out_of_order),
    ("a write was not told of", Code.EVENT_MISSING, lambda w: (w.bus.pop(0), w.store.written.pop(0))),
    ("told of what is not there", Code.EVENT_WITHOUT_WRITE, lambda w: w.told(CONCERN, concern=new_id())),
    ("told twice", Code.EVENT_DOUBLED, lambda w: w.told(CONCERN, concern=w.concern)),
    ("a handler has not had an event", Code.EFFECT_MISSING, lambda w: w.matching.inbox.clear()),
    ("nothing follows an event", Code.EFFECT_MISSING, lambda w: w.matching.rows["match_requests"].clear()),
    ("a handler acted twice", Code.EFFECT_DOUBLED, _acted_twice),
    (
        "an event had two effects",
        Code.EFFECT_DOUBLED,
        lambda w: w.outcomes.rows["cases"].append(Row(new_id(), w.here, w.referral)),
    ),
    ("its own cannot read it", Code.ACK_LOST, lambda w: w.looked(w.here, 404)),
    (
        "another may not read it, and is told that it is there",
        Code.TENANT_CROSSED,
        lambda w: w.looked(w.elsewhere, 403),
    ),
    ("another can read it", Code.TENANT_CROSSED, lambda w: w.looked(w.elsewhere, 200, w.concern)),
    ("another's list has it", Code.TENANT_CROSSED, lambda w: w.looked(w.elsewhere, 200, w.concern, asked=False)),
    ("a handler acted out of turn", Code.EFFECT_ORDER, _acted_out_of_turn),
    (
        "a handler acted in another partnership",
        Code.TENANT_CROSSED,
        lambda w: w.matching.audit.__setitem__(0, w.matching.audit[0]._replace(partnership=w.elsewhere)),
    ),
    (
        "an effect is in another partnership",
        Code.TENANT_CROSSED,
        lambda w: w.outcomes.rows.update(cases=[Row(new_id(), w.elsewhere, w.referral)]),
    ),
    ("an event is parked", Code.PARKED, lambda w: w.matching.parked.append(("hears", new_id(), "ValueError"))),
    ("an event is not in the feed", Code.FEED_BROKEN, lambda w: w.feed.pop()),
    ("the feed has a gap", Code.FEED_BROKEN, lambda w: w.feed.append(Fed(new_id(), w.here, 99))),
    ("the feed is out of order", Code.FEED_BROKEN, _fed_out_of_order),
    (
        "an event is in another feed",
        Code.TENANT_CROSSED,
        lambda w: w.feed.__setitem__(0, w.feed[0]._replace(partnership=w.elsewhere)),
    ),
    ("nobody set out to deliver", Code.DELIVERY_MISSING, lambda w: w.sendings.pop()),
    (
        "a delivery was given up",
        Code.DELIVERY_UNFINISHED,
        lambda w: w.sendings.__setitem__(0, w.sendings[0]._replace(state="failed")),
    ),
    ("the receiver does not have it", Code.DELIVERY_LOST, lambda w: w.deliveries.pop()),
    ("it came under another id", Code.DELIVERY_UNKNOWN, lambda w: _delivery(w, id=new_id())),
    ("it holds another event", Code.DELIVERY_CHANGED, lambda w: _delivery(w, body='{"id": "another"}')),
    (
        "it came with two bodies",
        Code.DELIVERY_CHANGED,
        lambda w: w.deliveries.append(replace(w.deliveries[0], body=w.deliveries[0].body + " ")),
    ),
    ("a signature is bad", Code.SIGNATURE_BAD, lambda w: _delivery(w, verified=False)),
    (
        "it went to whom it does not concern",
        Code.TENANT_CROSSED,
        lambda w: w.bus.__setitem__(0, w.bus[0]._replace(audience=frozenset())),
    ),
    (
        "a clock ran out untold",
        Code.CLOCK_WRONG,
        lambda w: w.store.clocks.append(Clock("concern.unacknowledged", w.concern, w.here)),
    ),
    ("told of a clock that did not run out", Code.CLOCK_WRONG, lambda w: w.told(UNACKNOWLEDGED, concern=w.concern)),
]


@pytest.mark.parametrize(("what", "code", "spoil"), SPOILT, ids=[what for what, _, _ in SPOILT])
def test_it_is_said_when(what: str, code: Code, spoil: Callable[[World], object]) -> None:
    world = World()
    spoil(world)
    assert code in world.judged(), what
