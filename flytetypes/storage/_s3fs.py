"""Objects in S3 by s3fs's client: names as they are, parts at the same time, uploads that leave nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from typing_extensions import Buffer

from flytetypes.errors import AccessDenied
from flytetypes.storage._fsspec import CloudStore, make_filesystem, on_loop
from flytetypes.storage._remote import FIRST_BYTES, Beginning, Failure, Location, upload_parts
from flytetypes.storage._statuses import CREDENTIALS, of_status
from flytetypes.storage._store import ObjectInfo


class S3fsStore(CloudStore):
    """An `ObjectStore` for `s3` by s3fs.

    Args:
        config: The endpoint, credentials, retries; by default `StorageConfig.load()`.
    """

    def _make(self, at: Location) -> Any:
        return make_filesystem(at, {**s3fs_options(self._config), **self._options})

    def _instance_key(self, at: Location) -> str:
        return "s3"

    async def _read_range(self, at: Location, start: int, length: int, version: str | None) -> Buffer:
        wanted = {"IfMatch": version} if version is not None else {}
        data, _ = await self._get(at, start, length, **wanted)
        return data

    async def _begin(self, at: Location) -> Beginning:
        try:
            data, answer = await self._get(at, 0, FIRST_BYTES)
        except Exception as error:
            if _status(error) != 416:
                raise
            return await super()._begin(at)  # an empty object has no range at all
        _, _, size = answer.get("ContentRange", "").rpartition("/")
        size_bytes = int(size) if size.isdigit() else int(answer["ContentLength"])
        return Beginning(data, ObjectInfo(at.uri, size_bytes, answer.get("ETag")))

    async def _info(self, at: Location) -> ObjectInfo:
        answer = await self._request(at, "head_object")
        return ObjectInfo(at.uri, int(answer["ContentLength"]), answer.get("ETag"))

    async def _write(self, at: Location, data: bytes) -> None:
        await self._request(at, "put_object", Body=data)

    async def _write_parts(self, at: Location, parts: AsyncIterator[bytes]) -> None:
        begun = await self._tried("write", at, lambda at: self._request(at, "create_multipart_upload"))
        upload = begun["UploadId"]

        async def put(number: int, part: bytes) -> dict[str, Any]:
            async def attempt(at: Location) -> Any:
                return await self._request(at, "upload_part", UploadId=upload, PartNumber=number, Body=part)

            return {"PartNumber": number, "ETag": (await self._tried("write", at, attempt))["ETag"]}

        try:
            done = {"Parts": await upload_parts(parts, put)}
            await self._tried(
                "write",
                at,
                lambda at: self._request(at, "complete_multipart_upload", UploadId=upload, MultipartUpload=done),
            )
        except BaseException:
            await self._abort(at, upload)
            raise

    async def _abort(self, at: Location, upload: str) -> None:
        """Throw away the parts of an upload; a server that is out of reach keeps them."""
        import asyncio
        import contextlib

        async def abort() -> None:
            with contextlib.suppress(Exception):  # the failure that led here is the one to tell
                await self._tried("write", at, lambda at: self._request(at, "abort_multipart_upload", UploadId=upload))

        await asyncio.shield(abort())

    async def _remove(self, at: Location) -> None:
        await self._request(at, "delete_object")

    async def _duplicate(self, source: Location, target: Location) -> None:
        await self._request(target, "copy_object", CopySource={"Bucket": source.bucket, "Key": source.key})

    async def _keys_below(self, at: Location) -> list[str]:
        keys: list[str] = []
        more: dict[str, str] = {}
        while True:
            page = await self._client_call(at, "list_objects_v2", Bucket=at.bucket, Prefix=at.key, **more)
            keys += [found["Key"] for found in page.get("Contents", ())]
            if not page.get("IsTruncated"):
                return keys
            more = {"ContinuationToken": page["NextContinuationToken"]}

    async def _get(self, at: Location, start: int, length: int, **wanted: str) -> tuple[bytes, dict[str, Any]]:
        """Bytes of the object, and what the server said of it."""
        filesystem = self._filesystem(at)

        async def get() -> tuple[bytes, dict[str, Any]]:
            client = await _client(filesystem, at)
            byte_range = f"bytes={start}-{start + length - 1}"
            answer = await client.get_object(Bucket=at.bucket, Key=at.key, Range=byte_range, **wanted)
            async with answer["Body"] as body:
                return await body.read(), answer

        return await on_loop(filesystem.loop, get())

    async def _request(self, at: Location, method: str, **kwargs: Any) -> Any:
        return await self._client_call(at, method, Bucket=at.bucket, Key=at.key, **kwargs)

    async def _client_call(self, at: Location, method: str, **kwargs: Any) -> Any:
        filesystem = self._filesystem(at)

        async def call() -> Any:
            return await getattr(await _client(filesystem, at), method)(**kwargs)

        return await on_loop(filesystem.loop, call())

    def _failure(self, error: Exception, at: Location) -> Failure | None:
        response = getattr(error, "response", None)  # botocore.exceptions.ClientError
        if isinstance(response, dict) and "Error" in response:
            said = response["Error"]
            code = str(said.get("Code", ""))
            # A HEAD has no body to say more: botocore makes a code of the status.
            return of_status(_status(error) or 0, "" if code.isdigit() else code, str(said.get("Message", "")), at)
        if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"):
            return Failure(str(error), AccessDenied, advice=CREDENTIALS["s3"])
        return super()._failure(error, at)


async def _client(filesystem: Any, at: Location) -> Any:
    """Botocore's client, for a coroutine on fsspec's loop."""
    await filesystem.set_session()
    return await filesystem.get_s3(at.bucket)


def _status(error: Exception) -> int | None:
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return None
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return int(status) if status is not None else None


def s3fs_options(config: Any) -> dict[str, Any]:
    """s3fs's arguments for what is configured. Requests are tried again by us, so not by botocore."""
    options: dict[str, Any] = {
        "config_kwargs": {
            "connect_timeout": 5,
            "read_timeout": 30,
            "max_pool_connections": 64,
            "retries": {"mode": "standard", "total_max_attempts": 1},
            "s3": {"addressing_style": config.s3_addressing_style},
        }
    }
    if config.s3_endpoint is not None:
        options["endpoint_url"] = config.s3_endpoint
    if config.s3_access_key_id is not None:
        options |= {"key": config.s3_access_key_id, "secret": config.s3_secret_access_key}
    return options
