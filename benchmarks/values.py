"""The annotations that are measured, and a fresh value of each for every call.

Imported in every environment, so it needs nothing but the standard library; pydantic is only looked for when a case
asks for its model. Values differ from call to call: flytekit looks a value up that it has converted before.
"""

from collections.abc import Callable
from dataclasses import dataclass, make_dataclass
from functools import cache
from itertools import count
from random import Random
from typing import Any, Final, NamedTuple, Optional, Union


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


class Sample(NamedTuple):
    """One annotation, and how a value of it is made: from a number that no other value has, and a size."""

    annotation: Callable[[], Any]
    make: Callable[[int, int], Any]


def integers(number: int, size: int) -> list[int]:
    """Of 1 to 48 bits, so that varints of every common length occur."""
    bits = Random(number).getrandbits
    return [bits(1 + index % 48) for index in range(size)]


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


SAMPLES: Final = {
    "int": Sample(lambda: int, lambda number, _: number),
    "str": Sample(lambda: str, lambda number, _: f"value {number}"),
    "Optional[int]": Sample(lambda: Optional[int], lambda number, _: number),  # noqa: UP045 - as most users write it
    "dataclass": Sample(lambda: Order, lambda number, _: Order(number, f"order {number}", number + 0.25)),
    "Union of 2 dataclasses": Sample(
        lambda: Union[Order, Customer],  # noqa: UP007
        lambda number, _: Customer(number, f"{number}@example.org", active=True),
    ),
    "pydantic model": Sample(
        product_model, lambda number, _: product_model()(id=number, name=f"product {number}", price=number + 0.25)
    ),
    "list[int]": Sample(lambda: list[int], integers),
    "list[float]": Sample(lambda: list[float], floats),
    "list[str]": Sample(lambda: list[str], strings),
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
