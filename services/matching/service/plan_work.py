"""What the computation of a plan reads before it and writes after it; what lies between takes no connection."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import scoring
from services.matching.domain.planning.telling import written
from services.matching.domain.plans import DAYS_A_WEEK, MOST_ATTEMPTS, PlanStatus, Refusal, Stage
from services.matching.models import MatchPlan, MatchRequest, PlanLack, PlanPair
from services.matching.repository import plans as repository
from services.matching.service.desk import Desk
from services.matching.service.plan_reading import NO_TIES, STATE, Begun, Changed, Reading
from services.matching.service.plans import KIND, move
from shared import clocks, outbox
from shared.crypto import Cipher, Subject, SubjectKind
from shared.db import now_of
from shared.events.matching import MatchPlanPlanned
from shared.jobs import NoLongerWantedError, Plain, Task

REPORT: Final = "match_plans.report"
WHY: Final = "match_plan_pairs.why"
LACK: Final = "match_plan_lacks.lack"
_ANEW: Final = "services.matching.solving"
_AGAIN: Final = "services.matching.replanning"


@dataclass(frozen=True, slots=True)
class PlanJob:
    """Computing one plan (`shared.jobs`)."""

    desk: Desk

    async def begin(self, session: AsyncSession, subject: UUID) -> Begun | None:
        plan = await repository.get(session, subject, lock=True)
        if plan.status is not PlanStatus.COMPUTING:
            await clocks.stop(session, KIND, subject)
            return None
        plan.attempts += 1
        if plan.attempts > MOST_ATTEMPTS:
            await _refuse(session, plan, Refusal.GAVE_UP)
            return None
        return await (await Reading.of(session, self.desk, plan)).begun()

    async def task(self, begun: Begun) -> Task:
        given = await asyncio.to_thread(_task, begun)
        return Task(_AGAIN, given | _changed(begun.changed)) if begun.changed else Task(_ANEW, given)

    async def note(self, session: AsyncSession, subject: UUID, stage: str) -> None:
        if not await repository.note_stage(session, subject, Stage(stage)):
            raise NoLongerWantedError

    async def end(self, session: AsyncSession, subject: UUID, begun: Begun, answer: Plain | None) -> None:
        plan = await repository.get(session, subject, lock=True)
        if plan.status is not PlanStatus.COMPUTING:
            return
        if answer is None or "refused" in answer:
            await _refuse(session, plan, Refusal(answer["refused"]) if answer else Refusal.GAVE_UP)
            return
        move(session, plan, PlanStatus.PLANNED)
        plan.stage = plan.stage_at = None
        plan.planned_at = now_of(session)
        plan.policy_version = begun.policy.version
        plan.code_version = scoring.VERSION
        plan.totals = _totals(answer)
        cipher = await self.desk.vault.cipher(plan.partnership_id, Subject.case(plan.id))
        plan.report = cipher.seal(REPORT, orjson.dumps(answer["recruits"]).decode())
        plan.state = cipher.seal(STATE, begun.basis.written(answer["state"]))
        if begun.changed is not None:
            await self._copy(session, plan, answer)
        lacks = await self._former_lacks(session, plan, answer["lacks"]) if begun.changed else {}
        await self._keep(session, plan, answer, lacks)
        await clocks.stop(session, KIND, plan.id)
        outbox.add(session, MatchPlanPlanned(plan=plan.id), audience=[plan.organisation_id])

    async def _copy(self, session: AsyncSession, plan: MatchPlan, answer: Plain) -> None:
        """What is told as in the former plan is copied as it lies there, sealed. Who was erased is left out."""
        gone = await self.desk.vault.gone(plan.partnership_id, SubjectKind.CASE)
        await repository.copy_pairs(session, plan, answer["other"], gone)
        await repository.copy_lacks(session, plan, answer["other_lacks"], gone)

    async def _keep(self, session: AsyncSession, plan: MatchPlan, answer: Plain, lacks: Mapping[str, Plain]) -> None:
        """One row for each pair and each lack, under the key of its case. Who was erased meanwhile is left out.

        What was known of `lacks` before is told beside what has changed of them.
        """
        wanted = {UUID(one["family"]) for one in (*answer["pairs"], *answer["lacks"])}
        family = {str(one): case for one, case in (await repository.families_of(session, wanted)).items()}
        ciphers = await self._ciphers(plan, family.values())
        for one in answer["pairs"]:
            if (case := family.get(one["family"])) and (cipher := ciphers.get(Subject.case(case))):
                session.add(_pair(plan, one, case, cipher))
        for one in answer["lacks"]:
            if (case := family.get(one["family"])) and (cipher := ciphers.get(Subject.case(case))):
                session.add(_lack(plan, lacks.get(one["family"], {}) | one, case, cipher))

    async def _former_lacks(self, session: AsyncSession, plan: MatchPlan, lacks: Sequence[Plain]) -> dict[str, Plain]:
        """What the former plan said of these families."""
        assert plan.based_on_id is not None  # noqa: S101 - there is one
        found = await repository.list_lacks_of(session, plan.based_on_id, [UUID(one["family"]) for one in lacks])
        ciphers = await self._ciphers(plan, [one.family_id for one in found])
        return {
            str(one.match_request_id): orjson.loads(cipher.open(LACK, one.lack))
            for one in found
            if (cipher := ciphers.get(Subject.case(one.family_id)))
        }

    async def _ciphers(self, plan: MatchPlan, cases: Collection[UUID]) -> dict[Subject, Cipher]:
        subjects = set(map(Subject.case, cases))
        return await self.desk.vault.ciphers(plan.partnership_id, subjects) if subjects else {}


def _task(begun: Begun) -> Plain:
    asked, family = begun.asked, {one.id: one.family_id for one in begun.waiting}
    day = begun.basis.day
    return {
        "objective": begun.plan.objective,
        "policy": asdict(begun.policy),
        "pinned": _written(asked.pinned),
        "forbidden": _written(sorted({*asked.forbidden, *begun.taken})),
        "waiting": [
            _waits(one, day)
            | {"need": written(begun.facts[one.id].need()), "ties": written(begun.ties.get(family[one.id], NO_TIES))}
            for one in begun.waiting
            if one.id in begun.facts and one.id not in asked.without_families
        ],
        "candidates": [written(one) for one in begun.candidates if one.id not in asked.without_volunteers],
        "without_families": sorted(map(str, asked.without_families)),
        "without_volunteers": sorted(map(str, asked.without_volunteers)),
    }


def _changed(changed: Changed) -> Plain:
    return {
        "state": changed.state,
        "families": list(map(str, changed.families)),
        "volunteers": list(map(str, changed.volunteers)),
        "standing": _pins(changed.standing),
        "pins": _pins(changed.pins),
    }


def _pins(pins: Mapping[tuple[UUID, UUID], int]) -> list[Plain]:
    return [
        {"family": str(family), "volunteer": str(volunteer), "score": score}
        for (family, volunteer), score in pins.items()
    ]


def _written(pairs: Sequence[tuple[UUID, UUID]]) -> list[list[str]]:
    return [[str(family), str(volunteer)] for family, volunteer in pairs]


def _waits(one: MatchRequest, day: date) -> Plain:
    weeks = max(0, (day - one.waiting_since).days) // DAYS_A_WEEK
    return {"id": str(one.id), "wanted": one.volunteers_wanted - one.places_taken, "weeks": weeks}


async def _refuse(session: AsyncSession, plan: MatchPlan, why: Refusal) -> None:
    move(session, plan, PlanStatus.REFUSED, why)
    plan.stage = plan.stage_at = None
    await clocks.stop(session, KIND, plan.id)


def _totals(answer: Plain) -> dict[str, Any]:
    gap = answer["proof"]["bound"] - answer["proof"]["worth"]
    reached: dict[str, Any] = answer["totals"] | answer["compared"]
    return reached | {"eligible_pairs": answer["eligible_pairs"], "gap": gap}


def _pair(plan: MatchPlan, one: Plain, family: UUID, cipher: Cipher) -> PlanPair:
    why = {name: one.get(name) for name in ("place", "of", "passed_over")}
    return PlanPair(
        partnership_id=plan.partnership_id,
        plan_id=plan.id,
        match_request_id=UUID(one["family"]),
        family_id=family,
        volunteer_id=UUID(one["volunteer"]),
        score=one["score"],
        pinned=one["pinned"],
        why=cipher.seal(WHY, orjson.dumps(why).decode()),
    )


def _lack(plan: MatchPlan, one: Plain, family: UUID, cipher: Cipher) -> PlanLack:
    return PlanLack(
        partnership_id=plan.partnership_id,
        plan_id=plan.id,
        match_request_id=UUID(one["family"]),
        family_id=family,
        places=one["places"],
        lack=cipher.seal(LACK, orjson.dumps(one).decode()),
    )
