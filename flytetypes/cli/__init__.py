"""The command line: `flytetypes run`, `check`, `compile`, `package`, `serialize`, `show` and `convert`."""

from __future__ import annotations

import sys

import click

from flytetypes.cli._check import check
from flytetypes.cli._compile import compile_
from flytetypes.cli._convert import convert
from flytetypes.cli._package import package_, serialize
from flytetypes.cli._run import run
from flytetypes.cli._show import show
from flytetypes.errors import FlyteTypesError

__all__ = ["cli", "main"]

# How many notes of an error are shown at either end.
_NOTES = 3


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="flytetypes")
def cli() -> None:
    """Typed workflows: run, check, draw and package them; see how a type is handled, convert values."""


for command in (run, check, compile_, package_, serialize, show, convert):
    cli.add_command(command)


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
