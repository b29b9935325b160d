"""What is told of memberships: roles and times, also of those from before events had them; and whom a role finds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson
from sqlalchemy import text

from gateway.identity.tests.platform import Partnership, Platform
from gateway.migrations.versions.v0007_memberships_again import TELL
from shared.auth import Role
from shared.events.gateway import MembershipEnded, MembershipStarted
from shared.kafka import Envelope


async def told(platform: Platform, partnership: Partnership) -> list[Any]:
    """Rows of the partnership's outbox, in their order."""
    async with platform.parts.worker.engine.connect() as connection:
        query = text("SELECT topic, key, headers, data FROM outbox WHERE partnership_id = :p ORDER BY seq")
        return list((await connection.execute(query, {"p": partnership.id})).all())


async def test_a_membership_is_told_with_its_roles_and_times_and_so_is_its_end(
    platform: Platform, partnership: Partnership
) -> None:
    scheme = await platform.organisation(partnership)
    person = await platform.person(partnership, scheme, Role.COORDINATOR)
    held = (await partnership.admin.get(f"/v1/people/{person.id}")).json()["memberships"][0]
    path = f"/v1/people/{person.id}/memberships/{held['id']}/end"
    ended = (await partnership.admin.post(path, match=held["version"])).json()
    start, end = await told(platform, partnership)
    began, over = MembershipStarted.model_validate_json(start.data), MembershipEnded.model_validate_json(end.data)
    assert (str(began.membership), began.organisation, began.roles) == (held["id"], scheme, ("coordinator",))
    assert began.starts_at == datetime.fromisoformat(held["from"])
    assert began.ends_at is None
    assert over.ends_at == datetime.fromisoformat(ended["to"])
    assert over.roles == began.roles


async def test_those_from_before_are_told_once_more_and_to_nobody_outside(
    platform: Platform, partnership: Partnership, stack: Any
) -> None:
    scheme = await platform.organisation(partnership)
    now, gone = (
        await platform.person(partnership, scheme, Role.COORDINATOR),
        await platform.person(partnership, scheme, Role.TRAINER),
    )
    held = (await partnership.admin.get(f"/v1/people/{gone.id}")).json()["memberships"][0]
    path = f"/v1/people/{gone.id}/memberships/{held['id']}/end"
    assert (await partnership.admin.post(path, match=held["version"])).status_code == 200
    before = len(await told(platform, partnership))
    connection = await asyncpg.connect(stack.admin_dsn.rpartition("/")[0] + f"/{stack.database('gateway')}")
    await connection.execute(TELL)
    await connection.close()
    again = (await told(platform, partnership))[before:]
    (row,) = [one for one in again if one.key == str(now.id)]
    assert not [one for one in again if one.key == str(gone.id)]
    document = orjson.loads(row.data)
    assert document["detail"] == f"/v1/people/{now.id}"
    event = MembershipStarted.model_validate(document)
    assert (event.person, event.organisation, event.roles) == (now.id, scheme, ("coordinator",))
    assert event.starts_at is not None
    assert abs(datetime.now(UTC) - event.starts_at) < timedelta(minutes=5)
    envelope = Envelope.of(row.topic, row.key, row.headers, row.data)
    assert (envelope.type, envelope.partnership, envelope.audience) == (
        MembershipStarted.TYPE,
        partnership.id,
        frozenset(),
    )


async def test_people_are_found_by_a_role_in_an_organisation(platform: Platform, partnership: Partnership) -> None:
    scheme = await platform.organisation(partnership)
    coordinator = await platform.person(partnership, scheme, Role.COORDINATOR)
    await platform.person(partnership, scheme, Role.TRAINER)
    wanted = {"organisation": str(scheme), "role": "coordinator"}
    listed = (await partnership.admin.get("/v1/people", params=wanted)).json()["items"]
    assert [one["id"] for one in listed] == [str(coordinator.id)]
    elsewhere = wanted | {"organisation": str(partnership.authority)}
    assert (await partnership.admin.get("/v1/people", params=elsewhere)).json()["items"] == []
    assert (await partnership.admin.get("/v1/people", params={"role": "king"})).status_code == 422
