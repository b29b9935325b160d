"""A copy of two partnerships' sealed audit in memory, read by the very check that reads the database."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from typing import Final
from uuid import UUID

from pydantic import SecretStr

from shared.audit import Auditor
from shared.audit_verify import Check, Finding, Kind
from shared.db import Work
from shared.ids import new_id
from shared.sealer import START

SERVICE: Final = "referral"
_BEGUN: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """A row of `audit_log`."""

    id: UUID
    partnership_id: UUID
    recorded_at: datetime
    entry: str
    mac: bytes


@dataclass(frozen=True)
class Link:
    """A row of `audit_chain`."""

    partnership_id: UUID
    position: int
    audit_id: UUID
    link: bytes


@dataclass(frozen=True)
class _Row:
    """A link beside its entry and the link before it, as `shared.audit_verify` reads them."""

    partnership_id: UUID
    position: int
    audit_id: UUID
    link: bytes
    logged_partnership: UUID | None
    recorded_at: datetime | None
    entry: str | None
    mac: bytes | None
    previous: bytes | None
    previous_position: int | None


@dataclass
class Copy:
    """Both tables, and the anchors that are kept elsewhere."""

    log: dict[UUID, Entry] = field(default_factory=dict)
    chain: list[Link] = field(default_factory=list)
    anchors: dict[UUID, dict[int, tuple[bytes, bytes]]] = field(default_factory=dict)

    def copy(self) -> "Copy":
        return Copy(dict(self.log), list(self.chain), {one: dict(known) for one, known in self.anchors.items()})

    def of(self, partnership: UUID) -> list[Link]:
        """The partnership's chain, in order."""
        return sorted((one for one in self.chain if one.partnership_id == partnership), key=lambda one: one.position)

    def put(self, old: Link, new: Link) -> None:
        self.chain[self.chain.index(old)] = new

    def findings(self, auditor: Auditor) -> list[Finding]:
        """What the check says of it."""
        check = Check(auditor, SERVICE, self.anchors)
        for row in self._rows():
            check.take(row)
        sealed = {one.audit_id for one in self.chain}
        unsealed = [Finding(Kind.NOT_SEALED, one.partnership_id) for one in self.log.values() if one.id not in sealed]
        return check.findings() + unsealed

    def _rows(self) -> Iterator[_Row]:
        before: Link | None = None
        for link in sorted(self.chain, key=lambda one: (one.partnership_id, one.position)):
            if before is not None and before.partnership_id != link.partnership_id:
                before = None
            entry = self.log.get(link.audit_id)
            yield _Row(
                **vars(link),
                logged_partnership=entry.partnership_id if entry else None,
                recorded_at=entry.recorded_at if entry else None,
                entry=entry.entry if entry else None,
                mac=entry.mac if entry else None,
                previous=before.link if before else None,
                previous_position=before.position if before else None,
            )
            before = link


class Writer:
    """The platform: writes, seals and anchors with a key."""

    def __init__(self) -> None:
        self.auditor = Auditor(SecretStr(b64encode(token_bytes(32)).decode()))

    def write(self, copy: Copy, partnership: UUID, count: int) -> None:
        """That many requests of the partnership, sealed and anchored at their end."""
        for _ in range(count):
            self.seal(copy, self.row(copy, partnership))
        self.anchor(copy, partnership)

    def row(self, copy: Copy, partnership: UUID) -> Entry:
        """One more row, not sealed yet."""
        now = _BEGUN + timedelta(seconds=len(copy.log))
        work = Work(SERVICE, partnership, new_id(), "somebody", "organisation", action="GET /v1/x", now=now)
        work.pending.seen["person"] = {str(new_id())}
        made = self.auditor.entry(work)
        entry = Entry(made["id"], partnership, now, made["entry"], made["mac"])
        copy.log[entry.id] = entry
        return entry

    def seal(self, copy: Copy, entry: Entry) -> None:
        """Link it to the end of its partnership's chain."""
        chain = copy.of(entry.partnership_id)
        position, previous = (chain[-1].position, chain[-1].link) if chain else (0, START)
        link = self.auditor.link(previous, position + 1, entry.id, entry.mac)
        copy.chain.append(Link(entry.partnership_id, position + 1, entry.id, link))

    def again(self, copy: Copy, partnership: UUID) -> None:
        """Seal and anchor the whole chain anew, as one who has this writer's key would."""
        previous = START
        for place, old in enumerate(copy.of(partnership), 1):
            entry = copy.log[old.audit_id]
            mac = self.auditor.mac(entry.id, partnership, entry.recorded_at, entry.entry)
            copy.log[entry.id] = replace(entry, mac=mac)
            previous = self.auditor.link(previous, place, entry.id, mac)
            copy.put(old, Link(partnership, place, entry.id, previous))

    def anchor(self, copy: Copy, partnership: UUID) -> None:
        head = copy.of(partnership)[-1]
        signature = self.auditor.sign_anchor(SERVICE, partnership, head.position, head.link)
        copy.anchors.setdefault(partnership, {})[head.position] = (head.link, signature)
