"""An option of `@task`, misspelled."""

from flytetypes import task


@task(retry=3)  # wrong: OptionError
def doubled(n: int) -> int:
    return 2 * n
