"""A constant dataclass with a field of another type."""

from dataclasses import dataclass

from flytetypes import task, workflow


@dataclass
class Settings:
    rate: float


@task
def train(settings: Settings) -> float:
    return settings.rate


@workflow
def flow() -> float:
    return train(settings=Settings(rate="fast"))  # wrong: wrong-constant
