"""Where measured figures are kept: every round as JSON, one file a figure, and the table that the README shows."""

import json
import os
import platform
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "results"


def keep(line: dict[str, Any], rounds: dict[str, Any]) -> dict[str, Any]:
    """Store the line with its rounds, print it as one JSON line on standard output, and return it."""
    FOLDER.mkdir(exist_ok=True)
    line = line | {"at": datetime.now(UTC).isoformat(timespec="seconds")}
    name = "-".join(filter(None, (line["figure"], str(line.get("key", "")).replace(" ", "-").replace("/", "-"))))
    document = line | {"machine": machine(), "rounds": rounds}
    (FOLDER / f"{name}.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    return line


def machine() -> str:
    """The machine's size, so that a figure can be placed."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def table(lines: Iterable[dict[str, Any]]) -> str:
    """The figures as a Markdown table, in the order in which they are given."""
    rows = ["| figure | | must | aim | measured |", "|---|---|---|---|---|"]
    for line in lines:
        sign = "≤" if line.get("better") == "lower" else "≥"
        title = " · ".join(filter(None, (line["title"], str(line.get("key", "")))))
        bounds = f"{sign} {line['must']:g} | {sign} {line['aim']:g}" if "must" in line else " | "
        rows.append(f"| {line['figure']} | {title} | {bounds} | {_shown(line)} |")
    return "\n".join(rows) + "\n"


def _shown(line: dict[str, Any]) -> str:
    if line.get("value") is None:
        return str(line.get("why", "not measured"))
    if line.get("void"):
        return f"{line['value']:g} (void: {line.get('why', 'the planted fifth was not seen')})"
    marks = ("" if line["met"] else " **missed**") + (" ✓" if line.get("aim_met") else "")
    return f"{line['value']:g}{marks}" + (" (void before)" if line.get("again") else "")
