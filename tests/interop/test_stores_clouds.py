"""Google's and Azure's stores, by both engines, on servers like theirs."""

import base64
from pathlib import Path
from typing import Any, ClassVar

import pytest

from flytetypes.errors import AccessDenied, ObjectNotFound, StorageError
from flytetypes.storage import AdlfsStore, GcsfsStore, ObjectStore, ObstoreStore, StorageConfig, StoreRouter
from flytetypes.testing import ReadOnlyStoreSuite, StoreSuite
from flytetypes.testing._stores import AWKWARD_NAMES
from servers.clouds import Cloud
from servers.stores import store_of

pytestmark = pytest.mark.interop


class CloudSuite(StoreSuite):
    engine: Any
    server: Cloud

    def make_store(self) -> ObjectStore:
        return store_of(self.engine, self.server.config)

    def make_other_store(self, store: ObjectStore) -> ObjectStore:
        other: ObjectStore = self.engine(config=self.server.config)
        return other

    def make_root(self, tmp_path: Path) -> str:
        return self.server.root()

    def test_a_missing_bucket_is_not_found(self, store: ObjectStore) -> None:
        with pytest.raises(ObjectNotFound):
            store.get(f"{self.server.scheme}://no-such-bucket/a")

    def test_no_server_is_a_transient_error_that_says_where_to_look(self) -> None:
        variables = {"FLYTE_AWS_RETRIES": "1", "FLYTE_AWS_BACKOFF_SECONDS": "0"}
        store = self.engine(config=self.server.config_at("127.0.0.1:1", **variables))
        with pytest.raises(StorageError) as caught:
            store.get(f"{self.server.root()}/a")
        assert caught.value.transient
        assert "the connection failed (" in str(caught.value)
        assert "FLYTE_" in str(caught.value)


class GcsSuite(CloudSuite):
    @pytest.fixture(autouse=True)
    def _served(self, gcs_server: Cloud) -> None:
        self.server = gcs_server


class TestGcsfsStore(GcsSuite):
    engine = GcsfsStore


class TestObstoreToGcs(ReadOnlyStoreSuite):
    """It writes by Google's XML API, which this server does not have."""

    @pytest.fixture(autouse=True)
    def _served(self, gcs_server: Cloud) -> None:
        self.server = gcs_server

    def make_store(self) -> ObjectStore:
        return store_of(ObstoreStore, self.server.config)

    def make_root(self, tmp_path: Path) -> str:
        return self.server.root()

    def fill(self, store: ObjectStore, uri: str, data: bytes) -> None:
        store_of(GcsfsStore, self.server.config).put(uri, data)

    def test_a_list_is_sorted_and_a_deleted_object_gone(self, store: ObjectStore, root: str) -> None:
        for name in ("b", "a/x", "a b+ü", "empty"):
            self.fill(store, f"{root}/{name}", b"" if name == "empty" else b"x")
        assert store.list(root) == [f"{root}/{name}" for name in ("a b+ü", "a/x", "b", "empty")]
        store.delete(f"{root}/b")
        store.delete(f"{root}/b")
        assert not store.exists(f"{root}/b")


class TestRouterToGcs(GcsSuite):
    engine = StoreRouter


class AzureSuite(CloudSuite):
    awkward_names: ClassVar[list[str]] = [
        name for name in AWKWARD_NAMES if "\\" not in name
    ]  # to Azure that is a slash

    @pytest.fixture(autouse=True)
    def _served(self, azure_server: Cloud) -> None:
        self.server = azure_server

    def test_a_wrong_key_is_told_without_it(self) -> None:
        wrong = base64.b64encode(b"wrong" * 12 + b"wron").decode()
        config = StorageConfig.load(
            {
                **self.server.environment,
                "FLYTE_AZURE_STORAGE_ACCOUNT_KEY": wrong,
                "FLYTECTL_CONFIG": "/dev/null",
            }
        )
        with pytest.raises(AccessDenied) as caught:
            self.engine(config=config).get(f"{self.server.root()}/a")
        assert wrong not in str(caught.value)
        assert "FLYTE_AZURE_STORAGE_ACCOUNT_KEY" in str(caught.value)


class TestAdlfsStore(AzureSuite):
    engine = AdlfsStore


class TestObstoreToAzure(AzureSuite):
    engine = ObstoreStore


class TestRouterToAzure(AzureSuite):
    engine = StoreRouter
