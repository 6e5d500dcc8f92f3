"""Options of `@eager`, and one `@eager` that awaits another."""

from flytetypes import Resources, eager


@eager(retries=1, requests=Resources(mem="1Gi"), client_secret_group="flyte", client_secret_key="secret")
async def inner(n: int, by: int = 2) -> int:
    return n * by


@eager(cache=False, environment={"MODE": "fast"})
async def outer(n: int) -> str:
    return str(await inner(n=n) + await inner(n=n, by=3))
