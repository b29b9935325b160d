"""One family of the demonstration on its way: what is known of it so far."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from deploy.local.acts.households import Family
from deploy.local.acts.referrals import Days
from deploy.local.client import Caller
from deploy.local.demo.population import FamilyPlan
from deploy.local.demo.scene import Scene

_STATUS: Final = ("draft", "submitted", "under_triage", "accepted", "active", "ending", "concluded")


@dataclass
class Case:
    """One family on its way. `is_new`: nothing of it can be there yet, so nothing is looked for."""

    scene: Scene
    plan: FamilyPlan
    family: Family
    days: Days
    is_new: bool
    referral: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/v1/referrals/{self.referral['id']}"

    def reached(self, status: str) -> bool:
        """Whether the referral has come so far, or has left before its time."""
        now = self.referral["status"]
        return now not in _STATUS or _STATUS.index(now) >= _STATUS.index(status)

    def day(self, after: int) -> date:
        return self.days.received + timedelta(days=after)

    async def move(self, caller: Caller, step: str, body: dict[str, Any] | None = None) -> None:
        """Move the referral and remember what it is now."""
        self.referral = (await caller.move(f"{self.path}/{step}", body)).document
