"""How long an allegation is kept, and what an outcome needs."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from services.matching.domain.allegations import Outcome, Verdict, kept_until, missing
from services.matching.domain.policy import Policy
from services.matching.tests.bodies import TODAY, good, refused
from services.matching.tests.factories import Place
from services.matching.tests.test_allegations import WORDS, decided, opened, run_clock, step
from shared.crypto import Subject
from shared.testing import Running


async def test_when_its_years_are_over_its_words_are_gone_and_that_it_was_stays(here: Place, service: Running) -> None:
    await here.family()
    allegation = (await opened(here, await here.volunteer()))["id"]
    await step(here, allegation, "lado_told", note="Called.")
    shown = good(await decided(here, allegation, "unfounded"))
    until = datetime.fromisoformat(shown["keep_until"]).replace(tzinfo=UTC)
    await run_clock(service, until - timedelta(days=2))
    assert good(await here.project_manager.get(f"/v1/allegations/{allegation}"))["description"] == WORDS
    await run_clock(service, until + timedelta(days=1))
    gone = good(await here.project_manager.get(f"/v1/allegations/{allegation}"))
    assert (gone["description"], gone["reasons"], gone["steps"][0]["note"]) == (None, None, None)
    assert gone["outcome"] == "unfounded"
    assert await here.service.parts.vault.ciphers(here.partnership, [Subject.case(UUID(allegation))]) == {}
    left = (
        "SELECT a.description, a.reasons, s.note FROM allegations a JOIN allegation_steps s ON s.allegation_id = a.id"
    )
    assert await here.as_worker(left) == [(None, None, None)]
    path = f"/v1/allegations/{allegation}/steps"
    refused(await here.project_manager.post(path, {"kind": "volunteer_told"}), 409, "allegation-erased")


@pytest.mark.parametrize(
    ("outcome", "born", "until"),
    [
        (Outcome.UNFOUNDED, date(1980, 2, 29), date(2036, 3, 1)),
        (Outcome.SUBSTANTIATED, date(1980, 2, 29), date(2080, 2, 29)),
        (Outcome.SUBSTANTIATED, date(1930, 5, 1), date(2036, 3, 1)),
        (Outcome.SUBSTANTIATED, None, date(2126, 3, 1)),
    ],
)
def test_it_is_kept_for_ten_years_or_to_a_hundredth_birthday(outcome: Outcome, born: date | None, until: date) -> None:
    assert kept_until(Verdict(outcome, date(2026, 3, 1)), born, Policy()) == until


@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_an_outcome_needs_is_named(outcome: Outcome) -> None:
    needs = ["lado_told"] + ["barring_referred"] * (outcome is Outcome.SUBSTANTIATED)
    assert missing(Verdict(outcome, TODAY), ()) == needs
    assert missing(Verdict(outcome, TODAY), needs) == []
