"""Files and directories on the wire: `scalar.blob` (`flyteidl/core/literals.proto, Blob`), and a map in structs."""

from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING, Any, ClassVar

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.data._directory import FlyteDirectory
from flytetypes.data._file import FlyteFile
from flytetypes.data._handle import (
    PATH_SCHEMA,
    Handle,
    dump_handle,
    handle_of,
    load_handle,
    stored_handle,
    written_place,
)
from flytetypes.errors import ConversionError
from flytetypes.storage import Stored
from flytetypes.types import Converter, Inbox, Outbox, PlainCodec, Registry, TypeTransformer
from flytetypes.types._names import DIGEST, DIRECTORY, FILE
from flytetypes.types._plain import Describing, Dumping, Loading, Schema
from flytetypes.types._tree import read_tree

if TYPE_CHECKING:
    from flytetypes.types import TypeEngine

_METADATA_SCHEMA: Schema = {
    "anyOf": [
        {"type": "object", "additionalProperties": {"type": "string"}, "propertyNames": {"type": "string"}},
        {"type": "null"},
    ],
    "default": None,
}


class _HandleTransformer(TypeTransformer[Any]):
    """What files and directories share.

    Attributes:
        family: `FlyteFile` or `FlyteDirectory`.
        dimensionality: On the wire: one object, or many.
        properties: What the JSON schema says of its form in a struct.
    """

    family: ClassVar[type[Handle]]
    dimensionality: ClassVar[Any]
    properties: ClassVar[dict[str, Schema]]

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A blob of the annotation's format; a directory's is of many parts."""
        cls = self._class_of(annotation)
        blob_type = idl.LiteralType()
        blob_type.blob.format = cls.format
        blob_type.blob.dimensionality = self.dimensionality
        expected = f"`{annotation.source}`"

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            handle = self._given(value, annotation, expected)
            blob = into.scalar.blob
            blob.metadata.type.CopyFrom(blob_type.blob)

            def note(stored: Stored) -> None:
                if stored.digest is not None:
                    into.metadata[DIGEST] = stored.digest

            blob.uri = written_place(handle, out, stored=note)
            into.metadata.update(handle.metadata)
            if handle.digest is not None and blob.uri == handle.uri:
                into.metadata[DIGEST] = handle.digest

        def decode(literal: idl.Literal, inbox: Inbox) -> Any:
            literal = inbox.open(literal)
            if literal.scalar.WhichOneof("value") != "blob":
                return codec.load(*read_tree(literal, inbox, expected))
            blob = literal.scalar.blob
            if blob.metadata.type.dimensionality != self.dimensionality:
                other = "directory" if self.family is FlyteFile else "file"
                raise ConversionError(expected, got=f"the {other} `{blob.uri}`")
            metadata = dict(literal.metadata)
            return stored_handle(cls, blob.uri, inbox, expected, metadata, metadata.pop(DIGEST, None))

        codec = self.compile_plain(annotation, engine)
        return Converter(
            annotation,
            self.name,
            literal_type=blob_type,
            encode=encode,
            decode=decode,
            engine=engine,
            classes=codec.classes,
            plain=codec,
            levels=5,  # Literal, Scalar, Blob, BlobMetadata, BlobType
            offloads=lambda _: iter(()),
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:  # noqa: ARG002
        """A map with the path, and the metadata of a file that has some."""
        cls = self._class_of(annotation)
        expected = f"`{annotation.source}`"

        def dump(value: Any, dumping: Dumping) -> dict[str, Any]:
            return dump_handle(self._given(value, annotation, expected), cls, dumping.out, expected)

        def load(tree: Any, loading: Loading) -> Any:
            return load_handle(tree, cls, loading.inbox, expected)

        def describe(_: Describing) -> Schema:
            return {
                "type": "object",
                "title": self.family.__name__,
                "properties": self.properties,
                "additionalProperties": False,
            }

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=describe,
            classes=dict.fromkeys((cls, self.family)),
            natives=(dict,),
            loads=(str,),
            stored=True,
        )

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:  # noqa: ARG002
        """The class of the format."""
        if literal_type.WhichOneof("type") != "blob" or literal_type.blob.dimensionality != self.dimensionality:
            return None
        return self.family[literal_type.blob.format]  # type: ignore[index]

    def _class_of(self, annotation: Annotation) -> Any:
        return annotation.origin

    def _given(self, value: Any, annotation: Annotation, expected: str) -> Handle:
        cls: type[Handle] = self._class_of(annotation)
        return handle_of(value, cls, expected)


class FileTransformer(_HandleTransformer):
    """`FlyteFile`, `FlyteFile["csv"]`, and `os.PathLike`, which is a file that stays where it is."""

    name = FILE
    family = FlyteFile
    dimensionality = idl.BlobType.SINGLE
    properties: ClassVar = {"path": PATH_SCHEMA, "metadata": _METADATA_SCHEMA}

    def _class_of(self, annotation: Annotation) -> Any:
        return FlyteFile if annotation.origin is os.PathLike else annotation.origin

    def _given(self, value: Any, annotation: Annotation, expected: str) -> Handle:
        handle = super()._given(value, annotation, expected)
        if annotation.origin is os.PathLike and handle.upload_to is None:
            handle = copy.copy(handle)
            handle.upload_to = False
        return handle


class DirectoryTransformer(_HandleTransformer):
    """`FlyteDirectory`, `FlyteDirectory["x"]`."""

    name = DIRECTORY
    family = FlyteDirectory
    dimensionality = idl.BlobType.MULTIPART
    properties: ClassVar = {"path": PATH_SCHEMA}


def register(registry: Registry) -> None:
    """Both, with their subclasses of formats."""
    files = FileTransformer()
    registry.register(files, FlyteFile)
    registry.register(files, os.PathLike, subclasses=False)
    registry.register(DirectoryTransformer(), FlyteDirectory)
