"""`circle bootstrap` and `circle keys`: for whoever runs the platform, with its settings in the environment."""

import importlib
from typing import Annotated, Any, Final

import typer

keys: Final = typer.Typer(no_args_is_help=True, help="Signing keys of the token issuer.")


def register(app: typer.Typer) -> None:
    """Put them into `circle`."""
    app.command()(bootstrap)
    app.add_typer(keys, name="keys")


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


def _loaded() -> Any:
    """The whole platform costs seconds to import, so only these commands do."""
    return importlib.import_module("deploy.local.bootstrap")
