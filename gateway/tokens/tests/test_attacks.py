"""Forged and broken tokens are refused at the edge, whatever they try."""

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from jose import jwt

from gateway.identity.tests.platform import Partnership, Platform
from gateway.tokens import rotation
from gateway.tokens.keys import LoadedKey
from gateway.tokens.tests.idp import rsa_pair
from shared.auth import Role
from shared.ids import new_id
from shared.testing import TestIssuer

_OTHER = rsa_pair()


class Forge:
    """Makes tokens with the platform's true key, so that only what a test changes is wrong."""

    def __init__(self, platform: Platform, partnership: Partnership) -> None:
        self.platform = platform
        self.settings = platform.issuer.settings
        now = int(time.time())
        self.good: dict[str, Any] = {
            "iss": self.settings.issuer,
            "aud": self.settings.audience,
            "sub": partnership.client_id,
            "client_id": partnership.client_id,
            "iat": now,
            "exp": now + 300,
            "jti": str(new_id()),
            "scope": "api",
            "partnership": str(partnership.id),
            "organisation": str(partnership.authority),
            "roles": ["admin"],
        }

    @property
    def key(self) -> LoadedKey:
        keys = self.platform.issuer.keys
        loaded = rotation.current(keys._keys.values(), datetime.now(UTC))  # noqa: SLF001 - a thief of the key has it
        assert loaded is not None
        return loaded

    def token(self, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        body = {name: value for name, value in (self.good | claims).items() if value is not None}
        head = {"kid": self.key.kid, "typ": "at+jwt"} | (headers or {})
        return jwt.encode(body, self.key.private, "RS256", headers=head)

    def assembled(self, header: dict[str, Any], signature: str = "", **claims: Any) -> str:
        pieces = [_encoded(header), _encoded(self.good | claims), signature]
        return ".".join(pieces)


def _encoded(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


@pytest.fixture
def forge(platform: Platform, partnership: Partnership) -> Forge:
    return Forge(platform, partnership)


async def _status(platform: Platform, token: str) -> int:
    return (await platform.bearer(token).get("/v1/clients")).status_code


async def test_the_forge_makes_good_tokens_so_that_the_refusals_below_mean_something(
    platform: Platform, forge: Forge
) -> None:
    assert await _status(platform, forge.token()) == 200
    assert await _status(platform, forge.token({"typ": "application/at+jwt"})) == 200


_NOW = int(time.time())
_CLAIMS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "expired": lambda good: {"iat": good["iat"] - 400, "exp": good["iat"] - 100},
    "just expired": lambda good: {"exp": good["iat"] - 1},
    "from the future": lambda good: {"iat": good["iat"] + 100, "exp": good["iat"] + 300},
    "not yet good": lambda good: {"nbf": good["iat"] + 100},
    "good for too long": lambda good: {"exp": good["iat"] + 3600},
    "good for ever": lambda _: {"exp": None},
    "issued at no time": lambda _: {"iat": None},
    "another issuer's": lambda _: {"iss": "https://evil.example"},
    "no issuer's": lambda _: {"iss": None},
    "for another audience": lambda _: {"aud": "https://evil.example"},
    "for no audience": lambda _: {"aud": None},
    "for a list without us": lambda _: {"aud": ["a", "b"]},
    "about nobody": lambda _: {"sub": None},
    "without an id": lambda _: {"jti": None},
    "without a partnership": lambda _: {"partnership": None},
    "of no partnership that is one": lambda _: {"partnership": "southend"},
    "with a role that there is not": lambda _: {"roles": ["king"]},
    "with roles as text": lambda _: {"roles": "admin"},
    "with times that are none": lambda _: {"exp": "soon"},
    "without a client": lambda _: {"client_id": None},
}


@pytest.mark.parametrize("what", _CLAIMS)
async def test_a_token_with_a_wrong_claim_is_refused(platform: Platform, forge: Forge, what: str) -> None:
    assert await _status(platform, forge.token(**_CLAIMS[what](forge.good))) == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"typ": "JWT"},
        {"typ": "id_token+jwt"},
        {"typ": ""},
        {"kid": "unknown"},
        {"kid": ""},
        {"kid": None},
        {"kid": ["a"]},
        {"crit": ["exp"]},
    ],
)
async def test_a_token_with_a_wrong_header_is_refused(
    platform: Platform, forge: Forge, headers: dict[str, Any]
) -> None:
    assert await _status(platform, forge.token(headers)) == 401


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS256", "RS512", "PS256", "", None])
async def test_the_algorithm_is_ours_to_choose(platform: Platform, forge: Forge, algorithm: str | None) -> None:
    header = {"alg": algorithm, "typ": "at+jwt", "kid": forge.key.kid}
    good_signature = forge.token().rsplit(".", 1)[1]
    assert await _status(platform, forge.assembled(header)) == 401
    assert await _status(platform, forge.assembled(header, good_signature)) == 401


async def test_a_public_key_is_no_secret_to_sign_with(platform: Platform, forge: Forge) -> None:
    """RS256 → HS256 with each form of the public key as the secret."""
    pem = forge.key.private.public_key().to_pem().decode()
    for secret in (forge.key.public["n"], json.dumps(dict(forge.key.public)), pem.replace("PUBLIC KEY", "KEY")):
        headers = {"typ": "at+jwt", "kid": forge.key.kid}
        assert await _status(platform, jwt.encode(forge.good, secret, "HS256", headers=headers)) == 401


async def test_another_key_under_our_id_is_refused(platform: Platform, forge: Forge) -> None:
    token = _OTHER.sign(forge.good, kid=forge.key.kid, typ="at+jwt")
    assert await _status(platform, token) == 401


async def test_addresses_and_keys_inside_a_token_are_not_followed(platform: Platform, forge: Forge) -> None:
    other = _OTHER.jwk | {"kid": "mine"}
    headers = {"typ": "at+jwt", "kid": "mine"}
    token = jwt.encode(forge.good, _OTHER.pem, "RS256", headers=headers | {"jwk": other})
    assert await _status(platform, token) == 401
    for name in ("jku", "x5u"):
        token = jwt.encode(forge.good, _OTHER.pem, "RS256", headers=headers | {name: "http://127.0.0.1:9/keys"})
        assert await _status(platform, token) == 401


async def test_every_changed_piece_breaks_a_token(platform: Platform, forge: Forge) -> None:
    head, body, signature = forge.token().split(".")
    richer = _encoded(forge.good | {"roles": ["admin", "auditor"]})
    other = _encoded(forge.good | {"partnership": str(new_id())})
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    for token in (
        f"{head}.{richer}.{signature}",
        f"{head}.{other}.{signature}",
        f"{head}.{body}.{flipped}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{body}.{head}.{signature}",
        f"{head}.{body}.{signature}.{signature}",
    ):
        assert await _status(platform, token) == 401


async def test_oversize_and_nonsense_are_refused_before_they_are_read(platform: Platform, forge: Forge) -> None:
    for token in (forge.token(padding="x" * 9000), "a.b.c", "...", "x", "é.é.é"):
        answer = await platform.client.get(
            "/v1/clients", headers={b"Authorization": f"Bearer {token}".encode("latin-1")}
        )
        assert answer.status_code == 401, token[:20]
        assert answer.json()["type"].endswith("/unauthorized")


async def test_a_deeply_nested_header_breaks_nothing(platform: Platform) -> None:
    nested = base64.urlsafe_b64encode(b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}").decode().rstrip("=")
    assert await _status(platform, f"{nested}.{nested}.x") == 401


@pytest.mark.parametrize("scheme", ["", "Basic ", "bearer", "Token "])
async def test_a_good_token_under_another_scheme_is_none(platform: Platform, forge: Forge, scheme: str) -> None:
    answer = await platform.client.get("/v1/clients", headers={"Authorization": scheme + forge.token()})
    assert answer.status_code == 401


async def test_a_token_of_a_test_issuer_is_worth_nothing_here(platform: Platform, partnership: Partnership) -> None:
    token = TestIssuer().token(Role.ADMIN, partnership=partnership.id, organisation=partnership.authority)
    assert await _status(platform, token) == 401
