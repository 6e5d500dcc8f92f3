"""An accelerator is one of those in `flytetypes.accelerators`."""

from flytetypes import task


@task(accelerator="A100")  # wrong: OptionError
def doubled(n: int) -> int:
    return 2 * n
