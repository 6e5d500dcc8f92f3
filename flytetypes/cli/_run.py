"""`flytetypes run FILE ENTITY --name VALUE …`: a task, workflow or launch plan; its inputs are the options.

The words are read one after the other: options of ours, FILE or MODULE, ENTITY, and then those that its inputs make.
After ENTITY most of ours are known too, unless an input is called so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem
from typing_extensions import override

from flytetypes.authoring import Entity
from flytetypes.cli._entities import Source, split
from flytetypes.cli._follow import INTERRUPTED, Settings, followed
from flytetypes.cli._inputs import InputOption, arguments_of, inputs_in_file, inputs_in_stream, options_of, refused
from flytetypes.cli._outputs import print_outputs
from flytetypes.errors import ConversionError

_JSON: Final = "Print the outputs as one JSON object."


def _ours() -> list[click.Option]:
    """The options of ours that may also stand behind ENTITY. The names of click's own are no inputs' ones."""
    return [
        click.Option(
            ["--inputs-file", "our_inputs_file"],
            metavar="PATH",
            type=click.Path(exists=True, dir_okay=False),
            help="A mapping of inputs in JSON or YAML; a `-` as the last word reads it from standard input. "
            "What options say wins.",
        ),
        click.Option(
            ["--executor", "our_executor"],
            type=click.Choice(["threads", "processes"]),
            help="Where tasks run: in threads of this process, the default, or in processes.",
        ),
        click.Option(
            ["--max-parallelism", "our_max_parallelism"],
            metavar="N",
            type=click.IntRange(min=1),
            help="How many tasks run at the same time.",
        ),
        click.Option(["--json", "our_json"], is_flag=True, help=_JSON),
        click.Option(["--quiet", "our_quiet"], is_flag=True, help="Show no progress."),
        click.Option(
            ["--full-traceback", "our_full_traceback"],
            is_flag=True,
            help="Show errors with the frames of flytetypes.",
        ),
    ]


class _Run(click.Group):
    """`run`, whose first argument is a file or a module, and maybe one of its entities."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # before anything runs: a module is imported, a workflow compiled
            click.echo("stopped by Ctrl-C: nothing has run", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return []

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place, name = split(cmd_name)
        if ctx.resilient_parsing:
            source = _silently(place)
            if source is None:
                return None
        else:
            try:
                source = Source.of(place, full_traceback=bool(ctx.params.get("our_full_traceback")))
            except click.UsageError as error:
                error.ctx = ctx
                raise
        entities = _Entities(source)
        return entities if name is None else entities.get_command(ctx, name)

    @override
    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        place, colon, begun = incomplete.rpartition(":")
        if not colon:
            return [CompletionItem(incomplete, type="file")]
        source = _silently(place)
        names = sorted(source.entities) if source is not None else []
        return [CompletionItem(f"{place}:{name}") for name in names if name.startswith(begun)]


def _silently(place: str) -> Source | None:
    """What a word names, while a shell asks what may follow: what modules print would stand in its line."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            return Source.of(place)
        except (click.ClickException, KeyboardInterrupt):
            return None


class _Entities(click.Group):
    """The tasks, workflows and launch plans of a file, each a command.

    What begins with an underscore can be run, and is not listed.
    """

    def __init__(self, source: Source) -> None:
        super().__init__(
            name=source.shown,
            help=f"The tasks, workflows and launch plans of {source.shown}.",
            invoke_without_command=True,
            no_args_is_help=False,
            subcommand_metavar="ENTITY [INPUTS]",
            callback=_list_if_alone,
        )
        self.source = source

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for name in self.source.entities if not name.startswith("_"))

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entity = self.source.entities.get(cmd_name)
        if entity is None:
            if ctx.resilient_parsing:
                return None
            raise click.UsageError(self.source.why_not(cmd_name), ctx)
        try:
            return _command(cmd_name, entity)
        except Exception as error:  # noqa: BLE001 - the list of a file's commands needs every one of them
            return _broken(cmd_name, entity, " ".join(str(error).split()))

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            about = command.short_help if command is not None else None
            rows.append((name, about or ""))
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


@click.pass_context
def _list_if_alone(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


_ABOVE: Final = [
    click.Option(["-c", "--config"], metavar="PATH", help="As for a cluster; a run here does not look at it."),
    click.Option(["-p", "--project"], metavar="NAME", help="The project in the id of the run."),
    click.Option(["-d", "--domain"], metavar="NAME", help="The domain in the id of the run."),
    click.Option(
        ["-i", "--image"],
        metavar="[NAME=]URI",
        multiple=True,
        help="As for a cluster; a run here does not look at it.",
    ),
]

run = _Run(
    "run",
    params=[*_ABOVE, *_ours()],
    subcommand_metavar="FILE|MODULE[:ENTITY] [ENTITY] [INPUTS]",
    help="""Run a task, workflow or launch plan of a Python file or module, on this machine.

    Options are made from its inputs: `flytetypes run flow.py my_workflow --help` lists them; `flytetypes run flow.py`
    lists what the file has. Strings are given as they are, lists, mappings and dataclasses in JSON or YAML or as the
    path of a file of either, files and dataframes by their path or URI: --values '[1, 2, 3]' --no-scaled --data a.csv

    Ends with 0, or with 1 when the run has failed, 2 when the command is wrong, 130 after Ctrl-C.
    """,
)


class _EntityCommand(click.Command):
    """An entity; takes a `-` as a word of its own."""

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words = {word for option in self.params if getattr(option, "is_boolean", False) for word in option.opts}
        # Behind a flag it is no value of that.
        for index, (word, after) in enumerate(pairwise(args)):
            if after == "-" and word in words:
                args = [*args[:index], f"{word}=true", *args[index + 1 :]]
        return super().parse_args(ctx, args)


def _command(name: str, entity: Entity[..., Any]) -> click.Command:
    interface = entity.interface
    inputs = options_of(interface)

    @click.pass_context
    def call(ctx: click.Context, /, **given: Any) -> None:
        above = _params_above(ctx)
        ours = {key: given.get(key) or above.get(key) for key in _OUR_NAMES}
        written, source = _written(entity, ours["our_inputs_file"], given["our_stream"])
        arguments = arguments_of(inputs, given, written, source)
        settings = Settings(
            executor=ours["our_executor"],
            max_parallelism=ours["our_max_parallelism"],
            project=ours["project"],
            domain=ours["domain"],
            quiet=bool(ours["our_quiet"]),
            full_traceback=bool(ours["our_full_traceback"]),
        )
        as_json = bool(ours["our_json"])
        with redirect_stdout(sys.stderr) if as_json else nullcontext():  # what tasks print is no part of the JSON
            try:
                outputs = followed(entity, arguments, settings)
            except ConversionError as error:
                raise refused(error, inputs, given, written, source) from None
        print_outputs(interface, outputs, as_json=as_json)

    outputs = ", ".join(str(variable) for variable in interface.outputs.values()) or "nothing"
    return _EntityCommand(
        name,
        params=[
            *inputs,
            *_ours_beside(inputs),
            click.Argument(["our_stream"], required=False, metavar="[-]"),
        ],
        callback=call,
        help=f"{interface.description or interface.signature()}\n\nGives {outputs}.",
        short_help=_summary(entity),
    )


def _params_above(ctx: click.Context) -> dict[str, Any]:
    """What was given before ENTITY."""
    return {} if ctx.parent is None else {**_params_above(ctx.parent), **ctx.parent.params}


_OUR_NAMES: Final = ("project", "domain", *(option.name or "" for option in _ours()))


def _ours_beside(inputs: Sequence[InputOption]) -> list[click.Option]:
    """Our options, but those whose names inputs have; the one that is asked for most has another one then."""
    taken = {name for option in inputs for name in (*option.opts, *option.secondary_opts)}
    flag = "--json"
    while flag in taken:
        flag = f"--as-{flag.removeprefix('--')}"
    return [
        click.Option([flag, "our_json"], is_flag=True, help=_JSON) if option.name == "our_json" else option
        for option in _ours()
        if option.name == "our_json" or not taken & {*option.opts}
    ]


def _written(entity: Entity[..., Any], path: str | None, stream: str | None) -> tuple[dict[str, Any], str]:
    """The inputs that a file or standard input says, and what to call it."""
    if stream not in (None, "-"):
        raise click.UsageError(f"'{stream}' is no option: inputs are given as `--name VALUE`")
    if path and stream:
        raise click.UsageError("inputs come from a file or from standard input: give `--inputs-file` or `-`")
    if path:
        return inputs_in_file(path, entity.interface), path
    return (inputs_in_stream(entity.interface), "standard input") if stream else ({}, "")


def _summary(entity: Entity[..., Any]) -> str:
    """The kind of an entity, and the first line of its docstring."""
    described = entity.interface.description
    return f"{entity.kind}: {described}" if described else entity.kind


def _broken(name: str, entity: Entity[..., Any], problem: str) -> click.Command:
    """The command of an entity whose options cannot be made: it only says so."""
    text = f"`{name}` cannot be run from here: {problem}"

    def call() -> None:
        raise click.ClickException(text)

    return click.Command(name, callback=call, help=text, short_help=f"{entity.kind}: {problem}")
