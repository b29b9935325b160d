"""The end of a referral: what has to exist, in whatever order it is heard."""

from typing import Any
from uuid import UUID

from services.referral.tests.factories import Case, Partnership, problem, today
from shared.events.matching import MatchIntroduced, MatchStarted
from shared.events.outcomes import EvaluationRecorded, ReadingRecorded
from shared.ids import new_id

CONCLUDE: dict[str, Any] = {"reason_code": "goals_met"}


def evaluation(case: Case, by: str, volunteer: UUID | None = None) -> EvaluationRecorded:
    return EvaluationRecorded(family=case.family.id, referral=case.id, evaluation=new_id(), by=by, volunteer=volunteer)


def reading(case: Case, occasion: str = "closing") -> ReadingRecorded:
    return ReadingRecorded(
        family=case.family.id,
        referral=case.id,
        reading=new_id(),
        instrument="family_star",
        occasion=occasion,
        read_on=today(),
    )


async def in_ending(here: Partnership, volunteer: UUID) -> Case:
    case = await here.accepted()
    match, person = new_id(), new_id()
    about = {"family": case.family.id, "referral": case.id, "match": match, "volunteer": volunteer}
    await here.tell(MatchIntroduced(**about, volunteer_person=person))
    await here.tell(MatchStarted(**about))
    await here.reread(case)
    await here.move(case, "begin-ending", here.project_manager)
    return case


async def test_a_referral_is_concluded_when_all_is_there(here: Partnership) -> None:
    volunteer = new_id()
    case = await in_ending(here, volunteer)
    path = f"{case.path}/conclude"
    early = await here.project_manager.post(path, CONCLUDE, match=case.version)
    assert (early.status_code, problem(early.json())) == (409, "gate-evaluations")
    assert early.json()["missing"] == ["family", "lead_practitioner", f"volunteer:{volunteer}", "closing_reading"]
    assert early.json()["waiting_for"] == ["circle.evaluation.recorded.v1", "circle.reading.recorded.v1"]
    assert early.headers["retry-after"] == "1"
    for event in (
        evaluation(case, "family"),
        evaluation(case, "lead_practitioner"),
        evaluation(case, "volunteer", volunteer),
        reading(case, "baseline"),
    ):
        await here.tell(event)
    almost = await here.project_manager.post(path, CONCLUDE, match=case.version)
    assert almost.json()["missing"] == ["closing_reading"]
    await here.tell(reading(case))
    await here.move(case, "conclude", here.project_manager, CONCLUDE)
    (told,) = await here.told("referral.concluded")
    assert told["reason_code"] == "goals_met"


async def test_the_same_key_may_try_again_once_the_facts_are_there(here: Partnership) -> None:
    volunteer = new_id()
    case = await in_ending(here, volunteer)
    headers = {"Idempotency-Key": str(new_id())}
    manager, path = here.project_manager, f"{case.path}/conclude"
    assert (await manager.post(path, CONCLUDE, match=case.version, headers=headers)).status_code == 409
    for event in (
        evaluation(case, "family"),
        evaluation(case, "social_worker"),
        evaluation(case, "volunteer", volunteer),
        reading(case),
    ):
        await here.tell(event)
    assert (await manager.post(path, CONCLUDE, match=case.version, headers=headers)).status_code == 200


async def test_facts_that_come_before_the_ending_count_too(here: Partnership) -> None:
    case = await here.accepted()
    for event in (evaluation(case, "family"), evaluation(case, "lead_practitioner"), reading(case)):
        await here.tell(event)
        await here.tell(event)
    await here.tell(MatchStarted(family=case.family.id, referral=case.id, match=new_id(), volunteer=new_id()))
    await here.reread(case)
    await here.move(case, "begin-ending", here.project_manager)
    await here.move(case, "conclude", here.project_manager, CONCLUDE)


async def test_a_coded_reason_stands_for_what_cannot_be_had(here: Partnership) -> None:
    volunteer = new_id()
    case = await in_ending(here, volunteer)
    for event in (evaluation(case, "lead_practitioner"), reading(case)):
        await here.tell(event)
    exceptions = [
        {"missing": "family", "reason_code": "moved_away"},
        {"missing": f"volunteer:{volunteer}", "reason_code": "left"},
    ]
    await here.move(case, "conclude", here.project_manager, CONCLUDE | {"exceptions": exceptions})
    assert (await here.reread(case))["status"] == "concluded"


async def test_an_exception_that_names_nothing_known_is_malformed(here: Partnership) -> None:
    case = await here.draft()
    body = CONCLUDE | {"exceptions": [{"missing": "the weather", "reason_code": "rain"}]}
    answer = await here.project_manager.post(f"{case.path}/conclude", body, match=case.version)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/exceptions/0/missing"
