"""Whether each clock that was raised has been told of once, none before its time, and no other was told of."""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import orjson

from tests.campaign.contract import CLOCKS
from tests.campaign.evidence import Evidence
from tests.campaign.findings import Code, Finding


def judge(evidence: Evidence) -> Iterator[Finding]:
    heard = evidence.first_heard()
    for kind, (service, event_type, field) in CLOCKS.items():
        raised = Counter(one.subject for one in evidence.stores[service].clocks if one.kind == kind)
        told = Counter(UUID(orjson.loads(one.data)[field]) for one in heard if one.type == event_type)
        for subject in raised.keys() | told.keys():
            if told[subject] != raised[subject]:
                what = f"{kind} of {subject}: raised {raised[subject]}, told {told[subject]}"
                yield Finding(Code.CLOCK_WRONG, service, what)
        for one in evidence.stores[service].clocks:
            if one.kind == kind and one.early:
                yield Finding(Code.CLOCK_WRONG, service, f"{kind} of {one.subject} was raised before its time")
