"""The floor of a codec that knows nothing of Flyte: msgspec, the same value to msgpack bytes and back, validated."""

from importlib import import_module
from typing import Any

from measure import Job, Timed, each
from values import SAMPLES, fresh

PACKAGES = ("msgspec",)

_msgpack: Any = import_module("msgspec.msgpack")


def job(operation: str, sample: str, size: int) -> Job:
    """What measures an operation on a sample."""
    encode = _msgpack.Encoder().encode
    once = size >= 10_000
    match operation:
        case "to bytes":
            return Timed(lambda: fresh(sample, size), each(encode), once=once)
        case "from bytes":
            decode = _msgpack.Decoder(SAMPLES[sample].annotation()).decode
            return Timed(lambda: encode(fresh(sample, size)), each(decode), once=once)
    raise LookupError(operation)
