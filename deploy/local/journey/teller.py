"""What the terminal shows of the journey: each step, its events, its webhooks, its refusals, and the sum of it."""

import time
from dataclasses import dataclass, field
from typing import Any, Final

from rich.console import Console
from rich.text import Text

STEPS: Final = tuple(str(number) for number in range(1, 30))
_WHO: Final = 26


@dataclass
class Teller:
    """Counts what it tells."""

    out: Console
    begun: float = field(default_factory=time.monotonic)
    steps: set[str] = field(default_factory=set)
    events: int = 0
    webhooks: int = 0
    refusals: int = 0

    def step(self, number: str, who: str, what: str) -> None:
        """A step of the contract begins."""
        self.steps.add(number.rstrip("b"))
        self._line(f"{number:>3}  ", f"{who:<{_WHO}}", what, style="bold")

    def note(self, what: str) -> None:
        """Something worth saying beside the steps."""
        self._line("     ", " " * _WHO, what, style="dim")

    def event(self, event: dict[str, Any], heard_by: str) -> None:
        self.events += 1
        self._line("     ", f"{'event':>{_WHO - 2}}  ", f"{_short(event)}  [{heard_by}]", style="green")

    def webhook(self, event: dict[str, Any]) -> None:
        self.webhooks += 1
        self._line("     ", f"{'webhook':>{_WHO - 2}}  ", f"{_short(event)}  signature verified, filed", style="cyan")

    def refused(self, what: str, status: int, problem: str) -> None:
        self.refusals += 1
        self._line("     ", f"{'refused':>{_WHO - 2}}  ", f"{what}: {status} {problem}", style="yellow")

    def summary(self, calls: int) -> bool:
        """The last words; true when every step of the contract was played."""
        missing = [number for number in STEPS if number not in self.steps]
        seconds = time.monotonic() - self.begun
        self.out.print()
        told = f"{len(self.steps)} of {len(STEPS)} steps, {self.refusals} refusals, {self.events} events, "
        told += f"{self.webhooks} webhooks verified, {calls} calls in {seconds:.1f} s"
        self.out.print(Text(told, style="bold red" if missing else "bold green"), soft_wrap=True)
        if missing:
            self.out.print(Text(f"not played: {', '.join(missing)}", style="bold red"))
        return not missing

    def _line(self, first: str, second: str, what: str, style: str) -> None:
        self.out.print(Text.assemble((first, "bold"), (second, style), (what, style)), soft_wrap=True)


def _short(event: dict[str, Any]) -> str:
    return str(event["type"]).removeprefix("circle.").removesuffix(".v1")
