"""Outside of a workflow the call of an `async def` is awaited, and gives what it declares."""

import asyncio

from flytetypes import task


@task(retries=2)
async def fetch(url: str) -> str:
    return url


async def both() -> int:
    first, second = await asyncio.gather(fetch(url="a"), fetch(url="bc"))
    third = await fetch(url=first.upper())
    return len(first) + len(second) + len(third)


assert asyncio.run(both()) == 4
assert asyncio.run(fetch(url="a")).upper() == "A"
