"""No file over 300 lines, no function over 40; migrations are history and stay as they are."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from deploy.checks import files
from deploy.local.state import ROOT

FILE_LINES: Final = 300
FUNCTION_LINES: Final = 40


def findings(path: Path, text: str) -> Iterator[str]:
    lines = len(text.splitlines())
    if lines > FILE_LINES:
        yield f"{path}: {lines} lines, {FILE_LINES} allowed"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines, {FUNCTION_LINES} allowed"


def main() -> int:
    counted = [path for path in files.listed("*.py") if "migrations/versions" not in path.as_posix()]
    found = [line for path in counted for line in findings(path.relative_to(ROOT), path.read_text())]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
