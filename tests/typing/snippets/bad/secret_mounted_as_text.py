"""How a secret is mounted is one of `Secret.MountType`."""

from flytetypes import Secret, task


@task(secret_requests=[Secret("database", mount_requirement="file")])  # wrong: OptionError
def doubled(n: int) -> int:
    return 2 * n
