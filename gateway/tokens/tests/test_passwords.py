"""Passwords: set with an invitation or the present one, never weak, and everybody else is signed out."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from jose import jwt
from sqlalchemy import text

from gateway.identity.tests.platform import PASSWORD, Partnership, Person, Platform
from gateway.tokens.origin import farthest
from shared.auth import Role


async def _coordinator(platform: Platform, partnership: Partnership) -> Person:
    return await platform.person(partnership, await platform.organisation(partnership), Role.COORDINATOR)


async def test_an_invitation_is_good_once_and_the_newest_only(platform: Platform, partnership: Partnership) -> None:
    person = await _coordinator(platform, partnership)
    path = f"/v1/people/{person.id}/invitations"
    older = (await partnership.admin.post(path)).json()["code"]
    newer = (await partnership.admin.post(path)).json()["code"]
    form = {"email": person.email, "password": "quite another phrase"}
    assert (await platform.client.post("/oauth/password", data=form | {"proof": older})).status_code == 400
    assert (await platform.client.post("/oauth/password", data=form | {"proof": newer})).status_code == 200
    assert (await platform.client.post("/oauth/password", data=form | {"proof": newer})).status_code == 400
    assert (await platform.enter(person.email, PASSWORD)).status_code == 400
    assert (await platform.enter(person.email, "quite another phrase")).status_code == 303


async def test_a_person_changes_their_own_password_and_is_signed_out_elsewhere(
    platform: Platform, partnership: Partnership
) -> None:
    person = await _coordinator(platform, partnership)
    caller = await platform.sign_in(person)
    form = {"email": person.email, "proof": PASSWORD, "password": "quite another phrase"}
    assert (await platform.client.post("/oauth/password", data=form | {"proof": "wrong"})).status_code == 400
    assert (await platform.client.post("/oauth/password", data=form)).status_code == 200
    await platform.issuer.revocations.refresh(platform.parts)
    assert (await caller.get("/v1/people/me")).status_code == 401


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "x" * 129 + "abcde"])
async def test_a_weak_password_is_refused_before_anything_is_looked_up(platform: Platform, password: str) -> None:
    form = {"email": "somebody@example.org", "proof": "x", "password": password}
    answer = await platform.client.post("/oauth/password", data=form)
    assert answer.status_code == 400
    assert password not in answer.text


async def test_a_password_does_not_contain_the_address(platform: Platform) -> None:
    form = {"email": "margaret.holt@example.org", "proof": "x", "password": "Margaret.Holt-2026"}
    assert "e-mail" in (await platform.client.post("/oauth/password", data=form)).text


async def test_an_invitation_runs_out(platform: Platform, partnership: Partnership) -> None:
    person = await _coordinator(platform, partnership)
    code = (await partnership.admin.post(f"/v1/people/{person.id}/invitations")).json()["code"]
    async with platform.issuer.transaction("time passes", partnership=partnership.id) as session:
        await session.execute(text("UPDATE people SET invitation_until = now() WHERE id = :id"), {"id": person.id})
    form = {"email": person.email, "proof": code, "password": "quite another phrase"}
    assert (await platform.client.post("/oauth/password", data=form)).status_code == 400


async def test_guessing_codes_is_limited_as_guessing_passwords_is(platform: Platform, partnership: Partnership) -> None:
    person = await _coordinator(platform, partnership)
    form = {"email": person.email, "proof": "guess", "password": "quite another phrase"}
    statuses = [(await platform.client.post("/oauth/password", data=form)).status_code for _ in range(6)]
    assert statuses == [400, 400, 400, 400, 400, 429]


async def test_a_token_does_not_outlive_the_membership(platform: Platform, partnership: Partnership) -> None:
    scheme = await platform.organisation(partnership)
    person = await platform.member(partnership, await platform.organisation(partnership, "vcs"), Role.ADVOCATE)
    await platform.invite_and_set(partnership, person, PASSWORD)
    first = f"/v1/people/{person.id}/memberships/{person.memberships[0]['id']}/end"
    assert (await partnership.admin.post(first, match=1)).status_code == 200
    ends = datetime.now(UTC) + timedelta(seconds=60)
    body = {"organisation": str(scheme), "roles": [Role.TRAINER], "to": ends.isoformat()}
    assert (await partnership.admin.post(f"/v1/people/{person.id}/memberships", body)).status_code == 201
    answer = (await platform.redeem(await platform.code(person))).json()
    assert answer["expires_in"] <= 60
    assert jwt.get_unverified_claims(answer["access_token"])["exp"] <= ends.timestamp()


@pytest.mark.parametrize(
    ("hops", "seen"),
    [
        (["203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1", "10.0.0.1"], "198.51.100.1"),
        (["1.1.1.1", "198.51.100.1", "10.0.0.2", "10.0.0.1"], "198.51.100.1"),
        (["1.1.1.1", "nonsense", "10.0.0.1"], "nonsense"),
        (["10.0.0.2", "10.0.0.1"], "10.0.0.2"),
        (["", "2001:db8::1", "10.0.0.1"], "2001:db8::1"),
        (["", ""], ""),
    ],
)
def test_only_a_trusted_proxy_is_believed_about_who_is_behind_it(hops: list[str], seen: str) -> None:
    assert farthest(hops, [ip_network("10.0.0.0/8")]) == seen


def test_without_trusted_proxies_the_peer_is_all_there_is() -> None:
    assert farthest(["198.51.100.1", "10.0.0.1"], []) == "10.0.0.1"
