"""Where a token is shown, whose it is, and what has become of it since: a good one in the wrong place is none."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from jose import jwt

from gateway.tokens.revocations import Kind, revoke
from gateway.tokens.tests.idp import Idp, rsa_pair
from shared.auth import KeySet, Role
from shared.ids import new_id
from tests.attacks.forge import Forge, piece
from tests.attacks.ground import Ground, Lure
from tests.attacks.target import Target, Verdict, send

REFUSED = {400, 401}


def line(value: str | bytes) -> bytes:
    return b"Authorization: " + (value if isinstance(value, bytes) else value.encode("latin-1", "replace"))


SCHEMES: dict[str, Callable[[str], list[bytes]]] = {
    "another scheme": lambda token: [line(f"Basic {token}")],
    "a scheme of nobody": lambda token: [line(f"Token {token}")],
    "a proof of possession": lambda token: [line(f"DPoP {token}")],
    "no scheme": lambda token: [line(token)],
    "no blank": lambda token: [line(f"Bearer{token}")],
    "a tab": lambda token: [line(f"Bearer\t{token}")],
    "a colon": lambda token: [line(f"Bearer: {token}")],
    "an equals sign": lambda token: [line(f"Bearer={token}")],
    "a parameter": lambda token: [line(f'Bearer token="{token}"')],
    "the scheme twice": lambda token: [line(f"Bearer Bearer {token}")],
    "two tokens": lambda token: [line(f"Bearer {token} {token}")],
    "two tokens and a comma": lambda token: [line(f"Bearer {token}, Bearer {token}")],
    "a scheme that begins like it": lambda token: [line(f"Bearers {token}")],
    "a blank that is none": lambda token: [line(f"Bearer\xa0{token}")],
    "hard blanks around": lambda token: [line(f"Bearer \xa0{token}\x85")],
    "bytes that are not UTF-8": lambda token: [line(b"Bearer \xff\xfe" + token.encode())],
    "bytes behind": lambda token: [line(b"Bearer " + token.encode() + b"\xc3\x28")],
    "letters of Unicode": lambda token: [line(b"Bearer " + token.replace("e", "е", 1).encode())],
    "the header twice": lambda token: [line(f"Bearer {token}"), line(f"Bearer {token}")],
    "a bad one first": lambda token: [line("Bearer x"), line(f"Bearer {token}")],
    "a bad one last": lambda token: [line(f"Bearer {token}"), line("Bearer x")],
    "a basic one beside": lambda token: [line("Basic eDp5"), line(f"Bearer {token}")],
    "an empty one beside": lambda token: [line(""), line(f"Bearer {token}")],
    "the proxy's header": lambda token: [b"Proxy-Authorization: Bearer " + token.encode()],
    "a header of our own making": lambda token: [b"X-Authorization: Bearer " + token.encode()],
    "an underscore": lambda token: [b"Authorization_: Bearer " + token.encode()],
    "a cookie": lambda token: [b"Cookie: access_token=" + token.encode()],
    "a cookie of the console": lambda token: [b"Cookie: circle_session=" + token.encode()],
    "nothing": lambda _: [],
    "an empty header": lambda _: [line("")],
    "the word alone": lambda _: [line("Bearer ")],
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEMES)
async def test_a_good_token_shown_in_another_way_is_none(targets: list[Target], forge: Forge, name: str) -> None:
    token = forge.known()
    for target in targets:
        for _ in range(2):
            verdict = await target.ask(*SCHEMES[name](token))
            assert verdict.status in REFUSED, (target.name, verdict.status)
            assert token.encode() not in verdict.body
        assert (await target.show(token)).status == 200


@pytest.mark.parametrize("name", ["access_token", "token", "Authorization", "bearer"])
async def test_a_token_in_the_query_or_in_a_form_is_none(targets: list[Target], forge: Forge, name: str) -> None:
    token = forge.known()
    for target in targets:
        assert (await target.ask(path=f"{target.path}?{name}={token}")).status == 401
        form = b"Content-Type: application/x-www-form-urlencoded"
        assert (await target.ask(form, body=f"{name}={token}".encode())).status == 401


async def test_a_token_dies_in_the_second_in_which_it_ends_however_well_it_is_known(
    targets: list[Target], forge: Forge
) -> None:
    expires = forge.now + 3
    token = forge.good(exp=expires)
    alive = set(targets)
    for target in targets:
        assert (await target.show(token)).status == 200
    while alive:
        for target in list(alive):
            asked = time.time()
            status = (await target.show(token)).status
            assert status == (200 if time.time() < expires else 401) or asked < expires <= time.time()
            if status == 401:
                assert time.time() >= expires
                alive.remove(target)


@pytest.mark.parametrize("kind", Kind)
async def test_a_revoked_token_is_refused_by_the_edge_however_well_it_is_known(
    ground: Ground, targets: list[Target], forge: Forge, kind: Kind
) -> None:
    """Behind the edge nobody asks: a service lives with a token for its five minutes."""
    claims: dict[str, Any] = {"sub": str(new_id()), "client_id": str(new_id()), "jti": str(new_id())}
    token, other = forge.good(**claims), forge.known()
    edges = targets[:2]
    for target in edges:
        assert (await target.show(token)).status == 200
    issuer = ground.platform.issuer

    async def tell() -> None:
        async with issuer.transaction("test") as session:
            await revoke(session, kind, claims[{"token": "jti", "client": "client_id", "subject": "sub"}[kind]])
        await issuer.revocations.refresh(issuer.parts)

    await ground.gateway.within(tell)
    for target in edges:
        for _ in range(2):
            assert (await target.show(token)).status == 401
        assert (await target.show(other)).status == 200


def foreign(provider: Idp, **claims: Any) -> str:
    return provider.token("nobody-here", **claims)


async def test_a_token_of_a_trusted_provider_about_nobody_we_know_is_refused(
    targets: list[Target], provider: Idp
) -> None:
    for token in (foreign(provider), foreign(provider, roles=["admin"], partnership=str(new_id()))):
        for target in targets:
            assert (await target.show(token)).status == 401
            assert (await target.show(token)).status == 401


FOREIGN: dict[str, Any] = {
    "our claims, signed by the provider": lambda forge, idp: idp.pair.sign(forge.claims, kid="idp-1", typ="at+jwt"),
    "our claims, signed by the provider under our key's name": lambda forge, idp: idp.pair.sign(
        forge.claims, kid=forge.kid, typ="at+jwt"
    ),
    "the provider's claims, signed by us": lambda forge, idp: forge.signed(forge.header, idp.claims("x")),
    "the provider's claims, signed by us under its key's name": lambda forge, idp: forge.signed(
        forge.header | {"kid": "idp-1"}, idp.claims("x")
    ),
    "both issuers": lambda forge, idp: forge.good(iss=[forge.claims["iss"], idp.issuer]),
    "both audiences, the provider's issuer": lambda forge, idp: forge.good(
        iss=idp.issuer, aud=[forge.claims["aud"], "safeguarding-circle"]
    ),
    "for another audience": lambda _, idp: foreign(idp, aud="another"),
    "for our own audience": lambda forge, idp: foreign(idp, aud=forge.claims["aud"]),
    "expired": lambda _, idp: foreign(idp, iat=1, exp=2),
    "an ID token": lambda _, idp: foreign(idp, nonce="x"),
    "a refresh token": lambda _, idp: foreign(idp, typ="Refresh"),
    "no expiry": lambda _, idp: foreign(idp, exp=None),
    "an infinite expiry": lambda _, idp: foreign(idp, exp=float("inf")),
    "no number as expiry": lambda _, idp: foreign(idp, exp=float("nan")),
    "digits as expiry": lambda _, idp: foreign(idp, exp="4102444800"),
    "true as issued": lambda _, idp: foreign(idp, iat=True),
    "digits as not before": lambda _, idp: foreign(idp, nbf="1"),
    "a subject that is a list": lambda _, idp: foreign(idp, sub=["x"]),
    "a subject with a nul": lambda _, idp: foreign(idp, sub="a\x00b"),
    "half a pair as subject": lambda _, idp: foreign(idp, sub="\ud800"),
    "no signature": lambda _, idp: f"{piece({'alg': 'none', 'kid': 'idp-1'})}.{piece(idp.claims('x'))}.",
    "a stranger's key": lambda _, idp: rsa_pair().sign(idp.claims("x"), kid="idp-1"),
    "crit": lambda _, idp: jwt.encode(idp.claims("x"), idp.pair.pem, "RS256", {"kid": "idp-1", "crit": ["exp"]}),
    "a set of keys of its own": lambda forge, idp: rsa_pair().sign(idp.claims("x"), kid="mine", jku=forge.lure),
    "an issuer at the lure": lambda forge, idp: idp.pair.sign(idp.claims("x") | {"iss": forge.lure}, kid="idp-1"),
    "the issuer with a slash": lambda _, idp: foreign(idp, iss=idp.issuer + "/"),
    "the issuer's own set of keys": lambda _, idp: foreign(idp, iss=idp.settings["jwks_url"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
async def test_a_swap_cannot_be_abused(
    targets: list[Target], forge: Forge, provider: Idp, lure: Lure, name: str
) -> None:
    token = FOREIGN[name](forge, provider)
    fetched = provider.fetched
    for target in targets:
        verdicts = [await target.show(token), await target.show(token)]
        assert [verdict.status for verdict in verdicts] == [401, 401], (target.name, verdicts[0].body)
    assert lure.calls == 0
    assert provider.fetched <= fetched + 1


async def test_a_token_of_one_audience_is_none_at_another(targets: list[Target], forge: Forge) -> None:
    for audience in ("console", forge.claims["aud"] + "/oauth/token", "referral", str(new_id())):
        for target in targets:
            assert (await target.show(forge.good(aud=audience))).status == 401


async def test_a_header_beyond_all_bounds_is_refused(targets: list[Target]) -> None:
    for size in (8_192, 20_000, 40_000, 200_000):
        for target in targets:
            verdict: Verdict = await send(
                target.port,
                b"GET %b HTTP/1.1\r\nHost: edge\r\nConnection: close\r\nAuthorization: Bearer %b\r\n\r\n"
                % (target.path.encode(), b"x" * size),
            )
            # Some is still being sent when the server has had enough: then the answer may be lost with the connection.
            assert verdict.status in {0, 400, 401, 431}, (target.name, size, verdict.status)


async def test_a_caller_of_another_partnership_sees_nothing_of_this_one(targets: list[Target], forge: Forge) -> None:
    """The claims decide, and only the signer writes them: a partnership that does not exist is an empty one."""
    token = forge.good(partnership=str(new_id()), organisation=str(new_id()))
    verdict = await targets[0].show(token)
    assert (verdict.status, verdict.body) == (200, b'{"items":[],"next":null}')


async def test_a_token_of_another_kind_of_client_does_not_open_what_its_role_does_not(
    targets: list[Target], forge: Forge
) -> None:
    for role in (Role.INTAKE, Role.WORKER):
        assert (await targets[1].show(forge.good(roles=[role]))).status == 403


async def test_a_key_that_was_withdrawn_signs_nothing_any_more(
    ground: Ground, targets: list[Target], forge: Forge
) -> None:
    token, forged_in_time = forge.known(), forge.good()
    for target in targets:
        assert (await target.show(token)).status == 200
    issuer = ground.platform.issuer

    async def withdraw() -> None:
        async with issuer.transaction("rotate") as session:
            await issuer.keys.rotate(session, at_once=True)
        await issuer.load()
        await refreshed(ground.gateway.app.state.verifier.keys)

    await ground.gateway.within(withdraw)
    await ground.service.within(lambda: refreshed(ground.service.app.state.verifier.keys))
    for target in targets:
        for stolen in (token, forged_in_time, token):
            assert (await target.show(stolen)).status == 401


async def refreshed(keys: KeySet) -> None:
    """Fetched anew, as if the cool-down were over."""
    keys._fetched = float("-inf")  # noqa: SLF001 - time that a test passes
    await keys.refresh()
