"""The inputs of an entity as options: what they are called, what the help says of them, and the values that were given.

An option is spelled as the parameter is, or with dashes. A boolean is a flag, `--x` and `--no-x`, and takes `true` and
`false` too; one that is not given is false, as a flag is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal

import click
from click.shell_completion import CompletionItem
from typing_extensions import override

from flytetypes._annotations import source_of
from flytetypes.cli._trees import text_of_stdin, tree_of_file, tree_of_text
from flytetypes.cli._values import choices_of, is_bool, value_from_text, value_from_tree
from flytetypes.data import FlyteDirectory, Handle
from flytetypes.errors import ConversionError, StorageError
from flytetypes.interface import MISSING, Interface, Variable
from flytetypes.types import dump_json

_LONGEST_METAVAR: Final = 60


class InputOption(click.Option):
    """The option of one input; its value is the text that was given, or None.

    Args:
        parameter: A name that no other parameter of the command has.
        variable: The input.
        taken: The names of all inputs.
    """

    def __init__(self, parameter: str, variable: Variable, taken: Mapping[str, Variable]) -> None:
        self.variable = variable
        self.is_boolean = is_bool(variable.converter) and variable.converter.annotation.origin is not Literal
        flag: dict[str, Any] = {"is_flag": False, "flag_value": "true"} if self.is_boolean else {}
        names = [_dashed(variable.name), f"--{variable.name}"]
        super().__init__(
            [*dict.fromkeys(names), parameter],
            metavar=_metavar(variable),
            help=_help(variable, self.is_boolean),
            type=_InputType(variable),
            **flag,
        )
        if self.is_boolean:
            # Not where another input is called so.
            negative = [f"--no{joint}{name.removeprefix('--')}" for joint, name in zip("-_", names, strict=True)]
            known = {spelling for name in taken for spelling in (_dashed(name), f"--{name}")}
            self.secondary_opts = [name for name in dict.fromkeys(negative) if name not in known]

    @override
    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        super().add_to_parser(parser, ctx)
        if self.secondary_opts:
            parser.add_option(obj=self, opts=self.secondary_opts, dest=self.name, action="store_const", const="false")

    @override
    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        if not self.is_boolean:
            return super().get_help_record(ctx)
        return " / ".join(filter(None, map(", ".join, (self.opts, self.secondary_opts)))), self.help or ""

    @property
    def is_required(self) -> bool:
        """Whether it must be given, here or in a file of inputs."""
        variable = self.variable
        return variable.default is MISSING and not variable.optional and not self.is_boolean

    @property
    def hint(self) -> str:
        """How an error calls it."""
        return f"'{self.opts[0]}'"


class _InputType(click.ParamType):  # type: ignore[type-arg]  # in some versions of click
    """The text itself; knows how to complete it."""

    name = "value"

    def __init__(self, variable: Variable) -> None:
        self.variable = variable

    @override
    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        converter = self.variable.converter
        choices = choices_of(converter) or (["true", "false"] if is_bool(converter) else [])
        if choices:
            return [CompletionItem(choice) for choice in choices if choice.startswith(incomplete)]
        if any(issubclass(cls, FlyteDirectory) for cls in converter.classes):
            return [CompletionItem(incomplete, type="dir")]
        return [CompletionItem(incomplete, type="file")]


def options_of(interface: Interface) -> list[InputOption]:
    """An option for each input. The names of click's own are by position: an input may be called as anything."""
    inputs = interface.inputs
    return [InputOption(f"input_{index}", variable, inputs) for index, variable in enumerate(inputs.values())]


def arguments_of(
    options: Sequence[InputOption], texts: Mapping[str, str | None], written: Mapping[str, Any], source: str
) -> dict[str, Any]:
    """The arguments of a call, without those that have their defaults.

    Args:
        options: Of all inputs.
        texts: What was given, by the parameters of the options; this wins.
        written: What a file of inputs says.
        source: What errors call that file.

    Raises:
        click.UsageError: For a value that does not fit, and for inputs that nobody gave.
    """
    now = datetime.now(UTC)
    arguments: dict[str, Any] = {}
    missing = []
    for option in options:
        variable = option.variable
        text = texts[option.name or ""]
        if text is not None:
            arguments[variable.name] = _read(value_from_text, text, variable, now, option.hint)
        elif variable.name in written:
            arguments[variable.name] = _read(value_from_tree, written[variable.name], variable, now, f"'{source}'")
        elif option.is_required:
            missing.append(option)
        elif variable.default is MISSING:
            arguments[variable.name] = None if variable.optional else False
    if missing:
        plural = "s" if len(missing) > 1 else ""
        raise click.UsageError(f"Missing option{plural} {', '.join(option.hint for option in missing)}.")
    return arguments


def refused(
    error: ConversionError,
    options: Sequence[InputOption],
    texts: Mapping[str, str | None],
    written: Mapping[str, Any],
    source: str,
) -> click.BadParameter:
    """The error of an argument that no literal can have, as one of what gave it; the rest as for `arguments_of`."""
    option = next(each for each in options if each.variable.name == error.steps[-1])
    is_written = texts[option.name or ""] is None and option.variable.name in written
    error.subject = None
    return click.BadParameter(str(error), param_hint=f"'{source}'" if is_written else option.hint)


def _read(read: Callable[..., Any], given: Any, variable: Variable, now: datetime, hint: str) -> Any:
    try:
        return read(given, variable.converter, now)
    except ConversionError as error:
        raise click.BadParameter(str(error.within(variable.name)), param_hint=hint) from None
    except StorageError as error:
        raise click.BadParameter(f"{error} - at `{variable.name}`", param_hint=hint) from None


# --- files of inputs --------------------------------------------------------------------------------------------------


def inputs_in_file(path: str, interface: Interface) -> dict[str, Any]:
    """What a file says of the inputs, by their names; raises `click.UsageError` for what is no such file."""
    return _mapping(lambda: tree_of_file(Path(path)), path, interface)


def inputs_in_stream(interface: Interface) -> dict[str, Any]:
    """The same from standard input."""
    return _mapping(lambda: tree_of_text(text_of_stdin()), "standard input", interface)


def _mapping(read: Callable[[], Any], source: str, interface: Interface) -> dict[str, Any]:
    hint = f"'{source}'"
    try:
        tree = read()
    except ValueError as error:
        raise click.BadParameter(f"{error}; it is to be a mapping of inputs", param_hint=hint) from None
    if not isinstance(tree, dict):
        raise click.BadParameter("it is to be a mapping of inputs, by their names", param_hint=hint)
    known = {name.replace("_", "-"): name for name in interface.inputs} | {name: name for name in interface.inputs}
    for name in tree:
        if name not in known:
            close = get_close_matches(str(name), interface.inputs, 1)
            meant = f" Did you mean '{close[0]}'?" if close else ""
            raise click.BadParameter(f"`{interface.name}` has no input '{name}'.{meant}", param_hint=hint)
        if known[name] != name and known[name] in tree:
            raise click.BadParameter(f"'{name}' and '{known[name]}' are the same input", param_hint=hint)
    return {known[name]: value for name, value in tree.items()}


# --- help -------------------------------------------------------------------------------------------------------------


def _dashed(name: str) -> str:
    """The option of an input: `--number-of-items`; underscores at the front stay."""
    rest = name.lstrip("_")
    return f"--{'_' * (len(name) - len(rest))}{rest.replace('_', '-')}"


def _metavar(variable: Variable) -> str:
    choices = f"[{'|'.join(choices_of(variable.converter))}]"
    return choices if 2 < len(choices) <= _LONGEST_METAVAR else source_of(variable.annotation)


def _help(variable: Variable, is_boolean: bool) -> str:
    described = "" if variable.description == variable.name else variable.description
    choices = choices_of(variable.converter)
    listed = f"One of {', '.join(choices)}." if len(_metavar(variable)) <= 2 < len(choices) else ""
    if variable.default is not MISSING:
        default = f"[default: {_shown_default(variable)}]"
    elif variable.optional:
        default = "[default: None]"
    else:
        default = "[default: false]" if is_boolean else "[required]"
    return " ".join(part for part in (described, listed, default) if part)


def _shown_default(variable: Variable) -> str:
    if variable.default is None:
        return "None"
    if isinstance(variable.default, timedelta):
        return str(variable.default)
    plain = variable.converter.plain
    try:
        if plain is not None and plain.stored and not isinstance(variable.default, Handle):
            return type(variable.default).__name__  # a frame: its JSON is where it has been stored
        return json.dumps(dump_json(variable.default, variable.converter), ensure_ascii=False)
    except (ConversionError, TypeError, ValueError, RecursionError):  # it has no form in JSON
        return " ".join(repr(variable.default).split())
