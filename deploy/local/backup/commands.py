"""`circle backup`, `circle restore` and `circle erasures`."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from deploy.local import state
from deploy.local.backup import bases
from deploy.local.backup.keeping import Keeping
from deploy.local.operations import Service, do
from deploy.local.process import StartError

backup: Final = typer.Typer(no_args_is_help=True, help="Copies of the platform, kept elsewhere.")
erasures: Final = typer.Typer(no_args_is_help=True, help="What was erased and must never come back.")
_Passphrase = Annotated[
    str, typer.Option(envvar="CIRCLE_ESCROW_PASSPHRASE", prompt=True, hide_input=True, help="Of the escrow.")
]


def register(app: typer.Typer) -> None:
    """Put them into `circle`."""
    app.add_typer(backup, name="backup")
    app.add_typer(erasures, name="erasures")
    app.command()(restore)


@backup.command("on")
def turn_on(
    to: Annotated[Path, typer.Option(help="A folder on another disk; every line of backups has its own.")],
    log: Annotated[Path, typer.Option("--erasures", help="The erasure log; neither here nor there.")],
    asynchronous: Annotated[
        bool, typer.Option("--asynchronous", help="Do not wait for the copy: faster, and the last moment may be lost.")
    ] = False,
) -> None:
    """From the next start on, copy the database's log while it is written; a commit waits for the copy."""
    with _told():
        folder = state.default()
        folder.make()
        former = folder.erasures
        moves = former.exists() and former.resolve() != log.resolve()
        if moves and log.exists() and log.stat().st_size:
            raise StartError(f"{log} is another erasure log: lines of two do not follow each other, name a new file")
        Keeping.begin(folder, to.resolve(), log.resolve(), synchronous=not asynchronous)
        if moves:
            log.write_bytes(former.read_bytes())
        typer.echo("in force from the next `circle up` on; then take a first base backup: `circle backup take`")


@backup.command("off")
def turn_off() -> None:
    """From the next start on, copy nothing any more; what was copied stays."""
    folder = state.default()
    Keeping.of(folder).model_copy(update={"to": ""}).note(folder)
    typer.echo("in force from the next `circle up` on")


@backup.command("take")
def take(
    keep_days: Annotated[int, typer.Option(help="Throw away older ones; what was erased must not live longer.")] = 30,
) -> None:
    """Take a base backup of the running platform and check it."""
    with _told():
        folder = state.default()
        keeping = Keeping.of(folder)
        if not keeping.is_on or not folder.is_locked():
            raise StartError("backups are not on, or the platform is not running: see `circle backup on`")
        to, secrets = Path(keeping.to), folder.secrets()
        made = bases.take(to, folder.read("ports")["postgres"], secrets.superuser)
        old = bases.prune(to, keep_days, datetime.now(UTC))
        typer.echo(f"{made.path}: whole; {len(old)} older ones thrown away")
        if folder.read("escrow").get("ring") != _room("escrow").ring_of(secrets):
            typer.echo("the key ring is not in escrow: nobody could read this backup; see `circle backup escrow`")
            raise typer.Exit(1)


@backup.command("escrow")
def hand_over(
    to: Annotated[Path, typer.Option(help="A place of its own: whoever has it and the backups reads everything.")],
    passphrase: _Passphrase,
) -> None:
    """Seal key ring, audit key and passwords under a passphrase; once more after each new key of the ring."""
    with _told():
        folder = state.default()
        secrets = folder.secrets()
        escrow = _room("escrow")
        path = escrow.hand_over(secrets, passphrase, to, Path(Keeping.of(folder).to or folder.path))
        folder.write("escrow", {"ring": escrow.ring_of(secrets), "path": str(path.resolve())})
        typer.echo(f"{path}: put it away, and the passphrase elsewhere")


def restore(
    until: Annotated[str, typer.Argument(metavar="latest|TO-TIME", help="For instance 2026-11-26T03:00:00+00:00.")],
    source: Annotated[Path, typer.Option("--from", help="The folder of the backups.")],
    sealed: Annotated[Path, typer.Option("--escrow", help="The sealed secrets.")],
    log: Annotated[Path, typer.Option("--erasures", help="The erasure log.")],
    passphrase: _Passphrase,
    keep_broker: Annotated[
        bool, typer.Option("--keep-broker", help="Only for `latest` of a line whose commits waited for the copy.")
    ] = False,
) -> None:
    """Bring the database back, into a state folder that has none; what was erased is erased again."""
    with _told():
        folder = state.default()
        if folder.is_locked():
            raise StartError("it is running: `circle down` first")
        order = {"source": source, "escrow": sealed, "passphrase": passphrase, "erasures": log.resolve()}
        restoring = _room("restore")
        for line in restoring.restore(folder, restoring.Order(**order, until=_instant(until), keep_broker=keep_broker)):
            typer.echo(line)
        typer.echo("restored: `circle up`; then begin a new line: `circle backup on`, `circle backup take`")


@erasures.command("replay")
def replay(service: Service = "") -> None:
    """Erase again whatever the log names; `circle restore` has done it."""
    do("replay_erasures", service)


@erasures.command("verify")
def verify(service: Service = "") -> None:
    """Look for lines that were changed, taken out, moved or cut off; exit code 1 when something is found."""
    do("verify_erasures", service)


@backup.command("tell-again")
def tell_again(service: Service = "") -> None:
    """After a restore onto an empty bus, tell once more what was told lately; `circle restore` has done it."""
    do("tell_again", service)


def _room(name: str) -> Any:
    """A module that the other commands, and the runner, do without."""
    return importlib.import_module(f"deploy.local.backup.{name}")


def _instant(until: str) -> datetime | None:
    if until == "latest":
        return None
    try:
        found = datetime.fromisoformat(until)
    except ValueError:
        raise StartError("say `latest`, or an instant with its offset: 2026-11-26T03:00:00+00:00") from None
    if found.tzinfo is None:
        raise StartError("an instant needs its offset, for instance +00:00")
    return found


@contextmanager
def _told() -> Iterator[None]:
    """Say what is in the way, without the trace of a program."""
    try:
        yield
    except StartError as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
