"""Field encryption: AES-GCM with a key per person and per case, wrapped by a key ring that can rotate."""

import base64
import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

NONCE = 12
CACHE_SECONDS = 15.0
CACHE_SIZE = 20_000


class Erased(Exception):  # noqa: N818 - a state of the record, not a failure
    """The key is gone: what it sealed cannot be read any more, by anyone."""


class SubjectKind(StrEnum):
    """Whose key it is."""

    PERSON = "person"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Subject:
    """Owner of a key: a person, or a case for text about several people."""

    kind: SubjectKind
    id: UUID

    def __hash__(self) -> int:
        """Its number alone: a proposal looks up ten thousand, and a tuple's hash comes back to Python three times."""
        return hash(self.id.int)

    @classmethod
    def person(cls, subject_id: UUID) -> "Subject":
        return cls(SubjectKind.PERSON, subject_id)

    @classmethod
    def case(cls, family_id: UUID) -> "Subject":
        return cls(SubjectKind.CASE, family_id)


class KeyRing:
    """The keys that wrap other keys. `current` seals; every key of the ring opens."""

    def __init__(self, document: str) -> None:
        ring = json.loads(document)
        self.current: str = ring["current"]
        self._keys = {name: AESGCM(base64.b64decode(key)) for name, key in ring["keys"].items()}

    def seal(self, plain: bytes, aad: bytes) -> bytes:
        """`name length, name, nonce, ciphertext`."""
        name, nonce = self.current.encode(), os.urandom(NONCE)
        return bytes([len(name)]) + name + nonce + self._keys[self.current].encrypt(nonce, plain, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """The plain bytes; `Erased` when the ring no longer has the key or the binding is another."""
        name, rest = sealed[1 : 1 + sealed[0]].decode(), sealed[1 + sealed[0] :]
        key = self._keys.get(name)
        if key is None:
            raise Erased("the key ring has no such key")
        try:
            return key.decrypt(rest[:NONCE], rest[NONCE:], aad)
        except (InvalidTag, ValueError) as error:
            raise Erased("sealed for another place") from error

    def key_of(self, sealed: bytes) -> str:
        """The name of the ring's key that sealed this."""
        return sealed[1 : 1 + sealed[0]].decode()


class Cipher:
    """Seals and opens fields of one subject. `place` is "table.column" and is bound to the ciphertext."""

    def __init__(self, subject: Subject, key: bytes) -> None:
        self._about = f"|{subject.kind}|{subject.id}"
        self._key = AESGCM(key)

    def seal(self, place: str, plain: str) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._key.encrypt(nonce, plain.encode(), self._aad(place))

    def open(self, place: str, sealed: bytes) -> str:
        try:
            return self._key.decrypt(sealed[:NONCE], sealed[NONCE:], self._aad(place)).decode()
        except (InvalidTag, ValueError) as error:
            raise Erased("sealed for another place or with another key") from error

    def _aad(self, place: str) -> bytes:
        return (place + self._about).encode()


def wrapping_aad(service: str, partnership: UUID, subject: Subject) -> bytes:
    """What a wrapped key is bound to: whose it is, and for which service."""
    return f"{service}|{partnership}|{subject.kind}|{subject.id}".encode()


class Log(Protocol):
    """Where it is noted, outside every database, whose key is about to be destroyed."""

    async def note(self, partnership: UUID, subject: Subject) -> None:
        """Return when it is there to stay; raise when it cannot be."""
        ...


class Vault:
    """This service's subject keys, kept in a database of their own and committed before their first use."""

    def __init__(self, engine: AsyncEngine, ring: KeyRing, service: str, log: Log | None = None) -> None:
        self.engine = engine
        self.ring = ring
        self._service = service
        self._log = log
        self._cache: dict[tuple[UUID, Subject], tuple[float, Cipher]] = {}

    async def cipher(self, partnership: UUID, subject: Subject) -> Cipher:
        """The subject's cipher, its key made now if there never was one; `Erased` if it was destroyed."""
        kept = self._kept(partnership, subject)
        if kept is not None:
            return kept
        found = await self.ciphers(partnership, [subject])
        if subject not in found:
            raise Erased("the subject's key was destroyed")
        return found[subject]

    async def ciphers(self, partnership: UUID, subjects: Iterable[Subject]) -> dict[Subject, Cipher]:
        """Ciphers of several subjects at once; a subject whose key was destroyed is left out."""
        wanted = set(subjects)
        found = {subject: cipher for subject in wanted if (cipher := self._kept(partnership, subject))}
        missing = [subject for subject in wanted if subject not in found]
        if missing:
            keys = await self._fetch_or_make(partnership, missing)
            fetched = {subject: Cipher(subject, key) for subject, key in keys.items()}
            until = time.monotonic() + CACHE_SECONDS
            if len(self._cache) > CACHE_SIZE:
                self._cache.clear()
            for subject, cipher in fetched.items():
                self._cache[(partnership, subject)] = (until, cipher)
            found |= fetched
        return found

    def forget(self, partnership: UUID, subject: Subject) -> None:
        """Drop the key from this process's memory."""
        self._cache.pop((partnership, subject), None)

    async def destroy(self, partnership: UUID, subject: Subject) -> None:
        """Destroy the subject's key for good; a tombstone stays, so that no new one is ever made.

        The erasure log comes first: whoever is told that it is erased may rely on it after any restore.
        """
        if self._log is not None:
            await self._log.note(partnership, subject)
        async with self.engine.begin() as connection:
            await connection.execute(_DESTROY, self._row(partnership, subject) | {"wrapped": b""})
        self.forget(partnership, subject)

    async def destroy_again(self, partnership: UUID, subject: Subject) -> bool:
        """What the erasure log asks for after a restore; whether a key had come back."""
        async with self.engine.begin() as connection:
            back = (await connection.execute(_BACK, self._row(partnership, subject))).scalar_one()
            await connection.execute(_DESTROY, self._row(partnership, subject) | {"wrapped": b""})
        self.forget(partnership, subject)
        return bool(back)

    async def destroyed(self) -> set[tuple[UUID, Subject]]:
        """Of whom this service keeps a tombstone."""
        async with self.engine.begin() as connection:
            rows = await connection.execute(_DESTROYED, {"service": self._service})
            return {(row.partnership_id, Subject(SubjectKind(row.subject_kind), row.subject_id)) for row in rows}

    async def gone(self, partnership: UUID, kind: SubjectKind) -> set[UUID]:
        """Whose key was destroyed, without asking for anybody's key."""
        of = {"service": self._service, "partnership": partnership, "kind": kind.value}
        async with self.engine.begin() as connection:
            return {row.subject_id for row in await connection.execute(_GONE, of)}

    async def dispose(self) -> None:
        await self.engine.dispose()

    def _kept(self, partnership: UUID, subject: Subject) -> Cipher | None:
        until, cipher = self._cache.get((partnership, subject), (0.0, None))
        return cipher if until > time.monotonic() else None

    async def _fetch_or_make(self, partnership: UUID, subjects: list[Subject]) -> dict[Subject, bytes]:
        made = [
            self._row(partnership, subject)
            | {"wrapped": self.ring.seal(os.urandom(32), self._aad(partnership, subject))}
            for subject in sorted(subjects, key=lambda subject: (subject.kind, subject.id))
        ]
        async with self.engine.begin() as connection:
            rows = await connection.execute(_FETCH, {"service": self._service, **self._ids(partnership, subjects)})
            found = {(row.subject_kind, row.subject_id): row.wrapped_key for row in rows}
            absent = [row for row in made if (row["kind"], row["id"]) not in found]
            if absent:
                await connection.execute(_MAKE, self._columns(partnership, absent))
                rows = await connection.execute(_FETCH, {"service": self._service, **self._ids(partnership, subjects)})
                found = {(row.subject_kind, row.subject_id): row.wrapped_key for row in rows}
        return {
            subject: self.ring.open(wrapped, self._aad(partnership, subject))
            for subject in subjects
            if (wrapped := found.get((subject.kind.value, subject.id)))
        }

    def _row(self, partnership: UUID, subject: Subject) -> dict[str, object]:
        return {
            "service": self._service,
            "partnership": partnership,
            "kind": subject.kind.value,
            "id": subject.id,
        }

    def _columns(self, partnership: UUID, rows: list[dict[str, object]]) -> dict[str, object]:
        """The same rows as one statement has them: a statement for each costs many times as much."""
        return {
            "service": self._service,
            "partnership": partnership,
            "kinds": [row["kind"] for row in rows],
            "ids": [row["id"] for row in rows],
            "keys": [row["wrapped"] for row in rows],
        }

    @staticmethod
    def _ids(partnership: UUID, subjects: list[Subject]) -> dict[str, object]:
        return {"partnership": partnership, "ids": [subject.id for subject in subjects]}

    def _aad(self, partnership: UUID, subject: Subject) -> bytes:
        return wrapping_aad(self._service, partnership, subject)


_FETCH = text(
    "SELECT subject_kind, subject_id, wrapped_key FROM subject_keys"
    " WHERE service = :service AND partnership_id = :partnership AND subject_id = ANY(:ids)"
)
_MAKE = text(
    "INSERT INTO subject_keys (service, partnership_id, subject_kind, subject_id, wrapped_key)"
    " SELECT CAST(:service AS text), CAST(:partnership AS uuid), made.kind, made.id, made.wrapped"
    " FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS uuid[]), CAST(:keys AS bytea[]))"
    " AS made(kind, id, wrapped) ON CONFLICT DO NOTHING"
)
_DESTROY = text(
    "INSERT INTO subject_keys (service, partnership_id, subject_kind, subject_id, wrapped_key, destroyed_at)"
    " VALUES (:service, :partnership, :kind, :id, :wrapped, now())"
    " ON CONFLICT (service, partnership_id, subject_kind, subject_id)"
    " DO UPDATE SET wrapped_key = '', destroyed_at = now()"
)
_DESTROYED = text(
    "SELECT partnership_id, subject_kind, subject_id FROM subject_keys"
    " WHERE service = :service AND destroyed_at IS NOT NULL"
)
_GONE = text(
    "SELECT subject_id FROM subject_keys WHERE service = :service AND partnership_id = :partnership"
    " AND subject_kind = :kind AND destroyed_at IS NOT NULL"
)
_BACK = text(
    "SELECT count(*) FROM subject_keys WHERE service = :service AND partnership_id = :partnership"
    " AND subject_kind = :kind AND subject_id = :id AND wrapped_key <> ''"
)
