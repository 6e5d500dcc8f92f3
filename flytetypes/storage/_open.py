"""Which store serves a scheme that is not on this machine, by what is installed and configured."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from flytetypes.storage._adlfs import AdlfsStore
from flytetypes.storage._config import StorageConfig
from flytetypes.storage._fsspec import FsspecStore
from flytetypes.storage._gcsfs import GcsfsStore
from flytetypes.storage._obstore import ObstoreStore, was_forked
from flytetypes.storage._remote import RemoteStore
from flytetypes.storage._s3fs import S3fsStore
from flytetypes.storage._statuses import CLOUDS
from flytetypes.storage._web import WebStore

_BY_FSSPEC: Final[dict[str, type[FsspecStore]]] = {"s3": S3fsStore, "gs": GcsfsStore, "az": AdlfsStore}

_PACKAGES: Final = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs"}


def family_of(scheme: str) -> str:
    """What stands for all schemes that one store serves: `az` for `abfs`, `fsspec` for what is of no cloud."""
    return "web" if scheme in ("http", "https") else CLOUDS.get(scheme, "fsspec")


def open_store(family: str, config: StorageConfig) -> RemoteStore:
    """The store for a family of schemes. Nothing is connected, and no package loaded, before its first transfer."""
    if family in _BY_FSSPEC:
        by_obstore = engine_of(family, config) == "obstore"
        return ObstoreStore(config) if by_obstore else _BY_FSSPEC[family](config=config)
    return WebStore(config=config) if family == "web" else FsspecStore(config=config)


def engine_of(family: str, config: StorageConfig) -> str:
    """The engine for one of the three clouds: `obstore` or `fsspec`."""
    if config.engine != "auto":
        return config.engine
    if family == "gs" and config.gcs_endpoint is not None:
        return "fsspec"  # what stands in for Google's store speaks its JSON API only: obstore writes by the XML one
    if find_spec("obstore") is None:
        return "fsspec"
    return "fsspec" if was_forked() and find_spec(_PACKAGES[family]) is not None else "obstore"
