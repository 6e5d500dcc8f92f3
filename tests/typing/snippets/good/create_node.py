"""`create_node` gives the node of a call, with the outputs as attributes."""

from flytetypes import create_node, task, workflow


@task
def prepare(path: str) -> None: ...


@task
def work(path: str) -> int:
    return len(path)


@task
async def fetch(url: str) -> str:
    return url


@workflow
def flow(path: str) -> tuple[int, str]:
    before = create_node(prepare, path=path)
    node = create_node(work, path=path).with_overrides(retries=2)
    before >> node
    return node.o0, create_node(fetch, url=path).outputs["o0"]
