"""The token endpoint: who gets a token, what is in it, and how everybody else is refused."""

import time
from typing import Any

import pytest
from jose import jwt

from gateway.identity.tests.platform import Partnership, Platform
from gateway.tokens.assertions import ASSERTION_TYPE
from gateway.tokens.tests.idp import Pair, ec_pair, rsa_pair
from shared.ids import new_id
from shared.settings import SERVICES


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.get_unverified_claims(token)
    return claims


async def test_a_client_gets_an_access_token_as_rfc_9068_says(platform: Platform, partnership: Partnership) -> None:
    answer = await platform.ask_token(partnership.client_id, partnership.client_secret)
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["scope"]) == ("Bearer", "api")
    header, claims = jwt.get_unverified_header(body["access_token"]), _claims(body["access_token"])
    assert (header["typ"], header["alg"]) == ("at+jwt", "RS256")
    settings = platform.issuer.settings
    assert (claims["iss"], claims["aud"]) == (settings.issuer, settings.audience)
    assert claims["sub"] == claims["client_id"] == partnership.client_id
    assert claims["partnership"] == str(partnership.id)
    assert claims["organisation"] == str(partnership.authority)
    assert claims["roles"] == ["admin"]
    assert "person" not in claims
    assert claims["exp"] - claims["iat"] == body["expires_in"] <= 300
    assert abs(claims["iat"] - time.time()) < 5


async def test_the_secret_may_come_in_the_form(platform: Platform, partnership: Partnership) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": partnership.client_id,
        "client_secret": partnership.client_secret,
    }
    assert (await platform.client.post("/oauth/token", data=form)).status_code == 200


_NOBODY = "01990000-0000-7000-8000-00000000abcd"


@pytest.mark.parametrize("client_id", ["", "nobody", "worker-nobody", "worker-referral", _NOBODY, "x" * 10_000])
async def test_whoever_cannot_prove_it_gets_the_same_answer(
    platform: Platform, partnership: Partnership, client_id: str
) -> None:
    unknown = await platform.ask_token(client_id, "wrong", partnership=str(partnership.id))
    known = await platform.ask_token(partnership.client_id, "wrong")
    assert unknown.status_code == known.status_code == 401
    assert unknown.json() == known.json()
    assert unknown.json()["error"] == "invalid_client"
    assert unknown.headers["www-authenticate"].startswith("Basic")


async def test_a_client_id_in_another_spelling_is_not_the_client(platform: Platform, partnership: Partnership) -> None:
    answer = await platform.ask_token(partnership.client_id.upper(), partnership.client_secret)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "everything"}, "invalid_scope"),
        ({"grant_type": "authorization_code", "code": "x", "redirect_uri": "x", "code_verifier": "x"}, None),
    ],
)
async def test_a_grant_that_is_not_offered_is_named_by_rfc_6749(
    platform: Platform, partnership: Partnership, form: dict[str, str], error: str | None
) -> None:
    auth = (partnership.client_id, partnership.client_secret)
    answer = await platform.client.post("/oauth/token", data=form, auth=auth)
    assert answer.status_code == 400
    assert answer.json()["error"] == (error or "unauthorized_client")


async def test_two_ways_of_proving_it_are_one_too_many(platform: Platform, partnership: Partnership) -> None:
    form = {"grant_type": "client_credentials", "client_secret": partnership.client_secret}
    auth = (partnership.client_id, partnership.client_secret)
    answer = await platform.client.post("/oauth/token", data=form, auth=auth)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"grant_type=client_credentials&grant_type=client_credentials", "application/x-www-form-urlencoded"),
        (b"grant_type=%ff", "application/x-www-form-urlencoded"),
        (b"grant_type=a%00b", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % number for number in range(40)), "application/x-www-form-urlencoded"),
        (b"grant_type=" + b"a" * 70_000, "application/x-www-form-urlencoded"),
        (b'{"grant_type": "client_credentials"}', "application/json"),
    ],
)
async def test_a_form_that_is_not_one_is_refused(platform: Platform, body: bytes, kind: str) -> None:
    answer = await platform.client.post("/oauth/token", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer x", "Basic /w=="])
async def test_a_header_that_is_none_is_refused(platform: Platform, header: str) -> None:
    # The edge takes `Authorization` as a token on paths of the API only.
    form = {"grant_type": "client_credentials"}
    answer = await platform.client.post("/oauth/token", data=form, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_worker_works_for_one_partnership_at_a_time(
    platform: Platform, partnership: Partnership, service: str
) -> None:
    secret = platform.issuer.settings.worker_client_secrets[service].get_secret_value()
    claims = _claims(await platform.token(f"worker-{service}", secret, partnership=str(partnership.id)))
    assert (claims["sub"], claims["roles"]) == (f"worker-{service}", ["worker"])
    assert claims["partnership"] == claims["organisation"] == str(partnership.id)


async def test_a_worker_without_a_partnership_gets_nothing(platform: Platform) -> None:
    secret = platform.issuer.settings.worker_client_secrets["referral"].get_secret_value()
    for form in ({}, {"partnership": "x"}, {"partnership": str(new_id())}):
        answer = await platform.ask_token("worker-referral", secret, **form)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_service_cannot_speak_for_another(platform: Platform, partnership: Partnership) -> None:
    secret = platform.issuer.settings.worker_client_secrets["training"].get_secret_value()
    answer = await platform.ask_token("worker-referral", secret, partnership=str(partnership.id))
    assert answer.status_code == 401


async def test_the_console_acts_for_people_only(platform: Platform) -> None:
    form = {"grant_type": "client_credentials", "client_id": "console"}
    answer = await platform.client.post("/oauth/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


class Signer:
    """A client that proves itself with its key."""

    def __init__(self, platform: Platform, client_id: str, pair: Pair) -> None:
        self.platform, self.client_id, self.pair = platform, client_id, pair

    def claims(self, **other: Any) -> dict[str, Any]:
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": f"{self.platform.issuer.settings.issuer}/oauth/token",
            "jti": str(new_id()),
            "exp": int(time.time()) + 60,
        } | other
        return {name: value for name, value in claims.items() if value is not None}

    async def send(self, assertion: str, **form: str) -> int:
        body = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        } | form
        return (await self.platform.client.post("/oauth/token", data=body)).status_code


async def _signer(platform: Platform, partnership: Partnership, pair: Pair) -> Signer:
    body = {
        "organisation": str(partnership.authority),
        "name": f"Signer {new_id()}",
        "kind": "partner",
        "public_key": pair.jwk,
    }
    answer = await partnership.admin.post("/v1/clients", body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["client"]["authentication"] == "private_key_jwt"
    assert answer.json()["client_secret"] is None
    return Signer(platform, answer.json()["client"]["id"], pair)


@pytest.mark.parametrize("make", [rsa_pair, ec_pair])
async def test_a_signed_assertion_is_good_once(platform: Platform, partnership: Partnership, make: Any) -> None:
    signer = await _signer(platform, partnership, make())
    assertion = signer.pair.sign(signer.claims())
    assert await signer.send(assertion) == 200
    assert await signer.send(assertion) == 401
    assert await signer.send(signer.pair.sign(signer.claims(aud=platform.issuer.settings.issuer))) == 200


async def test_an_assertion_that_is_wrong_anywhere_is_refused(platform: Platform, partnership: Partnership) -> None:
    signer, other = await _signer(platform, partnership, rsa_pair()), rsa_pair()
    now = int(time.time())
    wrong: list[dict[str, Any]] = [
        {"iss": str(new_id())},
        {"sub": str(new_id())},
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"jti": None},
        {"exp": None},
        {"exp": now - 10},
        {"exp": now + 3600},
        {"exp": str(now + 60)},
        {"nbf": now + 100},
    ]
    for claims in wrong:
        assert await signer.send(signer.pair.sign(signer.claims(**claims))) == 401, claims
    assert await signer.send(other.sign(signer.claims())) == 401
    assert await signer.send(_unsigned(signer.claims())) == 401
    assert await signer.send(jwt.encode(signer.claims(), signer.pair.public["n"], "HS256")) == 401
    assert await signer.send("x" * 9000) == 401
    assert await signer.send("not.a.token") == 401
    assert await signer.send(signer.pair.sign(signer.claims()), client_id=partnership.client_id) == 401
    assert await signer.send(signer.pair.sign(signer.claims()), client_assertion_type="saml") == 400


async def test_a_client_with_a_key_has_no_secret_to_guess(platform: Platform, partnership: Partnership) -> None:
    signer = await _signer(platform, partnership, ec_pair())
    assert (await platform.ask_token(signer.client_id, "")).status_code == 401
    assert (await platform.ask_token(signer.client_id, "\x00" * 32)).status_code == 401


def _unsigned(claims: dict[str, Any]) -> str:
    pieces = jwt.encode(claims, "k", "HS256").split(".")
    return f"eyJhbGciOiJub25lIn0.{pieces[1]}."


@pytest.mark.parametrize(
    "key",
    [
        {},
        {"kty": "oct", "k": "c2VjcmV0"},
        rsa_pair(1024).jwk,
        rsa_pair().jwk | {"d": "c2VjcmV0"},
        rsa_pair().jwk | {"e": "Aw"},
        ec_pair().jwk | {"crv": "P-521"},
        ec_pair().jwk | {"x": "AAAA"},
        {"kty": "RSA", "n": "ü", "e": "AQAB"},
    ],
)
async def test_a_key_that_is_weak_private_or_none_is_not_registered(
    partnership: Partnership, key: dict[str, str]
) -> None:
    body = {
        "organisation": str(partnership.authority),
        "name": f"Signer {new_id()}",
        "kind": "partner",
        "public_key": key,
    }
    answer = await partnership.admin.post("/v1/clients", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "public-key"
    assert "c2VjcmV0" not in answer.text
