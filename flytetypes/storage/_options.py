"""What libraries that do their own I/O have to be told to reach the same stores: polars, DuckDB, pyarrow, pandas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from flytetypes._redact import shown
from flytetypes.errors import StorageError
from flytetypes.storage._config import StorageConfig, azure_connection_string, nobody_at
from flytetypes.storage._remote import Location
from flytetypes.storage._statuses import CLOUDS

Library: TypeAlias = Literal["polars", "duckdb", "pyarrow", "fsspec"]

# Library and cloud, to what it calls the fields of StorageConfig.
_NAMES: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    # polars: storage_options, the keys of the Rust crate object_store.
    ("polars", "s3"): {
        "s3_endpoint": "aws_endpoint_url",
        "s3_access_key_id": "aws_access_key_id",
        "s3_secret_access_key": "aws_secret_access_key",
    },
    ("polars", "az"): {
        "azure_endpoint": "azure_storage_endpoint",
        "azure_account_name": "azure_storage_account_name",
        "azure_account_key": "azure_storage_account_key",
        "azure_tenant_id": "azure_storage_tenant_id",
        "azure_client_id": "azure_storage_client_id",
        "azure_client_secret": "azure_storage_client_secret",
    },
    # DuckDB: the parameters of CREATE SECRET.
    ("duckdb", "s3"): {"s3_access_key_id": "KEY_ID", "s3_secret_access_key": "SECRET"},
    ("duckdb", "az"): {
        "azure_account_name": "ACCOUNT_NAME",
        "azure_tenant_id": "TENANT_ID",
        "azure_client_id": "CLIENT_ID",
        "azure_client_secret": "CLIENT_SECRET",
    },
    # pyarrow: the arguments of pyarrow.fs.S3FileSystem, GcsFileSystem and AzureFileSystem.
    ("pyarrow", "s3"): {"s3_access_key_id": "access_key", "s3_secret_access_key": "secret_key"},
    ("pyarrow", "az"): {
        "azure_account_name": "account_name",
        "azure_account_key": "account_key",
        "azure_tenant_id": "tenant_id",
        "azure_client_id": "client_id",
        "azure_client_secret": "client_secret",
    },
    # fsspec: the storage_options of pandas and dask, the arguments of s3fs, gcsfs and adlfs.
    ("fsspec", "s3"): {"s3_endpoint": "endpoint_url", "s3_access_key_id": "key", "s3_secret_access_key": "secret"},
    ("fsspec", "gs"): {"gcs_endpoint": "endpoint_url"},
    ("fsspec", "az"): {
        "azure_account_name": "account_name",
        "azure_account_key": "account_key",
        "azure_tenant_id": "tenant_id",
        "azure_client_id": "client_id",
        "azure_client_secret": "client_secret",
    },
}


def connection_options(uri: str, library: Library, *, config: StorageConfig | None = None) -> dict[str, Any]:
    """The options with which a library of its own I/O reaches the store of a URI.

    Args:
        uri: What is to be read or written.
        library: `polars`: its `storage_options`. `duckdb`: the parameters of `CREATE SECRET`, its `TYPE` included.
            `pyarrow`: the arguments of the class in `pyarrow.fs` for the store. `fsspec`: the `storage_options` of
            pandas and others.
        config: What is configured; by default `StorageConfig.load()`.

    Returns:
        Options with **secrets in them**: for the library, not for logs. Empty where the library's own ways are right,
        and for what lies on this machine.

    Raises:
        StorageError: When the library has no word for something that is configured.
    """
    scheme = uri.partition("://")[0].lower()
    cloud = CLOUDS.get(scheme)
    if cloud is None:
        return {}
    config = config if config is not None else StorageConfig.load()
    names = _NAMES.get((library, cloud), {})
    options: dict[str, Any] = {
        name: value for field, name in names.items() if (value := getattr(config, field)) is not None
    }
    endpoint = getattr(config, {"s3": "s3_endpoint", "gs": "gcs_endpoint", "az": "azure_endpoint"}[cloud])
    if endpoint is not None:
        at = Location(uri, scheme, "", "")
        options |= _at_endpoint(at, library, cloud, endpoint)
    if cloud == "s3" and config.s3_addressing_style == "virtual":
        options |= _VIRTUAL[library]
    if library == "duckdb":
        options["TYPE"] = {"s3": "s3", "gs": "gcs", "az": "azure"}[cloud]
    if cloud == "az" and config.azure_account_key is not None:
        if library == "duckdb":
            options = {"TYPE": "azure", "CONNECTION_STRING": azure_connection_string(config)}
        elif library == "fsspec" and endpoint is not None:
            options = {"connection_string": azure_connection_string(config)}
    return options


_VIRTUAL: Final[Mapping[str, Mapping[str, Any]]] = {
    "polars": {"aws_virtual_hosted_style_request": "true"},
    "duckdb": {"URL_STYLE": "vhost"},
    "pyarrow": {"force_virtual_addressing": True},
    "fsspec": {"config_kwargs": {"s3": {"addressing_style": "virtual"}}},
}


def _at_endpoint(at: Location, library: Library, cloud: str, endpoint: str) -> dict[str, Any]:
    """What a server other than the cloud's own needs besides its address, which for some is in two parts."""
    protocol, _, host = endpoint.partition("://")
    plain = protocol == "http"
    match library, cloud:
        case "polars", "s3":
            # Path style is polars' default; without a region it asks Amazon for one.
            return {"aws_region": "us-east-1", **({"aws_allow_http": "true"} if plain else {})}
        case "polars", "gs":
            return {"google_service_account_key": nobody_at(endpoint), **({"allow_http": "true"} if plain else {})}
        case "polars", _:
            return {"allow_http": "true"} if plain else {}
        case "duckdb", "s3":
            return {"ENDPOINT": host, "USE_SSL": not plain, "URL_STYLE": "path", "REGION": "us-east-1"}
        case "pyarrow", "s3":
            return {"endpoint_override": host, "scheme": protocol, "region": "us-east-1"}
        case "pyarrow", "gs":
            return {"endpoint_override": host, "scheme": protocol, "anonymous": True}
        case "pyarrow", "az":
            authority = host.partition("/")[0]
            kinds = ("blob", "dfs")
            return {
                **{f"{kind}_storage_authority": authority for kind in kinds},
                **{f"{kind}_storage_scheme": protocol for kind in kinds},
            }
        case "fsspec", "gs":
            return {"token": "anon"}
        case "fsspec", _:
            return {}
        case "duckdb", "az":
            return {}
        case _:
            uri = shown(at.uri)
            raise StorageError(f"{library} cannot be told of a server at {endpoint}, for `{uri}`", uri=at.uri)
