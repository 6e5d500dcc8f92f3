"""Objects that web servers offer: read only, by the session of fsspec's HTTP file system."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, NoReturn

from typing_extensions import Buffer

from flytetypes._redact import shown
from flytetypes.errors import StorageError
from flytetypes.storage._fsspec import CloudStore, make_filesystem, on_loop
from flytetypes.storage._remote import FIRST_BYTES, Beginning, Location
from flytetypes.storage._statuses import Refused
from flytetypes.storage._store import ObjectInfo


class WebStore(CloudStore):
    """An `ObjectStore` for `http` and `https`, by fsspec with aiohttp, of which only the reading verbs work.

    Large objects are read in ranges. What a server sends that knows no ranges is held in memory, whole.

    Args:
        config: Retries; by default `StorageConfig.load()`.
    """

    def _make(self, at: Location) -> Any:
        return make_filesystem(at, {"client_kwargs": {"trust_env": True}, **self._options})

    def _instance_key(self, at: Location) -> str:
        return "http"

    def _locate(self, uri: str) -> Location:
        return Location(uri, uri.partition("://")[0].lower(), "", uri)

    def _object_at(self, uri: str, *, new: bool = False) -> Location:
        at = self._locate(uri)
        return at if not new else self._refuse("write", at)

    async def _read_range(self, at: Location, start: int, length: int, version: str | None) -> Buffer:
        status, headers, data = await self._get(at, start, length)
        if version is not None and _version(headers) not in (None, version):
            raise Refused(412)
        return data if status == 206 else data[start : start + length]

    async def _begin(self, at: Location) -> Beginning:
        try:
            status, headers, data = await self._get(at, 0, FIRST_BYTES)
        except Refused as error:
            if error.status != 416:
                raise
            return Beginning(b"", ObjectInfo(at.uri, 0))  # an empty object has no range at all
        size = _size_in(headers) if status == 206 else len(data)
        return Beginning(data, ObjectInfo(at.uri, len(data) if size is None else size, _version(headers)))

    async def _info(self, at: Location) -> ObjectInfo:
        # Not HEAD: addresses that are signed for GET allow nothing else.
        try:
            status, headers, data = await self._get(at, 0, 1)
        except Refused as error:
            if error.status != 416:
                raise
            return ObjectInfo(at.uri, 0)
        size = _size_in(headers) if status == 206 else len(data)
        return ObjectInfo(at.uri, len(data) if size is None else size, _version(headers))

    async def _get(self, at: Location, start: int, length: int) -> tuple[int, Mapping[str, str], bytes]:
        """The answer to a request for bytes: its status (206: just these, else all), headers, body."""
        filesystem = self._filesystem(at)

        async def get() -> tuple[int, Mapping[str, str], bytes]:
            import aiohttp

            session = await filesystem.set_session()
            headers = {"Range": f"bytes={start}-{start + length - 1}", "Accept-Encoding": "identity"}
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=30)
            async with session.get(at.uri, headers=headers, timeout=timeout) as answer:
                if answer.status not in (200, 206):
                    raise Refused(answer.status, "", answer.reason or "")
                return answer.status, answer.headers, await answer.read()

        return await on_loop(filesystem.loop, get())

    async def list_async(self, prefix: str) -> list[str]:
        uri = shown(prefix)
        raise StorageError(f"cannot list `{uri}`: web servers have no lists of what they hold", uri=prefix)

    def _refuse(self, verb: str, at: Location) -> NoReturn:
        raise StorageError(f"cannot {verb} `{shown(at.uri)}`: web servers are read only", uri=at.uri)

    async def _write(self, at: Location, data: bytes) -> None:
        self._refuse("write", at)

    async def _write_parts(self, at: Location, parts: AsyncIterator[bytes]) -> None:
        self._refuse("write", at)

    async def _remove(self, at: Location) -> None:
        self._refuse("delete", at)


def _size_in(headers: Mapping[str, str]) -> int | None:
    """The size of the whole, of a part's headers (RFC 9110, 14.4)."""
    _, _, size = headers.get("Content-Range", "").rpartition("/")
    return int(size) if size.isdigit() else None


def _version(headers: Mapping[str, str]) -> str | None:
    return headers.get("ETag") or headers.get("Last-Modified")
