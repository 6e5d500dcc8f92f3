"""A dict where a dataclass is taken."""

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
    return train(settings={"rate": 0.1})  # wrong: wrong-constant
