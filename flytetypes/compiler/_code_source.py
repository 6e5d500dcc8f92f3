"""What the source of a module says: where its functions and constants are made, and what it imports."""

from __future__ import annotations

import ast
import functools
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from types import CodeType
from typing import Any, Final

from flytetypes.compiler._code_text import CodeText

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


class Source:
    """A module's source, and where in it what is."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.functions: dict[tuple[str, int], list[ast.AST]] = {}  # by name and first line
        self.lambdas: list[ast.Lambda] = []
        self.classes: dict[str, list[ast.ClassDef]] = {}  # by qualified name; several in branches
        self.assignments: dict[str, list[ast.stmt]] = {}  # those at the top, by what they make or fill
        self.imports: list[ast.ImportFrom] = []  # those at the top
        self._dumps: dict[tuple[int, ...], CodeText] = {}
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

    def dump(self, nodes: Sequence[ast.AST]) -> CodeText:
        """Some of its code as text; made once."""
        key = tuple(map(id, nodes))
        if key not in self._dumps:
            self._dumps[key] = CodeText(nodes)
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
def source_of(text: str) -> Source | None:
    """A source, read.

    Kept, because the tasks of a project share its modules: of 200 modules with 45,000 lines the first task takes two
    seconds, the others a tenth of one, and what is kept 67 MiB (measured on our own).
    """
    try:
        return Source(ast.parse(text))
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


def absolute_name(statement: ast.ImportFrom, package: str) -> str:
    """The full name of the module that `from ... import` names."""
    if not statement.level:
        return statement.module or ""
    parts = package.split(".")[: len(package.split(".")) - statement.level + 1]
    return ".".join([*parts, *filter(None, [statement.module])])


def file_of(module: str) -> str | None:
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
