"""A data set where a file is taken."""

from flytetypes import FlyteFile, StructuredDataset, task, workflow


@task
def rows(table: FlyteFile) -> int:
    return len(table.read_text().splitlines())


@workflow
def flow(table: StructuredDataset) -> int:
    return rows(table=table)  # wrong: type-mismatch
