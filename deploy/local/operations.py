"""`circle bootstrap`, `audit`, `dead-letters` and `keys`: for whoever runs the platform.

They work on the settings in the environment, or without any on the platform of this checkout.
"""

import importlib
from typing import Annotated, Any, Final
from uuid import UUID

import typer

keys: Final = typer.Typer(no_args_is_help=True, help="Signing keys of the token issuer; the key ring.")
audit: Final = typer.Typer(no_args_is_help=True, help="The sealed record of every change and every view.")
dead_letters: Final = typer.Typer(no_args_is_help=True, help="Events that a service could not handle.")
Service = Annotated[str, typer.Option("--service", help="Only this one; needed with settings in the environment.")]


def register(app: typer.Typer) -> None:
    """Put them into `circle`."""
    app.command()(bootstrap)
    app.add_typer(keys, name="keys")
    app.add_typer(audit, name="audit")
    app.add_typer(dead_letters, name="dead-letters")


def bootstrap(renew: Annotated[bool, typer.Option("--renew", help="Replace a secret that was lost.")] = False) -> None:
    """Make the platform's first administrator; its secret is shown once, or taken from CIRCLE_BOOTSTRAP_SECRET."""
    typer.echo("\n".join(_loaded().make_administrator(renew=renew)))


@keys.command("rotate-signing")
def rotate_signing(
    at_once: Annotated[
        bool, typer.Option("--at-once", help="A key has got into wrong hands: withdraw all others, now.")
    ] = False,
) -> None:
    """Make a new signing key; unless at once, it is published for ten minutes before it signs."""
    typer.echo(_loaded().rotate_signing_key(at_once=at_once))


@keys.command("rotate")
def rotate_ring(service: Service = "") -> None:
    """Wrap every personal key anew under the key ring's current key; while the platform is down, make that key."""
    do("rotate_keys", service)


@audit.command("verify")
def verify_audit(service: Service = "") -> None:
    """Look for edits, deletions, swaps, a cut tail, a restored old copy; exit code 1 when something is found."""
    do("verify_audit", service)


@audit.command("search")
def search_audit(  # noqa: PLR0913 - each argument is an option of the command
    service: Service = "",
    subject: Annotated[UUID | None, typer.Option(help="Family, child, referral, volunteer, match …")] = None,
    actor: Annotated[str | None, typer.Option(help="Person, client, or `worker:` and a name.")] = None,
    organisation: Annotated[UUID | None, typer.Option(help="For which it was done.")] = None,
    action: Annotated[str | None, typer.Option(help="Method and path, as in the description.")] = None,
    changed: Annotated[bool | None, typer.Option("--changed/--seen", help="Only changes, or only views.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First day.")] = None,
    to: Annotated[str | None, typer.Option(help="Last day.")] = None,
    limit: Annotated[int, typer.Option(help="Lines of a partnership at the most, newest first.")] = 50,
) -> None:
    """Who saw or changed what, in every partnership; the search is noted where anything is found."""
    who = {"subject": subject, "actor": actor, "organisation": organisation, "action": action}
    do("search_audit", service, who | {"changed": changed, "from": first, "to": to, "limit": limit})


@dead_letters.command("list")
def list_dead_letters(service: Service = "") -> None:
    """Show what is parked, oldest first; exit code 1 when there is any."""
    do("list_dead_letters", service)


@dead_letters.command("replay")
def replay_dead_letters(service: Service = "") -> None:
    """Handle what is parked, in order of each key; exit code 1 when something stays."""
    do("replay_dead_letters", service)


def do(work: str, service: str, *asked: object) -> None:
    """One of the works of `upkeep`: say its lines, end with 0 when it is good."""
    upkeep = _loaded("upkeep")
    try:
        lines, good = getattr(upkeep, work)(service, *asked)
    except upkeep.NoServiceError as reason:
        lines, good = [str(reason)], False
    typer.echo("\n".join(lines))
    raise typer.Exit(0 if good else 1)


def _loaded(name: str = "bootstrap") -> Any:
    """The whole platform costs seconds to import, so only these commands do."""
    return importlib.import_module(f"deploy.local.{name}")
