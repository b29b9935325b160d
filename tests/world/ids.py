"""The ids of what is there, for each place in a path where an id stands: as one story used them, belonging together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from tests.world.description import Operation
from tests.world.witness import Exchange, Witness


class Ids:
    """Whole sets of ids by the path that they stand in."""

    def __init__(self, known: Mapping[str, Mapping[str, str]], used: Mapping[str, Mapping[str, str]]) -> None:
        self._known = known
        # By operation, with what it was itself once done.
        self._used = used

    @classmethod
    def of(cls, witness: Witness, partnership: str, **main: str) -> Self:
        """What was first asked for in that partnership, or else made or shown; of the `main` case where it can be."""
        known: dict[str, Mapping[str, str]] = {}
        used: dict[str, Mapping[str, str]] = {}
        went_well = [one for one in witness.exchanges if one.went_well and one.claims.get("partnership") == partnership]
        of_main = [one for one in went_well if all(main.get(name, it) == it for name, it in one.parameters.items())]
        for exchange in (*of_main, *went_well):
            used.setdefault(exchange.operation, exchange.parameters)
        for place, ids in (*_told(witness, of_main), *_told(witness, went_well), *_first(witness, main)):
            known.setdefault(place, ids)
        return cls(known, used)

    def of_path(self, operation: Operation) -> dict[str, str]:
        """The ids for the operation's path; without those of which nothing is known."""
        if operation.method != "GET" and operation.name in self._used:
            return dict(self._used[operation.name])
        found: dict[str, str] = {}
        for name in operation.in_path:
            place = _place(operation.path, name)
            # What everybody may read of a thing is asked for by its own id.
            found |= self._known.get(place) or self._known.get(place.replace("/v1/public/", "/v1/", 1), {})
        return {name: found[name] for name in operation.in_path if name in found}


def _place(path: str, name: str) -> str:
    return f"{path.partition(f'/{{{name}}}')[0]}/{{{name}}}"


def _told(witness: Witness, exchanges: Sequence[Exchange]) -> Iterator[tuple[str, Mapping[str, str]]]:
    for tell in (_asked, _made):
        for exchange in exchanges:
            yield from tell(witness, exchange)


def _first(witness: Witness, main: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The main case's own ids where an id stands first in a path."""
    for operation in witness.description.operations.values():
        for name in operation.in_path[:1]:
            if name in main:
                yield _place(operation.path, name), {name: main[name]}


def _asked(witness: Witness, exchange: Exchange) -> Iterator[tuple[str, Mapping[str, str]]]:
    operation = witness.description.operations[exchange.operation]
    for number, name in enumerate(operation.in_path, 1):
        yield _place(operation.path, name), {one: exchange.parameters[one] for one in operation.in_path[:number]}


def _made(witness: Witness, exchange: Exchange) -> Iterator[tuple[str, Mapping[str, str]]]:
    path = witness.description.operations[exchange.operation].path
    member, made = witness.description.members.get(path), _first_id(exchange.answer)
    if member and made:
        yield f"{path}/{{{member}}}", {**exchange.parameters, member: made}


def _first_id(answer: Any) -> str:
    """The id of what a collection took in, or of the first that it shows."""
    if isinstance(answer, dict):
        answer = answer.get("items", [answer.get("client", answer)])
    first = answer[0] if isinstance(answer, list) and answer else None
    return str(first["id"]) if isinstance(first, dict) and "id" in first else ""
