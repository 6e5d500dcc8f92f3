"""`StructuredDataset`: a handle of rows and columns in a store, or of a frame that is to go there.

Nothing moves until somebody opens it. How it becomes a literal is the subject of `_dataset_transformer`.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Sequence
from typing import Any, Final, Generic, TypeVar

from flytetypes import idl
from flytetypes._annotations import parse, source_of
from flytetypes._record import Record
from flytetypes._redact import shown
from flytetypes.data._columns import annotation_of
from flytetypes.data._frames import FrameAdapter, FrameTable, StoredFrame
from flytetypes.data._models import model_field
from flytetypes.errors import AnnotationError, ConversionError, describe
from flytetypes.storage import ObjectStore, default_store
from flytetypes.types import Registry, shared_registry
from flytetypes.types._plain import Dumping, Loading

F = TypeVar("F")

# What pydantic says of flytekit's class in the schema of a model: it is a part of the type, and so of the wire.
_DESCRIPTION: Final = (
    "This is the user facing StructuredDataset class. Please don't confuse it with the literals.StructuredDataset\n"
    "class (that is just a model, a Python class representation of the protobuf)."
)
_NULLABLE_TEXT: Final = [{"type": "string"}, {"type": "null"}]


class StructuredDataset:
    """Rows and columns that stay in the store until they are opened.

        StructuredDataset(dataframe=df)                    # to be written, when a task returns it
        StructuredDataset(dataframe=df, uri="s3://b/x")    # there
        StructuredDataset(uri="s3://b/y", file_format="csv")
        dataset.open(pd.DataFrame).all()
        for part in dataset.open(pa.RecordBatch).iter(): ...

    Args:
        dataframe: Of any class that is registered for frames.
        uri: Where the data is, or where the frame is to be written: a directory, or one file.
        file_format: Of the data; `parquet`, `csv`, `feather`, `arrow`, `orc`, or one of your own. Where it is empty the
            annotation says it, else it is Parquet.
        metadata: What is known of the columns, as on the wire.

    It never changes. One that was decoded knows its URI, and its type as it was written; passed on it keeps both.
    """

    __module__ = "flytetypes.data"  # where users find it, and what is written of it

    def __init__(
        self,
        dataframe: Any = None,
        uri: str | os.PathLike[str] | None = None,
        *,
        file_format: str | None = "",
        metadata: idl.StructuredDatasetMetadata | None = None,
    ) -> None:
        self._dataframe = dataframe
        self._uri = os.fspath(uri) or None if uri is not None else None
        self._type: idl.StructuredDatasetType | None = None
        if metadata is not None:
            self._type = idl.StructuredDatasetType()
            self._type.CopyFrom(metadata.structured_dataset_type)
        self._file_format = file_format or (self._type.format if self._type is not None else "")
        self._decoded = False
        self._digest: str | None = None
        self._store: ObjectStore | None = None
        self._registry: Registry | None = None

    @classmethod
    def at(
        cls,
        uri: str,
        literal_type: idl.StructuredDatasetType,
        store: ObjectStore | None,
        registry: Registry,
        digest: str | None = None,
    ) -> StructuredDataset:
        """The handle of data that is in a store already; what decoding makes.

        Args:
            uri: Of the data.
            literal_type: What its literal says of it; shared, not copied.
            store: Where it is read from; None for that of the process.
            registry: Who knows the classes of frames.
            digest: As the property.
        """
        dataset = cls(uri=uri, file_format=literal_type.format)
        dataset._type = literal_type
        dataset._decoded = True
        dataset._store = store
        dataset._registry = registry
        dataset._digest = digest
        return dataset

    @property
    def dataframe(self) -> Any:
        """The frame that it was made of; None for data in a store: `open` that."""
        return self._dataframe

    @property
    def uri(self) -> str | None:
        """Where the data is; None for a frame that will get its URI when it is written."""
        return self._uri

    @property
    def file_format(self) -> str:
        """Of the data; empty where nothing says it."""
        return self._file_format

    @property
    def digest(self) -> str | None:
        """Of the bytes that were written, `sha256:` and hex digits; None where that is not known."""
        return self._digest

    @property
    def metadata(self) -> idl.StructuredDatasetMetadata | None:
        """What is known of the columns, as on the wire; a copy, None where nothing is."""
        if self._type is None:
            return None
        return idl.StructuredDatasetMetadata(structured_dataset_type=self._type)

    @property
    def literal(self) -> idl.StructuredDataset | None:
        """What stands for it on the wire; None where it has no URI yet."""
        if self._uri is None or self._dataframe is not None:
            return None
        literal = idl.StructuredDataset(uri=self._uri)
        literal.metadata.structured_dataset_type.SetInParent()
        if self._type is not None:
            literal.metadata.structured_dataset_type.CopyFrom(self._type)
        literal.metadata.structured_dataset_type.format = self._file_format
        return literal

    @property
    def column_types(self) -> dict[str, Any]:
        """Name to annotation of the columns that were declared when it was written; empty where none were."""
        columns = self._type.columns if self._type is not None else ()
        return {column.name: annotation_of(column.literal_type) for column in columns}

    @classmethod
    def columns(cls) -> dict[str, Any]:
        """Those that the class itself declares: none. See `column_types` for those of a dataset."""
        return {}

    @property
    def is_reference(self) -> bool:
        """Whether it was decoded from a literal, and so is passed on as it is."""
        return self._decoded

    def open(self, frame_class: type[F], *, columns: Sequence[str] = ()) -> OpenDataset[F]:
        """Say as what it is to be read; nothing is read yet.

        Args:
            frame_class: `pd.DataFrame`, `pa.Table`, `pl.LazyFrame`, …
            columns: The names of those to read; empty for all that its literal names, or all.

        Raises:
            AnnotationError: For a class that is not one of frames.
        """
        return OpenDataset(self, tuple(columns), self._known_frames(frame_class))

    def _known_frames(self, frame_class: type) -> KnownFrames:
        return frames_of(frame_class, self._registry if self._registry is not None else shared_registry())

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._known() == self._known()

    def __hash__(self) -> int:
        return hash(self._known())

    def _known(self) -> tuple[Any, ...]:
        # A frame is nothing but itself: most cannot be compared, and none quickly.
        return (self._uri, self._file_format.lower(), id(self._dataframe) if self._dataframe is not None else None)

    def __repr__(self) -> str:
        frame = "" if self._dataframe is None else f"dataframe={describe(self._dataframe)}, "
        uri = self._uri and shown(self._uri)
        return f"StructuredDataset({frame}uri={uri!r}, file_format={self._file_format!r})"

    def __getstate__(self) -> dict[str, Any]:
        # A copy that goes elsewhere reads from the store that is there.
        return {**vars(self), "_store": None, "_registry": None}

    def __deepcopy__(self, memo: dict[int, Any]) -> StructuredDataset:
        twin = StructuredDataset.__new__(StructuredDataset)
        vars(twin).update(vars(self), _dataframe=copy.deepcopy(self._dataframe, memo))
        return twin

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """A field of a model: `{"uri", "file_format"}`, with the schema that flytekit's class has there."""

        def codec() -> Any:
            transformer: Any = shared_registry().find(parse(cls)).transformer
            return transformer.model_codec(shared_registry())

        def dump(value: StructuredDataset, dumping: Dumping) -> Any:
            if value.dataframe is not None and not dumping.out.prefix:
                raise ValueError("a dataset whose frame is in no store yet has no JSON: an engine puts it into one")
            return codec().dump(value, dumping)

        def load(value: Any, loading: Loading) -> Any:
            return value if isinstance(value, cls) else codec().load(value, loading)

        return model_field(cls, _model_schema(), dump=dump, load=load)


def struct_schema() -> dict[str, Any]:
    """The JSON schema of one inside a dataclass."""
    return {
        "title": "StructuredDataset",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "uri": {"anyOf": _NULLABLE_TEXT, "default": None},
            "file_format": {"anyOf": _NULLABLE_TEXT, "default": ""},
        },
    }


def _model_schema() -> dict[str, Any]:
    """The JSON schema of one inside a pydantic model."""
    return {
        "title": "StructuredDataset",
        "type": "object",
        "description": _DESCRIPTION,
        "properties": {
            "uri": {"anyOf": _NULLABLE_TEXT, "default": None, "title": "Uri"},
            "file_format": {"anyOf": _NULLABLE_TEXT, "default": "", "title": "File Format"},
        },
    }


class OpenDataset(Generic[F]):
    """A dataset that is to be read as frames of one class."""

    def __init__(self, dataset: StructuredDataset, columns: tuple[str, ...], known: KnownFrames) -> None:
        self._dataset = dataset
        self._columns = columns
        self._frames = known.frames
        self._adapter: FrameAdapter[F] = known.adapter

    def all(self) -> F:
        """The whole as one frame.

        Raises:
            StorageError: When it cannot be read.
            ConversionError: When it is of another format, or lacks columns.
        """
        if self._dataset.dataframe is not None:
            return self._converted()
        return self._frames.read(self._adapter, self._stored())

    def iter(self) -> Iterator[F]:
        """The whole as several frames, one after the other; what is held at a time does not grow with it.

        Raises as `all`, also while it goes on.
        """
        if self._dataset.dataframe is not None:
            return self._adapter.split(self._converted())
        return self._frames.parts(self._adapter, self._stored())

    def _converted(self) -> F:
        """The frame in memory as one of the class, through Arrow where it is of another one."""
        frame = self._dataset.dataframe
        if type(frame) is self._adapter.cls and not self._columns:
            same: F = frame
            return same
        known = self._dataset._known_frames(type(frame))  # noqa: SLF001 - two halves of one thing
        data = known.adapter.to_arrow(frame)
        table = data.read_all() if hasattr(data, "read_all") else data
        return self._adapter.from_arrow(table.select(list(self._columns)) if self._columns else table)

    def _stored(self) -> StoredFrame:
        dataset = self._dataset
        if dataset.uri is None:
            raise ConversionError("a `StructuredDataset` with a dataframe or a URI", dataset)
        store = dataset._store if dataset._store is not None else default_store()  # noqa: SLF001
        return StoredFrame(
            store,
            dataset.uri,
            format=dataset.file_format,
            columns=self._columns or tuple(dataset.column_types),
            with_index=self._adapter.with_index,
        )

    def __repr__(self) -> str:
        return f"{self._dataset!r}.open({source_of(self._adapter.cls)})"


class KnownFrames(Record):
    """A class of frames, and who knows it.

    Attributes:
        frames: Where its writers and readers are.
        adapter: Its own.
    """

    frames: FrameTable
    adapter: FrameAdapter[Any]


def frames_of(frame_class: Any, registry: Registry) -> KnownFrames:
    """Who knows a class of frames; raises `AnnotationError` where nobody does."""
    if isinstance(frame_class, type):
        frames = _frames_of(frame_class, registry)
        adapter = frames.adapter(frame_class) if frames is not None else None
        if frames is not None and adapter is not None:
            return KnownFrames(frames, adapter)
    raise AnnotationError(
        f"`{source_of(frame_class)}` is not a class of frames: use `pd.DataFrame`, `pd.Series`, `pa.Table`, "
        "`pa.RecordBatchReader`, `pl.DataFrame`, `pl.LazyFrame` or a DuckDB relation, or register the class by "
        "`register_frame()`"
    )


def is_frame(cls: type, registry: Registry) -> bool:
    """Whether a class is one of frames."""
    frames = _frames_of(cls, registry)
    return frames is not None and frames.adapter(cls) is not None


def _frames_of(frame_class: type, registry: Registry) -> FrameTable | None:
    try:  # looking it up brings what its package has registered for it
        transformer = registry.find(parse(frame_class)).transformer
    except AnnotationError:
        return None
    frames = getattr(transformer, "frames", None)
    return frames if isinstance(frames, FrameTable) else None
