"""Whoever may not see a record learns nothing of it; personal words are nowhere but in the records themselves."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from shared.auth import Role
from tests.attacks.access import leaks, probes, stage
from tests.attacks.access.probes import OF_A_CASE, Prober
from tests.attacks.access.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
_POLICY: Final = Path(__file__).parent / "policy.csv"
# A worker's token does not pass the edge.
_OUTSIDE: Final = frozenset(Role) - {Role.WORKER}
# Fewer targets would mean that the story has no ids for them.
_TARGETS: Final = 80


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage.in_use(tmp_path_factory.mktemp("access")) as running:
        yield running


def policy() -> dict[str, set[str]]:
    with _POLICY.open() as table:
        return {row["operation"]: set(row["roles"].split()) for row in csv.DictReader(table)}


def test_the_policy_names_every_operation_with_its_roles(played: Stage) -> None:
    operations = played.witness.description.operations
    assert {name: set(one.roles) for name, one in operations.items()} == policy()


async def test_a_refused_role_gets_the_same_answer_for_what_is_there_and_for_a_guess(played: Stage) -> None:
    async with stage.client_of(played) as client:
        prober = Prober(played, client)
        wrong, tried = [], 0
        for operation, ids in prober.targets():
            for role in sorted(_OUTSIDE - {Role(one) for one in policy()[operation.name]}):
                there, guess = await prober.pair(operation, ids, probes.colleague(played, role))
                tried += 1
                if there != guess or there.status != 403:
                    wrong.append((operation.name, role, there, guess))
    assert wrong == []
    assert tried > 500


async def test_another_partnership_cannot_tell_what_is_there_from_a_guess(played: Stage) -> None:
    async with stage.client_of(played) as client:
        prober = Prober(played, client)
        wrong, targets = [], 0
        for operation, ids in prober.targets():
            targets += 1
            for role in sorted(_OUTSIDE & {Role(one) for one in policy()[operation.name]}):
                there, guess = await prober.pair(operation, ids, probes.stranger(played, role))
                if there != guess or (operation.method == "GET" and there.status not in {403, 404}):
                    wrong.append((operation.name, role, there, guess))
    assert wrong == []
    assert targets >= _TARGETS


async def test_an_organisation_without_a_part_in_the_case_cannot_tell_it_from_a_guess(played: Stage) -> None:
    async with stage.client_of(played) as client:
        prober = Prober(played, client)
        wrong = []
        for operation, ids in prober.targets():
            if operation.path.startswith(OF_A_CASE):
                for role in sorted(_OUTSIDE & {Role(one) for one in policy()[operation.name]}):
                    there, guess = await prober.pair(operation, ids, probes.neighbour(played, role))
                    if there != guess:
                        wrong.append((operation.name, role, there, guess))
    assert wrong == []


async def test_no_personal_word_leaves_the_records(played: Stage) -> None:
    await leaks.is_quiet(played)
    marks = played.witness.marks
    heard = {
        **dict(leaks.logs(played, Path(os.environ["SAFEGUARDING_TEST_BED"]))),
        **await leaks.metrics(played),
        "spans": b"".join(played.spans.heard).decode("latin-1"),
        "webhooks": b"".join(played.webhooks.heard).decode("latin-1"),
        "bus": "\n".join(await leaks.records(played)),
    }
    assert all(heard[name] for name in ("spans", "webhooks", "bus")), "something was not listened to"
    assert {name: found for name, text in heard.items() if (found := marks.found_in(text))} == {}


async def test_no_personal_word_is_kept_in_the_clear(played: Stage) -> None:
    assert set(await leaks.columns(played)) == ALLOWED


# Titles of courses and places, which are nobody's personal data.
ALLOWED: Final = frozenset({
    "training.courses.title",
    "training.courses.topics",
    "training.programmes.title",
    "training.sessions.title",
    "training.sessions.venue",
})  # fmt: skip
