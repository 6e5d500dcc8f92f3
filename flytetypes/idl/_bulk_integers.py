"""`list[int]` to wire bytes and back, a million at a time.

One element of a LiteralCollection that holds an integer is a header of seven bytes and a varint of 1 to 10 bytes:

    0a k+5   0a k+3   0a k+1   08 varint      k: the bytes of the varint
    literals scalar   primitive integer       (flyteidl/core/literals.proto)

Both implementations here read and write exactly that. `_bulk` says what callers may count on.
"""

import re
import sys
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from itertools import chain
from typing import Any

from flytetypes.idl._generated.bulk_pb2 import PackedNumbers
from flytetypes.idl._wire import length_prefixed, read_varint

NUMPY_FROM = 1_000
"""How many integers make numpy worth calling, once something else has loaded it (it overtakes near 300)."""
NUMPY_LOAD_FROM = 500_000
"""How many make it worth loading: written and read once, they save the 0.2 s that this takes."""

_HEADER_SIZE = 7
_LONGEST = 10
_HEADERS = (b"", *(bytes((0x0A, k + 5, 0x0A, k + 3, 0x0A, k + 1, 0x08)) for k in range(1, _LONGEST + 1)))


def write_integers(values: list[int]) -> bytes:
    """The body of a LiteralCollection that holds these integers; `OverflowError` outside of int64."""
    if _worth_numpy(len(values)):
        return write_with_numpy(values)
    return write_without_numpy(values)


def read_integers(body: bytes) -> list[int] | None:
    """The integers in the body of a LiteralCollection; None if it is anything but integers in canonical layout."""
    if _worth_numpy(len(body) // (_HEADER_SIZE + 1)):
        return read_with_numpy(body)
    return read_without_numpy(body)


def integer_elements(values: Iterable[int]) -> list[bytes]:
    """The parts of the body that `write_integers` would write, one for each integer."""
    return [_HEADERS[len(varint)] + varint for varint in _varints(values)]


def sorted_integers(values: list[int]) -> list[int]:
    """Integers in ascending order; any that Python has."""
    if _worth_numpy(len(values)):
        np = _numpy()
        try:
            ordered = np.fromiter(values, np.int64, len(values))
        except OverflowError:
            return sorted(values)
        ordered.sort()
        in_order: list[int] = ordered.tolist()
        return in_order
    return sorted(values)


def _worth_numpy(count: int) -> bool:
    if count < NUMPY_FROM or ("numpy" not in sys.modules and count < NUMPY_LOAD_FROM):
        return False
    return _numpy() is not None


@cache
def _numpy() -> Any:
    try:
        return import_module("numpy")
    except ImportError:
        return None


# Without numpy: protobuf's packed encoding makes and reads all varints in one call, and a regular expression finds
# where each one begins and ends.

_VARINT = re.compile(rb"[\x80-\xff]*[\x00-\x7f]")


def _element_pattern() -> re.Pattern[bytes]:
    # The lookahead spells out each of the ten headers together with a varint of its length, in minimal form: its last
    # byte is not zero, and the tenth can only be bit 63. Then the group takes the varint alone.
    last = [rb"[\x00-\x7f]", *[rb"[\x01-\x7f]"] * (_LONGEST - 2), rb"\x01"]
    shapes = (re.escape(_HEADERS[k][1:]) + rb"[\x80-\xff]{%d}" % (k - 1) + last[k - 1] for k in range(1, _LONGEST + 1))
    return re.compile(rb"\n(?=%s).{6}([\x80-\xff]*[\x00-\x7f])" % b"|".join(shapes), re.DOTALL)


_ELEMENT = _element_pattern()


def _varints(values: Iterable[int]) -> list[bytes]:
    packed = PackedNumbers()
    try:
        packed.integers.extend(values)
    except ValueError as error:
        raise OverflowError(str(error)) from None
    data = packed.SerializeToString()
    length = read_varint(data, 1)
    return _VARINT.findall(data, length[1]) if length else []  # protobuf writes nothing for no integers


def write_without_numpy(values: list[int]) -> bytes:
    """`write_integers` by protobuf's packed encoding: 0.27 s a million."""
    varints = _varints(values)
    return b"".join(chain.from_iterable(zip(map(_HEADERS.__getitem__, map(len, varints)), varints, strict=True)))


def read_without_numpy(body: bytes) -> list[int] | None:
    """`read_integers` by protobuf's packed encoding: 0.24 s a million."""
    varints = _ELEMENT.findall(body)
    payload = b"".join(varints)
    # findall() skips what does not match; what it found is the whole body only if the lengths add up.
    if len(payload) + _HEADER_SIZE * len(varints) != len(body):
        return None
    return list(PackedNumbers.FromString(length_prefixed(b"\n", payload)).integers)


# With numpy: each element is handled as two overlapping 64-bit words, one that starts with its header and holds the
# varint's first byte too, and one that starts with its varint. "<u8" is little-endian whatever the machine.

_LOW_56 = (1 << 56) - 1
_CONTINUED = 0x8080808080808080
_HEADER_WORDS = [int.from_bytes(header, "little") for header in _HEADERS]
_MASKS = [(1 << 8 * min(k, 8)) - 1 for k in range(_LONGEST + 1)]
_CONTINUATIONS = [int.from_bytes(b"\x80" * min(max(k - 1, 0), 8), "little") for k in range(_LONGEST + 1)]


def write_with_numpy(values: list[int]) -> bytes:
    """`write_integers` by numpy: 0.04 to 0.06 s a million."""
    if not values:
        return b""
    np = _numpy()
    numbers = np.array(values, dtype=np.int64).view(np.uint64)
    sizes = np.ones(len(numbers), dtype=np.intp)
    for k in range(1, _LONGEST):
        sizes += numbers >= np.uint64(1 << 7 * k)
    ends = np.cumsum(sizes + _HEADER_SIZE)
    starts = ends - sizes - _HEADER_SIZE

    # The low 56 bits are spread to eight groups of seven: first by halves, then by quarters, then by eighths.
    words = numbers & np.uint64(_LOW_56)
    words = (words & np.uint64(0x000000000FFFFFFF)) | (words & np.uint64(0x00FFFFFFF0000000)) << np.uint64(4)
    words = (words & np.uint64(0x00003FFF00003FFF)) | (words & np.uint64(0x0FFFC0000FFFC000)) << np.uint64(2)
    words = (words & np.uint64(0x007F007F007F007F)) | (words & np.uint64(0x3F803F803F803F80)) << np.uint64(1)
    words |= np.array(_CONTINUATIONS, dtype=np.uint64)[sizes]

    total = int(ends[-1])
    body = bytearray(total + 8)  # the last words reach beyond the end
    at = np.ndarray((total + 1,), dtype="<u8", buffer=body, strides=(1,))
    # The word of a short varint reaches into the next header, never beyond it: so headers are written second.
    at[starts + _HEADER_SIZE] = words
    at[starts] = np.array(_HEADER_WORDS, dtype=np.uint64)[sizes] | words << np.uint64(56)
    octets = np.frombuffer(body, dtype=np.uint8)
    for k in (8, 9):  # the ninth and tenth byte of the longest
        long = np.flatnonzero(sizes > k)
        continued = np.where(sizes[long] > k + 1, np.uint64(0x80), np.uint64(0))
        octets[starts[long] + _HEADER_SIZE + k] = numbers[long] >> np.uint64(7 * k) & np.uint64(0x7F) | continued
    return bytes(memoryview(body)[:total])


def read_with_numpy(body: bytes) -> list[int] | None:
    """`read_integers` by numpy: 0.04 to 0.1 s a million."""
    total = len(body)
    if total <= _HEADER_SIZE:
        return None if body else []
    np = _numpy()
    padded = body + bytes(_HEADER_SIZE + _LONGEST)  # the last words reach beyond the end
    octets = np.frombuffer(padded, dtype=np.uint8)

    # Where an element may start. Among canonical elements nothing else looks like this; for other bytes any mistake
    # shows below, where each candidate must end where the next one starts.
    tags = octets[:total] == 0x0A
    candidates = tags[:-6] & tags[2:-4] & tags[4:-2] & (octets[6:total] == 0x08)
    starts = np.flatnonzero(candidates)
    if not starts.size or starts[0] != 0:
        return None
    sizes = np.append(starts[1:], total) - starts - _HEADER_SIZE
    if sizes.min() < 1 or sizes.max() > _LONGEST:
        return None
    at = np.ndarray((total + 1,), dtype="<u8", buffer=padded, strides=(1,))
    if np.any(at[starts] & np.uint64(_LOW_56) != np.array(_HEADER_WORDS, dtype=np.uint64)[sizes]):
        return None

    words = at[starts + _HEADER_SIZE] & np.array(_MASKS, dtype=np.uint64)[sizes]
    if np.any(words & np.uint64(_CONTINUED) != np.array(_CONTINUATIONS, dtype=np.uint64)[sizes]):
        return None
    if np.any((octets[starts + _HEADER_SIZE + sizes - 1] == 0) & (sizes > 1)):
        return None  # longer than it needs to be
    words &= np.uint64(~_CONTINUED & 0xFFFFFFFFFFFFFFFF)
    words = (words & np.uint64(0x007F007F007F007F)) | (words & np.uint64(0x7F007F007F007F00)) >> np.uint64(1)
    words = (words & np.uint64(0x00003FFF00003FFF)) | (words & np.uint64(0x3FFF00003FFF0000)) >> np.uint64(2)
    words = (words & np.uint64(0x000000000FFFFFFF)) | (words & np.uint64(0x0FFFFFFF00000000)) >> np.uint64(4)

    long = np.flatnonzero(sizes > 8)
    ninth = octets[starts[long] + _HEADER_SIZE + 8].astype(np.uint64)
    is_ten = sizes[long] == _LONGEST
    if np.any((ninth >= 0x80) != is_ten):
        return None
    if np.any(octets[starts[long[is_ten]] + _HEADER_SIZE + 9] != 1):
        return None  # more than 64 bits
    words[long] |= (ninth & np.uint64(0x7F)) << np.uint64(56) | is_ten.astype(np.uint64) << np.uint64(63)
    numbers: list[int] = words.astype(np.uint64).view(np.int64).tolist()
    return numbers
