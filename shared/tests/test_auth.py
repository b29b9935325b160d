"""Tokens: good ones are let in, every forgery known to us is not."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from shared.auth import Caller, KeySet, Role, TokenVerifier, bearer, caller_of, is_ours_to_verify_with
from shared.errors import Unauthorized, Unavailable
from shared.ids import new_id
from shared.testing import ISSUER, KID, PRIVATE_PEM, TestIssuer

HEADER = {"alg": "RS256", "typ": "at+jwt", "kid": KID}
OWN_KEY: Any = serialization.load_pem_private_key(PRIVATE_PEM.encode(), None)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_PEM = OWN_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    given = {
        "iss": ISSUER, "aud": ISSUER, "sub": "somebody", "client_id": "test", "iat": now, "exp": now + 300,
        "jti": str(new_id()), "scope": "api", "partnership": str(new_id()), "organisation": str(new_id()),
        "roles": ["coordinator"], "person": str(new_id()),
    }  # fmt: skip
    return {name: value for name, value in (given | changed).items() if value is not ...}


def signed(body: Mapping[str, Any] | None = None, header: dict[str, Any] | None = None, key: Any = OWN_KEY) -> str:
    text = f"{encoded(header or HEADER)}.{encoded(body or claims())}"
    return f"{text}.{encoded(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def with_header(**changed: Any) -> str:
    return signed(header={name: value for name, value in (HEADER | changed).items() if value is not ...})


def hmac_with_our_public_key(kid: Any = KID) -> str:
    text = f"{encoded(HEADER | {'alg': 'HS256', 'kid': kid})}.{encoded(claims())}"
    return f"{text}.{encoded(hmac.new(PUBLIC_PEM, text.encode(), hashlib.sha256).digest())}"


def unsigned(algorithm: str) -> str:
    return f"{encoded(HEADER | {'alg': algorithm})}.{encoded(claims())}."


def edited() -> str:
    header, _, signature = signed().split(".")
    return f"{header}.{encoded(claims(roles=['admin']))}.{signature}"


def of_a_curve() -> str:
    text = f"{encoded(HEADER | {'alg': 'ES256'})}.{encoded(claims())}"
    signature = ec.generate_private_key(ec.SECP256R1()).sign(text.encode(), ec.ECDSA(hashes.SHA256()))
    return f"{text}.{encoded(signature)}"


@pytest.fixture
async def verifier() -> TokenVerifier:
    keys = KeySet(TestIssuer())
    await keys.refresh()
    return TokenVerifier(ISSUER, ISSUER, keys)


def now() -> int:
    return int(time.time())


FORGERIES: dict[str, Callable[[], str]] = {
    "no algorithm": lambda: unsigned("none"),
    "no algorithm, in capitals": lambda: unsigned("NONE"),
    "right algorithm, no signature": lambda: unsigned("RS256"),
    "our public key as a shared secret": hmac_with_our_public_key,
    "another algorithm of the same family": lambda: with_header(alg="RS512"),
    "an elliptic curve": of_a_curve,
    "another key under our key's name": lambda: signed(key=OTHER_KEY),
    "a key that we do not have": lambda: with_header(kid="stranger"),
    "no key named": lambda: with_header(kid=...),
    "a key named by a list": lambda: with_header(kid=[KID]),
    "a path as the key's name": lambda: with_header(kid="../../etc/passwd"),
    "an ID token": lambda: with_header(typ="JWT"),
    "no type": lambda: with_header(typ=...),
    "something critical that we do not know": lambda: with_header(crit=["exp"]),
    "a key brought along": lambda: signed(
        header=HEADER | {"kid": "x", "jwk": {"kty": "RSA"}, "jku": "http://evil.test"}
    ),
    "edited claims": edited,
    "expired": lambda: signed(claims(iat=now() - 600, exp=now() - 1)),
    "expires as we look": lambda: signed(claims(iat=now() - 300, exp=now())),
    "issued in the future": lambda: signed(claims(iat=now() + 60, exp=now() + 120)),
    "not yet valid": lambda: signed(claims(nbf=now() + 60)),
    "lives too long": lambda: signed(claims(exp=now() + 3600)),
    "never expires": lambda: signed(claims(exp=...)),
    "never issued": lambda: signed(claims(iat=...)),
    "expiry is no number": lambda: signed(claims(exp="soon")),
    "expiry is infinite": lambda: signed(claims(exp=1e400)),
    "another audience": lambda: signed(claims(aud="https://elsewhere.test")),
    "no audience": lambda: signed(claims(aud=...)),
    "another issuer": lambda: signed(claims(iss="https://elsewhere.test")),
    "no issuer": lambda: signed(claims(iss=...)),
    "no subject": lambda: signed(claims(sub=...)),
    "no id": lambda: signed(claims(jti=...)),
    "subject is a list": lambda: signed(claims(sub=["somebody"])),
    "no partnership": lambda: signed(claims(partnership=...)),
    "partnership is no id": lambda: signed(claims(partnership="southend")),
    "no organisation": lambda: signed(claims(organisation=...)),
    "no client": lambda: signed(claims(client_id=...)),
    "a role that does not exist": lambda: signed(claims(roles=["emperor"])),
    "roles are a text": lambda: signed(claims(roles="admin")),
    "no roles claim": lambda: signed(claims(roles=...)),
    "person is no id": lambda: signed(claims(person="me")),
    "too long": lambda: signed(claims(scope="a" * 9000)),
    "two dots only": lambda: "..",
    "nothing": lambda: "",
    "no token at all": lambda: "abc",
    "a token and a half": lambda: signed() + ".abc",
    "claims are a list": lambda: f"{encoded(HEADER)}.{encoded([1])}.{encoded(b'x')}",
    "a header that nests for ever": lambda: f"{encoded(b'[' * 4000)}.{encoded(claims())}.{encoded(b'x')}",
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_this_is_not_let_in(verifier: TokenVerifier, name: str) -> None:
    for _ in range(2):
        with pytest.raises(Unauthorized):
            await verifier.verify(FORGERIES[name]())
        assert not passes_at_once(verifier, FORGERIES[name]())
        # From now on the key is at hand, and the header known.
        await verifier.verify(signed())


def passes_at_once(verifier: TokenVerifier, token: str) -> bool:
    with suppress(Unauthorized):
        return verifier.at_once(token) is not None
    return False


async def test_a_key_that_was_exchanged_under_its_name_verifies_nothing_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = Rotating()
    source.keys = dict(await TestIssuer().fetch())
    keys = KeySet(source)
    await keys.refresh()
    verifier = TokenVerifier(ISSUER, ISSUER, keys)
    await verifier.verify(signed())
    monkeypatch.setattr("shared.auth.REFETCH_SECONDS", 0.0)
    numbers = OTHER_KEY.public_key().public_numbers()
    size = (numbers.n.bit_length() + 7) // 8
    source.keys = {KID: source.keys[KID] | {"n": encoded(numbers.n.to_bytes(size, "big"))}}
    await keys.refresh()
    assert not passes_at_once(verifier, signed())
    with pytest.raises(Unauthorized):
        await verifier.verify(signed())
    assert (await verifier.verify(signed(key=OTHER_KEY))).subject == "somebody"
    assert passes_at_once(verifier, signed(key=OTHER_KEY))


async def test_headers_in_many_spellings_fill_no_memory(verifier: TokenVerifier) -> None:
    for number in range(200):
        raw = json.dumps(HEADER) + " " * number
        text = f"{encoded(raw.encode())}.{encoded(claims())}"
        await verifier.verify(f"{text}.{encoded(OWN_KEY.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}")
    assert len(verifier._prepared_keys) <= 64  # noqa: SLF001 - nobody else sees it


async def test_a_good_token_is_let_in_with_all_it_says(verifier: TokenVerifier) -> None:
    body = claims(roles=["coordinator", "trainer"])
    caller = await verifier.verify(signed(body))
    assert caller.roles == {Role.COORDINATOR, Role.TRAINER}
    assert [str(caller.partnership), str(caller.organisation), str(caller.person)] == [
        body["partnership"],
        body["organisation"],
        body["person"],
    ]
    assert (caller.subject, caller.token_id, caller.expires) == ("somebody", body["jti"], body["exp"])
    assert (await verifier.verify(with_header(typ="application/at+JWT"))).subject == "somebody"


async def test_a_token_that_was_good_is_refused_from_the_second_in_which_it_expires(verifier: TokenVerifier) -> None:
    expires = int(time.time()) + 2
    token = signed(claims(exp=expires))
    while True:
        try:
            await verifier.verify(token)
        except Unauthorized:
            break
        assert time.time() < expires + 0.5
        await asyncio.sleep(0.02)
    assert time.time() >= expires


class Rotating:
    """A source of keys that a test changes or breaks."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {}
        self.fetched = 0

    async def fetch(self) -> Mapping[str, Mapping[str, Any]]:
        self.fetched += 1
        if not self.keys:
            raise ValueError("away")
        return dict(self.keys)


async def test_no_key_means_not_ready_and_nobody_let_in() -> None:
    keys = KeySet(Rotating())
    assert not await keys.refresh()
    assert not keys.ready
    with pytest.raises(Unavailable):  # no verdict on a token that may well be good
        await TokenVerifier(ISSUER, ISSUER, keys).verify(signed())


async def test_the_last_good_keys_stay_when_the_source_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Rotating()
    source.keys = dict(await TestIssuer().fetch())
    keys = KeySet(source)
    await keys.refresh()
    source.keys = {}
    monkeypatch.setattr("shared.auth.REFETCH_SECONDS", 0.0)
    assert not await keys.refresh()
    assert (await TokenVerifier(ISSUER, ISSUER, keys).verify(signed())).subject == "somebody"


async def test_unknown_keys_do_not_make_us_ask_the_issuer_again_and_again() -> None:
    source = Rotating()
    source.keys = dict(await TestIssuer().fetch())
    keys = KeySet(source)
    await keys.refresh()
    for number in range(50):
        assert await keys.find(f"stranger {number}") is None
    assert source.fetched == 1


async def test_a_key_that_was_withdrawn_lets_nobody_in_not_even_from_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Rotating()
    ours = dict(await TestIssuer().fetch())
    source.keys = dict(ours)
    keys, token = KeySet(source), signed()
    await keys.refresh()
    verifier = TokenVerifier(ISSUER, ISSUER, keys)
    assert (await verifier.verify(token)).subject == "somebody"
    source.keys = {"next": {**ours[KID], "kid": "next"}}
    monkeypatch.setattr("shared.auth.REFETCH_SECONDS", 0.0)
    await keys.refresh()
    with pytest.raises(Unauthorized):
        await verifier.verify(token)


@pytest.mark.parametrize(
    ("member", "ours"),
    [
        ({}, True), ({"use": "sig"}, True), ({"key_ops": ["verify"]}, True), ({"alg": "RS256"}, True),
        ({"use": "enc"}, False), ({"key_ops": ["encrypt"]}, False), ({"alg": "RSA-OAEP"}, False),
        ({"kty": "EC"}, False),
    ],
)  # fmt: skip
def test_only_a_key_for_signatures_by_our_algorithm_is_verified_with(member: dict[str, Any], ours: bool) -> None:
    assert is_ours_to_verify_with({"kty": "RSA", "kid": "x"} | member) is ours


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer", "Bearer ", "abc", "Token abc"])
def test_whatever_is_no_bearer_token_is_no_token(header: str | None) -> None:
    with pytest.raises(Unauthorized):
        bearer(header)


def test_bearer_is_written_as_one_likes() -> None:
    assert bearer("bearer  abc ") == "abc"


@pytest.mark.parametrize(
    ("roles", "personal"),
    [
        (["volunteer"], True),
        (["advocate", "volunteer"], True),
        (["volunteer", "coordinator"], False),
        (["coordinator"], False),
    ],
)
def test_whoever_is_only_a_volunteer_or_advocate_sees_only_their_own(roles: list[str], personal: bool) -> None:
    caller: Caller = caller_of(claims(roles=roles))
    assert caller.personal is personal
