"""`>>` says which call waits for which, where nothing flows between them."""

from flytetypes import task, workflow


@task
def prepare(path: str) -> None: ...


@task
def work(path: str) -> int:
    return len(path)


@task
async def finish() -> None: ...


@workflow
def flow(path: str) -> int:
    prepare(path=path) >> prepare(path="b") >> work(path="c")
    result = work(path=path)
    result >> finish()
    prepare(path="d").runs_before(result)
    return result
