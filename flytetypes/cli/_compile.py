"""`flytetypes compile FILE ENTITY`: a workflow, checked, as a graph."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

import click

from flytetypes.cli._graphs import graph_tree, workflow_of
from flytetypes.cli._report import console, counted, print_diagnostics
from flytetypes.compiler import FORMS, LOCAL, TARGETS, check, draw, picture_of


@click.command("compile")
@click.argument("source", metavar="FILE|MODULE:NAME")
@click.argument("entity", required=False)
@click.option(
    "--form",
    type=click.Choice(list(FORMS)),
    default="text",
    show_default=True,
    help="`json` is the whole graph, with everything that is bound; the others are pictures of it. `svg` needs the "
    "extra `draw`.",
)
@click.option("--expand", is_flag=True, help="Draw the workflows that it calls with what is in them.")
@click.option("--target", type=click.Choice(TARGETS), default=LOCAL, show_default=True, help="As for `check`.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="The file to write; standard output otherwise.")
def compile_(source: str, entity: str | None, *, form: str, expand: bool, target: str, output: str | None) -> None:
    """Compile a workflow, and print its graph. No task runs.

    flytetypes compile flow.py my_workflow --form mermaid

    With errors nothing is printed but these, to standard error, and the exit status is 1.
    """
    with contextlib.redirect_stdout(sys.stderr):
        workflow = workflow_of(source, entity)
        found = check(workflow, target)
    print_diagnostics(console(stderr=True), found)
    errors = sum(diagnostic.is_error for diagnostic in found)
    if errors:
        raise click.ClickException(f"`{workflow.name}` has {counted(errors, 'error')}")
    graph = workflow.traced
    if form == "json":
        text = json.dumps(graph_tree(graph), indent=2, ensure_ascii=False) + "\n"
    else:
        text = draw(picture_of(graph, expand=expand), form)
    written(text, output)


def written(text: str, output: str | None) -> None:
    """Print a text, or write it to a file."""
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from None
