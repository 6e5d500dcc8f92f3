"""The name of an input, misspelled."""

from flytetypes import task, workflow


@task
def train(epochs: int, rate: float = 0.1) -> float:
    return rate


@workflow
def flow(epochs: int) -> float:
    return train(epochs=epochs, rates=0.2)  # wrong: unknown-input
