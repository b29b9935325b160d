"""Whether the feed has each event that leaves the platform once, numbered without a gap, a key's in their order."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from gateway.feed import catalogue
from tests.campaign.evidence import Evidence
from tests.campaign.findings import Code, Finding


def judge(evidence: Evidence) -> Iterator[Finding]:
    yield from _has(evidence)
    yield from _numbered(evidence)
    home = {one.event: one.partnership for one in evidence.bus}
    for fed in evidence.feed:
        if fed.event in home and home[fed.event] != fed.partnership:
            yield Finding(Code.TENANT_CROSSED, "gateway", f"{fed.event} is in another partnership's feed")


def _has(evidence: Evidence) -> Iterator[Finding]:
    number = {one.event: one.number for one in evidence.feed}
    last: dict[tuple[str, str], int] = {}
    for one in evidence.first_heard():
        if not catalogue.leaves(one.type):
            continue
        place, found = (one.topic, one.key), number.get(one.event)
        if found is None:
            yield Finding(Code.FEED_BROKEN, "gateway", f"{one.type} {one.event} is not in the feed or has no number")
        elif found < last.get(place, 0):
            yield Finding(Code.FEED_BROKEN, "gateway", f"{one.type} {one.event} of key {one.key} has too high a number")
        last[place] = max(found or 0, last.get(place, 0))


def _numbered(evidence: Evidence) -> Iterator[Finding]:
    numbers: dict[UUID, list[int]] = defaultdict(list)
    for fed in evidence.feed:
        if fed.number is not None and fed.partnership in evidence.partnerships:
            numbers[fed.partnership].append(fed.number)
    for partnership, given in numbers.items():
        if sorted(given) != list(range(1, len(given) + 1)):
            yield Finding(Code.FEED_BROKEN, "gateway", f"the numbers of {partnership} have gaps")
