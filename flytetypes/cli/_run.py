"""`flytetypes run FILE ENTITY --name VALUE …`: a task, workflow or launch plan; its inputs are the options."""

from __future__ import annotations

import asyncio
import inspect
import json
import traceback
from collections.abc import Awaitable
from functools import cached_property
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typing_extensions import override

from flytetypes._annotations import source_of
from flytetypes.authoring import Entity, ReferenceEntity
from flytetypes.cli._load import load_one_file
from flytetypes.cli._values import table_of, value_from_text
from flytetypes.errors import ConversionError
from flytetypes.interface import MISSING, Interface, Variable
from flytetypes.types import dump_json


class _Entities(click.Group):
    """The tasks, workflows and launch plans of a file, each a command.

    References are left out: only their cluster runs them. What begins with an underscore can be run, and is not listed.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(name=path.name, help=f"The tasks, workflows and launch plans of {path.name}.")
        self.path = path

    @cached_property
    def _entities(self) -> dict[str, Entity[..., Any]]:
        module = load_one_file(self.path)
        return {
            name: entity
            for name, entity in vars(module).items()
            if isinstance(entity, Entity) and not isinstance(entity, ReferenceEntity)
        }

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for name in self._entities if not name.startswith("_"))

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entity = self._entities.get(cmd_name)
        if entity is None:
            return None
        try:
            return _command(cmd_name, entity)
        except Exception as error:  # noqa: BLE001 - the list of a file's commands needs every one of them
            return _broken(cmd_name, " ".join(str(error).split()))


class _Run(click.Group):
    """`run`, whose first argument is a file."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return []

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        path = Path(cmd_name)
        if not path.is_file():
            ctx.fail(f"there is no file '{cmd_name}'")
        return _Entities(path)


@click.group(cls=_Run, name="run", subcommand_metavar="FILE ENTITY [OPTIONS]")
def run() -> None:
    """Run a task, workflow or launch plan of a Python file, in this process.

    Options are made from its inputs: `flytetypes run flow.py my_workflow --help` lists them. Strings are given as they
    are, everything else as JSON: --values '[1, 2, 3]' --scaled true.
    """


def _command(name: str, entity: Entity[..., Any]) -> click.Command:
    interface = entity.interface

    def call(*, as_json: bool, **texts: str | None) -> None:
        arguments = {}
        for parameter, variable in zip(names, interface.inputs.values(), strict=True):
            text = texts[parameter]
            if text is not None:
                arguments[variable.name] = _parsed(text, variable)
            elif variable.default is MISSING:
                arguments[variable.name] = None  # only an Optional input gets here: click asks for the others
        _print(interface, _result(entity, arguments), as_json=as_json)

    # Names of click's own, by position: an input may be called as anything.
    names = [f"input_{index}" for index in range(len(interface.inputs))]
    options = [_option(*pair) for pair in zip(names, interface.inputs.values(), strict=True)]
    flag = "--json"
    while any(flag in option.opts for option in options):
        flag = f"--as-{flag.removeprefix('--')}"
    parameters: list[click.Parameter] = [
        *options,
        click.Option([flag, "as_json"], is_flag=True, help="Print the outputs as one JSON object."),
    ]
    outputs = ", ".join(str(variable) for variable in interface.outputs.values()) or "nothing"
    text = f"{interface.description or interface.signature()}\n\nGives {outputs}."
    return click.Command(name, params=parameters, callback=call, help=text)


def _result(entity: Entity[..., Any], arguments: dict[str, Any]) -> Any:
    """What a call gives; that of an `async def` is awaited."""
    try:
        result = entity(**arguments)
        return asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result
    except NotImplementedError as error:
        *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
        if frame.f_globals.get("__name__", "").partition(".")[0] != __name__.partition(".")[0]:
            raise  # the user's own
        raise click.ClickException(str(error)) from None


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


def _broken(name: str, problem: str) -> click.Command:
    """The command of an entity whose options cannot be made: it only says so."""
    text = f"`{name}` cannot be run from here: {problem}"

    def call() -> None:
        raise click.ClickException(text)

    return click.Command(name, callback=call, help=text)


def _flag(variable: Variable) -> str:
    """The option of an input: `--number-of-items`; underscores at the front stay."""
    rest = variable.name.lstrip("_")
    return f"--{'_' * (len(variable.name) - len(rest))}{rest.replace('_', '-')}"


def _option(parameter: str, variable: Variable) -> click.Option:
    described = "" if variable.description == variable.name else variable.description
    default = "" if variable.default is MISSING else f"[default: {_shown_default(variable)}]"
    return click.Option(
        [*dict.fromkeys((_flag(variable), f"--{variable.name}")), parameter],
        metavar=source_of(variable.annotation),
        required=variable.default is MISSING and not variable.optional,
        help=" ".join(part for part in (described, default) if part),
    )


def _shown_default(variable: Variable) -> str:
    if variable.default is None:
        return "None"
    try:
        return json.dumps(dump_json(variable.default, variable.converter), ensure_ascii=False)
    except (ConversionError, TypeError, ValueError, RecursionError):  # it has no form in JSON
        return " ".join(repr(variable.default).split())


def _parsed(text: str, variable: Variable) -> Any:
    try:
        return value_from_text(text, variable.converter)
    except ConversionError as error:
        raise click.BadParameter(str(error.within(variable.name)), param_hint=f"'{_flag(variable)}'") from None


def _print(interface: Interface, result: Any, *, as_json: bool) -> None:
    outputs = interface.named_outputs(result)
    if as_json:
        tree = {name: dump_json(value, interface.outputs[name].converter) for name, value in outputs.items()}
        click.echo(json.dumps(tree, ensure_ascii=False))
        return
    table = Table("output", "type", "value", title=interface.name)
    for name, value in outputs.items():
        for index, (part, text) in enumerate(table_of(value)):
            shown = f"{name}.{part}" if part else name
            annotation = source_of(interface.outputs[name].annotation) if index == 0 else ""
            table.add_row(*map(escape, (shown, annotation, text)))
    Console().print(table)
