"""Options of `@task`, those of the platform too."""

from datetime import timedelta

from flytetypes import Documentation, Resources, Secret, task, workflow
from flytetypes.accelerators import A100


@task(
    retries=3,
    timeout=timedelta(minutes=5),
    interruptible=True,
    environment={"MODE": "fast"},
    container_image="{{.image.default.fqn}}:{{.image.default.version}}",
    requests=Resources(cpu="500m", mem="1Gi"),
    limits=Resources(cpu=2, mem="2Gi"),
    secret_requests=[Secret(group="database", key="password")],
    docs=Documentation(short_description="Trains."),
    enable_deck=True,
    accelerator=A100.partitioned("1g.5gb"),
    shared_memory="2Gi",
    labels={"team": "a"},
    annotations={"note": "b"},
)
def train(epochs: int) -> float:
    return 1.0 / epochs


@workflow
def flow(epochs: int) -> float:
    return train(epochs=epochs)
