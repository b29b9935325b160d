"""Requests in chains: each answer is followed along the description's own links, whoever may makes the next call."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Protocol

import requests
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis.generation.stateful.control import TransitionController
from schemathesis.specs.openapi import checks

from shared.auth import Role
from shared.ids import new_id
from tests.contract.exercise import HELD, operations, roles_of, with_known_ids

# Chains of one run of Hypothesis, calls of one chain.
CHAINS: Final = 3
CALLS: Final = 25
_SECONDS: Final = 30
# Ids of what is there are put into bodies, which makes good ones of some that were made bad: those are told elsewhere.
_CHECKS: Final = [
    *(one for one in HELD if one is not checks.negative_data_rejection),
    checks.use_after_free,
    checks.ensure_resource_availability,
    checks.ignored_auth,
]
# Whoever raises a concern is not shown it: the authority's leads deal with it. A link ends with the one made after it.
_MEANT: Final = {
    ("GET /v1/concerns/{concern_id}", "ensure_resource_availability"),
    ("GET /v1/public/sign-ins/{link}", "ensure_resource_availability"),
}
# Whose change would take the sign-ins of the scene away: only on what the walk made itself, or on what nobody misses.
_GUARDED: Final = {"client_id": "client", "person_id": "person"}


class Cast(Protocol):
    """Who may be asked to call, and what is known to be there; see `Scene`."""

    @property
    def logins(self) -> Mapping[Role, Any]: ...
    @property
    def ids(self) -> Mapping[str, list[str]]: ...
    def token(self, role: Role) -> str: ...
    def known(self, name: str) -> str: ...


class Beginnings(TransitionController):
    """A chain begins where no id is needed, with a list or with something new, where there is such a call."""

    def allow_root_transition(self, source: str, bundles: Any) -> bool:
        return source in self.roots and super().allow_root_transition(source, bundles)


def parts(schema: Any) -> Iterator[Any]:
    """The description of one collection at a time, with all that its links lead to, so that chains grow long in it."""
    leads = {
        operation.definition.raw["operationId"]: (_collection(operation.path), set(_links(operation.definition.raw)))
        for operation in operations(schema)
    }
    begun = {_collection(one.path) for one in operations(schema) if "{" not in one.path}
    for collection in sorted(begun):
        own = {name for name, (place, found) in leads.items() if place == collection}
        near = own.union(*(leads[name][1] for name in own))
        # What has no beginning of its own goes with whatever leads there.
        led_to = {leads[name][0] for name in near} - begun
        names = near | {name for name, (place, _) in leads.items() if place in led_to}
        if any(leads[name][1] for name in own):
            yield schema.include(operation_id=sorted(names))


def _collection(path: str) -> str:
    return "/".join(path.split("/")[:3])


def _links(operation: Mapping[str, Any]) -> Iterator[str]:
    for answer in operation["responses"].values():
        yield from answer.get("links", {})


@dataclass
class Walk:
    """What was done and what was wrong."""

    scene: Cast
    session: requests.Session
    # Calls by what they did: operation and status; links that were followed to a good answer, by source and target.
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    followed: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)

    def play(self, schema: Any, runs: int, seconds: float = float("inf")) -> None:
        """One part of the platform after the other, again and again: so many runs, or fewer where the time is up."""
        machines = [self._machine(part) for part in parts(schema)]
        end = time.monotonic() + seconds
        for number in range(1, runs + 1):
            if time.monotonic() > end:
                break
            machine = machines[(number - 1) % len(machines)]
            seed(number)(machine)
            machine.rule_order_seed = number
            # What was there for the first chain may be gone for the second: no fault of ours, and the next ones go on.
            with suppress(FlakyStrategyDefinition):
                machine.run(settings=_SHORT)

    def done(self) -> set[str]:
        """Operations that did what they are for."""
        return {label for label, status in self.answers if status < HTTPStatus.BAD_REQUEST}

    def _machine(self, schema: Any) -> Any:
        walk = self

        class Chain(schema.as_state_machine()):  # type: ignore[misc]  # made at run time
            def setup(self) -> None:
                self.roles: dict[str, Role | None] = {}
                begins = {one for one in self._root_labels if "{" not in one}
                self.control = Beginnings(self._transitions, begins or self._root_labels)

            def before_call(self, case: Any) -> None:
                parent = self.recorder.find_parent(case_id=case.id)
                self.roles[case.id] = walk.role(case.operation, self.roles.get(parent.id) if parent else None)
                walk.prepare(case, begins=parent is None)

            def get_call_kwargs(self, case: Any) -> dict[str, Any]:
                headers = walk.headers(self.roles[case.id])
                return {"session": walk.session, "timeout": _SECONDS, "headers": headers}

            def validate_response(self, response: Any, case: Any, **kwargs: Any) -> None:
                parent = self.recorder.find_parent(case_id=case.id)
                walk.look(case, response, parent.operation.label if parent else "")
                walk.judge(case, response, kwargs, self.recorder)

        return Chain

    def role(self, operation: Any, before: Role | None) -> Role | None:
        """Whoever made the call before, when they may; else the first of the scene who may."""
        may = roles_of(operation)
        known = [role for role in (before, *self.scene.logins) if role in may]
        return known[0] if known else None

    def headers(self, role: Role | None) -> dict[str, str]:
        bearer = {"Authorization": f"Bearer {self.scene.token(role)}"} if role else {}
        return bearer | {"Idempotency-Key": str(new_id())}

    def prepare(self, case: Any, *, begins: bool) -> None:
        """Ids of what is there in the body, and in the path where a chain begins; nobody's sign-in is taken away."""
        case.body = with_known_ids(self.scene.known, case.body)
        for name in case.path_parameters if begins and case.path_parameters else ():
            case.path_parameters[name] = self.scene.known(name) or case.path_parameters[name]
        for name, kind in _GUARDED.items():
            given = (case.path_parameters or {}).get(name)
            if given and case.method != "GET" and given not in self.made and case.path.startswith(_OF_SIGN_INS):
                case.path_parameters[name] = self.scene.ids[kind][0]

    def look(self, case: Any, response: Any, source: str) -> None:
        label, status = case.operation.label, response.status_code
        self.answers[label, status] += 1
        if status < HTTPStatus.BAD_REQUEST and source:
            self.followed[source, label] += 1
        if status == HTTPStatus.CREATED:
            document: Mapping[str, Any] = response.json()
            inner = document.get("client", document)
            self.made.add(str(inner.get("id", "")))

    def judge(self, case: Any, response: Any, sent: Mapping[str, Any], recorder: Any) -> None:
        label, status = case.operation.label, response.status_code
        signed = {"Authorization": sent["headers"]["Authorization"]} if "Authorization" in sent["headers"] else {}
        if signed and status == HTTPStatus.UNAUTHORIZED:
            self.wrong.setdefault(f"{label} {status}", "a good token was refused")
        # What belongs to something new need not be there yet.
        part = not case.operation.path.endswith("}")
        held = [
            one
            for one in _CHECKS
            if (label, one.__name__) not in _MEANT and not (part and one is checks.ensure_resource_availability)
        ]
        try:
            case.validate_response(
                response, checks=held, headers=signed, transport_kwargs=dict(sent), recorder=recorder
            )
        except AssertionError as failure:
            self.wrong.setdefault(f"{label} {status}", str(failure))
        except BaseExceptionGroup as failures:
            self.wrong.setdefault(f"{label} {status}", "\n".join(str(one) for one in failures.exceptions))


_OF_SIGN_INS: Final = ("/v1/clients/", "/v1/people/")
_SHORT: Final = settings(
    max_examples=CHAINS,
    stateful_step_count=CALLS,
    derandomize=False,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
