"""The sources that a command is given: which files they are, and what these define."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from flytetypes._record import Record
from flytetypes.authoring import EagerTask, Entity, LaunchPlan, Mapped, ReferenceEntity, Task, WorkflowEntity
from flytetypes.cli._load import load_file
from flytetypes.errors import FlyteTypesError, one_line, told

# What a search of a directory passes by: running these does more than defining something.
_PROGRAMS = ("__main__.py", "setup.py")


class NotLoaded(click.ClickException):
    """Something that the command line names could not be loaded."""

    exit_code = 2


class Failure(Record):
    """A file that could not be loaded.

    Attributes:
        file: Its path.
        line: Where in it, if that is known.
        message: Why, as one line.
    """

    file: str
    line: int | None
    message: str


class Sources(Record):
    """What files define.

    Attributes:
        files: Those that were loaded.
        entities: Their tasks, workflows and launch plans, in the order of the files and of their lines; without what
            they import from elsewhere.
        failures: Files that could not be loaded.
    """

    files: tuple[Path, ...]
    entities: tuple[Entity[..., Any], ...]
    failures: tuple[Failure, ...]

    @property
    def to_check(self) -> list[Entity[..., Any]]:
        """The entities, and the workflows that eager tasks come with."""
        return [*self.entities, *(each.workflow for each in self.entities if isinstance(each, EagerTask))]


def files_of(paths: Sequence[str]) -> list[Path]:
    """The Python files that paths stand for: a file, those of a directory, or those of a package by its name.

    Raises:
        NotLoaded: For what is none of these.
    """
    found: dict[Path, None] = {}
    for text in paths:
        path = Path(text)
        if not path.exists():
            path = _package_directory(text)
        files = _python_files(path) if path.is_dir() else [path]
        if not files:
            raise NotLoaded(f"there is no Python file in '{text}'")
        found.update(dict.fromkeys(file.resolve() for file in files))
    return list(found)


def _package_directory(name: str) -> Path:
    """Where a module is that is given by its name."""
    spec = None
    if all(part.isidentifier() for part in name.split(".")):
        if "" not in sys.path:
            sys.path.insert(0, "")
        # Not of `a.b.c` at once: that would import `a.b`, which may fail.
        first, *rest = name.split(".")
        with contextlib.suppress(ImportError, ValueError):
            spec = importlib.util.find_spec(first)
        for place in (spec.submodule_search_locations or ()) if spec is not None and rest else ():
            below = Path(place, *rest)
            if below.is_dir() or below.with_suffix(".py").is_file():
                return below if below.is_dir() else below.with_suffix(".py")
        if spec is not None and not rest:
            places = list(spec.submodule_search_locations or ())
            if places:
                return Path(places[0])
            if spec.origin is not None and spec.origin.endswith(".py"):
                return Path(spec.origin)
    raise NotLoaded(f"there is no file, directory or package '{name}'")


def _python_files(directory: Path) -> list[Path]:
    """The Python files below a directory, sorted; not those of hidden directories, and of virtual environments."""
    found = []
    for folder, directories, names in os.walk(directory):
        directories[:] = sorted(
            name
            for name in directories
            if not name.startswith(".") and name != "__pycache__" and not Path(folder, name, "pyvenv.cfg").exists()
        )
        found += [Path(folder, name) for name in sorted(names) if name.endswith(".py") and name not in _PROGRAMS]
    return sorted(found)


def load_sources(files: Sequence[Path], root: Path | None = None) -> Sources:
    """Import files, and find what they define. No task runs; what they print goes to standard error.

    Args:
        files: As `files_of` finds them.
        root: The directory that their names begin at; see `load_file`.
    """
    loaded: list[tuple[Path, ModuleType]] = []
    failures = []
    with contextlib.redirect_stdout(sys.stderr):
        for file in files:
            try:
                loaded.append((file, load_file(file, root)))
            except click.ClickException as error:
                failures.append(Failure(str(file), None, one_line(error.message)))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the user's code raises
                failures.append(_failure(file, error, files))
    entities: dict[int, Entity[..., Any]] = {}
    for file, module in loaded:
        for entity in defined_in(module, file):
            try:
                _ = entity.interface
            except FlyteTypesError as error:  # an annotation with a name that nobody has defined
                place = getattr(entity, "place", None)
                failures.append(Failure(str(file), place and place.line, one_line(str(error))))
            else:
                entities.setdefault(id(entity), entity)
    for plan in list(LaunchPlan.CACHE.values()):  # nobody needs to keep a plan in a variable
        if id(plan.workflow) in entities and plan.name != plan.workflow.name:
            entities.setdefault(id(plan), plan)
    return Sources(tuple(file for file, _ in loaded), tuple(entities.values()), tuple(failures))


def _failure(file: Path, error: BaseException, files: Iterable[Path]) -> Failure:
    """What a module raised when it was imported, where in the sources it came from."""
    known = {str(each) for each in files}
    steps = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    place = next(((name, line) for name, line in reversed(steps) if name in known), (str(file), None))
    if isinstance(error, SystemExit):
        message = f"it ends the program when it is imported: {told(error)}"
    else:
        message = str(error) if isinstance(error, FlyteTypesError) else told(error)
    if place[0] != str(file):
        message = f"{Path(place[0]).name}, line {place[1]}: {message}"
        place = (str(file), None)
    return Failure(place[0], place[1], one_line(message))


def defined_in(module: ModuleType, file: Path) -> Iterator[Entity[..., Any]]:
    """The tasks, workflows and launch plans in the variables of a module, without what it imports from elsewhere."""
    imported, has_star = _imported_names(file)
    seen: set[int] = set()
    for name, value in list(vars(module).items()):
        if not is_own_kind(value) or id(value) in seen or name in imported:
            continue
        if has_star and _is_elsewhere(name, value, module):
            continue
        seen.add(id(value))
        yield value


def is_own_kind(value: object) -> bool:
    """Whether something is registered by itself: neither a reference nor a map, which comes with what uses it."""
    return isinstance(value, (Task, WorkflowEntity, LaunchPlan)) and not isinstance(value, (Mapped, ReferenceEntity))


def _is_elsewhere(name: str, value: object, module: ModuleType) -> bool:
    return any(
        getattr(other, "__dict__", {}).get(name) is value for other in list(sys.modules.values()) if other is not module
    )


def _imported_names(file: Path) -> tuple[set[str], bool]:
    """The variables of a module that an import has bound, and whether it imports all of another one (`*`)."""
    bound: dict[str, bool] = {}
    pending: list[ast.AST] = [ast.parse(file.read_bytes(), str(file))]
    while pending:
        node = pending.pop()
        match node:
            case ast.ImportFrom(names=aliases) | ast.Import(names=aliases):
                bound.update(dict.fromkeys((alias.asname or alias.name for alias in aliases), True))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound[name] = False
            case ast.Name(id=name, ctx=ast.Store()):
                bound[name] = False
            case ast.Lambda():
                pass
            case _:
                pending += list(ast.iter_child_nodes(node))[::-1]
    return {name for name, is_import in bound.items() if is_import}, "*" in bound
