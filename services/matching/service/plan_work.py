"""What the computation of a plan reads before it and writes after it; what lies between takes no connection."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain import scoring
from services.matching.domain.matches import planned_until
from services.matching.domain.needs import Candidate, Need, Ties
from services.matching.domain.planning.telling import written
from services.matching.domain.plans import DAYS_A_WEEK, MOST_ATTEMPTS, PlanStatus, Refusal, Stage
from services.matching.domain.weights import MatchingPolicy
from services.matching.models import MatchPlan, MatchRequest, PlanLack, PlanPair
from services.matching.repository import plans as repository
from services.matching.schemas.facts import CaseFacts
from services.matching.service import policies, pool
from services.matching.service.days import today
from services.matching.service.desk import Desk
from services.matching.service.plans import KIND, move
from services.matching.service.requests import FACTS
from shared import clocks, outbox
from shared.crypto import Cipher, Subject, SubjectKind
from shared.db import now_of
from shared.events.matching import MatchPlanPlanned
from shared.jobs import NoLongerWantedError, Plain

REPORT: Final = "match_plans.report"
STATE: Final = "match_plans.state"
WHY: Final = "match_plan_pairs.why"
LACK: Final = "match_plan_lacks.lack"
_NONE: Final = Ties()


@dataclass(frozen=True, slots=True)
class Begun:
    """A plan and all that it is computed from, as read in one transaction."""

    plan: MatchPlan
    former: MatchPlan | None
    former_pins: Sequence[PlanPair]
    former_lacks: Sequence[PlanLack]
    waiting: Sequence[Any]
    facts: Mapping[UUID, CaseFacts]
    ties: Mapping[UUID, Ties]
    taken: set[tuple[UUID, UUID]]
    candidates: Sequence[Candidate]
    free: Mapping[UUID, int]
    policy: MatchingPolicy
    day: date


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
        policy, day = await policies.current(session), today(session)
        former = await repository.get(session, plan.based_on_id) if plan.based_on_id else None
        waiting = await (repository.list_wanting if former else repository.list_waiting)(session)
        facts = {} if former else await self._facts(plan.partnership_id, waiting)
        return Begun(
            plan,
            former,
            await repository.list_pinned(session, former.id) if former else (),
            await repository.list_lacks(session, former.id, None, 10**6) if former else (),
            waiting,
            facts,
            {} if former else await _ties(session),
            set() if former else await repository.live_pairs(session, {one.id for one in waiting}),
            () if former else await self._candidates(session, facts, (day, plan.weeks_planned)),
            await repository.free_places(session) if former else {},
            policy,
            day,
        )

    async def _candidates(
        self, session: AsyncSession, facts: Mapping[UUID, CaseFacts], when: tuple[date, int]
    ) -> Sequence[Candidate]:
        """Everybody; what is sealed is opened where some family's wishes look at it."""
        looked_at = _looked_at([one.need() for one in facts.values()])
        found = await pool.read(session, self.desk, looked_at, when[0], planned_until(*when))
        await pool.unseal(session, self.desk, found, looked_at, found.candidates)
        return found.candidates

    async def _facts(self, partnership: UUID, waiting: Sequence[MatchRequest]) -> dict[UUID, CaseFacts]:
        """What each family asked for; whose key was destroyed is left out."""
        subjects = {Subject.case(one.family_id) for one in waiting}
        ciphers = await self.desk.vault.ciphers(partnership, subjects) if subjects else {}
        return await asyncio.to_thread(_opened, waiting, ciphers)

    async def task(self, begun: Begun) -> Plain:
        if begun.former is not None:
            return await self._task_again(begun, begun.former)
        return await asyncio.to_thread(_task, begun)

    async def _task_again(self, begun: Begun, former: MatchPlan) -> Plain:
        own = await self.desk.vault.cipher(former.partnership_id, Subject.case(former.id))
        assert former.state is not None  # noqa: S101 - as every plan that was computed has
        subjects = {Subject.case(one.family_id) for one in begun.former_lacks}
        ciphers = await self.desk.vault.ciphers(former.partnership_id, subjects) if subjects else {}
        return begun.plan.asked | {
            "state": own.open(STATE, former.state),
            "pins": [
                {"family": str(one.match_request_id), "volunteer": str(one.volunteer_id), "score": one.score}
                for one in begun.former_pins
                if one.match_id is None
            ],
            **_left(begun),
            "lacks": [
                orjson.loads(cipher.open(LACK, one.lack))
                for one in begun.former_lacks
                if (cipher := ciphers.get(Subject.case(one.family_id)))
            ],
        }

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
        plan.policy_version = begun.former.policy_version if begun.former else begun.policy.version
        plan.code_version = scoring.VERSION
        plan.totals = _totals(answer)
        cipher = await self.desk.vault.cipher(plan.partnership_id, Subject.case(plan.id))
        plan.report = cipher.seal(REPORT, orjson.dumps(answer["recruits"]).decode())
        plan.state = cipher.seal(STATE, answer["state"])
        await self._keep(session, plan, begun.waiting, answer)
        await clocks.stop(session, KIND, plan.id)
        outbox.add(session, MatchPlanPlanned(plan=plan.id), audience=[plan.organisation_id])

    async def _keep(self, session: AsyncSession, plan: MatchPlan, waiting: Sequence[Any], answer: Plain) -> None:
        """One row for each pair and each lack, under the key of its case. Who was erased meanwhile is left out.

        What is told of a pair as in the former plan is copied as it lies there, sealed.
        """
        if answer.get("same"):
            gone = await self.desk.vault.gone(plan.partnership_id, SubjectKind.CASE)
            await repository.copy_pairs(session, plan, answer["same"], gone)
        family = {str(one.id): one.family_id for one in waiting}
        subjects = {Subject.case(family[one["family"]]) for one in (*answer["pairs"], *answer["lacks"])}
        ciphers = await self.desk.vault.ciphers(plan.partnership_id, subjects) if subjects else {}
        for one in answer["pairs"]:
            if cipher := ciphers.get(Subject.case(family[one["family"]])):
                session.add(_pair(plan, one, family[one["family"]], cipher))
        for one in answer["lacks"]:
            if cipher := ciphers.get(Subject.case(family[one["family"]])):
                session.add(_lack(plan, one, family[one["family"]], cipher))


def _looked_at(needs: Sequence[Need]) -> Need:
    """A need that looks at every sealed trait that one of these looks at."""
    return Need(
        age_from=0 if any(one.asks_for_age for one in needs) else None,
        ethnicity="any" if any(one.ethnicity_counts and one.ethnicity for one in needs) else None,
        ethnicity_counts=True,
        faith="any" if any(one.faith_counts and one.faith for one in needs) else None,
        faith_counts=True,
    )


def _task(begun: Begun) -> Plain:
    without = set(map(UUID, begun.plan.asked["without_families"]))
    gone = set(map(UUID, begun.plan.asked["without_volunteers"]))
    return begun.plan.asked | {
        "objective": begun.plan.objective,
        "policy": asdict(begun.policy),
        "waiting": [
            _waits(one, begun.day)
            | {"need": written(begun.facts[one.id].need()), "ties": written(begun.ties.get(one.family_id, _NONE))}
            for one in begun.waiting
            if one.id in begun.facts and one.id not in without
        ],
        "candidates": [written(one) for one in begun.candidates if one.id not in gone],
        "forbidden": begun.plan.asked["forbidden"] + [[str(one), str(other)] for one, other in sorted(begun.taken)],
    }


def _left(begun: Begun) -> Plain:
    """How many each family of the former plan still wants and each volunteer still has, beside the former pins."""
    wanted = {one.id: one.volunteers_wanted - one.places_taken for one in begun.waiting}
    free = dict(begun.free)
    for pin in begun.former_pins:
        if pin.match_id is None:
            wanted[pin.match_request_id] = wanted.get(pin.match_request_id, 0) - 1
            free[pin.volunteer_id] = free.get(pin.volunteer_id, 0) - 1
    return {
        "wanted": {str(one): max(0, count) for one, count in wanted.items()},
        "free": {str(one): max(0, count) for one, count in free.items()},
    }


def _waits(one: MatchRequest, day: date) -> Plain:
    weeks = max(0, (day - one.waiting_since).days) // DAYS_A_WEEK
    return {"id": str(one.id), "wanted": one.volunteers_wanted - one.places_taken, "weeks": weeks}


def _opened(waiting: Sequence[MatchRequest], ciphers: Mapping[Subject, Cipher]) -> dict[UUID, CaseFacts]:
    return {
        one.id: CaseFacts.model_validate_json(cipher.open(FACTS, one.facts))
        for one in waiting
        if (cipher := ciphers.get(Subject.case(one.family_id)))
    }


async def _ties(session: AsyncSession) -> dict[UUID, Ties]:
    """What stands between each family and single volunteers."""
    found: dict[UUID, dict[str, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    for family, volunteer, kind in await repository.conflicts(session):
        found[family]["conflict" if kind == "conflict_of_interest" else "known"].add(volunteer)
    for family, volunteer in await repository.refused(session):
        found[family]["refused"].add(volunteer)
    unlucky = set()
    for family, volunteer, reason in await repository.ended(session):
        found[family]["had"].add(volunteer)
        if not pool.may_come_back(reason):
            unlucky.add((family, volunteer))
    for family, volunteer in unlucky:
        found[family]["had"].discard(volunteer)
    return {family: Ties(**{name: frozenset(ids) for name, ids in ties.items()}) for family, ties in found.items()}


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
