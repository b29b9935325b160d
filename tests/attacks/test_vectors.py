"""Published vectors of JSON Web Signatures, `make attack VECTORS=path`: none is let in, all are judged as they say."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from shared import compact
from shared.auth import (
    ALGORITHM,
    MALFORMED,
    KeySet,
    TokenVerifier,
    is_ours_to_verify_with,
    is_signed,
    prepared,
)
from shared.errors import Unauthorized
from tests.attacks import vectors
from tests.attacks.forge import Forge
from tests.attacks.ground import Lure
from tests.attacks.target import Target
from tests.attacks.vectors import Vector

VECTORS = vectors.read(Path(os.environ.get("VECTORS") or vectors.OWN))
OURS = [one for one in VECTORS if one.key is not None and one.key["kty"] == "RSA"]


class Single:
    """A source of one key, under whatever name it is asked for."""

    def __init__(self, key: dict[str, Any], kid: str) -> None:
        self._keys = {kid: key}

    async def fetch(self) -> dict[str, dict[str, Any]]:
        return self._keys


def holds(vector: Vector) -> bool:
    """Whether we would take the signature: the form, the algorithm and the mathematics, not the claims."""
    if vector.key is None or not is_ours_to_verify_with(vector.key):
        return False
    try:
        header = json.loads(compact.pieces(vector.token)[0])
        if not isinstance(header, dict) or header.get("alg") != ALGORITHM or {"crit", "b64"} & header.keys():
            return False
        return is_signed(compact.parted(vector.token), prepared(vector.key))
    except MALFORMED:
        return False


async def test_no_vector_is_let_in_and_none_breaks_anything(targets: list[Target], forge: Forge, lure: Lure) -> None:
    shown = {"".join(vector.token.split("\r\n")).replace("\n", ""): vector.name for vector in VECTORS}
    for token, name in shown.items():
        for target in targets:
            for _ in range(2):
                verdict = await target.show(token)
                assert verdict.status in {400, 401, 431}, (name, target.name, verdict.status)
    for target in targets:
        assert (await target.show(forge.good())).status == 200
    assert lure.calls == 0


@pytest.mark.parametrize("valid", [True, False])
def test_a_signature_is_judged_as_its_author_does(valid: bool) -> None:
    judged = [one for one in OURS if one.valid is valid and (not valid or _is_for_us(one))]
    assert [one.name for one in judged if holds(one) is not valid] == []


def _is_for_us(vector: Vector) -> bool:
    """A valid vector of another algorithm is none of ours."""
    if vector.key is None or vector.key.get("alg", ALGORITHM) != ALGORITHM:
        return False
    try:
        header = json.loads(compact.pieces(vector.token)[0])
    except ValueError:
        return False
    return header.get("alg") == ALGORITHM and not {"crit", "b64"} & header.keys()


async def test_the_adapter_with_the_vectors_own_key_lets_in_nothing_that_is_no_access_token() -> None:
    for vector in OURS:
        assert vector.key is not None
        keys = KeySet(Single(vector.key, str(vector.key.get("kid", "test"))))
        await keys.refresh()
        with pytest.raises(Unauthorized):
            await TokenVerifier("https://issuer.test", "https://issuer.test", keys).verify(vector.token)


def test_vectors_are_read_in_every_form_that_we_say_we_read(tmp_path: Path) -> None:
    key = {"kty": "RSA"}
    files = {
        "a.json": {
            "testGroups": [{"public": key, "tests": [{"jws": "x", "result": "invalid", "comment": "c", "tcId": 1}]}]
        },
        "b.json": {"title": "t", "input": {"key": key}, "output": {"compact": "y", "json": {"payload": "z"}}},
        "c.json": [{"token": "w", "valid": False}, {"name": "n", "token": "v", "key": key}],
    }
    for name, document in files.items():
        (tmp_path / name).write_text(json.dumps(document))
    assert vectors.read(tmp_path) == [
        Vector("a 1: c", "x", key, False),
        Vector("t (compact)", "y", key, True),
        Vector("t (json)", '{"payload": "z"}', key, None),
        Vector("c 0", "w", None, False),
        Vector("n", "v", key, None),
    ]
    (tmp_path / "d.json").write_text("{}")
    with pytest.raises(ValueError, match="no vectors"):
        vectors.read(tmp_path / "d.json")
