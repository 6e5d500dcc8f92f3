"""The annotations that are measured, and a fresh value of each for every call.

Imported in every environment, so it needs nothing but the standard library; pydantic, attrs and msgspec are only looked
for when a case asks for their classes. Values differ from call to call: flytekit looks a value up that it has converted
before.
"""

import datetime as dt
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, make_dataclass
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple, Optional, TypedDict, Union
from uuid import UUID


@dataclass
class Order:
    id: int
    name: str
    price: float


@dataclass
class Customer:
    id: int
    email: str
    active: bool


@cache
def product_model() -> Any:
    """A pydantic model of three fields."""
    from pydantic import BaseModel

    class Product(BaseModel):
        id: int
        name: str
        price: float

    return Product


@cache
def attrs_class() -> Any:
    """The same by attrs."""
    from attrs import define

    @define
    class Product:
        id: int
        name: str
        price: float

    return Product


@cache
def msgspec_struct() -> Any:
    """The same by msgspec."""
    from msgspec import Struct

    class Product(Struct):
        id: int
        name: str
        price: float

    return Product


class OrderTuple(NamedTuple):
    id: int
    name: str
    price: float


class OrderDict(TypedDict):
    id: int
    name: str
    price: float


class Sample(NamedTuple):
    """One annotation, and how a value of it is made: from a number that no other value has, and a size."""

    annotation: Callable[[], Any]
    make: Callable[[int, int], Any]


def integers(number: int, size: int) -> list[int]:
    """Of 1 to 48 bits, so that varints of every common length occur."""
    bits = Random(number).getrandbits
    return [bits(1 + index % 48) for index in range(size)]


def integer_set(number: int, size: int) -> set[int]:
    """Of 17 to 48 bits, of which few occur twice, and in no order: sorting them is a part of writing a set."""
    bits = Random(number).getrandbits
    return {bits(17 + index % 32) for index in range(size)}


def floats(number: int, size: int) -> list[float]:
    random = Random(number).random
    return [random() for _ in range(size)]


def strings(number: int, size: int) -> list[str]:
    return [f"value {number + index}" for index in range(size)]


def integers_by_name(number: int, size: int) -> dict[str, int]:
    return dict(zip(strings(number, size), integers(number, size), strict=True))


def orders(number: int, size: int) -> list[Order]:
    return [Order(number + index, f"order {index}", index + 0.25) for index in range(size)]


def table(number: int, size: int) -> list[list[int]]:
    return [integers(number + row, 100) for row in range(size)]


def three_fields(make: Callable[[], Any]) -> Sample:
    """Of a class with the fields `id`, `name` and `price`."""
    return Sample(make, lambda number, _: make()(id=number, name=f"product {number}", price=number + 0.25))


def time_of_day(number: int, size: int) -> dt.time:
    return (dt.datetime(2024, 1, 1) + dt.timedelta(microseconds=number)).time()


SAMPLES: Final = {
    "int": Sample(lambda: int, lambda number, _: number),
    "str": Sample(lambda: str, lambda number, _: f"value {number}"),
    "Optional[int]": Sample(lambda: Optional[int], lambda number, _: number),  # noqa: UP045 - as most users write it
    "dataclass": Sample(lambda: Order, lambda number, _: Order(number, f"order {number}", number + 0.25)),
    "Union of 2 dataclasses": Sample(
        lambda: Union[Order, Customer],  # noqa: UP007
        lambda number, _: Customer(number, f"{number}@example.org", active=True),
    ),
    "pydantic model": three_fields(product_model),
    "attrs class": three_fields(attrs_class),
    "msgspec Struct": three_fields(msgspec_struct),
    "TypedDict": three_fields(lambda: OrderDict),
    "NamedTuple": three_fields(lambda: OrderTuple),
    "Decimal": Sample(lambda: Decimal, lambda number, _: Decimal(number) / 100),
    "UUID": Sample(lambda: UUID, lambda number, _: UUID(int=number)),
    "Path": Sample(lambda: Path, lambda number, _: Path(f"/data/{number}.txt")),
    "datetime": Sample(lambda: dt.datetime, lambda number, _: dt.datetime.fromtimestamp(number, dt.UTC)),
    "time": Sample(lambda: dt.time, time_of_day),
    "list[int]": Sample(lambda: list[int], integers),
    "list[float]": Sample(lambda: list[float], floats),
    "list[str]": Sample(lambda: list[str], strings),
    "set[int]": Sample(lambda: set[int], integer_set),
    "tuple[int, ...]": Sample(lambda: tuple[int, ...], lambda number, size: tuple(integers(number, size))),
    "deque[float]": Sample(lambda: deque[float], lambda number, size: deque(floats(number, size))),
    "dict[str, int]": Sample(lambda: dict[str, int], integers_by_name),
    "list[dataclass]": Sample(lambda: list[Order], orders),
    "list[list[int]]": Sample(lambda: list[list[int]], table),
}

_numbers = count(1_000_000)


def fresh(sample: str, size: int) -> Any:
    """A value that this process has not seen yet."""
    # A large step: the elements of containers are numbered from here on, and are not to repeat either.
    return SAMPLES[sample].make(next(_numbers) * (size or 1), size)


def fresh_class() -> type:
    """A new dataclass of 20 fields, the last of which is another one."""
    number = next(_numbers)
    kinds = (int, str, float, bool)
    address = make_dataclass(f"Address{number}", [(f"line_{index}", str) for index in range(5)])
    fields: list[tuple[str, type]] = [(f"field_{index}", kinds[index % 4]) for index in range(19)]
    return make_dataclass(f"Invoice{number}", [*fields, ("address", address)])


def fresh_nested_class() -> type:
    """A new dataclass of 20 fields, the last of which is another of 20, the last of which is one more of 20."""
    number = next(_numbers)
    kinds: tuple[Any, ...] = (int, str, float, bool, list[str])
    inner: Any = int
    for level in ("Line", "Order", "Customer"):
        fields: list[tuple[str, Any]] = [(f"field_{index}", kinds[index % 5]) for index in range(19)]
        inner = make_dataclass(f"{level}{number}", [*fields, ("last", inner)])
    made: type = inner
    return made
