"""Bodies that are files: longer than others on paths that declare it, held whole by nobody, keyed like any other."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.ids import new_id
from shared.testing import Caller
from shared.tests.house import House
from shared.tests.test_http import assert_problem
from shared.tests.widgets import MAX_UPLOAD


async def send(
    maker: Caller, content: bytes | AsyncIterator[bytes], kind: str = "text/csv", key: str = ""
) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(new_id()), "Content-Type": kind}
    return await maker.send("POST", "/v1/widgets/files", content=content, headers=headers)


async def never() -> AsyncIterator[bytes]:
    """A body that fails whoever reads it."""
    for _ in range(1):
        raise AssertionError("was read")
    yield b""


@pytest.mark.parametrize("size", [0, 5_000, 1_100_000, MAX_UPLOAD])
async def test_a_file_may_be_longer_than_a_body(house: House, size: int) -> None:
    answer = await send(house.maker, b"x" * size, "Text/CSV; charset=utf-8")
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"size": size, "begins": "x" * min(size, 10), "whole": True}


async def test_a_file_that_says_it_is_too_large_is_refused(house: House) -> None:
    assert_problem(await send(house.maker, b"x" * (MAX_UPLOAD + 1)), 413, "too-large")


async def test_a_file_that_turns_out_too_large_is_refused_at_the_limit(house: House) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 100_000
            yield b"x" * 100_000

    assert_problem(await send(house.maker, endless()), 413, "too-large")
    assert taken <= MAX_UPLOAD + 200_000


async def test_a_file_of_another_kind_is_refused_at_its_first_byte(house: House) -> None:
    async def two_parts() -> AsyncIterator[bytes]:
        yield b"PK"
        raise AssertionError("was read")

    assert_problem(await send(house.maker, two_parts(), "application/zip"), 415, "unsupported-media-type")


async def test_without_a_key_nothing_is_read(house: House) -> None:
    answer = await house.maker.send("POST", "/v1/widgets/files", content=never(), headers={"Content-Type": "text/csv"})
    assert_problem(answer, 400, "idempotency-key-missing")


async def test_other_paths_keep_their_limit(house: House) -> None:
    headers = {"Idempotency-Key": str(new_id()), "Content-Type": "application/json"}
    answer = await house.maker.send("POST", "/v1/widgets", content=b" " * 5_000, headers=headers)
    assert_problem(answer, 413, "too-large")


async def test_the_same_file_with_the_same_key_is_answered_again_and_another_refused(house: House) -> None:
    maker = house.maker
    first = await send(maker, b"x" * 1_200_000, key="one")
    again = await send(maker, b"x" * 1_200_000, key="one")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert_problem(await send(maker, b"y" + b"x" * 1_199_999, key="one"), 422, "idempotency-key-reused")


async def test_without_a_token_nothing_is_read(house: House) -> None:
    headers = {"Idempotency-Key": "one", "Content-Type": "text/csv"}
    answer = await house.spine.anonymous().send("POST", "/v1/widgets/files", content=never(), headers=headers)
    assert_problem(answer, 401, "unauthorized")


def test_the_description_says_which_kinds_of_file(house: House) -> None:
    operation = house.spine.app.openapi()["paths"]["/v1/widgets/files"]["post"]
    schema = {"schema": {"type": "string", "format": "binary"}}
    assert operation["requestBody"] == {"required": True, "content": {"text/csv": schema, "text/plain": schema}}
