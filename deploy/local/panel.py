"""What the terminal shows while the stack runs: a live table, or plain lines where nobody looks at a terminal."""

import time
from collections.abc import Sequence
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from deploy.local import process
from deploy.local.parts import Board, Part

_COLOURS: Final = {"ready": "green", "starting": "yellow", "failed": "bold red", "gone": "bold red"}
_LIVING: Final = ("starting", "ready")
_MEASURE_SECONDS: Final = 3.0


def table(parts: Sequence[Part], sizes: dict[str, int]) -> Table:
    """One row per part: state, process, port, memory."""
    shown = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for title in ("part", "state"):
        shown.add_column(title)
    for title in ("pid", "port", "PSS MB"):
        shown.add_column(title, justify="right")
    for part in parts:
        size = f"{sizes[part.name] / 1e6:.0f}" if sizes.get(part.name) else ""
        state = Text(part.state, style=_COLOURS.get(part.state, "dim"))
        shown.add_row(part.name, state, str(part.pid or ""), str(part.port or ""), size)
    shown.add_section()
    shown.add_row("all", "", "", "", f"{sum(sizes.values()) / 1e6:.0f}")
    return shown


def measure(parts: Sequence[Part]) -> dict[str, int]:
    """Memory of each living part, in bytes."""
    return {part.name: process.memory(part.pid) for part in parts if part.pid is not None and part.is_alive}


class Panel:
    """Follows a board; it has no thread of its own."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self.begun = time.monotonic()
        self.footer: list[str] = []
        self._said = ""
        self._sizes: dict[str, int] = {}
        self._measured = 0.0

    def show(self, board: Board) -> None:
        if self.live is None:
            self._say(board)
            return
        parts = list(board.parts.values())
        if time.monotonic() - self._measured > _MEASURE_SECONDS:
            self._sizes, self._measured = measure(parts), time.monotonic()
        self._sizes = {part.name: self._sizes.get(part.name, 0) for part in parts if part.state in _LIVING}
        if not self.live.is_started:
            self.live.start()
        doing = Text(f"\n{board.doing}", style="bold")
        self.live.update(Group(table(parts, self._sizes), doing, *map(Text, self.footer)), refresh=True)

    def _say(self, board: Board) -> None:
        if board.doing != self._said:
            self._said = board.doing
            self.console.print(f"{time.monotonic() - self.begun:6.1f} s  {board.doing}", highlight=False)

    def close(self) -> None:
        if self.live is not None:
            self.live.stop()
