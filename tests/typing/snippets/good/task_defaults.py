"""Inputs with defaults may be left out."""

from flytetypes import task, workflow


@task
def scaled(n: int, by: int = 2, label: str = "") -> int:
    return n * by


@workflow
def flow(n: int) -> int:
    return scaled(n=scaled(n=n), by=3)
