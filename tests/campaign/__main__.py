"""`python -m tests.campaign [R1 R4 …] [--scale 0.1] [--minutes N | --within N] [--seed S]`.

Progress goes to stderr, a line of JSON for each campaign to stdout.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID

from deploy.local.state import ROOT
from tests.campaign.campaigns import CAMPAIGNS
from tests.campaign.plan import Plan, Report, new_seed

RESULTS = ROOT / "bench" / "results"


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign")
    parser.add_argument("names", nargs="*", metavar="R1", help=f"which of {', '.join(CAMPAIGNS)}; all unless given")
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the whole campaign")
    parser.add_argument("--minutes", type=float, help="end each campaign after so long")
    parser.add_argument("--within", type=float, help="share so many minutes between the campaigns, about")
    parser.add_argument("--seed", type=int, help="repeat a run")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(CAMPAIGNS):
        parser.error(f"there is no campaign {', '.join(sorted(unknown))}")
    return asked


async def _one(name: str, asked: argparse.Namespace, minutes: float | None, progress: Progress, bar: TaskID) -> Report:
    campaign, seed = CAMPAIGNS[name], asked.seed or new_seed()
    progress.console.print(f"{name}: seed {seed}")
    plan = Plan(
        count=max(1, round(campaign.whole * asked.scale)),
        seed=seed,
        seconds=minutes and minutes * 60,
        tell=lambda done, of, what: progress.update(bar, completed=done, total=of, description=f"{name} {what}"),
    )
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        async with campaign.opened(Path(folder)) as stage:
            report = await campaign.run(stage, plan)
        if not report.is_good:
            _keep_logs(Path(folder), RESULTS / f"{name}-log")
    document = {"campaign": name, "unit": campaign.unit, "asked": plan.count, "seed": seed, **report.document()}
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(document | {"all": [str(one) for one in report.findings]}))
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()
    return report


def _keep_logs(folder: Path, kept: Path) -> None:
    """What the processes said is what explains a finding."""
    shutil.rmtree(kept, ignore_errors=True)
    for log in folder.rglob("log"):
        if log.is_dir():
            shutil.copytree(log, kept, dirs_exist_ok=True)


def main() -> int:
    """0 when every promise held."""
    asked = _asked()
    with Progress(console=Console(stderr=True)) as progress:
        reports, names, began = [], list(asked.names or CAMPAIGNS), time.monotonic()
        for number, name in enumerate(names):
            bar, minutes = progress.add_task(name, total=None), asked.minutes
            if asked.within:
                # What one leaves over is shared by those after it.
                minutes = max(0.1, asked.within - (time.monotonic() - began) / 60) / (len(names) - number)
            reports.append(asyncio.run(_one(name, asked, minutes, progress, bar)))
    return 0 if all(report.is_good for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
