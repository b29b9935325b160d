"""Which files belong to the repository."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from deploy.local.state import ROOT


def listed(*patterns: str) -> Iterator[Path]:
    """Every file that git knows or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    found = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.decode()
    yield from (path for name in sorted(found.split("\0")) if name and (path := ROOT / name).is_file())
