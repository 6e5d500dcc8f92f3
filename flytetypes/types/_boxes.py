"""The outbox and the inbox: how pure conversion speaks of bytes in a store without moving them.

Encoding promises uploads to an `Outbox`: the URI is known at once, the bytes follow. Decoding reads from an `Inbox` and
says `NotFetched` when something is not there yet; whoever drives the conversion fetches it and decodes again, in
rounds. Moving bytes is the work of `flytetypes.storage`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Final

from flytetypes import idl
from flytetypes.errors import ConversionError

# What the offloaded literals of one decoding may have together. One that is referred to twice counts twice: a few small
# ones that refer to each other a thousand times over would fill any memory.
MAX_OPENED_BYTES: Final = 4 << 30
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://.", re.IGNORECASE | re.DOTALL)
_OLD_FORMAT_VARIABLE = "FLYTE_USE_OLD_DC_FORMAT"


def is_absolute(uri: str) -> bool:
    """Whether a URI means the same object wherever it is read: it has a scheme, or is an absolute path."""
    return _SCHEME.match(uri) is not None or os.path.isabs(uri)  # noqa: PTH117 - a text is asked, and pathlib is not imported for it


class Outbox:
    """What one encoding wants uploaded.

    Attributes:
        prefix: Where new objects go: a URI, ending in a separator.
        uploads: URI to bytes, or to what makes them when they are uploaded, in the order they were promised.
    """

    __slots__ = ("_fail_at", "_old_format", "prefix", "uploads")

    def __init__(
        self, prefix: str = "", *, old_format: bool | None = None, fail_at: tuple[int, ConversionError] | None = None
    ) -> None:
        self.prefix = prefix
        self.uploads: dict[str, bytes | Callable[[], bytes]] = {}
        self._old_format = old_format
        self._fail_at = fail_at

    @property
    def old_format(self) -> bool:
        """Whether structs are written as `google.protobuf.Struct`, as SDKs before msgpack read them.

        From the environment variable FLYTE_USE_OLD_DC_FORMAT (true, t or 1), read once a call.
        """
        if self._old_format is None:
            self._old_format = os.environ.get(_OLD_FORMAT_VARIABLE, "").lower() in ("true", "t", "1")
        return self._old_format

    def promise(self, data: bytes | Callable[[], bytes], name: str) -> str:
        """Have `data` uploaded below a random folder of the prefix; the URI it will have.

        Args:
            data: The content; or what makes it, called once when everything has been encoded. That may do I/O, and
                raises `ConversionError` when it cannot.
            name: The last part of the URI.
        """
        if self._fail_at is not None and len(self.uploads) == self._fail_at[0]:
            raise self._fail_at[1]
        uri = f"{self.prefix}{os.urandom(16).hex()}/{name}"
        self.uploads[uri] = data
        return uri

    def content(self, uri: str) -> bytes:
        """What is to be uploaded to a URI, made now if it has to be made; raises `ConversionError` if it cannot be."""
        data = self.uploads[uri]
        return data if isinstance(data, bytes) else data()

    def contents(self) -> dict[str, bytes]:
        """`content` of every URI."""
        return {uri: self.content(uri) for uri in self.uploads}

    def savepoint(self) -> int:
        """A mark to return to by `rollback`."""
        return len(self.uploads)

    def rollback(self, savepoint: int) -> None:
        """Forget what was promised since the savepoint."""
        for uri in list(self.uploads)[savepoint:]:
            del self.uploads[uri]


class NotFetched(Exception):  # noqa: N818 - not an error: a request to fetch an object and decode again
    """Decoding needs an object that the inbox does not hold."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.uri = uri


class Inbox:
    """What has been downloaded for one decoding.

    Attributes:
        objects: URI to bytes.
    """

    __slots__ = ("_opened_bytes", "objects")

    def __init__(self, objects: Mapping[str, bytes] | None = None) -> None:
        self.objects: Mapping[str, bytes] = objects or {}
        self._opened_bytes = 0

    def read(self, uri: str) -> bytes:
        """The bytes at a URI; raises `NotFetched` when they are not here.

        Raises:
            ConversionError: For a URI that says nothing without a working directory: data does not name such.
        """
        data = self.objects.get(uri)
        if data is None:
            if not is_absolute(uri):
                raise ConversionError("a URI or an absolute path of an object", got=f"`{uri}`")
            raise NotFetched(uri)
        return data

    def open(self, literal: idl.Literal) -> idl.Literal:
        """The literal itself, or the one that it stands for when it was offloaded.

        Raises:
            NotFetched: When that one is not here yet.
            ConversionError: When what lies there is no literal.
        """
        opened: set[str] = set()
        while literal.WhichOneof("value") == "offloaded_metadata":
            uri = literal.offloaded_metadata.uri
            if uri in opened:
                raise ConversionError("a literal", got=f"an offloaded one that leads back to itself by `{uri}`")
            opened.add(uri)
            data = self.read(uri)
            self._opened_bytes += len(data)
            if self._opened_bytes > MAX_OPENED_BYTES:
                raise ConversionError(f"offloaded literals of at most {MAX_OPENED_BYTES:,} bytes", got="larger ones")
            try:
                literal = idl.Literal.FromString(data)
            except idl.DecodeError:
                raise ConversionError("a serialised Literal", got=f"{len(data)} other bytes at `{uri}`") from None
        return literal

    def opened(self, literal: idl.Literal) -> idl.Literal:
        """A literal with the offloaded ones in it replaced by what has arrived for them, each URI once.

        Those that are still missing stay, and so do repeats: together they would be as large as anyone likes.
        """
        found = idl.Literal()
        found.CopyFrom(literal)
        self._open_inside(found, set())
        return found

    def _open_inside(self, literal: idl.Literal, seen: set[str]) -> None:
        while literal.HasField("offloaded_metadata"):
            uri = literal.offloaded_metadata.uri
            data = self.objects.get(uri)
            if data is None or uri in seen:
                return
            seen.add(uri)
            try:
                literal.CopyFrom(idl.Literal.FromString(data))
            except idl.DecodeError:  # decoding will say so
                return
        for part in _parts(literal):
            self._open_inside(part, seen)


def offloaded_uris(literal: idl.Literal) -> list[str]:
    """The URIs of all offloaded literals in this one."""
    if literal.WhichOneof("value") == "offloaded_metadata":
        return [literal.offloaded_metadata.uri]
    return [uri for part in _parts(literal) for uri in offloaded_uris(part)]


def _parts(literal: idl.Literal) -> list[idl.Literal]:
    match literal.WhichOneof("value"):
        case "collection":
            return list(literal.collection.literals)
        case "map":
            return list(literal.map.literals.values())
        case "scalar" if literal.scalar.WhichOneof("value") == "union":
            return [literal.scalar.union.value]
        case _:
            return []
