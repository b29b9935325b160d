"""Forgeries of the header: keys and addresses brought along, odd names of keys, other kinds of token, other forms."""

import base64
import json
import zlib
from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives import serialization

from tests.attacks.forge import LEFT_OUT, OTHER_KEY, Forge, letters, piece, rs256

Case = Callable[[Forge], str]


def _own_jwk(_: Forge) -> dict[str, Any]:
    numbers = OTHER_KEY.public_key().public_numbers()
    return {"kty": "RSA", "kid": "mine", "n": letters(numbers.n.to_bytes(256, "big")), "e": "AQAB", "alg": "RS256"}


def _certificate() -> str:
    public = OTHER_KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(public).decode()


def _brought(name: str, value: Callable[[Forge], Any], kid: Any = "mine") -> Case:
    """A stranger's signature, with what the stranger would like us to verify it with."""
    return lambda forge: forge.stranger(kid=forge.kid if kid is None else kid, **{name: value(forge)})


def _at(path: str) -> Callable[[Forge], str]:
    return lambda forge: forge.lure + path


def _named(kid: Any) -> Case:
    return lambda forge: forge.headed(kid=kid(forge) if callable(kid) else kid)


def _typed(value: Any) -> Case:
    return lambda forge: forge.headed(typ=value)


def _member(**header: Any) -> Case:
    """Signed with the true key: members that our issuer never writes."""
    return lambda forge: forge.headed(**header)


def _as_text(change: Callable[[str], str | bytes]) -> Case:
    """The header as JSON text, changed as text, then truly signed."""

    def make(forge: Forge) -> str:
        changed = change(json.dumps(forge.header))
        return forge.signed(changed if isinstance(changed, bytes) else changed.encode(), forge.claims)

    return make


def _unencoded(forge: Forge) -> str:
    header = forge.header | {"b64": False, "crit": ["b64"]}
    text = f"{piece(header)}.{json.dumps(forge.claims)}"
    return f"{text}.{rs256(forge.key, text)}"


def _deflated(forge: Forge) -> str:
    return forge.signed(forge.header | {"zip": "DEF"}, zlib.compress(json.dumps(forge.claims).encode())[2:-4])


def _flattened(forge: Forge) -> str:
    head, claims, signature = forge.good().split(".")
    return json.dumps({"protected": head, "payload": claims, "signature": signature})


def _general(forge: Forge) -> str:
    head, claims, signature = forge.good().split(".")
    return json.dumps({"payload": claims, "signatures": [{"protected": head, "signature": signature}]})


def _detached(forge: Forge) -> str:
    head, _, signature = forge.good().split(".")
    return f"{head}..{signature}"


_LURES: Final = ("/keys", "/.well-known/jwks.json", "/../keys", "/keys?x=.jwks", "/keys#fragment")

KEYS: Final[dict[str, Case]] = {
    "a key brought along": _brought("jwk", _own_jwk),
    "a key brought along under our name": _brought("jwk", _own_jwk, kid=None),
    "our name in the key brought along": _brought("jwk", lambda forge: _own_jwk(forge) | {"kid": forge.kid}, kid=None),
    "a set of keys brought along": _brought("jwks", lambda forge: {"keys": [_own_jwk(forge)]}),
    "a certificate": _brought("x5c", lambda _: [_certificate()]),
    "a certificate under our name": _brought("x5c", lambda _: [_certificate()], kid=None),
    "an empty chain": _brought("x5c", lambda _: []),
    "a thumbprint": _brought("x5t", lambda _: "AAAA"),
    **{f"jku {path}": _brought("jku", _at(path)) for path in _LURES},
    **{f"jku {path} under our name": _brought("jku", _at(path), kid=None)
       for path in _LURES[:2]},
    **{f"x5u {path}": _brought("x5u", _at(path)) for path in _LURES[:3]},
    "x5u under our name": _brought("x5u", lambda forge: forge.lure + "/chain.pem", kid=None),
    "jku with our address as its user": _brought("jku", lambda f: f.lure.replace("//", "//issuer.test@") + "/keys"),
    "jku to a file": _brought("jku", lambda _: "file:///etc/passwd"),
    "jku truly signed": lambda forge: forge.headed(jku=forge.lure + "/keys"),
    "x5u truly signed": lambda forge: forge.headed(x5u=forge.lure + "/chain"),
    "jwk truly signed": lambda forge: forge.headed(jwk=_own_jwk(forge)),
    **{f"kid {name}": _named(value) for name, value in {
        "left out": LEFT_OUT, "null": None, "true": True, "a number": 1, "nothing": "", "a blank": " ",
        "a list": ["test"], "an object": {"kid": "test"}, "a path": "../../../../etc/passwd", "dev null": "/dev/null",
        "a file's address": "file:///dev/null", "SQL": "' OR '1'='1", "SQL union": "x' UNION SELECT 'AA' --",
        "a command": "key|/usr/bin/id", "a template": "{{7*7}}", "a lookup": "${jndi:ldap://127.0.0.1/x}",
        "a nul": "test\x00", "huge": "k" * 4000, "a line end": "test\r\nX-Evil: 1", "half a pair": "\ud800",
        "an attribute": "__class__", "negative": -1, "a fraction": 1.5,
    }.items()},
    "kid in a list with ours": _named(lambda forge: [forge.kid]),
    "kid in capitals": _named(lambda forge: forge.kid.swapcase()),
    "kid with a blank": _named(lambda forge: forge.kid + " "),
    "kid with a nul": _named(lambda forge: forge.kid + "\x00"),
    "kid at an address": _named(lambda forge: f"{forge.lure}/keys#{forge.kid}"),
}  # fmt: skip

FORMS: Final[dict[str, Case]] = {
    **{f"typ {value!r}": _typed(value) for value in
       ("JWT", "jwt", "id+jwt", "ID", "Bearer", "", " at+jwt", "at+jwt ", "at jwt", "at%2Bjwt", "logout+jwt",
        "dpop+jwt",
        "application/application/at+jwt", "text/at+jwt", "secevent+jwt", "ａt+jwt", None, True, 1, ["at+jwt"],
        {"at+jwt": 1})},
    "typ left out": _typed(LEFT_OUT),
    "crit of what is known": _member(crit=["exp"]),
    "crit of what is not": _member(crit=["http://example.test/odd"], **{"http://example.test/odd": True}),
    "crit of nothing": _member(crit=[]),
    "crit that is a text": _member(crit="exp"),
    "crit that is null": _member(crit=None),
    "crit of alg": _member(crit=["alg"]),
    "b64 false": _member(b64=False),
    "b64 false and critical": _member(b64=False, crit=["b64"]),
    "b64 true and critical": _member(b64=True, crit=["b64"]),
    "claims as they are": _unencoded,
    "zip": _member(zip="DEF"),
    "claims deflated": _deflated,
    "enc": _member(enc="A256GCM"),
    "a token in a token": lambda forge: forge.signed(forge.header | {"cty": "JWT"}, forge.good().encode()),
    "a token in a token without a word": lambda forge: forge.signed(forge.header, forge.good().encode()),
    "encrypted": lambda forge: ".".join(
        [piece({"alg": "RSA-OAEP", "enc": "A256GCM", "kid": forge.kid, "typ": "at+jwt"}), *["AAAA"] * 4]
    ),
    "encrypted to itself": lambda forge: f"{piece({'alg': 'dir', 'enc': 'A128GCM'})}..AAAA.{forge.good()}",
    "flattened JSON": _flattened,
    "general JSON": _general,
    "detached": _detached,
    "an unknown member": _member(more="x"),
    "nonce": _member(nonce="x"),
    "alg twice, none first": _as_text(lambda text: '{"alg":"none",' + text[1:]),
    "alg twice, none last": _as_text(lambda text: text[:-1] + ',"alg":"none"}'),
    "alg twice, equal": _as_text(lambda text: text[:-1] + ',"alg":"RS256"}'),
    "kid twice": _as_text(lambda text: '{"kid":"other",' + text[1:]),
    "typ twice": _as_text(lambda text: '{"typ":"JWT",' + text[1:]),
    "alg twice, one escaped": _as_text(lambda text: text[:-1] + ',"\\u0061lg":"none"}'),
    "a header in UTF-16": _as_text(lambda text: text.encode("utf-16")),
    "a header in UTF-32": _as_text(lambda text: text.encode("utf-32-be")),
    "a byte order mark": _as_text(lambda text: b"\xef\xbb\xbf" + text.encode()),
    "a header that is not UTF-8": _as_text(lambda text: text.replace("at+jwt", "at+jwt\xff").encode("latin-1")),
    "a header with more behind it": _as_text(lambda text: text + "{}"),
    "a header with a nul behind it": _as_text(lambda text: text + "\x00"),
    "a header with a comment": _as_text(lambda text: text[:-1] + "/* */}"),
    "a header with a comma too many": _as_text(lambda text: text[:-1] + ",}"),
    "a header in single quotes": _as_text(lambda text: text.replace('"', "'")),
    "a header that is a list": _as_text(lambda text: f"[{text}]"),
    "a header that is a text": _as_text(json.dumps),
    "a header that is null": _as_text(lambda _: "null"),
    "a header that is a number": _as_text(lambda _: "1"),
    "a header of nothing": _as_text(lambda _: "{}"),
    "a header that nests": _as_text(lambda text: text[:-1] + ',"x":' + "[" * 1500 + "]" * 1500 + "}"),
    "a header that nests for ever": _as_text(lambda _: '{"x":' * 800),
    "a header with a number beyond all": _as_text(lambda text: text[:-1] + ',"x":' + "9" * 5000 + "}"),
    "a header with no number": _as_text(lambda text: text[:-1] + ',"x":NaN}'),
}  # fmt: skip
