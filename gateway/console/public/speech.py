"""The languages of the sign-in page, and which of them somebody wants."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

ENGLISH: Final = "en"
Words = Mapping[str, str]


def _read() -> dict[str, Words]:
    folder = files("gateway.console.public").joinpath("words")
    found = {
        one.name.removesuffix(".json"): json.loads(one.read_text(encoding="utf-8"))
        for one in folder.iterdir()
        if one.name.endswith(".json")
    }
    return {ENGLISH: found[ENGLISH]} | dict(sorted(found.items()))


ALL: Final = _read()


def chosen(wanted: str, accepted: str) -> str:
    """The language asked for, or the first of those that the browser accepts; English where we have none of them."""
    ranked = sorted(map(_ranked, accepted.split(",")), key=lambda one: -one[1])
    found = (code for code in (wanted, *(code for code, _ in ranked)) if code in ALL)
    return next(found, ENGLISH)


def _ranked(one: str) -> tuple[str, float]:
    code, _, quality = one.partition(";q=")
    try:
        rank = float(quality or 1)
    except ValueError:
        rank = 0.0
    return code.strip().lower().partition("-")[0], rank


def spoken(code: str) -> dict[str, Any]:
    """What a page in that language is rendered with."""
    words = ALL[code]
    others = [(other, one["name"], one["dir"]) for other, one in ALL.items() if other != code]
    return {"lang": code, "dir": words["dir"], "words": words, "others": others}
