"""Secrets, and how they reach the container."""

from flytetypes import Secret, task, workflow


@task(
    secret_requests=[
        Secret("database", "password", mount_requirement=Secret.MountType.FILE),
        Secret(group="token", env_var="TOKEN"),
    ]
)
def connect(host: str) -> str:
    return host


@workflow
def flow(host: str) -> str:
    return connect(host=host)
