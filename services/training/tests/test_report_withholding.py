"""A report tells nobody how few of one ethnicity were at one session to which people came anonymously."""

import random
from datetime import timedelta

from services.training.domain import LabelKind
from services.training.tests.factories import Team
from services.training.tests.test_participation_sums import ground
from services.training.tests.test_reports import BEGIN, Book, asked
from shared.testing import Running


async def test_few_of_one_ethnicity_at_one_session_with_anonymous_people_are_never_told(training: Running) -> None:
    team = Team(training)
    here = await ground(
        training, BEGIN, BEGIN + timedelta(days=1), partnership=team.partnership, organisation=team.organisation
    )
    made = Book(here, team)
    await made.name()
    chance = random.Random(8)
    few, many = here.labels[LabelKind.ETHNICITY][:2]
    made.rows = [here.row(chance, BEGIN, counted=True) | {"ethnicity": few, "attendee_id": None} for _ in range(3)]
    made.rows += [here.row(chance, BEGIN + timedelta(days=1), counted=True) | {"ethnicity": many} for _ in range(9)]
    await here.add(made.rows)
    session = here.sessions[BEGIN]
    period = {"from": BEGIN, "until": BEGIN + timedelta(days=1)}
    report = await asked(team.trainer, by="ethnicity_label", session=session, **period)
    assert (report["rows"], report["withheld"]) == ([], True)
    query = {"by": "gender", "session": session, "ethnicity_label": few, **period}
    refused = await team.trainer.get("/v1/training-reports", params=query)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/report-withheld")
    # Of two sessions together nobody is told at which one they were.
    both = await asked(team.trainer, by="ethnicity_label", **period)
    assert sorted(row["count"] for row in both["rows"]) == [3, 9]
    assert not both["withheld"]
    # A period in which there was one session is about that session, though nobody named it.
    alone = await asked(team.trainer, by="ethnicity_label", **(period | {"until": BEGIN}))
    assert (alone["rows"], alone["withheld"]) == ([], True)


async def test_a_month_with_one_session_to_which_people_came_anonymously_is_about_that_session(
    training: Running,
) -> None:
    team, later = Team(training), BEGIN + timedelta(days=40)
    here = await ground(
        training, BEGIN, later, later + timedelta(days=1), partnership=team.partnership, organisation=team.organisation
    )
    made = Book(here, team)
    await made.name()
    chance = random.Random(8)
    for day, counts in ((BEGIN, (2, 3, 9)), (later, (1, 3, 9)), (later + timedelta(days=1), (1, 0, 0))):
        for label, count in zip(here.labels[LabelKind.ETHNICITY], counts, strict=False):
            said = {"ethnicity": label, "attendee_id": None}
            made.rows += [here.row(chance, day, counted=True) | said for _ in range(count)]
    await here.add(made.rows)
    period = {"from": BEGIN, "until": later + timedelta(days=1)}
    months = await asked(team.trainer, by="ethnicity_label", across="month", **period)
    january = [one["key"] for one in months["columns"]].index("2025-01")
    assert months["withheld"]
    assert {row["cells"][january]["count"] for row in months["rows"]} & {2, 3} == set()
    # The same months without the words for an ethnicity are counted out.
    assert not (await asked(team.trainer, by="gender", across="month", **period))["withheld"]
