"""Truly signed tokens whose claims are not what ours are: wrong types, wrong times, wrong places, twice, missing."""

import json
from collections.abc import Callable
from typing import Any, Final

from shared.ids import new_id
from tests.attacks.forge import LEFT_OUT, Forge

Case = Callable[[Forge], str]
REQUIRED: Final = ("iss", "aud", "sub", "client_id", "iat", "exp", "jti", "partnership", "organisation", "roles")
# What stands for a value where none of that type is expected; NaN and infinities are Python's JSON, not ours.
_NO_TIMES: Final[dict[str, Any]] = {
    "null": None, "true": True, "text": "soon", "digits": "4102444800", "Arabic digits": "٤١٠٢٤٤٤٨٠٠", "a list": [1],
    "an object": {}, "not a number": float("nan"), "infinite": float("inf"), "negative": -1, "a fraction": 0.5,
    "beyond all floats": 10**400, "beyond 64 bits": 2**64, "negative infinity": float("-inf"),
}  # fmt: skip
_NO_TEXTS: Final[dict[str, Any]] = {
    "null": None, "true": True, "a number": 7, "a list": ["x"], "an object": {"x": 1}, "nothing": "",
    "a nul": "a\x00b", "half a pair": "\ud800", "a line end": "a\nb", "huge": "x" * 3000,
}  # fmt: skip
_NO_IDS: Final[dict[str, Any]] = {
    "null": None, "true": True, "a number": 7, "a list": [], "nothing": "", "a name": "southend", "SQL": "' OR 1=1 --",
    "a star": "*", "short": "00000000-0000-0000-0000-00000000000", "two": f"{new_id()},{new_id()}",
}  # fmt: skip


def _claim(name: str, value: Any) -> Case:
    return lambda forge: forge.good(**{name: value})


def _own(name: str, change: Callable[[Any], Any]) -> Case:
    """The claim as it should be, a little changed."""
    return lambda forge: forge.good(**{name: change(forge.claims[name])})


def _times(**offsets: Any) -> Case:
    """Times as distances from now."""
    return lambda forge: forge.good(**{name: forge.now + offset for name, offset in offsets.items()})


def _as_text(change: Callable[[str], str | bytes]) -> Case:
    """The claims as JSON text, changed as text, then truly signed."""

    def make(forge: Forge) -> str:
        changed = change(json.dumps(forge.claims))
        return forge.signed(forge.header, changed if isinstance(changed, bytes) else changed.encode())

    return make


def _twice(name: str, first: Any) -> Case:
    return _as_text(lambda text: "{" + json.dumps({name: first})[1:-1] + "," + text[1:])


def _fullwidth(value: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isdigit() else letter for letter in value)


TIMES: Final[dict[str, Case]] = {
    **{f"{name} {kind}": _claim(name, value) for name in ("exp", "iat", "nbf") for kind, value in _NO_TIMES.items()
       if (name, kind) not in {("nbf", "negative"), ("iat", "a fraction")}},
    **{f"{name} as digits of now": _own(name, str) for name in ("iat", "exp")},
    **{f"{name} with a fraction": _own(name, lambda value: value + 0.5) for name in ("iat", "exp")},
    **{f"{name} as a list of itself": _own(name, lambda value: [value]) for name in ("iat", "exp")},
    "expired a second ago": _times(iat=-300, exp=-1),
    "expires as we look": _times(iat=-300, exp=0),
    "expired yesterday": _times(iat=-86_700, exp=-86_400),
    "issued in a minute": _times(iat=60, exp=120),
    "issued in ten seconds": _times(iat=10, exp=300),
    "lives for 301 seconds": _times(iat=0, exp=301),
    "lives for an hour": _times(iat=0, exp=3600),
    "was issued long ago": _times(iat=-1000, exp=100),
    "good in a minute": _times(nbf=60),
    "good in five seconds": _times(nbf=5),
    "good a year from now": _times(nbf=31_536_000),
    "times in milliseconds": lambda forge: forge.good(iat=forge.now * 1000, exp=forge.now * 1000 + 300_000),
    "expiry with an exponent": _as_text(lambda text: text.replace('"exp": ', '"exp": 9e9, "x": ')),
}  # fmt: skip

PLACES: Final[dict[str, Case]] = {
    **{f"without {name}": _claim(name, LEFT_OUT) for name in REQUIRED},
    **{f"iss {kind}": _claim("iss", value) for kind, value in _NO_TEXTS.items()},
    **{f"aud {kind}": _claim("aud", value) for kind, value in _NO_TEXTS.items()},
    "iss with a slash": _own("iss", lambda value: value + "/"),
    "iss in capitals": _own("iss", lambda value: value.upper()),
    "iss with a blank": _own("iss", lambda value: value + " "),
    "iss in a list": _own("iss", lambda value: [value]),
    "iss by another scheme": _own("iss", lambda value: value.replace("http:", "https:")),
    "iss on another port": _own("iss", lambda value: value + "1"),
    "iss with a nul": _own("iss", lambda value: value + "\x00"),
    "iss with a path": _own("iss", lambda value: value + "/realms/one"),
    "iss with credentials": _own("iss", lambda value: value.replace("//", "//x@")),
    "iss with full-width digits": _own("iss", _fullwidth),
    "iss at the lure": lambda forge: forge.good(iss=forge.lure),
    "iss at the lure, with a set of keys": lambda forge: forge.good(iss=forge.lure + "/.well-known/jwks.json"),
    "aud with a slash": _own("aud", lambda value: value + "/"),
    "aud in capitals": _own("aud", lambda value: value.upper()),
    "aud in an object": _own("aud", lambda value: {"aud": value}),
    "aud in an object's key": _own("aud", lambda value: {value: True}),
    "aud in a list in a list": _own("aud", lambda value: [[value]]),
    "aud of no list": _claim("aud", []),
    "aud of two others": _claim("aud", ["https://a.test", "https://b.test"]),
    "aud of us and a number": _own("aud", lambda value: [value, 1]),
    "aud that begins like us": _own("aud", lambda value: value[:-1]),
    "aud that contains us": _own("aud", lambda value: f"https://evil.test/{value}"),
    "aud with ours behind a comma": _own("aud", lambda value: f"https://a.test,{value}"),
    "aud of a client": _own("aud", lambda _: "console"),
}  # fmt: skip

PEOPLE: Final[dict[str, Case]] = {
    **{f"{name} {kind}": _claim(name, value) for name in ("sub", "client_id", "jti") for kind, value in
       _NO_TEXTS.items()},
    **{f"{name} {kind}": _claim(name, value) for name in ("partnership", "organisation", "person") for kind, value in
       _NO_IDS.items() if (name, kind) != ("person", "null")},
    **{f"{name} {kind}": _own(name, change) for name in ("partnership", "organisation") for kind, change in {
        "in capitals": lambda value: value.upper(),
        "in braces": lambda value: "{" + value + "}",
        "as a URN": lambda value: f"urn:uuid:{value}",
        "without hyphens": lambda value: value.replace("-", ""),
        "with a blank": lambda value: value + " ",
        "with full-width digits": _fullwidth,
        "in a list": lambda value: [value],
        "with an underscore": lambda value: value[:-2] + "_" + value[-1],
    }.items()},
    **{f"roles {kind}": _claim("roles", value) for kind, value in {
        "null": None, "text": "coordinator", "an object": {"coordinator": True}, "a number": 1, "true": True,
        "unknown": ["emperor"], "known and unknown": ["coordinator", "emperor"], "nested": [["coordinator"]],
        "in capitals": ["COORDINATOR"], "by name": ["Role.COORDINATOR"], "with a blank": ["coordinator "],
        "with a null": ["coordinator", None], "with a number": ["coordinator", 1], "a star": ["*"], "nothing": [""],
        "several in one": ["coordinator,admin"], "beyond count": ["x"] * 1000,
    }.items()},
    "no roles at all": _claim("roles", []),
    "a person without a role": lambda forge: forge.good(roles=[], person=str(new_id())),
    "scope that is a list": _claim("scope", ["api"]),
    "scope that is a number": _claim("scope", 1),
    "scope that is null": _claim("scope", None),
}  # fmt: skip

TEXTS: Final[dict[str, Case]] = {
    "iss twice": _twice("iss", "https://evil.test"),
    "aud twice": _twice("aud", "https://evil.test"),
    "exp twice": _twice("exp", 1),
    "exp twice, the larger first": _twice("exp", 4_102_444_800),
    "roles twice": _twice("roles", ["admin"]),
    "partnership twice": _twice("partnership", str(new_id())),
    "sub twice, equal": _as_text(lambda text: text[:-1] + "," + text[1:]),
    "roles twice, one escaped": _as_text(lambda text: text[:-1] + ',"\\u0072oles":["admin"]}'),
    "a member twice, deep inside": _as_text(lambda text: text[:-1] + ',"x":{"a":1,"a":2}}'),
    "claims in UTF-16": _as_text(lambda text: text.encode("utf-16")),
    "claims with a byte order mark": _as_text(lambda text: b"\xef\xbb\xbf" + text.encode()),
    "claims that are not UTF-8": _as_text(lambda text: text.encode()[:-1] + b',"x":"\xff\xfe"}'),
    "claims in overlong UTF-8": _as_text(lambda text: text.encode()[:-1] + b',"x":"\xc0\xaf"}'),
    "claims that are a list": _as_text(lambda text: f"[{text}]"),
    "claims that are a text": _as_text(json.dumps),
    "claims that are null": _as_text(lambda _: "null"),
    "claims that are true": _as_text(lambda _: "true"),
    "claims that are a number": _as_text(lambda _: "1"),
    "claims that are nothing": _as_text(lambda _: "{}"),
    "claims that are no JSON": _as_text(lambda _: "exp=4102444800&sub=x"),
    "claims cut short": _as_text(lambda text: text[:-1]),
    "claims with more behind them": _as_text(lambda text: text + '{"roles":["admin"]}'),
    "claims with a comment": _as_text(lambda text: text[:-1] + "/* */}"),
    "claims that nest": _as_text(lambda text: text[:-1] + ',"x":' + "[" * 1200 + "]" * 1200 + "}"),
    "claims that nest for ever": _as_text(lambda _: '{"x":' * 900),
    "claims with a number beyond all": _as_text(lambda text: text[:-1] + ',"x":' + "9" * 4500 + "}"),
    "claims with no number": _as_text(lambda text: text[:-1] + ',"x":NaN}'),
    "claims with an infinite number": _as_text(lambda text: text[:-1] + ',"x":-Infinity}'),
    "a token too long": lambda forge: forge.good(padding="x" * 9000),
}  # fmt: skip
