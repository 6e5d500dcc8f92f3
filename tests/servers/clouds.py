"""The servers of three clouds, each with one bucket, and what flytetypes needs to know to use them."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from flytetypes.storage import StorageConfig
from servers.processes import INSTALLED, free_port, newest, running

BUCKET = "bucket"

# Names as long as real ones, so that they are looked for in texts that must not have them.
S3_KEY, S3_SECRET = "AKIATESTACCESSKEYID0", "test/secret+access/key/that/is/not/real0"
# Azurite's own, which is public: its documentation, "Default Storage Account".
AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

# The Makefile has the versions.
S3_PROGRAM = newest("versitygw-*")
GCS_PROGRAM = newest("fake-gcs-server-*")
AZURE_PROGRAM = INSTALLED / "azurite" / "node_modules" / ".bin" / "azurite-blob"


@dataclass(frozen=True, eq=False)
class Cloud:
    """A running server."""

    scheme: str
    endpoint: str
    """Its address."""
    environment: dict[str, str]
    """The variables that make it the one that is used."""
    directory: Path
    """Where it keeps its data, as far as it does."""
    port: int = 0

    @property
    def config(self) -> StorageConfig:
        return StorageConfig.load({**self.environment, "FLYTECTL_CONFIG": "/dev/null"})

    def config_at(self, address: str, **changes: str) -> StorageConfig:
        """The configuration of a server at another address with the same credentials: through a proxy."""
        changed = {name: value.replace(f"127.0.0.1:{self.port}", address) for name, value in self.environment.items()}
        return StorageConfig.load({**changed, **changes, "FLYTECTL_CONFIG": "/dev/null"})

    def root(self) -> str:
        """A URI below which there is nothing yet."""
        return f"{self.scheme}://{BUCKET}/{uuid4()}"

    def remove(self, root: str) -> None:
        """Give back the disk space of what is below a root, where the server keeps it in a directory."""
        name = root.rstrip("/").rpartition("/")[2]
        assert name, "the bucket itself stays"
        shutil.rmtree(self.directory / name, ignore_errors=True)


@contextmanager
def s3(directory: Path) -> Iterator[Cloud]:
    """versitygw: a bucket is a directory, an object a file."""
    port = free_port()
    data = directory / "data"
    (data / BUCKET).mkdir(parents=True)
    (data / BUCKET / "kept").touch()  # with its last object the server may remove a bucket
    endpoint = f"http://127.0.0.1:{port}"
    command: list[str | Path] = [
        S3_PROGRAM,
        "--access",
        S3_KEY,
        "--secret",
        S3_SECRET,
        "--port",
        f"127.0.0.1:{port}",
        "posix",
        data,
    ]
    with running(command, port, directory / "log"):
        environment = {
            "FLYTE_AWS_ENDPOINT": endpoint,
            "FLYTE_AWS_ACCESS_KEY_ID": S3_KEY,
            "FLYTE_AWS_SECRET_ACCESS_KEY": S3_SECRET,
        }
        yield Cloud("s3", endpoint, environment, data / BUCKET, port)
    shutil.rmtree(data, ignore_errors=True)  # pytest keeps the directories of three runs


@contextmanager
def gcs(directory: Path) -> Iterator[Cloud]:
    """fake-gcs-server, in memory."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    where = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-external-url", endpoint]
    command: list[str | Path] = [
        GCS_PROGRAM,
        *where,
        "-public-host",
        f"127.0.0.1:{port}",
        "-backend",
        "memory",
        "-log-level",
        "warn",
    ]
    with running(command, port, directory / "log"):
        body = json.dumps({"name": BUCKET}).encode()
        request = urllib.request.Request(f"{endpoint}/storage/v1/b?project=test", body)
        request.add_header("Content-Type", "application/json")
        urllib.request.urlopen(request, timeout=10).close()
        yield Cloud("gs", endpoint, {"FLYTE_GCS_ENDPOINT": endpoint}, directory, port)


@contextmanager
def azure(directory: Path) -> Iterator[Cloud]:
    """Azurite, in memory."""
    from azure.storage.blob import BlobServiceClient  # it signs the one request that makes the container

    port = free_port()
    endpoint = f"http://127.0.0.1:{port}/{AZURE_ACCOUNT}"
    where = ["--blobHost", "127.0.0.1", "--blobPort", str(port)]
    options = ["--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry"]
    with running([AZURE_PROGRAM, *where, *options], port, directory / "log"):
        with BlobServiceClient(endpoint, credential=AZURE_KEY) as client:
            client.create_container(BUCKET)
        environment = {
            "FLYTE_AZURE_ENDPOINT": endpoint,
            "FLYTE_AZURE_STORAGE_ACCOUNT_NAME": AZURE_ACCOUNT,
            "FLYTE_AZURE_STORAGE_ACCOUNT_KEY": AZURE_KEY,
        }
        yield Cloud("az", endpoint, environment, directory, port)
