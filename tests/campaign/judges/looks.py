"""Whether each client was shown what is its partnership's own, and nothing of any other."""

from collections.abc import Iterator

from tests.campaign.evidence import Evidence
from tests.campaign.findings import Code, Finding


def judge(evidence: Evidence) -> Iterator[Finding]:
    """What was asked for by its id had been acknowledged before."""
    owners = {one.resource: one.partnership for one in evidence.operations if one.is_acknowledged and one.status == 201}
    for look in evidence.looks:
        for one in look.shown:
            if owners.get(one, look.partnership) != look.partnership:
                yield Finding(Code.TENANT_CROSSED, "gateway", f"{one} was shown to partnership {look.partnership}")
        if look.asked is None:
            continue
        if owners[look.asked] == look.partnership and look.status != 200:
            yield Finding(Code.ACK_LOST, "gateway", f"{look.asked} was asked for by its own: {look.status}")
        if owners[look.asked] != look.partnership and look.status != 404:
            yield Finding(Code.TENANT_CROSSED, "gateway", f"{look.asked} was asked for from elsewhere: {look.status}")
