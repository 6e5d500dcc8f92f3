"""How often a task is tried again is a number."""

from flytetypes import task


@task(retries="3")  # wrong: OptionError
def doubled(n: int) -> int:
    return 2 * n
