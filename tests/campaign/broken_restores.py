"""`python -m tests.campaign.broken_restores`: R12 on broken ways of keeping and restoring, which it has to find."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.campaign.campaigns import restored
from tests.campaign.findings import Code, codes
from tests.campaign.plan import Plan, Report, new_seed
from tests.campaign.stage import opened

# The faults are in `tests.planted.restoring`.
WANTED: Final[Mapping[str, Code]] = {
    "erasures-forgotten": Code.ERASED_BACK,
    "log-asynchronous": Code.ACK_LOST,
    "nothing-told-again": Code.EVENT_LOST,
}


async def _one(fault: str) -> Report:
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        async with opened(Path(folder)) as stage:
            return await restored.run(stage, Plan(1, new_seed()), fault)


def main() -> int:
    """0 when every fault was found."""
    missed = 0
    for fault in sys.argv[1:] or WANTED:
        report = asyncio.run(_one(fault))
        found = WANTED[fault] in codes(report.findings)
        missed += not found
        sys.stdout.write(json.dumps({"fault": fault, "found": found, **report.document()}) + "\n")
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
