"""Objects that tasks of one process hand to one another without writing them.

A literal names its object by a final URI, whether the object has been written or not. Whoever decodes a literal with
the table at hand gets the value from memory, if that is the same value as would be read. For everybody else the object
is written first, so that it is where the URI says.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from flytetypes.errors import SourceError, StorageError
from flytetypes.storage import HeldObject, ObjectStore, Source, Written, upload
from flytetypes.types._boxes import Fetch

MAX_HELD_BYTES: Final = 1 << 30
"""What the objects of one table take in memory; the oldest are written beyond that."""

MAX_HELD_OBJECTS: Final = 10_000

_DIGITS: Final = 32  # of the random part of a URI: the mark, and as many again


class _Entry:
    __slots__ = ("is_written", "object", "store", "uri")

    def __init__(self, uri: str, held: HeldObject, store: ObjectStore) -> None:
        self.uri = uri
        self.object = held
        self.store = store
        self.is_written = False


class HeldValues:
    """What is held in memory instead of being written. Used by several threads; true while there is anything.

    Attributes:
        mark: 16 random hex digits that are a part of the URI of everything in here, and of nothing else.
    """

    __slots__ = (
        *("_entries", "_is_closed", "_lock", "_mark", "_max_bytes", "_max_objects", "_size_bytes", "_writing"),
        "mark",
    )

    def __init__(self, *, max_bytes: int = MAX_HELD_BYTES, max_objects: int = MAX_HELD_OBJECTS) -> None:
        self.mark = os.urandom(8).hex()
        self._mark = self.mark.encode()
        self._max_bytes = max_bytes
        self._max_objects = max_objects
        self._entries: dict[bytes, _Entry] = {}  # by the random part of their URIs, oldest first
        self._size_bytes = 0
        self._is_closed = False
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """What is taken in memory."""
        return self._size_bytes

    def keep(self, store: ObjectStore, uploads: Mapping[str, Source]) -> list[str]:
        """Hold what can be held of what is to be uploaded; the URIs of that. The others are still to be uploaded.

        Raises:
            SourceError: For what could not have been written either. Nothing is held then.
            StorageError: When there was no room, and others could not be written.
        """
        kept: list[str] = []
        try:
            for uri, source in uploads.items():
                if not self._is_closed and type(source) is Written and source.hold is not None and self.mark in uri:
                    held = _hold(uri, source.hold, self._max_bytes)
                    if held is not None and held.size_bytes <= self._max_bytes and self._add(uri, held, store):
                        kept.append(uri)
            self._make_room()
        except BaseException:
            self.drop(kept)
            raise
        return kept

    def take(self, store: ObjectStore, fetch: Fetch) -> Any | None:
        """What a `Fetch` would load, made of what is held; None where it has to be loaded.

        Raises:
            ConversionError: What loading it would raise.
        """
        if fetch.give is None:
            return None
        for part in self._marked(_encoded(fetch.uri)):
            entry = self._entries.get(part)
            if entry is not None and entry.store is store and _is_of(entry.uri, fetch.uri):
                return fetch.give(entry.object.content)
        return None

    def occur_in(self, literals: Iterable[bytes]) -> bool:
        """Whether serialised literals name anything that is held."""
        return bool(self._entries) and any(
            part in self._entries for literal in literals for part in self._marked(literal)
        )

    def shown_by(self, literal: bytes, fetched: Iterable[str]) -> list[bytes]:
        """What of a serialised literal is known by its URI to whoever got the value: all but what was fetched from it.

        Args:
            literal: It was decoded.
            fetched: The URIs that decoding it fetched, each as often as it did.
        """
        named = Counter(self._marked(literal))
        for uri in fetched:
            named.subtract(self._marked(_encoded(uri)))
        return [part for part, count in named.items() if count > 0]

    def write_out(self, literals: Iterable[bytes]) -> None:
        """Write what serialised literals name, so that everybody finds it; it stays held.

        Raises:
            StorageError: When it cannot be written.
        """
        if self._entries:
            self.write_parts([part for literal in literals for part in self._marked(literal)])

    def write_parts(self, parts: Iterable[bytes]) -> None:
        """The same for what `shown_by` gave."""
        entries = [self._entries.get(part) for part in dict.fromkeys(parts)]
        self._write([entry for entry in entries if entry is not None])

    def drop(self, uris: Iterable[str]) -> None:
        """Forget what nobody knows of."""
        with self._lock:
            for uri in uris:
                for part in self._marked(_encoded(uri)):
                    self._forget(part)

    def clear(self) -> None:
        """Forget everything, and hold nothing from now on."""
        with self._lock:
            self._is_closed = True
            self._entries = {}
            self._size_bytes = 0

    def _add(self, uri: str, held: HeldObject, store: ObjectStore) -> bool:
        (part,) = self._marked(_encoded(uri))
        with self._lock:
            if not self._is_closed:
                self._entries[part] = _Entry(uri, held, store)
                self._size_bytes += held.size_bytes
            return not self._is_closed

    def _forget(self, part: bytes) -> None:
        entry = self._entries.pop(part, None)
        if entry is not None:
            self._size_bytes -= entry.object.size_bytes

    def _make_room(self) -> None:
        """Write the oldest, and let go of them, until the rest is within bounds."""
        if self._size_bytes <= self._max_bytes and len(self._entries) <= self._max_objects:
            return
        with self._lock:
            size, count = self._size_bytes, len(self._entries)
            oldest: dict[bytes, _Entry] = {}
            for part, entry in self._entries.items():
                if size <= self._max_bytes and count <= self._max_objects:
                    break
                oldest[part] = entry
                size, count = size - entry.object.size_bytes, count - 1
        self._write(list(oldest.values()))  # until then they are read from here
        with self._lock:
            for part in oldest:
                self._forget(part)

    def _write(self, entries: list[_Entry]) -> None:
        if all(entry.is_written for entry in entries):
            return
        with self._writing:
            left = [entry for entry in entries if not entry.is_written]
            for store in {id(entry.store): entry.store for entry in left}.values():
                own = [entry for entry in left if entry.store is store]
                try:
                    upload(store, {entry.uri: Written(entry.object.write) for entry in own})
                except SourceError as error:
                    raise StorageError(str(error), uri=error.uri) from error.__cause__
                for entry in own:
                    entry.is_written = True

    def _marked(self, data: bytes) -> list[bytes]:
        """The random parts of all URIs in some data that begin with the mark, with repeats."""
        found = []
        start = data.find(self._mark)
        while start >= 0:
            found.append(data[start : start + _DIGITS])
            start = data.find(self._mark, start + _DIGITS)
        return found


def _hold(uri: str, hold: Callable[[int], HeldObject | None], max_bytes: int) -> HeldObject | None:
    try:
        return hold(max_bytes)
    except (StorageError, SourceError):
        raise
    except Exception as error:
        raise SourceError(uri, error) from error


def _encoded(uri: str) -> bytes:
    return uri.encode(errors="replace")


def _is_of(uri: str, asked: str) -> bool:
    """Whether an object is what a URI stands for: the object itself, or the only one below it."""
    return uri == asked or uri.startswith(f"{asked.rstrip('/')}/")
