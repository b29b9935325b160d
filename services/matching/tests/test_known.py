"""Volunteers known from proposals before: the same proposals as without, nobody's who is erased, nobody else's."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from services.matching.domain.crowd import SETS, Columns
from services.matching.service import inputs, proposals
from services.matching.service.desk import Desk
from services.matching.service.known import Known, KnownPools
from services.matching.tests.bodies import Family, good
from services.matching.tests.factories import Place
from shared.crypto import Subject, Vault
from shared.db import Work
from shared.events.referral import SubjectErased
from shared.ids import new_id

CODES = ["cooking", "budgeting", "autism", "gardening"]
SLOTS = ["mon-morning", "mon-evening", "thu-morning", "sat-evening"]
WISHES: dict[str, Any] = {
    "outcode": "SS1",
    "languages": ["bn", "en"],
    "ethnicity": "BAFR",
    "ethnicity_may_count": True,
    "requests": {
        "age_from": 30,
        "faith": "muslim",
        "faith_may_count": True,
        "skills": CODES[:3],
        "availability": [{"weekday": "mon", "part": "morning"}, {"weekday": "sat", "part": "evening"}],
        "visits_a_week": 1,
    },
}
MON = [{"weekday": "mon", "part": "morning"}]
Made = tuple[list[UUID], list[UUID], str, str, str]


def process(here: Place) -> Desk:
    """The desk of another process, which knows nobody yet."""
    vault = here.service.parts.vault
    return Desk(Vault(vault.engine, vault.ring, "matching"))


async def proposed(here: Place, desk: Desk, family: Family, place: Place | None = None) -> Made:
    """What a proposal of that process says, opened."""
    at = place or here
    work = Work("matching", at.partnership, at.scheme, "client", "organisation")
    async with here.service.parts.app.open(work) as session:
        made = (await proposals.propose(session, desk, UUID(family.request))).proposal
        cipher = await desk.case(session, family.id)
        assert made.inputs is not None
        result, kept = cipher.open(proposals.RESULT, made.result), cipher.open(proposals.INPUTS, made.inputs)
        return list(made.ranked), list(made.excluded), made.input_hash, result, kept


def crowd_of(desk: Desk, here: Place) -> Columns:
    known = desk.known.find(here.partnership)
    assert known is not None
    return known.crowd


class Town:
    """Volunteers as rows, changed as chance has it and past everything that counts versions."""

    def __init__(self, here: Place, seed: int) -> None:
        self.here, self.chance = here, random.Random(seed)
        self.everybody: list[UUID] = []

    async def founded(self, size: int) -> None:
        self.everybody.append(UUID((await self.here.volunteer(ethnicity="BAFR", faith="muslim")).id))
        for _ in range(size):
            await self.joined()

    async def joined(self) -> None:
        """A row of their own with a key of their own; not always the youngest id."""
        first = [] if self.chance.random() < 0.7 else [self.chance.randrange(256)]
        volunteer = UUID(bytes=bytes(first) + new_id().bytes[len(first) :])
        row = {"id": volunteer, "person_id": None, **await self._person(volunteer), **self._traits()}
        sql = "INSERT INTO volunteers SELECT (jsonb_populate_record(t, $2::jsonb)).* FROM volunteers t WHERE t.id = $1"
        await self.here.as_worker(sql, self.everybody[0], orjson.dumps(row).decode())
        self.everybody.append(volunteer)

    async def changed(self) -> None:
        """Somebody, in one or two of these; or somebody new."""
        if self.chance.random() < 0.2:
            await self.joined()
            return
        volunteer = self.chance.choice(self.everybody)
        traits = self._traits() | await self._person(volunteer)
        for name in self.chance.sample(sorted(traits), self.chance.randint(1, 2)):
            sql = f"UPDATE volunteers t SET {name} = (jsonb_populate_record(t, $2::jsonb)).{name} WHERE id = $1"  # noqa: S608 - one of the names below
            await self.here.as_worker(sql, volunteer, orjson.dumps({name: traits[name]}).decode())

    async def _person(self, volunteer: UUID) -> dict[str, Any]:
        cipher = await self.here.service.parts.vault.cipher(self.here.partnership, Subject.person(volunteer))
        told = {
            "birth_date": date(self.chance.randint(1950, 2005), 2, 28).isoformat(),
            "ethnicity": self.chance.choice(["BAFR", "WBRI"]),
            "faith": self.chance.choice(["muslim", "christian"]),
        }
        return {name: "\\x" + cipher.seal(f"volunteers.{name}", value).hex() for name, value in told.items()}

    def _traits(self) -> dict[str, Any]:
        chance, day = self.chance, date.today()  # noqa: DTZ011 - days before and after any today
        return {
            "status": chance.choice([*["available"] * 9, *["matched"] * 3, "on_break", "suspended", "left", "cleared"]),
            "role": chance.choice([*["lone_home_visitor"] * 5, "office_helper"]),
            "clearance_expires_on": (day + timedelta(days=chance.choice([-5, 30, *[900] * 6]))).isoformat(),
            "capacity": chance.randint(2, 3),
            "places_taken": chance.randint(0, 2),
            "places_agreed": 0,
            "gender": chance.choice(["female", "male"]),
            "visits_a_week": chance.randint(2, 4),
            "visits_taken": chance.randint(0, 2),
            "outcode": chance.choice(["SS1", "SS9", "E1", None]),
            "languages": self._some(["en", "bn", "so"]),
            "skills": self._some(CODES),
            "interests": self._some(CODES),
            "knowledge": self._some(CODES),
            "availability": self._some(SLOTS),
            "inputs_number": chance.randint(1, 9),
        }

    def _some(self, values: Sequence[str]) -> list[str]:
        return self.chance.sample(values, self.chance.randint(0, len(values)))


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_knows_volunteers_already_proposes_the_same_to_the_byte(here: Place, seed: int) -> None:
    family, town, knowing = await here.family(**WISHES), Town(here, seed), process(here)
    await town.founded(12)
    ranked = 0
    for _ in range(25):
        for _ in range(town.chance.randint(0, 3)):
            await town.changed()
        made = await proposed(here, knowing, family)
        assert made == await proposed(here, process(here), family)
        ranked += len(made[0])
    assert ranked > 25


async def test_a_change_that_was_called_off_is_not_known(here: Place) -> None:
    family, knowing = await here.family(**WISHES), process(here)
    helper = await here.volunteer()
    before = await proposed(here, knowing, family)
    work = Work("matching", here.partnership, here.scheme, "client", "organisation")
    async with here.service.parts.app.open(work) as session:
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE volunteers SET capacity = 3 WHERE id = $1", (UUID(helper.id),))
        made = await proposals.propose(session, knowing, UUID(family.request))
        assert made.proposal.input_hash != before[2]
        await session.rollback()
    assert await proposed(here, knowing, family) == before


async def test_only_whom_the_family_could_have_is_opened(here: Place) -> None:
    family, knowing = await here.family(requests={"age_from": 30, "volunteer_gender": "female"}), process(here)
    woman, man = await here.volunteer(), await here.volunteer(gender="male", ethnicity="BAFR")
    await proposed(here, knowing, family)
    crowd = crowd_of(knowing, here)
    found = {str(one): (crowd.of["birth_date"][at], crowd.of["ethnicity"][at]) for at, one in enumerate(crowd.of["id"])}
    assert found == {woman.id: (19_800_229, None), man.id: (None, None)}


async def test_of_somebody_erased_nothing_is_known_any_more(here: Place) -> None:
    family, own, other = await here.family(**WISHES), Desk(here.service.parts.vault), process(here)
    erased, stays = await here.volunteer(ethnicity="BAFR", availability=MON), await here.volunteer(ethnicity="WBRI")
    for desk in (own, other):
        await proposed(here, desk, family)
        assert len(crowd_of(desk, here)) == 2
        assert "BAFR" in crowd_of(desk, here).of["ethnicity"]
    await here.tell(SubjectErased(family=family.id, subject=UUID(erased.id), subject_kind="person"))
    assert crowd_of(own, here).of["id"] == [UUID(stays.id)]
    made = await proposed(here, other, family)
    assert made[0] + made[1] == [UUID(stays.id)]
    for desk in (own, other):
        crowd = crowd_of(desk, here)
        assert all(len(column) == 1 for column in crowd.of.values())
        assert "BAFR" not in crowd.of["ethnicity"]
    assert made == await proposed(here, own, family) == await proposed(here, process(here), family)


async def test_nobody_gets_volunteers_of_another_partnership_whatever_is_known_under_its_name(
    here: Place,
) -> None:
    there, knowing = Place(here.service, here.cases), process(here)
    ours, theirs = await here.family(**WISHES), await there.family(**WISHES)
    mine, yours = await here.volunteer(availability=MON), await there.volunteer(availability=MON)
    await proposed(here, knowing, ours)
    stolen = knowing.known.find(here.partnership)
    assert stolen is not None
    knowing.known.keep(there.partnership, stolen)
    made = await proposed(here, knowing, theirs, there)
    assert made[0] + made[1] == [UUID(yours.id)]
    assert made == await proposed(here, process(here), theirs, there)
    assert (await proposed(here, knowing, ours))[0] == [UUID(mine.id)]


async def test_a_proposal_of_those_who_are_known_comes_out_the_same_when_it_is_made_again(here: Place) -> None:
    family = await here.family(**WISHES)
    helper = await here.volunteer(ethnicity="BAFR", faith="muslim", availability=MON)
    await here.propose(family)
    profile = {"outcode": "SS9", "skills": ["cooking"], "capacity": 2}
    good(await here.coordinator.post(f"/v1/volunteers/{helper.id}/profile", profile, match=helper.version))
    made = await here.propose(family)
    path = f"/v1/match-requests/{family.request}/proposals/{made['id']}/recomputation"
    assert good(await here.coordinator.get(path))["outcome"] == "same"


def a_pool(size: int) -> Known:
    names = ("id", *SETS, *inputs.SEALED)
    return Known(
        Columns({name: list(map(UUID, map("{:032}".format, range(size)))) for name in names}, {}), b"", frozenset()
    )


async def test_no_more_volunteers_are_kept_than_there_is_room_for() -> None:
    pools, first, second, third = KnownPools(most=10), new_id(), new_id(), new_id()
    pools.keep(first, a_pool(4))
    pools.keep(second, a_pool(4))
    assert pools.find(first)
    pools.keep(third, a_pool(5))
    assert [bool(pools.find(one)) for one in (first, second, third)] == [True, False, True]
    pools.keep(second, a_pool(11))
    assert not any(map(pools.find, (first, second, third)))


async def test_what_nobody_asks_for_any_more_is_dropped() -> None:
    pools, asked, left = KnownPools(), new_id(), new_id()
    pools.keep(asked, a_pool(1))
    pools.keep(left, a_pool(1))
    pools.sweep()
    assert pools.find(asked)
    pools.sweep()
    assert [bool(pools.find(one)) for one in (asked, left)] == [True, False]
    pools.sweep()
    pools.sweep()
    assert not pools.find(asked)
