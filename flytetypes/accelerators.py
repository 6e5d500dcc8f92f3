"""GPUs by name, for `@task(accelerator=...)`: `A100`, `A100.partition_1g_5gb`, `L4`.

The names of the devices are those that cloud providers label their nodes with.
"""

from typing import Final

from flytetypes.authoring import Accelerator

__all__ = [
    "A10G",
    "A100",
    "A100_80GB",
    "H100",
    "K80",
    "L4",
    "L4_VWS",
    "M60",
    "P4",
    "P100",
    "T4",
    "V100",
    "GPUAccelerator",
]

GPUAccelerator = Accelerator

A10G: Final = Accelerator("nvidia-a10g")
A100: Final = Accelerator("nvidia-tesla-a100")
A100_80GB: Final = Accelerator("nvidia-a100-80gb")
H100: Final = Accelerator("nvidia-h100")
K80: Final = Accelerator("nvidia-tesla-k80")
L4: Final = Accelerator("nvidia-l4")
L4_VWS: Final = Accelerator("nvidia-l4-vws")
M60: Final = Accelerator("nvidia-tesla-m60")
P4: Final = Accelerator("nvidia-tesla-p4")
P100: Final = Accelerator("nvidia-tesla-p100")
T4: Final = Accelerator("nvidia-tesla-t4")
V100: Final = Accelerator("nvidia-tesla-v100")
