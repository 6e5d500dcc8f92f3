"""A workflow may be the failure handler of another one."""

from flytetypes import task, workflow


@task
def tell(text: str) -> None: ...


@workflow
def clean(name: str) -> None:
    tell(text=name)


@workflow(on_failure=clean)
def flow(name: str) -> None:
    tell(text=name)
