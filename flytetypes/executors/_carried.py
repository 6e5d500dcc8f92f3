"""Exceptions on their way from one process to another, without pickling: described there, and made again here.

One is made again in its own class where that is loaded here, without calling its `__init__`: from its `args`, its
attributes, its notes, its causes, and the lines of the user's code that it went through.
"""

from __future__ import annotations

import ast
import itertools
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import MemberDescriptorType, TracebackType
from typing import Any, Final

from flytetypes._own import is_own
from flytetypes.errors import RemoteTaskError

_DEEPEST: Final = 24
_MOST_PARTS: Final = 100_000
_LONGEST_REPR: Final = 10_000
_MOST_FRAMES: Final = 100
_WIRE_INTEGERS: Final = range(-(1 << 63), 1 << 64)  # of msgpack

# Who calls the user's code; it is no part of what went wrong there.
_CALLERS: Final = ("asyncio", "importlib")

# The first element of a list says what the rest of it is.
_LIST, _TUPLE, _DICT, _INTEGER, _ERROR = range(5)


def carried(error: BaseException, names: Mapping[str, str] = {}) -> dict[str, Any]:
    """An exception as None, booleans, numbers, texts, bytes, lists and dicts.

    Args:
        error: The exception. Values that cannot be carried exactly are carried as their repr.
        names: What modules of this process are called in the other one, where that differs.
    """
    form: dict[str, Any] = _Carrier(names).value(error, _DEEPEST)[1]
    return form


class _Carrier:
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._parts = 0
        self._reprs = 0
        self._open: set[int] = set()

    def error(self, error: BaseException, depth: int) -> dict[str, Any]:
        cls = type(error)
        form: dict[str, Any] = {
            "module": self._names.get(cls.__module__, cls.__module__),
            "name": cls.__qualname__,
            "text": _text(error),
            "frames": [*_frames(error.__traceback__, self._names)],
            "hides": error.__suppress_context__,
        }
        with suppress(Exception):  # attributes of users may be anything; what is known by now arrives
            form["args"] = [self.value(each, depth) for each in error.args]
            form["own"] = {name: self.value(each, depth) for name, each in vars(error).items()}
            form["members"] = dict(self._members(error, depth))
        if error.__cause__ is not None:
            self._cause(form, "because", error.__cause__, depth)
        elif error.__context__ is not None and not error.__suppress_context__:
            self._cause(form, "during", error.__context__, depth)
        if isinstance(error, BaseExceptionGroup):
            form["group"] = [error.message, [self.error(each, depth - 1) for each in error.exceptions if depth > 0]]
        return form

    def _cause(self, form: dict[str, Any], role: str, cause: BaseException, depth: int) -> None:
        self._parts += 1
        if depth > 0 and self._parts < _MOST_PARTS:
            form[role] = self.error(cause, depth - 1)

    def _members(self, error: BaseException, depth: int) -> Iterator[tuple[str, Any]]:
        """What is in slots: `filename` of an OSError, `obj` of an AttributeError; those that can be carried exactly."""
        for name in members_of(type(error)):
            before = self._reprs
            value = self.value(getattr(error, name, None), depth)
            if value is not None and self._reprs == before:
                yield name, value

    def value(self, value: Any, depth: int) -> Any:
        self._parts += 1
        match value:
            case None | bool():
                return value
            case str():
                return str.__str__(value)
            case bytes():
                return bytes(memoryview(value))
            case int():
                number = int.__int__(value)
                return number if number in _WIRE_INTEGERS else [_INTEGER, hex(number)]
            case float():
                return float.__float__(value)
            case list() | tuple() | dict() | BaseException() if self._goes_into(value, depth):
                self._open.add(id(value))
                try:
                    return self._parts_of(value, depth - 1)
                finally:
                    self._open.discard(id(value))
            case _:
                self._reprs += 1
                return _shown(value)

    def _goes_into(self, value: object, depth: int) -> bool:
        return depth > 0 and self._parts < _MOST_PARTS and id(value) not in self._open

    def _parts_of(self, value: Any, depth: int) -> list[Any]:
        if isinstance(value, BaseException):
            return [_ERROR, self.error(value, depth)]
        if isinstance(value, dict):
            return [_DICT, *[[self.value(key, depth), self.value(each, depth)] for key, each in value.items()]]
        return [_LIST if isinstance(value, list) else _TUPLE, *[self.value(each, depth) for each in value]]


def members_of(cls: type[BaseException]) -> Iterator[str]:
    """The names of what exceptions of a class have in slots: `filename` of an OSError, `obj` of an AttributeError."""
    for each in cls.__mro__:
        for name, member in vars(each).items():
            if isinstance(member, MemberDescriptorType) and not name.startswith("__"):
                yield name


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a user's __repr__ may raise anything
        return f"<{type(value).__qualname__}, whose repr failed>"
    return text if len(text) <= _LONGEST_REPR else f"{text[:_LONGEST_REPR]}…"


def _text(error: BaseException) -> str | None:
    """What an exception says; None when that fails."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - as above
        return None


def _frames(trace: TracebackType | None, names: Mapping[str, str]) -> Iterator[list[Any]]:
    """The user's own lines in a traceback, outermost first: module, file, function, and the position in the file."""
    steps: list[tuple[str, TracebackType]] = []
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if not is_own(module) and (steps or module.partition(".")[0] not in _CALLERS):
            steps.append((module, trace))
        trace = trace.tb_next
    if len(steps) > _MOST_FRAMES:  # a recursion
        steps = [*steps[: _MOST_FRAMES // 2], *steps[-_MOST_FRAMES // 2 :]]
    for module, step in steps:
        code = step.tb_frame.f_code
        position = next(itertools.islice(code.co_positions(), step.tb_lasti // 2, None), (None,) * 4)
        if None in position:
            line = max(step.tb_lineno or 1, 1)
            position = line, line, -1, -1  # Python's own way to say that the columns are not known
        yield [names.get(module, module), code.co_filename, code.co_name, *position]


# --- made again -------------------------------------------------------------------------------------------------------


def rebuilt(form: Mapping[str, Any]) -> BaseException:
    """The exception that `carried` has described in another process.

    Its class is looked for in modules that are loaded here; nothing is imported. Where there is none, or none that can
    be made of what was carried, it is a `RemoteTaskError`.
    """
    error = _made(form)
    if error is None or _text(error) is None:
        module = form["module"]
        type_name = form["name"] if module == "builtins" else f"{module}.{form['name']}"
        text = "(its text failed)" if form["text"] is None else form["text"]
        error = RemoteTaskError(f"{type_name}: {text}" if text else type_name, type_name=type_name)
        error.__dict__.update(
            {name: _value(value) for name, value in form.get("own", {}).items() if name == "__notes__"}
        )
    # Not by the class's own `__setattr__`: a frozen dataclass may be an exception.
    if "because" in form:
        BaseException.__setattr__(error, "__cause__", rebuilt(form["because"]))
    if "during" in form:
        BaseException.__setattr__(error, "__context__", rebuilt(form["during"]))
    BaseException.__setattr__(error, "__suppress_context__", form["hides"])
    return error.with_traceback(_trace(form["frames"]))


def _made(form: Mapping[str, Any]) -> BaseException | None:
    cls = _class(form["module"], form["name"])
    if cls is None or "members" not in form:
        return None
    try:
        if issubclass(cls, BaseExceptionGroup):
            message, parts = form["group"]
            error: BaseException = BaseExceptionGroup.__new__(cls, message, [rebuilt(part) for part in parts])
        else:
            # That of the nearest class of Python's own: it is the one that makes the object, and takes no arguments.
            builtin: Any = next(each for each in cls.__mro__ if each.__module__ == "builtins")
            error = builtin.__new__(cls)
            BaseException.__setattr__(error, "args", tuple(_value(each) for each in form["args"]))
        for name, value in form["members"].items():
            with suppress(AttributeError, TypeError):  # some may only be read
                BaseException.__setattr__(error, name, _value(value))
        vars(error).update({name: _value(value) for name, value in form["own"].items()})
    except Exception:  # noqa: BLE001 - whatever a class of users objects to
        return None
    return error


def _class(module: str, name: str) -> type[BaseException] | None:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, "__dict__", {}).get(part)  # the dict: a module's `__getattr__` may import
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def _value(form: Any) -> Any:
    if not isinstance(form, list):
        return form
    kind, *rest = form
    if kind == _INTEGER:
        return int(rest[0], 16)
    if kind == _ERROR:
        return rebuilt(rest[0])
    if kind == _DICT:
        return {_value(key): _value(value) for key, value in rest}
    values = [_value(each) for each in rest]
    return values if kind == _LIST else tuple(values)


class _StandIn(Exception):  # noqa: N818 - it lives for one line
    """Raised in the place of an exception that was raised in another process."""


def _trace(frames: list[list[Any]]) -> TracebackType | None:
    """A traceback through given lines, so that an exception shows where it was raised as any other does."""
    trace: TracebackType | None = None
    for frame in reversed(frames):
        step = _step(*frame)
        trace = TracebackType(trace, step.tb_frame, step.tb_lasti, step.tb_lineno) if step is not None else trace
    return trace


def _step(
    module: str, file: str, function: str, line: int, end_line: int, column: int, end_column: int
) -> TracebackType | None:
    where = {"lineno": line, "end_lineno": end_line, "col_offset": column, "end_col_offset": end_column}
    statement = ast.Raise(ast.Name("error", ast.Load(), **where), None, **where)
    try:
        code = compile(ast.Module([statement], []), file, "exec").replace(co_name=function, co_qualname=function)
        exec(code, {"__name__": module, "__file__": file, "error": _StandIn})  # noqa: S102 - `raise error`, no more
    except _StandIn as raised:
        return raised.__traceback__ and raised.__traceback__.tb_next
    except ValueError:  # a position that the compiler does not take
        return None
    return None
