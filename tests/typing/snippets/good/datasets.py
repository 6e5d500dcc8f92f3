"""Data sets are passed on."""

from flytetypes import StructuredDataset, task, workflow


@task
def cleaned(table: StructuredDataset) -> StructuredDataset:
    return table


@workflow
def flow(table: StructuredDataset) -> StructuredDataset:
    return cleaned(table=cleaned(table=table))
