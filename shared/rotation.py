"""Rotation of the key ring: every subject key is wrapped anew by the ring's current key, while everything runs on.

To rotate: add a new key to the ring of every process and make it current; call `rewrap` for every service; keep the old
key in the ring for the 48 hours in which stored answers may still be asked for; then take it out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from shared.crypto import Erased, Subject, SubjectKind, wrapping_aad
from shared.parts import Parts

BATCH = 500


@dataclass(frozen=True, slots=True)
class Rotation:
    """How many keys were wrapped anew, and how many could not be, because the ring lacks the key that wrapped them."""

    rewrapped: int
    unreadable: int


async def rewrap(parts: Parts) -> Rotation:
    """Wrap every key of this service under the ring's current key; may be stopped and repeated at any point."""
    rewrapped = unreadable = 0
    place: dict[str, Any] = {"partnership": UUID(int=0), "kind": "", "id": UUID(int=0)}
    while rows := await _next(parts, place):
        for row in rows:
            done = await _rewrap_one(parts, row)
            rewrapped, unreadable = rewrapped + done, unreadable + (not done)
        place = {"partnership": row.partnership_id, "kind": row.subject_kind, "id": row.subject_id}
    return Rotation(rewrapped, unreadable)


async def _next(parts: Parts, place: dict[str, Any]) -> Sequence[Row[Any]]:
    """The next keys that another key of the ring has wrapped."""
    given = {"service": parts.settings.service, "current": parts.ring.current.encode(), "batch": BATCH}
    async with parts.vault.engine.connect() as connection:
        return (await connection.execute(_OTHERS, given | place)).all()


async def _rewrap_one(parts: Parts, row: Row[Any]) -> bool:
    subject = Subject(SubjectKind(row.subject_kind), row.subject_id)
    aad = wrapping_aad(parts.settings.service, row.partnership_id, subject)
    try:
        wrapped = parts.ring.seal(parts.ring.open(row.wrapped_key, aad), aad)
    except Erased:
        return False
    given = {
        "service": parts.settings.service,
        "partnership": row.partnership_id,
        "kind": row.subject_kind,
        "id": row.subject_id,
        "old": row.wrapped_key,
        "new": wrapped,
    }
    async with parts.vault.engine.begin() as connection:
        await connection.execute(_REPLACE, given)
    return True


# A wrapped key begins with the length of the wrapping key's name, then the name; a destroyed one is empty.
_OTHERS = text("""
SELECT partnership_id, subject_kind, subject_id, wrapped_key FROM subject_keys
WHERE service = :service AND CASE WHEN wrapped_key = '' THEN false
    ELSE substring(wrapped_key FROM 2 FOR get_byte(wrapped_key, 0)) <> :current END
  AND (partnership_id, subject_kind, subject_id) > (:partnership, :kind, :id)
ORDER BY partnership_id, subject_kind, subject_id LIMIT :batch
""")
# Only what is still there as it was read: a key destroyed meanwhile stays destroyed.
_REPLACE = text("""
UPDATE subject_keys SET wrapped_key = :new WHERE service = :service AND partnership_id = :partnership
  AND subject_kind = :kind AND subject_id = :id AND wrapped_key = :old
""")
