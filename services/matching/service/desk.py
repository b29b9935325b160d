"""What a verb needs beside its session: the keys that seal, and the scheme's policy."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.policy import Policy
from services.matching.service import known
from services.matching.service.known import KnownPools
from shared.crypto import Cipher, Subject, Vault
from shared.db import work_of


@dataclass(frozen=True, slots=True)
class Desk:
    """Keys and policy, handed to every verb that seals, opens or counts days."""

    vault: Vault
    policy: Policy = field(default_factory=Policy)
    most_known: int = known.MOST

    @property
    def known(self) -> KnownPools:
        """Volunteers as this process knows them already."""
        return known.known_by(self.vault, self.most_known)

    async def case(self, session: AsyncSession, family: UUID) -> Cipher:
        """The cipher of a family's case."""
        return await self.vault.cipher(work_of(session).partnership, Subject.case(family))

    async def person(self, session: AsyncSession, volunteer: UUID) -> Cipher:
        """The cipher of one volunteer."""
        return await self.vault.cipher(work_of(session).partnership, Subject.person(volunteer))
