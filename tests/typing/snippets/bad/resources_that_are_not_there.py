"""A resource that there is not."""

from flytetypes import Resources, task


@task(requests=Resources(memory="1Gi"))  # wrong: TypeError
def doubled(n: int) -> int:
    return 2 * n
