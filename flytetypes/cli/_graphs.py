"""Graphs on the command line: which one is meant, and its forms as text; the JSON of `compile` is made here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from flytetypes import idl
from flytetypes.authoring import (
    GATES,
    Binding,
    Branch,
    Condition,
    Conjunction,
    Constant,
    DictBinding,
    DynamicTask,
    EagerTask,
    Entity,
    Graph,
    LaunchPlan,
    ListBinding,
    Node,
    Overrides,
    Reference,
    ReferenceEntity,
    Sleep,
    Target,
    Value,
    WorkflowEntity,
    upstream_ids,
)
from flytetypes.cli._load import load_one_file, object_in
from flytetypes.errors import describe

# Of the JSON that `compile` prints; a new one when a field changes its meaning or goes.
_FORM = 1


def workflow_of(source: str, name: str | None) -> WorkflowEntity[..., Any]:
    """The workflow that the command line names: a file and a variable, or `MODULE:NAME`; of a launch plan its own.

    Raises:
        click.ClickException: For what is not there, and for what has no graph.
    """
    if name is None:
        module, colon, name = source.partition(":")
        if not colon or not name:
            raise click.UsageError("Missing argument 'ENTITY': FILE ENTITY, or MODULE:NAME")
        entity = object_in(module, name)
    else:
        path = Path(source)
        if not path.is_file():
            raise click.UsageError(f"there is no file '{source}'")
        known = vars(load_one_file(path))
        if name not in known:
            names = ", ".join(key for key, value in known.items() if isinstance(value, (WorkflowEntity, LaunchPlan)))
            raise click.ClickException(f"{path.name} has no `{name}`; its workflows: {names or 'none'}")
        entity = known[name]
    if isinstance(entity, LaunchPlan) and isinstance(entity.workflow, WorkflowEntity):
        return entity.workflow
    if isinstance(entity, EagerTask):
        return entity.workflow
    if isinstance(entity, WorkflowEntity):
        return entity
    if isinstance(entity, DynamicTask):
        raise click.ClickException(f"`{name}` is dynamic: its graph is made of its inputs, when it runs")
    kind = f"a {entity.kind}" if isinstance(entity, Entity) else describe(entity)
    raise click.ClickException(f"`{name}` is {kind}: only a workflow has a graph")


def graph_tree(graph: Graph) -> dict[str, Any]:
    """A graph as data, with all its bindings; the same graph gives the same tree."""
    entity = graph.entity
    return {
        "form": _FORM,
        "name": entity.name,
        "interface": message_tree(entity.interface.to_idl()),
        "parameters": message_tree(entity.interface.to_parameters()),
        "nodes": [_node_tree(node) for node in graph.nodes],
        "outputs": {name: _binding_tree(binding) for name, binding in graph.outputs.items()},
        "failure_node": graph.failure_node and _node_tree(graph.failure_node),
    }


def message_tree(message: Any) -> dict[str, Any]:
    """The JSON of a message, the keys of its maps sorted: their own order is by chance."""
    return dict(_sorted(idl.to_json(message)))


def _sorted(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _sorted(tree[key]) for key in sorted(tree)}
    return [_sorted(each) for each in tree] if isinstance(tree, list) else tree


def _node_tree(node: Node) -> dict[str, Any]:
    tree: dict[str, Any] = {
        "id": node.id,
        "place": str(node.place),
        **_target_tree(node.target),
        "inputs": {name: _binding_tree(binding) for name, binding in node.bindings.items()},
        "upstream": sorted(upstream_ids(node)),
        "after": list(node.after),
    }
    if node.overrides is not None:
        tree["overrides"] = _overrides_tree(node.overrides)
    if isinstance(node.target, Branch):
        branch = node.target
        tree["cases"] = [
            {"condition": _condition_tree(case.condition), "node": _node_tree(case.node)} for case in branch.cases
        ]
        last = branch.otherwise
        tree["else"] = {"fail": last} if isinstance(last, str) else last and _node_tree(last)
    return tree


def _target_tree(target: Target) -> dict[str, Any]:
    signature = target.interface.signature()
    if isinstance(target, Branch):
        return {"kind": "conditional", "name": target.name}
    if isinstance(target, GATES):
        span = target.duration if isinstance(target, Sleep) else target.timeout
        word = "duration_seconds" if isinstance(target, Sleep) else "timeout_seconds"
        kind = {"Approve": "approve", "WaitForInput": "wait for input", "Sleep": "sleep"}[type(target).__name__]
        return {"kind": kind, "name": target.name, "signature": signature, word: span.total_seconds()}
    tree = {"kind": getattr(target, "kind", "entity"), "name": target.name, "signature": signature}
    if isinstance(target, ReferenceEntity):
        tree["reference"] = {name: getattr(target.id, name) for name in target.id.__match_args__}
    return tree


def _binding_tree(binding: Binding) -> dict[str, Any]:
    match binding:
        case Constant(literal):
            return {"literal": message_tree(idl.Literal.FromString(literal))}
        case Reference():
            return _reference_tree(binding)
        case ListBinding(items):
            return {"list": [_binding_tree(item) for item in items]}
        case DictBinding(parts):
            return {"dict": {key: _binding_tree(item) for key, item in parts.items()}}
        case _:
            name = getattr(binding.annotation, "__name__", str(binding.annotation))
            fields = {key: _binding_tree(item) for key, item in binding.fields.items()}
            return {"record": name, "fields": fields}


def _reference_tree(reference: Reference) -> dict[str, Any]:
    """`node` is null for an input of the workflow."""
    return {"node": reference.node_id, "output": reference.output, "path": list(reference.path)}


def _condition_tree(condition: Condition) -> dict[str, Any]:
    if isinstance(condition, Conjunction):
        return {
            "operator": condition.operator,
            "left": _condition_tree(condition.left),
            "right": _condition_tree(condition.right),
        }
    return {
        "operator": condition.operator,
        "left": _operand_tree(condition.left),
        "right": _operand_tree(condition.right),
    }


def _operand_tree(operand: Reference | Value) -> dict[str, Any]:
    return {"value": _plain(operand.value)} if isinstance(operand, Value) else _reference_tree(operand)


def _overrides_tree(overrides: Overrides) -> dict[str, Any]:
    """What is given, JSON where it has that form, else as Python would show it."""
    given = {name: getattr(overrides, name) for name in overrides.__match_args__}
    return {name: _plain(value) for name, value in given.items() if value is not None and value is not False}


def _plain(value: Any) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return repr(value)
