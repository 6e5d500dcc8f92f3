"""Bytes by URI: one small protocol, the stores that speak it, and many objects at a time.

Each verb has an async twin. Code that is not async uses the plain verbs, under a running loop too.
"""

from flytetypes.storage._io_thread import run_sync
from flytetypes.storage._local import LocalStore
from flytetypes.storage._memory import MemoryStore
from flytetypes.storage._router import StoreRouter, default_store
from flytetypes.storage._store import ObjectStore
from flytetypes.storage._transfer import download, download_async, upload, upload_async
from flytetypes.storage._twins import AsyncFirst, SyncFirst

__all__ = [
    "AsyncFirst",
    "LocalStore",
    "MemoryStore",
    "ObjectStore",
    "StoreRouter",
    "SyncFirst",
    "default_store",
    "download",
    "download_async",
    "run_sync",
    "upload",
    "upload_async",
]
