"""Names that were experimental in flytekit, where its users look for them."""

from flytetypes.authoring import EagerException, eager

__all__ = ["EagerException", "eager"]
