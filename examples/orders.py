"""A workflow with inputs of many kinds, for the command line: docs/command-line.md.

flytetypes run examples/orders.py price --order '{"item": "tea", "count": 3}'
"""

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from flytetypes import task, workflow


class Size(enum.Enum):
    """How large a parcel is."""

    SMALL = "small"
    LARGE = "large"


@dataclass
class Order:
    """What somebody wants."""

    item: str
    count: int = 1


@task
def cost(order: Order, size: Size, express: bool) -> Decimal:
    """What an order costs."""
    if order.count < 1:
        raise ValueError(f"{order.count} pieces of {order.item}")
    each = Decimal("2.50") if size is Size.SMALL else Decimal("4.00")
    return order.count * each + (10 if express else 0)


@task
def arrival(ordered: datetime, takes: timedelta, express: bool) -> datetime:
    """When an order arrives."""
    return ordered + (takes / 2 if express else takes)


@workflow
def price(
    order: Order,
    size: Size = Size.SMALL,
    express: bool = False,
    ordered: datetime = datetime(2024, 5, 6, tzinfo=UTC),
    takes: timedelta = timedelta(days=2),
) -> tuple[Decimal, datetime]:
    """What an order costs, and when it arrives.

    Args:
        order: The item, and how many of it.
        size: Of the parcel.
        express: Whether it is sent by express.
        ordered: When it is ordered.
        takes: How long it takes otherwise.
    """
    return cost(order=order, size=size, express=express), arrival(ordered=ordered, takes=takes, express=express)
