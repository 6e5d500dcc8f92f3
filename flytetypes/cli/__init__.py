"""The command line: `flytetypes run`, `show` and `convert`."""

from __future__ import annotations

import sys

import click

from flytetypes.cli._convert import convert
from flytetypes.cli._run import run
from flytetypes.cli._show import show
from flytetypes.errors import FlyteTypesError

__all__ = ["cli", "main"]

# How many notes of an error are shown at either end.
_NOTES = 3


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="flytetypes")
def cli() -> None:
    """Typed workflows: run them, see how a type is handled, convert values."""


cli.add_command(run)
cli.add_command(show)
cli.add_command(convert)


def main() -> None:
    """The program; an error of ours is its message on standard error and exit status 1."""
    try:
        cli()
    except FlyteTypesError as error:
        _shorten_notes(error)
        notes = "".join(f"\n  {note}" for note in getattr(error, "__notes__", ()))
        click.echo(f"error: {error}{notes}", err=True)
        sys.exit(1)
    except Exception as error:
        _shorten_notes(error)
        raise


def _shorten_notes(error: BaseException) -> None:
    """Of many notes keep the first and the last: a task that calls itself leaves one for each call."""
    notes = getattr(error, "__notes__", [])
    if len(notes) > 2 * _NOTES:
        notes[_NOTES:-_NOTES] = [f"… {len(notes) - 2 * _NOTES} more"]
