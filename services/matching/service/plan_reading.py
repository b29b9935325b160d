"""What a plan is made of, read in one transaction: everybody, or beside a former plan whoever is not as before."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.matches import planned_until
from services.matching.domain.needs import Candidate, Need, Ties
from services.matching.domain.scoring import Weigher
from services.matching.domain.weights import MatchingPolicy
from services.matching.models import MatchPlan, MatchRequest
from services.matching.repository import plans as repository
from services.matching.schemas.facts import CaseFacts
from services.matching.service import plan_basis, policies, pool
from services.matching.service.days import today
from services.matching.service.desk import Desk
from services.matching.service.plan_basis import Basis
from services.matching.service.requests import FACTS
from shared.crypto import Cipher, Subject

STATE: Final = "match_plans.state"
NO_TIES: Final = Ties()
Pairs = Collection[tuple[UUID, UUID]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is pinned, forbidden and left out: by this plan and by all that it goes back to."""

    pinned: tuple[tuple[UUID, UUID], ...]
    forbidden: frozenset[tuple[UUID, UUID]]
    without_families: frozenset[UUID]
    without_volunteers: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Changed:
    """Who is not as in the former plan, what that plan kept, and the pins: those of before, and those that are new."""

    state: str
    families: frozenset[UUID]
    volunteers: frozenset[UUID]
    standing: Mapping[tuple[UUID, UUID], int]
    pins: Mapping[tuple[UUID, UUID], int]


@dataclass(frozen=True, slots=True)
class Begun:
    """A plan and what it is computed from: of everybody, or, with `changed`, as far as that looks at anybody."""

    plan: MatchPlan
    basis: Basis
    policy: MatchingPolicy
    asked: Asked
    waiting: Sequence[MatchRequest]
    facts: Mapping[UUID, CaseFacts]
    ties: Mapping[UUID, Ties]
    taken: Pairs
    candidates: Sequence[Candidate]
    changed: Changed | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One plan's reading: the session, the keys, the plan and the rules of the day."""

    session: AsyncSession
    desk: Desk
    plan: MatchPlan
    policy: MatchingPolicy
    day: date

    @classmethod
    async def of(cls, session: AsyncSession, desk: Desk, plan: MatchPlan) -> "Reading":
        return cls(session, desk, plan, await policies.current(session), today(session))

    async def begun(self) -> Begun:
        """From nothing where there is no former plan, or where it was made by other rules or on another day."""
        basis = await plan_basis.read(self.session, self.desk.vault, self.plan, self.policy.version, self.day)
        asked, standing, dropped = await self._asked(basis)
        former = await self._former(basis)
        if former is None:
            return await self._whole(basis, asked)
        before, state = former
        families, volunteers = plan_basis.changed(before, basis)
        # Whoever was pinned to somebody who is no longer there has a place again.
        families |= {family for family, _ in dropped}
        volunteers |= {volunteer for _, volunteer in dropped}
        return await self._changed((basis, asked), state, standing, (families, volunteers))

    async def _asked(self, basis: Basis) -> tuple[Asked, dict[tuple[UUID, UUID], int], Pairs]:
        """All that was asked; the former plan's pins that stand, and those that are matches or gone."""
        plan = self.plan
        former = await repository.list_pinned(self.session, plan.based_on_id) if plan.based_on_id else []
        waiting = basis.waiting(one.match_request_id for one in former)
        there = basis.there(one.volunteer_id for one in former)
        pins = {
            (one.match_request_id, one.volunteer_id): one.score
            for one in former
            if one.match_id is None and one.match_request_id in waiting and one.volunteer_id in there
        }
        dropped = {(one.match_request_id, one.volunteer_id) for one in former} - pins.keys()
        all_asked = await repository.list_asked(self.session, plan.id)
        asked = Asked(
            tuple(dict.fromkeys([*pins, *_pairs(plan.asked["pinned"])])),
            frozenset(pair for one in all_asked for pair in _pairs(one["forbidden"])),
            frozenset(UUID(family) for one in all_asked for family in one["without_families"]),
            frozenset(UUID(volunteer) for one in all_asked for volunteer in one["without_volunteers"]),
        )
        return asked, pins, dropped

    async def _former(self, basis: Basis) -> tuple[Basis, str] | None:
        if self.plan.based_on_id is None:
            return None
        former = await repository.get(self.session, self.plan.based_on_id)
        assert former.state is not None  # noqa: S101 - as every plan that was computed has
        own = await self.desk.vault.cipher(former.partnership_id, Subject.case(former.id))
        kept = plan_basis.of(own.open(STATE, former.state))
        return kept if kept and kept[0].stands_on(basis) else None

    async def _whole(self, basis: Basis, asked: Asked) -> Begun:
        waiting = await repository.list_waiting(self.session)
        facts = await self._facts(waiting)
        return Begun(
            self.plan,
            basis,
            self.policy,
            asked,
            waiting,
            facts,
            await _ties(self.session),
            await repository.live_pairs(self.session, {one.id for one in waiting}),
            await self._candidates(facts, None),
        )

    async def _changed(
        self,
        wanted: tuple[Basis, Asked],
        state: str,
        standing: Mapping[tuple[UUID, UUID], int],
        changed: tuple[set[UUID], set[UUID]],
    ) -> Begun:
        """Of a family that is not as before all volunteers are looked at, of such a volunteer all families."""
        (basis, asked), (families, volunteers) = wanted, changed
        new = [pair for pair in asked.pinned if pair not in standing]
        alone = await self._alone({*(volunteer for _, volunteer in new), *volunteers})
        # Who could be with nobody is in no plan, unless pinned; nobody's wishes need be known for that.
        volunteers |= {volunteer for _, volunteer in new if volunteer in alone}
        named = families | {family for family, _ in new}
        whole = None if basis.there(volunteers) - alone - asked.without_volunteers else named
        waiting = await repository.list_waiting(self.session, whole)
        facts = await self._facts(waiting)
        some = None if basis.waiting(families) else {*volunteers, *(volunteer for _, volunteer in new)}
        begun = Begun(
            self.plan,
            basis,
            self.policy,
            asked,
            waiting,
            facts,
            await _ties(self.session) if waiting else {},
            await repository.live_pairs(self.session, {one.id for one in waiting}),
            await self._candidates(facts, some),
        )
        scores = _scores(begun, new)
        return replace(begun, changed=Changed(state, frozenset(families), frozenset(volunteers), standing, scores))

    async def _alone(self, people: Collection[UUID]) -> set[UUID]:
        """Who of these could be with no family whatever it asks for."""
        if not people:
            return set()
        anybody = Weigher(Need(), self.policy)
        until = planned_until(self.day, self.plan.weeks_planned)
        found = await pool.read(self.session, self.desk, Need(), self.day, until, wanted=people)
        return {one.id for one in found.candidates if anybody.exclusions(one)}

    async def _candidates(
        self, facts: Mapping[UUID, CaseFacts], wanted: Collection[UUID] | None
    ) -> Sequence[Candidate]:
        """What is sealed is opened where some family's wishes look at it."""
        looked_at = _looked_at([one.need() for one in facts.values()])
        until = planned_until(self.day, self.plan.weeks_planned)
        found = await pool.read(self.session, self.desk, looked_at, self.day, until, wanted=wanted)
        await pool.unseal(self.session, self.desk, found, looked_at, found.candidates)
        return found.candidates

    async def _facts(self, waiting: Sequence[MatchRequest]) -> dict[UUID, CaseFacts]:
        """What each family asked for; whose key was destroyed is left out."""
        subjects = {Subject.case(one.family_id) for one in waiting}
        ciphers = await self.desk.vault.ciphers(self.plan.partnership_id, subjects) if subjects else {}
        return await asyncio.to_thread(_opened, waiting, ciphers)


def _scores(begun: Begun, pins: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], int]:
    """How well each pinned pair fits, whatever stands against it; 0 where one of them is not there."""
    families, people = {one.id: one.family_id for one in begun.waiting}, {one.id: one for one in begun.candidates}
    found = dict.fromkeys(pins, 0)
    for family, volunteer in pins:
        if family in begun.facts and volunteer in people:
            ties = begun.ties.get(families[family], NO_TIES)
            weigher = Weigher(begun.facts[family].need(), begun.policy, ties)
            found[family, volunteer] = weigher.score(people[volunteer])
    return found


def _pairs(asked: Sequence[Sequence[str]]) -> list[tuple[UUID, UUID]]:
    return [(UUID(family), UUID(volunteer)) for family, volunteer in asked]


def _looked_at(needs: Sequence[Need]) -> Need:
    """A need that looks at every sealed trait that one of these looks at."""
    return Need(
        age_from=0 if any(one.asks_for_age for one in needs) else None,
        ethnicity="any" if any(one.ethnicity_counts and one.ethnicity for one in needs) else None,
        ethnicity_counts=True,
        faith="any" if any(one.faith_counts and one.faith for one in needs) else None,
        faith_counts=True,
    )


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
