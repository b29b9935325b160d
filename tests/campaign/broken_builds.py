"""`python -m tests.campaign.broken_builds [FAULT …]`: builds with one fault each, every one of which has to be found.

One line of JSON for each: whether its code was among the findings, and what was found.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.campaign.campaigns.planted import FAULTS, find, is_found, together
from tests.campaign.findings import summary
from tests.campaign.stage import opened


async def _all(names: Sequence[str]) -> int:
    """How many were missed."""
    missed = 0
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        async with opened(Path(folder)) as stage:
            for group in together(names):
                for name, findings in (await find(stage, group)).items():
                    found = is_found(name, findings)
                    missed += not found
                    line = {"fault": name, "in": FAULTS[name].part, "by": FAULTS[name].finds, "found": found}
                    said = {"findings": summary(findings), "examples": [str(one) for one in findings[:5]]}
                    sys.stdout.write(json.dumps(line | said) + "\n")
                    sys.stdout.flush()
    return missed


def main() -> int:
    """0 when every fault was found."""
    return 1 if asyncio.run(_all(sys.argv[1:] or list(FAULTS))) else 0


if __name__ == "__main__":
    sys.exit(main())
