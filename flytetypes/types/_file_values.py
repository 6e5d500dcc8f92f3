"""Values that are one file each: what arrays, models, images and `store_as_file` share.

On its own such a value is a `scalar.blob` with the URI of its file; inside structs it is a map with that URI as its
`path`, as flytekit has files there. What the file holds, and how it is written and read, a `FileForm` says.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, Any, Final, ParamSpec

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes._record import Record
from flytetypes.errors import ConversionError, told
from flytetypes.storage import LocalStore, ObjectStore, Source, Stored, check_digest, digest_in, digest_of, local_copy
from flytetypes.types import _names
from flytetypes.types._boxes import Fetch, Inbox, Outbox
from flytetypes.types._converter import Converter
from flytetypes.types._forms import loaded_class
from flytetypes.types._plain import Describing, Dumping, Loading, PlainCodec, Schema
from flytetypes.types._registry import TypeTransformer
from flytetypes.types._tree import load_tree, read_tree

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

P = ParamSpec("P")

BLOB_LEVELS: Final = 5
"""How deep the messages of a blob nest: Literal, Scalar, Blob, BlobMetadata, BlobType."""

_PATH: Final = "path"  # flytekit's word for the URI of a file inside a struct
_NAME: Final = "0" * 32


class FileForm(Record):
    """How the values of one annotation are files.

    Attributes:
        source: What is to be written for a value; raises `ConversionError` for one that is not of the annotation.
        load: Reads the file at a URI; outside of decoding, in a thread. Raises `ConversionError` or `StorageError`.
        key: Hashable; tells apart the ways in which one file may be read.
        classes: The exact classes of the values.
        runs_code: Whether reading runs code from the file.
        name: The last part of the URIs.
        give: Makes what `load` would give of what `source` lets be held in memory (`Fetch.give`).
    """

    source: Callable[[Any], Source]
    load: Callable[[ObjectStore, str], Any]
    key: Hashable
    classes: tuple[type, ...]
    name: str
    runs_code: bool = False
    give: Callable[[Any], Any | None] | None = None

    def fetch(self, uri: str) -> Fetch:
        """What a value at a URI is made of; gives a `_Misfit` where it is none."""
        give = None if self.give is None else _keeping(self.give)
        return Fetch(uri, _keeping(self.load), self.key, give)


class FileValueTransformer(TypeTransformer[Any]):
    """The base of the transformers of such values.

    Attributes:
        format: `BlobType.format` (flyteidl/core/types.proto); no class that is derived from it changes it.
    """

    format: str

    @abstractmethod
    def form(self, annotation: Annotation, engine: TypeEngine) -> FileForm:
        """How the values of an annotation are files; raises `AnnotationError` for one that cannot be supported."""

    def literal_type(self) -> idl.LiteralType:
        """The type on the wire: a blob of the format."""
        return blob_type(self.format)

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A blob."""
        form, expected = self.form(annotation, engine), f"the file of a `{annotation.source}`"
        plain = engine.plain(annotation)

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            def note(stored: Stored) -> None:
                into.metadata[_names.DIGEST] = str(stored.digest)

            uri = out.promise(form.source(value), form.name, stored=note)
            fill_blob(into, self.format, uri)

        def decode(literal: idl.Literal, inbox: Inbox) -> Any:
            literal = inbox.open(literal)
            if literal.scalar.WhichOneof("value") in ("binary", "generic"):  # what a promise's attribute is
                return load_tree(plain, *read_tree(literal, inbox, expected))
            return fetched(inbox, form.fetch(blob_uri(literal, expected)))

        def offloads(literal: idl.Literal) -> Iterator[str | Fetch]:
            if literal.scalar.WhichOneof("value") == "blob":
                yield form.fetch(literal.scalar.blob.uri)

        literal_type = self.literal_type()
        return Converter(
            annotation,
            self.name,
            literal_type=lambda _: literal_type,
            encode=encode,
            decode=decode,
            engine=engine,
            classes=form.classes,
            plain=plain,
            levels=BLOB_LEVELS,
            offloads=offloads,
            runs_code=form.runs_code,
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """A map with the URI."""
        form, expected = self.form(annotation, engine), f"`{annotation.source}` as a map with the `{_PATH}` of its file"

        def dump(value: Any, dumping: Dumping) -> dict[str, str]:
            return {_PATH: dumping.out.promise(form.source(value), form.name)}

        def load(tree: Any, loading: Loading) -> Any:
            uri = tree.get(_PATH) if type(tree) is dict else None
            if type(uri) is not str:
                raise ConversionError(expected, tree)
            return fetched(loading.inbox, form.fetch(uri))

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=self.describe,
            classes=form.classes,
            natives=(dict,),
            stored=True,
            runs_code=form.runs_code,
        )

    def describe(self, describing: Describing) -> Schema:
        """The schema of the map; flytekit has none for what it cannot have inside structs."""
        return describing.if_ours(FILE_SCHEMA)


FILE_SCHEMA: Final[Schema] = {
    "type": "object",
    "properties": {_PATH: {"type": "string"}},
    "required": [_PATH],
    "additionalProperties": False,
}


def file_name(suffix: str) -> str:
    """The last part of the URI of a file that has no name of its own: 32 hex digits and a suffix, as flytekit's.

    There they are random. Here the directory around it is, and a name that is always the same lets equal content be
    stored once where objects are named by their content.
    """
    return f"{_NAME}{suffix}"


def blob_type(format: str) -> idl.LiteralType:  # noqa: A002 - the field's word: flyteidl/core/types.proto, BlobType
    """The LiteralType of a single file."""
    literal_type = idl.LiteralType()
    literal_type.blob.format = format
    literal_type.blob.dimensionality = idl.BlobType.SINGLE
    return literal_type


def fill_blob(into: idl.Literal, format: str, uri: str) -> None:  # noqa: A002
    """Fill a literal with the URI of a single file."""
    blob = into.scalar.blob
    blob.metadata.type.format = format
    blob.metadata.type.dimensionality = idl.BlobType.SINGLE
    blob.uri = uri


def blob_uri(literal: idl.Literal, expected: str) -> str:
    """The URI of a single file in a literal, whatever its format; raises `ConversionError` for other literals."""
    scalar = literal.scalar
    if scalar.WhichOneof("value") != "blob":
        raise ConversionError(expected, got=f"the literal {idl.render_literal(literal)}")
    if scalar.blob.metadata.type.dimensionality != idl.BlobType.SINGLE:
        raise ConversionError(expected, got=f"the directory `{scalar.blob.uri}`")
    uri: str = scalar.blob.uri
    return uri


def fetched(inbox: Inbox, fetch: Fetch) -> Any:
    """What is loaded from a URI; raises `ConversionError` from where the value is, and not from where it was loaded."""
    found = inbox.fetch(fetch)
    if isinstance(found, _Misfit):
        raise found.error
    return found


class _Misfit(Record):
    """What stands for a value that could not be made of a file."""

    error: ConversionError


def _keeping(load: Callable[P, Any]) -> Callable[P, Any]:
    def load_or_keep(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return load(*args, **kwargs)
        except ConversionError as error:
            return _Misfit(error)

    return load_or_keep


def load_path(store: ObjectStore, uri: str, expected: str, read: Callable[[str], Any]) -> Any:
    """What a function of somebody else's reads from a file on this machine, which holds an object.

    Args:
        store: Where the object is.
        uri: Which one.
        expected: What it should be, for errors: "a file that `load` of `Index` can read".
        read: Given the path of the file; it may be the object itself, so that nobody may change it.

    Raises:
        ConversionError: When the function raises.
        StorageError: When the object cannot be read.
    """
    with local_copy(store, uri) as path:
        expected_digest = digest_in(uri)
        if expected_digest is not None:
            check_digest(uri, expected_digest, digest_of(LocalStore(), path))
        try:
            return read(path)
        except Exception as error:  # it is not our code, and raises what it likes
            size = os.path.getsize(path)  # noqa: PTH202 - pathlib is dear to import
            raise ConversionError(expected, got=f"{size} bytes", reason=told(error)) from error


# --- guessing ---------------------------------------------------------------------------------------------------------

# Formats whose values have a class, and where that class is found when its package is loaded.
_CLASSES: Final = {
    _names.NUMPY_FORMAT: "numpy.ndarray",
    _names.TORCH_TENSOR_FORMAT: "torch.Tensor",
    _names.TORCH_MODULE_FORMAT: "torch.nn.Module",
    _names.TORCH_CHECKPOINT_FORMAT: "flytetypes.ext.torch.PyTorchCheckpoint",
    _names.SKLEARN_FORMAT: "sklearn.base.BaseEstimator",
    _names.PIL_IMAGE_FORMAT: "PIL.Image.Image",
}


def guess_by_format(literal_type: idl.LiteralType) -> type | None:
    """The class of the values of a single file, by its format, if it is loaded. Imports nothing."""
    if literal_type.WhichOneof("type") != "blob" or literal_type.blob.dimensionality != idl.BlobType.SINGLE:
        return None
    path = _CLASSES.get(literal_type.blob.format)
    return loaded_class(path) if path is not None else None
