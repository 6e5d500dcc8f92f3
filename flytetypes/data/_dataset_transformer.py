"""Datasets on the wire: `scalar.structured_dataset` with a URI and what is known of it; inside structs a map of both.

One transformer serves `StructuredDataset` and every class of frames: its name is the tag of all of them. What the data
looks like is the subject of `_formats`, which class is written and read how that of `_frames`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

from flytetypes import idl
from flytetypes._annotations import Annotation, parse
from flytetypes.data._columns import Declared, declared_in, extras_of
from flytetypes.data._dataset import StructuredDataset, frames_of, is_frame, struct_schema
from flytetypes.data._formats import PARQUET
from flytetypes.data._frame_files import is_data
from flytetypes.data._frame_schema import check_columns
from flytetypes.data._frames import (
    FrameAdapter,
    FrameTable,
    StoredFrame,
    WriteFrame,
    file_name,
    format_of_file,
    is_failure,
)
from flytetypes.data._handle import is_remote, local_place
from flytetypes.data._held_frames import HeldTable, frame_of, held_table, write_held
from flytetypes.errors import AnnotationError, ConversionError, FlyteTypesError, StorageError, told
from flytetypes.storage import (
    HeldObject,
    LocalDirectory,
    LocalFile,
    ObjectStore,
    Stored,
    Written,
    basename,
    join,
    scheme_of,
)
from flytetypes.types import Converter, Inbox, OfType, Outbox, PlainCodec, Registry, TypeTransformer, shared_registry
from flytetypes.types._boxes import Fetch, is_absolute
from flytetypes.types._names import DATASET, DIGEST
from flytetypes.types._plain import Describing, Dumping, Loading, Schema, Undescribable
from flytetypes.types._tree import read_tree

if TYPE_CHECKING:
    from flytetypes.types import TypeEngine

_LEVELS = 4  # Literal, Scalar, StructuredDataset, StructuredDatasetMetadata; then its type


class DatasetTransformer(TypeTransformer[Any]):
    """`StructuredDataset`, and the classes of frames that are registered with it.

    Attributes:
        frames: Those.
    """

    name = DATASET

    def __init__(self) -> None:
        self.frames = FrameTable()

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A dataset; of a class of frames it is read when it is decoded, else when it is opened."""
        conversion = self._conversion(annotation, engine)
        literal_type = conversion.declared.literal_type()
        is_handle = conversion.adapter is None
        return Converter(
            annotation,
            self.name,
            literal_type=literal_type,
            encode=conversion.encode,
            decode=conversion.decode,
            engine=engine,
            classes=(annotation.origin,),
            plain=conversion.plain(annotation.source, self.name),
            # A handle that is passed on keeps its type, which may have columns that are nested deeper.
            levels=None if is_handle else _LEVELS - 1 + idl.message_levels(literal_type),
            offloads=(lambda _: iter(())) if is_handle else conversion.wanted,
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """A map with the URI and the format."""
        return self._conversion(annotation, engine).plain(annotation.source, self.name)

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:  # noqa: ARG002
        """`StructuredDataset`, with its columns and format."""
        if literal_type.WhichOneof("type") != "structured_dataset_type":
            return None
        extras = extras_of(literal_type.structured_dataset_type)
        if extras is None:
            extras = (OfType(literal_type),)
        return Annotated[(StructuredDataset, *extras)] if extras else StructuredDataset

    def model_codec(self, registry: Registry) -> PlainCodec[Any]:
        """The codec of a `StructuredDataset` of which nothing is declared: a field of a pydantic model."""
        annotation = parse(StructuredDataset)
        return DatasetConversion(annotation, Declared(), None, self.frames, registry).plain(
            annotation.source, self.name
        )

    def _conversion(self, annotation: Annotation, engine: TypeEngine) -> DatasetConversion:
        adapter = None if annotation.origin is StructuredDataset else self.frames.adapter(annotation.origin)
        return DatasetConversion(annotation, declared_in(annotation), adapter, self.frames, engine.registry)


class DatasetConversion:
    """The functions of one annotation.

    Attributes:
        declared: What the annotation says of the data.
        adapter: Of the class of frames; None for `StructuredDataset`.
    """

    def __init__(
        self,
        annotation: Annotation,
        declared: Declared,
        adapter: FrameAdapter[Any] | None,
        frames: FrameTable,
        registry: Registry,
    ) -> None:
        self.declared = declared
        self.adapter = adapter
        self._expected = f"`{annotation.source}`"
        self._frames = frames
        self._registry = registry
        self._type = declared.literal_type().structured_dataset_type

    def encode(self, value: Any, into: idl.Literal, out: Outbox) -> None:
        dataset = into.scalar.structured_dataset
        dataset.metadata.structured_dataset_type.CopyFrom(self._type)

        def note(stored: Stored) -> None:
            if stored.digest is not None:
                into.metadata[DIGEST] = stored.digest

        dataset.uri = self._place(value, dataset.metadata.structured_dataset_type, out, note)
        if isinstance(value, StructuredDataset) and value.digest is not None and dataset.uri == value.uri:
            into.metadata[DIGEST] = value.digest

    def place(self, value: Any, out: Outbox) -> str:
        """The URI that stands for a value, after promising what has to be written for that."""
        known_type = idl.StructuredDatasetType()
        known_type.CopyFrom(self._type)
        return self._place(value, known_type, out, None)

    def _place(
        self, value: Any, known_type: idl.StructuredDatasetType, out: Outbox, note: Callable[[Stored], None] | None
    ) -> str:
        """The URI that stands for a value, after promising what is to be written; `known_type` is completed."""
        if isinstance(value, StructuredDataset):
            if value.dataframe is None:
                return self._reference(value, known_type, out, note)
            adapter = self._adapter_of(value)
            return self._written(value.dataframe, adapter, value.file_format, value.uri, known_type, out, note)
        if self.adapter is None or type(value) is not self.adapter.cls:
            reason = self._reason(value)
            raise ConversionError(self._expected, value, reason=reason)
        return self._written(value, self.adapter, "", None, known_type, out, note)

    def _adapter_of(self, dataset: StructuredDataset) -> FrameAdapter[Any]:
        try:
            return frames_of(type(dataset.dataframe), self._registry).adapter
        except AnnotationError as error:
            raise ConversionError("a `StructuredDataset` of a frame", dataset, reason=str(error)) from None

    def _reason(self, value: Any) -> str | None:
        if self.adapter is None:
            known = is_frame(type(value), self._registry)
            return "wrap it: `StructuredDataset(dataframe=...)`" if known else None
        return "a subclass would come back as its parent" if isinstance(value, self.adapter.cls) else None

    def _written(
        self,
        frame: Any,
        adapter: FrameAdapter[Any],
        wanted_format: str,
        uri: str | None,
        known_type: idl.StructuredDatasetType,
        out: Outbox,
        note: Callable[[Stored], None] | None,
    ) -> str:
        """Promise a frame to the store; the URI of the dataset."""
        declared = self.declared
        if wanted_format and declared.format and wanted_format.lower() != declared.format.lower():
            raise ConversionError(
                f"{self._expected} in the format `{declared.format}`", got=f"a frame to be written as `{wanted_format}`"
            )
        if declared.names:
            check_columns(adapter.schema(frame, declared.names), declared, f"a `{adapter.cls.__name__}`")
        target = uri if uri is None or is_remote(uri) else local_place(uri)
        by_name = None if uri is None else format_of_file(uri)
        known_type.format = declared.format or wanted_format or by_name or adapter.default_format
        write = self._frames.writer(adapter, scheme_of(target or out.prefix), known_type.format)
        writing = partial(_write, write, frame, adapter.cls.__name__, known_type.format)
        name = file_name(known_type.format)
        if target is None:
            # A handle of a dataset stands for an object: whoever makes one wants it there.
            holds = adapter is self.adapter and adapter.holds
            holds = holds and self._frames.is_plain(adapter, scheme_of(out.prefix), known_type.format)
            hold = partial(_hold, adapter, frame) if holds else None
            return out.promise(Written(writing, hold=hold), name, stored=note).rpartition("/")[0]
        own = target if by_name is not None else join(target, name)
        out.promise_at(own, Written(writing, partial(_check_alone, target)), stored=note)
        return target

    def _reference(
        self,
        dataset: StructuredDataset,
        known_type: idl.StructuredDatasetType,
        out: Outbox,
        note: Callable[[Stored], None] | None,
    ) -> str:
        """The URI of data that is there already; uploaded if it is on this machine and its readers may not be."""
        uri, literal, declared = dataset.uri, dataset.literal, self.declared
        if uri is None or literal is None:
            raise ConversionError(f"{self._expected} with a dataframe or a URI", dataset)
        if dataset.is_reference or literal.metadata.structured_dataset_type.columns:
            known_type.CopyFrom(literal.metadata.structured_dataset_type)
        elif dataset.file_format and declared.format and dataset.file_format.lower() != declared.format.lower():
            raise ConversionError(f"{self._expected} in the format `{declared.format}`", dataset)
        known_type.format = known_type.format or dataset.file_format
        if is_remote(uri):
            return uri
        here = local_place(uri)
        if dataset.is_reference or out.keeps_local:
            return here
        if os.path.isdir(here):  # noqa: PTH112 - text, and pathlib is dear to import
            return out.promise(LocalDirectory(here), "", stored=note)
        if not os.path.exists(here):  # noqa: PTH110
            raise ConversionError(f"{self._expected} whose data is there", got=f"`{uri}`, where nothing is")
        return out.promise(LocalFile(here), basename(here), stored=note)

    # --- back ---------------------------------------------------------------------------------------------------------

    def decode(self, literal: idl.Literal, inbox: Inbox) -> Any:
        literal = inbox.open(literal)
        found = dataset_in(literal)
        if found is None:
            return self._load(*read_tree(literal, inbox, self._expected))
        return self._value(*found, inbox, literal.metadata.get(DIGEST))

    def wanted(self, literal: idl.Literal) -> Iterator[str | Fetch]:
        """What decoding a frame will ask for."""
        found = dataset_in(literal)
        if found is not None and self.adapter is not None and is_absolute(found[0]):
            yield self._fetch(self.adapter, *found)

    def _value(self, uri: str, known_type: idl.StructuredDatasetType, inbox: Inbox, digest: str | None = None) -> Any:
        if not uri or "\0" in uri:
            raise ConversionError(self._expected, got=f"a dataset at the URI {uri!r}")
        if self.adapter is not None:
            return inbox.fetch(self._fetch(self.adapter, uri, known_type))
        if not known_type.format and self.declared.format:
            known_type = _with_format(known_type, self.declared.format)
        return StructuredDataset.at(uri, known_type, inbox.store, self._registry, digest)

    def _fetch(self, adapter: FrameAdapter[Any], uri: str, known_type: idl.StructuredDatasetType) -> Fetch:
        declared = self.declared
        names = declared.names or tuple(column.name for column in known_type.columns)
        format = known_type.format or declared.format  # noqa: A001 - the field's word
        frames = self._frames

        def load(store: ObjectStore, uri: str) -> Any:
            stored = StoredFrame(
                store, uri, format=format, columns=names, declared=declared, with_index=adapter.with_index
            )
            return frames.read(adapter, stored)

        def give(held: Any) -> Any | None:
            if type(held) is not HeldTable or not frames.is_plain(adapter, scheme_of(uri), format):
                return None
            return frames.reading(adapter, uri, lambda: frame_of(adapter, held, uri, names, declared))

        key = DATASET, adapter.cls, format, names, declared.key
        return Fetch(uri, load, key, give if adapter.holds else None)

    # --- inside structs -----------------------------------------------------------------------------------------------

    def plain(self, source: str, transformer: str) -> PlainCodec[Any]:
        """The codec."""
        return PlainCodec(
            source,
            transformer,
            dump=self._dump,
            load=self._load,
            describe=self._describe,
            classes=(StructuredDataset if self.adapter is None else self.adapter.cls,),
            natives=(dict,),
            stored=True,
        )

    def _dump(self, value: Any, dumping: Dumping) -> dict[str, str]:
        known_type = idl.StructuredDatasetType()
        known_type.CopyFrom(self._type)
        uri = self._place(value, known_type, dumping.out, None)
        return {"uri": uri, "file_format": known_type.format}

    def _load(self, tree: Any, loading: Loading) -> Any:
        uri = tree.get("uri") if type(tree) is dict else None
        format = tree.get("file_format") if type(tree) is dict else None  # noqa: A001
        if type(uri) is not str or not (format is None or type(format) is str):
            raise ConversionError(f"{self._expected} as a dict with its `uri` and `file_format`", tree)
        known_type = idl.StructuredDatasetType()
        known_type.CopyFrom(self._type)
        known_type.format = format or known_type.format
        return self._value(uri, known_type, loading.inbox)

    def _describe(self, describing: Describing) -> Schema:
        if self.adapter is None:
            return struct_schema()
        if not describing.ours:  # flytekit has no schema for a class with such a field
            raise Undescribable
        return struct_schema()


def _hold(adapter: FrameAdapter[Any], frame: Any, max_bytes: int) -> HeldObject | None:
    with _writing(frame, adapter.cls.__name__, PARQUET):
        held = held_table(adapter, frame, max_bytes)
    return None if held is None else HeldObject(held, held.table.nbytes, partial(write_held, adapter, held))


def _write(write: WriteFrame, frame: Any, cls: str, format: str, sink: BinaryIO) -> None:  # noqa: A002
    with _writing(frame, cls, format):
        write(frame, sink)


@contextmanager
def _writing(frame: Any, cls: str, format: str) -> Iterator[None]:  # noqa: A002
    """What writing a frame raises in the block, as ours."""
    try:
        yield
    except (FlyteTypesError, OSError):
        raise
    except BaseException as error:  # it is the frame's library, or somebody's own writer
        if not is_failure(error):
            raise
        raise ConversionError(f"a `{cls}` that can be written as `{format}`", frame, reason=told(error)) from error


def _check_alone(target: str, store: ObjectStore, own: str) -> None:
    """Raise `ConversionError` where the data at a URI would be read together with what is to be written there.

    Args:
        target: The URI of the dataset.
        store: Where it is.
        own: The URI of the object that is to be written; an older one there is replaced.
    """
    try:
        others = [found for found in store.list(target) if found not in (own, target) and is_data(found, target)]
    except StorageError:  # what cannot be listed is not read as several files either
        return
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise ConversionError(
            f"a URI for a new dataset, at which nothing else is, only `{own}`",
            got=f"`{others[0]}`{more}",
            reason=f"both would be read as one dataset: remove what is at `{target}`, or write to another URI",
        )


def _with_format(known_type: idl.StructuredDatasetType, format: str) -> idl.StructuredDatasetType:  # noqa: A002
    copy = idl.StructuredDatasetType()
    copy.CopyFrom(known_type)
    copy.format = format
    return copy


def dataset_in(literal: idl.Literal) -> tuple[str, idl.StructuredDatasetType] | None:
    """URI and type of a dataset, also of an older `schema`, whose data is parquet; None where a literal has neither."""
    scalar = literal.scalar
    match scalar.WhichOneof("value"):
        case "structured_dataset":
            return scalar.structured_dataset.uri, scalar.structured_dataset.metadata.structured_dataset_type
        case "schema":
            return scalar.schema.uri, _with_format(type_of_schema(scalar.schema.type), PARQUET)
        case _:
            return None


_OF_SCHEMA = {
    idl.SchemaType.SchemaColumn.INTEGER: idl.SimpleType.INTEGER,
    idl.SchemaType.SchemaColumn.FLOAT: idl.SimpleType.FLOAT,
    idl.SchemaType.SchemaColumn.STRING: idl.SimpleType.STRING,
    idl.SchemaType.SchemaColumn.BOOLEAN: idl.SimpleType.BOOLEAN,
    idl.SchemaType.SchemaColumn.DATETIME: idl.SimpleType.DATETIME,
    idl.SchemaType.SchemaColumn.DURATION: idl.SimpleType.DURATION,
}


def type_of_schema(schema: idl.SchemaType) -> idl.StructuredDatasetType:
    """The type of a dataset that says of its columns what an older schema says of them."""
    known_type = idl.StructuredDatasetType()
    for column in schema.columns:
        simple = _OF_SCHEMA.get(column.type)
        if simple is not None:
            known_type.columns.add(name=column.name, literal_type=idl.LiteralType(simple=simple))
    return known_type


# --- registering ------------------------------------------------------------------------------------------------------


def transformer_in(registry: Registry) -> DatasetTransformer:
    """The one of a registry; it is registered when it is first asked for."""
    found = registry.named(DATASET)
    if isinstance(found, DatasetTransformer):
        return found
    transformer = DatasetTransformer()
    registry.register(transformer, StructuredDataset, subclasses=False)
    return transformer


def register(registry: Registry) -> None:
    """`StructuredDataset`; the classes of frames are brought by their packages."""
    transformer_in(registry)


def register_frame(adapter: FrameAdapter[Any], *, registry: Registry | None = None) -> None:
    """Have a class of frames carried as a dataset, in every format of Arrow, and converted from and to the others.

    Args:
        adapter: Of the class; not of those derived from it.
        registry: With which to register; by default the one that engines share.

    Raises:
        RegistrationError: When the class belongs to another transformer.
    """
    registry = registry if registry is not None else shared_registry()
    transformer = transformer_in(registry)
    registry.register(transformer, adapter.cls, subclasses=False)
    transformer.frames.add(adapter)


def register_frame_writer(
    cls: type,
    write: Callable[[Any, BinaryIO], object],
    *,
    format: str = "",  # noqa: A002
    protocol: str = "",
    registry: Registry | None = None,
) -> None:
    """Have a function write frames of a class, before the ways that are there, in the order of `docs/dataframes.md`.

    Args:
        cls: The class, which has an adapter.
        write: Gets a frame, and a binary file to write; called in a thread.
        format: Which format it writes; empty for any.
        protocol: To which stores, by the scheme of their URIs (`s3`); empty for all.
        registry: As for `register_frame`.
    """
    frames = frames_of(cls, registry if registry is not None else shared_registry()).frames
    frames.add_writer(cls, protocol, format, write)


def register_frame_reader(
    cls: type,
    read: Callable[[StoredFrame], Any],
    *,
    format: str = "",  # noqa: A002
    protocol: str = "",
    registry: Registry | None = None,
) -> None:
    """Have a function read datasets as frames of a class; as `register_frame_writer`.

    Args:
        cls: The class, which has an adapter.
        read: Gets the dataset, returns a frame; called in a thread. It may read from the store, or by other means.
        format: Which format it reads; empty for any.
        protocol: From which stores; empty for all.
        registry: As for `register_frame`.
    """
    frames = frames_of(cls, registry if registry is not None else shared_registry()).frames
    frames.add_reader(cls, protocol, format, read)
