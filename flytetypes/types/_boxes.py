"""The outbox and the inbox: how pure conversion speaks of bytes in a store without moving them.

Encoding promises uploads to an `Outbox`: the URI is known at once, the bytes follow. Decoding reads from an `Inbox` and
says `NotFetched` when something is not there yet; whoever drives the conversion fetches it and decodes again, in
rounds. Moving bytes is the work of `flytetypes.storage`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from flytetypes import idl
from flytetypes._record import Record
from flytetypes.errors import ConversionError
from flytetypes.storage import ObjectStore, Source, Stored, Written, random_uri

T = TypeVar("T")

# What the offloaded literals of one decoding may have together. One that is referred to twice counts twice: a few small
# ones that refer to each other a thousand times over would fill any memory.
MAX_OPENED_BYTES: Final = 4 << 30
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://.", re.IGNORECASE | re.DOTALL)
_OLD_FORMAT_VARIABLE = "FLYTE_USE_OLD_DC_FORMAT"


def is_absolute(uri: str) -> bool:
    """Whether a URI means the same object wherever it is read: it has a scheme, or is an absolute path."""
    return _SCHEME.match(uri) is not None or os.path.isabs(uri)  # noqa: PTH117 - a text is asked, and pathlib is not imported for it


class Promise(Record):
    """An upload that an encoding promised.

    Attributes:
        uri: Where to; final.
        source: What.
        name: The last part of the URI, if the URI was chosen here; None for one that a user chose.
        stored: Called with what is known once it is done.
    """

    uri: str
    source: Source
    name: str | None
    stored: Callable[[Stored], object] | None


class Outbox:
    """What one encoding wants uploaded.

    Attributes:
        prefix: Where new objects go: a URI, ending in a separator.
        promises: In the order they were made, which is the same whenever the same value is encoded.
        keeps_local: Whether files of this machine stay where they are, because whoever reads the literal is here too.
    """

    __slots__ = ("_fail_at", "_mark", "_old_format", "_uris", "_used", "keeps_local", "prefix", "promises")

    def __init__(
        self,
        prefix: str = "",
        *,
        old_format: bool | None = None,
        keeps_local: bool = False,
        mark: str = "",
        fail_at: tuple[int, ConversionError] | None = None,
        uris: Sequence[str] | None = None,
        again: Outbox | None = None,
    ) -> None:
        """Begin.

        Args:
            prefix: As the attribute.
            old_format: As the property.
            keeps_local: As the attribute.
            mark: With which digits the URIs begin of what may be held in memory: `HeldValues.mark`; empty for none.
            fail_at: Which promise, by its number, is to raise what.
            uris: Those of the promises, by their number, where they are known: by content.
            again: That of an earlier encoding of the same value, which this one repeats.
        """
        self.prefix = prefix
        self.promises: list[Promise] = []
        self.keeps_local = keeps_local
        self._mark = mark
        self._old_format = old_format
        self._fail_at = fail_at
        self._uris = uris
        self._used: dict[int, tuple[object, Any]] = again._used if again is not None else {}  # noqa: SLF001 - of the same class

    @property
    def old_format(self) -> bool:
        """Whether structs are written as `google.protobuf.Struct`, as SDKs before msgpack read them.

        From the environment variable FLYTE_USE_OLD_DC_FORMAT (true, t or 1), read once a call.
        """
        if self._old_format is None:
            self._old_format = os.environ.get(_OLD_FORMAT_VARIABLE, "").lower() in ("true", "t", "1")
        return self._old_format

    @property
    def uploads(self) -> dict[str, Source]:
        """What goes where."""
        return {promise.uri: promise.source for promise in self.promises}

    def promise(self, source: Source, name: str, *, stored: Callable[[Stored], object] | None = None) -> str:
        """Have a source uploaded below the prefix; the URI it will have.

        Args:
            source: What. It is read, written or saved when everything has been encoded, and may then raise
                `ConversionError`.
            name: The last part of the URI, below a random directory; empty for a directory, which is that random one.
            stored: Called when it has been uploaded, with its size and digest, to note them in the literal.
        """
        self._check()
        if self._uris is not None:
            uri = self._uris[len(self.promises)]
        elif self._mark and type(source) is Written and source.hold is not None:
            uri = random_uri(self.prefix, name, mark=self._mark)
        else:
            uri = random_uri(self.prefix, name)
        self.promises.append(Promise(uri, source, name, stored))
        return uri

    def promise_at(self, uri: str, source: Source, *, stored: Callable[[Stored], object] | None = None) -> str:
        """Have a source uploaded to a URI of the user's choosing; that URI."""
        self._check()
        if any(promise.uri == uri and promise.source != source for promise in self.promises):
            raise ConversionError("a URI for each of the values", got=f"`{uri}` for two of them")
        self.promises.append(Promise(uri, source, None, stored))
        return uri

    def once(self, value: object, use: Callable[[], T]) -> T:
        """What a function makes of a value that it uses up, as of an iterator; the same when it is encoded again."""
        known = self._used.get(id(value))
        if known is None:
            known = self._used[id(value)] = value, use()  # with the value, so that the identity stays its own
        made: T = known[1]
        return made

    def savepoint(self) -> int:
        """A mark to return to by `rollback`."""
        return len(self.promises)

    def rollback(self, savepoint: int) -> None:
        """Forget what was promised since the savepoint."""
        del self.promises[savepoint:]

    def _check(self) -> None:
        if self._fail_at is not None and len(self.promises) == self._fail_at[0]:
            raise self._fail_at[1]


class Fetch(Record):
    """What a decoding wants read.

    Attributes:
        uri: Of which object, or below which prefix.
        load: Reads it: called outside of decoding, in a thread, with the store and the URI; may block. Raises
            `StorageError` or `ConversionError`.
        key: Hashable; tells apart the ways in which one URI may be read.
        give: Makes what `load` would give of what is held in memory of the object, `HeldObject.content`, and shares
            nothing with it that anybody may change; called as `load` is. None where it has to be loaded.
    """

    uri: str
    load: Callable[[ObjectStore, str], Any]
    key: Hashable
    give: Callable[[Any], Any | None] | None = None


class NotFetched(Exception):  # noqa: N818 - not an error: a request to fetch an object and decode again
    """Decoding needs what the inbox does not hold.

    Attributes:
        wanted: The URIs of bytes, and what a `Fetch` loads; the first is what decoding met first.
    """

    def __init__(self, wanted: str | Fetch) -> None:
        super().__init__(wanted)
        self.wanted = [wanted]

    def and_of(self, load: Callable[[T], object], others: Iterable[T]) -> NotFetched:
        """The same with what loading each of some others asks for, so that it is read together; for `raise`."""
        for other in others:
            try:
                load(other)
            except NotFetched as missing:
                self.wanted += missing.wanted
            except ConversionError:  # it will be raised when all is there
                break
        return self


class Inbox:
    """What has been read for one decoding.

    Attributes:
        objects: URI to bytes.
        loaded: URI and key of each `Fetch` to what it loaded.
        store: Where handles read later what they stand for; None for that of the process.
        given: The URIs of what `fetch` gave, one after the other; None where nobody asks.
    """

    __slots__ = ("_opened_bytes", "given", "loaded", "objects", "store")

    def __init__(
        self,
        objects: Mapping[str, bytes] | None = None,
        *,
        loaded: Mapping[tuple[str, Hashable], Any] | None = None,
        store: ObjectStore | None = None,
    ) -> None:
        self.objects: Mapping[str, bytes] = objects or {}
        self.loaded: Mapping[tuple[str, Hashable], Any] = loaded or {}
        self.store = store
        self.given: list[str] | None = None
        self._opened_bytes = 0

    def read(self, uri: str) -> bytes:
        """The bytes at a URI; raises `NotFetched` when they are not here.

        Raises:
            ConversionError: For a URI that says nothing without a working directory: data does not name such.
        """
        data = self.objects.get(uri)
        if data is None:
            raise NotFetched(checked_uri(uri))
        return data

    def fetch(self, fetch: Fetch) -> Any:
        """What a `Fetch` loads; raises as `read`."""
        try:
            found = self.loaded[fetch.uri, fetch.key]
        except KeyError:
            checked_uri(fetch.uri)
            raise NotFetched(fetch) from None
        if self.given is not None:
            self.given.append(fetch.uri)
        return found

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


def checked_uri(uri: str) -> str:
    """A URI that data names, if it may; raises `ConversionError`."""
    if not is_absolute(uri):
        raise ConversionError("a URI or an absolute path of an object", got=f"`{uri}`")
    return uri


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
