"""In an `@eager` calls of `async def` tasks are awaited, and give values."""

import asyncio

from flytetypes import eager, task


@task
async def fetch(url: str) -> str:
    return url


@eager
async def longest(urls: list[str]) -> int:
    pages = await asyncio.gather(*[fetch(url=url) for url in urls])
    first = await fetch(url=pages[0])
    return max(len(page) for page in [*pages, first])
