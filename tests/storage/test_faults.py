"""Servers and networks that fail: every transfer ends with the right bytes or a clear error, and leaves nothing half."""

import asyncio
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flytetypes.errors import AccessDenied, ObjectNotFound, StorageError
from flytetypes.storage import (
    LocalDirectory,
    LocalFile,
    ObstoreStore,
    S3fsStore,
    digest_of_bytes,
    download_files,
    download_files_async,
    download_verified,
    upload,
    upload_async,
)
from servers.clouds import Cloud
from servers.faults import Fault, Proxy, faulty
from servers.stores import store_of, uploads_pending

ENGINES: list[Any] = [S3fsStore, ObstoreStore]
RETRIES = 3
LARGE = bytes(range(256)) * (80 << 10)  # 20 MiB: three parts

FAULTS: dict[str, Fault] = {
    "500": Fault("answer", status=500, code="InternalError"),
    "503": Fault("answer", status=503, code="SlowDown"),
    "429": Fault("answer", status=429, code="TooManyRequests"),
    "cut": Fault("cut", after_bytes=1000),
    "truncated": Fault("truncate", after_bytes=1000),
    "cut while uploading": Fault("cut_upload", after_bytes=1000),
    "slow": Fault("delay", seconds=0.2),
}


class Place:
    """A store behind a fault, and the same objects without it."""

    def __init__(self, server: Cloud, engine: Any, proxy: Proxy, tmp_path: Path) -> None:
        variables = {"FLYTE_AWS_RETRIES": str(RETRIES), "FLYTE_AWS_BACKOFF_SECONDS": "0.02"}
        config = server.config_at(proxy.address, **variables)
        self.store = store_of(engine, config)
        self.server = server
        self.direct = store_of(ObstoreStore, server.config)
        self.fixed = fixed_root(server)
        self.root = server.root()
        self.directory = tmp_path
        (tmp_path / "file").write_bytes(LARGE)
        (tmp_path / "short").write_bytes(LARGE[:5000])

    def run(self, verb: str) -> None:
        """Do it, and see that it did the right thing."""
        getattr(self, f"_{verb}")()

    def assert_whole(self, verb: str) -> None:
        """What a writing verb wrote is all of it."""
        if verb in WRITES:
            expected = LARGE[:5000] if verb in ("put_small", "put_short_stream", "upload_short") else LARGE
            assert self.direct.get(f"{self.root}/new") == expected

    def assert_told(self, error: StorageError) -> None:
        """The error says what it is about, that it may pass, and no secret."""
        assert error.transient
        assert error.uri.startswith((self.root, self.fixed))
        assert error.uri in str(error)
        for secret in self.server.config.secrets:
            assert secret not in str(error)

    def _get(self) -> None:
        assert self.store.get(f"{self.fixed}/large") == LARGE

    def _get_small(self) -> None:
        assert self.store.get(f"{self.fixed}/small") == LARGE[:5000]

    def _get_range(self) -> None:
        assert self.store.get_range(f"{self.fixed}/large", 5, 100_000) == LARGE[5:100_005]

    def _get_stream(self) -> None:
        assert b"".join(self.store.get_stream(f"{self.fixed}/large")) == LARGE

    def _get_file(self) -> None:
        self.store.get_file(f"{self.fixed}/large", str(self.directory / "copy"))
        assert (self.directory / "copy").read_bytes() == LARGE

    def _put(self) -> None:
        self.store.put(f"{self.root}/new", LARGE)

    def _put_small(self) -> None:
        self.store.put(f"{self.root}/new", LARGE[:5000])

    def _put_stream(self) -> None:
        self.store.put_stream(f"{self.root}/new", (LARGE[at : at + (1 << 20)] for at in range(0, len(LARGE), 1 << 20)))

    def _put_short_stream(self) -> None:
        self.store.put_stream(f"{self.root}/new", iter([LARGE[:5000]]))

    def _put_file(self) -> None:
        self.store.put_file(f"{self.root}/new", str(self.directory / "file"))

    def _upload_short(self) -> None:
        upload(self.store, {f"{self.root}/new": LocalFile(str(self.directory / "short"))})

    def _download_short(self) -> None:
        download_files(self.store, {f"{self.fixed}/small": str(self.directory / "copy")})
        assert (self.directory / "copy").read_bytes() == LARGE[:5000]

    def _download(self) -> None:
        download_files(self.store, {f"{self.fixed}/large": str(self.directory / "copy")})
        assert (self.directory / "copy").read_bytes() == LARGE

    def _download_verified(self) -> None:
        download_verified(self.store, f"{self.fixed}/large", str(self.directory / "copy"), digest_of_bytes(LARGE))
        assert (self.directory / "copy").read_bytes() == LARGE

    def _copy(self) -> None:
        self.store.copy(f"{self.fixed}/large", f"{self.root}/new")

    def _list(self) -> None:
        assert self.store.list(self.fixed) == [f"{self.fixed}/large", f"{self.fixed}/small"]

    def _stat(self) -> None:
        assert self.store.stat(f"{self.fixed}/large").size_bytes == len(LARGE)


VERBS = [name[1:] for name in vars(Place) if name.startswith("_") and not name.startswith("__")]
WRITES = {"put", "put_small", "put_stream", "put_short_stream", "put_file", "upload_short", "copy"}
UPLOADS = WRITES - {"copy"}
SOURCES = {"file", "short"}
SHORT_ANSWERS = {*WRITES, "list", "stat"}


@cache
def fixed_root(server: Cloud) -> str:
    """Where two objects are that all tests read."""
    root, direct = server.root(), store_of(ObstoreStore, server.config)
    direct.put(f"{root}/large", LARGE)
    direct.put(f"{root}/small", LARGE[:5000])
    return root


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.__name__)
def engine(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def module_proxy(s3_server: Cloud) -> Iterator[Proxy]:
    with faulty(s3_server.port) as proxy:
        yield proxy


@pytest.fixture
def proxy(module_proxy: Proxy) -> Proxy:
    """The proxy, without a fault."""
    module_proxy.fault = Fault()
    return module_proxy


@pytest.fixture
def here(engine: Any, s3_server: Cloud, proxy: Proxy, tmp_path: Path) -> Iterator[Place]:
    made = Place(s3_server, engine, proxy, tmp_path)
    yield made
    s3_server.remove(made.root)
    shutil.rmtree(tmp_path)  # pytest keeps the directories of three runs


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_passes_is_not_noticed(here: Place, proxy: Proxy, name: str, verb: str) -> None:
    if name == "cut while uploading" and verb not in UPLOADS:
        pytest.skip("nothing is uploaded")
    if name == "cut" and verb in SHORT_ANSWERS:
        pytest.skip("the answers are shorter than the cut")
    proxy.fault = replace(FAULTS[name], times=2)
    here.run(verb)
    assert proxy.fault.seen >= 1
    here.assert_whole(verb)
    assert uploads_pending(here.server, here.root) == {}
    assert {path.name for path in here.directory.iterdir()} <= {*SOURCES, "copy"}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", ["503", "truncated", "cut", "cut while uploading"])
def test_a_fault_that_stays_is_a_clear_error_in_time(here: Place, proxy: Proxy, name: str, verb: str) -> None:
    if name == "cut while uploading" and verb not in UPLOADS:
        pytest.skip("nothing is uploaded")
    if name in ("cut", "truncated") and verb in SHORT_ANSWERS:
        pytest.skip("the answers are shorter than the cut")
    proxy.fault = replace(FAULTS[name])
    begun = time.monotonic()
    with pytest.raises(StorageError) as caught:
        here.run(verb)
    assert time.monotonic() - begun < 20
    here.assert_told(caught.value)
    if name == "503":
        assert "the server answered 503" in str(caught.value)
    assert here.direct.list(here.root) == []
    assert {path.name for path in here.directory.iterdir()} == SOURCES


@pytest.mark.parametrize("verb", VERBS)
def test_an_answer_that_is_lost_is_asked_for_again(here: Place, proxy: Proxy, verb: str) -> None:
    proxy.fault = Fault("lose", 1)
    here.run(verb)
    assert proxy.fault.seen >= 2
    here.assert_whole(verb)
    # Nobody knows an upload whose name was in the answer that was lost; it holds nothing.
    assert sum(uploads_pending(here.server, here.root).values()) == 0


@pytest.mark.parametrize("verb", ["put", "put_stream", "put_file"])
def test_the_lost_answer_to_the_end_of_an_upload_does_not_make_it_fail(here: Place, proxy: Proxy, verb: str) -> None:
    proxy.fault = Fault("lose", 1, requests="^POST .*uploadId=")
    here.run(verb)
    assert proxy.fault.seen >= 1
    here.assert_whole(verb)
    assert uploads_pending(here.server, here.root) == {}


@pytest.mark.parametrize("verb", VERBS)
def test_answers_that_are_always_lost_are_a_clear_error(here: Place, proxy: Proxy, verb: str) -> None:
    proxy.fault = Fault("lose")
    with pytest.raises(StorageError) as caught:
        here.run(verb)
    here.assert_told(caught.value)
    if here.direct.exists(f"{here.root}/new"):  # nobody knows; but never half of it
        here.assert_whole(verb)


@pytest.mark.parametrize("verb", ["put", "put_stream", "put_file"])
@pytest.mark.parametrize("requests", ["partNumber=2", "^POST .*uploadId="])
def test_an_upload_that_cannot_go_on_is_taken_back(here: Place, proxy: Proxy, verb: str, requests: str) -> None:
    proxy.fault = Fault("answer", requests=requests)
    with pytest.raises(StorageError, match="503"):
        here.run(verb)
    assert not here.direct.exists(f"{here.root}/new")
    begun = [request for request in proxy.fault.log if re.match("POST .*uploads", request)]
    ended = {request for request in proxy.fault.log if request.startswith("DELETE ")}
    assert len(ended) == len(begun)
    if type(here.store) is S3fsStore:
        # obstore does not wait for the parts that are under way, and one that comes after the end may stay: S3 says so
        # too (API reference, AbortMultipartUpload).
        assert uploads_pending(here.server, here.root) == {}


def test_small_files_that_nobody_waits_for_any_more_are_not_begun(here: Place, proxy: Proxy) -> None:
    source = here.directory / "many"
    source.mkdir()
    for number in range(200):
        (source / str(number)).write_bytes(b"x")
    proxy.fault = Fault("delay", seconds=0.1)

    async def use() -> None:
        task = asyncio.create_task(upload_async(here.store, {here.root: LocalDirectory(str(source))}, limit=4))
        while not proxy.fault.seen:
            await asyncio.sleep(0.01)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(use())
    time.sleep(0.3)
    assert proxy.fault.seen <= 8


@pytest.mark.parametrize("name", ["large", "small"])
def test_a_download_that_nobody_waits_for_any_more_leaves_nothing(here: Place, proxy: Proxy, name: str) -> None:
    proxy.fault = Fault("delay", seconds=3)
    target = here.directory / "copy"

    async def use() -> None:
        task = asyncio.create_task(download_files_async(here.store, {f"{here.fixed}/{name}": str(target)}))
        while not proxy.fault.seen:
            await asyncio.sleep(0.01)
        task.cancel()
        await task

    begun = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(use())
    assert time.monotonic() - begun < 2.8
    time.sleep(max(0.0, begun + 3.5 - time.monotonic()))
    assert {path.name for path in here.directory.iterdir()} == SOURCES


def test_what_is_missing_is_told_before_what_is_large_has_come(here: Place, proxy: Proxy) -> None:
    proxy.fault = Fault("delay", requests="/large", seconds=4)
    targets = {f"{here.fixed}/{name}": str(here.directory / name) for name in ("large", "missing")}
    begun = time.monotonic()
    with pytest.raises(ObjectNotFound):
        download_files(here.store, targets)
    assert time.monotonic() - begun < 3
    assert {path.name for path in here.directory.iterdir()} == SOURCES


@pytest.mark.parametrize("verb", ["upload", "download"])
def test_one_of_many_small_files_that_fails_is_told_and_ends_the_rest(here: Place, proxy: Proxy, verb: str) -> None:
    names = [f"{number:03}" for number in range(200)]
    source = here.directory / "many"
    source.mkdir()
    for name in names:
        (source / name).write_text(name)
    if verb == "download":
        upload(here.direct, {here.root: LocalDirectory(str(source))})
    proxy.fault = Fault("answer", status=403, code="AccessDenied", requests="/010")
    targets = {f"{here.root}/{name}": str(here.directory / "out" / name) for name in names}
    verbs: dict[str, Callable[[], object]] = {
        "upload": lambda: upload(here.store, {here.root: LocalDirectory(str(source))}, limit=4),
        "download": lambda: download_files(here.store, targets, limit=4),
    }
    with pytest.raises(AccessDenied) as caught:
        verbs[verb]()
    assert caught.value.uri == f"{here.root}/010"
    assert caught.value.__suppress_context__
    done = [uri.rpartition("/")[2] for uri in here.direct.list(here.root)]
    if verb == "download":
        done = sorted(path.name for path in (here.directory / "out").iterdir())
        assert all((here.directory / "out" / name).read_text() == name for name in done)
    assert set(names[:7]) <= set(done) <= set(names) - {"010"}
    assert len(done) < 150


def test_an_older_copy_stays_when_a_download_fails(here: Place, proxy: Proxy) -> None:
    proxy.fault = Fault("truncate", requests="^GET", after_bytes=100_000)
    (here.directory / "copy").write_bytes(b"older")
    with pytest.raises(StorageError):
        here.store.get_file(f"{here.fixed}/large", str(here.directory / "copy"))
    assert (here.directory / "copy").read_bytes() == b"older"


def test_what_is_not_transient_is_not_tried_again(here: Place, proxy: Proxy) -> None:
    for status, code in ((403, "AccessDenied"), (400, "InvalidArgument"), (501, "NotImplemented")):
        proxy.fault = Fault("answer", status=status, code=code)
        with pytest.raises(StorageError) as caught:
            here.store.get(f"{here.fixed}/small")
        assert not caught.value.transient
        assert f"the server answered {status} ({code}: Please reduce your request rate.)" in str(caught.value)
        assert proxy.fault.seen == 1


@pytest.mark.parametrize(("verb", "arguments"), [("get", ()), ("put", (b"x",)), ("stat", ()), ("delete", ())])
@pytest.mark.parametrize("retries", [0, 4])
def test_retries_are_as_many_as_configured(
    engine: Any, s3_server: Cloud, proxy: Proxy, verb: str, arguments: Any, retries: int
) -> None:
    variables = {"FLYTE_AWS_RETRIES": str(retries), "FLYTE_AWS_BACKOFF_SECONDS": "0.001"}
    store = store_of(engine, s3_server.config_at(proxy.address, **variables))
    proxy.fault = Fault("answer")
    with pytest.raises(StorageError):
        getattr(store, verb)(f"{s3_server.root()}/a", *arguments)
    assert proxy.fault.seen == 1 + retries


def test_threads_do_not_pile_up(here: Place, proxy: Proxy) -> None:
    proxy.fault = Fault("answer")
    counts = []
    for _ in range(8):
        with pytest.raises(StorageError):
            here.store.get(f"{here.fixed}/small")
        counts.append(len([thread for thread in threading.enumerate() if "process_request" not in thread.name]))
    assert counts[-1] <= counts[0] + 2
