"""Resources are no dict."""

from flytetypes import task


@task(requests={"cpu": "1"})  # wrong: OptionError
def doubled(n: int) -> int:
    return 2 * n
