"""The command `circle`: the platform on this machine, what is played on it, what an operator does."""

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from deploy.local import operations, panel, parts, process, runner, state
from deploy.local.backup import commands as backups
from deploy.local.parts import ORDER
from deploy.local.state import AlreadyRunningError, Folder

app: Final = typer.Typer(no_args_is_help=True, add_completion=False, help="The whole platform on this machine.")
operations.register(app)
backups.register(app)
_OUT: Final = Console()
_ERR: Final = Console(stderr=True)
_START_SECONDS: Final = 600
_STOP_SECONDS: Final = 120


@app.command()
def up(detach: Annotated[bool, typer.Option("--detach", help="Leave it running and come back.")] = False) -> None:
    """Start everything; Ctrl-C stops everything."""
    folder = state.default()
    if detach:
        _up_detached(folder)
        return
    shown = panel.Panel(_ERR)

    def welcome(running: runner.Runner) -> None:
        lines = _welcome(folder, running.board.address)
        shown.footer = ["", *lines, "", "Ctrl-C stops everything."]
        if not _ERR.is_terminal:
            _OUT.print("\n".join(lines), highlight=False, soft_wrap=True)

    try:
        failure = runner.run(folder, shown.show, welcome)
    except AlreadyRunningError as error:
        failure = str(error)
    finally:
        shown.close()
    if failure:
        _fail(failure)
    _ERR.print("stopped; the data is kept for the next start", highlight=False)


def _welcome(folder: Folder, address: str) -> list[str]:
    """The console's address, who can sign in, what to try next."""
    known: dict[str, Any] = folder.read("welcome")
    sign_ins = [f"  {entry['user']}  {entry['password']}  ({entry['name']})" for entry in known.get("sign_ins", [])]
    lines = [f"console   {address}/console", *(["sign in as", *sign_ins] if sign_ins else [])]
    return [*lines, *known.get("notes", []), f"try       {known.get('next', 'make journey')}"]


def _up_detached(folder: Folder) -> None:
    folder.make()
    if folder.is_locked():
        _fail("this checkout is already running: see `circle status`")
    (folder.path / "state.json").unlink(missing_ok=True)
    with folder.open_log("runner") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "up"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=state.ROOT,
        )

    def is_decided() -> bool:
        return started.poll() is not None or folder.read("state").get("doing") == "running"

    process.wait_until(is_decided, _START_SECONDS, every=0.2)
    if started.poll() is not None or not is_decided():
        _fail(folder.log("runner").read_text().strip() or "it did not start")
    _OUT.print("\n".join(_welcome(folder, folder.read("state")["address"])), highlight=False, soft_wrap=True)


@app.command()
def down() -> None:
    """Stop what `up --detach` left running."""
    folder = state.default()
    if not folder.is_locked():
        parts.end_leftovers(folder)
        _OUT.print("nothing is running")
        return
    pid = folder.read("state").get("runner")
    if pid:
        os.kill(pid, signal.SIGTERM)
    if not process.wait_until(lambda: not folder.is_locked(), _STOP_SECONDS, every=0.1):
        _fail("it has not stopped: see `circle status`")
    _OUT.print("stopped")


@app.command()
def restart() -> None:
    """Every Python process anew, after an update or a new key: the new ones serve before the old ones drain."""
    folder = state.default()
    before = folder.read("state")
    if not folder.is_locked() or before.get("doing") != "running":
        _fail("it is not running: see `circle status`")
    os.kill(before["runner"], signal.SIGUSR1)

    def is_done() -> bool:
        return not folder.is_locked() or folder.read("state").get("restarts", 0) > before.get("restarts", 0)

    if not process.wait_until(is_done, _START_SECONDS, every=0.1) or not folder.is_locked():
        _fail("it has not come back: see `circle status`")
    if trouble := folder.read("state")["trouble"]:
        _fail(f"the old processes stay: {trouble}")
    _OUT.print("restarted; nobody was turned away")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """State, process, port and memory of every part; exit code 1 when it is not running."""
    folder = state.default()
    doing, address, found = parts.seen(folder)
    running = folder.is_locked()
    doing = doing if running else "down"
    sizes = panel.measure(found)
    if as_json:
        rows = [{**vars(part), "pss": sizes.get(part.name, 0)} for part in found]
        typer.echo(json.dumps({"doing": doing, "address": address, "parts": rows}))
    else:
        _OUT.print(panel.table(found, sizes))
        _OUT.print(f"{doing} {address}", highlight=False)
    raise typer.Exit(0 if running and doing == "running" else 1)


@app.command()
def logs(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(ORDER)}, nursery, prepare, bootstrap.")] = "",
    lines: Annotated[int, typer.Option("--lines", "-n")] = 40,
    follow: Annotated[bool, typer.Option("--follow", "-f")] = False,
) -> None:
    """The end of one log, or of all."""
    folder = state.default()
    paths = [folder.log(name)] if name else sorted(folder.logs.glob("*.log"))
    for path in paths:
        if not path.exists():
            _fail(f"there is no log called {name}: {', '.join(p.stem for p in sorted(folder.logs.glob('*.log')))}")
        if len(paths) > 1:
            _OUT.rule(path.stem)
        typer.echo("\n".join(path.read_text(errors="replace").splitlines()[-lines:]))
    if follow and name:
        _follow(folder, name)


def _follow(folder: Folder, name: str) -> None:
    with folder.log(name).open(errors="replace") as file:
        file.seek(0, os.SEEK_END)
        while True:
            if piece := file.read():
                sys.stdout.write(piece)
                sys.stdout.flush()
            time.sleep(0.3)


@app.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete every record, password and log of this checkout's stack."""
    folder = state.default()
    if folder.is_locked():
        _fail("it is running: `circle down` first")
    if not yes:
        typer.confirm(f"Delete everything in {folder.path}?", abort=True)
    parts.end_leftovers(folder)
    shutil.rmtree(folder.path, ignore_errors=True)
    _OUT.print("everything is gone; `make up` begins anew")


At = Annotated[str, typer.Option("--gateway", help="Another platform's address, for instance of containers.")]


@app.command()
def journey(
    gateway: At = "",
    receiver_host: Annotated[
        str, typer.Option("--receiver-host", help="By what name that gateway reaches this machine, for webhooks.")
    ] = "",
) -> None:
    """Play one family's whole way over HTTP, each refusal of the contract provoked on the way."""
    raise typer.Exit(_room("journey.play").run(gateway, receiver_host))


@app.command()
def demo(gateway: At = "") -> None:
    """Play the population behind the published figures; print computed beside published."""
    raise typer.Exit(_room("demo.play").run(gateway))


def _room(name: str) -> Any:
    """A module that most commands do without: together these import the whole platform."""
    return importlib.import_module(f"deploy.local.{name}")


def _fail(message: str) -> None:
    _ERR.print(message, style="bold red", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1)
