"""Exceptions from one process to another: described, packed, unpacked, and made again."""

from __future__ import annotations

import enum
import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import msgpack
import pytest

from flytetypes.errors import (
    ConversionError,
    FlyteRecoverableException,
    MissingPackageError,
    ObjectNotFound,
    RemoteTaskError,
    SourceError,
    StorageError,
)
from flytetypes.executors._carried import carried, rebuilt


def sent(error: BaseException, names: Mapping[str, str] = {}) -> BaseException:
    packed = msgpack.packb(carried(error, names), unicode_errors="surrogatepass")
    return rebuilt(msgpack.unpackb(packed, strict_map_key=False, unicode_errors="surrogatepass"))


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


class Level(enum.IntEnum):
    LOW = 1


class Name(enum.StrEnum):
    ADA = "ada"


class Peculiar(Exception):
    """Calls nobody's `__init__`, and wants arguments of its own."""

    def __init__(self, code: int, *, hint: str) -> None:
        self.code = code
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.code}: {self.hint}"


class Slotted(Exception):
    __slots__ = ("held", "never", "row")

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row
        self.held = threading.Lock()


class Both(FlyteRecoverableException, KeyError):
    pass


class Mute(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError

    __repr__ = __str__


class NeedsLock(Exception):
    def __init__(self, lock: Any) -> None:
        super().__init__()
        self.lock = lock

    def __str__(self) -> str:
        return f"it is {'locked' if self.lock.locked() else 'free'}"


class Stubborn(Exception):
    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError("never")


@dataclass(frozen=True)
class Frozen(Exception):
    n: int


class Empty(Exception):
    def __len__(self) -> int:
        return 0


class Unreadable:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        ValueError("a", 1, 2.5, True, None, b"\x00\xff", "half \udc80"),
        ValueError(1 << 63, -(1 << 63), 1 << 64, -(10**30)),
        ValueError((1, [2, {"three": (4,), 5: [6]}])),
        KeyError("missing"),
        OSError(2, "No such file", "/a", None, "/b"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        SyntaxError("bad", ("a.py", 3, 4, "x = ", 3, 5)),
        StopIteration(3),
        SystemExit(4),
        ImportError("no", name="pkg", path="/p"),
        Both("key"),
        Peculiar(3, hint="turn it"),
        MissingPackageError("it needs x"),
        ObjectNotFound("nothing there", uri="s3://b/k"),
        StorageError("broken", uri="s3://b/k", transient=True),
        ConversionError("`int`", "x").within(3).within("items").of("mean"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exception_arrives_as_it_was(error: BaseException) -> None:
    back = sent(error)
    assert type(back) is type(error)
    assert back.args == error.args
    assert [type(arg) for arg in back.args] == [type(arg) for arg in error.args]
    assert vars(back) == vars(error)
    assert shown(back) == shown(error)


def test_what_python_keeps_beside_the_attributes_arrives() -> None:
    back: Any = sent(OSError(2, "No such file", "/a", None, "/b"))
    assert (back.errno, back.strerror, back.filename, back.filename2) == (2, "No such file", "/a", "/b")
    back = sent(StopIteration(3))
    assert back.value == 3
    back = sent(Slotted(7))
    assert (back.row, hasattr(back, "held"), hasattr(back, "never")) == (7, False, False)


def test_enumerations_and_other_subclasses_arrive_as_what_they_equal() -> None:
    assert sent(ValueError(Level.LOW, Name.ADA)).args == (1, "ada")


def test_values_that_cannot_be_carried_are_texts() -> None:
    one, two, three = sent(ValueError(object, [Unreadable()], {"k": {1}})).args
    assert (one, two, three) == ("<class 'object'>", ["<Unreadable, whose repr failed>"], {"k": "{1}"})
    (text,) = sent(ValueError({"x" * 20_000})).args
    assert (len(text), text[-1]) == (10_001, "…")


def test_values_that_hold_themselves_arrive_somehow() -> None:
    circle: list[Any] = [1]
    circle += [circle, circle, circle]
    error = ValueError(circle)
    error.args += (error,)
    back = sent(error)
    assert type(back) is ValueError
    assert back.args == (
        [1, *3 * ["[1, [...], [...], [...]]"]],
        "ValueError([1, [...], [...], [...]], ValueError(...))",
    )


def test_an_exception_inside_of_another_is_one_there_too() -> None:
    back: Any = sent(SourceError("s3://b/k", ValueError("torn")))
    assert repr(back.cause) == "ValueError('torn')"
    assert str(back) == "what was to be stored at `s3://b/k` could not be read or made: ValueError: torn"


def test_notes_arrive() -> None:
    error = ValueError("x")
    error.add_note("first")
    error.add_note("second")
    assert sent(error).__notes__ == ["first", "second"]


def test_a_group_arrives_with_its_parts() -> None:
    back = sent(ExceptionGroup("two", [ValueError("a"), ExceptionGroup("one", [KeyError("b")])]))
    assert repr(back) == "ExceptionGroup('two', [ValueError('a'), ExceptionGroup('one', [KeyError('b')])])"
    assert type(sent(BaseExceptionGroup("ends", [KeyboardInterrupt()]))) is BaseExceptionGroup


def test_causes_and_contexts_are_shown_as_they_were() -> None:
    def raised(how: str) -> BaseException:
        try:
            try:
                raise KeyError("first")
            except KeyError as first:
                if how == "cause":
                    raise ValueError("second") from first
                if how == "hidden":
                    raise ValueError("second") from None
                raise ValueError("second")  # noqa: B904
        except ValueError as error:
            return error

    for how in ("cause", "hidden", "context"):
        assert shown(sent(raised(how))) == shown(raised(how))
    error = ValueError("x")
    error.__cause__ = Empty("it is false")
    assert repr(sent(error).__cause__) == "Empty('it is false')"


def test_a_chain_that_never_ends_is_cut() -> None:
    error: BaseException = ValueError("last")
    for n in range(500):
        above = ValueError(n)
        above.__cause__ = error
        error = above
    back: BaseException | None = sent(error)
    length = 0
    while back is not None:
        back, length = back.__cause__, length + 1
    assert length == 24


@pytest.mark.parametrize(
    ("error", "type_name", "text"),
    [
        (Mute("x"), "test_carried.Mute", "test_carried.Mute: (its text failed)"),
        (NeedsLock(threading.Lock()), "test_carried.NeedsLock", "test_carried.NeedsLock: it is free"),
        (type("Gone", (Exception,), {})(), "test_carried.Gone", "test_carried.Gone"),
        (type("Far", (Exception,), {"__module__": "far.away"})("hi"), "far.away.Far", "far.away.Far: hi"),
    ],
    ids=["no text", "text needs more", "class not in its module", "module not loaded"],
)
def test_what_cannot_be_made_again_is_told_with_its_type(error: BaseException, type_name: str, text: str) -> None:
    error.add_note("a note")
    back = sent(error)
    assert type(back) is RemoteTaskError
    assert (back.type_name, str(back), back.__notes__) == (type_name, text, ["a note"])


def test_a_class_that_minds_being_changed_is_made_all_the_same() -> None:
    assert repr(sent(Stubborn("no"))) == "Stubborn('no')"
    frozen = Frozen(3)
    BaseException.__setattr__(frozen, "__cause__", ValueError("why"))
    back = sent(frozen)
    assert back == frozen
    assert repr(back.__cause__) == "ValueError('why')"


def test_looking_for_a_class_imports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("lazy_module")
    asked: list[str] = []
    monkeypatch.setattr(module, "__getattr__", asked.append, raising=False)
    monkeypatch.setitem(sys.modules, "lazy_module", module)
    back = sent(type("Late", (Exception,), {"__module__": "lazy_module"})("x"))
    assert str(back) == "lazy_module.Late: x"
    assert asked == []


def test_a_module_may_have_another_name_here() -> None:
    error = type("Both", (FlyteRecoverableException, KeyError), {"__module__": "script"})("x")
    assert type(sent(error, {"script": __name__})) is Both


def fail(depth: int) -> int:
    return fail(depth - 1) if depth else {0: 1}[1]


def caught(depth: int) -> BaseException:
    try:
        fail(depth)
    except KeyError as error:
        return error
    raise AssertionError


def test_a_traceback_shows_the_lines_that_it_went_through() -> None:
    error = caught(1)
    assert shown(sent(error)) == shown(error)


def test_a_traceback_without_columns_is_shown_without_them() -> None:
    form = carried(caught(0))
    for frame in form["frames"]:
        frame[5:] = -1, -1
    assert not any("^" in line for line in shown(rebuilt(form)).splitlines())


def test_a_long_traceback_keeps_both_ends() -> None:
    frames = traceback.extract_tb(sent(caught(300)).__traceback__)
    assert len(frames) == 100
    assert (frames[0].name, frames[-1].line) == ("caught", frames[1].line)


def test_the_lines_of_the_library_are_left_out() -> None:
    from flytetypes import task

    try:
        task(cache=3)  # type: ignore[call-overload]
    except ValueError as error:
        names = [frame.name for frame in traceback.extract_tb(sent(error).__traceback__)]
    assert names == ["test_the_lines_of_the_library_are_left_out"]
