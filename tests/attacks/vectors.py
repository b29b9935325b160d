"""Files of test vectors for JSON Web Signatures, in the forms in which they are published.

- Wycheproof: `{"testGroups": [{"public": JWK, "tests": [{"comment": …, "jws": token, "result": "valid" | …}]}]}`;
  the key may also be called `private`, `key` or `jwk`.
- RFC 7520 (jose-cookbook) and RFC 7515's appendix: `{"title": …, "input": {"key": JWK}, "output": {"compact": token,
  "json": …, "json_flat": …}}`, one such object or a list; all of them are valid.
- Plain: a list of `{"name": …, "token": token, "key": JWK, "valid": true | false}`; all but the token may be missing.

A folder is all the `.json` files in it. A token that is an object (JSON serialisation) is shown as its JSON text.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

OWN: Final = Path(__file__).parent / "vectors"
# What a verifier is given of a key; some files print the private one.
_PUBLIC: Final = frozenset({"kty", "kid", "alg", "use", "key_ops", "n", "e", "crv", "x", "y", "k"})
_KEYS: Final = ("public", "jwk", "key", "private")


@dataclass(frozen=True)
class Vector:
    """One token and what its author says of it; None where nothing is said."""

    name: str
    token: str
    key: dict[str, Any] | None = None
    valid: bool | None = None


def read(path: Path) -> list[Vector]:
    """All vectors of a file or a folder; ValueError for a file that holds none in a form that we know."""
    files = sorted(path.glob("**/*.json")) if path.is_dir() else [path]
    found = [vector for file in files for vector in _of(json.loads(file.read_text()), file.stem)]
    if not found:
        raise ValueError(f"{path}: no vectors in a form that is known here")
    return found


def _of(document: Any, name: str) -> Iterator[Vector]:
    if isinstance(document, list):
        for number, one in enumerate(document):
            yield from _of(one, f"{name} {number}")
    elif isinstance(document, dict):
        for form in (_wycheproof, _cookbook, _plain):
            yield from form(document, name)


def _wycheproof(document: dict[str, Any], name: str) -> Iterator[Vector]:
    for group in document.get("testGroups", ()):
        key = _key(group)
        for test in group.get("tests", ()):
            token = test.get("jws", test.get("jwt"))
            if token is not None:
                verdict = {"valid": True, "invalid": False}.get(test.get("result", ""))
                title = f"{name} {test.get('tcId', '')}: {test.get('comment', '')}"
                yield Vector(title, _text(token), _key(test) or key, verdict)


def _cookbook(document: dict[str, Any], name: str) -> Iterator[Vector]:
    output = document.get("output")
    if isinstance(output, dict):
        for form in ("compact", "json", "json_flat"):
            if form in output:
                valid = True if form == "compact" else None
                title = f"{document.get('title', name)} ({form})"
                yield Vector(title, _text(output[form]), _key(document.get("input", {})), valid)


def _plain(document: dict[str, Any], name: str) -> Iterator[Vector]:
    if "token" in document:
        yield Vector(document.get("name", name), _text(document["token"]), _key(document), document.get("valid"))


def _key(holder: Any) -> dict[str, Any] | None:
    found: dict[str, Any] | None = next((holder[name] for name in _KEYS if isinstance(holder.get(name), dict)), None)
    return {name: found[name] for name in _PUBLIC & found.keys()} if found and "kty" in found else None


def _text(token: Any) -> str:
    return token if isinstance(token, str) else json.dumps(token)
