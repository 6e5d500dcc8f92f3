"""Files and directories are passed on."""

from typing import Literal

from flytetypes import FlyteDirectory, FlyteFile, task, workflow


@task
def rows(table: FlyteFile[Literal["csv"]]) -> int:
    return len(table.read_text().splitlines())


@task
def first(directory: FlyteDirectory) -> FlyteFile[Literal["csv"]]:
    return FlyteFile[Literal["csv"]](directory / "0.csv")


@workflow
def flow(directory: FlyteDirectory, table: FlyteFile[Literal["csv"]]) -> tuple[int, int]:
    return rows(table=first(directory=directory)), rows(table=table)
