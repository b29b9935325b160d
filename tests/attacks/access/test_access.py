"""Whoever may not see a record learns nothing of it; personal words are nowhere but in the records themselves."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from shared.auth import Role
from shared.ids import new_id
from tests.attacks.access import leaks, mass, probes, stage, unchecked
from tests.attacks.access.probes import Prober
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
    """Which roles may call each operation."""
    with _POLICY.open() as table:
        return {row["operation"]: set(row["roles"].split()) for row in csv.DictReader(table)}


def reach() -> dict[str, str]:
    """Who shares what an operation is about: organisations with a part in the `case`, the `organisation` alone, all
    of the `partnership`; `public` asks for no token."""
    with _POLICY.open() as table:
        return {row["operation"]: row["reach"] for row in csv.DictReader(table)}


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


async def test_an_organisation_without_a_part_cannot_tell_what_is_there_from_a_guess(played: Stage) -> None:
    async with stage.client_of(played) as client:
        prober = Prober(played, client)
        wrong, shared = [], []
        for operation, ids in prober.targets():
            roles = _OUTSIDE & {Role(one) for one in policy()[operation.name]}
            if reach()[operation.name] == "organisation":
                # The partnership's administrators look after every organisation's.
                roles -= {Role.ADMIN}
            pairs = [await prober.pair(operation, ids, probes.neighbour(played, role)) for role in sorted(roles)]
            if reach()[operation.name] != "partnership":
                wrong += [(operation.name, there, guess) for there, guess in pairs if there != guess]
            elif operation.method == "GET" and all(there == guess for there, guess in pairs):
                shared.append(operation.name)
    assert wrong == []
    assert shared == [], "the table says that the whole partnership sees these"


async def test_whoever_has_a_part_in_the_case_does_see_what_others_cannot_tell_from_a_guess(played: Stage) -> None:
    async with stage.client_of(played) as client:
        prober = Prober(played, client)
        unseen = []
        for operation, ids in prober.targets():
            if operation.method == "GET" and reach()[operation.name] == "case":
                who = [probes.party(played, Role(one)) for one in policy()[operation.name] if one != Role.WORKER]
                statuses = {(await prober.pair(operation, ids, one))[0].status for one in who}
                unseen += [operation.name] if 200 not in statuses else []
    assert unseen == []


async def test_with_our_own_checks_gone_another_partnership_is_shown_no_foreign_row(played: Stage) -> None:
    home, away = played.cast.home.organisations["la"], played.cast.away.organisations["la"]
    foreign = unchecked.ids_of(played, probes.partnership_of(played, home))
    assert len(foreign) > 100
    who = probes.partnership_of(played, away), away
    seen = await unchecked.shown(played, who, unchecked.EVERY_ROLE, foreign)
    assert {name: ids for name, ids in seen.items() if ids} == {}
    # The same reads do show them to whom they belong.
    own = probes.partnership_of(played, home), home
    seen = await unchecked.shown(played, own, unchecked.EVERY_ROLE, foreign)
    assert sum(bool(ids) for ids in seen.values()) > 50


async def test_with_our_own_checks_gone_an_organisation_without_a_part_is_shown_no_case(played: Stage) -> None:
    home = probes.partnership_of(played, played.cast.home.organisations["la"])
    cases = unchecked.ids_of_cases(played)
    assert len(cases) > 10
    seen = await unchecked.shown(played, (home, new_id()), unchecked.NO_WORKER, cases)
    assert {name: ids for name, ids in seen.items() if ids} == {}


def test_no_object_in_any_body_takes_a_field_that_it_does_not_know(played: Stage) -> None:
    assert sorted(mass.loose(played.witness.description)) == []


async def test_every_field_that_only_the_platform_sets_is_refused_in_every_body(played: Stage) -> None:
    async with stage.client_of(played) as client:
        taken = await mass.taken(played, client)
    assert len(taken) > 60
    assert {name: fields for name, fields in taken.items() if fields} == {}


async def test_no_personal_word_leaves_the_records(played: Stage) -> None:
    async with stage.client_of(played) as client:
        refusals = await leaks.provoked(played, client)
    assert len(refusals) > 200
    await leaks.is_quiet(played)
    marks = played.witness.marks
    heard = {
        **dict(leaks.logs(played, Path(os.environ["SAFEGUARDING_TEST_BED"]))),
        **await leaks.metrics(played),
        "spans": b"".join(played.spans.heard).decode("latin-1"),
        "webhooks": b"".join(played.webhooks.heard).decode("latin-1"),
        "bus": "\n".join(await leaks.records(played)),
        "answers": "\n".join(refusals),
    }
    secrets = leaks.secrets_of(played)
    assert len(secrets) > 30
    assert {name for name, text in heard.items() for secret in secrets if secret in text} == set()
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
