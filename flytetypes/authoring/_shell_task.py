"""Shell tasks: a script with its inputs filled in, and files that it leaves."""

from __future__ import annotations

import os
import re
import string
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from flytetypes._annotations import parse
from flytetypes._record import Record
from flytetypes.authoring._task import Task, TaskOptions
from flytetypes.data import FlyteDirectory, FlyteFile
from flytetypes.errors import OptionError, add_note, describe
from flytetypes.interface import Interface

if TYPE_CHECKING:
    from flytetypes.authoring._task import TaskKeywords


class OutputLocation(Record):
    """An output of a script, and where the script leaves it.

    Attributes:
        var: Its name.
        var_type: `FlyteFile` or `FlyteDirectory`.
        location: The path; `{inputs.x}` is filled in.
    """

    var: str
    var_type: Any
    location: str


class ShellTask(Task[..., Any]):
    """A shell script as a task: `{inputs.x}` and `{outputs.y}` in it are filled in.

    count = ShellTask(
        name="count_lines",
        script="wc -l {inputs.src} > {outputs.res}",
        inputs=kwtypes(src=FlyteFile),
        output_locs=[OutputLocation(var="res", var_type=FlyteFile, location="lines.txt")],
    )
    """

    kind = "shell task"

    def __init__(
        self,
        name: str,
        script: str | None = None,
        script_file: str | os.PathLike[str] | None = None,
        inputs: Mapping[str, Any] | None = None,
        output_locs: list[OutputLocation] | None = None,
        *,
        debug: bool = False,
        shell: str = "/bin/sh",
        **options: Unpack[TaskKeywords],
    ) -> None:
        """Make a shell task.

        Args:
            name: What it is registered as.
            script: The script.
            script_file: A file with the script, instead.
            inputs: Annotations by name.
            output_locs: What it leaves.
            debug: Whether a run prints the script first.
            shell: The program that runs the script, by `-c`.
            options: Those of `@task`.

        Raises:
            OptionError: For no script, or two; as `@task` does.
        """
        if (script is None) == (script_file is None):
            raise OptionError(f"the shell task `{name}` takes `script` or `script_file`: give one of them")
        if script is not None and not isinstance(script, str):
            raise OptionError(f"the script of the shell task `{name}` is a text; got {describe(script)}")
        self.script = Path(script_file).read_text() if script is None and script_file is not None else script or ""
        self.output_locations = tuple(output_locs or ())
        for each in self.output_locations:
            if not _is_one(each.var_type, FlyteFile) and not _is_one(each.var_type, FlyteDirectory):
                raise OptionError(
                    f"the output `{each.var}` of the shell task `{name}` is a FlyteFile or a FlyteDirectory; "
                    f"got {describe(each.var_type)}"
                )
        self.debug = debug
        self.shell = shell
        declared = Interface.declared(name, inputs or {}, {each.var: each.var_type for each in self.output_locations})
        super().__init__(name, declared, TaskOptions.of(**options))

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """Run the script here.

        Raises:
            OptionError: For `{...}` in the script that is neither an input nor an output.
            subprocess.CalledProcessError: When the script fails.
            FileNotFoundError: When it does not leave what it declares.
        """
        values = {
            name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in arguments.items()
        }
        inputs = _Names(values, "inputs")
        locations = {each.var: _filled(each.location, inputs=inputs) for each in self.output_locations}
        script = _filled(self.script, inputs=inputs, outputs=_Names(locations, "outputs"))
        if self.debug:
            print(script)  # noqa: T201 - what was asked for
        environment = {**os.environ, **self.options.environment}
        try:
            subprocess.run([self.shell, "-c", script], check=True, env=environment)  # noqa: S603 - the user's own script
        except subprocess.CalledProcessError as error:
            add_note(error, f"in task `{self.name}`")
            raise
        for name, location in locations.items():
            if not os.path.exists(location):  # noqa: PTH110 - a text, as the user wrote it
                raise FileNotFoundError(
                    f"the script of `{self.name}` left nothing at `{location}`, its output `{name}`"
                )
        kinds = {each.var: each.var_type for each in self.output_locations}
        results = [_result(kinds[name], location) for name, location in locations.items()]
        return None if not results else results[0] if len(results) == 1 else tuple(results)


def _result(kind: Any, location: str) -> Any:
    return FlyteDirectory(location) if _is_one(kind, FlyteDirectory) else FlyteFile(location)


def _is_one(kind: Any, parent: type) -> bool:
    annotation = parse(kind).origin
    return isinstance(annotation, type) and issubclass(annotation, parent)


class _Names:
    """Values by attribute, for `{inputs.x}`."""

    def __init__(self, values: Mapping[str, Any], what: str) -> None:
        self._values = values
        self._what = what

    def __getattr__(self, name: str) -> Any:
        if name not in self._values:
            raise OptionError(
                f"the script has {{{self._what}.{name}}}, and there are {', '.join(self._values) or 'none'}"
            )
        return self._values[name]


_FIELD = re.compile(r"\{(inputs|outputs)\.(\w+)\}")


def _filled(text: str, **names: _Names) -> str:
    """A script with what stands in its braces filled in.

    Where all braces belong to Python's format strings, as flytekit has it, doubled ones are single ones. Where others
    are among them, as shells and awk use them, all of those stay as they are.
    """
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        parts = []
    fields = [field for _, field, _, _ in parts if field is not None]
    if parts and all(field.partition(".")[0] in names and "." in field for field in fields):
        return string.Formatter().vformat(text, (), names)
    return _FIELD.sub(lambda found: str(getattr(names[found[1]], found[2])) if found[1] in names else found[0], text)
