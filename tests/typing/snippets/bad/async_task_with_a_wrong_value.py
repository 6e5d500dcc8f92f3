"""An `async def` gets a number for a text."""

from flytetypes import task, workflow


@task
async def fetch(url: str) -> str:
    return url


@workflow
def flow() -> None:
    fetch(url=80)  # wrong: wrong-constant
