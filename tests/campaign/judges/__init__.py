"""Judges: pure functions from evidence to findings; each knows one kind of promise."""

from collections.abc import Iterable

from tests.campaign.evidence import Evidence
from tests.campaign.findings import Finding
from tests.campaign.judges import clocks, effects, events, feed, looks, webhooks, writes

ALL = (writes.judge, events.judge, effects.judge, feed.judge, webhooks.judge, clocks.judge, looks.judge)


def judge(evidence: Evidence) -> list[Finding]:
    """Everything that is wrong; empty when all promises hold."""
    return [one for judging in ALL for one in _sorted(judging(evidence))]


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=str)
