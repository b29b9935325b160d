"""Whether each handler acted exactly once on each of its events, in its partnership, in the order of the key."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

import orjson

from tests.campaign.contract import FOLLOWS, Follows
from tests.campaign.evidence import Audited, Evidence, Heard, Store
from tests.campaign.findings import Code, Finding

_ACTOR = "worker:"


def judge(evidence: Evidence) -> Iterator[Finding]:
    heard = evidence.first_heard()
    for service, store in evidence.stores.items():
        handlers = evidence.handlers.get(service, {})
        yield from _had(service, store, handlers, heard)
        yield from _acted(service, store, heard)
    for follows in FOLLOWS:
        yield from _followed(follows, evidence.stores[follows.service], heard)


def _had(service: str, store: Store, handlers: Mapping[str, Sequence[str]], heard: list[Heard]) -> Iterator[Finding]:
    parked = {(handler, event): cause for handler, event, cause in store.parked}
    for (handler, event), cause in parked.items():
        yield Finding(Code.PARKED, service, f"{handler} {event}: {cause}")
    for one in heard:
        for handler in handlers.get(one.type, ()):
            if (handler, one.event) not in store.inbox and (handler, one.event) not in parked:
                yield Finding(Code.EFFECT_MISSING, service, f"{handler} has not had {one.type} {one.event}")


def _acted(service: str, store: Store, heard: list[Heard]) -> Iterator[Finding]:
    by_id = {str(one.event): one for one in heard}
    turn = {str(one.event): number for number, one in enumerate(heard)}
    acts = [row for row in store.audit if row.actor.startswith(_ACTOR) and row.request in by_id]
    for (actor, request), count in Counter((row.actor, row.request) for row in acts).items():
        if count > 1:
            what = f"{actor.removeprefix(_ACTOR)} acted {count} times on {by_id[request].type} {request}"
            yield Finding(Code.EFFECT_DOUBLED, service, what)
    for row in acts:
        if row.partnership != by_id[row.request].partnership:
            yield Finding(Code.TENANT_CROSSED, service, f"{row.actor} acted elsewhere on {row.request}")
    yield from _in_turn(service, acts, by_id, turn)


def _in_turn(service: str, acts: list[Audited], by_id: dict[str, Heard], turn: dict[str, int]) -> Iterator[Finding]:
    of_key: dict[tuple[str, str, str], list[tuple[int, str]]] = defaultdict(list)
    for row in acts:
        if row.position is not None:
            event = by_id[row.request]
            of_key[(row.actor, event.topic, event.key)].append((row.position, row.request))
    for (actor, _, key), done in of_key.items():
        turns = [turn[request] for _, request in sorted(done)]
        if turns != sorted(turns):
            yield Finding(Code.EFFECT_ORDER, service, f"{actor.removeprefix(_ACTOR)}, key {key}")


def _followed(follows: Follows, store: Store, heard: list[Heard]) -> Iterator[Finding]:
    """The rows that an event makes, beside what inbox and audit say."""
    rows = store.rows[follows.table]
    made, place = Counter(row.subject for row in rows), {row.subject: row.partnership for row in rows}
    for one in heard:
        if one.type != follows.type:
            continue
        subject = UUID(orjson.loads(one.data)[follows.field])
        what = f"{follows.table} of {follows.type} {one.event}"
        if made[subject] == 0:
            yield Finding(Code.EFFECT_MISSING, follows.service, what)
        elif made[subject] > 1:
            yield Finding(Code.EFFECT_DOUBLED, follows.service, f"{what}: {made[subject]}")
        elif place[subject] != one.partnership:
            yield Finding(Code.TENANT_CROSSED, follows.service, f"{what} are in another partnership")
