"""The servers as fixtures: one of each for all tests of a process, started when the first test asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from flytetypes.storage import StoreRouter
from flytetypes.types import TypeEngine
from servers import clouds
from servers.clouds import Cloud
from servers.web import web


@pytest.fixture(scope="session")
def s3_server() -> Iterator[Cloud]:
    """An S3 server, with a bucket."""
    _needs(clouds.S3_PROGRAM, "make servers", "Go")
    with TemporaryDirectory() as directory, clouds.s3(Path(directory)) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def gcs_server() -> Iterator[Cloud]:
    """A server like Google's, with a bucket."""
    _needs(clouds.GCS_PROGRAM, "make clouds", "Go")
    with TemporaryDirectory() as directory, clouds.gcs(Path(directory)) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def azure_server() -> Iterator[Cloud]:
    """A server like Azure's, with a container."""
    _needs(clouds.AZURE_PROGRAM, "make clouds", "npm")
    with TemporaryDirectory() as directory, clouds.azure(Path(directory)) as cloud:
        yield cloud


@pytest.fixture
def web_server(tmp_path: Path) -> Iterator[str]:
    """The address of a web server over the test's directory."""
    with web(tmp_path) as address:
        yield address


@pytest.fixture(params=["local", "memory", "s3 by obstore", "s3 by s3fs"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> TypeEngine:
    """An engine whose new objects go to one kind of store: the same program gives the same results against each."""
    if request.param == "local":
        return TypeEngine(prefix=str(tmp_path / "raw"))
    if request.param == "memory":
        return TypeEngine(prefix=f"memory://data/{uuid4()}")
    cloud: Cloud = request.getfixturevalue("s3_server")
    library = "obstore" if "obstore" in request.param else "fsspec"
    store = StoreRouter(config=cloud.config_at(f"127.0.0.1:{cloud.port}", FLYTETYPES_STORAGE_ENGINE=library))
    return TypeEngine(store=store, prefix=cloud.root())


@pytest.fixture
def use_s3(s3_server: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The S3 server, for what reads its configuration from the environment."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FLYTECTL_CONFIG", "/dev/null")
    return s3_server


def _needs(program: Path, target: str, tool: str) -> None:
    if not program.exists():
        pytest.skip(f"needs {program.name}: `{target}` installs it, with {tool}")
