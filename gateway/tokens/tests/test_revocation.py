"""What is revoked is refused at the gateway within a second; what is issued afterwards is good."""

import asyncio
import time
from uuid import UUID

import pytest

from gateway.identity.tests.platform import Partnership, Person, Platform
from gateway.tokens.housekeeping import tidy
from gateway.tokens.people import issue_to_session
from gateway.tokens.revocations import issued_at
from shared.auth import Role
from shared.db import now_of
from shared.errors import Unauthorized
from shared.ids import new_id
from shared.testing import Caller


async def _person(platform: Platform, partnership: Partnership) -> tuple[Person, UUID]:
    scheme = await platform.organisation(partnership)
    return await platform.person(partnership, scheme, Role.COORDINATOR), scheme


async def _until_refused(caller: Caller, path: str = "/v1/people/me") -> float:
    """Seconds until the caller is refused, at the most two."""
    began = time.monotonic()
    while time.monotonic() - began < 2:
        if (await caller.get(path)).status_code == 401:
            break
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_an_end_of_membership_binds_within_a_second(platform: Platform, partnership: Partnership) -> None:
    person, _ = await _person(platform, partnership)
    caller = await platform.sign_in(person)
    assert (await caller.get("/v1/people/me")).status_code == 200
    path = f"/v1/people/{person.id}/memberships/{person.memberships[0]['id']}/end"
    assert (await partnership.admin.post(path, match=1)).status_code == 200
    assert await _until_refused(caller) < 1


async def test_a_revoked_client_is_refused_within_a_second(platform: Platform, partnership: Partnership) -> None:
    body = {"organisation": str(partnership.authority), "name": f"C {new_id()}", "kind": "administration"}
    made = await partnership.admin.post("/v1/clients", body)
    client = made.json()["client"]["id"]
    caller = platform.bearer(await platform.token(client, made.json()["client_secret"]))
    assert (await caller.get("/v1/clients")).status_code == 200
    headers = {"If-Match": made.headers["etag"]}
    assert (await partnership.admin.post(f"/v1/clients/{client}/revoke", headers=headers)).status_code == 200
    assert await _until_refused(caller, "/v1/clients") < 1
    assert (await partnership.admin.get("/v1/clients")).status_code == 200


async def test_a_client_revokes_its_own_token_and_no_other(platform: Platform, partnership: Partnership) -> None:
    auth = (partnership.client_id, partnership.client_secret)
    first, second = [await platform.token(*auth) for _ in range(2)]
    answer = await platform.client.post("/oauth/revoke", data={"token": first}, auth=auth)
    assert answer.status_code == 200
    assert await _until_refused(platform.bearer(first), "/v1/clients") < 1
    assert (await platform.bearer(second).get("/v1/clients")).status_code == 200


async def test_a_client_cannot_revoke_anothers_token(platform: Platform, partnership: Partnership) -> None:
    other = await platform.found()
    token = await platform.token(other.client_id, other.client_secret)
    auth = (partnership.client_id, partnership.client_secret)
    answer = await platform.client.post("/oauth/revoke", data={"token": token}, auth=auth)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    await platform.issuer.revocations.refresh(platform.parts)
    assert (await platform.bearer(token).get("/v1/clients")).status_code == 200


async def test_revoking_what_is_no_token_is_no_error_but_needs_the_client(
    platform: Platform, partnership: Partnership
) -> None:
    auth = (partnership.client_id, partnership.client_secret)
    assert (await platform.client.post("/oauth/revoke", data={"token": "nonsense"}, auth=auth)).status_code == 200
    assert (await platform.client.post("/oauth/revoke", data={}, auth=auth)).status_code == 400
    wrong = (partnership.client_id, "wrong")
    assert (await platform.client.post("/oauth/revoke", data={"token": "nonsense"}, auth=wrong)).status_code == 401


async def test_the_console_revokes_a_persons_token_when_they_sign_out(
    platform: Platform, partnership: Partnership
) -> None:
    person, _ = await _person(platform, partnership)
    token = (await platform.redeem(await platform.code(person))).json()["access_token"]
    form = {"token": token, "client_id": "console"}
    assert (await platform.client.post("/oauth/revoke", data=form)).status_code == 200
    assert await _until_refused(platform.bearer(token)) < 1


async def test_signing_out_ends_all_before_and_nothing_after(platform: Platform, partnership: Partnership) -> None:
    person, scheme = await _person(platform, partnership)
    async with platform.issuer.transaction("clock") as session:
        signed_in_at = now_of(session)
    session_token = await issue_to_session(platform.issuer, partnership.id, person.id, scheme, signed_in_at)
    before = [await platform.sign_in(person), platform.bearer(session_token.token)]
    assert (await partnership.admin.post(f"/v1/people/{person.id}/sign-outs")).status_code == 201
    after = await platform.sign_in(person)
    assert max([await _until_refused(caller) for caller in before]) < 1
    assert (await after.get("/v1/people/me")).status_code == 200
    with pytest.raises(Unauthorized):
        await issue_to_session(platform.issuer, partnership.id, person.id, scheme, signed_in_at)


async def test_an_end_of_one_membership_leaves_the_other(platform: Platform, partnership: Partnership) -> None:
    person, _scheme = await _person(platform, partnership)
    vcs = await platform.organisation(partnership, "vcs")
    await platform.join(partnership, person, vcs, Role.VCS_MEMBER)
    path = f"/v1/people/{person.id}/memberships/{person.memberships[0]['id']}/end"
    assert (await partnership.admin.post(path, match=1)).status_code == 200
    caller = await platform.sign_in(person)
    await platform.issuer.revocations.refresh(platform.parts)
    assert (await caller.get("/v1/people/me")).json()["roles"] == ["vcs_member"]


async def test_no_token_slips_past_an_end_of_membership(platform: Platform, partnership: Partnership) -> None:
    """Tokens are asked for all the while; whatever is issued is either refused afterwards or was never issued."""
    person, scheme = await _person(platform, partnership)
    async with platform.issuer.transaction("clock") as session:
        since = now_of(session)
    path = f"/v1/people/{person.id}/memberships/{person.memberships[0]['id']}/end"

    async def ask() -> str | None:
        try:
            return (await issue_to_session(platform.issuer, partnership.id, person.id, scheme, since)).token
        except Unauthorized:
            return None

    asked = [asyncio.create_task(ask()) for _ in range(6)]
    ended = asyncio.create_task(partnership.admin.post(path, match=1))
    asked += [asyncio.create_task(ask()) for _ in range(6)]
    assert (await ended).status_code == 200
    tokens = [token for token in await asyncio.gather(*asked) if token]
    await platform.issuer.revocations.refresh(platform.parts)
    for token in tokens:
        assert (await platform.bearer(token).get("/v1/people/me")).status_code == 401
    assert await ask() is None


async def test_the_version_changes_only_with_the_revocations(platform: Platform, partnership: Partnership) -> None:
    revocations = platform.issuer.revocations
    await revocations.refresh(platform.parts)
    version = revocations.version
    await revocations.refresh(platform.parts)
    assert revocations.version == version
    person, _ = await _person(platform, partnership)
    await partnership.admin.post(f"/v1/people/{person.id}/sign-outs")
    await revocations.refresh(platform.parts)
    assert revocations.version > version
    await tidy(platform.parts)
    version = revocations.version
    await revocations.refresh(platform.parts)
    assert revocations.version == version


def test_a_token_id_says_when_it_was_issued_and_a_foreign_one_counts_as_old() -> None:
    assert abs(issued_at(str(new_id())) / 1000 - time.time()) < 5
    assert issued_at("c0ffee") == 0
    assert issued_at("8c4d9a4e-54e4-4c9c-8d4b-5f8d6f0a3f11") == 0
