"""A decorator of one's own under `@task` keeps the signature."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flytetypes import task, workflow

P = ParamSpec("P")
R = TypeVar("R")


def logged(function: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        print(function.__name__)
        return function(*args, **kwargs)

    return wrapper


@task(retries=1)
@logged
def doubled(n: int) -> int:
    return 2 * n


@workflow
def flow(n: int) -> int:
    return doubled(n=n)
