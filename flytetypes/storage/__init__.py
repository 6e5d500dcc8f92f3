"""Bytes by URI: one small protocol, the stores that speak it, and many objects at a time.

Each verb has an async twin. Code that is not async uses the plain verbs, under a running loop too.
"""

from typing import TYPE_CHECKING

from flytetypes._exports import lazy_names
from flytetypes.storage._by_content import (
    EMPTY_DIGEST,
    Named,
    check_content,
    check_digest,
    content_uri,
    digest_in,
    digest_of_bytes,
    digest_of_directory,
    download_verified,
    settle,
    store_settled,
)
from flytetypes.storage._files import (
    ObjectFile,
    Writer,
    local_copy,
    local_path,
    open_reader,
    open_writer,
    range_of,
    range_of_async,
)
from flytetypes.storage._io_thread import LoopThread, in_own_thread, run_sync
from flytetypes.storage._layout import basename, join, random_uri, relative_name
from flytetypes.storage._local import LocalStore
from flytetypes.storage._memory import MemoryStore
from flytetypes.storage._outputs import (
    Outputs,
    current_outputs,
    new_temporary_prefix,
    outputs_to,
    send_outputs_to,
    temporary_prefix,
)
from flytetypes.storage._progress import Progress, report_transfers, show_transfers
from flytetypes.storage._router import StoreRouter, default_store, scheme_of
from flytetypes.storage._sources import HeldObject, LocalDirectory, LocalFile, Saved, Source, Stored, Written
from flytetypes.storage._store import PART_BYTES, ObjectInfo, ObjectStore
from flytetypes.storage._transfer import (
    digest_of,
    download,
    download_async,
    download_directory,
    download_directory_async,
    download_files,
    download_files_async,
    each,
    files_below,
    upload,
    upload_async,
)
from flytetypes.storage._twins import AsyncFirst, SyncFirst

if TYPE_CHECKING:
    from flytetypes.storage._adlfs import AdlfsStore
    from flytetypes.storage._config import StorageConfig
    from flytetypes.storage._fsspec import FsspecStore
    from flytetypes.storage._gcsfs import GcsfsStore
    from flytetypes.storage._obstore import ObstoreStore
    from flytetypes.storage._options import connection_options
    from flytetypes.storage._retry import RetryPolicy
    from flytetypes.storage._s3fs import S3fsStore
    from flytetypes.storage._web import WebStore

__all__ = [
    "EMPTY_DIGEST",
    "PART_BYTES",
    "AdlfsStore",
    "AsyncFirst",
    "FsspecStore",
    "GcsfsStore",
    "HeldObject",
    "LocalDirectory",
    "LocalFile",
    "LocalStore",
    "LoopThread",
    "MemoryStore",
    "Named",
    "ObjectFile",
    "ObjectInfo",
    "ObjectStore",
    "ObstoreStore",
    "Outputs",
    "Progress",
    "RetryPolicy",
    "S3fsStore",
    "Saved",
    "Source",
    "StorageConfig",
    "StoreRouter",
    "Stored",
    "SyncFirst",
    "WebStore",
    "Writer",
    "Written",
    "basename",
    "check_content",
    "check_digest",
    "connection_options",
    "content_uri",
    "current_outputs",
    "default_store",
    "digest_in",
    "digest_of",
    "digest_of_bytes",
    "digest_of_directory",
    "download",
    "download_async",
    "download_directory",
    "download_directory_async",
    "download_files",
    "download_files_async",
    "download_verified",
    "each",
    "files_below",
    "in_own_thread",
    "join",
    "local_copy",
    "local_path",
    "new_temporary_prefix",
    "open_reader",
    "open_writer",
    "outputs_to",
    "random_uri",
    "range_of",
    "range_of_async",
    "relative_name",
    "report_transfers",
    "run_sync",
    "scheme_of",
    "send_outputs_to",
    "settle",
    "show_transfers",
    "store_settled",
    "temporary_prefix",
    "upload",
    "upload_async",
]

__getattr__ = lazy_names(
    __name__,
    {
        "flytetypes.storage._adlfs": ("AdlfsStore",),
        "flytetypes.storage._config": ("StorageConfig",),
        "flytetypes.storage._fsspec": ("FsspecStore",),
        "flytetypes.storage._gcsfs": ("GcsfsStore",),
        "flytetypes.storage._obstore": ("ObstoreStore",),
        "flytetypes.storage._options": ("connection_options",),
        "flytetypes.storage._retry": ("RetryPolicy",),
        "flytetypes.storage._s3fs": ("S3fsStore",),
        "flytetypes.storage._web": ("WebStore",),
    },
)
