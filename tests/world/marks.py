"""Unique markers in every field of a request that takes free words, so that they can be looked for everywhere."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Final

from tests.world.description import Description, Operation

_FIXED: Final = frozenset({"format", "enum", "const"})
# Of a field with a pattern only the parts that are free to choose can carry a marker.
_WITH_PATTERN: Final = {
    "phone": "07{digits}",
    "certificate_number": "001{digits}",
    "email": "{word}@journey.example",
    "la_child_id": "{word}",
    "upn": "A{digits}123",
    "nhs_number": "{digits}0",
    "description": "{value} {word}",
}
_APPENDED: Final = "{value} {word}"
# These are addresses or the platform's own words, not somebody's; a label has to be one that a sheet has.
_NO_WORDS: Final = frozenset({"url", "issuer", "source", "scheme_name", "outcode", "postcode", "label"})


@dataclass
class Marks:
    """Puts markers into bodies; knows which marker was put where."""

    description: Description
    word: str = field(default_factory=lambda: f"zq{token_hex(5)}")
    places: dict[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, str], str] = field(default_factory=dict)
    _number: int = 100_000_000

    def mark(self, operation: Operation, body: Any) -> Any:
        """The body with a marker behind every free text; the same text in the same place gets the same marker."""
        return self._marked(operation.name, operation.body or {}, body)

    def marked_before(self, name: str, value: str) -> str:
        """The value as it was sent in a field of that name."""
        known = [marker for (place, sent), marker in self._known.items() if sent == value and _name(place) == name]
        return _APPENDED.format(value=value, word=known[0]) if known else value

    def found_in(self, text: str) -> set[str]:
        """The places whose markers are in the text."""
        lower = text.lower()
        if self.word not in lower and not any(one in lower for one in self.places if one.isdigit()):
            return set()
        return {place for marker, place in self.places.items() if marker in lower} or {"an e-mail address"}

    def _marked(self, place: str, schema: Mapping[str, Any], value: Any) -> Any:
        if isinstance(value, dict):
            fields = self.description.fields(schema)
            return {name: self._field(f"{place}/{name}", fields.get(name, []), one) for name, one in value.items()}
        if isinstance(value, list):
            items = [branch["items"] for branch in self.description.branches(schema) if "items" in branch]
            return [self._field(f"{place}/[]", items, one) for one in value]
        if isinstance(value, str) and self._is_free(schema, place):
            return self._with_marker(place, value)
        return value

    def _field(self, place: str, schemas: list[Mapping[str, Any]], value: Any) -> Any:
        return self._marked(place, {"anyOf": schemas}, value) if schemas else value

    def _is_free(self, schema: Mapping[str, Any], place: str) -> bool:
        name = _name(place)
        texts = [branch for branch in self.description.branches(schema) if branch.get("type") == "string"]
        free = [branch for branch in texts if not _FIXED & set(branch)]
        if not free or name in _NO_WORDS:
            return False
        return name in _WITH_PATTERN or any("pattern" not in branch for branch in free)

    def _with_marker(self, place: str, value: str) -> str:
        if self.word in value.lower():
            return value
        pattern = _WITH_PATTERN.get(_name(place), _APPENDED)
        marker = self._known.get((place, value)) or self._new("{digits}" in pattern)
        self._known[place, value] = marker
        self.places[marker] = place
        return pattern.format(value=value, word=marker, digits=marker)

    def _new(self, in_digits: bool) -> str:
        self._number += 1
        if in_digits:
            # Eight digits that nothing else has by chance, and the number.
            return f"{int(self.word[2:8], 16) % 900 + 100}{self._number % 1_000_000:06d}"
        return f"{self.word}{self._number:x}"


def _name(place: str) -> str:
    return re.sub(r"(/\[\])+$", "", place).rpartition("/")[2]
