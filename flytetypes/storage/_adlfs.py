"""Objects in Azure's store by adlfs's client: names as they are, blocks at the same time."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from typing import Any, TypeVar

from typing_extensions import Buffer

from flytetypes._lazy import require
from flytetypes.errors import AccessDenied
from flytetypes.storage._config import StorageConfig, azure_connection_string, replace
from flytetypes.storage._fsspec import CloudStore, make_filesystem, on_loop
from flytetypes.storage._obstore import azure_container
from flytetypes.storage._remote import FIRST_BYTES, Beginning, Failure, Location, slices, upload_parts
from flytetypes.storage._statuses import CREDENTIALS, of_status
from flytetypes.storage._store import ObjectInfo

T = TypeVar("T")

_LONG_BYTES = 1 << 20  # which aiohttp wants as a file, and Azure's client gives as bytes

_ONCE = {"retry_total": 0}  # requests are tried again by us


class AdlfsStore(CloudStore):
    """An `ObjectStore` for `az` (also `abfs`, `abfss`) by adlfs.

    Args:
        config: The account, credentials, endpoint, retries; by default `StorageConfig.load()`.
    """

    def _make(self, at: Location) -> Any:
        return make_filesystem(at, {**adlfs_options(self._config, azure_container(at)[1]), **self._options})

    def _instance_key(self, at: Location) -> str:
        return f"az://{azure_container(at)[1] or ''}"

    async def _read_range(self, at: Location, start: int, length: int, version: str | None) -> Buffer:
        data, _ = await self._get(at, start, length, version)
        return data

    async def _begin(self, at: Location) -> Beginning:
        try:
            data, properties = await self._get(at, 0, FIRST_BYTES, None)
        except Exception as error:
            if getattr(error, "status_code", None) != 416:
                raise
            return await super()._begin(at)  # an empty object has no range at all
        # `properties.size` is that of the range.
        _, _, size = (properties.content_range or "").rpartition("/")
        return Beginning(data, ObjectInfo(at.uri, int(size) if size.isdigit() else len(data), properties.etag))

    async def _info(self, at: Location) -> ObjectInfo:
        properties = await self._with_blob(at, lambda blob: blob.get_blob_properties(**_ONCE))
        return ObjectInfo(at.uri, int(properties.size), properties.etag)

    async def _write(self, at: Location, data: bytes) -> None:
        if len(data) > _LONG_BYTES:
            await self._write_parts(at, slices(data))
        else:
            await self._with_blob(at, lambda blob: blob.upload_blob(data, overwrite=True, **_ONCE))

    async def _write_parts(self, at: Location, parts: AsyncIterator[bytes]) -> None:
        # Blocks that are not committed are no object, and Azure forgets them after a week.
        async def put(number: int, part: bytes) -> str:
            block = base64.b64encode(f"{number:08}".encode()).decode()

            async def attempt(at: Location) -> None:
                await self._with_blob(
                    at, lambda blob: blob.stage_block(block, BytesIO(part), length=len(part), **_ONCE)
                )

            await self._tried("write", at, attempt)
            return block

        blocks = await upload_parts(parts, put)
        make = require("azure.storage.blob", extra="azure", purpose="writing to Azure's store").BlobBlock

        async def commit(at: Location) -> None:
            made = [make(block_id=block) for block in blocks]
            await self._with_blob(at, lambda blob: blob.commit_block_list(made, **_ONCE))

        await self._tried("write", at, commit)

    async def _remove(self, at: Location) -> None:
        await self._with_blob(at, lambda blob: blob.delete_blob(**_ONCE))

    async def _duplicate(self, source: Location, target: Location) -> None:
        import asyncio

        here = self._filesystem(source).service_client.get_blob_client(azure_container(source)[0], source.key)
        begun = await self._with_blob(target, lambda blob: blob.start_copy_from_url(here.url, **_ONCE))
        status = begun["copy_status"]
        while status == "pending":
            await asyncio.sleep(0.2)
            properties = await self._with_blob(target, lambda blob: blob.get_blob_properties(**_ONCE))
            status = properties.copy.status
        if status != "success":
            await self.put_stream_async(target.uri, self.get_stream_async(source.uri))

    async def _keys_below(self, at: Location) -> list[str]:
        filesystem = self._filesystem(at)

        async def names() -> list[str]:
            container = filesystem.service_client.get_container_client(azure_container(at)[0])
            return [name async for name in container.list_blob_names(name_starts_with=at.key, **_ONCE)]

        return await on_loop(filesystem.loop, names())

    async def _get(self, at: Location, start: int, length: int, version: str | None) -> tuple[bytes, Any]:
        """Bytes of the blob, and its properties."""
        wanted: dict[str, Any] = {}
        if version is not None:
            conditions = require("azure.core", extra="azure", purpose="reading from Azure's store").MatchConditions
            wanted = {"etag": version, "match_condition": conditions.IfNotModified}

        async def get(blob: Any) -> tuple[bytes, Any]:
            stream = await blob.download_blob(offset=start, length=length, max_concurrency=1, **wanted, **_ONCE)
            return await stream.readall(), stream.properties

        return await self._with_blob(at, get)

    async def _with_blob(self, at: Location, verb: Callable[[Any], Awaitable[T]]) -> T:
        """What a verb of Azure's client for a blob returns; on fsspec's loop."""
        filesystem = self._filesystem(at)

        async def call() -> T:
            return await verb(filesystem.service_client.get_blob_client(azure_container(at)[0], at.key))

        return await on_loop(filesystem.loop, call())

    def _failure(self, error: Exception, at: Location) -> Failure | None:
        status = getattr(error, "status_code", None)  # azure.core.exceptions.HttpResponseError
        if isinstance(status, int):
            code = getattr(error, "error_code", None)
            message = str(getattr(error, "reason", "") or "")
            return of_status(status, str(getattr(code, "value", code) or ""), message, at)
        if type(error).__name__ in ("ClientAuthenticationError", "CredentialUnavailableError"):
            return Failure(str(error).partition("\n")[0], AccessDenied, advice=CREDENTIALS["az"])
        return super()._failure(error, at)


def adlfs_options(config: StorageConfig, account: str | None = None) -> dict[str, Any]:
    """The arguments of adlfs for what is configured."""
    config = config if account is None else replace(config, azure_account_name=account)
    if config.azure_endpoint is not None:
        return {"connection_string": azure_connection_string(config)}
    options = {
        "account_name": config.azure_account_name,
        "account_key": config.azure_account_key,
        "tenant_id": config.azure_tenant_id,
        "client_id": config.azure_client_id,
        "client_secret": config.azure_client_secret,
    }
    given: dict[str, Any] = {key: value for key, value in options.items() if value is not None}
    if config.azure_account_key is None and config.azure_client_id is None:
        given["anon"] = False  # look for credentials of the machine or the user
    return given
