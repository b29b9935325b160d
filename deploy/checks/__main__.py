"""Runs every check, one line each; all run even when one fails, and any failure ends with exit code 1."""

import subprocess
import sys
import time
from typing import Final

from deploy.local.state import ROOT

_PYTHON: Final = (sys.executable, "-m")
CHECKS: Final = {
    "format": (*_PYTHON, "ruff", "format", "--check", "--quiet", "."),
    "lint": (*_PYTHON, "ruff", "check", "--quiet", "--output-format", "concise", "."),
    "types": (*_PYTHON, "mypy", "--no-error-summary"),
    "imports": (*_PYTHON, "deploy.checks.imports"),
    "sizes": (*_PYTHON, "deploy.checks.sizes"),
    "dead code": (*_PYTHON, "deploy.checks.dead_code"),
    "traces": (*_PYTHON, "deploy.checks.traces"),
    "lock": (*_PYTHON, "deploy.checks.lock"),
    "migrations": (*_PYTHON, "deploy.checks.drift"),
}


def run(name: str, command: tuple[str, ...]) -> bool:
    """One line for the result; what the tool said follows when it failed, or had something to add."""
    begun = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said = done.stdout.decode(errors="replace").strip()
    result = "ok" if done.returncode == 0 else "FAILED"
    sys.stdout.write(f"{name:<11} {result:<7} {time.monotonic() - begun:5.1f} s\n")
    if said:
        sys.stdout.write("".join(f"            {line}\n" for line in said.splitlines()))
    sys.stdout.flush()
    return done.returncode == 0


def main() -> int:
    wanted = sys.argv[1:] or list(CHECKS)
    results = [run(name, CHECKS[name]) for name in wanted]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
