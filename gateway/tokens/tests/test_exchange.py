"""Tokens of an external issuer: swapped for the platform's own when everything about them is right."""

import asyncio
import time
from typing import Any
from uuid import UUID

import pytest
from jose import jwt

from gateway.identity.tests.platform import Partnership, Person, Platform
from gateway.tokens.exchange import Exchange
from gateway.tokens.tests.idp import Idp, rsa_pair
from shared.auth import Role
from shared.errors import Unauthorized
from shared.ids import new_id


@pytest.fixture
def exchange(platform: Platform) -> Exchange:
    return Exchange(platform.issuer)


async def _known(platform: Platform, partnership: Partnership, idp: Idp, subject: str) -> tuple[Person, UUID]:
    """A coordinator whom the provider knows under that subject."""
    scheme = await platform.organisation(partnership)
    person = await platform.member(partnership, scheme, Role.COORDINATOR)
    await _register(partnership, f"people/{person.id}", idp, subject)
    return person, scheme


async def _register(partnership: Partnership, owner: str, idp: Idp, subject: str, **other: str) -> dict[str, Any]:
    body = {"issuer": idp.issuer, "subject": subject} | other
    answer = await partnership.admin.post(f"/v1/{owner}/external-identities", body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_an_external_token_passes_the_edge_as_the_person_it_names(
    platform: Platform, partnership: Partnership, idp: Idp
) -> None:
    subject = str(new_id())
    person, _ = await _known(platform, partnership, idp, subject)
    me = await platform.bearer(idp.token(subject)).get("/v1/people/me")
    assert me.status_code == 200
    assert (me.json()["person"]["id"], me.json()["roles"]) == (str(person.id), ["coordinator"])


async def test_a_client_can_be_known_to_a_provider_too(
    platform: Platform, partnership: Partnership, idp: Idp, exchange: Exchange
) -> None:
    subject = str(new_id())
    body = {"organisation": str(partnership.authority), "name": f"C {new_id()}", "kind": "partner"}
    client = (await partnership.admin.post("/v1/clients", body)).json()["client"]["id"]
    await _register(partnership, f"clients/{client}", idp, subject)
    claims = jwt.get_unverified_claims(await exchange.swap(idp.token(subject)))
    assert (claims["sub"], claims["client_id"], claims["roles"]) == (client, client, ["partner_system"])


async def test_the_platforms_claims_come_from_its_memberships_and_not_from_the_token(
    platform: Platform, partnership: Partnership, idp: Idp, exchange: Exchange
) -> None:
    subject, other = str(new_id()), await platform.found()
    await _known(platform, partnership, idp, subject)
    token = idp.token(subject, roles=["admin"], partnership=str(other.id), organisation=str(other.authority))
    claims = jwt.get_unverified_claims(await exchange.swap(token))
    assert (claims["partnership"], claims["roles"]) == (str(partnership.id), ["coordinator"])
    assert claims["exp"] - claims["iat"] <= 300


async def test_a_swap_is_kept_until_something_is_revoked(
    platform: Platform, partnership: Partnership, idp: Idp, exchange: Exchange
) -> None:
    subject = str(new_id())
    person, _ = await _known(platform, partnership, idp, subject)
    token = idp.token(subject)
    await platform.issuer.revocations.refresh(platform.parts)
    first = await exchange.swap(token)
    assert await exchange.swap(token) == first
    await partnership.admin.post(f"/v1/people/{person.id}/sign-outs")
    await platform.issuer.revocations.refresh(platform.parts)
    with pytest.raises(Unauthorized):
        await exchange.swap(token)


_WRONG: dict[str, dict[str, Any]] = {
    "expired": {"iat": int(time.time()) - 700, "exp": int(time.time()) - 10},
    "for ever": {"exp": None},
    "with times as text": {"exp": str(int(time.time()) + 600)},
    "from the future": {"iat": int(time.time()) + 500, "exp": int(time.time()) + 900},
    "not yet good": {"nbf": int(time.time()) + 500},
    "for another audience": {"aud": "somebody-else"},
    "for no audience": {"aud": None},
    "about nobody": {"sub": None},
    "about something that is no text": {"sub": ["a"]},
    "an ID token": {"at_hash": "x"},
    "an ID token with a nonce": {"nonce": "x"},
    "a refresh token": {"typ": "Refresh"},
    "of another realm": {"iss": "http://127.0.0.1:1/realms/two"},
}


@pytest.mark.parametrize("what", _WRONG)
async def test_a_foreign_token_with_anything_wrong_is_refused(
    platform: Platform, partnership: Partnership, idp: Idp, exchange: Exchange, what: str
) -> None:
    subject = str(new_id())
    await _known(platform, partnership, idp, subject)
    assert await exchange.swap(idp.token(subject))
    with pytest.raises(Unauthorized):
        await exchange.swap(idp.token(subject, **_WRONG[what]))


async def test_a_forged_foreign_token_is_refused(
    platform: Platform, partnership: Partnership, idp: Idp, exchange: Exchange
) -> None:
    subject, thief = str(new_id()), rsa_pair()
    await _known(platform, partnership, idp, subject)
    claims = idp.claims(subject)
    good = idp.token(subject)
    head, body, signature = good.split(".")
    for token in (
        thief.sign(claims, kid="idp-1"),
        thief.sign(claims, kid="thief"),
        thief.sign(claims, kid="thief", jku="http://127.0.0.1:9/keys"),
        idp.pair.sign(claims),
        jwt.encode(claims, idp.pair.public["n"], "HS256", headers={"kid": "idp-1"}),
        f"{head}.{body}.",
        f"eyJhbGciOiJub25lIiwia2lkIjoiaWRwLTEifQ.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        idp.token(subject, padding="x" * 9000),
        "nonsense",
        "",
    ):
        with pytest.raises(Unauthorized):
            await exchange.swap(token)


async def test_an_unknown_key_id_does_not_make_us_ask_again_and_again(idp: Idp, exchange: Exchange) -> None:
    thief, asked = rsa_pair(), idp.fetched
    for number in range(5):
        with pytest.raises(Unauthorized):
            await exchange.swap(thief.sign(idp.claims("x"), kid=f"k{number}"))
    assert idp.fetched - asked <= 1


async def test_whom_nobody_registered_is_nobody(idp: Idp, exchange: Exchange) -> None:
    with pytest.raises(Unauthorized):
        await exchange.swap(idp.token(str(new_id())))


async def test_a_subject_known_in_two_partnerships_is_nobody_unless_the_issuer_belongs_to_one(
    platform: Platform, partnership: Partnership, idp: Idp, exchange: Exchange
) -> None:
    subject, other = str(new_id()), await platform.found()
    await _known(platform, partnership, idp, subject)
    await _known(platform, other, idp, subject)
    with pytest.raises(Unauthorized):
        await exchange.swap(idp.token(subject))
    bound = platform.issuer.settings.external_issuers[0].model_copy(update={"partnership": other.id})
    exchange._trusted = {idp.issuer: bound}  # noqa: SLF001 - another configuration
    assert jwt.get_unverified_claims(await exchange.swap(idp.token(subject)))["partnership"] == str(other.id)


async def test_whoever_acts_for_several_needs_an_identity_for_one(
    platform: Platform, partnership: Partnership, idp: Idp, exchange: Exchange
) -> None:
    first, second = str(new_id()), str(new_id())
    person, _ = await _known(platform, partnership, idp, first)
    vcs = await platform.organisation(partnership, "vcs")
    await platform.join(partnership, person, vcs, Role.VCS_MEMBER)
    with pytest.raises(Unauthorized):
        await exchange.swap(idp.token(first))
    await _register(partnership, f"people/{person.id}", idp, second, organisation=str(vcs))
    claims = jwt.get_unverified_claims(await exchange.swap(idp.token(second)))
    assert (claims["organisation"], claims["roles"]) == (str(vcs), ["vcs_member"])


async def test_an_identity_is_registered_once_listed_and_removed(
    platform: Platform, partnership: Partnership, idp: Idp, exchange: Exchange
) -> None:
    subject = str(new_id())
    person, _ = await _known(platform, partnership, idp, subject)
    path = f"/v1/people/{person.id}/external-identities"
    again = await partnership.admin.post(path, {"issuer": idp.issuer, "subject": subject})
    assert (again.status_code, again.json()["type"].rsplit("/")[-1]) == (409, "already-registered")
    unknown = await partnership.admin.post(path, {"issuer": "https://evil.example", "subject": subject})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "unknown-issuer")
    listed = (await partnership.admin.get(path)).json()
    assert [one["id"] for one in listed] == [again.json()["id"]]
    assert subject not in str(listed)
    other = await platform.found()
    assert (await other.admin.send("DELETE", f"{path}/{listed[0]['id']}")).status_code == 404
    token = idp.token(subject)
    assert await exchange.swap(token)
    assert (await partnership.admin.send("DELETE", f"{path}/{listed[0]['id']}")).status_code == 204
    await platform.issuer.revocations.refresh(platform.parts)
    with pytest.raises(Unauthorized):
        await exchange.swap(token)
    assert (await partnership.admin.send("DELETE", f"{path}/{listed[0]['id']}")).status_code == 404


async def test_many_at_once_are_all_let_in(platform: Platform, partnership: Partnership, idp: Idp) -> None:
    subject = str(new_id())
    await _known(platform, partnership, idp, subject)
    caller = platform.bearer(idp.token(subject))
    answers = await asyncio.gather(*(caller.get("/v1/people/me") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
