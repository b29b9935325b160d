"""Signing keys: made once, sealed, published before they sign and until their last token is dead."""

import asyncio
import base64
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from jose import jwt
from sqlalchemy import text

from gateway.identity import names
from gateway.identity.tests.platform import Partnership, Platform
from gateway.tokens import rotation
from gateway.tokens.keys import SigningKeys, thumbprint
from gateway.tokens.models import SigningKey
from shared.auth import KeySet
from shared.crypto import Erased, KeyRing

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
LIFE = timedelta(seconds=300)


@dataclass(frozen=True)
class Key:
    """What a decision knows of a key."""

    name: str
    signs_from: datetime
    withdrawn_at: datetime | None = None


OLD, NEW = Key("old", NOW - timedelta(days=30)), Key("new", NOW)


def test_the_newest_key_whose_time_has_come_signs() -> None:
    assert rotation.current([OLD, NEW], NOW - timedelta(seconds=1)) is OLD
    assert rotation.current([OLD, NEW], NOW) is NEW
    assert rotation.current([NEW], NOW - timedelta(seconds=1)) is None
    assert rotation.current([], NOW) is None


def test_a_key_is_published_before_it_signs_and_until_its_tokens_are_dead() -> None:
    end = NOW + rotation.MARGIN + LIFE
    assert rotation.published([OLD, NEW], NOW - timedelta(minutes=10), LIFE) == [OLD, NEW]
    assert rotation.published([OLD, NEW], end - timedelta(seconds=1), LIFE) == [OLD, NEW]
    assert rotation.published([OLD, NEW], end, LIFE) == [NEW]
    assert rotation.published([], NOW, LIFE) == []


def test_a_withdrawn_key_neither_signs_nor_is_published() -> None:
    gone = Key("gone", NOW, NOW)
    assert rotation.current([OLD, gone], NOW) is OLD
    assert rotation.published([OLD, gone], NOW, LIFE) == [OLD]


@pytest.mark.parametrize(("days", "due"), [(29, False), (30, True), (31, True)])
def test_rotation_is_due_after_a_keys_whole_life(days: int, due: bool) -> None:
    assert rotation.is_rotation_due([Key("k", NOW - timedelta(days=days))], NOW, timedelta(days=30)) is due


def test_no_rotation_is_due_while_a_key_waits_or_there_is_none() -> None:
    waiting = Key("waiting", NOW + timedelta(minutes=5))
    assert not rotation.is_rotation_due([OLD, waiting], NOW, timedelta(days=30))
    assert not rotation.is_rotation_due([], NOW, timedelta(days=30))


def test_a_thumbprint_is_that_of_rfc_7638() -> None:
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn"
        "jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qM"
        "QvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJz"
        "KnqDKgw"
    )
    public = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(public) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


async def test_the_published_keys_are_public_and_named_by_their_thumbprint(platform: Platform) -> None:
    answer = await platform.client.get("/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=60"
    for key in answer.json()["keys"]:
        assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}
        assert key["kid"] == thumbprint(key)


async def test_a_private_key_is_sealed_in_the_table(platform: Platform) -> None:
    async with platform.parts.app.engine.connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM signing_keys"))).all()
    assert rows
    assert all(b"PRIVATE KEY" not in bytes(row.private_key) for row in rows)
    assert all("d" not in row.public_key for row in rows)


async def test_the_metadata_leads_to_what_there_is(platform: Platform) -> None:
    found = (await platform.client.get("/.well-known/oauth-authorization-server")).json()
    assert found["issuer"] == platform.issuer.settings.issuer
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert (await platform.client.get(found["jwks_uri"])).status_code == 200
    assert (await platform.client.get(found["authorization_endpoint"])).status_code == 400
    assert (await platform.client.post(found["token_endpoint"])).status_code == 400
    assert (await platform.client.post(found["revocation_endpoint"])).status_code == 400


async def test_a_rotated_key_is_published_at_once_and_signs_later(platform: Platform, partnership: Partnership) -> None:
    keys = platform.issuer.keys
    before = _kid(await platform.token(partnership.client_id, partnership.client_secret))
    async with platform.issuer.transaction("rotate") as session:
        fresh = await keys.rotate(session)
    await platform.issuer.load()
    published = [key["kid"] for key in (await platform.client.get("/.well-known/jwks.json")).json()["keys"]]
    assert {before, fresh} <= set(published)
    assert _kid(await platform.token(partnership.client_id, partnership.client_secret)) == before
    await _bring_forward(platform, fresh)
    after = await platform.token(partnership.client_id, partnership.client_secret)
    assert _kid(after) == fresh
    assert (await platform.bearer(after).get("/v1/clients")).status_code == 200
    assert (await partnership.admin.get("/v1/clients")).status_code == 200


async def test_a_stolen_key_is_withdrawn_at_once_with_every_token_it_signed(
    platform: Platform, partnership: Partnership
) -> None:
    assert (await partnership.admin.get("/v1/clients")).status_code == 200
    async with platform.issuer.transaction("rotate") as session:
        fresh = await platform.issuer.keys.rotate(session, at_once=True)
    await platform.issuer.load()
    assert [key["kid"] for key in platform.issuer.keys.published()] == [fresh]
    verifier = platform.edge.state.verifier.keys
    known = verifier.version
    verifier._fetched = float("-inf")  # noqa: SLF001 - as if the cool-down were over
    await verifier.refresh()
    assert verifier.version > known
    assert (await partnership.admin.get("/v1/clients")).status_code == 401
    token = await platform.token(partnership.client_id, partnership.client_secret)
    assert (await platform.bearer(token).get("/v1/clients")).status_code == 200


async def test_two_gateways_that_start_together_make_one_key(platform: Platform) -> None:
    issuer = platform.issuer
    async with issuer.transaction("empty") as session:
        rows = (await session.execute(text("SELECT kid FROM signing_keys WHERE withdrawn_at IS NULL"))).all()
        await session.execute(text("UPDATE signing_keys SET signs_from = signs_from - interval '31 days'"))
    gateways = [SigningKeys(issuer.settings, platform.parts.ring) for _ in range(3)]

    async def load(keys: SigningKeys) -> None:
        async with issuer.transaction("load") as session:
            await keys.load(session)

    await asyncio.gather(*(load(keys) for keys in gateways))
    kids = [{str(key["kid"]) for key in keys.published()} for keys in gateways]
    fresh = set().union(*kids) - {row.kid for row in rows}
    assert len(fresh) == 1
    await _bring_forward(platform, fresh.pop())


async def test_a_sealed_key_opens_only_under_its_own_id(platform: Platform) -> None:
    async with platform.issuer.transaction("look") as session:
        sealed = (await session.execute(text("SELECT private_key FROM signing_keys LIMIT 1"))).scalar_one()
    row = SigningKey(kid="moved", public_key={}, private_key=bytes(sealed), signs_from=datetime.now(UTC))
    with pytest.raises(Erased):
        SigningKeys(platform.issuer.settings, platform.parts.ring)._loaded(row)  # noqa: SLF001 - a row moved by hand


async def test_keys_and_names_are_sealed_anew_when_the_ring_has_turned(platform: Platform) -> None:
    ring, issuer = _turned(platform), platform.issuer
    before = issuer.names.email("a@example.org")
    with suppress(_UndoError):
        async with issuer.transaction("turn") as session:
            await SigningKeys(issuer.settings, ring).load(session)
            assert (await names.load(session, ring)).email("a@example.org") == before
            await session.flush()
            keys = (await session.execute(text("SELECT private_key FROM signing_keys"))).scalars().all()
            secrets = (
                (await session.execute(text("SELECT sealed FROM platform_secrets WHERE name = 'sign-in-names'")))
                .scalars()
                .all()
            )
            assert {ring.key_of(bytes(sealed)) for sealed in [*keys, *secrets]} == {"turned"}
            raise _UndoError


class _UndoError(Exception):
    """Leaves the platform's keys as its own ring knows them."""


def _turned(platform: Platform) -> KeyRing:
    """The platform's ring with one more key, which is the current one."""
    document = json.loads(platform.issuer.settings.key_ring.get_secret_value())
    document["keys"]["turned"] = base64.b64encode(os.urandom(32)).decode()
    return KeyRing(json.dumps(document | {"current": "turned"}))


async def test_the_first_look_waits_for_the_keys(platform: Platform) -> None:
    keys = SigningKeys(platform.issuer.settings, platform.parts.ring)
    known = KeySet(keys)
    looking = asyncio.create_task(known.refresh())
    async with platform.issuer.transaction("load") as session:
        await keys.load(session)
    assert await looking
    assert known.ready


def _kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


async def _bring_forward(platform: Platform, kid: str) -> None:
    """As if the time of publishing had passed."""
    async with platform.issuer.transaction("time passes") as session:
        await session.execute(text("UPDATE signing_keys SET signs_from = now() WHERE kid = :kid"), {"kid": kid})
    await platform.issuer.load()
    keys = platform.edge.state.verifier.keys
    keys._fetched = float("-inf")  # noqa: SLF001 - as if the cool-down were over
    await keys.refresh()
