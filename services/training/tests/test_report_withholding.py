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
