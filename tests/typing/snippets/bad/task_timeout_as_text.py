"""A timeout is seconds, or a timedelta."""

from flytetypes import task


@task(timeout="1h")  # wrong: OptionError
def doubled(n: int) -> int:
    return 2 * n
