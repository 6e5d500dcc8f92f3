"""What branches give is unpacked, and its fields are used."""

from typing import NamedTuple

from flytetypes import conditional, task, workflow


class Found(NamedTuple):
    name: str
    size: int


@task
def search(name: str) -> Found:
    return Found(name, 1)


@task
def nothing() -> Found:
    return Found("", 0)


@task
def line(name: str, size: int) -> str:
    return f"{name} {size}"


@workflow
def flow(name: str) -> tuple[str, int]:
    found = conditional("any").if_(name != "").then(search(name=name)).else_().then(nothing())
    return line(name=found.name, size=found.size), found.size
