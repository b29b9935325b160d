"""What verbs need beside their session: the keys of this service and the scheme's policy."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain.facts import Policy
from shared.calendar import civil_date, end_of_day
from shared.crypto import Cipher, Subject, Vault
from shared.db import now_of, work_of


@dataclass(frozen=True, slots=True)
class Tools:
    """Given to every verb that seals, opens or counts."""

    vault: Vault
    policy: Policy


def today_of(session: AsyncSession) -> date:
    """The civil day of this transaction."""
    return civil_date(now_of(session))


def beginning_of(day: date) -> datetime:
    """The instant at which that civil day begins."""
    return end_of_day(day - timedelta(days=1))


async def cipher_of(session: AsyncSession, tools: Tools, subject: Subject) -> Cipher:
    """The key with which that subject's texts are sealed."""
    return await tools.vault.cipher(work_of(session).partnership, subject)


async def find_cipher(session: AsyncSession, tools: Tools, subject: Subject) -> Cipher | None:
    """The key with which that subject's texts are opened; None once it was destroyed."""
    return (await tools.vault.ciphers(work_of(session).partnership, [subject])).get(subject)
