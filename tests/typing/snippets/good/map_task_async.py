"""A map over an `async def`, and one over what gives nothing."""

from functools import partial

from flytetypes import map_task, task, workflow


@task
async def fetch(url: str, times: int) -> str:
    return url * times


@task
def store(text: str) -> None: ...


@task
def joined(texts: list[str]) -> str:
    return ",".join(texts)


@workflow
def flow(urls: list[str]) -> str:
    pages = map_task(fetch)(url=urls, times=[1, 2, 3])
    stored = map_task(store)(text=map_task(partial(fetch, times=2))(url=pages))
    result = joined(texts=pages)
    stored >> result
    return result
