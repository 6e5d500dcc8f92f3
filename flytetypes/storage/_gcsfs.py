"""Objects in Google's store by gcsfs's session: names as they are, uploads that leave nothing behind."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from typing import Any

from typing_extensions import Buffer

from flytetypes.storage._fsspec import CloudStore, make_filesystem, on_loop
from flytetypes.storage._remote import FIRST_BYTES, Beginning, Location
from flytetypes.storage._statuses import Refused
from flytetypes.storage._store import ObjectInfo

_OBJECT = "b/{}/o/{}"
_CONTENT = {"Content-Type": "application/octet-stream"}
_INCOMPLETE = 308  # of a resumable upload: as it should be


class GcsfsStore(CloudStore):
    """An `ObjectStore` for `gs` by gcsfs.

    Args:
        config: The endpoint, retries; by default `StorageConfig.load()`.
    """

    def _make(self, at: Location) -> Any:
        endpoint = self._config.gcs_endpoint
        own = {} if endpoint is None else {"endpoint_url": endpoint, "token": "anon"}
        return make_filesystem(at, {**own, **self._options})

    def _instance_key(self, at: Location) -> str:
        return "gs"

    async def _read_range(self, at: Location, start: int, length: int, version: str | None) -> Buffer:
        _, data = await self._ranged(at, start, length, {"generation": version} if version is not None else {})
        return data

    async def _begin(self, at: Location) -> Beginning:
        try:
            headers, data = await self._ranged(at, 0, FIRST_BYTES, {})
        except Refused as error:
            if error.status != 416:
                raise
            return await super()._begin(at)  # an empty object has no range at all
        _, _, size = headers.get("Content-Range", "").rpartition("/")
        size_bytes = int(size) if size.isdigit() else len(data)
        return Beginning(data, ObjectInfo(at.uri, size_bytes, headers.get("X-Goog-Generation")))

    async def _info(self, at: Location) -> ObjectInfo:
        _, answer = await self._object(at, "GET")
        told = json.loads(answer)
        return ObjectInfo(at.uri, int(told["size"]), told.get("generation"))

    async def _write(self, at: Location, data: bytes) -> None:
        where = {"uploadType": "media", "name": at.key}
        await self._request(at, "POST", self._upload_path(at), data=data, headers=_CONTENT, query=where)

    async def _write_parts(self, at: Location, parts: AsyncIterator[bytes]) -> None:
        where = {"uploadType": "resumable", "name": at.key}
        begun, _ = await self._tried(
            "write", at, lambda at: self._request(at, "POST", self._upload_path(at), query=where)
        )
        session = begun["Location"]
        done = 0
        try:
            held = await anext(parts, b"")
            async for part in parts:
                await self._upload(at, session, held, done, "*")
                done += len(held)
                held = part
            await self._upload(at, session, held, done, str(done + len(held)))
        except BaseException:
            await self._abort(at, session)
            raise

    async def _upload(self, at: Location, session: str, part: bytes, start: int, size: str) -> None:
        """Send one part of a resumable upload; the last one knows the size of all."""
        headers = {**_CONTENT, "Content-Range": f"bytes {start}-{start + len(part) - 1}/{size}"}

        async def attempt(at: Location) -> None:
            await self._request(at, "PUT", session, data=part, headers=headers)

        await self._tried("write", at, attempt)

    async def _abort(self, at: Location, session: str) -> None:
        """Throw away an upload; a server that is out of reach forgets it after a week."""
        import asyncio
        import contextlib

        async def abort() -> None:
            with contextlib.suppress(Exception):  # the failure that led here is the one to tell
                await self._request(at, "DELETE", session)

        await asyncio.shield(abort())

    async def _remove(self, at: Location) -> None:
        await self._object(at, "DELETE")

    async def _duplicate(self, source: Location, target: Location) -> None:
        token: dict[str, str] = {}
        while True:  # a large object is copied in steps
            path = "b/{}/o/{}/rewriteTo/b/{}/o/{}"
            names = source.bucket, source.key, target.bucket, target.key
            _, answer = await self._request(source, "POST", path, *names, query=token)
            told = json.loads(answer)
            if told.get("done", True):
                return
            token = {"rewriteToken": told["rewriteToken"]}

    async def _keys_below(self, at: Location) -> list[str]:
        keys: list[str] = []
        more: dict[str, str] = {}
        while True:
            _, answer = await self._request(at, "GET", "b/{}/o", at.bucket, query={"prefix": at.key, **more})
            page = json.loads(answer)
            keys += [found["name"] for found in page.get("items", ())]
            if not page.get("nextPageToken"):
                return keys
            more = {"pageToken": page["nextPageToken"]}

    def _upload_path(self, at: Location) -> str:
        from urllib.parse import quote

        base: str = self._filesystem(at).base  # ends with /storage/v1/
        return f"{base.removesuffix('storage/v1/')}upload/storage/v1/b/{quote(at.bucket, safe='')}/o"

    async def _ranged(
        self, at: Location, start: int, length: int, query: Mapping[str, str]
    ) -> tuple[Mapping[str, str], bytes]:
        # A server that would unpack what is stored packed could not serve ranges of it.
        headers = {"Range": f"bytes={start}-{start + length - 1}", "Accept-Encoding": "gzip"}
        answer, data = await self._object(at, "GET", headers=headers, query={"alt": "media", **query})
        return answer, data[:length]

    async def _object(self, at: Location, method: str, **kwargs: Any) -> tuple[Mapping[str, str], bytes]:
        return await self._request(at, method, _OBJECT, at.bucket, at.key, **kwargs)

    async def _request(
        self,
        at: Location,
        method: str,
        path: str,
        *names: str,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> tuple[Mapping[str, str], bytes]:
        """One request with gcsfs's session and credentials, which does not try again itself.

        Args:
            at: What it is about.
            method: The HTTP method.
            path: Below the API's base, or a whole address; `{}` for each name.
            names: Put into the path, quoted.
            data: The body.
            headers: Further ones.
            query: Its parameters.

        Raises:
            Refused: When the server answers with anything but success.
        """
        filesystem = self._filesystem(at)
        # gcsfs has no public way to send a request but by its own retries, which wait for minutes.
        begin, address, parameters, headed = (
            getattr(filesystem, f"_{name}") for name in ("set_session", "format_path", "get_params", "get_headers")
        )

        async def request() -> tuple[Mapping[str, str], bytes]:
            await begin()
            async with filesystem.session.request(
                method,
                address(path, names),
                params=parameters(dict(query or {})),
                headers=headed(headers),
                data=data if data is None else BytesIO(data),  # of long bytes aiohttp warns
                auto_decompress=False,
            ) as answer:
                body = await answer.read()
                if answer.status >= 300 and answer.status != _INCOMPLETE:
                    raise Refused(answer.status, "", _message_in(body))
                return answer.headers, body

        return await on_loop(filesystem.loop, request())


def _message_in(body: bytes) -> str:
    """What Google's JSON, or anything else, says of a failure."""
    text = body.decode(errors="replace")
    try:
        said = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        return text[:200]
    return str(said.get("message", "") if isinstance(said, dict) else said)
