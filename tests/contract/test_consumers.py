"""What one process reads of the referral service: the consumer's own parser on the provider's real and frozen answers.

A provider that changes its answer and a consumer that wants another both break a test here. A frozen answer may gain
members; one that a consumer uses is never renamed, retyped or taken away.
"""

import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from pydantic import BaseModel

from services.matching.handlers.cases import ReferralCases as MatchingCases
from services.matching.schemas.facts import CaseFacts
from services.outcomes.handlers import ReferralCases as OutcomesCases
from services.outcomes.schemas.baseline import AssessmentVisit
from services.referral import handlers
from services.referral.main import create_app
from services.referral.tests.factories import BASELINE, RISK, Case, Partnership, today
from shared.errors import NotFound
from shared.ids import new_id
from shared.peers import Peers
from shared.state import State
from shared.testing import running

FROZEN: Final = Path(__file__).parent / "frozen_http"
# Whose parser reads which answer.
PARSERS: Final[dict[str, type[BaseModel]]] = {
    "case-facts": CaseFacts,
    "assessment-visit": AssessmentVisit,
    "state": State,
}
SLOTS: Final = [
    {"weekday": weekday, "part": part}
    for weekday, part in itertools.product(
        ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("morning", "afternoon", "evening")
    )
]
REQUESTS: Final = {
    "volunteer_gender": "female",
    "visits_a_week": 2,
    "skills": ["cooking"],
    "interests": ["football"],
    "knowledge": ["autism"],
    "language": "so",
    "availability": SLOTS,
    "age_from": 25,
    "age_to": 60,
    "volunteers": 2,
    "ethnicity_may_count": True,
    "faith": "muslim",
    "faith_may_count": True,
}
VISIT: Final = {"visited_on": today().isoformat(), "risk": RISK, "baseline": BASELINE, "notes": "A tidy flat."}


class InProcess(Peers):
    """A worker's reading, answered by the real service in this process instead of over the network."""

    def __init__(self, provider: Partnership) -> None:
        self._provider = provider
        self.last: Any = None

    async def get(self, service: str, path: str, partnership: UUID) -> Any:
        assert (service, partnership) == ("referral", self._provider.id)
        answer = await self._provider.worker.get(path)
        if answer.status_code == 404:
            raise NotFound
        assert answer.status_code == 200, answer.text
        self.last = answer.json()
        return self.last


@pytest.fixture(scope="module")
async def provider(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Partnership]:
    async with running(create_app, environment_of("referral"), handlers.register()) as service:
        yield Partnership(service)


@pytest.fixture(scope="module")
async def case(provider: Partnership) -> Case:
    """An accepted referral in which everything is said that can be said, with its assessment visit."""
    accepted = await provider.accepted(requests=REQUESTS)
    answer = await provider.coordinator.post(f"{accepted.path}/assessment-visit", VISIT)
    assert answer.status_code == 201, answer.text
    return accepted


def frozen(name: str) -> Any:
    return json.loads((FROZEN / f"{name}.json").read_text())["answer"]


def kinds(node: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """(pointer, JSON type) of everything in an answer; members of a list and of the star's areas share a place."""
    yield place, "number" if isinstance(node, int | float) and not isinstance(node, bool) else type(node).__name__
    if isinstance(node, dict):
        for name, value in node.items():
            yield from kinds(value, f"{place}/{'*' if place.endswith('/areas') else name}")
    elif isinstance(node, list):
        for value in node:
            yield from kinds(value, f"{place}/*")


def used(parser: type[BaseModel], place: str = "") -> Iterator[str]:
    """Pointers of everything that a consumer's parser looks at."""
    for name, one in parser.model_fields.items():
        yield f"{place}/{name}"
        kind = one.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from used(kind, f"{place}/{name}")


def with_more(node: Any) -> Any:
    """The same answer from a provider that has learnt to say more."""
    if isinstance(node, dict):
        return {name: with_more(value) for name, value in node.items()} | (
            {} if set(node) == {"safety", "routine"} else {"said_since": {"more": 1}}
        )
    return [with_more(value) for value in node] if isinstance(node, list) else node


async def test_matching_reads_everything_that_it_weighs_from_the_real_case_facts(
    provider: Partnership, case: Case
) -> None:
    facts = await MatchingCases(InProcess(provider)).facts(provider.id, case.id)
    assert (facts.children, facts.adults) == ((case.child,), (case.family.parent,))
    assert (facts.outcode, facts.languages, facts.ethnicity) == ("SS1", ("en", "so"), "WBRI")
    assert len(facts.ages) == 1
    need = facts.need()
    assert (need.gender, need.visits_a_week, need.age_from, need.age_to) == ("female", 2, 25, 60)
    assert [*need.skills, *need.interests, *need.knowledge, *need.languages] == ["cooking", "football", "autism", "so"]
    assert (need.ethnicity, need.ethnicity_counts) == ("WBRI", True)
    assert (need.faith, need.faith_counts) == ("muslim", True)
    assert need.availability == {f"{slot['weekday']}-{slot['part']}" for slot in SLOTS}
    assert facts.requests.volunteers == 2


async def test_matching_reads_the_facts_of_a_family_that_asked_for_nothing_and_told_little(
    provider: Partnership,
) -> None:
    family = await provider.family(persons=[{"role": "child", "given_name": "Noor"}], languages=[])
    silent = await provider.submitted(family, requests={})
    facts = await MatchingCases(InProcess(provider)).facts(provider.id, silent.id)
    assert (facts.outcode, facts.ethnicity, facts.languages, facts.ages) == (None, None, (), ())
    assert facts.need().availability == frozenset()


async def test_outcomes_reads_the_baseline_from_the_real_assessment_visit(provider: Partnership, case: Case) -> None:
    answer = await OutcomesCases(InProcess(provider)).assessment_visit(case.id, provider.id)
    visit = AssessmentVisit.model_validate(answer)
    assert visit.visited_on == today()
    assert visit.baseline.model_dump() == BASELINE


async def test_what_is_not_there_is_said_the_way_that_a_reading_worker_understands(provider: Partnership) -> None:
    peers = InProcess(provider)
    with pytest.raises(NotFound):
        await MatchingCases(peers).facts(provider.id, new_id())
    with pytest.raises(NotFound):
        await OutcomesCases(peers).assessment_visit(new_id(), provider.id)


async def test_the_real_answers_are_what_was_frozen(provider: Partnership, case: Case) -> None:
    peers = InProcess(provider)
    await MatchingCases(peers).facts(provider.id, case.id)
    assert set(kinds(frozen("case-facts"))) <= set(kinds(peers.last))
    await OutcomesCases(peers).assessment_visit(case.id, provider.id)
    assert set(kinds(frozen("assessment-visit"))) <= set(kinds(peers.last))


async def test_the_state_that_the_console_shows_is_what_was_frozen(provider: Partnership) -> None:
    answer = await provider.service.anonymous().get("/state")
    said = State.model_validate(answer.json())
    assert said.service == "referral"
    # The age of a worker that was never there is null; everything else has its type.
    expected = {one for one in kinds(frozen("state")) if one[0] != "/worker_seen_seconds"}
    assert expected <= set(kinds(answer.json()))
    assert "worker_seen_seconds" in answer.json()


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_each_consumer_uses_only_what_is_frozen(name: str) -> None:
    assert set(used(PARSERS[name])) <= {place for place, _ in kinds(frozen(name))}


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_each_consumer_bears_a_provider_that_says_more(name: str) -> None:
    parser, answer = PARSERS[name], frozen(name)
    assert parser.model_validate(with_more(answer)) == parser.model_validate(answer)


def test_every_frozen_answer_has_its_parser() -> None:
    assert sorted(path.stem for path in FROZEN.glob("*.json")) == sorted(PARSERS)


def test_matching_understands_the_frozen_case_facts() -> None:
    facts = CaseFacts.model_validate(frozen("case-facts"))
    need = facts.need()
    assert (*facts.ages, need.outcode, *need.languages, need.ethnicity) == (7, "SS1", "so", "WBRI")
    assert need.availability == {"mon-morning", "sun-evening"}
    assert (need.gender, need.age_from, need.age_to, facts.requests.volunteers) == ("female", 25, 60, 2)


def test_outcomes_understands_the_frozen_assessment_visit() -> None:
    visit = AssessmentVisit.model_validate(frozen("assessment-visit"))
    assert (visit.visited_on, visit.baseline.areas) == (date(2026, 1, 12), {"safety": 4, "routine": 6})
