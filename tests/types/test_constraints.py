"""Constraints inside `Annotated`: whole messages, both ways, wherever the annotation stands; no package is imported."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Annotated, Any, Optional, Union

import annotated_types as at
import msgspec
import pydantic
import pytest

from engines import refused
from flytetypes.errors import ConversionError
from flytetypes.types import FlyteAnnotation, TypeEngine

ENGINE = TypeEngine()

Positive = Annotated[int, at.Gt(0)]


def is_even(value: int) -> bool:
    return value % 2 == 0


@pytest.mark.parametrize(
    ("annotation", "good", "bad", "message"),
    [
        (Annotated[int, at.Gt(0)], 1, 0, "expected `int` > 0, got `int` 0 - at `$`"),
        (Annotated[float, at.Ge(0)], 0.0, -0.5, "expected `float` >= 0, got `float` -0.5 - at `$`"),
        (Annotated[float, at.Ge(0)], 1.0, float("nan"), "expected `float` >= 0, got `float` nan - at `$`"),
        (Annotated[int, at.Lt(5)], 4, 5, "expected `int` < 5, got `int` 5 - at `$`"),
        (Annotated[int, at.Le(5)], 5, 6, "expected `int` <= 5, got `int` 6 - at `$`"),
        (Annotated[int, at.Interval(ge=0, lt=9)], 8, 9, "expected `int` < 9, got `int` 9 - at `$`"),
        (Annotated[int, at.MultipleOf(3)], 6, 7, "expected `int` that is a multiple of 3, got `int` 7 - at `$`"),
        (
            Annotated[list[int], at.MinLen(1)],
            [0],
            [],
            "expected `list[int]` of a length of at least 1, got `list` [] - at `$`",
        ),
        (
            Annotated[str, at.Len(1, 3)],
            "abc",
            "abcd",
            "expected `str` of a length of at most 3, got `str` 'abcd' - at `$`",
        ),
        (
            Annotated[int, at.Predicate(is_even)],
            2,
            3,
            "expected `int` for which `is_even` holds, got `int` 3 - at `$`",
        ),
        (
            Annotated[str, at.Predicate(at.Not(str.isupper))],
            "a",
            "A",
            "expected `str` for which `str.isupper` does not hold, got `str` 'A' - at `$`",
        ),
        (
            Annotated[dt.datetime, at.Timezone(...)],
            dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
            dt.datetime(2024, 1, 1),
            "expected `datetime` with a time zone, got `datetime` datetime.datetime(2024, 1, 1, 0, 0) - at `$`",
        ),
        (
            Annotated[dt.datetime, at.Timezone(None)],
            dt.datetime(2024, 1, 1),
            dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
            "expected `datetime` without a time zone, got `datetime` datetime.datetime(2024, 1, 1...tzinfo=datetime.timezone.utc) - at `$`",
        ),
        (Annotated[int, pydantic.Field(ge=1)], 1, 0, "expected `int` >= 1, got `int` 0 - at `$`"),
        (
            Annotated[str, msgspec.Meta(pattern="^a", max_length=2)],
            "ab",
            "b",
            "expected `str` that matches '^a', got `str` 'b' - at `$`",
        ),
        (Annotated[Optional[int], at.Gt(0)], None, 0, "expected `int | None` > 0, got `int` 0 - at `$`"),
        (
            Annotated[str, at.Gt(0)],
            None,
            "a",
            (
                "expected `str` > 0, got `str` 'a' (the rule cannot be asked: TypeError: '>' not supported between "
                "instances of 'str' and 'int') - at `$`"
            ),
        ),
    ],
)
def test_a_rule_is_checked_when_writing_and_when_reading(annotation: Any, good: Any, bad: Any, message: str) -> None:
    bare = annotation.__origin__
    if good is not None or type(None) in ENGINE.converter(bare).classes:
        assert ENGINE.to_python(ENGINE.to_literal(good, annotation), annotation) == good
        assert ENGINE.from_bytes(ENGINE.to_bytes(good, annotation), annotation) == good
    literal, data = ENGINE.to_literal(bad, bare), ENGINE.to_bytes(bad, bare)
    assert refused(ConversionError, lambda: ENGINE.to_literal(bad, annotation)) == message
    assert refused(ConversionError, lambda: ENGINE.to_bytes(bad, annotation)) == message
    assert refused(ConversionError, lambda: ENGINE.to_python(literal, annotation)) == message
    assert refused(ConversionError, lambda: ENGINE.from_bytes(data, annotation)) == message


@dataclass
class Order:
    quantity: Positive
    codes: list[Annotated[str, at.Len(2, 2)]] = field(default_factory=list)


def test_rules_hold_inside_of_everything() -> None:
    expected = "expected `int` > 0, got `int` 0 - at "
    assert refused(ConversionError, lambda: ENGINE.to_literal([1, 0], list[Positive])) == f"{expected}`$[1]`"
    assert refused(ConversionError, lambda: ENGINE.to_literal({"a": 0}, dict[str, Positive])) == f'{expected}`$["a"]`'
    assert refused(ConversionError, lambda: ENGINE.to_literal((1, 0), tuple[int, Positive])) == f"{expected}`$[1]`"
    assert refused(ConversionError, lambda: ENGINE.to_literal(Order(0), Order)) == f"{expected}`$.quantity`"
    assert refused(ConversionError, lambda: ENGINE.to_literal(Order(1, ["CH", "D"]), Order)) == (
        "expected `str` of a length of at least 2, got `str` 'D' - at `$.codes[1]`"
    )


def test_a_union_takes_the_variant_whose_rules_hold() -> None:
    annotation = Union[Annotated[int, at.Lt(0)], Annotated[int, at.Gt(0)]]
    for value in (-1, 1):
        assert ENGINE.to_python(ENGINE.to_literal(value, annotation), annotation) == value
    assert refused(ConversionError, lambda: ENGINE.to_literal(0, annotation)) == (
        "expected `int | int`, got `int` 0 (`int`: expected `int` < 0, got `int` 0; "
        "`int`: expected `int` > 0, got `int` 0) - at `$`"
    )


def test_rules_are_not_on_the_wire() -> None:
    assert ENGINE.literal_type(Positive) == ENGINE.literal_type(int)
    noted = Annotated[int, at.Gt(0), FlyteAnnotation({"unit": "kg"})]
    assert ENGINE.literal_type(noted) == ENGINE.literal_type(Annotated[int, FlyteAnnotation({"unit": "kg"})])
    assert refused(ConversionError, lambda: ENGINE.to_literal(0, noted)) == "expected `int` > 0, got `int` 0 - at `$`"


def test_nothing_of_those_packages_is_imported() -> None:
    program = (
        "import sys\n"
        "from typing import Annotated\n"
        "from flytetypes import TypeEngine\n"
        "TypeEngine().to_literal(1, Annotated[int, 'a note'])\n"
        "print(sorted({'annotated_types', 'pydantic', 'msgspec', 'attr', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
