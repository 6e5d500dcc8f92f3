"""The environment is texts by name."""

from flytetypes import task


@task(environment={"THREADS": 4})  # wrong: OptionError
def doubled(n: int) -> int:
    return 2 * n
