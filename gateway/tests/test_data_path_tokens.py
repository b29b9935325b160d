"""Who passes the edge, for how long, and as whom."""

import base64
import time

import orjson
import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gateway.auth import Doorkeeper, issuer_of
from gateway.limits import Limits, Policy
from gateway.tests.data_path import ORGANISATION, PARTNERSHIP, Gateway, Revoked, Service, gateway_for, no_swap
from shared.auth import KeySet, Role, TokenVerifier
from shared.testing import ISSUER, KID, PRIVATE_PEM, TestIssuer

FOREIGN = "https://login.authority.test"


def part(value: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def unsigned(**claims: object) -> str:
    return f"{part({'alg': 'none', 'typ': 'at+jwt', 'kid': KID})}.{part({'iss': ISSUER, **claims})}."


def letters(signature: bytes) -> str:
    return base64.urlsafe_b64encode(signature).decode().rstrip("=")


def signed(token: str, **header: str) -> str:
    """The claims of a good token under another header, signed with the issuer's own key."""
    key = serialization.load_pem_private_key(PRIVATE_PEM.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    text = f"{part({'alg': 'RS256', 'kid': KID, 'typ': 'at+jwt'} | header)}.{token.split('.')[1]}"
    return f"{text}.{letters(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def signed_with_a_secret(token: str, secret: bytes) -> str:
    text = f"{part({'alg': 'HS256', 'kid': KID, 'typ': 'at+jwt'})}.{token.split('.')[1]}"
    code = hmac.HMAC(secret, hashes.SHA256())
    code.update(text.encode())
    return f"{text}.{letters(code.finalize())}"


async def refused(edge: Gateway, token: str) -> None:
    answer = await edge.get("/v1/referrals/1", token=token)
    assert (answer.status, answer.json["type"]) == (401, "/problems/unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert token not in answer.body.decode()
    assert edge.service.requests == []


async def test_without_a_token_nothing_passes(edge: Gateway) -> None:
    answer = await edge.raw(b"GET /v1/referrals/1 HTTP/1.1\r\nHost: gateway\r\n\r\n")
    assert (answer.status, answer.json["type"]) == (401, "/problems/unauthorized")
    assert edge.service.requests == []


@pytest.mark.parametrize("value", ["Basic eDp5", "Bearer", "Bearer ", "x"])
async def test_another_scheme_does_not_pass(edge: Gateway, value: str) -> None:
    answer = await edge.raw(f"GET /v1/referrals/1 HTTP/1.1\r\nHost: gateway\r\nAuthorization: {value}\r\n\r\n".encode())
    assert answer.status == 401
    assert edge.service.requests == []


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 1},
        {"iat": int(time.time()) + 100_000, "exp": int(time.time()) + 100_200},
        {"nbf": int(time.time()) + 100_000},
        {"exp": int(time.time()) + 100_000},
        {"aud": "other"},
        {"jti": None},
        {"roles": ["emperor"]},
        {"client_id": 7},
    ],
    ids=["expired", "from the future", "not yet", "too long", "aud", "jti", "role", "client"],
)
async def test_a_token_with_a_wrong_claim_does_not_pass(edge: Gateway, claims: dict[str, object]) -> None:
    await refused(edge, edge.token(**claims))


async def test_a_token_without_a_signature_does_not_pass(edge: Gateway) -> None:
    await refused(edge, unsigned(sub="x"))


async def test_a_token_signed_with_a_shared_secret_does_not_pass(edge: Gateway) -> None:
    await refused(edge, signed_with_a_secret(edge.token(), b"secret"))


async def test_a_token_signed_with_the_public_key_as_secret_does_not_pass(edge: Gateway) -> None:
    key = serialization.load_pem_private_key(PRIVATE_PEM.encode(), None).public_key()
    public = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    await refused(edge, signed_with_a_secret(edge.token(), public))


@pytest.mark.parametrize("header", [{"kid": "other"}, {"typ": "JWT"}, {"typ": "id+jwt"}, {"crit": "exp"}])
async def test_a_token_with_a_wrong_header_does_not_pass(edge: Gateway, header: dict[str, str]) -> None:
    await refused(edge, signed(edge.token(), **header))


async def test_a_token_under_its_right_header_passes(edge: Gateway) -> None:
    assert (await edge.get("/v1/referrals/1", token=signed(edge.token()))).status == 200


async def test_a_token_with_one_letter_changed_does_not_pass(edge: Gateway) -> None:
    head, body, signature = edge.token().split(".")
    await refused(edge, f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}")


async def test_a_token_too_long_to_be_one_does_not_pass(edge: Gateway) -> None:
    await refused(edge, edge.token(scope="x" * 9000))


async def test_a_good_token_reaches_the_service_as_it_came(edge: Gateway) -> None:
    token = edge.token()
    headers = dict((await edge.get("/v1/referrals/1", token=token)).json["headers"])
    assert headers["authorization"] == f"Bearer {token}"


async def test_a_known_token_ends_with_its_life() -> None:
    keys = KeySet(TestIssuer())
    await keys.refresh()
    limits = Limits(Policy("client", 9, 60), Policy("intake", 9, 60), Policy("visitor", 9, 60))
    door = Doorkeeper(TokenVerifier(ISSUER, ISSUER, keys), Revoked(), limits, no_swap, ISSUER)
    token = TestIssuer().token(partnership=PARTNERSHIP, organisation=ORGANISATION, exp=int(time.time()) + 30)
    header = f"Bearer {token}".encode()
    first = await door.admit(header, 1000.0)
    assert await door.admit(header, 1000.5) is first
    assert 1025.0 <= first.until <= 1030.0
    assert await door.admit(header, 1030.0) is not first


async def test_a_known_token_is_looked_at_again_after_a_minute() -> None:
    keys = KeySet(TestIssuer())
    await keys.refresh()
    limits = Limits(Policy("client", 9, 60), Policy("intake", 9, 60), Policy("visitor", 9, 60))
    door = Doorkeeper(TokenVerifier(ISSUER, ISSUER, keys), Revoked(), limits, no_swap, ISSUER)
    token = TestIssuer().token(partnership=PARTNERSHIP, organisation=ORGANISATION)
    first = await door.admit(f"Bearer {token}".encode(), 1000.0)
    assert first.until == pytest.approx(1060.0)
    keys.version += 1
    assert await door.admit(f"Bearer {token}".encode(), 1001.0) is not first


@pytest.mark.parametrize("claim", ["jti", "client_id", "sub"])
async def test_a_known_token_ends_with_its_revocation(edge: Gateway, claim: str) -> None:
    token = edge.token(jti="a-token", client_id="a-client", sub="a-subject")
    assert (await edge.get("/v1/referrals/1", token=token)).status == 200
    edge.revoked.add({"jti": "a-token", "client_id": "a-client", "sub": "a-subject"}[claim])
    edge.service.requests.clear()
    await refused(edge, token)


async def test_others_pass_when_one_is_revoked(edge: Gateway) -> None:
    token = edge.token(jti="mine")
    assert (await edge.get("/v1/referrals/1", token=token)).status == 200
    edge.revoked.add("another")
    assert (await edge.get("/v1/referrals/1", token=token)).status == 200


async def test_a_foreign_token_is_swapped_once_and_never_passed_on(service: Service) -> None:
    swapped: list[str] = []
    own = TestIssuer().token(Role.COORDINATOR, partnership=PARTNERSHIP, organisation=ORGANISATION)

    async def swap(token: str) -> str:
        swapped.append(token)
        return own

    foreign = unsigned(iss=FOREIGN)
    async with gateway_for(service, swap=swap) as edge:
        for _ in range(3):
            headers = dict((await edge.get("/v1/referrals/1", token=foreign)).json["headers"])
            assert headers["authorization"] == f"Bearer {own}"
        seen = dict((await edge.get("/v1/partnerships", token=foreign)).json)
    assert swapped == [foreign]
    assert seen["authorization"] == f"Bearer {own}"


async def test_what_the_swap_gives_is_verified_too(service: Service) -> None:
    async def swap(_token: str) -> str:
        return unsigned(sub="x")

    async with gateway_for(service, swap=swap) as edge:
        await refused(edge, unsigned(iss=FOREIGN))


async def test_a_swap_that_is_away_is_told_as_such(service: Service) -> None:
    async def away(_token: str) -> str:
        raise ConnectionRefusedError

    async with gateway_for(service, swap=away) as edge:
        answer = await edge.get("/v1/referrals/1", token=unsigned(iss=FOREIGN))
        assert (answer.status, answer.json["type"]) == (503, "/problems/unavailable")
        assert (await edge.get("/v1/partnerships", token=unsigned(iss=FOREIGN))).status == 503


async def test_a_defect_is_told_as_nothing_but_that(service: Service) -> None:
    async def broken(_token: str) -> str:
        raise RuntimeError("Jane Doe")

    async with gateway_for(service, swap=broken) as edge:
        answer = await edge.get("/v1/referrals/1", token=unsigned(iss=FOREIGN))
        assert (answer.status, answer.json["type"]) == (500, "/problems/internal")
        assert b"Jane" not in answer.body


async def test_our_own_tokens_are_never_swapped(edge: Gateway) -> None:
    assert (await edge.get("/v1/referrals/1")).status == 200


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", f"a.{part([1])}.c", f"a.{part({'iss': 3})}.c", "é.é.é"])
def test_what_is_not_a_token_has_no_issuer(token: str) -> None:
    assert issuer_of(token) is None


def test_the_issuer_is_read_without_being_believed() -> None:
    assert issuer_of(unsigned(iss=FOREIGN)) == FOREIGN


async def test_the_gateways_own_paths_are_behind_the_same_door(edge: Gateway) -> None:
    answer = await edge.get("/v1/partnerships")
    assert answer.json["from"] == "own"
    assert answer.headers["ratelimit-policy"].startswith('"client"')
    assert "x-circle-route" not in answer.headers
    assert (await edge.get("/v1/partnerships", token=unsigned(sub="x"))).status == 401
    edge.revoked.add("test")
    assert (await edge.get("/v1/partnerships")).status == 401
