"""Camden's round, reported: every figure that was published, to the hundredth and to the penny."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from services.training.data.published import PUBLISHED
from services.training.domain import LabelKind
from services.training.models import TrainingSession
from services.training.service.labels import find_or_add
from services.training.tests.factories import Team
from services.training.tests.participating import Ground
from services.training.tests.test_data import camden
from services.training.tests.test_participation_sums import ground
from shared.ids import new_id
from shared.testing import Running

FIRST, LAST = date(2009, 11, 2), date(2010, 4, 29)
CODES = {"Female": "female", "Male": "male"}


async def recorded(training: Running, team: Team) -> tuple[Ground, UUID]:
    """Camden's sheet as participations of closed sessions of one round."""
    rows, parts = camden(), training.parts
    outside = [FIRST - timedelta(days=1), LAST + timedelta(days=1)]
    days = [*(row.session_date for row in rows), *outside]
    here = await ground(training, *days, partnership=team.partnership, organisation=team.organisation)
    programme = (await team.trainer.post("/v1/programmes", {"title": "Protecting children"})).json()["id"]
    body = {"programme": programme, "title": "Camden", "funders": ["council"], "from": str(FIRST), "to": "2010-04-26"}
    made = UUID((await team.trainer.post("/v1/rounds", body)).json()["id"])
    wanted = defaultdict(set)
    for row in rows:
        wanted[LabelKind.ORGANISATION].add(row.organisation)
        wanted[LabelKind.ETHNICITY].add(row.ethnicity or "")
        wanted[LabelKind.GENDER].add(row.gender or "")
    async with parts.app.open(here.work) as session:
        labels = await find_or_add(session, parts.vault, parts.settings, team.organisation, wanted)
        await parts.app.commit(session)
    await _of_round(here, made, outside)
    people: dict[str, UUID] = defaultdict(new_id)
    people_of = [people[row.name] if row.name else None for row in rows]
    await here.add([_participation(here, labels, row, who) for row, who in zip(rows, people_of, strict=True)])
    # One more on each day outside, of a group of its own: whoever counts those has 180 and 16 groups.
    strange = here.labels[LabelKind.ORGANISATION][0]
    await here.add([_participation(here, labels, rows[0], None) | _on(here, day, strange) for day in outside])
    return here, made


async def _of_round(here: Ground, made: UUID, outside: list[date]) -> None:
    mine = [one for day, one in here.sessions.items() if day not in outside]
    await here.run(update(TrainingSession).where(col(TrainingSession.id).in_(mine)).values(round_id=made))


def _participation(here: Ground, labels: dict[Any, UUID], row: Any, who: UUID | None) -> dict[str, Any]:
    return {
        "id": new_id(),
        "partnership_id": here.partnership,
        "organisation_id": here.organisation,
        "session_id": here.sessions[row.session_date],
        "day": row.session_date,
        "parts": [1],
        "organisation": labels[LabelKind.ORGANISATION, row.organisation],
        "ethnicity": labels[LabelKind.ETHNICITY, row.ethnicity],
        "gender": labels[LabelKind.GENDER, row.gender],
        "attendee_id": who,
        "source": "sheet",
        "counted": True,
        "recorded_at": datetime.now(UTC),
        "recorded_by": "test",
    }


def _on(here: Ground, day: date, group: UUID) -> dict[str, Any]:
    return {"id": new_id(), "day": day, "session_id": here.sessions[day], "organisation": group}


async def test_camdens_three_tables_come_out_as_published_and_the_days_outside_do_not_count(
    training: Running, team: Team
) -> None:
    await recorded(training, team)
    for by, published in (
        ("organisation", PUBLISHED["organisation"]),
        ("ethnicity_label", PUBLISHED["ethnicity"]),
        ("gender_label", PUBLISHED["gender"]),
    ):
        query = {"by": by, "from": FIRST, "until": LAST, "people": True}
        report = (await team.trainer.get("/v1/training-reports", params=query)).json()
        assert {row["label"]: (row["count"], row["percentage"]) for row in report["rows"]} == published
        assert [row["label"] for row in report["rows"]] == sorted(published)
        assert (report["total"], report["withheld"]) == (178, False)
        assert sum(round(float(row["percentage"]) * 100) for row in report["rows"]) == 10000
        assert report["people"] == {"distinct": 2, "named": 4, "anonymous": 174}


async def test_camdens_income_for_each_participation_is_32_pounds_7(training: Running, team: Team) -> None:
    _, made = await recorded(training, team)
    for kind, amount in (("received", "5709.00"), ("spent", "5000.10"), ("planned", "6000.00")):
        line = {"kind": kind, "category": "grant", "amount": amount, "day": "2009-11-02"}
        assert (await team.trainer.post(f"/v1/rounds/{made}/budget-lines", line)).status_code == 201
    costs = (await team.trainer.get(f"/v1/rounds/{made}/costs")).json()
    assert costs == {
        "received": "5709.00",
        "spent": "5000.10",
        "participations": 178,
        "sessions": 13,
        "income_per_participation": "32.07",
        "cost_per_participation": "28.09",
        "income_per_session": "439.15",
        "cost_per_session": "384.62",
    }


async def test_a_round_without_anybody_has_no_cost_for_each(team: Team) -> None:
    programme = (await team.trainer.post("/v1/programmes", {"title": "Protecting children"})).json()["id"]
    body = {"programme": programme, "title": "Empty", "funders": [], "from": str(FIRST), "to": str(LAST)}
    made = (await team.trainer.post("/v1/rounds", body)).json()["id"]
    costs = (await team.trainer.get(f"/v1/rounds/{made}/costs")).json()
    assert (costs["participations"], costs["sessions"], costs["income_per_participation"]) == (0, 0, None)


async def test_one_session_of_camden_withholds_few_of_one_ethnicity(training: Running, team: Team) -> None:
    here, _ = await recorded(training, team)
    day = date(2010, 4, 26)
    by_session = {"by": "ethnicity_label", "from": FIRST, "until": LAST, "session": here.sessions[day]}
    # Asked for by its day, by its session, or as a table of all sessions: it is the same session.
    for query in (by_session, {"by": "ethnicity_label", "from": day, "until": day}):
        report = (await team.trainer.get("/v1/training-reports", params=query)).json()
        few = [row for row in report["rows"] if row["count"] is None]
        assert report["withheld"] == bool(few)
        assert all(row["count"] is None or row["count"] >= 6 for row in report["rows"])
        assert len(few) != 1 or len(report["rows"]) == 1
    crossed = {"by": "session", "across": "ethnicity_label", "from": FIRST, "until": LAST}
    report = (await team.trainer.get("/v1/training-reports", params=crossed)).json()
    assert report["withheld"]
    shown = [cell["count"] for row in report["rows"] for cell in row["cells"] if cell["count"] is not None]
    assert not [count for count in shown if 0 < count < 6]
