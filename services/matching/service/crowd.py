"""The crowd that a proposal ranks: brought up to date by row version, opened where something sealed is looked at."""

import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from operator import sub
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Row
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.clearance import VISITING
from services.matching.domain.crowd import FLAGS, SETS, Coded, Codes, Columns, Numbers, sealed
from services.matching.domain.needs import Need
from services.matching.domain.volunteers import WORKING, VolunteerStatus, ages_on, as_number
from services.matching.repository import volunteers
from services.matching.service import inputs, pool
from services.matching.service.days import today
from services.matching.service.desk import Desk
from services.matching.service.known import Known
from services.matching.service.uncollected import uncollected
from shared.crypto import Subject, SubjectKind
from shared.db import work_of

_ID_BYTES: Final = 16
_BIT: Final = {name: 1 << at for at, name in enumerate(FLAGS)}
_STATUS: Final = {
    **{status.value: _BIT["working"] for status in WORKING},
    VolunteerStatus.SUSPENDED.value: _BIT["suspended"],
    VolunteerStatus.ON_BREAK.value: _BIT["on_break"],
}
_ROLE: Final[dict[str | None, int]] = {role.value: _BIT["visits_families"] for role in VISITING}
_READ: Final = (
    "id", "status", "role", "clearance_expires_on", "capacity", "places_taken", "gender", "visits_a_week",
    "visits_taken", "inputs_number", "outcode", *SETS, *inputs.SEALED,
)  # fmt: skip
# Of a pool of which so large a part is not known, all is read.
_MOSTLY: Final = 4
# So many rows are compared at once with what they were.
_BLOCK: Final = 64


async def read(session: AsyncSession, desk: Desk) -> Columns:
    """Everybody but those who have gone or are erased, by id; what is sealed stays so until `told`."""
    crowd = await _current(session, desk)
    if 0 in crowd.of["number"]:
        await _keep_missing_inputs(session, desk)
        crowd = await _current(session, desk)
    return crowd


async def told(session: AsyncSession, desk: Desk, crowd: Columns, need: Need, who: Numbers) -> Columns:
    """With what the family's wishes look at, opened of these and of nobody else."""
    names = pool.sealed_traits(need)
    await _open(session, desk, crowd, names, who.tolist())
    more: dict[str, Coded] = {}
    for name in names:
        given = crowd.of[name]
        seen = [given[at] for at in who.tolist()]
        if name == "birth_date":
            more["age"] = _ages(seen, who, len(crowd), today(session))
        else:
            known = Coded.of([None, *seen])
            numbers = np.zeros(len(crowd), np.int64)
            numbers[who] = known.numbers[1:]
            more[name] = Coded(numbers, known.values)
    return crowd.telling(**more)


def _ages(births: Sequence[int | None], who: Numbers, count: int, day: date) -> Coded:
    """How old those are, of so many; of everybody else, and where it is not known, None."""
    born = np.array([one or 0 for one in births], np.int64)
    ages = np.full(count, -1, np.int64)
    ages[who] = np.where(born > 0, ages_on(born, day), -1)
    coded = Coded.of_numbers(ages)
    return Coded(coded.numbers, [None if one < 0 else one for one in coded.values])


async def _open(session: AsyncSession, desk: Desk, crowd: Columns, names: Sequence[str], who: Collection[int]) -> None:
    """What was opened once stays open with the version of the row that it is of."""
    ids = crowd.of["id"]
    closed = [(name, at) for name in names for at in who if crowd.of[name][at] is None and crowd.of[sealed(name)][at]]
    subjects = {Subject.person(ids[at]) for _, at in closed}
    ciphers = await desk.vault.ciphers(work_of(session).partnership, subjects) if subjects else {}
    for name, at in closed:
        cipher = ciphers.get(Subject.person(ids[at]))
        if cipher is not None:
            value = cipher.open(f"volunteers.{name}", crowd.of[sealed(name)][at])
            crowd.of[name][at] = as_number(date.fromisoformat(value)) if name == "birth_date" else value


async def _current(session: AsyncSession, desk: Desk) -> Columns:
    partnership = work_of(session).partnership
    mark = await volunteers.mark(session)
    gone = frozenset(await desk.vault.gone(partnership, SubjectKind.PERSON))
    known = desk.known.find(partnership)
    if known is None or known.mark != mark or known.gone != gone:
        known = Known(await _brought_up(session, known, mark, gone), mark, gone)
        desk.known.keep(partnership, known)
    return known.crowd


async def _brought_up(session: AsyncSession, known: Known | None, mark: bytes, gone: frozenset[UUID]) -> Columns:
    new, old = _differing(mark, known.mark if known else b"")
    changed = [one for row in new - old if (one := UUID(bytes=row[:_ID_BYTES])) not in gone]
    if known is None or len(changed) > len(known.crowd) // _MOSTLY:
        rows = await volunteers.list_some(session, None, *_READ)
        codes = {name: Codes() for name in SETS}
        with uncollected():
            return Columns(_columns([row for row in rows if row[0] not in gone], codes), codes)
    rows = await volunteers.list_some(session, changed, *_READ) if changed else []
    places = map(known.crowd.find, [*(UUID(bytes=row[:_ID_BYTES]) for row in new ^ old), *gone])
    return known.crowd.changed(_columns(rows, known.crowd.codes), {at for at in places if at is not None})


def _differing(mark: bytes, before: bytes) -> tuple[set[bytes], set[bytes]]:
    """What each has that the other may not have: rows of blocks that are not the same."""
    size, block = volunteers.MARK_BYTES, volunteers.MARK_BYTES * _BLOCK
    found = set[bytes](), set[bytes]()
    for begin in range(0, max(len(mark), len(before)), block):
        both = mark[begin : begin + block], before[begin : begin + block]
        if both[0] != both[1]:
            for rows, part in zip(found, both, strict=True):
                rows.update(part[at : at + size] for at in range(0, len(part), size))
    return found


def _columns(rows: Sequence[Row[*tuple[Any, ...]]], codes: Mapping[str, Codes]) -> dict[str, list[Any]]:
    """By columns, so that little is done for each volunteer by itself; what many share is kept once."""
    of = dict(zip(_READ, zip(*rows, strict=True) if rows else ((),) * len(_READ), strict=True))
    shared: dict[Any, Any] = {}
    return {
        "id": list(of["id"]),
        "standing": [
            _STATUS.get(one, 0) | _ROLE.get(role, 0) for one, role in zip(of["status"], of["role"], strict=True)
        ],
        "expires": [shared.setdefault(one, one) for one in of["clearance_expires_on"]],
        "capacity": list(of["capacity"]),
        "places_taken": list(of["places_taken"]),
        "gender": list(map(sys.intern, of["gender"])),
        "visits_a_week": list(map(sub, of["visits_a_week"], of["visits_taken"])),
        "number": list(of["inputs_number"]),
        "outcode": [shared.setdefault(one, one) for one in of["outcode"]],
        **{name: list(map(codes[name].mask, of[name])) for name in SETS},
        **{sealed(name): list(of[name]) for name in inputs.SEALED},
        **{name: [None] * len(rows) for name in inputs.SEALED},
    }


async def _keep_missing_inputs(session: AsyncSession, desk: Desk) -> None:
    """Of volunteers who were registered before their inputs were kept."""
    for volunteer in await volunteers.list_without_inputs(session):
        inputs.keep(session, volunteer, await desk.person(session, volunteer.id))
    await session.flush()
