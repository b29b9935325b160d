"""No tracked file names the machine it was made on or the registry its packages came from."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from deploy.checks import files
from deploy.local.state import ROOT

# Written in pieces, so that this file does not find itself.
_HOMES: Final = re.compile(r"(?<![\w.~$}])/(?:ho" r"me|Us" r"ers|ro" r"ot|wo" r"rk)/[A-Za-z0-9_.-]+")
_REGISTRIES: Final = re.compile(
    r"https?://[\w.-]*(?:py"
    r"pi\.org|pythonho"
    r"sted\.org|npm"
    r"js\.org|repo\.ma"
    r"ven\.apache\.org|repo1\.ma"
    r"ven\.org)"
)
_INDEX_LINES: Final = re.compile(r"^\s*--(?:index|extra-index|find)-(?:url|links)", re.MULTILINE)
_TEXT_LIMIT: Final = 5_000_000


def findings(path: Path, text: str) -> Iterator[str]:
    here = {str(ROOT), str(Path.home())} - {"/"}
    for number, line in enumerate(text.splitlines(), 1):
        if any(f"{place}/" in line for place in here) or _HOMES.search(line):
            yield f"{path}:{number}: a path of one machine"
        if _REGISTRIES.search(line):
            yield f"{path}:{number}: the address of a registry"
    if path.suffix == ".lock" and _INDEX_LINES.search(text):
        yield f"{path}: a lock that names where packages come from"


def main() -> int:
    found: list[str] = []
    for path in files.listed():
        if path.stat().st_size > _TEXT_LIMIT or "/static/" in path.as_posix():
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found.extend(findings(path.relative_to(ROOT), text))
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
