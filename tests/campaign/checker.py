"""The offline checker: waits until nothing is left to do, gathers what there is, and judges it."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from unittest import mock
from uuid import UUID

from deploy.local.state import APPLICATIONS
from deploy.restored import SETTINGS
from shared import audit_verify
from shared.parts import Parts
from tests.campaign import judges
from tests.campaign.findings import Code, Finding
from tests.campaign.gather import Sources, gather
from tests.campaign.history import Look, Operation
from tests.campaign.settle import settle
from tests.campaign.sink import Sink


@dataclass(frozen=True, slots=True)
class Checker:
    """`environments` are the `CIRCLE_*` variables of each service, for the audit's own verification."""

    sources: Sources
    environments: Mapping[str, Mapping[str, str]]

    async def check(
        self,
        partnerships: Collection[UUID],
        operations: Collection[Operation],
        sink: Sink | None = None,
        seconds: float = 60,
        looks: Sequence[Look] = (),
    ) -> list[Finding]:
        """Everything that is wrong with these partnerships; empty when it is good."""
        left = await settle(self.sources, partnerships, seconds)
        found = [Finding(Code.NOT_SETTLED, "platform", left)] if left else []
        deliveries = sink.filed() if sink is not None else []
        evidence = await gather(self.sources, partnerships, list(operations), deliveries)
        evidence.looks = looks
        return found + judges.judge(evidence) + await self._audits(frozenset(partnerships))

    async def _audits(self, partnerships: frozenset[UUID]) -> list[Finding]:
        found = []
        for service in APPLICATIONS:
            with mock.patch.dict(os.environ, self.environments[service]):
                parts = Parts.of(SETTINGS[service]())
            try:
                for one in await audit_verify.verify(parts):
                    if one.partnership in partnerships:
                        what = f"{one.kind} at {one.position} ({one.audit_id})"
                        found.append(Finding(Code.AUDIT_BROKEN, service, what))
            finally:
                await parts.close()
        return found
