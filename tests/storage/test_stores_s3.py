"""S3, by both engines, on a real server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flytetypes.errors import AccessDenied, ObjectNotFound, StorageError
from flytetypes.storage import ObjectStore, ObstoreStore, S3fsStore, StorageConfig, StoreRouter
from flytetypes.testing import StoreSuite
from servers.clouds import S3_KEY, S3_SECRET, Cloud
from servers.stores import store_of, uploads_pending

ENGINES: list[Any] = [S3fsStore, ObstoreStore]


class S3Suite(StoreSuite):
    """On one server, each test below a root of its own."""

    engine: Any

    @pytest.fixture(autouse=True)
    def _served(self, s3_server: Cloud) -> Iterator[None]:
        self.server = s3_server
        self.root_uri = s3_server.root()
        yield
        s3_server.remove(self.root_uri)

    def make_store(self) -> ObjectStore:
        return store_of(self.engine, self.server.config)

    def make_other_store(self, store: ObjectStore) -> ObjectStore:
        other: ObjectStore = self.engine(config=self.server.config)
        return other

    def make_root(self, tmp_path: Path) -> str:
        return self.root_uri

    def test_nothing_is_left_of_an_upload_that_fails(self, store: ObjectStore, root: str) -> None:
        def chunks() -> Any:
            for _ in range(40):
                yield b"x" * (1 << 20)
            raise LookupError

        with pytest.raises(LookupError):
            store.put_stream(f"{root}/a", chunks())
        assert not store.exists(f"{root}/a")
        if self.engine is S3fsStore:
            # obstore does not wait for the parts that are under way, and one that comes after the end may stay: S3 says
            # so too (API reference, AbortMultipartUpload).
            assert uploads_pending(self.server, root) == {}


class TestS3fsStore(S3Suite):
    engine = S3fsStore

    @pytest.mark.parametrize("name", ["a//b", "tab\there", "c/"])
    def test_further_names_that_s3_has(self, store: ObjectStore, root: str, name: str) -> None:
        if name == "c/":
            pytest.skip("ends like a directory")
        try:
            store.put(f"{root}/{name}", b"x")
        except StorageError as error:
            assert not error.transient  # of the server, whose objects are files
        else:
            assert store.get(f"{root}/{name}") == b"x"


class TestObstoreStore(S3Suite):
    engine = ObstoreStore

    @pytest.mark.parametrize("name", ["a//b", "tab\there"])
    def test_a_name_beyond_obstore_says_which_engine_takes_it(self, store: ObjectStore, root: str, name: str) -> None:
        with pytest.raises(StorageError) as caught:
            store.put(f"{root}/{name}", b"x")
        assert "obstore has no names with empty parts or control characters" in str(caught.value)
        assert "FLYTETYPES_STORAGE_ENGINE=fsspec takes such names" in str(caught.value)


class TestRouterToS3(S3Suite):
    engine = StoreRouter


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["..", ".", "a/../../b", "a/./b", "../x"])
def test_a_name_that_leads_elsewhere_is_not_written(s3_server: Cloud, engine: Any, name: str) -> None:
    root = s3_server.root()
    with pytest.raises(StorageError) as caught:
        engine(config=s3_server.config).put(f"{root}/{name}", b"")
    reason = "servers and directories disagree about `.` and `..` as a whole part of a name"
    assert str(caught.value) == f"cannot write `{root}/{name}`: {reason}"


@pytest.mark.parametrize("engine", ENGINES)
def test_what_names_no_object_says_so(s3_server: Cloud, engine: Any) -> None:
    store = engine(config=s3_server.config)
    for uri in ("s3://bucket", "s3://bucket/", "s3://bucket/directory/"):
        with pytest.raises(ObjectNotFound) as caught:
            store.get(uri)
        assert str(caught.value) == f"there is no object at `{uri}`: it names what holds objects"
        assert not store.exists(uri)
        with pytest.raises(StorageError) as refused:
            store.put(uri, b"")
        assert str(refused.value) == f"cannot write `{uri}`: it names no object, but what holds some"
    with pytest.raises(StorageError) as nameless:
        store.get("s3:///key")
    assert str(nameless.value) == "`s3:///key` names no bucket: expected `s3://bucket/key`"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_missing_bucket_is_named(s3_server: Cloud, engine: Any) -> None:
    store = engine(config=s3_server.config)
    with pytest.raises(ObjectNotFound) as caught:
        store.get("s3://no-such-bucket/a")
    assert str(caught.value) == "there is no object at `s3://no-such-bucket/a`: there is no bucket `no-such-bucket`"
    with pytest.raises(ObjectNotFound):
        store.put("s3://no-such-bucket/a", b"")
    with pytest.raises(ObjectNotFound):
        store.list("s3://no-such-bucket/a")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("verb", ["get", "stat", "put", "list", "delete", "copy"])
def test_wrong_credentials_are_told_without_them(s3_server: Cloud, engine: Any, verb: str) -> None:
    secret = "wrong/secret/key/of/forty/characters/000"
    config = StorageConfig.load(
        {**s3_server.environment, "FLYTE_AWS_SECRET_ACCESS_KEY": secret, "FLYTECTL_CONFIG": "/dev/null"}
    )
    store = engine(config=config)
    uri = f"{s3_server.root()}/a"
    arguments = {"put": (uri, b""), "copy": (uri, f"{uri}2")}.get(verb, (uri,))
    with pytest.raises(AccessDenied) as caught:
        getattr(store, verb)(*arguments)
    text = str(caught.value)
    assert text.startswith(
        f"cannot {'look at' if verb in ('stat', 'copy') else {'get': 'read', 'put': 'write'}.get(verb, verb)} `{uri}"
    )
    assert "Check FLYTE_AWS_ACCESS_KEY_ID and FLYTE_AWS_SECRET_ACCESS_KEY" in text
    assert not caught.value.transient
    for hidden in (S3_KEY, S3_SECRET, secret):
        assert hidden not in text
        assert hidden not in repr(config)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("engine", ENGINES)
def test_no_server_is_a_transient_error_that_says_where_to_look(engine: Any, s3_server: Cloud) -> None:
    store = engine(config=s3_server.config_at("127.0.0.1:1", FLYTE_AWS_RETRIES="1", FLYTE_AWS_BACKOFF_SECONDS="0"))
    with pytest.raises(StorageError) as caught:
        store.get("s3://bucket/a")
    assert caught.value.transient
    assert str(caught.value).startswith("cannot read `s3://bucket/a`: the connection failed (")
    assert str(caught.value).endswith("Is the server up, and the address of FLYTE_AWS_ENDPOINT right?")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_directory_that_a_console_made_is_not_listed(s3_server: Cloud, engine: Any) -> None:
    root = s3_server.root()
    maker = S3fsStore(config=s3_server.config)
    filesystem = maker._filesystem(maker._locate(root))
    for name in ("directory/", "empty/"):
        filesystem.call_s3("put_object", Bucket="bucket", Key=f"{root.partition('bucket/')[2]}/{name}", Body=b"")
    store = engine(config=s3_server.config)
    store.put(f"{root}/directory/a", b"")
    store.put(f"{root}/b", b"")
    assert store.list(root) == [f"{root}/b", f"{root}/directory/a"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_long_list_is_whole(s3_server: Cloud, engine: Any) -> None:
    root = s3_server.root()
    directory = s3_server.directory / root.rpartition("/")[2]
    directory.mkdir()
    for number in range(1_203):  # pages have 1,000
        (directory / f"{number:04}").write_bytes(b"x")
    assert engine(config=s3_server.config).list(root) == [f"{root}/{number:04}" for number in range(1_203)]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_object_that_is_replaced_while_it_is_read_is_an_error(s3_server: Cloud, engine: Any) -> None:
    store = engine(config=s3_server.config)
    uri = f"{s3_server.root()}/a"
    store.put(uri, b"1" * (40 << 20))
    parts = store.get_stream(uri)
    next(parts)
    store.put(uri, b"2" * (40 << 20))
    with pytest.raises(StorageError) as caught:
        list(parts)
    assert str(caught.value) == f"cannot read `{uri}`: it was replaced while it was read: read it again"


def test_the_schemes_of_one_cloud_share_a_store(s3_server: Cloud) -> None:
    router = StoreRouter(config=s3_server.config)
    assert router.store("s3://bucket/a") is router.store("s3a://bucket/a")
    assert router.store("az://bucket/a") is router.store("abfs://bucket@account.dfs.core.windows.net/a")


def test_the_engine_is_configured(use_s3: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYTETYPES_STORAGE_ENGINE", "fsspec")
    assert type(StoreRouter().store("s3://bucket/a")) is S3fsStore
    monkeypatch.setenv("FLYTETYPES_STORAGE_ENGINE", "obstore")
    assert type(StoreRouter().store("s3://bucket/a")) is ObstoreStore
    monkeypatch.delenv("FLYTETYPES_STORAGE_ENGINE")
    assert type(StoreRouter().store("s3://bucket/a")) is ObstoreStore
