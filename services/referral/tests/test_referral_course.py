"""A referral's course over HTTP: each step, each gate, each refusal, and what is told of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.referral.domain.referral import LIFECYCLE, Status
from services.referral.tests.factories import LAWFUL, RISK, Case, Partnership, problem
from shared.auth import Role
from shared.events.matching import MatchStarted
from shared.ids import new_id

REASON = {"reason_code": "capacity"}
STEPS: dict[str, tuple[Status, dict[str, Any] | None]] = {
    "submit": (Status.SUBMITTED, None),
    "triage": (Status.UNDER_TRIAGE, None),
    "accept": (Status.ACCEPTED, None),
    "decline": (Status.DECLINED, REASON),
    "signpost": (Status.SIGNPOSTED, REASON),
    "withdraw": (Status.WITHDRAWN, REASON),
    "begin-ending": (Status.ENDING, None),
    "conclude": (
        Status.CONCLUDED,
        REASON
        | {
            "exceptions": [
                {"missing": name, "reason_code": "moved_away"}
                for name in ("family", "lead_practitioner", "closing_reading")
            ]
        },
    ),
}
ROUTE_TO = {
    Status.DRAFT: [],
    Status.SUBMITTED: ["submit"],
    Status.UNDER_TRIAGE: ["submit", "triage"],
    Status.ACCEPTED: ["submit", "triage", "assess", "accept"],
    Status.ACTIVE: ["submit", "triage", "assess", "accept", "start"],
    Status.ENDING: ["submit", "triage", "assess", "accept", "start", "begin-ending"],
    Status.CONCLUDED: ["submit", "triage", "assess", "accept", "start", "begin-ending", "conclude"],
    Status.DECLINED: ["submit", "decline"],
    Status.SIGNPOSTED: ["submit", "signpost"],
    Status.WITHDRAWN: ["submit", "withdraw"],
}


async def take(here: Partnership, case: Case, step: str) -> Any:
    if step == "assess":
        return await here.coordinator.post(f"{case.path}/risk-assessments", RISK)
    if step == "start":
        await here.tell(MatchStarted(family=case.family.id, referral=case.id, match=new_id(), volunteer=new_id()))
        return None
    caller = here.system if step == "submit" else here.project_manager
    return await caller.post(f"{case.path}/{step}", STEPS[step][1], match=case.version)


async def bring_to(here: Partnership, status: Status) -> Case:
    case = await here.draft()
    for step in ROUTE_TO[status]:
        await take(here, case, step)
        if step != "assess" or case.version:
            case.version = (await here.system.get(case.path)).json()["version"]
    assert (await here.system.get(case.path)).json()["status"] == status
    return case


@pytest.mark.parametrize("status", list(Status))
async def test_from_every_status_exactly_the_lifecycles_steps_are_possible(here: Partnership, status: Status) -> None:
    if status is Status.DRAFT:
        # The receiving organisation does not see a draft, so only its author can try.
        case = await bring_to(here, status)
        assert (await take(here, case, "triage")).status_code == 404
        assert (await take(here, case, "submit")).status_code == 200
        return
    case = await bring_to(here, status)
    legal = [step for step, (wanted, _) in STEPS.items() if LIFECYCLE.allows(status, wanted)]
    for step in STEPS.keys() - set(legal):
        answer = await take(here, case, step)
        assert answer.status_code == 409, (status, step)
        document = answer.json()
        assert problem(document) == "illegal-move"
        assert (document["from"], document["to"]) == (status, STEPS[step][0])
    for step in legal:
        answer = await take(here, await bring_to(here, status), step)
        expected = "gate-risk-assessment" if step == "accept" else None
        assert (problem(answer.json()) if answer.status_code == 409 else None) == expected, (status, step)


async def test_a_family_is_referred_triaged_assessed_and_accepted(here: Partnership) -> None:
    case = await here.triaged()
    refused = await here.project_manager.post(f"{case.path}/accept", match=case.version)
    assert refused.status_code == 409
    assert problem(refused.json()) == "gate-risk-assessment"
    assert (await here.coordinator.post(f"{case.path}/risk-assessments", RISK)).status_code == 201
    await here.reread(case)
    await here.move(case, "accept", here.project_manager)
    assert (await here.reread(case))["status"] == "accepted"
    assert await here.events() == [
        "case-access.changed",
        "family.registered",
        "case-access.changed",
        "referral.submitted",
        "referral.triaged",
        "risk-assessment.completed",
        "referral.accepted",
    ]
    (accepted,) = await here.told("referral.accepted")
    assert accepted["children"] == [str(one) for one in case.family.children]
    assert accepted["detail"] == case.path


async def test_what_was_written_is_read_again_and_is_sealed_in_the_database(here: Partnership) -> None:
    case = await here.submitted()
    found = await here.reread(case)
    assert found["reason_text"] == "Mother is alone with three small children."
    assert found["requests"] == {
        "volunteer_gender": "female",
        "visits_a_week": 2,
        "skills": ["cooking"],
        "interests": [],
        "knowledge": [],
        "language": "so",
        "availability": [],
        "age_from": None,
        "age_to": None,
        "volunteers": 1,
    } | {"faith": None, "faith_may_count": False}
    assert found["agreement"]["agreed"] is True
    assert found["lawful_basis"] == LAWFUL | {"criminal_condition": None}
    async with here.service.parts.app.open(here.work("service")) as session:
        connection = await session.connection()
        row = (await connection.exec_driver_sql("SELECT row_to_json(r)::text FROM referrals r")).scalar_one()
    assert "Mother" not in row
    assert "cooking" not in row


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        ({"lawful_basis": None}, ["lawful_basis", "special_category_condition"]),
        ({"informed": None}, ["informed"]),
    ],
)
async def test_nothing_is_submitted_without_its_lawful_basis(
    here: Partnership, left_out: dict[str, Any], missing: list[str]
) -> None:
    case = await here.draft(**left_out)
    refused = await here.system.post(f"{case.path}/submit", match=case.version)
    assert refused.status_code == 409
    assert problem(refused.json()) == "lawful-basis-missing"
    assert refused.json()["missing"] == missing
    assert "referral.submitted" not in await here.events()
    put = await here.system.send(
        "PUT", case.path, json=here.referral_body(case.family), headers={"If-Match": f'"{case.version}"'}
    )
    assert put.status_code == 200, put.text
    case.version = put.json()["version"]
    await here.move(case, "submit", here.system)


async def test_a_submitted_referral_cannot_be_replaced(here: Partnership) -> None:
    case = await here.submitted()
    put = await here.system.send(
        "PUT", case.path, json=here.referral_body(case.family), headers={"If-Match": f'"{case.version}"'}
    )
    assert (put.status_code, problem(put.json())) == (409, "illegal-move")


async def test_a_family_that_was_not_informed_needs_a_coded_reason(here: Partnership) -> None:
    family = await here.family()
    body = here.referral_body(family, informed=False)
    assert (await here.system.post("/v1/referrals", body)).status_code == 422
    body["not_informed_reason"] = "risk_to_child"
    answer = await here.system.post("/v1/referrals", body)
    assert answer.status_code == 201


async def test_a_draft_is_seen_by_its_author_only(here: Partnership) -> None:
    first = await here.submitted()
    case = await here.draft(first.family)
    assert (await here.project_manager.get(case.path)).status_code == 404
    assert (await here.system.get(case.path)).status_code == 200
    listed = (await here.project_manager.get("/v1/referrals")).json()["items"]
    assert [one["id"] for one in listed] == [str(first.id)]


@pytest.mark.parametrize("step", ["decline", "signpost", "withdraw", "conclude"])
async def test_an_end_needs_a_reason(here: Partnership, step: str) -> None:
    case = await here.triaged()
    answer = await here.project_manager.post(f"{case.path}/{step}", {}, match=case.version)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": "/reason_code", "code": "missing", "message": "is required"}]


@pytest.mark.parametrize(
    ("step", "event"), [("decline", "declined"), ("signpost", "signposted"), ("withdraw", "withdrawn")]
)
async def test_every_way_out_is_told_with_its_reason(here: Partnership, step: str, event: str) -> None:
    case = await here.triaged()
    await here.move(case, step, here.project_manager, REASON)
    (told,) = await here.told(f"referral.{event}")
    assert told["reason_code"] == "capacity"
    assert (await here.reread(case))["outcome_reason"] == "capacity"


async def test_the_authority_may_withdraw_in_the_middle(here: Partnership) -> None:
    case = await here.accepted()
    await here.move(case, "withdraw", here.social_worker, {"reason_code": "family_changed_mind"})
    assert (await here.reread(case))["status"] == "withdrawn"


async def test_another_organisations_project_manager_does_not_decide(here: Partnership) -> None:
    case = await here.submitted()
    stranger = here.as_(Role.PROJECT_MANAGER, organisation=new_id(), person=new_id())
    assert (await stranger.post(f"{case.path}/triage", match=case.version)).status_code == 404
    inside_authority = here.as_(Role.PROJECT_MANAGER, person=new_id())
    assert (await inside_authority.post(f"{case.path}/triage", match=case.version)).status_code == 403


async def test_a_stale_etag_is_refused_and_a_missing_one_asked_for(here: Partnership) -> None:
    case = await here.submitted()
    stale = await here.project_manager.post(f"{case.path}/triage", match=case.version + 7)
    assert (stale.status_code, problem(stale.json())) == (412, "stale")
    missing = await here.project_manager.post(f"{case.path}/triage")
    assert (missing.status_code, problem(missing.json())) == (428, "if-match-required")
    assert (await here.reread(case))["status"] == "submitted"


async def test_the_etag_of_an_answer_is_the_one_to_move_with(here: Partnership) -> None:
    case = await here.submitted()
    answer = await here.project_manager.post(f"{case.path}/triage", match=case.version)
    assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
    assert (await here.project_manager.get(case.path)).headers["etag"] == answer.headers["etag"]


async def test_a_repeated_request_gets_the_same_answer_and_moves_once(here: Partnership) -> None:
    case = await here.submitted()
    headers = {"Idempotency-Key": str(new_id())}
    manager = here.project_manager
    first = await manager.post(f"{case.path}/triage", match=case.version, headers=headers)
    again = await manager.post(f"{case.path}/triage", match=case.version, headers=headers)
    assert first.status_code == again.status_code == 200
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    assert again.headers["etag"] == first.headers["etag"]
    assert (await here.events()).count("referral.triaged") == 1


async def test_history_tells_who_when_from_to_and_why(here: Partnership) -> None:
    case = await here.triaged()
    await here.coordinator.post(f"{case.path}/risk-assessments", RISK)
    await here.reread(case)
    await here.move(case, "decline", here.project_manager, REASON)
    history = (await here.project_manager.get(f"{case.path}/history")).json()
    assert [(row["from_status"], row["to_status"], row["reason_code"]) for row in history] == [
        (None, "draft", None),
        ("draft", "submitted", None),
        ("submitted", "under_triage", None),
        ("under_triage", "declined", "capacity"),
    ]
    assert history[-1]["actor"] == str(here.manager)
    assert history[-1]["actor_organisation"] == str(here.scheme)


async def test_when_it_happened_is_kept_apart_from_when_it_was_recorded(here: Partnership) -> None:
    received = datetime.now(UTC) - timedelta(days=30)
    case = await here.submitted(received_at=received.isoformat())
    at = (received + timedelta(days=1)).isoformat()
    await here.move(case, "triage", here.project_manager, {"happened_at": at})
    row = (await here.project_manager.get(f"{case.path}/history")).json()[-1]
    assert datetime.fromisoformat(row["happened_at"]) == received + timedelta(days=1)
    assert datetime.fromisoformat(row["recorded_at"]) > received + timedelta(days=29)


@pytest.mark.parametrize(("days", "code"), [(1, "in-the-future"), (-60, "before-receipt")])
async def test_a_step_cannot_happen_in_the_future_or_before_receipt(here: Partnership, days: int, code: str) -> None:
    case = await here.submitted(received_at=(datetime.now(UTC) - timedelta(days=30)).isoformat())
    at = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    answer = await here.project_manager.post(f"{case.path}/triage", {"happened_at": at}, match=case.version)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == code


async def test_what_is_to_be_said_of_a_key_goes_before_what_is_to_be_said_of_the_body(here: Partnership) -> None:
    case = await here.draft()
    key = {"Idempotency-Key": str(new_id())}
    done = await here.system.post(f"{case.path}/submit", {}, match=case.version, headers=key)
    for body, match in (({"unknown": 1}, 1), ({"happened_at": "never"}, 1), ({"unknown": 1}, None)):
        refused = await here.system.post(f"{case.path}/submit", body, match=match, headers=key)
        assert (refused.status_code, problem(refused.json())) == (422, "idempotency-key-reused"), (body, match)
    again = await here.system.post(f"{case.path}/submit", {}, match=case.version, headers=key)
    assert (again.text, again.headers["idempotency-replayed"]) == (done.text, "true")


async def test_a_key_of_a_referral_that_is_not_there_is_free_again(here: Partnership) -> None:
    key = {"Idempotency-Key": str(new_id())}
    for status in (404, 404):
        missing = await here.system.post(f"/v1/referrals/{new_id()}/submit", {}, match=1, headers=key)
        assert missing.status_code == status
