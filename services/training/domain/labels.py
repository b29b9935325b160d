"""What people were described by: when two ways of writing are the same words, and which codes words may stand for."""

import json
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Final

from services.training.domain.participations import LabelKind
from shared.errors import Conflict, invalid


class GenderCode(StrEnum):
    """What words for a gender may stand for."""

    FEMALE = "female"
    MALE = "male"
    ANOTHER = "another"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"


@dataclass(frozen=True, slots=True)
class EthnicGroup:
    """A group of the census, and the heading under which the census has it."""

    code: str
    group: str
    label: str


@dataclass(frozen=True, slots=True)
class CodeList:
    """The ethnic groups of one census, in its order."""

    version: str
    groups: tuple[EthnicGroup, ...]


def _census() -> CodeList:
    document = json.loads(files("services.training").joinpath("data/ethnic_groups.json").read_text(encoding="utf-8"))
    return CodeList(document["version"], tuple(EthnicGroup(**one) for one in document["ethnic_groups"]))


CENSUS: Final = _census()
OUTCODE: Final = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?")
# Well formed as BCP 47 has it, language first; private subtags (x-…) could say anything.
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONGEST_TAG: Final = 20
_ETHNICITIES: Final = frozenset(one.code for one in CENSUS.groups)


def tidy(words: str) -> str:
    """The words as they are kept: single spaces, composed letters."""
    return " ".join(unicodedata.normalize("NFC", words).split())


def same(words: str) -> str:
    """What two ways of writing the same words have in common, whatever the size of their letters."""
    return tidy(tidy(words).casefold())


def code_of_itself(kind: LabelKind, words: str) -> str | None:
    """An outcode is its own code; what other words stand for nobody can tell but a person."""
    outcode = tidy(words).upper()
    return outcode if kind is LabelKind.AREA and OUTCODE.fullmatch(outcode) else None


def require_code(kind: LabelKind, code: str) -> None:
    """Refuse what is no code of this kind: a group of the census, a gender, a language's tag, an outcode."""
    if kind is LabelKind.ORGANISATION:
        raise Conflict("The name of a group stands for itself.", name="label-needs-no-code")
    if not _IS_CODE[kind](code):
        raise invalid("/code", "not-a-code", _EXPECTED[kind])


_EXPECTED: Final = {
    LabelKind.ETHNICITY: f"is not a code of the list {CENSUS.version}",
    LabelKind.GENDER: f"is none of {', '.join(GenderCode)}",
    LabelKind.LANGUAGE: "is not a BCP 47 tag without private parts",
    LabelKind.AREA: "is not an outcode",
}
_IS_CODE: Final = {
    LabelKind.ETHNICITY: lambda code: code in _ETHNICITIES,
    LabelKind.GENDER: lambda code: code in set(GenderCode),
    LabelKind.LANGUAGE: lambda code: len(code) <= _LONGEST_TAG and bool(_LANGUAGE.fullmatch(code)),
    LabelKind.AREA: lambda code: bool(OUTCODE.fullmatch(code)),
}
