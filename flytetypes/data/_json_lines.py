"""Streams of JSON documents: `Iterator[JSON]`, one `.jsonl` file with a document in each line.

Written while the iterator runs and read while it is iterated over: only a few documents are in memory at a time.
"""

from __future__ import annotations

import collections
import collections.abc
import json
import math
import typing
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.data._iterators import Turn, async_batches, iterated, there_once, used_up_in_struct
from flytetypes.errors import ConversionError, FlyteTypesError, key_step
from flytetypes.storage import ObjectStore, Written, in_own_thread, open_reader
from flytetypes.types import Converter, Inbox, Outbox, PlainCodec, Registry, TypeTransformer
from flytetypes.types._boxes import checked_uri
from flytetypes.types._file_values import BLOB_LEVELS, blob_type, blob_uri, file_name, fill_blob
from flytetypes.types._forms import form_of, with_form
from flytetypes.types._names import JSON_ITERATOR, JSON_ITERATOR_FORMAT, JSON_LINES_FORMAT

if TYPE_CHECKING:
    from flytetypes.types import TypeEngine

_NAME: Final = file_name(".jsonl")
_WRITTEN_AT_A_TIME: Final = 256
_READ_AT_A_TIME: Final = 1024

if TYPE_CHECKING:
    JSON: TypeAlias = dict[str, Any] | list[Any] | str | int | float | bool | None
    """A JSON document, as what an `Iterator` runs over."""
else:

    class JSON:
        """A JSON document, as what an `Iterator` runs over: None, numbers, texts, and lists and dicts of those."""

        __module__ = "flytetypes.data"  # where users find it, and what is written of it


class JsonLines(Iterator[Any]):
    """What an `Iterator[JSON]` is read as. Nothing is read before the first document is asked for."""

    def __init__(self, store: ObjectStore, uri: str) -> None:
        self.uri = uri
        self.is_begun = False
        self._documents = _read(store, uri)

    def __iter__(self) -> JsonLines:
        return self

    def __next__(self) -> Any:
        self.is_begun = True
        return next(self._documents)

    def close(self) -> None:
        """Read no more; the same happens at the end, and when nobody holds it."""
        self.is_begun = True
        self._documents.close()

    def __repr__(self) -> str:
        return f"<iterator of the JSON documents in {self.uri}>"


class AsyncJsonLines(AsyncIterator[Any]):
    """What an `AsyncIterator[JSON]` is read as: reading does not block the event loop."""

    def __init__(self, store: ObjectStore, uri: str) -> None:
        self._lines = JsonLines(store, uri)
        self._ready: collections.deque[Any] = collections.deque()
        self._failure: FlyteTypesError | None = None

    @property
    def uri(self) -> str:
        """Where the documents are."""
        return self._lines.uri

    @property
    def is_begun(self) -> bool:
        """Whether some have been read."""
        return self._lines.is_begun

    def __aiter__(self) -> AsyncJsonLines:
        return self

    async def __anext__(self) -> Any:
        if not self._ready and self._failure is None:
            await in_own_thread(self._read_on)
        if self._ready:
            return self._ready.popleft()
        if self._failure is not None:
            raise self._failure
        raise StopAsyncIteration

    def _read_on(self) -> None:
        try:
            for _, document in zip(range(_READ_AT_A_TIME), self._lines, strict=False):
                self._ready.append(document)
        except FlyteTypesError as error:  # raised behind what came before
            self._failure = error

    def __repr__(self) -> str:
        return f"<async iterator of the JSON documents in {self.uri}>"


class JsonIteratorTransformer(TypeTransformer[Any]):
    """`Iterator[JSON]`: a blob, with a word in the metadata of the type as flytekit has it."""

    name = JSON_ITERATOR
    cls: Any = collections.abc.Iterator

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """The file of a stream."""
        expected = f"`{annotation.source}`"

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            if isinstance(value, (JsonLines, AsyncJsonLines)) and not value.is_begun:
                uri = value.uri
            else:
                documents, turn = self.documents(value, expected), out.once(value, Turn)
                uri = out.promise(Written(lambda sink: write(sink, value, documents, turn)), _NAME)
            fill_blob(into, JSON_LINES_FORMAT, uri)

        def write(sink: BinaryIO, value: Any, documents: Iterator[Any], turn: Turn) -> None:
            with turn.taken() as is_first:
                if not is_first and isinstance(value, (Iterator, AsyncIterator)):
                    raise there_once(value)
                _write(sink, documents)

        def decode(literal: idl.Literal, inbox: Inbox) -> Any:
            uri = checked_uri(blob_uri(inbox.open(literal), f"the file of an {expected}"))
            return self.made(inbox.store or engine.store, uri)

        literal_type = self.literal_type()
        return Converter(
            annotation,
            self.name,
            literal_type=literal_type,
            encode=encode,
            decode=decode,
            engine=engine,
            classes=(JsonLines, AsyncJsonLines),
            levels=BLOB_LEVELS,
            offloads=lambda _: iter(()),
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:  # noqa: ARG002
        """None: what is in a struct is read more than once."""
        raise used_up_in_struct(annotation)

    def literal_type(self) -> idl.LiteralType:
        """The type on the wire."""
        literal_type = blob_type(JSON_LINES_FORMAT)
        idl.fill_struct(literal_type.metadata, JSON_ITERATOR_FORMAT)
        return literal_type

    def documents(self, value: Any, expected: str) -> Iterator[Any]:
        """What a value runs over; raises `ConversionError` for one that does not."""
        return iterated(value, expected)

    def made(self, store: ObjectStore, uri: str) -> Any:
        """What is read."""
        return JsonLines(store, uri)

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:  # noqa: ARG002
        """The annotation, for exactly the type."""
        own = self.literal_type()
        if literal_type.blob != own.blob or literal_type.metadata != own.metadata:
            return None
        form, own_form = form_of(literal_type), form_of(own)
        return self.cls[JSON] if form == own_form else None


class AsyncJsonIteratorTransformer(JsonIteratorTransformer):
    """`AsyncIterator[JSON]` or `AsyncIterable[JSON]`: the same file; the type has a form.

    Args:
        cls: Which one.
    """

    def __init__(self, cls: type) -> None:
        self.name = f"{cls.__name__}[JSON]"  # type: ignore[misc]  # one class serves several names
        self.cls = cls

    def literal_type(self) -> idl.LiteralType:
        """With the form that says which class it is."""
        return with_form(super().literal_type(), self.name)

    def documents(self, value: Any, expected: str) -> Iterator[Any]:
        """As of an iterator; it is run on the I/O thread."""
        return iterated(async_batches(value, expected), expected)

    def made(self, store: ObjectStore, uri: str) -> Any:
        """What is read."""
        return AsyncJsonLines(store, uri)


# --- documents --------------------------------------------------------------------------------------------------------


def _write(sink: BinaryIO, documents: Iterator[Any]) -> None:
    lines: list[str] = []
    for count, document in enumerate(documents):
        try:
            _check(document)
            lines.append(json.dumps(document))
        except RecursionError:
            raise ConversionError("a JSON document", got="one that is nested too deep").within(count) from None
        except ConversionError as error:
            raise error.within(count)  # noqa: B904 - the same error, with its address
        if len(lines) == _WRITTEN_AT_A_TIME:
            sink.write(_joined(lines))
            lines.clear()
    sink.write(_joined(lines))


def _joined(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


_LEAVES: Final = frozenset({type(None), bool, int, str})


def _check(document: Any) -> None:
    """Raise `ConversionError`, with the path in it, for what would be read as something else."""
    cls = type(document)
    if cls in _LEAVES or (cls is float and math.isfinite(document)):
        return
    if cls is list:
        for index, item in enumerate(document):
            try:
                _check(item)
            except ConversionError as error:
                raise error.within(index)  # noqa: B904
    elif cls is dict:
        for key, item in document.items():
            if type(key) is not str:
                raise ConversionError("a JSON document, whose keys are `str`", key)
            try:
                _check(item)
            except ConversionError as error:
                raise error.within(key_step(key))  # noqa: B904
    else:
        reason = "JSON has no number for it" if cls is float else None
        raise ConversionError(
            "a JSON document (None, `bool`, `int`, `float`, `str`, `list`, `dict`)", document, reason=reason
        )


def _read(store: ObjectStore, uri: str) -> typing.Generator[Any, None, None]:
    with open_reader(store, uri) as file:
        for number, line in enumerate(file, 1):
            if line.isspace():
                continue
            try:
                document = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
            except RecursionError:
                raise _no_document(uri, number, "it nests too deep") from None
            except ValueError as error:
                raise _no_document(uri, number, str(error)) from None
            yield document


def _no_document(uri: str, number: int, reason: str) -> ConversionError:
    return ConversionError("a JSON document in each line", got=f"line {number} of `{uri}`", reason=reason)


def register(registry: Registry) -> None:
    """Just these annotations, as `typing` and as `collections.abc` write them."""
    abc = collections.abc
    registry.register(JsonIteratorTransformer(), typing.Iterator[JSON], abc.Iterator[JSON])
    for old, cls in ((typing.AsyncIterator, abc.AsyncIterator), (typing.AsyncIterable, abc.AsyncIterable)):
        registry.register(AsyncJsonIteratorTransformer(cls), old[JSON], cls[JSON])
