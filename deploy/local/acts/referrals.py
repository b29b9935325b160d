"""Referring a family, deciding on it, assessing the risk, the first visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from deploy.local.acts.households import Family, Household
from deploy.local.client import Answer, Caller


@dataclass(frozen=True, slots=True)
class Days:
    """When the first things happened in a case; everything else is counted from here."""

    received: date

    def at(self, days: int, hour: int = 10) -> str:
        """An instant so many days after the referral was received."""
        return datetime.combine(self.received + timedelta(days=days), time(hour), UTC).isoformat()

    def on(self, days: int) -> str:
        """The civil day so many days after it."""
        return (self.received + timedelta(days=days)).isoformat()


async def register(system: Caller, household: Household) -> Family:
    """The case system registers a family."""
    return Family.of((await system.post("/v1/families", household.body())).document)


def referral_body(family: Family, scheme: UUID, days: Days, worker: UUID, **other: Any) -> dict[str, Any]:
    """A referral for a volunteer's support with everything that it needs."""
    return {
        "family": str(family.id),
        "kind": "volunteer_support",
        "scheme": str(scheme),
        "received_at": days.at(0),
        "reasons": ["neglect", "isolation"],
        "requests": {"visits_a_week": 2, "skills": ["cooking", "budgeting"], "interests": ["football"]},
        "agreement": {
            "agreed": True,
            "method": "in_person",
            "recorded_by": str(worker),
            "given_by": [str(family.parent)],
            "agreed_on": days.on(0),
        },
        "lawful_basis": {"basis": "public_task", "special_category_condition": "safeguarding"},
        "informed": True,
    } | other


async def assess_risk(worker: Caller, referral: str, days: Days, after: int = 1) -> Answer:
    """The risk of the referral, from its papers."""
    body = {
        "part": "papers",
        "hazards": ["dog", "stairs"],
        "level": "medium",
        "lone_working": "with_check_in",
        "mitigations": "The volunteer calls before and after each visit.",
        "assessed_at": days.at(after),
    }
    return await worker.post(f"/v1/referrals/{referral}/risk-assessments", body)


def visit_body(days: Days, conducted_by: UUID, after: int, areas: dict[str, int] | None = None) -> dict[str, Any]:
    """The assessment visit: risk at home and the baseline; numbers and codes of areas, no wording."""
    return {
        "visited_on": days.on(after),
        "conducted_by": str(conducted_by),
        "risk": {"hazards": ["dog"], "level": "low", "lone_working": "allowed", "mitigations": "The dog is kept away."},
        "baseline": {
            "instrument": "family_star",
            "edition": "2",
            "completed_by": "family",
            "areas": areas or {"area_1": 3, "area_2": 4, "area_3": 2, "area_4": 5},
        },
    }


def tasks_of(children: Sequence[UUID], actions: Sequence[str]) -> list[dict[str, str]]:
    """One task for each child, towards the action of that child's plan."""
    return [
        {"child": str(child), "action": action, "description": "Come along to the first sessions of the club."}
        for child, action in zip(children, actions, strict=True)
    ]


def plan_body(
    tasks: list[dict[str, str]], signatories: list[tuple[str, UUID]], review_on: date, **other: Any
) -> dict[str, Any]:
    """One version of the involvement plan."""
    return {
        "limits": "No money, no medicine, no driving the children.",
        "tasks": tasks,
        "visits_a_week": 2,
        "length_weeks": 26,
        "review_on": review_on.isoformat(),
        "family_input": "We would like somebody in the afternoons.",
        "childs_view": "Wants to play football.",
        "signatories": [{"role": role, "person": str(person)} for role, person in signatories],
    } | other


def on_behalf_of(person: UUID, **other: Any) -> dict[str, Any]:
    """How a worker records what a family member said."""
    words = {"on_behalf_of": str(person), "method": "in_person", "evidence": "The signed form is in the case file."}
    return words | other
