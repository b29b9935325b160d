"""Encryption: a field opens at its own place with its own subject's key, and never again once that is destroyed."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from sqlalchemy import text

from shared import crypto, rotation
from shared.crypto import Cipher, Erased, KeyRing, Subject
from shared.ids import new_id
from shared.parts import Parts
from shared.rotation import Rotation
from shared.settings import Settings

PLACE = "persons.given_name"


def ring(current: str, *names: str) -> str:
    """A ring whose keys depend on their names only."""
    keys = {name: base64.b64encode(name.encode().ljust(32, b".")).decode() for name in (current, *names)}
    return json.dumps({"current": current, "keys": keys})


@pytest_asyncio.fixture
async def make(settings_of: Callable[..., Settings], table: None) -> AsyncIterator[Callable[..., Parts]]:
    """Parts of as many processes as the test wants."""
    made: list[Parts] = []

    def one(**changed: Any) -> Parts:
        made.append(Parts.of(settings_of(**changed)))
        return made[-1]

    yield one
    for parts in made:
        await parts.close()


@given(st.text(max_size=300), st.text(min_size=1, max_size=40))
def test_what_was_sealed_opens_at_its_place(plain: str, place: str) -> None:
    plain = plain.encode("utf-8", "replace").decode()
    place = place.encode("utf-8", "replace").decode()
    cipher = Cipher(Subject.person(new_id()), os.urandom(32))
    sealed = cipher.seal(place, plain)
    assert cipher.open(place, sealed) == plain
    assert sealed != cipher.seal(place, plain)


@given(st.integers(min_value=0))
def test_a_single_changed_bit_is_noticed(position: int) -> None:
    cipher = Cipher(Subject.person(new_id()), os.urandom(32))
    sealed = bytearray(cipher.seal(PLACE, "Amina"))
    sealed[position % len(sealed)] ^= 1 << position % 8
    with pytest.raises(Erased):
        cipher.open(PLACE, bytes(sealed))


@pytest.mark.parametrize("cut", [0, 5, 12, 27])
def test_what_was_cut_short_does_not_open(cut: int) -> None:
    cipher = Cipher(Subject.person(new_id()), os.urandom(32))
    with pytest.raises(Erased):
        cipher.open(PLACE, cipher.seal(PLACE, "Amina")[:cut])


def test_a_value_moved_to_another_column_or_another_row_does_not_open() -> None:
    key, person = os.urandom(32), new_id()
    sealed = Cipher(Subject.person(person), key).seal(PLACE, "Amina")
    with pytest.raises(Erased):
        Cipher(Subject.person(person), key).open("persons.family_name", sealed)
    with pytest.raises(Erased):
        Cipher(Subject.person(new_id()), key).open(PLACE, sealed)
    with pytest.raises(Erased):
        Cipher(Subject.case(person), key).open(PLACE, sealed)
    with pytest.raises(Erased):
        Cipher(Subject.person(person), os.urandom(32)).open(PLACE, sealed)


async def test_every_subject_has_a_key_of_its_own_and_keeps_it(make: Callable[..., Parts]) -> None:
    partnership, one, other = new_id(), Subject.person(new_id()), Subject.case(new_id())
    first, second = make().vault, make().vault
    sealed = (await first.cipher(partnership, one)).seal(PLACE, "Amina")
    assert (await second.cipher(partnership, one)).open(PLACE, sealed) == "Amina"
    ciphers = await second.ciphers(partnership, [one, other])
    assert set(ciphers) == {one, other}
    assert ciphers[one]._key is not ciphers[other]._key  # noqa: SLF001 - two keys is the point
    with pytest.raises(Erased):
        (await first.cipher(new_id(), one)).open(PLACE, sealed)


async def test_a_wrapped_key_moved_to_another_subject_does_not_unwrap(make: Callable[..., Parts]) -> None:
    partnership, one, other = new_id(), Subject.person(new_id()), Subject.person(new_id())
    await make().vault.ciphers(partnership, [one, other])
    swap = text("UPDATE subject_keys SET wrapped_key = (SELECT wrapped_key FROM subject_keys WHERE subject_id = :one)"
                " WHERE subject_id = :other")  # fmt: skip
    parts = make()
    async with parts.vault.engine.begin() as connection:
        await connection.execute(swap, {"one": one.id, "other": other.id})
    with pytest.raises(Erased):
        await parts.vault.cipher(partnership, other)


async def test_many_who_use_a_subject_for_the_first_time_at_once_make_one_key(make: Callable[..., Parts]) -> None:
    partnership, subject = new_id(), Subject.person(new_id())
    vaults = [make().vault for _ in range(4)]
    ciphers = await asyncio.gather(*(vault.cipher(partnership, subject) for vault in vaults for _ in range(5)))
    sealed = [cipher.seal(PLACE, str(number)) for number, cipher in enumerate(ciphers)]
    for cipher in ciphers:
        assert [cipher.open(PLACE, one) for one in sealed] == [str(number) for number in range(len(sealed))]


async def test_a_key_is_committed_before_its_first_use(make: Callable[..., Parts]) -> None:
    partnership, subject, parts = new_id(), Subject.person(new_id()), make()
    await parts.vault.cipher(partnership, subject)
    async with make().vault.engine.connect() as connection:
        query = text("SELECT count(*) FROM subject_keys WHERE subject_id = :id")
        assert (await connection.execute(query, {"id": subject.id})).scalar_one() == 1


async def test_a_destroyed_key_reads_nothing_anywhere_and_never_comes_back(
    make: Callable[..., Parts], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("shared.crypto.time.monotonic", lambda: now[0])
    partnership, gone, stays = new_id(), Subject.person(new_id()), Subject.person(new_id())
    here, there = make().vault, make().vault
    for vault in (here, there):
        await vault.ciphers(partnership, [gone, stays])
    await here.destroy(partnership, gone)
    with pytest.raises(Erased):
        await here.cipher(partnership, gone)
    now[0] = crypto.CACHE_SECONDS + 0.1
    for vault in (here, there, make().vault):
        with pytest.raises(Erased):
            await vault.cipher(partnership, gone)
        assert set(await vault.ciphers(partnership, [gone, stays])) == {stays}


async def test_the_memory_of_keys_is_at_most_a_quarter_of_a_minute_old() -> None:
    assert crypto.CACHE_SECONDS <= 15


async def test_a_subject_destroyed_before_its_first_use_gets_no_key_either(make: Callable[..., Parts]) -> None:
    partnership, subject = new_id(), Subject.person(new_id())
    await make().vault.destroy(partnership, subject)
    with pytest.raises(Erased):
        await make().vault.cipher(partnership, subject)


async def test_destroyed_while_many_first_use_it_it_stays_destroyed(make: Callable[..., Parts]) -> None:
    partnership, subject = new_id(), Subject.person(new_id())
    users = [make().vault for _ in range(3)]
    tries = [user.cipher(partnership, subject) for user in users]
    await asyncio.gather(*tries, make().vault.destroy(partnership, subject), return_exceptions=True)
    with pytest.raises(Erased):
        await make().vault.cipher(partnership, subject)


async def test_the_ring_is_rotated_while_everything_goes_on(make: Callable[..., Parts]) -> None:
    partnership = new_id()
    subjects = [Subject.person(new_id()) for _ in range(7)] + [Subject.case(new_id())]
    before = make(service="matching", key_ring=SecretStr(ring("old")), vault_password=await password(make, "matching"))
    sealed = {
        one: cipher.seal(PLACE, "x") for one, cipher in (await before.vault.ciphers(partnership, subjects)).items()
    }
    await before.vault.destroy(partnership, subjects[0])
    same = {"service": "matching", "vault_password": before.settings.vault_password}
    during = make(key_ring=SecretStr(ring("new", "old")), **same)
    assert (await rotation.rewrap(during)).rewrapped >= 7
    assert (await rotation.rewrap(during)).rewrapped == 0
    after = make(key_ring=SecretStr(ring("new")), **same)
    opened = await after.vault.ciphers(partnership, subjects)
    assert set(opened) == set(subjects[1:])
    assert {opened[one].open(PLACE, sealed[one]) for one in subjects[1:]} == {"x"}


async def test_what_the_ring_cannot_open_is_counted_and_left_alone(make: Callable[..., Parts]) -> None:
    partnership, subject = new_id(), Subject.person(new_id())
    same = {"service": "outcomes", "vault_password": await password(make, "outcomes")}
    await make(key_ring=SecretStr(ring("lost")), **same).vault.cipher(partnership, subject)
    # Other tests of this process may have left keys of other rings with the same service.
    without = await rotation.rewrap(make(key_ring=SecretStr(ring("new")), **same))
    assert (without.rewrapped, without.unreadable >= 1) == (0, True)
    back = make(key_ring=SecretStr(ring("new", "lost")), **same)
    assert await rotation.rewrap(back) == Rotation(1, without.unreadable - 1)


async def password(make: Callable[..., Parts], service: str) -> SecretStr:
    """The vault password of another service of the bed, whose keys no other test touches."""
    return SecretStr(PASSWORDS[service])


PASSWORDS: dict[str, str] = {}


@pytest.fixture(autouse=True)
def _passwords(environment_of: Callable[[str], dict[str, str]]) -> None:
    for service in ("matching", "outcomes"):
        PASSWORDS[service] = environment_of(service)["CIRCLE_VAULT_PASSWORD"]


async def test_a_key_destroyed_during_the_rotation_stays_destroyed(
    make: Callable[..., Parts], monkeypatch: pytest.MonkeyPatch
) -> None:
    partnership, subject = new_id(), Subject.person(new_id())
    same = {"service": "matching", "vault_password": await password(make, "matching")}
    before = make(key_ring=SecretStr(ring("old")), **same)
    await before.vault.cipher(partnership, subject)
    during = make(key_ring=SecretStr(ring("new", "old")), **same)
    read = rotation._next  # noqa: SLF001 - the moment between reading and writing is what is tested

    async def then_destroy(*given: Any) -> Any:
        rows = await read(*given)
        await before.vault.destroy(partnership, subject)
        return rows

    monkeypatch.setattr(rotation, "_next", then_destroy)
    await rotation.rewrap(during)
    with pytest.raises(Erased):
        await make(key_ring=SecretStr(ring("new", "old")), **same).vault.cipher(partnership, subject)


def test_a_ring_opens_what_any_of_its_keys_sealed_and_nothing_else() -> None:
    old, both, new = KeyRing(ring("old")), KeyRing(ring("new", "old")), KeyRing(ring("new"))
    sealed = old.seal(b"answer", b"place")
    assert both.open(sealed, b"place") == b"answer"
    assert (both.key_of(sealed), both.key_of(both.seal(b"", b""))) == ("old", "new")
    for other, place in ((new, b"place"), (both, b"elsewhere")):
        with pytest.raises(Erased):
            other.open(sealed, place)


@pytest.mark.parametrize(
    "document",
    [
        {"current": "b", "keys": {"a": base64.b64encode(b"a" * 32).decode()}},
        {"current": "a", "keys": {"a": base64.b64encode(b"a" * 16).decode()}},
    ],
)
def test_a_ring_without_a_whole_current_key_does_not_start(
    settings_of: Callable[..., Settings], document: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        settings_of(key_ring=json.dumps(document))
    assert "YWFh" not in str(refused.value)
