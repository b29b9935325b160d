"""The chain of a match's records: each is hashed with the one before, so that an edit, a gap or a swap shows."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

START = bytes(32)


@dataclass(frozen=True, slots=True)
class Link:
    """What one record says, as far as it is bound by its hash; the notes by the digest of their ciphertext."""

    contact: UUID
    match: UUID
    visit: UUID
    volunteer: UUID
    position: int
    version: int
    corrects: UUID | None
    recorded_by: str
    recorded_at: datetime
    tasks_done: Sequence[UUID]
    seen: Sequence[dict[str, Any]]
    concern: bool
    notes: bytes
    previous: bytes
    hash: bytes = b""


def hash_of(link: Link) -> bytes:
    """SHA-256 of the record's canonical JSON, which holds the hash of the record before."""
    document = {
        "concern": link.concern,
        "contact": str(link.contact),
        "corrects": str(link.corrects) if link.corrects else None,
        "match": str(link.match),
        "notes": hashlib.sha256(link.notes).hexdigest(),
        "position": link.position,
        "previous": link.previous.hex(),
        "recorded_at": link.recorded_at.isoformat(),
        "recorded_by": link.recorded_by,
        "seen": list(link.seen),
        "tasks_done": [str(task) for task in link.tasks_done],
        "version": link.version,
        "visit": str(link.visit),
        "volunteer": str(link.volunteer),
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).digest()


def broken_at(links: Sequence[Link], head: bytes, length: int) -> int | None:
    """The first position that does not fit, counting from 1; `length + 1` where the tail was cut; None when whole."""
    previous = START
    for position, link in enumerate(links, start=1):
        if link.position != position or link.previous != previous or link.hash != hash_of(link):
            return position
        previous = link.hash
    if len(links) != length:
        return min(len(links), length) + 1
    return None if previous == head else len(links)
