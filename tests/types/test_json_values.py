"""Values from JSON as users write it: nothing is coerced, nothing is left out, nothing is lost on the way back."""

from __future__ import annotations

import datetime as dt
import enum
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict

import pytest

from flytetypes import ConversionError, ObjectNotFound, TypeEngine
from flytetypes.types import dump_json, load_json


@dataclass
class Cfg:
    rate: float = 0.5
    names: list[str] = field(default_factory=list)
    alias: int = field(default=1, metadata={"alias": "Alias"})
    made: int = field(init=False, default=0)


@dataclass
class Outer:
    cfg: Cfg
    count: int | None = None


class Movie(TypedDict):
    title: str
    year: NotRequired[int]


class Size(NamedTuple):
    width: int
    height: int = 1


class Level(enum.IntEnum):
    LOW = 1


@dataclass
class Holder:
    level: Level = Level.LOW
    one: Literal[1, "a"] = 1
    size: Size = field(default_factory=lambda: Size(1))
    items: list = field(default_factory=list)  # type: ignore[type-arg]


@pytest.fixture(scope="module")
def load() -> Callable[[Any, Any], Any]:
    engine = TypeEngine()

    def load(annotation: Any, tree: Any) -> Any:
        converter: Any = engine.converter(annotation)
        return load_json(tree, converter)

    return load


@pytest.mark.parametrize(
    ("annotation", "tree", "message"),
    [
        (int, True, "expected `int`, got `bool` True - at `$`"),
        (int, "3", "expected `int`, got `str` '3' - at `$`"),
        (int, 3.5, "expected `int`, got `float` 3.5 (the fraction would be lost) - at `$`"),
        (int, math.inf, "expected `int`, got `float` inf (the fraction would be lost) - at `$`"),
        (int, None, "expected `int`, got `None` - at `$`"),
        (float, True, "expected `float`, got `bool` True - at `$`"),
        (float, "0.5", "expected `float`, got `str` '0.5' - at `$`"),
        (float, 10**400, "expected `float`, got `int` 1000"),
        (str, 3, "expected `str`, got `int` 3 - at `$`"),
        (str, None, "expected `str`, got `None` - at `$`"),
        (bool, 0.5, "expected `bool`, got `float` 0.5 - at `$`"),
        (bool, 1, "expected `bool`, got `int` 1 - at `$`"),
        (bool, None, "expected `bool`, got `None` - at `$`"),
        (list[str], [1, None], "expected `str`, got `int` 1 - at `$[0]`"),
        (list[str], "ab", "expected `list[str]`, got `str` 'ab' - at `$`"),
        (dict[str, int], {"a": "1"}, "expected `int`, got `str` '1' - at `$[\"a\"]`"),
        (dict[int, int], {"true": 1}, 'expected `int`, got `bool` True - at `$["true"]`'),
        (dict[int, int], {"x": 1}, "expected `int`, got `str` 'x' - at `$[\"x\"]`"),
        (Cfg, {"rat": 1.0}, "expected a field of `Cfg`, got the key 'rat' - at `$`"),
        (Outer, {"cfg": {"rat": 1.0}}, "expected a field of `Cfg`, got the key 'rat' - at `$.cfg`"),
        (Outer, {"cfg": {}, "count": True}, "expected `int | None`, got `bool` True - at `$.count`"),
        (list[Cfg], [{}, {"rate": "1"}], "expected `float`, got `str` '1' - at `$[1].rate`"),
        (Movie, {"title": "a", "yaer": 1}, "expected a key of `Movie`, got the key 'yaer' - at `$`"),
        (Holder, {"size": [1, True]}, "expected `int`, got `bool` True - at `$.size.height`"),
        (Holder, {"items": "ab"}, "expected `list`, got `str` 'ab' - at `$.items`"),
        (Holder, {"level": True}, "expected `Level`"),
        (Holder, {"one": True}, "got `bool` True - at `$.one`"),
    ],
)
def test_nothing_is_coerced_and_nothing_vanishes(
    load: Callable[[Any, Any], Any], annotation: Any, tree: Any, message: str
) -> None:
    with pytest.raises(ConversionError) as caught:
        load(annotation, tree)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("annotation", "tree", "value"),
    [
        (int, 3.0, 3),
        (float, 3, 3.0),
        (str | float, 3, 3.0),
        (int | float, 3, 3),
        (bool | int, 1, 1),
        (int | str, "3", "3"),
        (dict[int, str], {"1": "a"}, {1: "a"}),
        (dict[float, str], {"1": "a"}, {1.0: "a"}),
        (dict[bool, int], {"true": 1}, {True: 1}),
        (Holder, {"level": 1, "one": 1}, Holder(Level.LOW, 1)),
        (Literal[1, 2], 1, 1),
        (dt.timedelta, 3, dt.timedelta(seconds=3)),
        (dt.date, "2024-01-02", dt.date(2024, 1, 2)),
        (Cfg, {"Alias": 7, "made": 2}, None),
        (Movie, {"title": "a"}, {"title": "a"}),
    ],
)
def test_what_json_says_is_taken(load: Callable[[Any, Any], Any], annotation: Any, tree: Any, value: Any) -> None:
    loaded = load(annotation, tree)
    if value is None:
        assert (loaded.alias, loaded.made) == (7, 2)
        return
    assert loaded == value
    assert type(loaded) is type(value)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (Outer, Outer(Cfg(names=["a"]), 3)),
        (dict[int, float], {1: 0.5, 2: 3.0}),
        (dict[bool, str], {True: "a"}),
        (list[int | None], [1, None]),
        (Movie, {"title": "a", "year": 3}),
        (bytes, None),
    ],
)
def test_what_is_dumped_can_be_loaded(annotation: Any, value: Any) -> None:
    engine = TypeEngine()

    @dataclass
    class Bytes:
        it: bytes

    converter: Any = engine.converter(Bytes if annotation is bytes else annotation)
    value = Bytes(b"\0\xff") if annotation is bytes else value
    assert load_json(dump_json(value, converter), converter) == value


def test_a_struct_that_another_sdk_wrote_is_still_read_leniently() -> None:
    engine = TypeEngine()
    literal = engine.converter(dict).to_literal({"rate": "1.5", "names": "ab", "more": 1})
    assert engine.converter(Cfg).to_python(literal) == Cfg(1.5, ["a", "b"])


@dataclass
class _Chain:
    next: _Chain | None = None


def test_a_tree_that_is_too_deep_is_an_error_of_ours() -> None:
    tree: Any = {}
    for _ in range(20_000):
        tree = {"next": tree}
    with pytest.raises(ConversionError, match="nested too deep"):
        load_json(tree, TypeEngine().converter(_Chain))


def test_a_frame_is_stored_when_it_is_dumped_and_read_when_it_is_loaded(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    converter: Any = TypeEngine(prefix=str(tmp_path)).converter(list[pandas.DataFrame])
    (tree,) = dump_json([pandas.DataFrame({"a": [1]})], converter)
    assert Path(tree["uri"]).is_relative_to(tmp_path)
    assert [frame.to_dict("list") for frame in load_json([tree], converter)] == [{"a": [1]}]
    with pytest.raises(ObjectNotFound):
        load_json([{**tree, "uri": str(tmp_path / "gone")}], converter)
