"""Invented families: the same number makes the same family, and nobody in them exists."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

SYSTEM: Final = "southend-case-system"
_MOTHERS: Final = ("Amina", "Beth", "Carys", "Dilnaz", "Esther", "Farah", "Grace", "Hana", "Ines", "Jodie", "Kerry")
_CHILDREN: Final = ("Aaron", "Bella", "Callum", "Dina", "Elias", "Freya", "Gus", "Holly", "Idris", "Jasmine", "Kofi")
_NAMES: Final = ("Alder", "Birch", "Cedar", "Damson", "Elm", "Fern", "Gorse", "Hazel", "Ivy", "Juniper", "Larch")
_OUTCODES: Final = ("SS0", "SS1", "SS2", "SS3", "SS9")
_ETHNICITIES: Final = ("WBRI", "ABAN", "BAFR", "WOTH", "MWBC")


@dataclass(frozen=True, slots=True)
class Household:
    """A family before it is registered; `reference` is what the case system calls it."""

    reference: str
    number: int
    children: int
    today: date

    def body(self) -> dict[str, Any]:
        """What the case system sends to register it."""
        return {
            "persons": [self._mother(), *(self._child(place) for place in range(self.children))],
            "languages": ["en"],
            "ethnicity": {"census_code": _ETHNICITIES[self.number % len(_ETHNICITIES)]},
            "external_ids": [{"system": SYSTEM, "id": self.reference}],
        }

    def _mother(self) -> dict[str, Any]:
        return {
            "role": "parent",
            "parental_responsibility": True,
            "given_name": _MOTHERS[self.number % len(_MOTHERS)],
            "family_name": self._family_name,
            "birth_date": _day(self.today, years=28 + self.number % 12),
            "gender": "female",
            "address": {
                "lines": [f"{self.number % 90 + 1} Example Street", "Southend-on-Sea"],
                "postcode": f"{self._outcode} 1AA",
            },
            "outcode": self._outcode,
            "phone": f"01702 960{self.number % 1000:03d}",
            "from_date": _day(self.today, years=4),
        }

    def _child(self, place: int) -> dict[str, Any]:
        return {
            "role": "child",
            "given_name": _CHILDREN[(self.number + 3 * place) % len(_CHILDREN)],
            "family_name": self._family_name,
            "birth_date": _day(self.today, years=3 + (self.number + 2 * place) % 12),
            "from_date": _day(self.today, years=3),
            "external_ids": [{"system": SYSTEM, "id": f"{self.reference}-child-{place + 1}"}],
        }

    @property
    def _family_name(self) -> str:
        return _NAMES[self.number % len(_NAMES)]

    @property
    def _outcode(self) -> str:
        return _OUTCODES[self.number % len(_OUTCODES)]


@dataclass(frozen=True, slots=True)
class Family:
    """A registered family, by ids."""

    id: UUID
    parent: UUID
    children: tuple[UUID, ...]

    @classmethod
    def of(cls, registered: dict[str, Any]) -> "Family":
        """From the answer to its registration."""
        children = tuple(UUID(one) for one in registered["children"])
        return cls(UUID(registered["id"]), UUID(registered["adults"][0]), children)


def _day(today: date, years: int) -> str:
    return (today - timedelta(days=365 * years + years // 4 + 20)).isoformat()
