"""Any image is a task."""

from flytetypes import ContainerTask, Resources, kwtypes, task, workflow

area = ContainerTask(
    name="container.area",
    image="alpine:3.20",
    command=["/bin/sh", "-c"],
    arguments=["echo {{.inputs.radius}} > /var/outputs/area"],
    inputs=kwtypes(radius=float),
    outputs=kwtypes(area=float),
    requests=Resources(cpu=1),
    metadata_format=ContainerTask.MetadataFormat.JSON,
)


@task
def rounded(value: float) -> int:
    return round(value)


@workflow
def flow(radius: float) -> int:
    return rounded(value=area(radius=radius))
