"""Everybody whom a family could be matched with, as rows of the database say on the day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.clearance import VISITING
from services.matching.domain.needs import Candidate, Need, Ties
from services.matching.domain.volunteers import WORKING, VolunteerStatus, age_on
from services.matching.models import MatchRequest
from services.matching.repository import matches, requests, volunteers
from services.matching.service import inputs
from services.matching.service.days import today
from services.matching.service.desk import Desk
from shared.crypto import Subject, SubjectKind
from shared.db import work_of

# Whoever was with the family and left it so does not come back by the score.
_NOT_AGAIN: Final = frozenset({"safety", "not_working", "family_asked"})
_NUMBER: Final = volunteers.WEIGHED.index("inputs_number")
_SUSPENDED: Final = VolunteerStatus.SUSPENDED.value
_ON_BREAK: Final = VolunteerStatus.ON_BREAK.value
_WORKING: Final = frozenset(status.value for status in WORKING)
_VISITING: Final = frozenset(role.value for role in VISITING)


@dataclass(slots=True)
class Pool:
    """Candidates by id, the number of each one's inputs, and what is sealed of them and may be needed."""

    candidates: list[Candidate] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    sealed: dict[UUID, Sequence[bytes | None]] = field(default_factory=dict)


def sealed_traits(need: Need) -> tuple[str, ...]:
    """Which sealed columns the family's wishes look at; mostly none."""
    wanted = (
        ("birth_date", need.asks_for_age),
        ("ethnicity", need.ethnicity_counts and need.ethnicity is not None),
        ("faith", need.faith_counts and need.faith is not None),
    )
    return tuple(name for name, looked_at in wanted if looked_at)


async def ties_of(session: AsyncSession, request: MatchRequest) -> Ties:
    """What stands between this family and single volunteers."""
    family = request.family_id
    noted = await volunteers.list_conflicts_with(session, family)
    refused = await requests.list_refused(session, family, standing=True)
    return Ties(
        conflict=frozenset(one.volunteer_id for one in noted if one.kind == "conflict_of_interest"),
        known=frozenset(one.volunteer_id for one in noted if one.kind == "known_to_family"),
        refused=frozenset(one.volunteer_id for one in refused),
        had=frozenset(await matches.list_former(session, family, _NOT_AGAIN)),
    )


async def read(session: AsyncSession, desk: Desk, need: Need, day: date, until: date) -> Pool:
    """Everybody but those who have gone or are erased; what is sealed stays so until `unseal`."""
    rows = await volunteers.list_candidates(session, *sealed_traits(need))
    if any(row[_NUMBER] == 0 for row in rows):
        await _keep_missing_inputs(session, desk)
        rows = await volunteers.list_candidates(session, *sealed_traits(need))
    gone = await desk.vault.gone(work_of(session).partnership, SubjectKind.PERSON)
    pool, known = Pool(), _Lists()
    plain = len(volunteers.WEIGHED)
    for row in map(tuple, rows):
        if row[0] in gone:
            continue
        pool.candidates.append(_candidate(row, known, day, until))
        pool.numbers.append(row[_NUMBER])
        if len(row) > plain:
            pool.sealed[row[0]] = row[plain:]
    return pool


async def unseal(session: AsyncSession, desk: Desk, pool: Pool, need: Need, who: Iterable[Candidate]) -> None:
    """Open what the family's wishes look at, of these and of nobody else."""
    day, names = today(session), sealed_traits(need)
    if not names:
        return
    of = {one.id: one for one in who}
    subjects = {Subject.person(one): one for one in of}
    ciphers = await desk.vault.ciphers(work_of(session).partnership, subjects)
    for subject, cipher in ciphers.items():
        one = of[subject.id]
        for name, kept in zip(names, pool.sealed[subject.id], strict=True):
            if kept:
                tell(one, name, cipher.open(f"volunteers.{name}", kept), day)


def tell(one: Candidate, name: str, value: str, day: date) -> None:
    """Say of a candidate what was sealed; of a birth date only the age."""
    if name == "birth_date":
        one.age = age_on(date.fromisoformat(value), day)
    elif name == "ethnicity":
        one.ethnicity = value
    else:
        one.faith = value


class _Lists(dict[str, frozenset[str]]):
    """Lists of codes as PostgreSQL writes them; many volunteers share one, which is then read once."""

    def __missing__(self, written: str) -> frozenset[str]:
        found = self[written] = frozenset(written[1:-1].split(",")) if len(written) > len("{}") else frozenset()
        return found


def _candidate(row: Sequence[Any], known: _Lists, day: date, until: date) -> Candidate:
    (
        volunteer, status, role, expires, capacity, places, gender, visits, taken, _, outcode,
        languages, skills, interests, knowledge, availability,
    ) = row[:16]  # fmt: skip
    return Candidate(
        volunteer,
        status in _WORKING,
        role in _VISITING,
        expires is not None and day < expires,
        capacity,
        places,
        gender,
        visits - taken,
        None,
        None,
        outcode,
        known[languages],
        known[skills],
        known[interests],
        known[knowledge],
        known[availability],
        False,
        False,
        None,
        status == _SUSPENDED,
        status == _ON_BREAK,
        expires is not None and until < expires,
    )


async def _keep_missing_inputs(session: AsyncSession, desk: Desk) -> None:
    """Of volunteers who were registered before their inputs were kept."""
    for volunteer in await volunteers.list_without_inputs(session):
        inputs.keep(session, volunteer, await desk.person(session, volunteer.id))
    await session.flush()
