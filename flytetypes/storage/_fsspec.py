"""Objects in any file system that fsspec knows.

What S3, Google's and Azure's file systems can do beyond fsspec's interface is in `_s3fs`, `_gcsfs` and `_adlfs`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Coroutine
from threading import Lock
from typing import Any, Final, ParamSpec, TypeVar

from typing_extensions import Buffer

from flytetypes._lazy import require
from flytetypes._redact import shown
from flytetypes.errors import AccessDenied, MissingPackageError, ObjectNotFound, StorageError
from flytetypes.storage._config import StorageConfig
from flytetypes.storage._remote import Failure, Location, RemoteStore
from flytetypes.storage._statuses import Refused, of_connection, of_status
from flytetypes.storage._store import ObjectInfo

P = ParamSpec("P")
T = TypeVar("T")

_VERSIONS: Final = (
    "ETag",
    "etag",
    "e_tag",
    "generation",
    "version",
    "content_md5",
    "mtime",
    "created",
    "last_modified",
)
"""What file systems call what changes with the content."""

# Views of other file systems, and this process's own.
_NOT_STORES: Final = frozenset(
    {
        *("async_wrapper", "asyncwrapper", "asynclocal", "blockcache", "cached", "data", "dir", "file", "filecache"),
        *("generic", "libarchive", "local", "memory", "reference", "simplecache", "tar", "zip"),
    }
)


class FsspecStore(RemoteStore):
    """An `ObjectStore` of an fsspec file system, or of those that URIs name.

    File systems are made without fsspec's caches of listings and of instances, when they are first needed. Async ones
    run on fsspec's own loop, others in threads. A long stream is gathered in a temporary file on this machine and
    then sent: few file systems can throw away what was begun.

    Args:
        filesystem: Serves all URIs, whatever their scheme; by default each scheme's own.
        options: For file systems that are made here.
        config: Retries; by default `StorageConfig.load()`.
    """

    def __init__(
        self, filesystem: Any = None, *, options: dict[str, Any] | None = None, config: StorageConfig | None = None
    ) -> None:
        self._config = config if config is not None else StorageConfig.load()
        super().__init__(retry=self._config.retry, secrets=self._config.secrets)
        self._given = filesystem
        self._options = options or {}
        self._made: dict[tuple[int, str], Any] = {}
        self._lock = Lock()

    def _filesystem(self, at: Location) -> Any:
        """The file system of a location."""
        if self._given is not None:
            return self._given
        key = os.getpid(), self._instance_key(at)  # a loop does not survive a fork
        with self._lock:
            made = self._made.get(key)
            if made is None:
                made = self._made[key] = self._make(at)
            return made

    def _instance_key(self, at: Location) -> str:
        """What tells apart the file systems of two locations."""
        return f"{at.scheme}://{at.bucket}"

    def _make(self, at: Location) -> Any:
        return make_filesystem(at, self._options)

    def _locate(self, uri: str) -> Location:
        scheme, _, rest = uri.partition("://")
        bucket, _, key = rest.partition("/")
        return Location(uri, scheme.lower(), bucket, key)  # of `hdfs:///a/b` and its like there is no bucket

    def _path(self, at: Location) -> str:
        """What the file system calls the object."""
        path: str = self._filesystem(at)._strip_protocol(at.uri)  # noqa: SLF001 - fsspec's interface for URIs
        return path

    async def get_async(self, uri: str) -> bytes:
        async def read(at: Location) -> bytes:
            return bytes(await self._call(at, "cat_file", self._path(at)))

        return await self._tried("read", self._object_at(uri), read)

    async def _read_range(self, at: Location, start: int, length: int, version: str | None) -> Buffer:
        data: bytes = await self._call(at, "cat_file", self._path(at), start=start, end=start + length)
        return data

    async def _info(self, at: Location) -> ObjectInfo:
        path = self._path(at)
        info = await self._call(at, "info", path)
        if info.get("type") == "directory":
            raise ObjectNotFound(f"there is no object at `{shown(at.uri)}`, but a directory", uri=at.uri)
        size = info.get("size")
        if size is None:  # some do not say
            size = len(await self._call(at, "cat_file", path))
        version = next((str(info[name]) for name in _VERSIONS if info.get(name) is not None), None)
        return ObjectInfo(at.uri, int(size), version)

    async def _write(self, at: Location, data: bytes) -> None:
        await self._call(at, "pipe_file", await self._with_parent(at), data)

    async def _write_parts(self, at: Location, parts: AsyncIterator[bytes]) -> None:
        import asyncio
        import tempfile

        await self._with_parent(at)  # before anything is gathered
        with tempfile.NamedTemporaryFile(prefix="flytetypes-") as file:
            async for part in parts:
                await asyncio.to_thread(file.write, part)
            file.flush()
            await self._write_file(at, file.name, file.tell())

    async def _write_file(self, at: Location, path: str, size_bytes: int) -> None:
        target = await self._with_parent(at)
        try:
            await self._call(at, "put_file", path, target)
        except BaseException:
            with contextlib.suppress(Exception):  # not every file system writes whole or not at all
                await self._call(at, "rm_file", target)
            raise

    async def _remove(self, at: Location) -> None:
        await self._call(at, "rm_file", self._path(at))

    async def _duplicate(self, source: Location, target: Location) -> None:
        filesystem = self._filesystem(source)
        if filesystem is self._filesystem(target):
            await self._call(source, "cp_file", self._path(source), await self._with_parent(target))
        else:
            await self.put_stream_async(target.uri, self.get_stream_async(source.uri))

    async def _keys_below(self, at: Location) -> list[str]:
        root = self._path(at).rstrip("/")
        try:
            found = await self._call(at, "find", root)
        except FileNotFoundError:
            return []
        return [f"{at.key}{path[len(root) + 1 :]}" for path in found if path.startswith(f"{root}/")]

    async def _with_parent(self, at: Location) -> str:
        """The path of an object to be written, below directories that are there where the file system has any."""
        path = self._path(at)
        parent = path.rpartition("/")[0]
        if parent:
            await self._call(at, "makedirs", parent, exist_ok=True)
        return path

    async def _call(self, at: Location, verb: str, *args: Any, **kwargs: Any) -> Any:
        """A verb of the file system, wherever it has to run."""
        import asyncio

        filesystem = self._filesystem(at)
        if filesystem.async_impl:
            return await on_loop(filesystem.loop, getattr(filesystem, f"_{verb}")(*args, **kwargs))
        return await asyncio.to_thread(getattr(filesystem, verb), *args, **kwargs)

    def _failure(self, error: Exception, at: Location) -> Failure | None:
        if isinstance(error, Refused):
            return of_status(error.status, error.code, error.message, at)
        status = getattr(error, "status", None)  # aiohttp.ClientResponseError
        if isinstance(status, int) and status >= 300:
            return of_status(status, "", str(getattr(error, "message", "")), at)
        if isinstance(error, (FileNotFoundError, NotADirectoryError, IsADirectoryError)):
            return Failure("", ObjectNotFound)
        if isinstance(error, PermissionError):
            return Failure(error.strerror or str(error) or "access denied", AccessDenied)
        if is_of_connection(error):
            return of_connection(error, at)
        if isinstance(error, (OSError, ValueError, NotImplementedError, EOFError)):
            return Failure(f"{type(error).__name__}: {error}")
        return Failure(f"{type(error).__name__}: {error}") if is_foreign(error) else None


class CloudStore(FsspecStore):
    """A file system of fsspec whose client is asked directly, with requests of our own."""

    def _locate(self, uri: str) -> Location:
        return super(FsspecStore, self)._locate(uri)

    async def get_async(self, uri: str) -> bytes:
        return await super(FsspecStore, self).get_async(uri)

    async def _write_file(self, at: Location, path: str, size_bytes: int) -> None:
        await super(FsspecStore, self)._write_file(at, path, size_bytes)


def make_filesystem(at: Location, options: dict[str, Any]) -> Any:
    """The file system of fsspec for a location, shared with nobody, which remembers no listings.

    Raises:
        MissingPackageError: When its package is not installed.
        StorageError: When fsspec knows no such scheme.
    """
    fsspec = require("fsspec", extra="all", purpose=f"a store for `{at.scheme}`")
    if at.scheme not in fsspec.available_protocols() or at.scheme in _NOT_STORES:
        known = ", ".join(
            f"`{name}`" for name in ("file", "memory", *sorted({*fsspec.available_protocols()} - _NOT_STORES))
        )
        raise StorageError(f"no store for `{at.scheme}` of `{shown(at.uri)}`; there are stores for {known}", uri=at.uri)
    try:
        cls = fsspec.get_filesystem_class(at.scheme)
    except ImportError as error:
        extra = EXTRAS.get(at.scheme)
        if extra is not None:
            package, name = extra
            raise MissingPackageError(
                f"a store for `{at.scheme}` needs {package}: pip install 'flytetypes[{name}]'"
            ) from None
        raise MissingPackageError(f"a store for `{at.scheme}` needs a package of its own: {error}") from None
    given = cls._get_kwargs_from_urls(at.uri)  # fsspec's interface for implementations
    return cls(**{**given, **options}, use_listings_cache=False, skip_instance_cache=True)


EXTRAS: Final = {
    **dict.fromkeys(("s3", "s3a"), ("s3fs", "s3")),
    **dict.fromkeys(("gs", "gcs"), ("gcsfs", "gcs")),
    **dict.fromkeys(("az", "abfs", "abfss", "azure"), ("adlfs", "azure")),
    **dict.fromkeys(("http", "https"), ("aiohttp", "http")),
}
"""Scheme to the package that it needs, and our extra that brings it."""


async def on_loop(loop: Any, coroutine: Coroutine[Any, Any, T]) -> T:
    """Await what belongs to another loop, fsspec's, from any loop."""
    import asyncio

    if loop is asyncio.get_running_loop():
        return await coroutine
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, loop))


def is_of_connection(error: BaseException) -> bool:
    """Whether an error says that a server could not be reached, or that it stopped in the middle."""
    import asyncio
    import socket

    if isinstance(error, (ConnectionError, TimeoutError, asyncio.IncompleteReadError, socket.gaierror)):
        return True
    return any(f"{cls.__module__}.{cls.__qualname__}" in _OF_CONNECTIONS for cls in type(error).__mro__)


def is_foreign(error: BaseException) -> bool:
    """Whether an exception is of a library that talks to servers, rather than of Python or of ours."""
    module = type(error).__module__.partition(".")[0]
    return module in (
        "aiohttp",
        "aiobotocore",
        "azure",
        "botocore",
        "fsspec",
        "gcsfs",
        "google",
        "paramiko",
        "requests",
    )


_OF_CONNECTIONS: Final = frozenset(
    {
        *("aiohttp.client_exceptions.ClientConnectionError", "aiohttp.client_exceptions.ClientPayloadError"),
        *("aiohttp.http_exceptions.HttpProcessingError", "azure.core.exceptions.ServiceRequestError"),
        *("azure.core.exceptions.ServiceResponseError", "azure.core.exceptions.IncompleteReadError"),
        *("botocore.exceptions.ConnectionError", "botocore.exceptions.HTTPClientError"),
        *("botocore.exceptions.IncompleteReadError",),
        *("botocore.exceptions.ResponseStreamingError", "botocore.httpchecksum.FlexibleChecksumError"),
        *("botocore.exceptions.FlexibleChecksumError", "botocore.parsers.ResponseParserError"),
        *("fsspec.exceptions.FSTimeoutError", "requests.exceptions.ConnectionError"),
    }
)
