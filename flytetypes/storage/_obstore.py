"""Objects in S3, Google's and Azure's stores by obstore: the fast engine."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from threading import Lock
from typing import Any, Final

from typing_extensions import Buffer

from flytetypes._lazy import require
from flytetypes._redact import shown
from flytetypes.errors import AccessDenied, MissingPackageError, ObjectNotFound, StorageError
from flytetypes.storage._config import StorageConfig, nobody_at
from flytetypes.storage._remote import (
    FIRST_BYTES,
    Beginning,
    Failure,
    Location,
    RemoteStore,
    Stretch,
    all_of,
    part_bytes_for,
)
from flytetypes.storage._statuses import CLOUDS, CREDENTIALS, of_connection, of_markup, of_status
from flytetypes.storage._store import PART_BYTES, ObjectInfo

_CHUNK_BYTES: Final = 2 << 20
"""What is handed over at a time of what is streamed: fewer, larger ones were not faster."""

# The least that S3 takes. obstore holds about twice what is in flight: 55 MB in all, measured.
_FILE_PART_BYTES: Final = 5 << 20
_FILE_PARTS: Final = 5

_FIRST: Final = {"range": (0, FIRST_BYTES)}

_STATUS = re.compile(r"status code: (\d{3})")
_TIMEOUTS: Final = {"connect_timeout": "5s", "read_timeout": "30s", "timeout": "10m"}
"""Of one request: at most `PART_BYTES` but for a `put` of the caller's size."""

# `abfs://container@account.dfs.core.windows.net/key`
_AZURE_HOST = re.compile(r"(?P<container>[^@/]+)@(?P<account>[^./]+)\.(?:dfs|blob)\.core\.windows\.net")


class ObstoreStore(RemoteStore):
    """An `ObjectStore` for `s3`, `gs`, and `az` (also `abfs`, `abfss`) by obstore.

    A client is kept for each bucket, and opened when it is first needed. Names with empty parts (`a//b`) and control
    characters are more than obstore can: those need the other engine.

    Args:
        config: Endpoints, credentials, retries; by default `StorageConfig.load()`.
    """

    def __init__(self, config: StorageConfig | None = None) -> None:
        self._config = config if config is not None else StorageConfig.load()
        super().__init__(retry=self._config.retry, secrets=self._config.secrets)
        self._clients: dict[tuple[int, str, str, bool], Any] = {}
        self._lock = Lock()

    def _locate(self, uri: str) -> Location:
        at = super()._locate(uri)
        if at.scheme not in CLOUDS:
            raise StorageError(f"obstore is used for S3, Google's and Azure's stores, got `{shown(uri)}`", uri=uri)
        return at

    async def _read_range(self, at: Location, start: int, length: int, version: str | None) -> Buffer:
        options: dict[str, Any] = {"range": (start, start + length)}
        if version is not None:
            options["if_match"] = version
        found = await self._obstore.get_async(self._client(at), at.key, options=options)
        data: Buffer = await found.bytes_async()
        return data

    async def _copy(self, stretch: Stretch) -> None:
        import asyncio

        def copy() -> None:
            # In one thread, by obstore's plain verbs: nothing is handed from loop to loop.
            at, version = stretch.at, stretch.info.version
            options: dict[str, Any] = {"range": (stretch.position, stretch.end)}
            if version is not None:
                options["if_match"] = version
            found = self._obstore.get(self._client(at), at.key, options=options)
            for chunk in found.stream(min_chunk_size=_CHUNK_BYTES):
                stretch.write(chunk)

        await asyncio.to_thread(copy)

    async def _begin(self, at: Location) -> Beginning:
        try:
            found = await self._obstore.get_async(self._client(at), at.key, options=_FIRST)
        except self._obstore.exceptions.BaseError as error:
            if _status(error) != 416:
                raise
            return await super()._begin(at)  # an empty object has no range at all
        return Beginning(await found.bytes_async(), _told_by(at, found.meta))

    def put_small(self, uri: str, data: bytes) -> None:
        """As `SmallObjects` has it: a third less time than a loop takes."""
        at = self._object_at(uri, new=True)
        try:
            self._obstore.put(self._client(at), at.key, data, use_multipart=False)
        except Exception as error:  # noqa: BLE001 - an engine's, which says what it means
            raise self._told(error, "write", at) from None

    def get_small(self, uri: str) -> Buffer | None:
        """As `SmallObjects` has it."""
        at = self._object_at(uri)
        try:
            found = self._obstore.get(self._client(at), at.key, options=_FIRST)
            content: Buffer | None = found.bytes() if found.meta["size"] <= FIRST_BYTES else None
        except Exception as error:  # noqa: BLE001 - an engine's, which says what it means
            if _status(error) == 416:
                return None  # empty, which the usual way can tell
            raise self._told(error, "read", at) from None
        if content is not None and len(memoryview(content)) != found.meta["size"]:
            return None  # cut short
        return content

    async def _info(self, at: Location) -> ObjectInfo:
        return _told_by(at, await self._obstore.head_async(self._client(at), at.key))

    async def _write(self, at: Location, data: bytes) -> None:
        await self._obstore.put_async(self._client(at), at.key, data, use_multipart=False)

    async def _write_parts(self, at: Location, parts: AsyncIterator[bytes]) -> None:
        # Its parts cannot be asked for again, so the client tries each request again itself.
        client = self._client(at, retrying=True)
        await self._obstore.put_async(
            client, at.key, parts, use_multipart=True, chunk_size=PART_BYTES, max_concurrency=3
        )

    async def _write_file(self, at: Location, path: str, size_bytes: int) -> None:
        from pathlib import Path

        part = part_bytes_for(size_bytes, at_least=_FILE_PART_BYTES)
        at_once = max(2, _FILE_PARTS * _FILE_PART_BYTES // part)
        client = self._client(at, retrying=True)
        await self._obstore.put_async(
            client, at.key, Path(path), use_multipart=True, chunk_size=part, max_concurrency=at_once
        )

    async def _remove(self, at: Location) -> None:
        await self._obstore.delete_async(self._client(at), at.key)

    async def _duplicate(self, source: Location, target: Location) -> None:
        client = self._client(source)
        if client is self._client(target):
            await self._obstore.copy_async(client, source.key, target.key)
        else:
            await self.put_stream_async(target.uri, self.get_stream_async(source.uri))

    async def _keys_below(self, at: Location) -> list[str]:
        client = self._client(at)
        found: list[str] = []
        empty: list[str] = []
        async for batch in self._obstore.list(client, at.key or None):
            for meta in batch:
                (found if meta["size"] else empty).append(meta["path"])
        # Consoles mark directories with an empty object, `run/`, which obstore lists as `run`.

        async def confirm(key: str) -> None:
            try:
                await self._obstore.head_async(client, key)
            except FileNotFoundError:
                return
            found.append(key)

        await all_of(confirm, empty)
        return found

    def _failure(self, error: Exception, at: Location) -> Failure | None:
        exceptions = self._obstore.exceptions
        text = str(error).partition("\n\nDebug source:")[0]
        status = _status(error)
        if status is not None:
            return of_markup(status, text, at)
        if isinstance(error, FileNotFoundError):
            return Failure("", ObjectNotFound)
        if isinstance(error, (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError, PermissionError)):
            return Failure("access denied", AccessDenied, advice=CREDENTIALS[CLOUDS[at.scheme]])
        if isinstance(error, exceptions.PreconditionError):
            return of_status(412, "", "", at)
        if isinstance(error, (ValueError, exceptions.InvalidPathError)) and "path" in text:
            advice = "FLYTETYPES_STORAGE_ENGINE=fsspec takes such names"
            return Failure("obstore has no names with empty parts or control characters", advice=advice)
        if isinstance(error, exceptions.BaseError):
            return _of_generic(text, str(error), at)
        return None

    @property
    def _obstore(self) -> Any:
        return require("obstore", extra="fast", purpose="FLYTETYPES_STORAGE_ENGINE=obstore")

    def _client(self, at: Location, *, retrying: bool = False) -> Any:
        """The client of a bucket; those that try again themselves are others."""
        if was_forked():
            raise StorageError(
                f"cannot use `{shown(at.uri)}`: obstore cannot be used in a process forked from one that has used it: "
                "start processes by `spawn`, or set FLYTETYPES_STORAGE_ENGINE=fsspec",
                uri=at.uri,
            )
        _users.add(os.getpid())
        key = os.getpid(), CLOUDS[at.scheme], at.bucket, retrying
        with self._lock:
            client = self._clients.get(key)
            if client is None:
                client = self._clients[key] = _OPEN[key[1]](at, self._config, retrying)
            return client


_users: Final[set[int]] = set()
"""The processes that have used obstore: this one, and those that it was forked from."""


def was_forked() -> bool:
    """Whether this process was forked from one that has used obstore, whose threads did not come with it."""
    return bool(_users - {os.getpid()})


def _told_by(at: Location, meta: Any) -> ObjectInfo:
    return ObjectInfo(at.uri, meta["size"], meta["e_tag"] or meta["version"])


def _status(error: Exception) -> int | None:
    """The HTTP status that an error of obstore tells in its text, if a server answered at all."""
    found = _STATUS.search(str(error).partition("\n\nDebug source:")[0])
    return int(found[1]) if found is not None else None


def _of_generic(text: str, whole: str, at: Location) -> Failure:
    """What obstore has no class for: connections, credentials that cannot be had, and the unexpected."""
    short = re.sub(r"^Generic \w+ error: (Error performing \w+ \S+ in \S+ - )?", "", text).strip()
    if "HTTP error" in text or "HttpError" in whole or "reqwest" in whole:
        return of_connection(short, at)
    return Failure(" ".join(short.split()))


def _open_s3(at: Location, config: StorageConfig, retrying: bool) -> Any:
    store = require("obstore.store", extra="fast", purpose="reading and writing S3 with obstore")
    endpoint = config.s3_endpoint
    virtual = config.s3_addressing_style == "virtual"
    if endpoint is not None and virtual:
        endpoint = endpoint.replace("://", f"://{at.bucket}.", 1)
    settings = {
        "endpoint": endpoint,
        "access_key_id": config.s3_access_key_id,
        "secret_access_key": config.s3_secret_access_key,
        "virtual_hosted_style_request": virtual or None,
        "region": s3_region(),
    }
    provider = None if config.s3_access_key_id else _profile_credentials()
    return store.S3Store(
        at.bucket,
        config=_given(settings),
        credential_provider=provider,
        client_options=_client_options(endpoint, *map(os.environ.get, _S3_ENDPOINT_VARIABLES)),
        retry_config=_retry_config(config, retrying),
    )


def _open_gs(at: Location, config: StorageConfig, retrying: bool) -> Any:
    store = require("obstore.store", extra="fast", purpose="reading and writing Google's store with obstore")
    settings = {"service_account_key": nobody_at(config.gcs_endpoint) if config.gcs_endpoint else None}
    return store.GCSStore(
        at.bucket,
        config=_given(settings),
        client_options=_client_options(config.gcs_endpoint),
        retry_config=_retry_config(config, retrying),
    )


def _open_az(at: Location, config: StorageConfig, retrying: bool) -> Any:
    store = require("obstore.store", extra="fast", purpose="reading and writing Azure's store with obstore")
    container, account = azure_container(at)
    settings = {
        "endpoint": config.azure_endpoint,
        "account_name": account or config.azure_account_name,
        "account_key": config.azure_account_key,
        "tenant_id": config.azure_tenant_id,
        "client_id": config.azure_client_id,
        "client_secret": config.azure_client_secret,
    }
    return store.AzureStore(
        container,
        config=_given(settings),
        client_options=_client_options(config.azure_endpoint),
        retry_config=_retry_config(config, retrying),
    )


_OPEN: Final[dict[str, Callable[[Location, StorageConfig, bool], Any]]] = {
    "s3": _open_s3,
    "gs": _open_gs,
    "az": _open_az,
}


def azure_container(at: Location) -> tuple[str, str | None]:
    """The container of a location, and the account where the URI names it."""
    found = _AZURE_HOST.fullmatch(at.bucket)
    return (found["container"], found["account"]) if found is not None else (at.bucket, None)


_S3_ENDPOINT_VARIABLES: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def _client_options(*endpoints: str | None) -> dict[str, Any]:
    return {
        **_TIMEOUTS,
        "allow_http": any(endpoint is not None and endpoint.startswith("http://") for endpoint in endpoints),
    }


def _retry_config(config: StorageConfig, retrying: bool) -> dict[str, Any]:
    if not retrying:
        return {"max_retries": 0}
    first, last = (timedelta(seconds=config.retry.longest_wait(retry)) for retry in (0, 16))
    return {"max_retries": config.retries, "backoff": {"init_backoff": first, "max_backoff": last, "base": 2}}


def _profile_credentials() -> Callable[[], dict[str, Any]] | None:
    """AWS's credentials of a profile, which obstore does not read itself; None where there is none."""
    if os.environ.get("AWS_ACCESS_KEY_ID") or not _has_profile():
        return None
    session = require("botocore.session", extra="s3", purpose="reading AWS's profiles").get_session()
    credentials = session.get_credentials()
    if credentials is None:
        return None

    def provide() -> dict[str, Any]:
        from datetime import UTC, datetime

        frozen = credentials.get_frozen_credentials()  # renewed by botocore where they expire
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": datetime.now(UTC) + timedelta(minutes=5),
        }

    return provide


def _has_profile() -> bool:
    files = (
        os.environ.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        os.environ.get("AWS_CONFIG_FILE", "~/.aws/config"),
    )
    return "AWS_PROFILE" in os.environ or any(os.path.isfile(os.path.expanduser(file)) for file in files)  # noqa: PTH111, PTH113


def s3_region() -> str | None:
    """The region that the environment or a profile names."""
    named = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if named or not _has_profile():
        return named
    try:
        session = require("botocore.session", extra="s3", purpose="reading AWS's profiles").get_session()
    except MissingPackageError:
        return None
    region: str | None = session.get_config_variable("region")
    return region
