"""Code that nothing uses, as far as vulture is sure of it."""

import sys

from vulture import Vulture

from deploy.checks import files

CONFIDENCE = 90
# Arguments that a library's own signature asks for.
FOREIGN = ["dialect", "frame", "signum"]


def main() -> int:
    hunter = Vulture(ignore_names=FOREIGN)
    hunter.scavenge([str(path) for path in files.listed("*.py")])
    found = hunter.get_unused_code(min_confidence=CONFIDENCE)
    sys.stdout.write("".join(f"{item.get_report()}\n" for item in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
