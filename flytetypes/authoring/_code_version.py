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
import importlib.machinery
import importlib.util
import linecache
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final

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

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_NOT_CODE: Final = {"ctx", "kind", "type_comment", "type_ignores"}

Chain = tuple[str, ...]
"""A name, and the attributes that are taken of it: `("helpers", "clean")`."""


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
        self.sources: dict[str, _Source | None] = {}

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

    def assignment(self, source: _Source, names: Mapping[str, Any], own: str) -> Iterator[str]:
        yield from self.named(source.dump(source.assignments[own]), names, {own: _MISSING})

    # --- names --------------------------------------------------------------------------------------------------------

    def named(self, dump: _Dump, names: Mapping[str, Any], cells: Mapping[str, Any]) -> Iterator[str]:
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

    def assigned(self, names: Mapping[str, Any], name: str) -> tuple[_Source, Mapping[str, Any], str] | None:
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
                module = sys.modules.get(_absolute(origin, names.get("__package__") or ""))
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
                origin = _absolute(statement, package)
                candidates = [origin, *(f"{origin}.{alias.name}" for alias in statement.names)]
            for name in candidates:
                file = _file_of(name)
                if file is not None and self.in_project(name, file):
                    yield self.module(name, file)

    # --- source -------------------------------------------------------------------------------------------------------

    def source(self, file: str, names: Mapping[str, Any]) -> _Source | None:
        """What `linecache` has by that name: a module, a cell of a notebook, a line of a prompt."""
        if file not in self.sources:
            linecache.checkcache(file)
            text = "".join(linecache.getlines(file, dict(names)))
            self.sources[file] = _source_of(text) if text else None
        return self.sources[file]

    def class_nodes(self, cls: type) -> tuple[_Source, list[ast.ClassDef]] | None:
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


# --- what source says -------------------------------------------------------------------------------------------------


class _Source:
    """A module's source, and where in it what is."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.functions: dict[tuple[str, int], list[ast.AST]] = {}  # by name and first line
        self.lambdas: list[ast.Lambda] = []
        self.classes: dict[str, list[ast.ClassDef]] = {}  # by qualified name; several in branches
        self.assignments: dict[str, list[ast.stmt]] = {}  # those at the top, by what they make or fill
        self.imports: list[ast.ImportFrom] = []  # those at the top
        self._dumps: dict[tuple[int, ...], _Dump] = {}
        todo: list[tuple[ast.AST, str, bool]] = [(tree, "", True)]
        while todo:
            node, prefix, is_top = todo.pop()
            if isinstance(node, _FUNCTIONS):
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                self.functions.setdefault((node.name, first), []).append(node)
                prefix, is_top = f"{prefix}{node.name}.<locals>.", False
            elif isinstance(node, ast.ClassDef):
                self.classes.setdefault(prefix + node.name, []).append(node)
                prefix, is_top = f"{prefix}{node.name}.", False
            elif isinstance(node, ast.Lambda):
                self.lambdas.append(node)
            elif is_top and isinstance(node, ast.ImportFrom):
                self.imports.append(node)
            elif is_top and isinstance(node, ast.stmt):
                for name in _changed_names(node):
                    self.assignments.setdefault(name, []).append(node)
            todo += [(child, prefix, is_top) for child in reversed([*ast.iter_child_nodes(node)])]

    def function(self, code: CodeType) -> Any:
        """The definition or the lambda that some code was compiled from; None when it is not clear."""
        if code.co_name == "<lambda>":
            found: list[Any] = [node for node in self.lambdas if _covers(node.body, code)]
        else:
            found = self.functions.get((code.co_name, code.co_firstlineno), [])
        return found[0] if len(found) == 1 else None

    def dump(self, nodes: Sequence[ast.AST]) -> _Dump:
        """Some of its code as text; made once."""
        key = tuple(map(id, nodes))
        if key not in self._dumps:
            self._dumps[key] = _Dump(nodes)
        return self._dumps[key]

    def imports_of(self, name: str) -> Iterator[tuple[ast.ImportFrom, str]]:
        """The imports that can have brought a name here, each with the name where it is from."""
        for statement in self.imports:
            for alias in statement.names:
                if alias.name == "*":
                    yield statement, name
                elif name == (alias.asname or alias.name):
                    yield statement, alias.name


@functools.lru_cache(maxsize=1024)
def _source_of(text: str) -> _Source | None:
    """A source, read.

    Kept, because the tasks of a project share its modules: of 200 modules with 45,000 lines the first task takes two
    seconds, the others a tenth of one, and what is kept 67 MiB (measured on our own).
    """
    try:
        return _Source(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError):  # it was changed meanwhile, or is no Python
        return None


def _covers(body: ast.expr, code: CodeType) -> bool:
    """Whether code was compiled from an expression; the first instructions are of no place."""
    start, end = (body.lineno, body.col_offset), (body.end_lineno or 0, body.end_col_offset or 0)
    places = [place for place in code.co_positions() if None not in place and place[2] != place[3]]
    found = [((line, column), (last, end_column)) for line, last, column, end_column in places]
    return bool(found) and min(first for first, _ in found) == start and max(last for _, last in found) == end


def _changed_names(statement: ast.stmt) -> set[str]:
    """What a statement gives a value to, or puts something into, or calls a method of."""
    match statement:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            todo: list[ast.expr] = [*targets]
        case ast.AnnAssign(target=target, value=ast.expr()) | ast.AugAssign(target=target):
            todo = [target]
        case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
            todo = [method]
        case _ if type(statement).__name__ == "TypeAlias":  # `type A = ...`, from Python 3.12 on
            todo = [statement.name]  # type: ignore[attr-defined]
        case _:
            return set()
    names = set()
    while todo:
        match todo.pop():
            case ast.Name(id=name):
                names.add(name)
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
                todo.append(inner)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                todo += elements
    return names


def _absolute(statement: ast.ImportFrom, package: str) -> str:
    """The full name of the module that `from ... import` names."""
    if not statement.level:
        return statement.module or ""
    parts = package.split(".")[: len(package.split(".")) - statement.level + 1]
    return ".".join([*parts, *filter(None, [statement.module])])


def _file_of(module: str) -> str | None:
    """The source file of a module, which is not imported for that, nor are the packages that it is in."""
    loaded = sys.modules.get(module)
    if loaded is not None:
        return getattr(loaded, "__file__", None)
    parts = module.split(".")
    try:
        spec = importlib.util.find_spec(parts[0])
    except ValueError:  # `__main__`
        return None
    for end in range(2, len(parts) + 1):
        if spec is None or spec.submodule_search_locations is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(".".join(parts[:end]), spec.submodule_search_locations)
    return spec.origin if spec is not None and spec.has_location else None


# --- code as text -----------------------------------------------------------------------------------------------------


class _Scope:
    """The names that a function, class or comprehension binds."""

    def __init__(self, parent: _Scope | None, kept: Iterable[str], free: Iterable[str] = (), *, is_class: bool) -> None:
        self.parent = parent
        self.labels: dict[str, str | None] = dict.fromkeys(free)
        self.labels.update({name: name for name in kept})
        self.outside: set[str] = set()
        self.is_class = is_class


class _Dump:
    """Pieces of code as a text in which formatting and names of variables do not show.

    Attributes:
        digest: Of that text. Variables are numbers in it, in the order in which they are met.
        chains: What is named and not bound, in that order, each once.
        imports: The imports inside of functions; all imports, when the piece is a module.

    Without recursion: a chain of `elif` may be longer than Python's stack.
    """

    def __init__(self, nodes: Iterable[ast.AST]) -> None:
        import hashlib  # as in `code_version`

        texts: list[str] = []
        self.chains: dict[Chain, None] = {}
        self.imports: list[ast.Import | ast.ImportFrom] = []
        self._count = 0
        todo: list[tuple[Any, _Scope | None]] = [(node, None) for node in reversed([*nodes])]
        while todo:
            item, scope = todo.pop()
            if isinstance(item, ast.AST):
                todo += reversed([*self._items(item, scope)])
            else:
                texts.append(item)
        self.digest = hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest()

    def _items(self, node: ast.AST, scope: _Scope | None) -> Iterator[tuple[Any, _Scope | None]]:
        """What a node is made of: texts, and nodes with the scopes that they are in."""
        yield f"({type(node).__name__}", None
        match node:
            case ast.Name(id=name):
                yield self._named((name,), scope), None
            case ast.Attribute():
                names = [node.attr]
                value = node.value
                while isinstance(value, ast.Attribute):
                    names.append(value.attr)
                    value = value.value
                yield " ".join(names), None
                if isinstance(value, ast.Name):
                    yield self._named((value.id, *names[::-1]), scope), None
                else:
                    yield value, scope
            case ast.Constant(value=value):
                yield f"{type(value).__name__} {value:x}" if type(value) is int else f"{value!r}", None
            case ast.JoinedStr(values=values):
                # Python 3.12 leaves empty texts at ends.
                yield from ((each, scope) for each in values if getattr(each, "value", None) != "")
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from self._function(node, scope)
            case ast.ClassDef():
                yield from self._class(node, scope)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                yield from self._comprehension(node, scope)
            case ast.Module(body=body):
                yield from ((each, scope) for each in _without_docstring(body))
            case ast.Import() | ast.ImportFrom():
                self.imports.append(node)
                yield f"{getattr(node, 'level', 0)} {getattr(node, 'module', None)}", None
                for alias in node.names:
                    yield f"{alias.name} {alias.asname is not None}", None
                    yield self._label(alias.asname or alias.name.partition(".")[0], scope), None
            case ast.Global(names=names):
                yield " ".join(names), None
            case ast.Nonlocal(names=names):
                yield from ((self._label(name, scope), None) for name in names)
            case ast.AnnAssign():
                yield node.target, scope
                yield _annotation(node.annotation), scope
                if node.value is not None:
                    yield node.value, scope
            case _:
                yield from self._fields(node, scope)
        yield ")", None

    def _fields(self, node: ast.AST, scope: _Scope | None) -> Iterator[tuple[Any, _Scope | None]]:
        binds = isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping))
        for field in node._fields:
            value = getattr(node, field, None)
            # Versions of Python differ in which empty fields there are.
            if value is None or value == [] or field in _NOT_CODE:
                continue
            yield field, None
            if binds and field in ("name", "rest"):
                yield self._label(value, scope), None
            elif isinstance(value, list):
                # In a dict literal None stands for `**`, in a pattern a value may be a text.
                yield from ((each, scope) if isinstance(each, ast.AST) else (repr(each), None) for each in value)
            else:
                yield (value, scope) if isinstance(value, ast.AST) else (repr(value), None)

    def _function(self, node: Any, scope: _Scope | None) -> Iterator[tuple[Any, _Scope | None]]:
        arguments = node.args
        groups = {
            "positional": arguments.posonlyargs,
            "any": arguments.args,
            "rest": [arguments.vararg] if arguments.vararg else [],
            "keyword": arguments.kwonlyargs,
            "keywords": [arguments.kwarg] if arguments.kwarg else [],
        }
        parameters = [each for group in groups.values() for each in group]
        if not isinstance(node, ast.Lambda):
            yield node.name, None
            yield from ((each, scope) for each in node.decorator_list)
        around, type_parameters = _with_type_parameters(node, scope)
        yield from ((each, around) for each in type_parameters)
        for kind, group in groups.items():
            for parameter in group:
                yield f"{kind} {parameter.arg}", None
                if parameter.annotation is not None:
                    yield _annotation(parameter.annotation), around
        yield "defaults", None
        for default in (*arguments.defaults, *arguments.kw_defaults):
            yield ("none", None) if default is None else (default, scope)
        if getattr(node, "returns", None) is not None:
            yield "returns", None
            yield _annotation(node.returns), around
        yield "body", None
        body = [node.body] if isinstance(node, ast.Lambda) else _without_docstring(node.body)
        inner = _Scope(around, [each.arg for each in parameters], is_class=False)
        _bind(inner, body)
        yield from ((each, inner) for each in body)

    def _class(self, node: ast.ClassDef, scope: _Scope | None) -> Iterator[tuple[Any, _Scope | None]]:
        yield node.name, None
        yield from ((each, scope) for each in node.decorator_list)
        around, type_parameters = _with_type_parameters(node, scope)
        yield from ((each, around) for each in (*type_parameters, *node.bases, *node.keywords))
        yield "body", None
        body = _without_docstring(node.body)
        inner = _Scope(around, (), is_class=True)
        _bind(inner, body)
        inner.labels = {name: name for name in inner.labels}  # attributes: others see their names
        yield from ((each, inner) for each in body)

    def _comprehension(self, node: Any, scope: _Scope | None) -> Iterator[tuple[Any, _Scope | None]]:
        targets = [part for each in node.generators for part in ast.walk(each.target) if isinstance(part, ast.Name)]
        inner = _Scope(scope, (), [part.id for part in targets], is_class=False)
        for number, each in enumerate(node.generators):
            yield f"for {each.is_async}", None
            yield each.iter, inner if number else scope
            yield from ((part, inner) for part in (each.target, *each.ifs))
        yield from ((getattr(node, field), inner) for field in ("key", "value", "elt") if hasattr(node, field))

    def _named(self, chain: Chain, scope: _Scope | None) -> str:
        if _binding(chain[0], scope) is None:
            self.chains[chain] = None
        return self._label(chain[0], scope)

    def _label(self, name: str, scope: _Scope | None) -> str:
        """How a name shows: as it is, or as a number where it is a variable of a function."""
        found = _binding(name, scope)
        if found is None:
            return f"name {name}"
        label = found.labels[name]
        if label is None:
            self._count += 1
            label = found.labels[name] = f"local {self._count}"
        return label


def _binding(name: str, scope: _Scope | None) -> _Scope | None:
    """The scope that binds a name as seen from a scope; those of classes are seen from within themselves only."""
    inside = scope
    while scope is not None:
        if name in scope.outside:
            return None
        if name in scope.labels and (scope is inside or not scope.is_class):
            return scope
        scope = scope.parent
    return None


def _bind(scope: _Scope, body: Iterable[ast.AST]) -> None:
    """Note the names that a body binds; inner functions and classes are known to others by name, and keep theirs."""
    kept: set[str] = set()
    free: dict[str, None] = {}
    elsewhere: set[str] = set()
    todo: list[ast.AST] = [*body]
    while todo:
        node = todo.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                kept.add(name)
                todo += node.decorator_list
                continue
            case ast.Lambda():
                continue
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                # Of a comprehension only `:=` reaches out.
                walked = (each for each in ast.walk(node) if isinstance(each, ast.NamedExpr))
                free.update(dict.fromkeys(each.target.id for each in walked))
                continue
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                free[name] = None
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                free.update(dict.fromkeys(each.asname or each.name.partition(".")[0] for each in aliases))
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                free[name] = None
            case ast.MatchMapping(rest=str(name)):
                free[name] = None
            case ast.Global(names=names):
                elsewhere.update(names)
                scope.outside.update(names)
            case ast.Nonlocal(names=names):
                elsewhere.update(names)
        todo += ast.iter_child_nodes(node)
    for name in free:
        if name not in elsewhere:
            scope.labels.setdefault(name, None)
    scope.labels.update({name: name for name in kept - elsewhere})


def _with_type_parameters(node: Any, scope: _Scope | None) -> tuple[_Scope | None, list[Any]]:
    """The scope in which `def f[T]` and `class C[T]` have their T, and the type parameters (Python 3.12)."""
    parameters = getattr(node, "type_params", None) or []
    if not parameters:
        return scope, []
    return _Scope(scope, [each.name for each in parameters], is_class=False), parameters


def _annotation(node: ast.expr) -> ast.expr:
    """An annotation; one in quotes is read."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return ast.parse(node.value.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            return node
    return node


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
        case _:
            return body
