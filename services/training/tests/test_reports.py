"""Reports on attendance, over HTTP, against the same participations counted one after the other."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import col

from services.training.domain import LabelKind
from services.training.models import Label, TrainingSession
from services.training.service.labels import find_or_add
from services.training.tests.factories import Team
from services.training.tests.participating import Ground
from services.training.tests.test_participation_sums import ground
from shared.auth import Role
from shared.ids import new_id
from shared.testing import Caller, Running

WORDS = {
    LabelKind.ORGANISATION: ["Victory Chapel", "Kosovo Islamic Centre", "=1+1"],
    LabelKind.ETHNICITY: ["Somali", "Eritrean", "Bangladeshi", "Kenyan"],
    LabelKind.GENDER: ["Female", "Male"],
    LabelKind.LANGUAGE: ["Somali", "Bangla"],
    LabelKind.AREA: ["NW1", "N1"],
}
CODES = {"Somali": "black_african", "Eritrean": "black_african", "Bangladeshi": "asian_bangladeshi"}
BEGIN = date(2025, 1, 20)


class Book:
    """An organisation with participations that a test knows one by one."""

    def __init__(self, here: Ground, team: Team) -> None:
        self.here, self.team = here, team
        self.rows: list[dict[str, Any]] = []
        self.words: dict[UUID, str] = {}
        self.codes: dict[UUID, str] = {}
        self.rounds: dict[UUID, tuple[str, list[str]]] = {}
        self.round_of: dict[UUID, UUID] = {}

    async def name(self) -> None:
        """Give the organisation labels in words."""
        parts = self.here.training.parts
        wanted = {kind: frozenset(words) for kind, words in WORDS.items()}
        async with parts.app.open(self.here.work) as session:
            found = await find_or_add(session, parts.vault, parts.settings, self.here.organisation, wanted)
            await parts.app.commit(session)
        self.words = {one: words for (_, words), one in found.items()}
        self.here.labels = {kind: [found[kind, one] for one in words] for kind, words in WORDS.items()}
        await self.code({found[LabelKind.ETHNICITY, words]: code for words, code in CODES.items()})
        await self.code({found[LabelKind.GENDER, "Female"]: "female", found[LabelKind.LANGUAGE, "Bangla"]: "bn"})

    async def code(self, codes: dict[UUID, str]) -> None:
        self.codes |= codes
        await self.here.run(*(update(Label).where(col(Label.id) == one).values(code=c) for one, c in codes.items()))

    async def fund(self) -> None:
        """Put most sessions into two rounds, one with two funders."""
        programme = (await self.team.trainer.post("/v1/programmes", {"title": "Rounds"})).json()["id"]
        sessions = list(self.here.sessions.values())
        for title, funders, mine in (("One", ["council", "trust"], sessions[::3]), ("Two", ["trust"], sessions[1::3])):
            body = {
                "programme": programme,
                "title": title,
                "funders": funders,
                "from": "2025-01-01",
                "to": "2025-12-31",
            }
            made = UUID((await self.team.trainer.post("/v1/rounds", body)).json()["id"])
            self.rounds[made] = (title, funders)
            self.round_of |= dict.fromkeys(mine, made)
            held = col(TrainingSession.id).in_(mine)
            await self.here.run(update(TrainingSession).where(held).values(round_id=made))

    def keys(self, by: str, row: dict[str, Any]) -> list[str]:
        """What a row is counted under."""
        name, _, own = by.partition("_")
        if by == "session":
            return [str(row["session_id"])]
        if by == "month":
            return [f"{row['day']:%Y-%m}"]
        if by in {"round", "funder"}:
            at = self.round_of.get(row["session_id"])
            return ["none"] if at is None else [str(at)] if by == "round" else self.rounds[at][1]
        label = row[name]
        if label is None:
            return ["none"]
        return [str(label) if own or name in {"organisation", "area"} else self.codes.get(label, "uncoded")]


async def book(training: Running, seed: int, number: int = 120, span: int = 100) -> tuple[Book, random.Random]:
    team, chance = Team(training), random.Random(seed)
    some = [BEGIN + timedelta(days=chance.randrange(span)) for _ in range(9)]
    here = await ground(training, *some, partnership=team.partnership, organisation=team.organisation)
    made = Book(here, team)
    await made.name()
    await made.fund()
    people = [new_id() for _ in range(15)]
    seen: set[tuple[UUID, UUID]] = set()
    for _ in range(number):
        row = here.row(chance, chance.choice(list(here.sessions)))
        row["attendee_id"] = person = chance.choice([*people, None])
        if person is None or (row["session_id"], person) not in seen:
            seen.add((row["session_id"], person or new_id()))
            made.rows.append(row)
    await here.add(made.rows)
    return made, chance


async def asked(caller: Caller, **query: Any) -> dict[str, Any]:
    answer = await caller.get("/v1/training-reports", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def told(report: dict[str, Any]) -> tuple[Counter[Any], Counter[Any]]:
    """(counts by row, counts by row and column) without those of nobody."""
    rows = Counter({row["key"]: row["count"] for row in report["rows"] if row["count"]})
    columns = [one["key"] for one in report["columns"]]
    cells = {
        (row["key"], column): cell["count"]
        for row in report["rows"]
        for column, cell in zip(columns, row["cells"], strict=True)
        if cell["count"]
    }
    return rows, Counter(cells)


def expected(
    made: Book, by: str, across: str | None, first: date, until: date, fits: Callable[[dict[str, Any]], bool]
) -> tuple[int, Counter[Any], Counter[Any]]:
    rows: Counter[Any] = Counter()
    cells: Counter[Any] = Counter()
    counting = [row for row in made.rows if row["counted"] and first <= row["day"] <= until and fits(row)]
    for row in counting:
        for key in made.keys(by, row):
            columns = made.keys(across, row) if across else []
            cells.update((key, column) for column in columns)
            rows[key] += len(columns) if across else 1
    return len(counting), rows, cells


BYS = ("organisation", "ethnicity", "ethnicity_label", "gender", "gender_label", "language", "language_label", "area")
ALL = (*BYS, "session", "month", "round", "funder")


async def agree(made: Book, query: dict[str, Any], fits: Callable[[dict[str, Any]], bool] = lambda _: True) -> None:
    period = {"from": BEGIN + timedelta(days=3), "until": BEGIN + timedelta(days=80)} | query
    report = await asked(made.team.trainer, **period)
    total, rows, cells = expected(made, query["by"], query.get("across"), period["from"], period["until"], fits)
    found, crossed = told(report)
    assert report["total"] == total, query
    for row in report["rows"]:
        if row["count"] is not None:
            share = (Decimal(100 * row["count"]) / max(total, 1)).quantize(Decimal("0.01"), ROUND_HALF_UP)
            assert row["percentage"] == str(share)
    if report["withheld"]:
        assert all(rows[key] == n for key, n in found.items()), query
        assert all(cells[key] == n for key, n in crossed.items()), query
    else:
        assert (found, crossed) == (rows, cells), query


async def test_every_grouping_and_every_cross_table_is_what_counting_one_by_one_gives(training: Running) -> None:
    made, _ = await book(training, 1)
    for by in ALL:
        await agree(made, {"by": by})
        for across in ALL:
            if across != by:
                await agree(made, {"by": by, "across": across})


async def test_every_filter_leaves_what_fits_it_alone_or_with_others(training: Running) -> None:
    made, chance = await book(training, 2)
    session = chance.choice(list(made.here.sessions.values()))
    at = next(iter(made.rounds))
    group = made.here.labels[LabelKind.ORGANISATION][0]
    filters: list[tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]] = [
        ({"session": session}, lambda row: row["session_id"] == session),
        ({"round": at}, lambda row: made.round_of.get(row["session_id"]) == at),
        ({"funder": "trust"}, lambda row: row["session_id"] in made.round_of),
        ({"funder": "nobody"}, lambda row: False),
        ({"organisation": group}, lambda row: row["organisation"] == group),
        ({"ethnicity": "black_african"}, lambda row: made.codes.get(row["ethnicity"]) == "black_african"),
        ({"gender": "female"}, lambda row: made.codes.get(row["gender"]) == "female"),
        ({"language": "bn"}, lambda row: made.codes.get(row["language"]) == "bn"),
        ({"area": "NW1"}, lambda row: made.words.get(row["area"]) == "NW1"),
        (
            {"gender": "female", "organisation": group},
            lambda row: made.codes.get(row["gender"]) == "female" and row["organisation"] == group,
        ),
        (
            {"ethnicity": "black_african", "session": session},
            lambda row: made.codes.get(row["ethnicity"]) == "black_african" and row["session_id"] == session,
        ),
    ]
    for query, fits in filters:
        for by in ("organisation", "ethnicity", "month", "session", "area"):
            await agree(made, {"by": by} | query, fits)
        await agree(made, {"by": "gender", "across": "ethnicity_label"} | query, fits)


async def test_withdrawals_and_other_codes_show_at_once(training: Running) -> None:
    made, chance = await book(training, 3)
    gone = chance.sample(made.rows, 30)
    await made.here.change([row["id"] for row in gone], counted=False)
    for row in gone:
        row["counted"] = False
    labels = made.here.labels[LabelKind.ETHNICITY]
    await made.code({labels[0]: "other_arab", labels[3]: "asian_bangladeshi"})
    for by in ("ethnicity", "ethnicity_label", "session", "month", "round"):
        await agree(made, {"by": by})
        await agree(made, {"by": by, "across": "gender"})


async def test_distinct_people_are_a_figure_of_their_own(training: Running) -> None:
    made, _ = await book(training, 4)
    session = next(iter(made.here.sessions.values()))
    # On its first and on its last day there was a session, and on a day before and after it.
    _, first, *_, last, _ = sorted(made.here.sessions)
    for query, fits in (
        ({}, lambda row: True),
        ({"session": session}, lambda row: row["session_id"] == session),
        ({"gender": "female"}, lambda row: made.codes.get(row["gender"]) == "female"),
    ):
        period = {"from": first, "until": last}
        report = await asked(made.team.trainer, by="gender", people=True, **period, **query)
        rows = [r for r in made.rows if r["counted"] and first <= r["day"] <= last and fits(r)]
        named = [row["attendee_id"] for row in rows if row["attendee_id"] is not None]
        assert report["people"] == {
            "distinct": len(set(named)), "named": len(named), "anonymous": len(rows) - len(named),
        }  # fmt: skip
    assert (await asked(made.team.trainer, by="gender", **period))["people"] is None


async def test_an_analyst_sees_the_partnerships_sums_and_nobody_elses(training: Running) -> None:
    made, _ = await book(training, 5)
    beside = Team(training, made.team.partnership)
    there = await ground(training, BEGIN, partnership=beside.partnership, organisation=beside.organisation)
    other = Book(there, beside)
    await other.name()
    other.rows = [there.row(random.Random(6), BEGIN, counted=True) for _ in range(7)]
    await there.add(other.rows)
    period = {"from": BEGIN - timedelta(days=1), "until": BEGIN + timedelta(days=200)}
    both = sum(row["counted"] for row in made.rows) + 7
    analyst = made.team.caller(Role.ANALYST)
    report = await asked(analyst, by="organisation", **period)
    assert (report["total"], report["scope"]) == (both, "partnership")
    groups = sum(row["counted"] and made.words[row["organisation"]] == "Victory Chapel" for row in made.rows)
    groups += sum(other.words[row["organisation"]] == "Victory Chapel" for row in other.rows)
    assert next(row["count"] for row in report["rows"] if row["label"] == "Victory Chapel") == groups
    assert (await asked(analyst, by="session", **period))["total"] == both
    assert (await asked(beside.trainer, by="gender", **period))["total"] == 7
    stranger = Team(training)
    assert (await asked(stranger.trainer, by="gender", **period))["total"] == 0
    assert (await asked(stranger.caller(Role.LA_MANAGER), by="gender", **period))["total"] == 0


@pytest.mark.parametrize(
    ("role", "query", "status"),
    [
        (Role.ANALYST, {"by": "ethnicity_label"}, 422),
        (Role.ANALYST, {"by": "gender", "people": True}, 422),
        (Role.ANALYST, {"by": "session", "across": "ethnicity"}, 422),
        (Role.ANALYST, {"by": "gender", "scope": "organisation"}, 403),
        (Role.TRAINER, {"by": "gender", "scope": "partnership"}, 403),
        (Role.SOCIAL_WORKER, {"by": "gender"}, 403),
        (Role.TRAINER, {"by": "gender", "across": "gender"}, 422),
        (Role.TRAINER, {"by": "name"}, 422),
        (Role.TRAINER, {"by": "gender", "until": "2024-12-31"}, 422),
        (Role.TRAINER, {"by": "gender", "colour": "red"}, 422),
        (Role.TRAINER, {"by": "month", "from": "1990-01-01", "until": "2025-12-31"}, 422),
    ],
)
async def test_what_may_not_be_asked_is_refused(team: Team, role: Role, query: dict[str, Any], status: int) -> None:
    period = {"from": "2025-01-01", "until": "2025-12-31"}
    answer = await team.caller(role).get("/v1/training-reports", params=period | query)
    assert answer.status_code == status, answer.text
