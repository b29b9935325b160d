"""Idempotency-Key: once is once, however often and however much at once it is asked."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from shared.auth import Role
from shared.ids import new_id
from shared.tests.house import House
from shared.tests.widgets import GATE

BODY = {"label": "a marker that is personal"}
GRANT = """
INSERT INTO case_access (partnership_id, family_id, organisation_id, part) VALUES (:p, :family, :organisation, 'la')
"""


def keyed(key: str) -> dict[str, Any]:
    return {"headers": {"Idempotency-Key": key}}


async def test_a_post_without_a_key_is_refused(house: House) -> None:
    for headers in ({"Idempotency-Key": ""}, {"Idempotency-Key": '""'}):
        answer = await house.maker.post("/v1/widgets", BODY, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-missing")
    assert await house.count("widgets") == 0


@pytest.mark.parametrize("key", ["x" * 256, "tab\there"])
async def test_a_key_that_is_no_key_is_refused(house: House, key: str) -> None:
    answer = await house.maker.post("/v1/widgets", BODY, **keyed(key))
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-request")


async def test_the_same_key_gets_the_same_answer_and_has_one_effect(house: House) -> None:
    maker = house.maker
    first = await maker.post("/v1/widgets", BODY, **keyed("one"))
    again = await maker.post("/v1/widgets", BODY, **keyed('"one"'))
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["etag"] == first.headers["etag"]
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    tables = ("widgets", "status_history", "outbox", "audit_log", "idempotency_keys")
    assert [await house.count(table) for table in tables] == [1, 1, 1, 1, 1]


async def test_the_key_belongs_to_one_body_and_one_path(house: House) -> None:
    maker = house.maker
    made = await maker.post("/v1/widgets", BODY, **keyed("one"))
    other_body = await maker.post("/v1/widgets", BODY | {"count": 2}, **keyed("one"))
    other_path = await maker.post(f"/v1/widgets/{made.json()['id']}/slow", BODY, **keyed("one"))
    for refused in (other_body, other_path):
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert await house.count("widgets") == 1


async def test_another_caller_has_keys_of_their_own(house: House) -> None:
    for caller in (house.maker, house.maker):
        assert (await caller.post("/v1/widgets", BODY, **keyed("one"))).status_code == 201
    assert await house.count("widgets") == 2


async def test_a_hundred_retries_of_a_held_request_are_refused_at_once_and_have_one_effect(house: House) -> None:
    GATE.update(reached=asyncio.Event(), open=asyncio.Event())
    maker, path = house.maker, f"/v1/widgets/{new_id()}/slow"
    held = asyncio.create_task(maker.post(path, BODY, **keyed("held")))
    await GATE["reached"].wait()
    async with asyncio.timeout(10):
        retries = await asyncio.gather(*(maker.post(path, BODY, **keyed("held")) for _ in range(100)))
    assert {answer.status_code for answer in retries} == {409}
    assert {answer.json()["type"] for answer in retries} == {"/problems/request-in-progress"}
    assert {answer.headers["retry-after"] for answer in retries} == {"1"}
    GATE["open"].set()
    assert (await held).status_code == 200
    assert (await maker.post(path, BODY, **keyed("held"))).headers["idempotency-replayed"] == "true"
    assert [await house.count(table) for table in ("widgets", "audit_log", "idempotency_keys")] == [1, 1, 1]


async def test_a_hundred_at_once_have_one_effect(house: House) -> None:
    maker = house.maker
    answers = await asyncio.gather(*(maker.post("/v1/widgets", BODY, **keyed("storm")) for _ in range(100)))
    done = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len({answer.content for answer in done}) == 1
    assert {answer.json()["type"] for answer in refused} <= {"/problems/request-in-progress"}
    tables = ("widgets", "status_history", "outbox", "audit_log", "idempotency_keys")
    assert [await house.count(table) for table in tables] == [1, 1, 1, 1, 1]


async def test_a_refusal_is_not_kept_and_changes_nothing(house: House) -> None:
    maker, path = house.maker, f"/v1/widgets/{new_id()}/refuse"
    for _ in range(2):
        answer = await maker.post(path, **keyed("refused"))
        assert (answer.status_code, answer.headers.get("idempotency-replayed")) == (409, None)
    assert [await house.count(table) for table in ("widgets", "idempotency_keys", "audit_log")] == [0, 0, 0]


async def test_what_was_waited_for_can_be_asked_again_with_the_same_key(house: House) -> None:
    GATE["open"] = asyncio.Event()
    maker, path = house.maker, f"/v1/widgets/{new_id()}/wait"
    early = await maker.post(path, **keyed("soon"))
    assert (early.status_code, early.json()["waiting_for"]) == (409, ["circle.widget.made.v1"])
    GATE["open"].set()
    assert (await maker.post(path, **keyed("soon"))).status_code == 200


async def test_the_stored_answer_is_sealed(house: House) -> None:
    await house.maker.post("/v1/widgets", BODY, **keyed("one"))
    ((answer, scope),) = await house.rows("SELECT answer, scope FROM idempotency_keys WHERE partnership_id = :p")
    assert b"marker" not in bytes(answer)
    ring = house.spine.parts.ring
    assert b"marker" in ring.open(bytes(answer), f"idempotency|{scope}|one".encode())


async def test_a_secret_is_shown_once(house: House) -> None:
    maker, path = house.maker, f"/v1/widgets/{new_id()}/secret"
    first = await maker.post(path, **keyed("secret"))
    again = await maker.post(path, **keyed("secret"))
    assert first.json()["secret"] == "shown once only"
    assert again.json() == {"id": first.json()["id"]}
    ((answer, scope),) = await house.rows("SELECT answer, scope FROM idempotency_keys WHERE partnership_id = :p")
    assert b"shown once" not in house.spine.parts.ring.open(bytes(answer), f"idempotency|{scope}|secret".encode())


async def test_a_replay_is_not_shown_when_the_case_may_no_longer_be_seen(house: House) -> None:
    family, maker = new_id(), house.maker
    async with house.spine.parts.worker.transaction(house.work("system")) as session:
        await session.execute(
            text(GRANT), {"p": house.partnership, "family": family, "organisation": house.organisation}
        )
    body = BODY | {"family": str(family)}
    assert (await maker.post("/v1/widgets", body, **keyed("case"))).status_code == 201
    replayed = await maker.post("/v1/widgets", body, **keyed("case"))
    assert replayed.headers["idempotency-replayed"] == "true"
    async with house.spine.parts.worker.transaction(house.work("system")) as session:
        await session.execute(text("DELETE FROM case_access WHERE family_id = :family"), {"family": family})
    gone = await maker.post("/v1/widgets", body, **keyed("case"))
    assert gone.status_code >= 400
    assert "marker" not in gone.text
    assert await house.count("idempotency_keys") == 1


async def test_a_replay_is_not_shown_once_the_role_is_gone(house: House) -> None:
    person = new_id()
    body = {"label": "once a coordinator"}
    await house.caller(Role.COORDINATOR, person=person).post("/v1/widgets", body, **keyed("role"))
    answer = await house.caller(Role.ANALYST, person=person).post("/v1/widgets", body, **keyed("role"))
    assert (answer.status_code, "once a coordinator" in answer.text) == (403, False)
