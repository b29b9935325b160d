"""Whether requirements.lock still says what pyproject.toml asks for; `--write` makes it anew."""

import difflib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from deploy.local.state import ROOT

LOCK: Final = ROOT / "requirements.lock"
OPTIONS: Final = (
    *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--universal"),
    *("--python-version", "3.11", "--extra", "local", "--extra", "dev"),
)
_NO_NETWORK: Final = ("error sending request", "dns error", "failed to fetch", "could not connect", "timed out")


def compile_into(path: Path) -> subprocess.CompletedProcess[str]:
    """Versions that the file already holds are kept where they still fit."""
    command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, "pyproject.toml", "-o", str(path), "--quiet"]
    # Local wheel folders of this machine must not leave their hashes in the lock.
    environment = {name: value for name, value in os.environ.items() if name != "UV_FIND_LINKS"}
    environment["UV_CUSTOM_COMPILE_COMMAND"] = "make lock"
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, text=True, capture_output=True)


def content(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if not line.startswith("#")]


def main() -> int:
    if "--write" in sys.argv:
        done = compile_into(LOCK)
        sys.stdout.write(done.stderr)
        return done.returncode
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / LOCK.name
        fresh.write_text(LOCK.read_text())
        done = compile_into(fresh)
        if done.returncode != 0:
            offline = any(sign in done.stderr.lower() for sign in _NO_NETWORK)
            sys.stdout.write("not compared: no package registry can be reached\n" if offline else done.stderr)
            return 0 if offline else 1
        changed = list(difflib.unified_diff(content(LOCK), content(fresh), "requirements.lock", "as asked for", n=0))
    if changed:
        sys.stdout.write("\n".join(["run `make lock`", *changed[:20]]) + "\n")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
