"""Objects named by their content: stored once however often they are written, and verified when they are read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final, cast

from flytetypes._record import Record
from flytetypes.errors import SourceError, StorageError
from flytetypes.storage._copies import copy_of
from flytetypes.storage._files import routed
from flytetypes.storage._io_thread import run_sync
from flytetypes.storage._layout import join
from flytetypes.storage._local import LocalStore
from flytetypes.storage._sources import LocalDirectory, LocalFile, Saved, Source, Stored, Written
from flytetypes.storage._store import HashedFiles, ObjectStore
from flytetypes.storage._transfer import files_below, upload

_OF_CONTENT: Final = re.compile(r"/sha256/([0-9a-f]{64})(?:/|\Z)")


class Named(Record):
    """A source and the name that it is to have.

    Attributes:
        source: What.
        uri: Where to, unless the content decides.
        name: The last part of the URI that the content decides; None when it does not.
    """

    source: Source
    uri: str
    name: str | None


@contextmanager
def settle(store: ObjectStore, prefix: str, items: Sequence[Named]) -> Iterator[tuple[list[Stored], dict[str, Source]]]:
    """What each source will be when it is uploaded, and what of it is not there yet.

    What is made by a function is made here, as a file that is kept until the block ends.

    Returns:
        For each item where it belongs, its size and its digest; and what has to be uploaded for that.

    Raises:
        SourceError: When a source cannot be read, or what makes it fails.
        StorageError: When the store cannot tell what it has.
    """
    import tempfile  # dear to import, as hashlib is

    with tempfile.TemporaryDirectory(prefix="flytetypes-") as directory:
        settled: list[Stored] = []
        missing: dict[str, Source] = {}
        for number, item in enumerate(items):
            source, stored = _settled(item, os.path.join(directory, str(number)))  # noqa: PTH118
            if item.name is not None:
                uri = content_uri(prefix, str(stored.digest), item.name)
                stored = Stored(uri, stored.size_bytes, stored.digest)
            settled.append(stored)
            if item.name is None or not _is_there(store, stored, source):
                missing[stored.uri] = source
        yield settled, missing


def store_settled(store: ObjectStore, settled: Sequence[Stored], missing: Mapping[str, Source]) -> None:
    """Upload what is missing, and make sure that it is still what it is named by.

    Raises:
        SourceError: When a source was changed meanwhile; what was uploaded of it is removed.
        StorageError: When an upload fails.
    """
    for stored in upload(store, missing, digests=missing).values():
        if all(stored.digest != expected.digest for expected in settled if expected.uri == stored.uri):
            for uri in (stored.uri, *store.list(stored.uri)):
                store.delete(uri)
            raise SourceError(stored.uri, OSError("it was changed while it was uploaded"))


def content_uri(prefix: str, digest: str, name: str) -> str:
    """The URI of what has a digest, `sha256:` and 64 hex digits; of a directory when the name is empty."""
    directory = join(prefix, digest.replace(":", "/"))
    return join(directory, name) if name else directory


def digest_in(uri: str) -> str | None:
    """The digest that a URI names, if it names one."""
    match = _OF_CONTENT.search(uri)
    return f"sha256:{match[1]}" if match else None


def check_content(uri: str, data: bytes) -> None:
    """Raise `StorageError` when a URI names another content than these bytes."""
    digest = digest_in(uri)
    if digest is not None:
        check_digest(uri, digest, digest_of_bytes(data))


def digest_of_bytes(data: bytes) -> str:
    """The digest of a content."""
    import hashlib  # dear to import

    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def check_digest(uri: str, expected: str, got: str) -> None:
    """Raise `StorageError` when what was read is not what was written."""
    if got != expected:
        raise StorageError(
            f"`{uri}` was changed or damaged: expected content of the digest {expected}, got {got}. Write it anew",
            uri=uri,
        )


def download_verified(store: ObjectStore, uri: str, path: str, digest: str) -> None:
    """Write an object to a file on this machine, hashed while it passes by; the file's directory exists.

    Raises:
        StorageError: When it cannot be read or written, or has another digest: there is no file then.
    """
    run_sync(_download_verified(store, uri, path, digest))


async def _download_verified(store: ObjectStore, uri: str, path: str, digest: str) -> None:
    import asyncio
    import hashlib

    store = routed(store, uri)
    if issubclass(type(store), HashedFiles):  # by its class: what passes on what it lacks has other verbs of its own
        await cast("HashedFiles", store).get_hashed_file_async(uri, path, partial(check_digest, uri, digest))
        return

    sha256 = hashlib.sha256()
    with copy_of(uri, path) as file:

        def take(part: bytes) -> None:
            file.write(part)
            sha256.update(part)

        async for part in store.get_stream_async(uri):
            await asyncio.to_thread(take, part)
        check_digest(uri, digest, f"sha256:{sha256.hexdigest()}")


def digest_of_directory(path: str) -> str:
    """The digest of a directory of this machine, as it is when it is uploaded; `SourceError` when it cannot be read."""
    return str(upload(_Nowhere(), {path: LocalDirectory(path)}, digests=[path])[path].digest)


EMPTY_DIGEST: Final = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""Of a file or directory without anything in it."""


def _settled(item: Named, path: str) -> tuple[Source, Stored]:
    """A source that can be read again, and what is known of it."""
    source = item.source
    if isinstance(source, (Written, Saved)):
        try:
            made = upload(LocalStore(), {path: source}, digests=[path])[path]
        except SourceError as error:
            raise SourceError(item.uri, error.__cause__ or error) from error.__cause__
        return LocalFile(path), made
    # Nothing is written: only what passes by is counted.
    return source, upload(_Nowhere(), {item.uri: source}, digests=[item.uri])[item.uri]


def _is_there(store: ObjectStore, stored: Stored, source: Source) -> bool:
    if isinstance(source, LocalDirectory):
        return len(store.list(stored.uri)) == len(files_below(source.path))
    return store.exists(stored.uri)


class _Nowhere(LocalStore):
    """A store that forgets what it is given."""

    def put(self, uri: str, data: bytes) -> None:
        """Forget it."""

    def put_stream(self, uri: str, chunks: Iterable[bytes]) -> None:  # noqa: ARG002
        """Have it pass by."""
        for _ in chunks:
            pass
