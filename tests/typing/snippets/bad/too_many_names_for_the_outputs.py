"""Two outputs are unpacked to three names."""

from flytetypes import task, workflow


@task
def described(n: int) -> tuple[int, str]:
    return n, str(n)


@workflow
def flow(n: int) -> None:
    _number, _text, _rest = described(n=n)  # wrong: body-failed
