"""Code as text in which only what matters is left: no docstrings, no names of locals, no places."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any, Final

_NOT_CODE: Final = {"ctx", "kind", "type_comment", "type_ignores"}

Chain = tuple[str, ...]
"""A name, and the attributes that are taken of it: `("helpers", "clean")`."""


class _Scope:
    """The names that a function, class or comprehension binds."""

    def __init__(self, parent: _Scope | None, kept: Iterable[str], free: Iterable[str] = (), *, is_class: bool) -> None:
        self.parent = parent
        self.labels: dict[str, str | None] = dict.fromkeys(free)
        self.labels.update({name: name for name in kept})
        self.outside: set[str] = set()
        self.is_class = is_class


class CodeText:
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
