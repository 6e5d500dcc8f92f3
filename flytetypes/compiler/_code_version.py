"""The version of a function's code, and of what it calls in the same project: what a cached result was computed by.

Comments, formatting, docstrings and the names of local variables do not count. What is installed is not looked into,
and what the code finds by a name that it computes is not found here.

One pass over things: each is a function, a class, an assignment or a module, has a number in the order in which it was
met, and is told once; whoever names it says its number. So circles end, and nothing depends on the machine: there are
no paths, no addresses, no order of sets.
"""

from __future__ import annotations

import ast
import builtins
import functools
import linecache
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from pathlib import PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from flytetypes.compiler._code_source import Source, absolute_name, file_of, source_of
from flytetypes.compiler._code_text import Chain, CodeText

_SCALARS: Final = (type(None), bool, float, complex, str, bytes, range, type(Ellipsis), type(NotImplemented))
# Values of these are told by their repr.
_TOLD_BY_REPR: Final = {
    *("datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta", "datetime.timezone"),
    *("decimal.Decimal", "fractions.Fraction", "uuid.UUID", "zoneinfo.ZoneInfo"),
}
_LIBRARY: Final = os.path.dirname(os.path.realpath(os.__file__)) + os.sep  # noqa: PTH120 - as module files are told
_INSTALLED: Final = re.compile(r"[/\\](site|dist)-packages[/\\]")
_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]+")
_MISSING: Final = object()


def code_version(function: Callable[..., Any]) -> str:
    """The version of a function, and of the functions, classes and constants of its project that it names, and so on.

    The project is what is neither the standard library nor installed, and whatever is in the function's own top-level
    package. A name is looked up when this is called: by then the modules should be complete. Annotations, defaults,
    the decorators with their arguments, and the names of parameters count. A constant counts by the statements that
    make it, so what it happens to be on this machine or by now does not matter; a table of functions or classes counts
    with those in it, however they came there. A module that is imported inside a function counts as a whole. Code
    without source counts by its bytecode.

    Args:
        function: A function, or a task or a method, which stands for its function.

    Returns:
        A SHA-256, 64 hex digits: the same in every process and on every machine. For code without source that needs
        the same version of Python.
    """
    import hashlib  # costs more than this module, and few programs need it

    digest = hashlib.sha256()
    for text in _Reader(function).texts():
        digest.update(text.encode("utf-8", "surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()


class _Reader:
    """The things that were met, and how they are described."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.package = _package_of(root)
        self.numbers: dict[Any, int] = {}  # by what makes a thing itself
        self.waiting: list[Callable[[], Iterable[str]]] = []
        self.sources: dict[str, Source | None] = {}

    def texts(self) -> Iterator[str]:
        yield from self.value(self.root)
        for describe in self.waiting:  # grows meanwhile
            yield "thing"
            yield from describe()

    def number(self, key: Any, describe: Callable[[], Iterable[str]]) -> str:
        """The number of a thing; `describe` is called once, and keeps alive what `key` is the id of."""
        if key not in self.numbers:
            self.numbers[key] = len(self.waiting)
            self.waiting.append(describe)
        return f"#{self.numbers[key]}"

    def in_project(self, module: str, file: str | None) -> bool:
        package = module.partition(".")[0]
        if package == self.package or package == "__main__":
            return True
        if package == "flytetypes" or package in sys.stdlib_module_names or file is None:
            return False
        return not (_INSTALLED.search(file) or os.path.realpath(file).startswith(_LIBRARY))

    # --- values -------------------------------------------------------------------------------------------------------

    def value(self, value: Any) -> list[str]:
        """A value as texts; of an object of an unknown kind they tell the class."""
        texts: list[str] = []
        around: set[int] = set()  # the containers that the next value is in
        todo: list[tuple[str, Any]] = [("value", value)]
        while todo:
            kind, part = todo.pop()
            if kind == "end":
                texts.append(")")
                around.discard(part)
            elif (inner := _parts(part)) is None:
                texts += self.atom(part)
            elif id(part) in around:
                texts.append("again")
            else:
                texts += [*self.atom(type(part)), "("]
                around.add(id(part))
                todo.append(("end", id(part)))
                todo += [("value", each) for each in reversed(inner)]
        return texts

    def atom(self, value: Any) -> list[str]:
        cls = type(value)
        if cls is int:
            return [f"int {value:x}"]  # decimal digits have a limit
        if cls in _SCALARS:
            return [f"{cls.__name__} {value!r}"]
        if isinstance(value, Enum):
            return [*self.atom(cls), value.name or repr(value.value)]
        if isinstance(value, PurePath):
            return ["path", value.as_posix()]
        if isinstance(value, re.Pattern):
            return ["pattern", repr(value.pattern), str(value.flags)]
        if isinstance(value, ModuleType):
            return [self.module(value.__name__, getattr(value, "__file__", None))]
        if isinstance(value, type):
            if self.is_ours(value):
                return [self.number(id(value), functools.partial(self.class_, value))]
            return [_public_name(value)]
        if (inner := _inside(value)) is not None:
            return self.value(inner)
        if isinstance(value, (FunctionType, BuiltinFunctionType)):
            return self.callable_(value)
        if f"{cls.__module__}.{cls.__qualname__}" in _TOLD_BY_REPR:
            return [repr(value)]
        if cls.__module__ in ("typing", "types", "typing_extensions"):
            return [_ADDRESS.sub("", repr(value))]
        return ["object of", *self.atom(cls)]

    def callable_(self, value: Any) -> list[str]:
        if isinstance(value, FunctionType):
            names = value.__globals__
            # Not `__module__`: `functools.wraps` says there where the wrapped one is from.
            if self.in_project(names.get("__name__", ""), names.get("__file__")):
                return [self.number(id(value), functools.partial(self.function, value))]
            if hasattr(value, "__wrapped__"):
                return ["wrapped", *self.value(value.__wrapped__)]
        return [_public_name(value)]

    def is_ours(self, cls: type) -> bool:
        module = sys.modules.get(cls.__module__)
        return self.in_project(cls.__module__, getattr(module, "__file__", None))

    def module(self, name: str, file: str | None) -> str:
        """A whole module: its source, and the modules of the project that it imports, loaded or not."""
        if not self.in_project(name, file):
            return f"module {name}"
        return self.number(("module", name), functools.partial(self.module_texts, name, file))

    # --- things -------------------------------------------------------------------------------------------------------

    def function(self, function: FunctionType) -> Iterator[str]:
        code = function.__code__
        source = self.source(code.co_filename, function.__globals__)
        node = source.function(code) if source is not None else None
        if source is None or node is None:
            yield from self.bytecode(function)
            return
        cells = _cells(function)
        yield from self.named(source.dump([node]), function.__globals__, cells)
        # Other defaults are told by their expressions; this name may have been anybody's, in a loop say.
        by_name = function.__kwdefaults__ or {}
        pairs = [
            *zip(node.args.defaults, function.__defaults__ or (), strict=False),
            *zip(node.args.kw_defaults, (by_name.get(each.arg) for each in node.args.kwonlyargs), strict=True),
        ]
        for default, value in pairs:
            if isinstance(default, ast.Name) and default.id not in function.__globals__:
                yield from self.value(value)
        if hasattr(function, "__wrapped__"):
            yield from self.value(function.__wrapped__)

    def bytecode(self, function: FunctionType) -> Iterator[str]:
        names: dict[str, None] = {}
        todo = [function.__code__]
        while todo:
            code = todo.pop()
            parameters = code.co_argcount + code.co_kwonlyargcount
            yield from ("code", code.co_code.hex(), *code.co_varnames[:parameters], *code.co_names)
            names.update(dict.fromkeys((*code.co_names, *code.co_freevars)))
            for index, constant in enumerate(code.co_consts):
                if isinstance(constant, CodeType):
                    todo.append(constant)
                elif index or not isinstance(constant, str) or code.co_name.startswith("<"):  # no docstring
                    yield from self.value(constant)
        yield from self.value((function.__defaults__, function.__kwdefaults__, function.__annotations__))
        for name in names:
            yield from self.resolved((name,), function.__globals__, _cells(function))

    def class_(self, cls: type) -> Iterator[str]:
        found = self.class_nodes(cls)
        if found is not None:
            source, nodes = found
            functions = [each for each in map(_function_of, vars(cls).values()) if each is not None]
            cells = {name: value for each in functions for name, value in _cells(each).items()}
            yield from self.named(source.dump(nodes), vars(sys.modules.get(cls.__module__, builtins)), cells)
            return
        yield cls.__qualname__
        for base in cls.__bases__:
            yield from self.atom(base)
        for name, value in sorted(vars(cls).items()):
            function = _function_of(value)
            if function is not None:
                yield from (name, *self.callable_(function))
            elif name == "__annotations__" or not name.startswith("__"):
                yield from (name, *self.value(value))

    def module_texts(self, name: str, file: str | None) -> Iterator[str]:
        source = self.source(file or "", {"__name__": name})
        if source is None:
            yield f"module {name}"
            return
        dump = source.dump([source.tree])
        yield dump.digest
        is_package = os.path.basename(file or "").startswith("__init__.")  # noqa: PTH119 - as module files are told
        yield from self.imported(dump.imports, name if is_package else name.rpartition(".")[0])

    def assignment(self, source: Source, names: Mapping[str, Any], own: str) -> Iterator[str]:
        yield from self.named(source.dump(source.assignments[own]), names, {own: _MISSING})

    # --- names --------------------------------------------------------------------------------------------------------

    def named(self, dump: CodeText, names: Mapping[str, Any], cells: Mapping[str, Any]) -> Iterator[str]:
        """A piece of code, then what each of the names is that it uses and does not bind."""
        yield dump.digest
        for chain in dump.chains:
            yield from self.resolved(chain, names, cells)
        yield from self.imported(dump.imports, names.get("__package__") or "")

    def resolved(self, chain: Chain, names: Mapping[str, Any], cells: Mapping[str, Any]) -> Iterator[str]:
        name, *attributes = chain
        yield f"uses {'.'.join(chain)}"
        if name in cells:
            value = cells[name]
            if not isinstance(value, ModuleType) and value is not _MISSING:
                yield from self.value(value)
                return
        else:
            value = names.get(name, _MISSING)
        if name.startswith("__") or value is _MISSING:  # `__file__` and `__name__` differ from machine to machine
            return
        while isinstance(value, ModuleType) and attributes:
            inner = vars(value).get(attributes[0], _MISSING)
            if inner is _MISSING or not self.in_project(value.__name__, getattr(value, "__file__", None)):
                break
            names, value, name = vars(value), inner, attributes.pop(0)
        found = self.assigned(names, name) if self.is_made(value) else None
        if found is None:
            yield from self.value(value)
            return
        source, names, name = found
        key = ("assignment", names.get("__name__"), name)
        yield self.number(key, functools.partial(self.assignment, source, names, name))
        for function in _code_in(value):  # what was registered; under which name, its decorator says
            yield from self.value(function)

    def is_made(self, value: Any) -> bool:
        """Whether a value is no definition that stands for itself, but what some expression gave."""
        if isinstance(value, type):
            return self.is_ours(value) and self.class_nodes(value) is None
        return not isinstance(value, (FunctionType, ModuleType))

    def assigned(self, names: Mapping[str, Any], name: str) -> tuple[Source, Mapping[str, Any], str] | None:
        """Where a value is made by statements at the top of a module: its source and names, and the name there."""
        seen = set()
        while (names.get("__name__"), name) not in seen:
            seen.add((names.get("__name__"), name))
            file = names.get("__file__")
            if not self.in_project(names.get("__name__", ""), file):
                return None
            source = self.source(file or "", names)
            if source is None:
                return None
            if name in source.assignments:
                return source, names, name
            for origin, origin_name in source.imports_of(name):
                module = sys.modules.get(absolute_name(origin, names.get("__package__") or ""))
                if module is not None and origin_name in vars(module):
                    names, name = vars(module), origin_name
                    break
        return None

    def imported(self, imports: Iterable[ast.Import | ast.ImportFrom], package: str) -> Iterator[str]:
        """The modules of the project that are imported inside of functions, whether that has happened or not."""
        for statement in imports:
            if isinstance(statement, ast.Import):
                candidates = [alias.name for alias in statement.names]
            else:
                origin = absolute_name(statement, package)
                candidates = [origin, *(f"{origin}.{alias.name}" for alias in statement.names)]
            for name in candidates:
                file = file_of(name)
                if file is not None and self.in_project(name, file):
                    yield self.module(name, file)

    # --- source -------------------------------------------------------------------------------------------------------

    def source(self, file: str, names: Mapping[str, Any]) -> Source | None:
        """What `linecache` has by that name: a module, a cell of a notebook, a line of a prompt."""
        if file not in self.sources:
            linecache.checkcache(file)
            text = "".join(linecache.getlines(file, dict(names)))
            self.sources[file] = source_of(text) if text else None
        return self.sources[file]

    def class_nodes(self, cls: type) -> tuple[Source, list[ast.ClassDef]] | None:
        """The definitions that a class can have come from: one, but for a name that is defined in several branches."""
        module = sys.modules.get(cls.__module__)
        files = [getattr(module, "__file__", None) or ""]
        files += [each.__code__.co_filename for each in map(_function_of, vars(cls).values()) if each is not None]
        for file in dict.fromkeys(files):
            source = self.source(file, vars(module) if module is not None else {})
            if source is not None and cls.__qualname__ in source.classes:
                return source, source.classes[cls.__qualname__]
        return None


# --- what values are --------------------------------------------------------------------------------------------------


def _parts(value: Any) -> list[Any] | None:
    """What is in a container, or in an instance of a dataclass; None for everything else."""
    if isinstance(value, dict):
        return [part for item in value.items() for part in item]
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=_order)
    if not isinstance(value, type) and hasattr(type(value), "__dataclass_fields__"):
        names = [name for name in type(value).__dataclass_fields__ if hasattr(value, name)]
        return [part for name in names for part in (name, getattr(value, name))]
    return None


def _order(value: Any) -> str:
    """What members of a set are sorted by: the same in every process, which their hashes are not."""
    cls = type(value)
    if isinstance(value, (FunctionType, type)):
        line = value.__code__.co_firstlineno if isinstance(value, FunctionType) else 0
        return f"{value.__module__} {value.__qualname__} {line}"
    if (inner := _parts(value)) is not None:
        return f"{cls.__qualname__} ({', '.join(map(_order, inner))})"
    if isinstance(value, Enum):
        return f"{cls.__qualname__} {value.name}"
    return f"{cls.__qualname__} {value!r}" if cls is int or cls in _SCALARS else cls.__qualname__


def _code_in(value: Any) -> Iterator[Any]:
    """The functions and classes in a container, in order."""
    todo = [value]
    seen = set()
    while todo:
        value = todo.pop()
        inner = _parts(value)
        if inner is None:
            if isinstance(value, (FunctionType, type)) or _inside(value) is not None:
                yield value
        elif id(value) not in seen:
            seen.add(id(value))
            todo += inner[::-1]


def _inside(value: Any) -> Any:
    """What stands behind a callable that is no plain function: a task's function, a method's and its owner; or None."""
    if isinstance(value, MethodType):
        return (value.__func__, value.__self__)
    if isinstance(value, functools.partial):
        return ("partial", value.func, value.args, value.keywords)
    if isinstance(value, (staticmethod, classmethod)):
        return value.__func__
    if isinstance(value, FunctionType):
        return None
    own = getattr(value, "__dict__", {})
    is_entity = type(value).__module__.startswith("flytetypes.") and isinstance(own.get("function"), FunctionType)
    return own["function"] if is_entity else own.get("__wrapped__")


def _function_of(value: Any) -> FunctionType | None:
    """The function of what is in a class."""
    if isinstance(value, property):
        value = value.fget
    value = getattr(value, "__func__", value)
    return value if isinstance(value, FunctionType) else None


def _package_of(value: Any) -> str:
    """The top-level package of the function that stands behind a callable."""
    while not isinstance(value, (FunctionType, type)) and (inner := _inside(value)) is not None:
        value = inner[0] if isinstance(value, MethodType) else inner[1] if isinstance(inner, tuple) else inner
    if isinstance(value, FunctionType):
        return str(value.__globals__.get("__name__", "")).partition(".")[0]
    return (getattr(value, "__module__", None) or "").partition(".")[0]


def _cells(function: FunctionType) -> dict[str, Any]:
    """What a function's closure holds, by name."""
    cells = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            cells[name] = cell.cell_contents
        except ValueError:  # not bound yet
            cells[name] = _MISSING
    return cells


def _public_name(value: Any) -> str:
    """Where something that is installed is found; private modules are left out, they come and go."""
    module = getattr(value, "__module__", None) or ""
    parts = [part for part in module.split(".") if not part.startswith("_")]
    return f"installed {'.'.join([*parts, getattr(value, '__qualname__', type(value).__qualname__)])}"
