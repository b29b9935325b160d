"""Sealing values as JSON: each field by itself, bound to its table and column and to whose key it is."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.crypto import Cipher, Subject, Vault
from shared.db import Unit, work_of


async def case_cipher(session: Unit, vault: Vault, family: UUID) -> Cipher:
    """The key of a family's case, for text about several people."""
    return await vault.cipher(work_of(session).partnership, Subject.case(family))


async def person_ciphers(session: AsyncSession, vault: Vault, persons: Iterable[UUID]) -> Mapping[UUID, Cipher]:
    """The keys of persons; whoever was erased is left out."""
    found = await vault.ciphers(work_of(session).partnership, [Subject.person(one) for one in persons])
    return {subject.id: cipher for subject, cipher in found.items()}


def seal(cipher: Cipher, place: str, value: Any) -> bytes | None:
    """The value sealed for "table.column"; None stays None."""
    return None if value is None else cipher.seal(place, orjson.dumps(value).decode())


def seal_some(cipher: Cipher, place: str, value: Any) -> bytes:
    """The value sealed, where there always is one."""
    return cipher.seal(place, orjson.dumps(value).decode())


def unseal(cipher: Cipher, place: str, sealed: bytes | None) -> Any:
    """The value that was sealed; None stays None."""
    return None if sealed is None else orjson.loads(cipher.open(place, sealed))


def seal_fields(cipher: Cipher, row: SQLModel, values: Mapping[str, Any]) -> None:
    """Seal each value into the row's column of the same name."""
    for name, value in values.items():
        setattr(row, name, seal(cipher, f"{row.__tablename__}.{name}", value))


def unseal_fields(cipher: Cipher, row: SQLModel, names: Iterable[str]) -> dict[str, Any]:
    """The values of the row's sealed columns."""
    return {name: unseal(cipher, f"{row.__tablename__}.{name}", getattr(row, name)) for name in names}
