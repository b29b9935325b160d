"""`make bench`: every figure, or those named, each module in a process of its own; a full run writes README's table.

`python -m bench` runs all, `python -m bench P1 P6` some. Errors of an arm, a void run and a missed floor fail it.
"""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench import results

# Which module measures which figure, in the order of the table.
FIGURES: Final = {
    "P1": "gateway",
    "P2": "gateway",
    "P3": "gateway",
    "P5": "gateway",
    "P6": "referral",
    "P7": "reading",
    "P8": "relay",
    "P9": "arrival",
    "P11": "webhooks",
    "P12": "isolation",
    "P13": "planning",
    "P14": "scale",
    "P15": "sealing",
    "P16": "proposing",
    "P17": "startup",
    "T1": "attendance",
    "T2": "disclosure",
    "T3": "importing",
    "T4": "duty",
}
_README: Final = Path(__file__).parent.parent / "README.md"
_BEGIN: Final = "<!-- figures: written by make bench -->\n"
_END: Final = "<!-- end of figures -->\n"
_PATIENCE_SECONDS: Final = 600
# A void figure is measured so many times more.
_MORE: Final = 2


def main(asked: list[str]) -> int:
    """0 when every figure asked for was measured and holds, or says which tool it misses."""
    unknown = sorted(set(asked) - set(FIGURES))
    if unknown:
        sys.stderr.write(f"unknown: {', '.join(unknown)}; known: {', '.join(FIGURES)}\n")
        return 2
    began, lines, failed = time.monotonic(), [], False
    for module in dict.fromkeys(FIGURES[figure] for figure in asked or FIGURES):
        mine = [figure for figure in asked or FIGURES if FIGURES[figure] == module]
        found, well = _not_void(module, mine)
        lines += found
        failed |= not well or any(line.get("met") is False for line in found)
    seconds = round(time.monotonic() - began)
    sys.stderr.write(f"\n{results.table(lines)}\nin {seconds} s on {results.machine()}\n")
    if not asked:
        write_table(_README, lines)
    return 1 if failed else 0


def _not_void(module: str, figures: list[str]) -> tuple[list[dict[str, Any]], bool]:
    """Measured, and up to twice more whatever was void: the machine was restless. A missed floor stays missed."""
    found, well = _measured(module, figures)
    for _ in range(_MORE):
        void = [figure for figure in figures if any(line["figure"] == figure and line.get("void") for line in found)]
        if not void:
            break
        sys.stderr.write(f"void: {', '.join(void)} …\n")
        again, well = _measured(module, void)
        found = [line for line in found if line["figure"] not in void] + [one | {"again": True} for one in again]
    return found, well


def _measured(module: str, figures: list[str]) -> tuple[list[dict[str, Any]], bool]:
    """(the lines that the module printed, whether it ended well)."""
    sys.stderr.write(f"measuring {', '.join(figures)} …\n")
    command = [sys.executable, "-m", f"bench.{module}", *figures]
    try:
        ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired as slow:
        sys.stderr.write(f"bench.{module} did not end in {_PATIENCE_SECONDS} s\n")
        return _lines(slow.stdout or b""), False
    return _lines(ended.stdout), ended.returncode == 0


def _lines(said: str | bytes) -> list[dict[str, Any]]:
    text = said.decode() if isinstance(said, bytes) else said
    sys.stdout.write(text)
    sys.stdout.flush()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def write_table(readme: Path, lines: list[dict[str, Any]]) -> None:
    """Put the table where the README keeps it, with the day and the machine's size."""
    text = readme.read_text()
    if _BEGIN not in text or _END not in text:
        return
    before, rest = text.split(_BEGIN, 1)
    after = rest.split(_END, 1)[1]
    said = (
        f"Measured on {datetime.now(UTC):%d %B %Y} with `make bench`, {results.machine()}; ✓ marks a reached aim.\n\n"
    )
    readme.write_text(before + _BEGIN + said + results.table(lines) + _END + after)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
