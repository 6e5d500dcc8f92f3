"""Where the stores are and with what they open: from the environment and from Flyte's configuration file.

The names are those that users of flytekit know. What is not set here is left to the libraries, which look for
credentials in their own ways: `AWS_*`, `GOOGLE_APPLICATION_CREDENTIALS`, profiles, the machine's own role.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from flytetypes._lazy import require
from flytetypes._record import Record
from flytetypes._redact import HIDDEN
from flytetypes.errors import StorageError
from flytetypes.storage._retry import RetryPolicy

T = TypeVar("T")

ENGINES: Final = ("auto", "obstore", "fsspec")
ADDRESSING_STYLES: Final = ("auto", "path", "virtual")

DEFAULT_FILE: Final = "~/.flyte/config.yaml"

_SECRET = ("secret", "key")
"""In the name of a field: its value is never shown. An access key's id is half of a pair, and not shown either."""


class StorageConfig(Record):
    """Endpoints, credentials and choices of the stores. Its repr hides what is secret.

    Attributes:
        engine: `auto`: obstore for S3, Google's and Azure's stores when it is installed, else fsspec. `obstore` and
            `fsspec` force one.
        retries: How often a transient failure is tried again.
        backoff_seconds: The longest wait before the first retry; it doubles for each further one.
        s3_endpoint: The address of an S3 server other than Amazon's: `http://localhost:9000`.
        s3_access_key_id: Half of the key to it.
        s3_secret_access_key: The other half.
        s3_addressing_style: Where the bucket's name stands: `path`, `virtual` (in the host's name), or `auto`.
        gcs_endpoint: The address of a server other than Google's, which takes no credentials: `http://localhost:4443`.
        azure_endpoint: The address of a server other than Azure's, account included:
            `http://localhost:10000/devstoreaccount1`.
        azure_account_name: The storage account.
        azure_account_key: Its key.
        azure_tenant_id: With the next two: a service principal that opens the account.
        azure_client_id: As above.
        azure_client_secret: As above.
    """

    engine: str = "auto"
    retries: int = RetryPolicy.retries
    backoff_seconds: float = RetryPolicy.backoff_seconds
    s3_endpoint: str | None = None
    s3_access_key_id: str | None = None
    s3_secret_access_key: str | None = None
    s3_addressing_style: str = "auto"
    gcs_endpoint: str | None = None
    azure_endpoint: str | None = None
    azure_account_name: str | None = None
    azure_account_key: str | None = None
    azure_tenant_id: str | None = None
    azure_client_id: str | None = None
    azure_client_secret: str | None = None

    @property
    def retry(self) -> RetryPolicy:
        """How transient failures are tried again."""
        return RetryPolicy(retries=self.retries, backoff_seconds=self.backoff_seconds)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown anywhere."""
        fields = zip(self.__match_args__, self._values(), strict=True)
        return tuple(value for name, value in fields if value and is_secret(name))

    def __repr__(self) -> str:
        fields = zip(self.__match_args__, self._values(), strict=True)
        shown = (f"{name}={HIDDEN if value and is_secret(name) else repr(value)}" for name, value in fields)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None) -> StorageConfig:
        """What the environment and the configuration file say; the environment wins.

        The file is the one that `FLYTECTL_CONFIG` names, else `~/.flyte/config.yaml` if there is one. YAML is read as
        flytectl writes it, anything but `.yaml` and `.yml` as flytekit's older INI format.

        Args:
            environment: Variables in place of the process's own.

        Raises:
            StorageError: When a value is not what its name asks for, or the named file cannot be read.
            MissingPackageError: When the file is YAML and PyYAML is not installed.
        """
        variables = os.environ if environment is None else environment
        found: dict[str, Any] = {}
        for source, value, field in (*_in_file(variables), *_in_environment(variables)):
            reader: Callable[[Any, str], Any] = _READERS.get(field, _text)
            found[field] = reader(value, source)
        return cls(**found)


def replace(config: StorageConfig, **changes: Any) -> StorageConfig:
    """The same configuration with these fields changed."""
    fields: dict[str, Any] = {name: getattr(config, name) for name in config.__match_args__}
    return StorageConfig(**(fields | changes))


def azure_connection_string(config: StorageConfig) -> str:
    """Azure's own form of an account, its key and its address."""
    protocol = (config.azure_endpoint or "https:").partition(":")[0]
    parts = {
        "DefaultEndpointsProtocol": protocol,
        "AccountName": config.azure_account_name,
        "AccountKey": config.azure_account_key,
        "BlobEndpoint": config.azure_endpoint,
    }
    given = ";".join(f"{name}={value}" for name, value in parts.items() if value)
    return given if config.azure_endpoint is not None else f"{given};EndpointSuffix=core.windows.net"


def nobody_at(endpoint: str) -> str:
    """A service account of Google's form that needs no token, at a server other than Google's, as emulators know it."""
    import json

    empty = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
    return json.dumps({"gcs_base_url": endpoint.rstrip("/"), "disable_oauth": True, **empty})


def is_secret(name: str) -> bool:
    """Whether a setting or an option of this name holds a secret."""
    return any(word in name for word in _SECRET)


# Variable, and field. flytekit's configuration/internal.py: FLYTE_<section>_<option>.
_VARIABLES: Final = {
    "FLYTETYPES_STORAGE_ENGINE": "engine",
    "FLYTE_AWS_ENDPOINT": "s3_endpoint",
    "FLYTE_AWS_ACCESS_KEY_ID": "s3_access_key_id",
    "FLYTE_AWS_SECRET_ACCESS_KEY": "s3_secret_access_key",
    "FLYTE_AWS_ADDRESSING_STYLE": "s3_addressing_style",
    "FLYTE_AWS_RETRIES": "retries",
    "FLYTE_AWS_BACKOFF_SECONDS": "backoff_seconds",
    "FLYTE_GCS_ENDPOINT": "gcs_endpoint",
    "FLYTE_AZURE_ENDPOINT": "azure_endpoint",
    "FLYTE_AZURE_STORAGE_ACCOUNT_NAME": "azure_account_name",
    "FLYTE_AZURE_STORAGE_ACCOUNT_KEY": "azure_account_key",
    "FLYTE_AZURE_TENANT_ID": "azure_tenant_id",
    "FLYTE_AZURE_CLIENT_ID": "azure_client_id",
    "FLYTE_AZURE_CLIENT_SECRET": "azure_client_secret",
}

# Below `storage.connection` of flytectl's YAML.
_YAML_KEYS: Final = {
    "endpoint": "s3_endpoint",
    "access-key": "s3_access_key_id",
    "secret-key": "s3_secret_access_key",
}


def _in_environment(variables: Mapping[str, str]) -> Iterator[tuple[str, Any, str]]:
    for name, field in _VARIABLES.items():
        if value := variables.get(name):
            yield name, value, field


def _in_file(variables: Mapping[str, str]) -> Iterator[tuple[str, Any, str]]:
    named = variables.get("FLYTECTL_CONFIG")
    path = os.path.expanduser(named or DEFAULT_FILE)  # noqa: PTH111 - pathlib is dear to import
    if not named and not os.path.isfile(path):  # noqa: PTH113
        return
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise _refused(f"cannot read `{path}`, which FLYTECTL_CONFIG names: {reason}", path) from error
    yield from (_yaml_settings if path.endswith((".yaml", ".yml")) else _ini_settings)(text, path)


def _yaml_settings(text: str, path: str) -> Iterator[tuple[str, Any, str]]:
    yaml = require("yaml", extra="yaml", purpose=f"reading `{path}`")
    try:
        tree = yaml.safe_load(text)
    except yaml.YAMLError as error:
        # Its text quotes lines of the file, in which there are keys.
        where = getattr(error, "problem_mark", None)
        line = f" in line {where.line + 1}" if where is not None else ""
        raise _refused(f"cannot read `{path}`: it is not YAML{line}", path) from None
    for step in ("storage", "connection"):
        tree = tree.get(step) if isinstance(tree, Mapping) else None
    for key, field in _YAML_KEYS.items() if isinstance(tree, Mapping) else ():
        if tree.get(key) not in (None, ""):
            yield f"storage.connection.{key} of {path}", tree[key], field


def _ini_settings(text: str, path: str) -> Iterator[tuple[str, Any, str]]:
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:  # its text quotes lines of the file
        raise _refused(f"cannot read `{path}`: it is neither YAML by its name nor an INI file", path) from None
    for name, field in _VARIABLES.items():
        kind, section, option = name.lower().split("_", 2)
        if kind == "flyte" and (value := parser.get(section, option, fallback="")):
            yield f"{option} of [{section}] of {path}", value, field


def _text(value: Any, source: str) -> str:
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise _refused(f"{source} has to be a text, got a {type(value).__name__}", source)
    return str(value)


def _retries(value: Any, source: str) -> int:
    return _number(int, value, source, "a whole number, 0 or more")


def _seconds(value: Any, source: str) -> float:
    return _number(float, value, source, "a number of seconds, 0 or more")


def _number(kind: Callable[[Any], T], value: Any, source: str, wanted: str) -> T:
    try:
        number = kind(value)
    except ValueError:
        raise _refused(f"{source} has to be {wanted}, got {value!r}", source) from None
    if not 0 <= number < float("inf"):  # type: ignore[operator]  # both kinds are numbers
        raise _refused(f"{source} has to be {wanted}, got {value!r}", source)
    return number


def _one_of(choices: tuple[str, ...]) -> Callable[[Any, str], str]:
    def read(value: Any, source: str) -> str:
        text = str(value).lower()
        if text not in choices:
            raise _refused(f"{source} has to be one of {', '.join(choices)}, got {value!r}", source)
        return text

    return read


_READERS: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    "engine": _one_of(ENGINES),
    "retries": _retries,
    "backoff_seconds": _seconds,
    "s3_addressing_style": _one_of(ADDRESSING_STYLES),
}


def _refused(message: str, source: str) -> StorageError:
    return StorageError(message, uri=source)
