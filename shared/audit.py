"""The audit: one authenticated row per request, of every change and every view of a person's record."""

import base64
import hmac
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson
from pydantic import SecretStr

from shared.ids import new_id

if TYPE_CHECKING:
    from shared.db import Unit, Work

_SHA256: Final = "sha256"


class Auditor:
    """Makes and checks the rows; holds the key that authenticates them."""

    def __init__(self, key: SecretStr) -> None:
        self._key = base64.b64decode(key.get_secret_value())

    def entry(self, work: "Work") -> dict[str, Any]:
        """The row of one transaction: who, for which organisation, why, when, on which ids. Never content."""
        document = {
            "action": work.action,
            "actor": work.actor,
            "changed": work.pending.changed,
            "client_id": work.client_id,
            "organisation": work.organisation,
            "person": work.person,
            "purpose": work.purpose,
            "request_id": work.request_id,
            "roles": sorted(work.roles),
            "seen": {kind: sorted(ids) for kind, ids in work.pending.seen.items()},
        }
        text = orjson.dumps(document, default=str, option=orjson.OPT_SORT_KEYS).decode()
        audit_id = new_id()
        return {"id": audit_id, "entry": text, "mac": self.mac(audit_id, work.partnership, work.now, text)}

    def mac(self, audit_id: UUID, partnership: UUID, recorded_at: datetime, entry: str) -> bytes:
        """HMAC-SHA256 over all that the row says, so that no column can be edited unseen."""
        message = f"{audit_id}|{partnership}|{recorded_at.isoformat()}|{entry}".encode()
        return hmac.digest(self._key, message, _SHA256)

    def fingerprint(self, content: bytes) -> bytes:
        """A keyed digest: whoever reads the table cannot try out which names a request held."""
        return hmac.digest(self._key, b"fingerprint|" + content, _SHA256)

    def link(self, previous: bytes, position: int, audit_id: UUID, mac: bytes) -> bytes:
        """One link of the chain: keyed, so that nobody without the key can make a new chain."""
        return hmac.digest(self._key, previous + f"|{position}|{audit_id}|".encode() + mac, _SHA256)

    def sign_anchor(self, service: str, partnership: UUID, position: int, head: bytes) -> bytes:
        """Signature of a checkpoint that is kept outside the audited database."""
        return hmac.digest(self._key, f"anchor|{service}|{partnership}|{position}|".encode() + head, _SHA256)

    def sign_erasure(self, line: bytes) -> bytes:
        """Signature of a line of the erasure log."""
        return hmac.digest(self._key, b"erasure|" + line, _SHA256)


def saw(session: "Unit", kind: str, *ids: UUID, family: UUID | None = None) -> None:
    """Note that this request shows, or changes, the records of these ids (persons, families, referrals …).

    `family` ties the stored answer of a keyed request to the case, so that a replay asks again who may see it.
    """
    work: Work = session.info["work"]
    work.pending.seen.setdefault(kind, set()).update(str(one) for one in ids)
    if family is not None:
        work.pending.family = family
