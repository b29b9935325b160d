"""How often somebody may try to sign in: counted before the try, so that many at once gain nothing."""

from datetime import timedelta

from sqlalchemy import delete, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.tokens.issuer import Issuer
from gateway.tokens.models import SignInFailure
from shared.db import now_of
from shared.errors import TooMany

# From any address at all a name may be tried this many times as often as from one.
_ALL_ADDRESSES = 4


async def count(issuer: Issuer, email: str, address: str) -> None:
    """Count one attempt, then refuse it (`TooMany`) when there were too many in the window before."""
    settings, buckets = issuer.settings, buckets_of(issuer, email, address)
    limits = (
        settings.sign_in_failures_per_name,
        settings.sign_in_failures_per_name * _ALL_ADDRESSES,
        settings.sign_in_failures_per_address,
    )
    async with issuer.transaction("count-attempt") as session:
        session.add_all([SignInFailure(bucket=bucket, failed_at=now_of(session)) for bucket in buckets])
    async with issuer.transaction("count-attempts") as session:
        since = now_of(session) - timedelta(seconds=settings.sign_in_window_seconds)
        counts = [await _since(session, bucket, since) for bucket in buckets]
    if any(found > limit for found, limit in zip(counts, limits, strict=True)):
        raise TooMany(headers={"Retry-After": str(settings.sign_in_window_seconds)})


async def forget(session: AsyncSession, issuer: Issuer, email: str, address: str) -> None:
    """After a success the name's failures count no more; of the address only this one attempt is taken back."""
    pair, name, place = buckets_of(issuer, email, address)
    await session.execute(delete(SignInFailure).where(col(SignInFailure.bucket).in_([pair, name])))
    latest = select(SignInFailure.id).where(SignInFailure.bucket == place).order_by(col(SignInFailure.failed_at).desc())
    await session.execute(delete(SignInFailure).where(col(SignInFailure.id).in_(latest.limit(1))))


def buckets_of(issuer: Issuer, email: str, address: str) -> tuple[bytes, bytes, bytes]:
    """Keyed digests of name and address together, the name, the address."""
    name = issuer.names.email(email).hex()
    return issuer.names.attempts(name, address), issuer.names.attempts(name), issuer.names.attempts("", address)


async def _since(session: AsyncSession, bucket: bytes, since: object) -> int:
    query = select(func.count()).select_from(SignInFailure)
    return (await session.exec(query.where(SignInFailure.bucket == bucket, col(SignInFailure.failed_at) > since))).one()
