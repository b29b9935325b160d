"""Everybody whom a family could be matched with, as rows of the database say on the day."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from operator import sub
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
from services.matching.service.uncollected import uncollected
from shared.crypto import Subject, SubjectKind
from shared.db import work_of

# Whoever was with the family and left it so does not come back by the score.
_NOT_AGAIN: Final = frozenset({"safety", "not_working", "family_asked"})
_SUSPENDED: Final = VolunteerStatus.SUSPENDED.value
_ON_BREAK: Final = VolunteerStatus.ON_BREAK.value
_WORKING: Final = frozenset(status.value for status in WORKING)
_VISITING: Final = frozenset(role.value for role in VISITING)


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates by id, and what is sealed of them and may be needed."""

    candidates: list[Candidate]
    sealed: Sequence[Sequence[bytes | None]]
    """A column for each sealed trait, in the order of the candidates."""


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


async def read(
    session: AsyncSession, desk: Desk, need: Need, day: date, until: date, *, wanted: Collection[UUID] | None = None
) -> Pool:
    """Everybody but those who have gone or are erased, or who of them is `wanted`.

    What is sealed stays so until `unseal`.
    """
    rows = await volunteers.list_candidates(session, *sealed_traits(need), wanted=wanted)
    gone = await desk.vault.gone(work_of(session).partnership, SubjectKind.PERSON)
    if gone:
        rows = [row for row in rows if row[0] not in gone]
    columns = list(zip(*rows, strict=True)) or [()] * len(volunteers.WEIGHED)
    with uncollected():
        candidates = _candidates(dict(zip(volunteers.WEIGHED, columns, strict=False)), day, until)
    return Pool(candidates, columns[len(volunteers.WEIGHED) :])


async def unseal(session: AsyncSession, desk: Desk, pool: Pool, need: Need, who: Iterable[Candidate]) -> None:
    """Open what the family's wishes look at, of these and of nobody else."""
    day, names = today(session), sealed_traits(need)
    if not names:
        return
    wanted = set(map(id, who))
    of = {
        Subject.person(one.id): (one, sealed)
        for one, *sealed in zip(pool.candidates, *pool.sealed, strict=True)
        if id(one) in wanted
    }
    for subject, cipher in (await desk.vault.ciphers(work_of(session).partnership, of)).items():
        one, sealed = of[subject]
        for name, kept in zip(names, sealed, strict=True):
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


def _candidates(of: Mapping[str, Sequence[Any]], day: date, until: date) -> list[Candidate]:
    """By columns, so that little is done for each volunteer by itself; arguments in the order of `Candidate`."""
    known, status, expires = _Lists(), of["status"], of["clearance_expires_on"]
    never, nothing = repeat(False), repeat(None)
    made = map(
        Candidate,
        of["id"],
        map(_WORKING.__contains__, status),
        map(_VISITING.__contains__, of["role"]),
        [one is not None and day < one for one in expires],
        of["capacity"],
        of["places_taken"],
        of["gender"],
        map(sub, of["visits_a_week"], of["visits_taken"]),
        nothing,
        nothing,
        of["outcode"],
        *(map(known.__getitem__, of[name]) for name in inputs.SETS),
        never,
        never,
        nothing,
        map(_SUSPENDED.__eq__, status),
        map(_ON_BREAK.__eq__, status),
        [one is not None and until < one for one in expires],
    )
    return list(made)


def may_come_back(reason_code: str | None) -> bool:
    """Whether somebody whose match ended for that reason may well be with the family again."""
    return reason_code not in _NOT_AGAIN
