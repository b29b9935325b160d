"""Words that people were described by: each kept once, sealed, found by a keyed hash; the code that they stand for."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence, Set
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import LabelKind, code_of_itself, require_code, same, tidy
from services.training.models import Label
from services.training.repository import labels as repository
from services.training.repository.labels import Place
from shared import audit, history
from shared.crypto import Cipher, Subject, Vault
from shared.db import now_of, work_of
from shared.etag import Match
from shared.ids import new_id
from shared.settings import Settings

CONTENT: Final = "labels.content"
NONE_FITS: Final = "none-fits"


def fingerprint(settings: Settings, context: str, *parts: object) -> bytes:
    """A keyed hash: the same words are found again, and nobody without the key can try words out."""
    key = hmac.digest(settings.audit_key.get_secret_value().encode(), context.encode(), hashlib.sha256)
    return hmac.digest(key, "|".join(map(str, parts)).encode(), hashlib.sha256)


async def find_or_add(
    session: AsyncSession,
    vault: Vault,
    settings: Settings,
    organisation: UUID,
    wanted: Mapping[LabelKind, Set[str]],
) -> dict[tuple[LabelKind, str], UUID]:
    """The label of each of these words, which are no empty ones, in their organisation's hands.

    Words that differ by spaces or by the size of letters alone are the same label, kept as they were written first.
    """
    partnership = work_of(session).partnership
    places = _places(settings, partnership, organisation, wanted)
    known = await repository.find(session, organisation, list(set(places.values())))
    new = {place: words for (_, words), place in places.items() if place not in known}
    if new:
        cipher = await vault.cipher(partnership, Subject.case(organisation))
        await repository.add(
            session, organisation, [_made(cipher, organisation, partnership, *one) for one in new.items()]
        )
        work_of(session).pending.changed = True
        known |= await repository.find(session, organisation, list(new))
    return {one: known[place] for one, place in places.items()}


async def find(
    session: AsyncSession, settings: Settings, organisation: UUID, wanted: Mapping[LabelKind, Set[str]]
) -> dict[tuple[LabelKind, str], Label]:
    """The labels of those of these words that are known; nothing is added."""
    places = _places(settings, work_of(session).partnership, organisation, wanted)
    ids = await repository.find(session, organisation, list(set(places.values())))
    rows = {row.id: row for row in await repository.list_these(session, ids.values())}
    return {one: rows[ids[place]] for one, place in places.items() if place in ids}


def _places(
    settings: Settings, partnership: UUID, organisation: UUID, wanted: Mapping[LabelKind, Set[str]]
) -> dict[tuple[LabelKind, str], Place]:
    return {
        (kind, words): (kind, _hashed(settings, partnership, organisation, kind, words))
        for kind, some in wanted.items()
        for words in some
    }


def _hashed(settings: Settings, partnership: UUID, organisation: UUID, kind: LabelKind, words: str) -> bytes:
    return fingerprint(settings, "training|labels|1", partnership, organisation, kind, same(words))


def _made(cipher: Cipher, organisation: UUID, partnership: UUID, place: Place, words: str) -> Label:
    kind, hashed = place
    return Label(
        id=new_id(),
        partnership_id=partnership,
        organisation_id=organisation,
        kind=kind,
        fingerprint=hashed,
        content=cipher.seal(CONTENT, tidy(words)),
        code=code_of_itself(kind, words),
    )


async def open_labels(vault: Vault, rows: Sequence[Label]) -> dict[UUID, str]:
    """The words by label, whichever organisations' they are; none where the organisation's key has been destroyed."""
    if not rows:
        return {}
    subjects = {Subject.case(row.organisation_id) for row in rows}
    ciphers = await vault.ciphers(rows[0].partnership_id, subjects)
    return {
        row.id: cipher.open(CONTENT, row.content)
        for row in rows
        if (cipher := ciphers.get(Subject.case(row.organisation_id)))
    }


async def give_code(session: AsyncSession, label_id: UUID, code: str | None, match: Match) -> Label:
    """A person says what the words stand for, or that no code fits; whoever says otherwise later is right."""
    row = await repository.get_for_update(session, label_id)
    match.check(row)
    if code is not None:
        require_code(row.kind, code)
    audit.saw(session, "label", row.id)
    note_code(session, row, code)
    await session.flush()
    return row


def note_code(session: AsyncSession, row: Label, code: str | None) -> None:
    """Note what somebody says that the label stands for; nothing where it is what was said before."""
    if row.coded_at is not None and row.code == code:
        return
    history.record(session, "label", row.id, (row.code, code or NONE_FITS))
    row.code, row.coded_at, row.coded_by = code, now_of(session), work_of(session).actor
