"""`flytetypes show`: how a type is handled, part by part; or what a task or workflow takes and gives.

With `--literal-type` the other way round: the annotation of a type that was met on the wire, as source code. With
`--graph` a workflow is drawn.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

import click

from flytetypes import idl
from flytetypes.authoring import Entity
from flytetypes.cli._graphs import message_tree, workflow_of
from flytetypes.cli._load import annotation_of
from flytetypes.compiler import FORMS, draw, picture_of
from flytetypes.errors import one_line
from flytetypes.interface import default_engine
from flytetypes.types import Explanation, source_code


@click.command()
@click.argument("annotation", metavar="ANNOTATION|MODULE:NAME", required=False)
@click.argument("entity", required=False)
@click.option("--graph", is_flag=True, help="Draw a workflow: MODULE:NAME, or FILE ENTITY.")
@click.option(
    "--form",
    type=click.Choice(list(FORMS)),
    help="What --graph draws: `text` unless this says otherwise; `svg` needs the extra `draw`.",
)
@click.option("--expand", is_flag=True, help="Draw the workflows that it calls with what is in them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.option(
    "--literal-type",
    metavar="JSON|FILE|-",
    help="Print the annotation for a LiteralType as source code. It is given as JSON, in a file or on standard input.",
)
def show(
    annotation: str | None,
    entity: str | None,
    *,
    graph: bool,
    form: str | None,
    expand: bool,
    as_json: bool,
    literal_type: str | None,
) -> None:
    """Show the type of an annotation on the wire, and which transformer handles each part of it.

    ANNOTATION is written as in Python: "dict[str, list[int]]". MODULE:NAME names a class, a task or a workflow.
    """
    if graph:
        if annotation is None or literal_type is not None or (as_json and form not in (None, "json")):
            raise click.UsageError("--graph takes MODULE:NAME or FILE ENTITY, and one form")
        with contextlib.redirect_stdout(sys.stderr):
            drawn = picture_of(workflow_of(annotation, entity).traced, expand=expand)
        click.echo(draw(drawn, form or ("json" if as_json else "text")), nl=False)
        return
    if entity is not None or form is not None or expand:
        raise click.UsageError("ENTITY, --form and --expand go with --graph")
    if literal_type is not None:
        if annotation is not None or as_json:
            raise click.UsageError("--literal-type stands alone: it prints source code for one type")
        click.echo(str(source_code(default_engine().guess(_literal_type(literal_type)))))
        return
    if annotation is None:
        raise click.UsageError("Missing argument 'ANNOTATION|MODULE:NAME', or the option '--literal-type'")
    target = annotation_of(annotation)
    click.echo(_entity(target, as_json=as_json) if isinstance(target, Entity) else _type(target, as_json=as_json))


def _literal_type(text: str) -> idl.LiteralType:
    """A LiteralType from its JSON, from a file with it, or from standard input."""
    shown = "the JSON"
    if not text.lstrip().startswith("{"):
        shown = "standard input" if text == "-" else one_line(text)
        try:
            with click.open_file(text, encoding="utf-8") as file:
                text = file.read()
        except (OSError, ValueError) as error:  # ValueError: null bytes, or what is no text
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise click.ClickException(f"{shown} is neither JSON nor a file that can be read: {reason}") from None
    try:
        tree = json.loads(text)
        if not isinstance(tree, dict):
            raise click.ClickException(f"{shown} is no LiteralType: expected an object, got `{type(tree).__name__}`")
        return idl.from_json(idl.LiteralType, tree)
    except RecursionError:
        raise click.ClickException(f"{shown} is no LiteralType: it is nested too deep") from None
    except ValueError as error:
        raise click.ClickException(f"{shown} is no LiteralType: {one_line(str(error))}") from None


def _type(annotation: Any, *, as_json: bool) -> str:
    engine = default_engine()
    explanation = engine.explain(annotation)
    if not as_json:
        return str(explanation)
    return json.dumps(
        {**_as_tree(explanation), "wire": message_tree(engine.literal_type(annotation))}, indent=2, ensure_ascii=False
    )


def _entity(entity: Entity[..., Any], *, as_json: bool) -> str:
    interface = entity.interface
    if as_json:
        return json.dumps(
            {
                "name": entity.name,
                "interface": message_tree(interface.to_idl()),
                "parameters": message_tree(interface.to_parameters()),
            },
            indent=2,
            ensure_ascii=False,
        )
    lines = [interface.signature(), *([f"  {interface.description}"] if interface.description else [])]
    for title, variables in (("input", interface.inputs), ("output", interface.outputs)):
        for variable in variables.values():
            described = "" if variable.description == variable.name else f"  {variable.description}"
            lines.append(f"  {title} {variable}: {idl.render_type(variable.converter.literal_type)}{described}")
    return "\n".join(lines)


def _as_tree(explanation: Explanation) -> dict[str, Any]:
    return {**vars(explanation), "parts": [[label, _as_tree(part)] for label, part in explanation.parts]}
