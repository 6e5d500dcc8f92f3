"""The floor of the wire: protobuf alone, a Literal that is already filled to its bytes, and the bytes to a Literal.

What goes into the message, and what comes out of it, is not counted.
"""

from flytetypes import TypeEngine, idl
from measure import Job, Timed, each
from values import SAMPLES, fresh

PACKAGES = ("protobuf",)


def job(operation: str, sample: str, size: int) -> Job:
    """What measures an operation on a sample."""
    to_bytes = TypeEngine().converter(SAMPLES[sample].annotation()).to_bytes
    parse = idl.Literal.FromString
    once = size >= 10_000
    match operation:
        case "to bytes":
            return Timed(
                lambda: parse(to_bytes(fresh(sample, size))),
                each(lambda literal: literal.SerializeToString(deterministic=True)),
                once=once,
            )
        case "from bytes":
            return Timed(lambda: to_bytes(fresh(sample, size)), each(parse), once=once)
    raise LookupError(operation)
