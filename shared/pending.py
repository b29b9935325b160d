"""What a transaction will leave behind beside its rows: collected on the way, written as one statement at the end."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(slots=True)
class Pending:
    """History, events, audit subjects, clocks, the case's list and the stored answer of one transaction."""

    history: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    clocks: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, set[str]] = field(default_factory=dict)
    access: dict[str, Any] | None = None
    family: UUID | None = None
    answer: dict[str, Any] | None = None
    changed: bool = False

    def __bool__(self) -> bool:
        return bool(self.history or self.events or self.seen or self.answer or self.changed)

    def event_keys(self) -> list[str]:
        """What its events are ordered by."""
        return [str(row["key"]) for row in self.events]
