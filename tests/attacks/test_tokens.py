"""Forged and broken tokens over HTTP: none is let in, none breaks anything, nothing they name is ever called."""

from collections.abc import Callable

import pytest

from tests.attacks import cases_of_claims, cases_of_headers, cases_of_signatures
from tests.attacks.forge import LEFT_OUT, Forge
from tests.attacks.ground import Lure
from tests.attacks.target import Target, Verdict

CASES: dict[str, Callable[[Forge], str]] = {
    f"{family}: {name}": case
    for family, cases in {
        "alg": cases_of_signatures.ALGORITHMS,
        "piece": cases_of_signatures.PIECES,
        "key": cases_of_headers.KEYS,
        "form": cases_of_headers.FORMS,
        "time": cases_of_claims.TIMES,
        "place": cases_of_claims.PLACES,
        "people": cases_of_claims.PEOPLE,
        "text": cases_of_claims.TEXTS,
    }.items()
    for name, case in cases.items()
}
# True tokens of callers who hold no role: known, and allowed nothing.
WITHOUT_ROLE = {"people: no roles at all", "people: a person without a role"}


def refused(verdict: Verdict, token: str, allowed: frozenset[int] = frozenset({401})) -> None:
    assert verdict.status in allowed, (verdict.status, verdict.body[:200])
    assert b"content-type: application/problem+json" in verdict.head.lower()
    assert len(token) < 20 or token.encode("latin-1", "replace") not in verdict.body


async def test_what_the_forge_makes_is_good_so_that_the_refusals_mean_something(
    targets: list[Target], forge: Forge
) -> None:
    good = [
        forge.good(), forge.headed(typ="application/at+jwt"), forge.headed(typ="AT+JWT"),
        forge.good(nbf=forge.now), forge.good(aud=["https://other.test", forge.claims["aud"]]),
        forge.good(scope=LEFT_OUT), forge.good(iat=forge.now - 200, exp=forge.now + 90),
    ]  # fmt: skip
    for target in targets:
        for token in good:
            verdict = await target.show(token)
            assert verdict.status == 200, (target.name, verdict.body)


def test_there_are_at_least_a_hundred_and_fifty_cases() -> None:
    assert len(CASES) >= 150


@pytest.mark.parametrize("name", CASES)
async def test_this_token_is_refused_cold_and_warm_everywhere(
    targets: list[Target], forge: Forge, lure: Lure, name: str
) -> None:
    allowed = frozenset({403}) if name in WITHOUT_ROLE else frozenset({401})
    token, good = CASES[name](forge), forge.known()
    for target in targets:
        refused(await target.show(token), token, allowed)
        refused(await target.show(token), token, allowed)
        # The key of that name is known now, and so is a token with it.
        assert (await target.show(good)).status == 200
        refused(await target.show(token), token, allowed)
    assert lure.calls == 0


@pytest.mark.parametrize("name", cases_of_signatures.PIECES)
async def test_a_token_changed_after_it_became_known_is_refused(targets: list[Target], forge: Forge, name: str) -> None:
    """The very token of the case is shown first as it was, then changed."""
    good = forge.good()
    shown = Held(forge, good)
    token = cases_of_signatures.PIECES[name](shown)
    for target in targets:
        assert (await target.show(good)).status == 200
        refused(await target.show(token), token)
        assert (await target.show(good)).status == 200


class Held(Forge):
    """A forge that always hands out the same good token."""

    def __init__(self, forge: Forge, token: str) -> None:
        super().__init__(forge.key, forge.kid, forge.claims, forge.lure)
        self._token = token

    def good(self, **claims: object) -> str:
        return super().good(**claims) if claims else self._token
