"""Civil days that callers name: never in the future, and what instant stands for one."""

from datetime import UTC, date, datetime, time

from sqlmodel.ext.asyncio.session import AsyncSession

from shared.calendar import LONDON, civil_date
from shared.db import now_of
from shared.errors import invalid


def today(session: AsyncSession) -> date:
    """The civil day of this transaction."""
    return civil_date(now_of(session))


def day_of(session: AsyncSession, given: date | None, pointer: str) -> date:
    """The day that was named, or today; what has happened cannot lie in the future."""
    day = given or today(session)
    if day > today(session):
        raise invalid(pointer, "in-the-future", "lies in the future")
    return day


def instant_of(session: AsyncSession, day: date) -> datetime:
    """The instant that history keeps for a day: now for today, else its noon, as only the day is known."""
    if day == today(session):
        return now_of(session)
    return datetime.combine(day, time(12), LONDON).astimezone(UTC)
