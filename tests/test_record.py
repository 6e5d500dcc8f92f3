"""Records behave as frozen dataclasses do."""

from __future__ import annotations

import copy
import pickle

import pytest

from flytetypes._record import Record


class Point(Record):
    x: int
    y: int = 0


class Named(Point):
    name: str = ""


def test_fields_come_by_position_or_name_with_defaults() -> None:
    assert (Point(1).x, Point(1).y, Point(x=1, y=2).y, Named(1, 2, "a").name) == (1, 0, 2, "a")
    assert repr(Named(1, name="a")) == "Named(x=1, y=0, name='a')"


def test_equality_hash_and_matching_go_by_class_and_fields() -> None:
    assert Point(1) == Point(1, 0) != Point(2)
    assert Point(1) != Named(1)
    assert len({Point(1), Point(1, 0), Named(1)}) == 2
    match Named(1, 2, "a"):
        case Named(x, y, name):
            assert (x, y, name) == (1, 2, "a")


def test_records_never_change() -> None:
    with pytest.raises(AttributeError, match="Point never changes: make a new one"):
        Point(1).x = 2
    point = Point(1)
    with pytest.raises(AttributeError, match="Point never changes: make a new one"):
        del point.x


def test_records_are_copied_and_pickled() -> None:
    assert copy.deepcopy(Named(1)) == Named(1) == pickle.loads(pickle.dumps(Named(1)))


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {}, "Point needs `x`"),
        ((1, 2, 3), {}, "Point has 2 fields, got 3 values"),
        ((1,), {"x": 2}, "Point has no field `x`, or got it twice"),
        ((1,), {"z": 2}, "Point has no field `z`, or got it twice"),
    ],
)
def test_wrong_arguments_are_told(args: tuple[int, ...], kwargs: dict[str, int], message: str) -> None:
    with pytest.raises(TypeError) as caught:
        Point(*args, **kwargs)
    assert str(caught.value) == message
