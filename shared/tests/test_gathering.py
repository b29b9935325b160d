"""What a service writes at one go leaves in one piece, in order, and before the connection is closed."""

import asyncio
from typing import Any

from shared.serve import Gathering


class Line:
    """A transport that remembers."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def write(self, piece: bytes) -> None:
        self.done.append(piece)

    def close(self) -> None:
        self.done.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.done


def gathering() -> tuple[Any, list[Any]]:
    line: Any = Line()
    return Gathering(line), line.done


async def test_head_and_body_leave_together_and_the_next_answer_by_itself() -> None:
    transport, done = gathering()
    transport.write(b"head, ")
    transport.write(b"body")
    assert done == []
    await asyncio.sleep(0)
    transport.write(b"next")
    await asyncio.sleep(0)
    assert done == [b"head, body", b"next"]


async def test_what_is_still_held_goes_before_the_end_and_nothing_goes_after_it() -> None:
    transport, done = gathering()
    transport.write(b"last")
    transport.close()
    transport.write(b"late")
    await asyncio.sleep(0)
    assert done == [b"last", "closed"]
