"""Draft a release, have it audited, publish it, withdraw it; and how it is shown."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain.published import document
from services.training.domain.releases import RELEASES, Refusal, ReleaseStatus, Stage
from services.training.models import Programme, Publication, Release, Round
from services.training.repository import releases as repository
from services.training.schemas.releases import ReleaseIn
from shared import audit, clocks, history, outbox
from shared.crypto import Subject, Vault
from shared.db import now_of, work_of
from shared.disclosure.plain import of_policy
from shared.errors import Conflict, Forbidden, invalid
from shared.etag import Match
from shared.events.training import ReleasePublished

KIND = "release-audit"
PROVED = "releases.proved"


async def draft(session: AsyncSession, body: ReleaseIn, organisation: UUID) -> Release:
    """Nothing is counted yet."""
    for model, wanted, pointer in ((Round, body.round, "/round"), (Programme, body.programme, "/programme")):
        if wanted is not None and await session.get(model, wanted) is None:
            raise invalid(pointer, "not-found", "is not one of this partnership's")
    row = Release(
        partnership_id=work_of(session).partnership,
        organisation_id=organisation,
        title=body.title,
        status=ReleaseStatus.DRAFT,
        from_day=body.first,
        until_day=body.until,
        round_id=body.round,
        programme_id=body.programme,
        tables=[one.model_dump(mode="json") for one in body.tables],
        policy=of_policy(body.policy.value()),
        created_at=now_of(session),
        created_by=work_of(session).actor,
    )
    session.add(row)
    history.record(session, "release", row.id, (None, ReleaseStatus.DRAFT))
    audit.saw(session, "release", row.id)
    return row


async def have_audited(session: AsyncSession, release_id: UUID, match: Match) -> Release:
    """The service's worker freezes the counts, unless they are frozen already, and proves what is hidden."""
    row = await _own_for_update(session, release_id, match)
    _move(session, row, ReleaseStatus.AUDITING)
    row.stage, row.stage_at, row.attempts = Stage.WAITING, now_of(session), 0
    row.proved = row.considered = row.audited_at = None
    await clocks.start(session, KIND, row.id, now_of(session))
    return row


async def publish(session: AsyncSession, vault: Vault, release_id: UUID, match: Match) -> Release:
    """For everybody to read, from now on and without any change."""
    await repository.take_turns(session)
    row = await _own_for_update(session, release_id, match)
    _move(session, row, ReleaseStatus.PUBLISHED)
    if await repository.ids_once_published(session) - set(row.considered or ()):
        raise Conflict(
            "Another release was published since this one was audited: have it audited again.", name="audit-outdated"
        )
    proved = await proved_of(vault, row)
    assert proved is not None  # noqa: S101 - as every release that was audited has
    published = Publication(
        id=row.id,
        partnership_id=row.partnership_id,
        title=row.title,
        from_day=row.from_day,
        until_day=row.until_day,
        document=document(proved["release"], proved["verdict"], row.counted_at),
        published_at=now_of(session),
        published_by=work_of(session).actor,
    )
    session.add(published)
    outbox.add(session, ReleasePublished(release=row.id))
    return row


async def withdraw(session: AsyncSession, release_id: UUID, match: Match) -> Release:
    """No longer shown; what was published once goes on being known, and later audits reckon with it."""
    row = await _own_for_update(session, release_id, match)
    _move(session, row, ReleaseStatus.WITHDRAWN)
    published = await session.get_one(Publication, row.id)
    published.withdrawn_at = now_of(session)
    return row


def settle(session: AsyncSession, row: Release, status: ReleaseStatus, refusal: Refusal | None = None) -> None:
    """The end of an audit."""
    _move(session, row, status, refusal)
    row.refusal, row.stage, row.stage_at, row.audited_at = refusal, None, None, now_of(session)


async def proved_of(vault: Vault, row: Release) -> dict[str, Any] | None:
    """Figures and verdict, where an audit has ended with them."""
    if row.proved is None:
        return None
    cipher = await vault.cipher(row.partnership_id, Subject.case(row.id))
    found: dict[str, Any] = orjson.loads(cipher.open(PROVED, row.proved))
    return found


def shown(row: Release, proved: dict[str, Any] | None) -> dict[str, Any] | None:
    """What is published of it: never an exact count that is hidden, nor which hidden ones are small."""
    return document(proved["release"], proved["verdict"], row.counted_at) if proved else None


def bounds(proved: dict[str, Any] | None) -> Sequence[dict[str, Any]]:
    """Of each hidden count of this release the least and the most that anybody can work out."""
    findings = proved["verdict"]["findings"] if proved else []
    return [
        {"where": _named(one["where"]), "least": one["least"], "most": one["most"], "safe": one["safe"]}
        for one in findings
        if one["release"] == 0 and not one["implied"]
    ]


def _named(where: dict[str, list[str]]) -> dict[str, str]:
    """The values of a cell; which sessions are behind it is left out."""
    return {name: values[0] for name, values in where.items() if name != "session"}


async def _own_for_update(session: AsyncSession, release_id: UUID, match: Match) -> Release:
    row = await repository.get_for_update(session, release_id)
    if row.organisation_id != work_of(session).organisation:
        raise Forbidden("This belongs to another organisation.")
    match.check(row)
    audit.saw(session, "release", row.id)
    return row


def _move(session: AsyncSession, row: Release, wanted: ReleaseStatus, reason: Refusal | None = None) -> None:
    before, row.status = row.status, RELEASES.move(row.status, wanted)
    history.record(session, "release", row.id, (before, wanted), reason_code=reason)
