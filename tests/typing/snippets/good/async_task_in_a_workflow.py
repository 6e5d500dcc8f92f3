"""An `async def` is a node like any other, and its output is used like any other."""

from flytetypes import task, workflow


@task
async def fetch(url: str, retries: int = 1) -> str:
    return url * retries


@task
def length(text: str) -> int:
    return len(text)


@workflow
def flow(url: str) -> tuple[int, str]:
    page = fetch(url=url)
    return length(text=page), fetch(url=page, retries=2)
