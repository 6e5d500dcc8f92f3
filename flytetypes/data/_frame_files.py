"""The files of a dataset, and how Arrow reads them: from the disk where they are there, by ranges where they are not.

Arrow asks for one range after the other. Over a network that is slow, so what will be asked for is fetched before, many
ranges at the same time, and handed over without a copy.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from typing_extensions import Buffer

from flytetypes._record import Record
from flytetypes.data._frame_schema import arrow
from flytetypes.errors import AccessDenied, ObjectNotFound
from flytetypes.storage import ObjectFile, ObjectInfo, ObjectStore, each, local_path, range_of, range_of_async, run_sync

WHOLE_BELOW_BYTES: Final = 4 << 20
"""Up to here an object is fetched at once: two more requests take longer."""

TAIL_BYTES: Final = 256 << 10
"""What is fetched of the end of a Parquet file, where its footer is; most are shorter."""

_PART_BYTES: Final = 4 << 20
_GAP_BYTES: Final = 256 << 10  # of what lies between two ranges; fetching it is quicker than asking twice
_REQUESTS: Final = 16

_PARTITION: Final = re.compile(r"([^=/]+)=([^/]*)")
_NULL_PARTITION: Final = "__HIVE_DEFAULT_PARTITION__"


class StoredFile(Record):
    """One file of a dataset.

    Attributes:
        store: Where it is.
        uri: Of the object.
        partition: Columns by the names of its directories, `year=2024`, in their order.
    """

    store: ObjectStore
    uri: str
    partition: tuple[tuple[str, str | None], ...] = ()

    @property
    def path(self) -> str | None:
        """Where it is on this machine; None for a file that is elsewhere."""
        return local_path(self.store, self.uri)

    def open(self, *, whole: bool = True) -> Any:
        """The file for Arrow.

        Args:
            whole: Whether all of it will be read; else what is needed is to be asked for by `RangedFile.fetch`.

        Raises:
            StorageError: When it cannot be read.
        """
        path = self.path
        if path is not None:
            self.store.stat(self.uri)  # says what is wrong with it, if anything is
            return arrow().memory_map(path, "rb")
        info = self.store.stat(self.uri)
        if info.size_bytes <= WHOLE_BELOW_BYTES:
            return arrow().BufferReader(self.store.get(self.uri))
        file = RangedFile(self.store, info)
        if whole:
            file.fetch([(0, info.size_bytes)])
        return file


def files_of(store: ObjectStore, uri: str) -> list[StoredFile]:
    """The files of a dataset: those below its URI, in their order, or the object at the URI itself.

    What begins with `_` or is empty by its name is not data (`_SUCCESS`, `_metadata`).

    Raises:
        StorageError: When there are none.
    """
    try:
        below = [found for found in store.list(uri) if is_data(found, uri)]
        if below:
            return [StoredFile(store, found, _partition(found.removeprefix(uri))) for found in below]
        store.stat(uri)
    except ObjectNotFound as error:
        raise ObjectNotFound(
            f"cannot read the dataset `{uri}`: there is no object at it or below it. It was removed, or what should "
            "write it has not: run that again",
            uri=uri,
        ) from error
    except AccessDenied as error:
        raise AccessDenied(f"cannot read the dataset `{uri}`: {error}", uri=uri) from error
    return [StoredFile(store, uri)]


def is_data(found: str, uri: str) -> bool:
    """Whether an object below the URI of a dataset is one of its files."""
    names = found.removeprefix(uri).strip("/").split("/")
    hidden = any(name.startswith(("_", ".")) and not _PARTITION.fullmatch(name) for name in names)
    return names == [".csv"] or (bool(names[-1]) and not hidden)  # flytekit calls a file so


def _partition(below: str) -> tuple[tuple[str, str | None], ...]:
    """The columns in the directories of a file's name, as Hive writes them."""
    found = (_PARTITION.fullmatch(name) for name in below.strip("/").split("/")[:-1])
    return tuple((unquote(m[1]), None if m[2] == _NULL_PARTITION else unquote(m[2])) for m in found if m is not None)


class RangedFile(ObjectFile):
    """A file whose ranges are fetched before they are read. What was not foreseen is fetched when it is read."""

    def __init__(self, store: ObjectStore, info: ObjectInfo) -> None:
        super().__init__(store, info)
        self._starts: list[int] = []
        self._blocks: list[memoryview] = []

    def fetch(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Fetch ranges and keep them, in the place of what was kept; raises as `fetched`."""
        self.keep(self.fetched(ranges))

    def keep(self, blocks: Mapping[int, Buffer]) -> None:
        """Have these blocks at hand, by where they start, in the place of those before."""
        self._starts = sorted(blocks)
        self._blocks = [memoryview(blocks[start]).cast("B") for start in self._starts]

    def fetched(self, ranges: Iterable[tuple[int, int]]) -> Mapping[int, Buffer]:
        """Blocks with these ranges, several fetched at the same time.

        Args:
            ranges: A start and a length each, not beyond the end; in any order.

        Returns:
            Start to content.

        Raises:
            StorageError: For the first that cannot be read.
        """
        return run_sync(self._fetched(_joined(ranges)))

    async def _fetched(self, blocks: Sequence[tuple[int, int]]) -> Mapping[int, Buffer]:
        buffers: dict[int, Any] = {
            start: arrow().allocate_buffer(length) for start, length in blocks if length > _PART_BYTES
        }
        parts = [
            (start, at, min(_PART_BYTES, length - at))
            for start, length in blocks
            for at in range(0, length, _PART_BYTES)
        ]

        async def get(part: tuple[int, int, int]) -> None:
            start, at, length = part
            data = await range_of_async(self._store, self._info, start + at, length)
            if start in buffers:
                memoryview(buffers[start]).cast("B")[at : at + length] = memoryview(data).cast("B")
            else:
                whole[start] = data

        whole: dict[int, Buffer] = {}
        await each(get, parts, _REQUESTS)
        return buffers | whole

    def read_buffer(self, length: int = -1) -> Any:
        """As `read`; Arrow asks so, and what it gets is not copied."""
        length = self._available(length)
        start = self._position
        self._position += length
        index = bisect_right(self._starts, start) - 1
        if index >= 0 and start + length <= self._starts[index] + len(self._blocks[index]):
            offset = start - self._starts[index]
            return arrow().py_buffer(self._blocks[index][offset : offset + length])
        return arrow().py_buffer(range_of(self._store, self._info, start, length) if length else b"")

    def read(self, length: int | None = -1) -> bytes:
        return bytes(self.read_buffer(-1 if length is None else length))

    def readinto(self, buffer: Any) -> int:
        data = self.read_buffer(len(buffer))
        buffer[: len(data)] = memoryview(data)
        return len(data)

    def _available(self, length: int) -> int:
        left = max(self.size - self._position, 0)
        return left if length < 0 else min(length, left)


def _joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in order, those that touch or almost do as one."""
    joined: list[tuple[int, int]] = []
    for start, length in sorted(ranges):
        if joined and start <= sum(joined[-1]) + _GAP_BYTES:
            first = joined[-1][0]
            joined[-1] = first, max(sum(joined[-1]), start + length) - first
        else:
            joined.append((start, length))
    return joined
