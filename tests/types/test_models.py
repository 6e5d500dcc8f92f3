"""Pydantic models: what a field that says nothing about its values may hold, and what it would lose."""

from __future__ import annotations

import collections
import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pydantic
import pytest

from flytetypes.errors import ConversionError
from flytetypes.testing import same
from flytetypes.types import Outbox, TypeEngine

ENGINE = TypeEngine()
T = TypeVar("T")


class Loose(pydantic.BaseModel):
    x: Any = None


class Objects(pydantic.BaseModel):
    x: object = None


class Bare(pydantic.BaseModel):
    a: list = []  # type: ignore[type-arg]
    b: dict = {}  # type: ignore[type-arg]
    c: tuple = ()  # type: ignore[type-arg]


class Box(pydantic.BaseModel, Generic[T]):
    x: T


class Outer(pydantic.BaseModel):
    inner: list[Loose]
    when: dt.datetime | None = None


class Extra(pydantic.BaseModel, extra="allow"):
    pass


class Hidden(pydantic.BaseModel):
    x: int = 0
    _seen: int = pydantic.PrivateAttr(default=0)
    _lock: object = pydantic.PrivateAttr(default_factory=object)


class Tree(pydantic.BaseModel):
    value: Any = None
    children: list[Tree] = []


@dataclass
class Holder:
    model: Loose


class Typed(pydantic.BaseModel):
    a: tuple[int, ...] = ()
    b: bytes = b""
    c: list[int] = []


class Several(pydantic.BaseModel):
    c: Sequence[int] = ()


LOST = [(1, 2), {1}, b"abc", dt.datetime(2024, 1, 2), dt.timedelta(1), math.inf, 1 + 2j, collections.OrderedDict(a=1)]


def faces(value: Any, annotation: Any) -> list[Any]:
    old = ENGINE.converter(annotation).write(value, Outbox(old_format=True))
    return [
        ENGINE.to_python(ENGINE.to_literal(value, annotation), annotation),
        ENGINE.from_bytes(ENGINE.to_bytes(value, annotation), annotation),
        ENGINE.from_bytes(old, annotation),
    ]


@pytest.mark.parametrize("lost", LOST, ids=repr)
@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda x: Loose(x=x), "$.x"),
        (lambda x: Objects(x=x), "$.x"),
        (lambda x: Loose(x=[{"k": x}]), '$.x[0]["k"]'),
        (lambda x: Bare(a=[x]), "$.a[0]"),
        (lambda x: Bare(b={"k": x}), '$.b["k"]'),
        (lambda x: Bare(c=(1, x)), "$.c[1]"),
        (lambda x: Box[Any](x=x), "$.x"),
        (lambda x: Outer(inner=[Loose(), Loose(x=x)]), "$.inner[1].x"),
        (lambda x: Extra(more=x), "$.more"),  # type: ignore[call-arg]
        (lambda x: Tree(children=[Tree(value=x)]), "$.children[0].value"),
        (lambda x: Holder(Loose(x=x)), "$.model.x"),
    ],
)
def test_what_would_come_back_as_something_else_is_refused_or_comes_back(make: Any, path: str, lost: Any) -> None:
    value = make(lost)
    try:
        back = faces(value, type(value))
    except ConversionError as error:
        assert error.path == path
        assert "gives back as it is, got `" in str(error)
    else:
        assert all(same(one, value) for one in back)


@pytest.mark.parametrize("lost", [(1, 2), {1}, b"abc", dt.datetime(2024, 1, 2)], ids=repr)
def test_a_tuple_for_any_is_refused(lost: Any) -> None:
    with pytest.raises(ConversionError, match=r"expected a value that `Loose` gives back as it is, got `.* would come"):
        ENGINE.to_literal(Loose(x=lost), Loose)


@pytest.mark.parametrize(
    "value",
    [
        Loose(x=[1, 2.5, "a", None, True, {"a": [{}]}]),
        Loose(x=math.nan),
        Bare(a=[1], b={"a": 1}, c=(1, "a")),
        Outer(inner=[Loose(x=1)], when=dt.datetime(2024, 1, 2, tzinfo=dt.UTC)),
        Extra(more=[1]),  # type: ignore[call-arg]
        Hidden(x=1),
        Tree(children=[Tree(value=1)]),
        Typed(a=(1, 2), b=b"abc", c=[1, 2]),
        Several(c=[1, 2]),
    ],
    ids=repr,
)
def test_what_is_kept_comes_back(value: Any) -> None:
    try:
        back = faces(value, type(value))
    except ConversionError:
        assert "nan" in repr(value)
    else:
        for one in back:
            assert same(one, value)


def test_a_tuple_for_a_sequence_is_refused() -> None:
    with pytest.raises(
        ConversionError, match=r"got `tuple` \(1, 2\) \(it would come back as `list` \[1, 2\]\) - at `\$.c`"
    ):
        ENGINE.to_literal(Several(c=(1, 2)), Several)


def test_a_private_attribute_that_would_be_lost_is_refused() -> None:
    value = Hidden(x=1)
    value._seen = 5
    with pytest.raises(ConversionError, match=r"got `int` 5 \(it would come back as `int` 0\) - at `\$\._seen`"):
        ENGINE.to_literal(value, Hidden)


def test_models_that_say_everything_are_not_validated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    for cls in (Typed, Loose):
        monkeypatch.setattr(cls, "model_validate", lambda *a, cls=cls, **k: (calls.append(cls.__name__), cls())[1])  # type: ignore[func-returns-value]
        ENGINE.to_literal(cls(), cls)
    assert calls == ["Loose"]
