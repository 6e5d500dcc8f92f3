"""A secret is a `Secret`."""

from flytetypes import task


@task(secret_requests=["database"])  # wrong: OptionError
def doubled(n: int) -> int:
    return 2 * n
