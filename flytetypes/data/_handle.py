"""What files and directories share: a place, here or in a store, of which nothing is read until it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, ClassVar, Self, TypeVar

from flytetypes._redact import shown
from flytetypes.data._models import model_field
from flytetypes.errors import ConversionError, describe
from flytetypes.storage import (
    LocalDirectory,
    LocalFile,
    ObjectStore,
    Stored,
    Written,
    basename,
    current_outputs,
    default_store,
    join,
    random_uri,
    scheme_of,
)
from flytetypes.types import Inbox, Outbox
from flytetypes.types._plain import Loading

H = TypeVar("H", bound="Handle")

PATH_SCHEMA: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "string", "format": "path"}], "default": None}
"""The JSON schema of a path in a struct."""


class Handle:
    """A place: a path on this machine, or a URI in a store.

    Handles are equal when their places and formats are.

    Attributes:
        format: What its content is said to be, as the annotation says it: `csv`; empty for anything.
        kind: What it is called in errors.
        metadata: Notes of the user's, which go into the literal of a file.
        upload_to: Where it is to be uploaded: a URI, False for nowhere, None for a place of the engine's choice.
        stays: Whether it is in its place already, and passed on as it is.
    """

    format: ClassVar[str] = ""
    kind: ClassVar[str]

    def __init__(
        self,
        place: str | os.PathLike[str],
        upload_to: str | bool | None,
        *,
        stays: bool = False,
        store: ObjectStore | None = None,
        digest: str | None = None,
        downloaded: str | None = None,
    ) -> None:
        uri = os.fspath(place) if hasattr(type(place), "__fspath__") and not isinstance(place, Handle) else place
        if not isinstance(uri, str) or not uri or "\0" in uri:
            raise ConversionError(f"a path or URI for a `{type(self).__name__}`", place)
        try:
            uri.encode()
        except UnicodeEncodeError:
            raise ConversionError("a path or URI that UTF-8 can carry", place) from None
        self.upload_to = upload_to
        self.stays = stays
        self.metadata: dict[str, str] = {}
        self._uri = uri
        self._store = store
        self._digest = digest
        self._downloaded = downloaded

    @classmethod
    def from_source(cls, source: str | os.PathLike[str]) -> Self:
        """The handle of what is there already, here or in a store: passed on, it stays where it is."""
        return cls.at(os.fspath(source))

    @classmethod
    def at(
        cls,
        uri: str,
        store: ObjectStore | None = None,
        digest: str | None = None,
        *,
        downloaded: str | None = None,
    ) -> Self:
        """The handle of what is in a store.

        Args:
            uri: Where.
            store: The store that has it; by default that of the process.
            digest: Of its content, where it is known.
            downloaded: The path of a copy on this machine.
        """
        handle = cls.__new__(cls)
        Handle.__init__(handle, uri, None, stays=True, store=store, digest=digest, downloaded=downloaded)
        return handle

    @classmethod
    def _new(cls, name: str | None, alt: str | None) -> Self:
        """The handle of what is to be written, by its name below a prefix; a random one for None."""
        outputs = current_outputs()
        prefix = alt or outputs.prefix()
        return cls.at(random_uri(prefix) if name is None else join(prefix, name_below(name)), outputs.store)

    @property
    def uri(self) -> str:
        """Where it is: the path or URI that it was made of."""
        return self._uri

    @property
    def path(self) -> str:
        """Where it can be read now: on this machine when it is here, or was downloaded; else its URI."""
        return self._downloaded or self._uri

    @property
    def is_remote(self) -> bool:
        """Whether it is in a store elsewhere, so that reading it fetches it."""
        return is_remote(self._uri)

    @property
    def remote_source(self) -> str | None:
        """Its URI when it is in a store elsewhere; None for one of this machine."""
        return self._uri if self.is_remote else None

    @property
    def downloaded(self) -> bool:
        """Whether `path` is on this machine."""
        return self._downloaded is not None or not self.is_remote

    @property
    def digest(self) -> str | None:
        """The digest that was computed when it was uploaded, `sha256:` and hex digits; None where that is not known."""
        return self._digest

    @property
    def store(self) -> ObjectStore:
        """Where it is read and written: the store of the engine that it came from, or that of the process."""
        return self._store or default_store()

    @classmethod
    def extension(cls) -> str:
        """Its format: the ending of a file's name, without the dot; empty for any."""
        return cls.format

    @classmethod
    def family(cls) -> type[Handle]:
        """`FlyteFile` itself of `FlyteFile["csv"]`."""
        raise NotImplementedError

    def download(self) -> str:
        """Have it on this machine; its path here."""
        raise NotImplementedError

    def source_at(self, path: str) -> LocalFile | LocalDirectory:
        """What is uploaded of it when it is at a path of this machine."""
        raise NotImplementedError

    def copied(self) -> Written:
        """What is uploaded of it when it is in another store and is to go elsewhere."""
        raise ConversionError(f"a {self.kind} of this machine to be uploaded to `{self.upload_to}`", self)

    def __fspath__(self) -> str:
        return self.download()

    def __str__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f"{type(self).__name__}({shown(self._uri)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Handle) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[Any, ...]:
        return self.family(), self.format, self._uri

    def __copy__(self) -> Self:
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        return copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.__copy__()  # a place, and not what is there

    def __reduce__(self) -> tuple[Any, ...]:
        # A store is of one process, as is what was downloaded.
        return _restored, (self.family(), self.format, {**self.__dict__, "_store": None, "_downloaded": None})


_formats: dict[tuple[type, str], type[Any]] = {}


def of_format(cls: type[H], written: Any) -> type[H]:
    """The class of the handles of a format, the same one for each.

    Args:
        cls: `FlyteFile` or `FlyteDirectory`.
        written: What stands in the brackets: a text, or a type variable, `Literal` or `Annotated` that holds one.
    """
    text = _format_text(written)
    if not text:
        return cls
    if (cls, text) not in _formats:
        name = f'{cls.__name__}["{text}"]'
        about = {"__module__": cls.__module__, "__qualname__": name, "__doc__": f"A {cls.kind} of the format `{text}`."}
        made = type(name, (cls,), {"format": text, **about})
        _formats.setdefault((cls, text), made)
    return _formats[cls, text]


def _format_text(written: Any) -> str:
    """A format without blanks, leading tildes and dots."""
    if hasattr(written, "__metadata__"):
        written = next((str(extra) for extra in written.__metadata__), "")
    elif getattr(written, "__args__", None):
        written = written.__args__[0]
    elif hasattr(written, "__bound__"):
        written = written.__name__
    if not isinstance(written, str):
        raise TypeError(f'a format is a text, as in FlyteFile["csv"], got {describe(written)}')
    return written.strip().lstrip("~").lstrip(".")


def is_remote(place: str) -> bool:
    """Whether a path or URI is not a file of this machine."""
    return scheme_of(place) != "file"


def local_place(place: str) -> str:
    """The absolute path that a path or a `file://` URI of this machine means."""
    return os.path.abspath(place.removeprefix("file://"))  # noqa: PTH100 - text, and pathlib is dear to import


def handle_of(value: Any, cls: type[H], expected: str) -> H:
    """The handle that a value of a user's is, or whose place it is; raises `ConversionError` for another value."""
    if isinstance(value, Handle):
        if value.family() is not cls.family():
            raise ConversionError(expected, value, reason=f"it is a {value.kind}, not a {cls.kind}")
        return value  # type: ignore[return-value]  # of this family
    if isinstance(value, str) or hasattr(type(value), "__fspath__"):
        return cls(value)  # type: ignore[call-arg]  # the rest of both has defaults
    raise ConversionError(expected, value)


def written_place(handle: Handle, out: Outbox, *, stored: Callable[[Stored], object] | None = None) -> str:
    """The place that goes into a literal, after promising the upload that it takes, if it takes one."""
    if handle.is_remote:
        if handle.stays or not isinstance(handle.upload_to, str):
            return handle.uri
        return out.promise_at(handle.upload_to, handle.copied(), stored=stored)
    here = local_place(handle.uri)
    if handle.stays or handle.upload_to is False or (out.keeps_local and handle.upload_to is None):
        return here
    source = handle.source_at(here)
    if isinstance(handle.upload_to, str):
        return out.promise_at(handle.upload_to, source, stored=stored)
    return out.promise(source, basename(here) if isinstance(source, LocalFile) else "", stored=stored)


def dump_handle(value: Any, cls: type[Handle], out: Outbox, expected: str) -> dict[str, Any]:
    """What a value of a user's is inside a struct: a map with its path, and the metadata of a file that has some."""
    handle = handle_of(value, cls, expected)
    tree: dict[str, Any] = {"path": written_place(handle, out)}
    return {**tree, "metadata": dict(handle.metadata)} if handle.metadata else tree


def load_handle(tree: Any, cls: type[H], inbox: Inbox, expected: str) -> H:
    """The handle in a struct."""
    place, metadata = (tree.get("path"), tree.get("metadata") or {}) if type(tree) is dict else (tree, {})
    if type(place) is not str or type(metadata) is not dict or {*map(type, metadata.values())} - {str}:
        raise ConversionError(expected, tree)
    return stored_handle(cls, place, inbox, expected, metadata)


def stored_handle(
    cls: type[H], place: str, inbox: Inbox, expected: str, metadata: dict[str, str], digest: str | None = None
) -> H:
    """The handle of what is stored at a place that data names."""
    if not place or "\0" in place:
        raise ConversionError(expected, got=f"the path `{place}`")
    handle = cls.at(place, inbox.store, digest)
    handle.metadata = metadata
    return handle


def model_field_of(cls: type[Handle], properties: dict[str, Any]) -> Any:
    """Pydantic's core schema of a class of handles."""
    expected = f"`{cls.__name__}`"
    titled = {name: {**schema, "title": name.title()} for name, schema in properties.items()}
    return model_field(
        cls,
        {"title": cls.family().__name__, "type": "object", "properties": titled},
        dump=lambda value, dumping: dump_handle(value, cls, dumping.out, expected),
        load=lambda value, loading: value if isinstance(value, cls) else _of_model(value, cls, loading, expected),
    )


def _of_model(value: Any, cls: type[H], loading: Loading, expected: str) -> H:
    """What a user gives to a model, which is data or a value of its own."""
    if type(value) is dict or loading.inbox.store is not None:
        return load_handle(value, cls, loading.inbox, expected)
    handle = handle_of(value, cls, expected)
    if type(handle) is not cls:
        other = cls.at(handle.uri)
        other.__dict__.update(handle.__dict__)
        return other
    return handle


def name_below(name: str) -> str:
    """A name that stays below a directory; `ValueError` for one that leads out of it, or is none."""
    parts = name.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise ValueError(f"a name below a directory has no empty part, `.` or `..`, got {name!r}")
    return name


_directories: dict[int, Any] = {}


def download_target(name: str) -> str:
    """A path on this machine, in a directory of this process, for what is downloaded; all is removed when it ends."""
    import tempfile

    process = os.getpid()
    if process not in _directories:
        if not _directories:
            os.register_at_fork(after_in_child=_leave_to_parent)
        _directories[process] = tempfile.TemporaryDirectory(prefix="flytetypes-downloads-", ignore_cleanup_errors=True)
    return os.path.join(_directories[process].name, os.urandom(16).hex(), name)  # noqa: PTH118


def _leave_to_parent() -> None:
    """Have the end of a forked process not remove what its parent has downloaded."""
    for directory in _directories.values():
        directory._finalizer.detach()  # noqa: SLF001 - the one way to keep what `TemporaryDirectory` would remove


def _restored(family: type[H], text: str, state: dict[str, Any]) -> H:
    handle = object.__new__(of_format(family, text))
    handle.__dict__.update(state)
    return handle
