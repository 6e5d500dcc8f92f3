"""`flytetypes check PATH…`: what is wrong with the workflows of files, directories and packages; nothing is run."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence
from time import perf_counter
from typing import Any

import click

from flytetypes._diagnostics import Diagnostic
from flytetypes.authoring import Entity, LaunchPlan, Task, WorkflowEntity
from flytetypes.cli._report import as_json, console, counted, print_diagnostics, print_failures
from flytetypes.cli._sources import Sources, files_of, load_sources
from flytetypes.compiler import LOCAL, TARGETS, check_all

# Of the document that `--json` prints; a new one when a field changes its meaning or goes.
_FORM = 1


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--target",
    type=click.Choice(TARGETS),
    default=LOCAL,
    show_default=True,
    help="What the workflows are to run on. For `flyte` it is an error what only a local run can do.",
)
@click.option("--no-warnings", is_flag=True, help="Leave warnings out.")
@click.option("-v", "--verbose", is_flag=True, help="List every workflow, with its time.")
@click.option("--json", "json_wanted", is_flag=True, help="Print one JSON document instead of text.")
def check(paths: tuple[str, ...], *, target: str, no_warnings: bool, verbose: bool, json_wanted: bool) -> None:
    """Find everything that is wrong with workflows, tasks and launch plans, without running a task.

    PATH is a Python file, a directory with some, or the name of a package. They are imported, and what they define is
    checked, with all that it calls; what they import from elsewhere only where it is called.

    The exit status is 0 when all is well but for warnings, 1 when there are errors, and 2 when something could not be
    loaded: the rest is checked nevertheless.
    """
    sources = load_sources(files_of(paths))
    started = perf_counter()
    with contextlib.redirect_stdout(sys.stderr):  # the bodies of workflows run
        times = _times(sources, target) if verbose or json_wanted else {}
        found = check_all(sources.to_check, target)
    milliseconds = (perf_counter() - started) * 1000
    if no_warnings:
        found = [diagnostic for diagnostic in found if diagnostic.is_error]
    if json_wanted:
        click.echo(json.dumps(_document(sources, target, found, times, milliseconds), indent=2, ensure_ascii=False))
    else:
        output = console()
        print_diagnostics(output, found)
        print_failures(output, sources.failures)
        if verbose:
            for entity in sources.entities:
                if id(entity) in times:
                    output.print(f"{times[id(entity)]:8.1f} ms  {entity.name}")
        output.print(_summary(sources, found, milliseconds))
    status = 2 if sources.failures else 1 if any(diagnostic.is_error for diagnostic in found) else 0
    click.get_current_context().exit(status)


def _times(sources: Sources, target: str) -> dict[int, float]:
    """How many milliseconds each workflow takes on its own, from its body to the last rule, with all that it calls."""
    times = {}
    for entity in sources.entities:
        if isinstance(entity, WorkflowEntity):
            started = perf_counter()
            check_all([entity], target)
            times[id(entity)] = (perf_counter() - started) * 1000
    return times


def _summary(sources: Sources, found: Sequence[Diagnostic], milliseconds: float) -> str:
    errors = sum(diagnostic.is_error for diagnostic in found)
    warnings = len(found) - errors
    problems = [counted(count, noun) for count, noun in ((errors, "error"), (warnings, "warning")) if count]
    if sources.failures:
        problems.append(f"{len(sources.failures)} not loaded")
    kinds = (("workflow", WorkflowEntity), ("launch plan", LaunchPlan), ("task", Task))
    counts = [(sum(isinstance(entity, kind) for entity in sources.entities), noun) for noun, kind in kinds]
    checked = [counted(count, noun) for count, noun in counts if count] or ["nothing to check"]
    return (
        f"{', '.join(problems) or 'no problems'}: {_listed(checked)} in {counted(len(sources.files), 'file')}, "
        f"checked in {milliseconds:.1f} ms"
    )


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _document(
    sources: Sources, target: str, found: Sequence[Diagnostic], times: dict[int, float], milliseconds: float
) -> dict[str, Any]:
    """The same as data. Times but `milliseconds` of the whole are of each workflow on its own."""
    return {
        "form": _FORM,
        "target": target,
        "files": [str(file) for file in sources.files],
        "entities": [_entity_tree(entity, times) for entity in sources.entities],
        "diagnostics": as_json(found),
        "failures": [
            {"file": failure.file, "line": failure.line, "message": failure.message} for failure in sources.failures
        ],
        "errors": sum(diagnostic.is_error for diagnostic in found),
        "warnings": sum(not diagnostic.is_error for diagnostic in found),
        "milliseconds": round(milliseconds, 3),
    }


def _entity_tree(entity: Entity[..., Any], times: dict[int, float]) -> dict[str, Any]:
    tree: dict[str, Any] = {"name": entity.name, "kind": entity.kind}
    place = getattr(entity, "place", None)
    if place is not None and place.file:
        tree |= {"file": place.file, "line": place.line}
    if isinstance(entity, WorkflowEntity):
        tree |= {"nodes": len(entity.traced.nodes), "milliseconds": round(times[id(entity)], 3)}
    return tree
