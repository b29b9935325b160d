"""Whether each committed write was told once, nothing else was, and a key's events in the order of their commits."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from uuid import UUID

import orjson

from tests.campaign.contract import TELLS, Tells
from tests.campaign.evidence import Evidence, Heard, Written
from tests.campaign.findings import Code, Finding


def judge(evidence: Evidence) -> Iterator[Finding]:
    heard = evidence.first_heard()
    written = {one.event: one for store in evidence.stores.values() for one in store.written}
    waiting = {event for store in evidence.stores.values() for event in store.waiting}
    yield from _carried(written, waiting, heard)
    yield from _unchanged(evidence, written)
    yield from _in_order(written, heard)
    for tells in TELLS:
        yield from _told(tells, evidence, heard)


def _carried(written: dict[UUID, Written], waiting: set[UUID], heard: list[Heard]) -> Iterator[Finding]:
    there = {one.event for one in heard}
    for event, one in written.items():
        if event not in there and event not in waiting:
            yield Finding(Code.EVENT_LOST, one.topic, f"{one.type} {event}")
    for lying in heard:
        if lying.event not in written:
            yield Finding(Code.EVENT_UNWRITTEN, lying.topic, f"{lying.type} {lying.event}")


def _unchanged(evidence: Evidence, written: dict[UUID, Written]) -> Iterator[Finding]:
    for one in evidence.bus:
        source = written.get(one.event)
        if source is None:
            continue
        if (source.data, source.key, source.type) != (one.data, one.key, one.type):
            yield Finding(Code.EVENT_CHANGED, one.topic, f"{one.type} {one.event}")
        if source.partnership != one.partnership:
            yield Finding(Code.TENANT_CROSSED, one.topic, f"{one.type} {one.event} says another partnership")


def _in_order(written: dict[UUID, Written], heard: list[Heard]) -> Iterator[Finding]:
    last: dict[tuple[str, str], int] = {}
    for one in heard:
        source = written.get(one.event)
        if source is None:
            continue
        place = (one.topic, one.key)
        if source.seq < last.get(place, 0):
            yield Finding(Code.ORDER_BROKEN, one.topic, f"{one.type} {one.event} of key {one.key} came late")
        last[place] = max(source.seq, last.get(place, 0))


def _told(tells: Tells, evidence: Evidence, heard: list[Heard]) -> Iterator[Finding]:
    events: dict[UUID, list[Heard]] = defaultdict(list)
    for one in heard:
        if one.type == tells.type:
            events[UUID(orjson.loads(one.data)[tells.field])].append(one)
    subjects = _subjects(tells, evidence, events.keys())
    for subject in subjects.keys() | events.keys():
        facts, count = subjects[subject], len(events[subject])
        if facts > count:
            yield Finding(Code.EVENT_MISSING, tells.service, f"{tells.type} of {subject}: {count} of {facts}")
        elif count > facts == 0:
            yield Finding(Code.EVENT_WITHOUT_WRITE, tells.service, f"{tells.type} of {subject}")
        elif count > facts:
            yield Finding(Code.EVENT_DOUBLED, tells.service, f"{tells.type} of {subject}: {count} for {facts}")


def _subjects(tells: Tells, evidence: Evidence, told: Collection[UUID]) -> Counter[UUID]:
    """How often each is there: in these partnerships, or elsewhere when these were told of it."""
    store, ours = evidence.stores[tells.service], evidence.partnerships
    if tells.table:
        rows = store.rows[tells.table]
        return Counter(row.subject for row in rows if row.partnership in ours or row.subject in told)
    return Counter(move.subject for move in store.moves if (move.kind, move.to) == tells.move)
