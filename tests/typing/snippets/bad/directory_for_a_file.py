"""A directory where a file is taken."""

from flytetypes import FlyteDirectory, FlyteFile, task, workflow


@task
def rows(table: FlyteFile) -> int:
    return len(table.read_text().splitlines())


@workflow
def flow(tables: FlyteDirectory) -> int:
    return rows(table=tables)  # wrong: directory-for-file
