"""`flytetypes show`: how a type is handled, part by part; or what a task or workflow takes and gives."""

from __future__ import annotations

import json
from typing import Any

import click

from flytetypes import idl
from flytetypes.authoring import Task, Workflow
from flytetypes.cli._load import annotation_of
from flytetypes.interface import default_engine
from flytetypes.types import Explanation


@click.command()
@click.argument("annotation", metavar="ANNOTATION|MODULE:NAME")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def show(annotation: str, *, as_json: bool) -> None:
    """Show the type of an annotation on the wire, and which transformer handles each part of it.

    ANNOTATION is written as in Python: "dict[str, list[int]]". MODULE:NAME names a class, a task or a workflow.
    """
    target = annotation_of(annotation)
    click.echo(
        _entity(target, as_json=as_json) if isinstance(target, (Task, Workflow)) else _type(target, as_json=as_json)
    )


def _type(annotation: Any, *, as_json: bool) -> str:
    engine = default_engine()
    explanation = engine.explain(annotation)
    if not as_json:
        return str(explanation)
    return json.dumps(
        {**_as_tree(explanation), "wire": idl.to_json(engine.literal_type(annotation))}, indent=2, ensure_ascii=False
    )


def _entity(entity: Task[..., Any] | Workflow[..., Any], *, as_json: bool) -> str:
    interface = entity.interface
    if as_json:
        return json.dumps(
            {
                "name": entity.name,
                "interface": idl.to_json(interface.to_idl()),
                "parameters": idl.to_json(interface.to_parameters()),
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
