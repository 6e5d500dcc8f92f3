"""An option of an `@eager` with a value that it does not take."""

from flytetypes import eager


@eager(timeout="1h")  # wrong: OptionError
async def decide(n: int) -> int:
    return n + 1
