"""Finds links by which people sign in."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.models import SignInLink


async def of_session(session: AsyncSession, session_id: UUID) -> SignInLink | None:
    return (await session.exec(select(SignInLink).where(SignInLink.session_id == session_id))).first()


async def find(session: AsyncSession, fingerprint: bytes) -> SignInLink | None:
    """The link that has not been revoked."""
    query = select(SignInLink).where(col(SignInLink.fingerprint) == fingerprint, col(SignInLink.revoked_at).is_(None))
    return (await session.exec(query)).first()
