"""The command line: `flytetypes run`, `check`, `compile`, `package`, `serialize`, `show` and `convert`."""

from __future__ import annotations

import sys
from contextlib import suppress

import click

from flytetypes.cli._check import check
from flytetypes.cli._compile import compile_
from flytetypes.cli._convert import convert
from flytetypes.cli._package import package_, serialize
from flytetypes.cli._run import run
from flytetypes.cli._show import show
from flytetypes.cli._traceback import shorten_notes
from flytetypes.errors import FlyteTypesError

__all__ = ["cli", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="flytetypes")
@click.option("-c", "--config", metavar="PATH", expose_value=False, help="Before `run`, as there.")
def cli() -> None:
    """Typed workflows: run, check, draw and package them; see how a type is handled, convert values."""


for command in (run, check, compile_, package_, serialize, show, convert):
    cli.add_command(command)


def main() -> None:
    """The program; an error of ours, or of standard output, is its message on standard error and exit status 1."""
    try:
        try:
            cli()
        finally:
            if sys.stdout is not None and not sys.stdout.closed:
                sys.stdout.flush()  # of an error at its own exit Python tells in its own way
    except FlyteTypesError as error:
        shorten_notes(error)
        notes = "".join(f"\n  {note}" for note in getattr(error, "__notes__", ()))
        click.echo(f"error: {error}{notes}", err=True)
        sys.exit(1)
    except OSError as error:
        with suppress(OSError):
            if sys.stdout is not None:
                sys.stdout.close()  # what it holds would be tried once more
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except Exception as error:
        shorten_notes(error)
        raise
