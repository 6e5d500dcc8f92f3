"""Finding what the command line names: entities in files, objects in modules, annotations in text."""

from __future__ import annotations

import ast
import builtins
import collections
import datetime  # noqa: ICN001 - under its own name, as annotations name it
import decimal
import enum
import importlib
import importlib.util
import operator
import pathlib
import sys
import traceback
import typing
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from types import ModuleType
from typing import Any

import click

import flytetypes
from flytetypes.cli._traceback import frames_of, told_with_frames
from flytetypes.errors import FlyteTypesError, one_line, told

_MODULES: dict[str, Any] = {
    "builtins": builtins,
    "collections": collections,
    "datetime": datetime,
    "decimal": decimal,
    "enum": enum,
    "flytetypes": flytetypes,
    "pathlib": pathlib,
    "typing": typing,
    "uuid": uuid,
}


def load_file(path: Path, root: Path | None = None) -> ModuleType:
    """The module in a file, under the name that it has for files beside it.

    Args:
        path: The file. The directory that holds its outermost package goes on `sys.path`, as for `python FILE`.
        root: The directory on `sys.path` instead: the name is the path from there, as for what a container runs.

    Raises:
        click.ClickException: For what is no module, or imports what is not there.
    """
    path = path.resolve()
    if path.suffix != ".py":
        raise click.ClickException(f"{path.name} is not a Python file")
    if root is None:
        directory = path.parent
        while (directory / "__init__.py").exists():
            directory = directory.parent
    else:
        directory = root.resolve()
    names = list(path.relative_to(directory).with_suffix("").parts)
    if names[-1] == "__init__":
        del names[-1]
    if str(directory) not in sys.path:
        sys.path.insert(0, str(directory))
    name = ".".join(names)
    can_be_imported = bool(names) and all("." not in part for part in names)
    known = sys.modules.get(name)
    is_taken = known is not None and getattr(known, "__file__", None) != str(path)
    with _importing(path.name, path.stem):
        if root is None and (not can_be_imported or is_taken):
            return _load_apart(path)
        if not can_be_imported:
            raise click.ClickException(f"{path.name} cannot be imported: `{name}` is no name of a module")
        module = importlib.import_module(name)
    file = getattr(module, "__file__", None)
    if root is not None and file != str(path):
        raise click.ClickException(f"{path.name} cannot be imported: `{name}` is another module, {file or 'of Python'}")
    return module


def load_one_file(path: Path, *, full_traceback: bool = False) -> ModuleType:
    """The same for a command about this file alone: whatever its import raises is told, with the lines that led to it.

    Args:
        path: The file.
        full_traceback: Whether these are told with the frames of the framework.
    """
    with _telling(path.name, full_traceback=full_traceback):
        return load_file(path)


def load_one_module(module: str, *, full_traceback: bool = False) -> ModuleType:
    """The same for a module by its name; raises `NoModule` when it is not there."""
    with _telling(f"module `{module}`", full_traceback=full_traceback):
        return load_module(module)


class NoModule(click.ClickException):
    """There is no module of that name.

    Attributes:
        name: The part of it that is not there: `a.b` of `a.b.c`.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no module `{name}`")
        self.name = name


@contextmanager
def _telling(shown: str, *, full_traceback: bool) -> Generator[None, None, None]:
    try:
        yield
    except click.ClickException:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever the user's code raises
        if full_traceback:
            raise click.ClickException(f"{shown} cannot be imported\n{told_with_frames(error, full=True)}") from None
        what = "ends the program when it is imported" if isinstance(error, SystemExit) else "cannot be imported"
        why = str(error) if isinstance(error, FlyteTypesError) else told(error)
        lines = [f"{shown} {what}: {why}", *getattr(error, "__notes__", ()), frames_of(error)]
        raise click.ClickException("\n".join(line for line in lines if line)) from None


def _load_apart(path: Path) -> ModuleType:
    """The module in a file, under a name of its own."""
    name = plain = f"_flytetypes_file_{path.stem.replace('.', '_')}"
    number = 1
    while (known := sys.modules.get(name)) is not None and getattr(known, "__file__", None) != str(path):
        number += 1
        name = f"{plain}_{number}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise click.ClickException(f"{path.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@contextmanager
def _importing(shown: str, own: str) -> Generator[None, None, None]:
    """What can be wrong with the text of a module, and with its imports, as one line."""
    try:
        yield
    except FlyteTypesError:  # says what to do; some are import errors too
        raise
    except SyntaxError as error:
        where = Path(error.filename).name if error.filename else shown
        line = f", line {error.lineno}" if error.lineno else ""
        raise click.ClickException(f"{where}{line}: {one_line(error.msg)}") from None
    except ModuleNotFoundError as error:
        if error.name is None:
            raise click.ClickException(f"{shown} cannot be imported: {one_line(str(error))}") from None
        importer, number = _importer(error)
        problem = f"imports `{error.name}`, and there is no such module"
        if importer is None:
            raise click.ClickException(f"{shown} {problem}") from None
        if own != (importer.parent.name if importer.stem == "__init__" else importer.stem):
            raise click.ClickException(
                f"{shown} cannot be imported: {importer.name}, line {number}, {problem}"
            ) from None
        raise click.ClickException(f"{shown}, line {number}, {problem}") from None
    except ImportError as error:
        importer, number = _importer(error)
        where = f" ({importer.name}, line {number})" if importer is not None else ""
        raise click.ClickException(f"{shown} cannot be imported: {one_line(str(error))}{where}") from None


def _importer(error: ImportError) -> tuple[Path | None, int]:
    """The file and line whose import failed: the innermost one that is not the import machinery's."""
    steps = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    file, number = next((step for step in reversed(steps) if not step[0].startswith("<")), ("", 0))
    return Path(file) if file and file != __file__ else None, number


def annotation_of(text: str) -> Any:
    """An annotation from the text of one (`dict[str, list[int]]`), or from `MODULE:NAME`.

    Names are those of builtins, typing, datetime, collections, decimal, uuid, pathlib, enum and flytetypes. Only what
    annotations are made of is evaluated: names, attributes, brackets, `|` and constants.

    Raises:
        click.ClickException: For other text, and names that are not there.
    """
    module, colon, name = text.partition(":")
    if colon and all(part.isidentifier() for part in module.split(".")):
        return object_in(module, name)
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):  # ValueError: null bytes
        raise click.ClickException(f"`{one_line(text)}` is neither an annotation nor MODULE:NAME") from None
    except (RecursionError, MemoryError):
        raise click.ClickException("the annotation is nested too deep") from None
    try:
        return _evaluated(tree.body)
    except RecursionError:
        raise click.ClickException("the annotation is nested too deep") from None
    except click.ClickException:
        raise
    except Exception as error:  # noqa: BLE001 - what stands before a bracket may raise anything
        raise click.ClickException(f"`{one_line(text)}` is no annotation: {one_line(str(error))}") from None


def load_module(module: str) -> ModuleType:
    """A module by its name, also of the current directory."""
    if "" not in sys.path:
        sys.path.insert(0, "")
    with _importing(f"module `{module}`", module.rpartition(".")[2]):
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                raise  # it is there, and imports what is not
            raise NoModule(error.name) from None


def object_in(module: str, name: str) -> Any:
    """What a module has under a name, with dots if it lies deeper."""
    found: Any = load_module(module)
    try:
        return operator.attrgetter(name)(found)
    except AttributeError:
        raise click.ClickException(f"module `{module}` has no `{name}`") from None


def _evaluated(node: ast.expr) -> Any:
    match node:
        case ast.Name(id=name):
            return _named(name)
        case ast.Attribute(value=value, attr=attr):
            owner = _MODULES.get(value.id) if isinstance(value, ast.Name) else None
            owner = _evaluated(value) if owner is None else owner
            if attr.startswith("_") or not hasattr(owner, attr):
                raise click.ClickException(f"`{ast.unparse(node)}` is not there")
            return getattr(owner, attr)
        case ast.Subscript(value=value, slice=ast.Tuple(elts=elements)):
            return _evaluated(value)[tuple(_evaluated(element) for element in elements)]
        case ast.Subscript(value=value, slice=index):
            return _evaluated(value)[_evaluated(index)]
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return reduce(operator.or_, (_evaluated(left), _evaluated(right)))
        case ast.List(elts=elements):
            return [_evaluated(element) for element in elements]
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case _:
            raise click.ClickException(f"`{ast.unparse(node)}` is not part of an annotation")


def _named(name: str) -> Any:
    for module in (builtins, typing, flytetypes, collections, datetime, decimal, uuid, pathlib, enum):
        if hasattr(module, name) and not name.startswith("_"):
            found = getattr(module, name)
            # `datetime` and the like mean the class, as in an annotation.
            if not isinstance(found, ModuleType) and (isinstance(found, type) or module in (typing, flytetypes)):
                return found
    raise click.ClickException(f"there is no `{name}` in builtins, typing and flytetypes: use MODULE:NAME")
