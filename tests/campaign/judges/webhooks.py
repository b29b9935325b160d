"""Whether each endpoint has each event that it may hear: signed, and under its own id also when it comes twice."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

import orjson

from gateway.feed import catalogue
from tests.campaign.evidence import Evidence, Sending
from tests.campaign.findings import Code, Finding
from tests.campaign.sink import Delivery

_BEGINNINGS = "circle.gateway"


def judge(evidence: Evidence) -> Iterator[Finding]:
    sendings = {(one.endpoint, one.event): one for one in evidence.sendings}
    yield from _set_out(evidence, sendings)
    names = {one.name for one in evidence.endpoints}
    filed = [one for one in evidence.deliveries if one.name in names]
    has = {(one.name, one.id) for one in filed if one.verified}
    for one in evidence.sendings:
        if one.state != "delivered":
            yield Finding(Code.DELIVERY_UNFINISHED, one.name, f"{one.event} is {one.state}")
        elif (one.name, one.event) not in has:
            yield Finding(Code.DELIVERY_LOST, one.name, f"{one.event}")
    yield from _filed(filed, {(one.name, one.event) for one in evidence.sendings})


def _set_out(evidence: Evidence, sendings: dict[tuple[UUID, UUID], Sending]) -> Iterator[Finding]:
    for event in evidence.first_heard():
        if not catalogue.leaves(event.type):
            continue
        for endpoint in evidence.endpoints:
            of_theirs = endpoint.partnership == event.partnership and endpoint.organisation in event.audience
            # A partnership's own beginnings are told before it has an endpoint.
            if of_theirs and event.topic != _BEGINNINGS and (endpoint.id, event.event) not in sendings:
                yield Finding(Code.DELIVERY_MISSING, endpoint.name, f"{event.type} {event.event}")
            if not of_theirs and (endpoint.id, event.event) in sendings:
                yield Finding(Code.TENANT_CROSSED, endpoint.name, f"{event.type} {event.event} is not for them")


def _filed(filed: list[Delivery], known: set[tuple[str, UUID]]) -> Iterator[Finding]:
    bodies: dict[tuple[str, UUID | None], set[str]] = defaultdict(set)
    for one in filed:
        if not one.verified:
            yield Finding(Code.SIGNATURE_BAD, one.name, str(one.id))
        if one.id is None or (one.name, one.id) not in known:
            yield Finding(Code.DELIVERY_UNKNOWN, one.name, str(one.id))
        elif orjson.loads(one.body).get("id") != str(one.id):
            yield Finding(Code.DELIVERY_CHANGED, one.name, f"{one.id} holds another event")
        bodies[(one.name, one.id)].add(one.body)
    for (name, event), different in bodies.items():
        if len(different) > 1:
            yield Finding(Code.DELIVERY_CHANGED, name, f"{event} came with {len(different)} bodies")
