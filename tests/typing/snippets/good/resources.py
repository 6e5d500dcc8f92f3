"""Resources as a pair: request and limit."""

from flytetypes import Resources, node_of, task, workflow


@task(resources=Resources(cpu=(1, 2), mem=("500Mi", "1Gi"), gpu=1))
def train(n: int) -> float:
    return float(n)


@workflow
def flow(n: int) -> float:
    result = train(n=n)
    node_of(result).with_overrides(resources=Resources(mem=("1Gi", "2Gi")), shared_memory=True)
    return result
