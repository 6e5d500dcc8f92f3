"""A dataclass as a constant, as a default, as an input and as an output."""

from dataclasses import dataclass, field

from flytetypes import task, workflow


@dataclass
class Settings:
    rate: float = 0.1
    layers: list[int] = field(default_factory=lambda: [3, 4])


@task
def changed(settings: Settings) -> Settings:
    return Settings(settings.rate / 2, settings.layers)


@workflow
def flow(settings: Settings) -> tuple[Settings, Settings]:
    return changed(settings=Settings(rate=0.5)), changed(settings=settings)
