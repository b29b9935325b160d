"""`make bench`: every figure, one after the other, each in a process of its own."""

import subprocess
import sys
from typing import Final

FIGURES: Final = ("gateway", "referral", "relay", "webhooks")


def main() -> int:
    """0 when every figure could be measured, or said what it misses."""
    return max(subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode for name in FIGURES)


if __name__ == "__main__":
    sys.exit(main())
