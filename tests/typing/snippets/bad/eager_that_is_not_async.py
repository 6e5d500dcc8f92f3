"""An `@eager` is an `async def`."""

from flytetypes import eager


@eager  # wrong: AnnotationError
def decide(n: int) -> int:
    return n + 1
