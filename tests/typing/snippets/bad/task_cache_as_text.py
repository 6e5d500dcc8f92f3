"""`cache` is yes, no, or a `Cache`."""

from flytetypes import task


@task(cache="1.0")  # wrong: OptionError
def doubled(n: int) -> int:
    return 2 * n
