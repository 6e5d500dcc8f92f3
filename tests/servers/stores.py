"""Stores of a server, and what is left on it that they do not show."""

from functools import cache
from typing import Any

from flytetypes.storage import ObjectStore, S3fsStore, StorageConfig
from servers.clouds import BUCKET, Cloud


@cache
def store_of(engine: Any, config: StorageConfig) -> ObjectStore:
    """One store for all tests: making a client of botocore takes half a second."""
    store: ObjectStore = engine(config=config)
    return store


def uploads_pending(server: Cloud, root: str) -> dict[str, int]:
    """Uploads in parts that were begun below a root of S3 and not ended: key and identifier to how many bytes they hold."""
    store: Any = store_of(S3fsStore, server.config)
    filesystem = store._filesystem(store._locate(root))
    found = filesystem.call_s3("list_multipart_uploads", Bucket=BUCKET).get("Uploads", ())
    held = {}
    for upload in found:
        key, identifier = upload["Key"], upload["UploadId"]
        if key.startswith(root.partition(f"{BUCKET}/")[2]):
            parts = filesystem.call_s3("list_parts", Bucket=BUCKET, Key=key, UploadId=identifier).get("Parts", ())
            held[f"{key} {identifier}"] = sum(part["Size"] for part in parts)
    return held
