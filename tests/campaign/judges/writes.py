"""Whether each acknowledged write is there once, with its stored answer and its line in the audit, and nothing else."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from tests.campaign.contract import LEAVES, Leaves
from tests.campaign.evidence import Evidence, Row, Store
from tests.campaign.findings import Code, Finding
from tests.campaign.history import Operation


def judge(evidence: Evidence) -> Iterator[Finding]:
    of_kind: dict[str, list[Operation]] = defaultdict(list)
    for one in evidence.operations:
        if one.kind in LEAVES:
            of_kind[one.kind].append(one)
    for kind, operations in of_kind.items():
        leaves = LEAVES[kind]
        store = evidence.stores[leaves.service]
        yield from _rows(kind, leaves, store, operations) if leaves.table else _moves(kind, leaves, store, operations)
        yield from _kept(kind, store, operations)


def _rows(kind: str, leaves: Leaves, store: Store, operations: Sequence[Operation]) -> Iterator[Finding]:
    known = {row.id: row for row in store.rows[leaves.table]}
    for one in operations:
        if one.is_acknowledged and one.resource is not None:
            row = known.get(one.resource)
            if row is None:
                yield Finding(Code.ACK_LOST, leaves.service, f"{kind} {one.resource} of {one.key}")
            elif row.partnership != one.partnership:
                yield Finding(Code.TENANT_CROSSED, leaves.service, f"{kind} {one.resource} is in another partnership")
    yield from _surplus(kind, leaves, store.rows[leaves.table], operations)


def _surplus(kind: str, leaves: Leaves, rows: Sequence[Row], operations: Sequence[Operation]) -> Iterator[Finding]:
    """Rows that nobody was told of: at most one for each operation without a known end."""
    told = {one.resource for one in operations if one.is_acknowledged}
    allowed = Counter(one.partnership for one in operations if one.is_unknown)
    ours = {one.partnership for one in operations}
    surplus = Counter(row.partnership for row in rows if row.id not in told and row.partnership in ours)
    for partnership, count in surplus.items():
        if count > allowed[partnership]:
            what = f"{count} rows of {leaves.table} nobody was told of, {allowed[partnership]} may be"
            yield Finding(Code.WRITE_DOUBLED, leaves.service, f"{kind}: {what}")


def _moves(kind: str, leaves: Leaves, store: Store, operations: Sequence[Operation]) -> Iterator[Finding]:
    moves = [move for move in store.moves if (move.kind, move.to) == leaves.move]
    made, place = Counter(move.subject for move in moves), {move.subject: move.partnership for move in moves}
    for subject, count in made.items():
        if count > 1:
            yield Finding(Code.WRITE_DOUBLED, leaves.service, f"{kind} of {subject}: {count} times")
    for one in operations:
        if not one.is_acknowledged or one.resource is None:
            continue
        if made[one.resource] == 0:
            yield Finding(Code.ACK_LOST, leaves.service, f"{kind} of {one.resource} by {one.key}")
        elif place[one.resource] != one.partnership:
            yield Finding(Code.TENANT_CROSSED, leaves.service, f"{kind} of {one.resource} is in another partnership")


def _kept(kind: str, store: Store, operations: Sequence[Operation]) -> Iterator[Finding]:
    audited = Counter(row.request for row in store.audit if row.changed)
    for one in operations:
        if one.is_acknowledged and one.key not in store.keys:
            yield Finding(Code.KEY_LOST, kind, one.key)
        if one.is_acknowledged and audited[one.key] == 0:
            yield Finding(Code.AUDIT_MISSING, kind, one.key)
        if audited[one.key] > 1:
            yield Finding(Code.WRITE_DOUBLED, kind, f"{one.key} was committed {audited[one.key]} times")
