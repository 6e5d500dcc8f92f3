"""Passes over graphs: checking, lowering to Flyte's messages, packaging, drawing."""

from typing import TYPE_CHECKING

from flytetypes._exports import lazy_names
from flytetypes.compiler._check import FLYTE, LOCAL, TARGETS, check, check_all, check_graph

if TYPE_CHECKING:
    from flytetypes.compiler._lower import Registrable, dynamic_spec, lower

__all__ = [
    "FLYTE",
    "LOCAL",
    "TARGETS",
    "Registrable",
    "check",
    "check_all",
    "check_graph",
    "dynamic_spec",
    "lower",
]

# Running here needs only the check.
__getattr__ = lazy_names(__name__, {"flytetypes.compiler._lower": ("Registrable", "dynamic_spec", "lower")})
