# ruff: noqa: ARG001, S101 - tasks take what they are given, and the asserts are what this is for
"""Scenarios: tasks and workflows that only pass values on, of all kinds of types."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal, NamedTuple, Optional, TypedDict, Union
from uuid import UUID

from flytetypes import (
    ConversionError,
    FlyteDirectory,
    FlyteFile,
    ShellTask,
    current_context,
    kwtypes,
    map_task,
    task,
    workflow,
)
from flytetypes.authoring import OutputLocation
from flytetypes.executors import Origin
from flytetypes.testing._marks import mark
from flytetypes.testing._scenarios import ANYTHING, Done, Fails, Scenario, refused


class Colour(enum.Enum):
    """Some colours."""

    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    """Some levels."""

    LOW = 1
    HIGH = 2


@dataclass
class Point:
    """Where something is."""

    x: int
    y: float = 0.5


@dataclass
class Shape:
    """Made of points."""

    name: str
    corners: list[Point] = field(default_factory=list)
    colours: dict[str, Colour] = field(default_factory=dict)
    centre: Point | None = None


@dataclass
class Cat:
    """Has the fields of a dog."""

    name: str


@dataclass
class Dog:
    """Has the fields of a cat."""

    name: str


@dataclass
class Puppy(Dog):
    """A dog with more."""

    weeks: int = 8


class Sized(NamedTuple):
    """Two outputs with names."""

    total: int
    text: str


class Movie(TypedDict):
    """A dict with known keys."""

    title: str
    year: int


# --- tasks on their own -----------------------------------------------------------------------------------------------


@task
def add(a: int, b: int = 10) -> int:
    return a + b


@task
def halved(x: float) -> float:
    return x / 2


@task
def shouted(text: str) -> str:
    return text.upper()


@task
def opposite(flag: bool) -> bool:
    return not flag


@task
def nothing(n: int) -> None:
    assert n


@task
def reversed_bytes(data: bytes) -> bytes:
    return data[::-1]


@task
def sized(n: int, text: str) -> Sized:
    return Sized(n, text * n)


@task
def both(n: int) -> tuple[int, str]:
    return n, str(n)


@task
def moved(point: Point, by: int) -> Point:
    return Point(point.x + by, point.y)


@task
def same_shape(shape: Shape) -> Shape:
    return shape


@task
def flat(rows: list[list[int]]) -> list[int]:
    return [each for row in rows for each in row]


@task
def counted(words: list[str]) -> dict[str, int]:
    return {word: words.count(word) for word in words}


@task
def or_seven(n: Optional[int]) -> int:  # noqa: UP045 - both spellings are what it is about
    return 7 if n is None else n


@task
def positive(n: int) -> int | None:
    return n if n > 0 else None


@task
def class_of(value: Union[int, str]) -> str:  # noqa: UP007
    return type(value).__name__


@task
def same_variant(value: int | str | list[int]) -> int | str | list[int]:
    return value


@task
def same_pet(pet: Cat | Dog | Puppy) -> Cat | Dog | Puppy:
    return pet


@task
def other_colour(colour: Colour) -> Colour:
    return Colour.BLUE if colour is Colour.RED else Colour.RED


@task
def same_level(level: Level) -> Level:
    return level


@task
def next_day(moment: datetime, span: timedelta) -> datetime:
    return moment + span


@task
def weekday(day: date) -> int:
    return day.weekday()


@task
def sum_of(amounts: list[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


@task
def same_id(value: UUID) -> UUID:
    return value


@task
def same_set(values: set[int]) -> set[int]:
    return values


@task
def same_movie(movie: Movie) -> Movie:
    return movie


@task
def chosen(mode: Literal["fast", "slow"]) -> Literal["fast", "slow"]:
    return "slow" if mode == "fast" else "fast"


@task
def same_pair(pair: tuple[int, str]) -> list[tuple[int, str]]:
    return [pair, pair]


@task
def many(count: int) -> list[int]:
    return list(range(count))


@task
def total(values: list[int]) -> int:
    return sum(values)


@task
def long_text(count: int) -> str:
    return "ä" * count


@task
def length(text: str) -> int:
    return len(text)


@task
def same_path(path: Path) -> Path:
    return path


# --- files ------------------------------------------------------------------------------------------------------------


@task
def written(text: str) -> FlyteFile:
    path = Path(current_context().working_directory, "written.txt")
    path.write_text(text)
    return FlyteFile(str(path))


@task
def read(file: FlyteFile) -> str:
    return Path(file).read_text()


@task
def tree(names: list[str]) -> FlyteDirectory:
    root = Path(current_context().working_directory, "tree")
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return FlyteDirectory(str(root))


@task
def listed(directory: FlyteDirectory) -> list[str]:
    root = Path(directory)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@workflow
def written_and_read(text: str) -> tuple[FlyteFile, str]:
    file = written(text=text)
    return file, read(file=file)


@workflow
def tree_and_list(names: list[str]) -> list[str]:
    return listed(directory=tree(names=names))


@workflow
def files_of_a_map(texts: list[str]) -> list[str]:
    return map_task(read)(file=map_task(written)(text=texts))


def _check_file(done: Done) -> None:
    file, text = done.result
    assert (type(file), Path(file).read_text(), text) == (FlyteFile, "hello", "hello")


def _both(done: Done) -> None:
    assert (done.result.o0, done.result.o1) == (done.result[0], done.result[1])


# --- isolation --------------------------------------------------------------------------------------------------------


@task
def appended(values: list[int]) -> list[int]:
    values.append(99)
    return values


@task
def renamed(shape: Shape) -> Shape:
    shape.name = "renamed"
    shape.corners.append(Point(9))
    return shape


@task
def marked_dict(values: dict[str, list[int]]) -> int:
    values["new"] = []
    for each in values.values():
        each.append(0)
    return len(values)


@workflow
def siblings_see_no_change(values: list[int]) -> tuple[list[int], list[int], int, list[int]]:
    first = appended(values=values)
    second = appended(values=values)
    return first, second, total(values=values), values


@workflow
def upstream_sees_no_change(count: int) -> tuple[list[int], list[int], list[int]]:
    made = many(count=count)
    changed = appended(values=made)
    return made, changed, appended(values=changed)


@workflow
def shapes_are_copied(shape: Shape) -> tuple[Shape, Shape]:
    return renamed(shape=shape), same_shape(shape=shape)


@workflow
def dicts_are_copied(values: dict[str, list[int]]) -> tuple[int, int, dict[str, list[int]]]:
    return marked_dict(values=values), marked_dict(values=values), values


_LENT: Final = [1, 2]


@task
def lent() -> list[int]:
    return _LENT


@workflow
def what_a_task_keeps_is_its_own() -> tuple[list[int], list[int]]:
    first = lent()
    changed = appended(values=first)
    return first, changed


# --- wrong values -----------------------------------------------------------------------------------------------------


@task
def lying(text: str) -> int:
    return text  # type: ignore[return-value]


@task
def forgetful(words: list[str]) -> int:
    found: dict[str, int] = {}
    return found.get("missing")  # type: ignore[return-value]


@task
def one_of_two(n: int) -> tuple[int, str]:
    return (n,)  # type: ignore[return-value]


@task
def three_of_two(n: int) -> tuple[int, str]:
    return n, "a", 3  # type: ignore[return-value]


@task
def talkative(n: int) -> None:
    return n  # type: ignore[return-value]


@task
def wrong_inside(n: int) -> list[dict[str, int]]:
    return [{"a": n}, {"a": "x"}]  # type: ignore[dict-item]


@task
def true_for_one(n: int) -> int:
    return n > 0


@task
def marked(folder: str, n: int) -> int:
    mark(folder, "marked")
    return n


@workflow
def after_a_lie(folder: str, text: str) -> int:
    return marked(folder=folder, n=lying(text=text))


@workflow
def with_defaults(a: int = 3, b: int = 4) -> int:
    return add(a=a, b=b)


@workflow
def with_default_of_task(a: int) -> int:
    return add(a=a)


_SYSTEM: Final = Origin.SYSTEM

# --- shells -----------------------------------------------------------------------------------------------------------

greet = ShellTask(
    name="scenarios.greet",
    script="printf 'hello %s' {inputs.name} > {outputs.file}",
    inputs=kwtypes(name=str, folder=str),
    output_locs=[OutputLocation(var="file", var_type=FlyteFile, location="{inputs.folder}/{inputs.name}.txt")],
)
broken_shell = ShellTask(name="scenarios.broken_shell", script="exit {inputs.code}", inputs=kwtypes(code=int))
forgetful_shell = ShellTask(
    name="scenarios.forgetful_shell",
    script="true",
    output_locs=[OutputLocation(var="file", var_type=FlyteFile, location="/nowhere/at/all")],
)
in_environment = ShellTask(
    name="scenarios.in_environment",
    script='test "$GREETING" = "good morning"',
    environment={"GREETING": "good morning"},
)


@workflow
def greeted(folder: str, name: str) -> str:
    return read(file=greet(name=name, folder=folder))


# --- the table --------------------------------------------------------------------------------------------------------

_NOON: Final = datetime(2024, 5, 6, 12, tzinfo=timezone(timedelta(hours=2)))
_SHAPE: Final = Shape("square", [Point(1), Point(2, 1.5)], {"edge": Colour.RED}, Point(0))


def _wrong(message: str) -> Fails:
    return Fails(ConversionError, message, "SYSTEM", _SYSTEM)


_HERE: Final = __name__

SCENARIOS: Final = (
    Scenario("a task", add, {"a": 1, "b": 2}, gives=3, attempts={"add": [1]}, ends={"add": ["succeeded"]}),
    Scenario("a task with a default", add, {"a": 1}, gives=11),
    Scenario("an int for a float", halved, {"x": 3}, gives=1.5),
    Scenario("a text", shouted, {"text": "größer"}, gives="GRÖSSER"),
    Scenario("a bool", opposite, {"flag": False}, gives=True),
    Scenario("a task without outputs", nothing, {"n": 1}, gives=None),
    Scenario("bytes", reversed_bytes, {"data": b"\x00\xffa"}, gives=b"a\xff\x00"),
    Scenario(
        "named outputs",
        sized,
        {"n": 2, "text": "ab"},
        gives=Sized(2, "abab"),
    ),
    Scenario("a tuple of outputs", both, {"n": 4}, gives=(4, "4"), check=_both),
    Scenario("a dataclass", moved, {"point": Point(1, 2.0), "by": 3}, gives=Point(4, 2.0)),
    Scenario("a dataclass of dataclasses", same_shape, {"shape": _SHAPE}, gives=_SHAPE),
    Scenario("lists in a list", flat, {"rows": [[1], [], [2, 3]]}, gives=[1, 2, 3]),
    Scenario("an empty list", flat, {"rows": []}, gives=[]),
    Scenario("a dict", counted, {"words": ["a", "b", "a"]}, gives={"a": 2, "b": 1}),
    Scenario("None for an Optional", or_seven, {"n": None}, gives=7),
    Scenario("a value for an Optional", or_seven, {"n": 0}, gives=0),
    Scenario("an Optional output that is None", positive, {"n": -1}, gives=None),
    Scenario("an Optional output that is not", positive, {"n": 1}, gives=1),
    Scenario("the int of a union", class_of, {"value": 1}, gives="int"),
    Scenario("the text of a union", class_of, {"value": "1"}, gives="str"),
    Scenario("a union of three that passes through", same_variant, {"value": [1, 2]}, gives=[1, 2]),
    Scenario("dataclasses with equal fields in a union", same_pet, {"pet": Dog("Rex")}, gives=Dog("Rex")),
    Scenario("a child of a dataclass in a union", same_pet, {"pet": Puppy("Rex", 3)}, gives=Puppy("Rex", 3)),
    Scenario("an enum", other_colour, {"colour": Colour.RED}, gives=Colour.BLUE),
    Scenario("an IntEnum", same_level, {"level": Level.HIGH}, gives=Level.HIGH),
    Scenario(
        "a datetime with its zone",
        next_day,
        {"moment": _NOON, "span": timedelta(days=1)},
        gives=datetime(2024, 5, 7, 12, tzinfo=timezone(timedelta(hours=2))),
    ),
    Scenario(
        "a datetime without a zone",
        next_day,
        {"moment": datetime(2024, 5, 6), "span": timedelta(microseconds=1)},
        gives=datetime(2024, 5, 6, 0, 0, 0, 1),
    ),
    Scenario(
        "a datetime in UTC",
        next_day,
        {"moment": datetime(2024, 5, 6, tzinfo=UTC), "span": timedelta(0)},
        gives=datetime(2024, 5, 6, tzinfo=UTC),
    ),
    Scenario("a date", weekday, {"day": date(2024, 5, 6)}, gives=0),
    Scenario("decimals", sum_of, {"amounts": [Decimal("1.10"), Decimal("2.2")]}, gives=Decimal("3.30")),
    Scenario("a UUID", same_id, {"value": UUID(int=7)}, gives=UUID(int=7)),
    Scenario("a set", same_set, {"values": {3, 1}}, gives={1, 3}),
    Scenario("a TypedDict", same_movie, {"movie": {"title": "M", "year": 1931}}, gives={"title": "M", "year": 1931}),
    Scenario("a Literal", chosen, {"mode": "fast"}, gives="slow"),
    Scenario("a tuple as a value", same_pair, {"pair": (1, "a")}, gives=[(1, "a"), (1, "a")]),
    Scenario("a path as a value", same_path, {"path": Path("/a/b")}, gives=Path("/a/b")),
    Scenario("a hundred thousand ints out", many, {"count": 100_000}, gives=list(range(100_000))),
    Scenario("a hundred thousand ints in", total, {"values": list(range(100_000))}, gives=4_999_950_000),
    Scenario("four megabytes of text", long_text, {"count": 2_000_000}, gives="ä" * 2_000_000),
    Scenario("four megabytes of text in", length, {"text": "ä" * 2_000_000}, gives=2_000_000),
    Scenario("a file that a task has written", written_and_read, {"text": "hello"}, gives=ANYTHING, check=_check_file),
    Scenario("a directory", tree_and_list, {"names": ["a", "b/c", "b/d/e"]}, gives=["a", "b/c", "b/d/e"]),
    Scenario("files of a map", files_of_a_map, {"texts": ["a", "b", "c"]}, gives=["a", "b", "c"]),
    Scenario(
        "siblings do not see what a task does to its argument",
        siblings_see_no_change,
        {"values": [1, 2]},
        gives=([1, 2, 99], [1, 2, 99], 3, [1, 2]),
    ),
    Scenario(
        "what is upstream does not see what a task does to its argument",
        upstream_sees_no_change,
        {"count": 1},
        gives=([0], [0, 99], [0, 99, 99]),
    ),
    Scenario(
        "a dataclass that a task changes is a copy",
        shapes_are_copied,
        {"shape": _SHAPE},
        gives=(Shape("renamed", [*_SHAPE.corners, Point(9)], _SHAPE.colours, _SHAPE.centre), _SHAPE),
    ),
    Scenario(
        "a dict that a task changes is a copy",
        dicts_are_copied,
        {"values": {"a": [1]}},
        gives=(2, 2, {"a": [1]}),
    ),
    Scenario(
        "what a task returns stays its own",
        what_a_task_keeps_is_its_own,
        gives=([1, 2], [1, 2, 99]),
    ),
    Scenario(
        "a result of the wrong type",
        lying,
        {"text": "a"},
        fails=_wrong("`lying`: expected `int`, got `str` 'a' - at `o0`"),
        attempts={"lying": [1]},
    ),
    Scenario(
        "None where an int is declared",
        forgetful,
        {"words": []},
        fails=_wrong("`forgetful`: expected `int`, got `None` - at `o0`"),
    ),
    Scenario(
        "too few outputs",
        one_of_two,
        {"n": 1},
        fails=_wrong("`one_of_two`: expected 2 outputs (o0, o1), got `tuple` (1,) - at `return`"),
    ),
    Scenario(
        "too many outputs",
        three_of_two,
        {"n": 1},
        fails=_wrong("`three_of_two`: expected 2 outputs (o0, o1), got `tuple` (1, 'a', 3) - at `return`"),
    ),
    Scenario(
        "an output of a task that has none",
        talkative,
        {"n": 1},
        fails=_wrong("`talkative`: expected `None`, got `int` 1 (no output is declared) - at `return`"),
    ),
    Scenario(
        "a wrong value deep in a result",
        wrong_inside,
        {"n": 1},
        fails=_wrong("`wrong_inside`: expected `int`, got `str` 'x' - at `o0[1][\"a\"]`"),
    ),
    Scenario(
        "a bool is no int",
        true_for_one,
        {"n": 1},
        fails=_wrong("`true_for_one`: expected `int`, got `bool` True - at `o0`"),
    ),
    Scenario(
        "nothing runs on a wrong result",
        after_a_lie,
        {"text": "a"},
        fails=_wrong("`lying`: expected `int`, got `str` 'a' - at `o0`"),
        marks={},
        ends={"lying": ["failed"], "marked": []},
    ),
    Scenario("defaults of a workflow", with_defaults, gives=7),
    Scenario("a default of a workflow that is overridden", with_defaults, {"b": 1}, gives=4),
    Scenario("a default of a task in a workflow", with_default_of_task, {"a": 1}, gives=11),
    Scenario(
        "a wrong input is refused before anything runs",
        marked,
        {"n": "x"},
        fails=refused(ConversionError, "`marked`: expected `int`, got `str` 'x' - at `n`"),
    ),
    Scenario(
        "a wrong input of a workflow is refused before anything runs",
        after_a_lie,
        {"text": 1},
        fails=refused(ConversionError, "`after_a_lie`: expected `str`, got `int` 1 - at `text`"),
    ),
    Scenario(
        "a value outside of a Literal is refused",
        chosen,
        {"mode": "zzz"},
        fails=refused(ConversionError, "`chosen`: expected one of 'fast', 'slow', got `str` 'zzz' - at `mode`"),
    ),
    Scenario("a shell task", greeted, {"name": "Ada"}, gives="hello Ada"),
    Scenario("the environment of a shell task", in_environment, gives=None),
)
