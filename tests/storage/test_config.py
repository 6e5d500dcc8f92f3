"""What the environment and the configuration file say, and that secrets stay secret."""

import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from flytetypes import FlyteFile, TypeEngine
from flytetypes._redact import redact, shown
from flytetypes.data import FlyteDirectory, StructuredDataset
from flytetypes.errors import ConversionError, MissingPackageError, SourceError, StorageError, describe, key_step
from flytetypes.idl import render_literal
from flytetypes.storage import ObstoreStore, RetryPolicy, S3fsStore, StorageConfig, connection_options

SECRET = "a/secret/of/forty/characters/0123456789a"
KEY = "AKIA0123456789ABCDEF"


def load(**variables: str) -> StorageConfig:
    return StorageConfig.load({"FLYTECTL_CONFIG": "/dev/null", **variables})


def test_nothing_configured_is_the_default() -> None:
    assert load() == StorageConfig()
    assert load().retry == RetryPolicy(retries=4, backoff_seconds=0.2)


def test_every_variable_is_read() -> None:
    config = load(
        FLYTETYPES_STORAGE_ENGINE="fsspec",
        FLYTE_AWS_ENDPOINT="http://localhost:9000",
        FLYTE_AWS_ACCESS_KEY_ID=KEY,
        FLYTE_AWS_SECRET_ACCESS_KEY=SECRET,
        FLYTE_AWS_ADDRESSING_STYLE="virtual",
        FLYTE_AWS_RETRIES="7",
        FLYTE_AWS_BACKOFF_SECONDS="0.5",
        FLYTE_AWS_ENABLE_DEBUG="true",
        FLYTE_GCS_ENDPOINT="http://localhost:4443",
        FLYTE_AZURE_ENDPOINT="http://localhost:10000/a",
        FLYTE_AZURE_STORAGE_ACCOUNT_NAME="account",
        FLYTE_AZURE_STORAGE_ACCOUNT_KEY="key",
        FLYTE_AZURE_TENANT_ID="tenant",
        FLYTE_AZURE_CLIENT_ID="client",
        FLYTE_AZURE_CLIENT_SECRET="client secret",
    )
    assert config == StorageConfig(
        engine="fsspec",
        retries=7,
        backoff_seconds=0.5,
        s3_endpoint="http://localhost:9000",
        s3_access_key_id=KEY,
        s3_secret_access_key=SECRET,
        s3_addressing_style="virtual",
        gcs_endpoint="http://localhost:4443",
        azure_endpoint="http://localhost:10000/a",
        azure_account_name="account",
        azure_account_key="key",
        azure_tenant_id="tenant",
        azure_client_id="client",
        azure_client_secret="client secret",
    )


def test_an_empty_variable_is_none() -> None:
    assert load(FLYTE_AWS_ENDPOINT="", FLYTE_AWS_RETRIES="") == StorageConfig()


YAML = f"""
admin:
  endpoint: dns:///localhost:30080
storage:
  type: minio
  connection:
    endpoint: http://localhost:30002
    access-key: {KEY}
    secret-key: {SECRET}
"""

INI = f"""
[aws]
endpoint = http://localhost:30002
access_key_id = {KEY}
secret_access_key = {SECRET}
retries = 2

[azure]
storage_account_name = account
"""


def test_the_yaml_of_flytectl_is_read(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(YAML)
    config = StorageConfig.load({"FLYTECTL_CONFIG": str(tmp_path / "config.yaml")})
    assert config == StorageConfig(
        s3_endpoint="http://localhost:30002", s3_access_key_id=KEY, s3_secret_access_key=SECRET
    )


def test_the_file_in_the_home_directory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert StorageConfig.load({}) == StorageConfig()
    (tmp_path / ".flyte").mkdir()
    (tmp_path / ".flyte" / "config.yaml").write_text(YAML)
    assert StorageConfig.load({}).s3_endpoint == "http://localhost:30002"


def test_the_older_ini_is_read(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(INI)
    config = StorageConfig.load({"FLYTECTL_CONFIG": str(tmp_path / "config")})
    assert config == StorageConfig(
        retries=2,
        s3_endpoint="http://localhost:30002",
        s3_access_key_id=KEY,
        s3_secret_access_key=SECRET,
        azure_account_name="account",
    )


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(YAML)
    variables = {"FLYTECTL_CONFIG": str(tmp_path / "config.yaml"), "FLYTE_AWS_ENDPOINT": "https://other"}
    assert StorageConfig.load(variables).s3_endpoint == "https://other"


@pytest.mark.parametrize("text", ["", "storage:", "storage: {connection: }", "storage: text", "[1, 2]", "3"])
def test_a_file_that_says_nothing_of_stores_is_fine(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    assert StorageConfig.load({"FLYTECTL_CONFIG": str(tmp_path / "config.yaml")}) == StorageConfig()


@pytest.mark.parametrize("name", ["config.yaml", "config"])
def test_a_file_that_cannot_be_read_is_named_and_not_quoted(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(f"secret: '{SECRET}\n{SECRET}\n")
    with pytest.raises(StorageError) as caught:
        StorageConfig.load({"FLYTECTL_CONFIG": str(path)})
    assert str(caught.value).startswith(f"cannot read `{path}`: it is n")
    assert SECRET not in told(caught.value)


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        StorageConfig.load({"FLYTECTL_CONFIG": str(tmp_path / "missing.yaml")})
    reason = "No such file or directory"
    assert str(caught.value) == f"cannot read `{tmp_path}/missing.yaml`, which FLYTECTL_CONFIG names: {reason}"


def test_yaml_without_its_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text(YAML)
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingPackageError) as caught:
        StorageConfig.load({"FLYTECTL_CONFIG": str(tmp_path / "config.yaml")})
    assert str(caught.value) == (f"reading `{tmp_path}/config.yaml` needs yaml: pip install 'flytetypes[yaml]'")


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("FLYTE_AWS_RETRIES", "many", "a whole number, 0 or more"),
        ("FLYTE_AWS_RETRIES", "-1", "a whole number, 0 or more"),
        ("FLYTE_AWS_BACKOFF_SECONDS", "nan", "a number of seconds, 0 or more"),
        ("FLYTE_AWS_BACKOFF_SECONDS", "inf", "a number of seconds, 0 or more"),
        ("FLYTETYPES_STORAGE_ENGINE", "fast", "one of auto, obstore, fsspec"),
        ("FLYTE_AWS_ADDRESSING_STYLE", "dns", "one of auto, path, virtual"),
    ],
)
def test_a_value_that_is_none_is_refused(name: str, value: str, wanted: str) -> None:
    with pytest.raises(StorageError) as caught:
        load(**{name: value})
    assert str(caught.value) == f"{name} has to be {wanted}, got '{value}'"


def test_a_repr_shows_no_secret() -> None:
    config = load(FLYTE_AWS_ACCESS_KEY_ID=KEY, FLYTE_AWS_SECRET_ACCESS_KEY=SECRET, FLYTE_AWS_ENDPOINT="http://h")
    for text in (repr(config), str(config), f"{config}", f"{[config]}"):
        assert SECRET not in text
        assert KEY not in text
        assert "s3_endpoint='http://h'" in text
    assert config.secrets == (KEY, SECRET)


def told(error: BaseException) -> str:
    """All that a traceback prints."""
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("engine", [S3fsStore, ObstoreStore])
def test_no_secret_is_in_an_error_or_its_traceback(engine: Any) -> None:
    store = engine(
        config=load(
            FLYTE_AWS_ENDPOINT="http://127.0.0.1:1",
            FLYTE_AWS_ACCESS_KEY_ID=KEY,
            FLYTE_AWS_SECRET_ACCESS_KEY=SECRET,
            FLYTE_AWS_RETRIES="0",
        )
    )
    with pytest.raises(StorageError) as caught:
        store.get("s3://bucket/a")
    assert SECRET not in told(caught.value)
    assert KEY not in told(caught.value)


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("s3://bucket/a?b=c#d", "s3://bucket/a?b=c#d"),
        ("https://user:pw@host/a?X-Amz-Signature=1&b=2", "https://user:***@host/a?***"),
        ("https://token@host/a", "https://***@host/a"),
        ("abfs://container@account.dfs.core.windows.net/a", "abfs://container@account.dfs.core.windows.net/a"),
        ("sftp://me:pw@host/a", "sftp://me:***@host/a"),
        ("s3://bucket/a?X-Amz-Signature=abc&b=c", "s3://bucket/a?X-Amz-Signature=***&b=c"),
    ],
)
def test_a_uri_is_shown_without_what_opens_it(uri: str, text: str) -> None:
    assert shown(uri) == text


def test_what_a_server_says_of_signatures_is_told() -> None:
    for text in (
        "SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided",
        "ExpiredToken: The provided token has expired",
        "InvalidAccessKeyId: The AWS access key Id you provided does not exist",
    ):
        assert redact(text) == text


SECRET_URIS = [
    "https://user:hunter2hunter2@host.example.com/a/b/c/d/e/f/g/h/i/j/k/l/m/n.csv",
    f"https://bucket.s3.amazonaws.com/a/b/c.csv?X-Amz-Credential=hunter2&X-Amz-Signature={'hunter2' * 9}",
    f"s3://bucket/{'a' * 60}?X-Amz-Signature={'hunter2' * 9}",
]


@pytest.mark.parametrize("uri", SECRET_URIS)
def test_no_error_and_no_repr_shows_what_opens_a_uri(uri: str) -> None:
    literal = TypeEngine().to_literal(FlyteFile(uri), FlyteFile)
    texts = [
        *(describe(value) for value in (uri, [uri], {uri: uri}, FlyteFile(uri), FlyteDirectory(uri))),
        *(repr(value) for value in (FlyteFile(uri), FlyteDirectory(uri), StructuredDataset(uri=uri))),
        *(str(ConversionError(uri, value).within(key_step(uri))) for value in (uri, FlyteFile(uri))),
        *(str(error) for error in (StorageError(f"no `{uri}`", uri=uri), SourceError(uri, ValueError(uri)))),
        render_literal(literal),
    ]
    for text in texts:
        assert "hunter2" not in text


def test_texts_of_others_are_shown_without_what_looks_like_a_secret() -> None:
    text = "failed: https://h/a?sig=abc&x=1 Signature=abcdef, Credential=AK/2024, token: xyz (fine)"
    assert redact(text) == "failed: https://h/a?*** Signature=***, Credential=***, token: *** (fine)"
    assert redact(f"the key {SECRET} is wrong", [SECRET]) == "the key *** is wrong"
    assert redact("a test of short ones", ["test"]) == "a test of short ones"


def test_waits_grow_and_are_bounded() -> None:
    policy = RetryPolicy(retries=100, backoff_seconds=0.5)
    assert [policy.longest_wait(retry) for retry in range(4)] == [0.5, 1, 2, 4]
    assert policy.longest_wait(99) == 20


def test_options_for_libraries_are_in_their_words() -> None:
    config = StorageConfig(s3_endpoint="http://h:9", s3_access_key_id="k", s3_secret_access_key="s")
    assert connection_options("s3://b/k", "polars", config=config) == {
        "aws_endpoint_url": "http://h:9",
        "aws_access_key_id": "k",
        "aws_secret_access_key": "s",
        "aws_region": "us-east-1",
        "aws_allow_http": "true",
    }
    assert connection_options("s3://b/k", "pyarrow", config=config) == {
        "access_key": "k",
        "secret_key": "s",
        "endpoint_override": "h:9",
        "scheme": "http",
        "region": "us-east-1",
    }
    assert connection_options("s3://b/k", "duckdb", config=config) == {
        "TYPE": "s3",
        "KEY_ID": "k",
        "SECRET": "s",
        "ENDPOINT": "h:9",
        "USE_SSL": False,
        "URL_STYLE": "path",
        "REGION": "us-east-1",
    }
    assert connection_options("s3://b/k", "fsspec", config=config) == {
        "endpoint_url": "http://h:9",
        "key": "k",
        "secret": "s",
    }
    for uri in ("/tmp/x", "file:///tmp/x", "memory://b/k", "https://h/x"):
        assert connection_options(uri, "polars", config=config) == {}
    assert connection_options("s3://b/k", "polars", config=StorageConfig()) == {}


def test_a_library_that_has_no_word_for_a_setting_says_so() -> None:
    with pytest.raises(StorageError) as caught:
        connection_options("gs://b/k", "duckdb", config=StorageConfig(gcs_endpoint="http://h:9"))
    assert str(caught.value) == "duckdb cannot be told of a server at http://h:9, for `gs://b/k`"
