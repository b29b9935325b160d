"""Whoever may not see a record learns nothing of it; personal words are nowhere but in the records themselves."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import pytest

from shared.auth import Role
from shared.ids import new_id
from tests.attacks.access import bodies, leaks, mass, matrix, outages, unchecked
from tests.attacks.access.judge import Policy
from tests.attacks.access.people import Near, somebody
from tests.planted import access
from tests.world import stage
from tests.world.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage.in_use(tmp_path_factory.mktemp("access"), "access", marking=True) as running:
        yield running


def test_the_policy_names_every_operation_with_its_roles(played: Stage) -> None:
    operations = played.witness.description.operations
    assert {name: set(one.roles) for name, one in operations.items()} == Policy().roles


def test_every_operation_has_something_to_be_asked_for(played: Stage) -> None:
    assert played.never_done() == []


# Before anybody has written ids of others into rows of their own, as the matrix and the bodies below do.
async def test_with_our_own_checks_gone_another_partnership_is_shown_no_foreign_row(played: Stage) -> None:
    home, away = played.cast.home.organisations["la"], played.cast.away.organisations["la"]
    foreign = unchecked.ids_of(played, UUID(played.home))
    assert len(foreign) > 100
    who = UUID(played.away), away
    seen = await unchecked.shown(played, who, unchecked.EVERY_ROLE, foreign)
    assert {name: ids for name, ids in seen.items() if ids} == {}
    # The same reads do show them to whom they belong.
    own = UUID(played.home), home
    seen = await unchecked.shown(played, own, unchecked.EVERY_ROLE, foreign)
    assert sum(bool(ids) for ids in seen.values()) > 50


async def test_with_our_own_checks_gone_an_organisation_without_a_part_is_shown_no_case(played: Stage) -> None:
    home = UUID(played.home)
    cases = unchecked.ids_of_cases(played)
    assert len(cases) > 10
    seen = await unchecked.shown(played, (home, new_id()), unchecked.NO_WORKER, cases)
    assert {name for name, ids in seen.items() if ids} <= unchecked.OF_THE_PARTNERSHIP


async def judged(played: Stage, policy: Policy, *names: str) -> tuple[list[matrix.Cell], list[str]]:
    """The cells of all operations or of those named, and what of them is against the tables."""
    async with matrix.session() as http:
        asked = matrix.Matrix(played, http)
        cells, faults = await asked.cells(*names), list[str]()
    theirs = frozenset(unchecked.ids_of(played, UUID(played.home)))
    cases = frozenset(unchecked.ids_of_cases(played))
    for cell in cells:
        shared = policy.reach[cell.operation] == "partnership"
        afar = theirs if cell.near is Near.STRANGER else frozenset() if shared else cases
        found = policy.faults(cell, asked.pairs[cell.operation], afar)
        faults += [f"{cell.operation} by {cell.role}, {cell.near}: {one}" for one in found]
    return cells, faults


async def test_every_cell_is_answered_as_the_tables_say_and_refusals_tell_nothing(
    played: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = Policy()
    cells, faults = await judged(played, policy)
    assert faults == []
    assert policy.superfluous() == []
    assert len(cells) == len(policy.roles) * len(Role) * len(Near)
    with capsys.disabled():
        sys.stdout.write(f"\naccess: {len(cells)} cells, {sum(one.is_let_through for one in cells)} let through\n")


async def test_what_was_taken_away_is_answered_like_a_guess(played: Stage) -> None:
    """The only things that are ever deleted; everything else is ended, and stays."""
    asked = [one for one in played.witness.description.operations.values() if one.method == "DELETE"]
    assert len(asked) == 2
    async with matrix.session() as http:
        again = matrix.Matrix(played, http)
        for operation in asked:
            pair = again.pairs[operation.name]
            for role in Role:
                for near in Near:
                    who = somebody(played, role, near)
                    gone, guess = [await again.ask(operation, one, who) for one in (pair.there, pair.guess)]
                    assert gone == guess, (operation.name, role, near)


async def test_a_foreign_id_in_a_body_is_answered_like_a_guess(played: Stage) -> None:
    async with matrix.session() as http:
        told, tried = await bodies.told(played, matrix.Matrix(played, http))
    assert tried > 50
    assert told == []


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
        away = await outages.provoked(played, client)
    assert len(refusals) > 200
    # What needs no broker goes well without it.
    assert {name for name, said in away.items() if len(said) > 15} >= {"database", "services", "gateway"}
    refusals += [said for one in away.values() for said in one]
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


def start_again(played: Stage, factory: str = "", **more: str) -> None:
    """The matching service anew, broken by that factory of `tests.planted.access` or whole."""
    platform = played.platform
    platform.kill_application("matching")
    platform.start_application("matching", factory and f"tests.planted.access:{factory}", **more)
    platform.wait_ready("matching")


# Last, on the platform that has just been found whole.
async def test_a_route_that_lets_in_one_role_more_is_found(played: Stage) -> None:
    start_again(played, "widened")
    _, faults = await judged(played, Policy(), *SUPERVISIONS)
    assert {one.partition(",")[0] for one in faults} == {"matching_list_supervisions by volunteer"}


async def test_a_refusal_that_differs_by_what_is_there_is_found(played: Stage) -> None:
    there = played.ids.of_path(played.witness.description.operations["matching_get_supervision"])
    start_again(played, "telling", **{access.TOLD: there["supervision_id"]})
    _, faults = await judged(played, Policy(), *SUPERVISIONS)
    assert {one.rpartition(", ")[2] for one in faults} == {"other partnership: tells what is there: 403 and 404"}


async def test_a_table_without_its_row_policy_is_found_by_the_matrix_and_by_the_rows(played: Stage) -> None:
    start_again(played)
    who, foreign = (
        (UUID(played.away), played.cast.away.organisations["la"]),
        unchecked.ids_of(played, UUID(played.home)),
    )
    assert (await judged(played, Policy(), *SUPERVISIONS))[1] == []
    await of_the_database(played, "matching", "ALTER TABLE supervisions DISABLE ROW LEVEL SECURITY")
    try:
        _, faults = await judged(played, Policy(), *SUPERVISIONS)
        seen = await unchecked.shown(played, who, unchecked.EVERY_ROLE, foreign)
    finally:
        await of_the_database(played, "matching", "ALTER TABLE supervisions ENABLE ROW LEVEL SECURITY")
    assert any("by coordinator, other partnership: tells what is there" in one for one in faults)
    assert seen["matching_list_supervisions"]


async def of_the_database(played: Stage, service: str, statement: str) -> None:
    dsn = played.stack.admin_dsn.rpartition("/")[0] + f"/{played.stack.database(service)}"
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


SUPERVISIONS: Final = ("matching_list_supervisions", "matching_get_supervision")
# Titles of courses and places, names of organisations and systems, whom to ask there: nobody's personal data.
ALLOWED: Final = frozenset({
    "gateway.clients.name",
    "gateway.organisations.name",
    "gateway.webhook_endpoints.description",
    "matching.matching_policies.reason",
    "training.courses.title",
    "training.courses.topics",
    "training.openings.course",
    "training.openings.how_to_book",
    "training.openings.topics",
    "training.programmes.title",
    "training.publications.title",
    "training.releases.title",
    "training.rounds.title",
    "training.sessions.delivery_partners",
    "training.sessions.how_to_book",
    "training.sessions.learning_outcomes",
    "training.sessions.materials",
    "training.sessions.title",
    "training.sessions.topics",
    "training.sessions.venue",
})  # fmt: skip
