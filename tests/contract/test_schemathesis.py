"""The description holds: whatever is sent to the running platform, it answers as `/openapi.json` says it does."""

import os
import re
import sys
from collections.abc import Iterator
from typing import Any, Final

import pytest
import requests
from schemathesis import GenerationMode

from shared.auth import Role
from shared.ids import new_id
from tests.contract import exercise, scene
from tests.contract.exercise import Exercise, Scene, roles_of, wants
from tests.contract.walk import Walk

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    # Hypothesis sees the process's random numbers move and cannot know that it was another thread of the test process.
    pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies"),
]
# How many callers try each operation; bad input is bad whoever sends it.
CALLERS: Final = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}
# Fewer operations than this doing their work would mean that the ids or the tokens of the scene are no good.
DONE: Final = {GenerationMode.POSITIVE: 60, GenerationMode.NEGATIVE: 0}
# So many runs of chains, the same ones each time however busy the machine is; WALK_SECONDS=1800 for a long walk.
WALK_RUNS: Final = 40
WALK_SECONDS: Final = float(os.environ.get("WALK_SECONDS", "0"))


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene.in_use(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture(scope="module")
def schema(platform: Scene) -> Any:
    return exercise.description(platform)


@pytest.fixture
def played(platform: Scene) -> Iterator[Exercise]:
    with requests.Session() as session:
        yield Exercise(platform, session)


def callers(platform: Scene, operation: Any) -> list[Role]:
    """Those of the scene who may make the call, in the scene's order."""
    return [role for role in platform.logins if role in roles_of(operation)]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_that_the_description_promises(
    platform: Scene, schema: Any, played: Exercise, mode: GenerationMode
) -> None:
    for operation in exercise.operations(schema):
        trying: list[Role | None] = [*callers(platform, operation)[: CALLERS[mode]]]
        for role in trying or [None]:
            played.play(operation, role, mode)
    assert not played.wrong, "\n\n".join(f"{where}: {what}" for where, what in played.wrong.items())
    assert played.went_well() >= DONE[mode]


def test_every_operation_has_done_what_it_is_for(platform: Scene) -> None:
    """The ledger: whatever is listed here no request of the story has reached with success."""
    assert platform.stage.never_done() == []
    assert len(platform.stage.witness.description.operations) > 190


def test_every_operation_with_roles_has_somebody_who_may_make_the_call(platform: Scene, schema: Any) -> None:
    assert [one.label for one in exercise.operations(schema) if roles_of(one) and not callers(platform, one)] == []


def test_every_operation_refuses_who_has_no_token_and_who_has_the_wrong_role(
    platform: Scene, schema: Any, played: Exercise
) -> None:
    for operation in exercise.operations(schema):
        if not roles_of(operation):
            continue
        headers = {"Idempotency-Key": str(new_id()), "If-Match": "*"}
        assert played.bare(operation, None, headers).status_code == 401, operation.label
        for role in [one for one in platform.logins if one not in roles_of(operation)][:1]:
            assert played.bare(operation, role, headers).status_code == 403, (operation.label, role)


def test_every_header_that_the_description_requires_is_required(platform: Scene, schema: Any, played: Exercise) -> None:
    lacking = {"Idempotency-Key": (400, "idempotency-key-missing"), "If-Match": (428, "if-match-required")}
    tried = set()
    for operation in exercise.operations(schema):
        for header, (status, problem) in lacking.items():
            # Whoever has no token is asked for a link before anything else.
            if not wants(operation, header) or not roles_of(operation):
                continue
            others = {"Idempotency-Key": str(new_id()), "If-Match": "*"}
            del others[header]
            answer = played.bare(operation, callers(platform, operation)[0], others)
            said = answer.json().get("type")
            assert (answer.status_code, said) == (status, f"/problems/{problem}"), operation.label
            tried.add(header)
    assert tried == set(lacking)


def test_a_method_that_a_path_does_not_have_is_refused_with_those_that_it_has(
    platform: Scene, schema: Any, played: Exercise
) -> None:
    every = list(exercise.operations(schema))
    for operation in every:
        # A word may stand where others have an id: then their methods are known there as well.
        others = [one for one in every if re.fullmatch(re.sub("{.*?}", "[^/]+", one.path), operation.path)]
        known = {one.method.upper() for one in others}
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
            role = next(iter(roles_of(operation)), None)
            answer = played.bare(operation, role, {"Idempotency-Key": str(new_id())}, method)
            assert answer.status_code == 405, (method, operation.path, answer.status_code)
            allowed = {one.strip() for one in answer.headers["Allow"].split(",")} - {"HEAD", "OPTIONS"}
            assert allowed == known, (method, operation.path)


def test_every_change_wants_a_key(schema: Any) -> None:
    changes = [one for one in exercise.operations(schema) if one.method == "post" and one.path.startswith("/v1/")]
    assert changes
    # By a link: said again it changes nothing, and there is nobody whose key it could be.
    without = {f"POST /v1/check-ins/{verb}" for verb in ("look", "arrive", "leave")}
    assert {one.label for one in changes if not wants(one, "Idempotency-Key")} == without


# Last: it ends and erases whatever it comes to.
@pytest.mark.timeout(600 + WALK_SECONDS)
def test_chains_of_calls_along_the_links_are_answered_as_described(
    platform: Scene, schema: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with requests.Session() as session:
        walk = Walk(platform, session)
        if WALK_SECONDS:
            walk.play(schema, sys.maxsize, WALK_SECONDS)
        else:
            walk.play(schema, WALK_RUNS)
    calls, done = sum(walk.answers.values()), walk.done()
    with capsys.disabled():
        sys.stdout.write(
            f"\nchains: {calls} calls, {len(done)} operations did their work, {len(walk.followed)} links\n"
        )
    assert not walk.wrong, "\n\n".join(f"{where}: {what}" for where, what in walk.wrong.items())
    # A third of what these runs do.
    assert len(done) >= 30
    assert len(walk.followed) >= 30
