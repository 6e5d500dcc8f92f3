"""Large literals, stored whole: one object with the literal, a pointer in its place, and an index to read a part of it.

The pointer is Flyte's (`flyteidl/core/literals.proto, LiteralOffloadedMetadata`); the index beside the object is ours
(`docs/extensions.md`), and whoever does not know it reads the object.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from flytetypes import idl
from flytetypes._record import Record
from flytetypes.errors import ConversionError, ObjectNotFound
from flytetypes.storage import ObjectStore, content_uri, random_uri
from flytetypes.types._attribute_path import resolve_path
from flytetypes.types._converter import parse_literal
from flytetypes.types._hashing import offload_hash

_MIN_VARIABLE: Final = "_F_L_MIN_SIZE_MB"
_MAX_VARIABLE: Final = "_F_L_MAX_SIZE_MB"
_MEBIBYTE: Final = 1 << 20
_NAME: Final = "offloaded_metadata.pb"

INDEX_SUFFIX: Final = ".index"
_INDEX_MAGIC: Final = b"ftindex1"
_OFFSET_BYTES: Final = 8


class Offloading(Record):
    """Which literals are stored whole.

    Attributes:
        min_bytes: The serialised size from which on a literal is stored; 0 stores every one.
        max_bytes: The size from which on it is refused.
    """

    min_bytes: int = 10 * _MEBIBYTE
    max_bytes: int = 1000 * _MEBIBYTE

    @classmethod
    def of_environment(cls) -> Offloading | None:
        """What whoever runs this process asks for by `_F_L_MIN_SIZE_MB` and `_F_L_MAX_SIZE_MB`; None for nothing.

        Raises:
            ConversionError: When one of them is not a number of mebibytes.
        """
        minimum = os.environ.get(_MIN_VARIABLE)
        if minimum is None:
            return None
        maximum = os.environ.get(_MAX_VARIABLE)
        return cls(
            _bytes_of(_MIN_VARIABLE, minimum), cls.max_bytes if maximum is None else _bytes_of(_MAX_VARIABLE, maximum)
        )

    def concerns(self, data: bytes) -> bool:
        """Whether a serialised literal is to be stored; raises `ConversionError` for one that is too large for that."""
        if len(data) >= self.max_bytes:
            raise ConversionError(
                f"a literal of less than {self.max_bytes:,} bytes",
                got=f"one of {len(data):,}",
                reason="pass large data as a FlyteFile, a FlyteDirectory or a StructuredDataset, or raise the limit",
            )
        return len(data) >= self.min_bytes


class OffloadedObjects:
    """The objects of the literals that one call stores.

    Attributes:
        contents: URI to content.
    """

    def __init__(self, prefix: Callable[[], str], *, content_addressed: bool) -> None:
        self._prefix = prefix
        self._content_addressed = content_addressed
        self.contents: dict[str, bytes] = {}

    def pointer(self, literal: idl.Literal, literal_type: idl.LiteralType, *, name: str = "") -> idl.Literal:
        """Have a literal stored; what stands in its place.

        Args:
            literal: One that is not itself a pointer.
            literal_type: Its declared type.
            name: Of the output that it is.
        """
        if literal.HasField("offloaded_metadata"):
            return literal
        data = literal.SerializeToString(deterministic=True)
        file_name = f"{name}_{_NAME}" if name else _NAME
        if self._content_addressed:
            import hashlib  # dear to import, as array is

            uri = content_uri(self._prefix(), f"sha256:{hashlib.sha256(data).hexdigest()}", file_name)
        else:
            uri = random_uri(self._prefix(), file_name)
        self.contents[uri] = data
        index = index_of(data)
        if index is not None:
            self.contents[uri + INDEX_SUFFIX] = index
        pointer = idl.Literal(hash=literal.hash or offload_hash(literal))
        pointer.offloaded_metadata.uri = uri
        pointer.offloaded_metadata.size_bytes = len(data)
        pointer.offloaded_metadata.inferred_type.CopyFrom(literal_type)
        return pointer


def index_of(data: bytes) -> bytes | None:
    """The index of a serialised literal that is a collection; None for others.

    Eight bytes `ftindex1`; the size of the literal; then where each element begins in it, and where the last one ends:
    64-bit integers, little-endian. What begins there is the element with its tag and length.
    """
    body = idl.unwrap(data, idl.COLLECTION)
    items = None if body is None else idl.split_repeated(body)
    if body is None or items is None:
        return None
    import array

    position = len(data) - len(body)
    offsets = array.array("Q", [len(data)])
    for item in items:
        offsets.append(position)
        position += 1 + len(idl.varint(len(item))) + len(item)
    offsets.append(position)
    if sys.byteorder == "big":
        offsets.byteswap()
    return _INDEX_MAGIC + offsets.tobytes()


class OffloadedList:
    """The elements of an offloaded collection, of which only those are read that are asked for.

    Args:
        store: Where it is.
        pointer: The offloaded literal.

    Raises:
        NoIndexError: When nothing says where the elements are: another SDK wrote it, or it is no collection.
        StorageError: When reading fails.
    """

    def __init__(self, store: ObjectStore, pointer: idl.Literal) -> None:
        self._store = store
        self._uri = pointer.offloaded_metadata.uri
        self._index = self._uri + INDEX_SUFFIX
        try:
            size = store.stat(self._index).size_bytes
            header = store.get_range(self._index, 0, len(_INDEX_MAGIC) + _OFFSET_BYTES)
        except ObjectNotFound:
            raise NoIndexError from None
        self._length = size // _OFFSET_BYTES - 3
        indexed = int.from_bytes(header[len(_INDEX_MAGIC) :], "little")
        if not header.startswith(_INDEX_MAGIC) or self._length < 0 or indexed != pointer.offloaded_metadata.size_bytes:
            raise NoIndexError

    def __len__(self) -> int:
        return self._length

    def read(self, start: int, stop: int) -> list[idl.Literal]:
        """The literals of the elements from `start` to before `stop`, which are positions in the list."""
        if start >= stop:
            return []
        raw = self._store.get_range(
            self._index, len(_INDEX_MAGIC) + (1 + start) * _OFFSET_BYTES, (stop - start + 1) * _OFFSET_BYTES
        )
        offsets = [int.from_bytes(raw[at : at + _OFFSET_BYTES], "little") for at in (0, len(raw) - _OFFSET_BYTES)]
        items = idl.split_repeated(self._store.get_range(self._uri, offsets[0], offsets[1] - offsets[0]))
        if items is None or len(items) != stop - start:
            raise ConversionError(
                f"{stop - start} elements at `{self._uri}`", got="others", reason="the index beside it does not fit"
            )
        return [idl.Literal.FromString(bytes(item)) for item in items]


def part_of(store: ObjectStore, literal: idl.Literal, path: Sequence[str | int]) -> idl.Literal:
    """The literal at the end of a path, as `resolve_path`; of an offloaded list only the element is read.

    Raises:
        AttributePathError: For a step that leads nowhere.
        StorageError: When reading fails.
    """

    def fetch(uri: str) -> idl.Literal:
        return parse_literal(store.get(uri))

    if literal.HasField("offloaded_metadata") and path and type(path[0]) is int:
        try:
            elements = OffloadedList(store, literal)
        except NoIndexError:
            pass
        else:
            if 0 <= path[0] < len(elements):
                (element,) = elements.read(path[0], path[0] + 1)
                return resolve_path(element, path[1:], fetch=fetch)
    return resolve_path(literal, path, fetch=fetch)


class NoIndexError(Exception):
    """There is no index: the literal has to be read whole."""


def _bytes_of(variable: str, text: str) -> int:
    try:
        return int(text) * _MEBIBYTE
    except ValueError:
        raise ConversionError(f"a whole number of mebibytes in the environment variable {variable}", text) from None
