"""An Optional input takes None, a value, and a promise of one."""

from typing import Optional

from flytetypes import task, workflow


@task
def shown(n: Optional[int] = None, text: str | None = None) -> str:
    return f"{n} {text}"


@task
def one() -> int:
    return 1


@workflow
def flow(n: Optional[int] = None) -> list[str]:
    return [shown(), shown(n=None, text="a"), shown(n=n), shown(n=one(), text=shown(n=3))]
