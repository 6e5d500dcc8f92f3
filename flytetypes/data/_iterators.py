"""Iterators: `Iterator[T]` and its async kin, on the wire the list of what they run over.

Writing one uses it up. What is read is an iterator that knows how much is left, and makes each element when it comes to
it: of an offloaded list only a part is in memory at a time. Streams of JSON documents are the subject of `_json_lines`.
"""

from __future__ import annotations

import collections.abc
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from flytetypes import idl
from flytetypes._annotations import Annotation, source_of
from flytetypes.errors import AnnotationError, ConversionError, told
from flytetypes.storage import ObjectStore, in_own_thread
from flytetypes.types import (
    Converter,
    Inbox,
    NoIndexError,
    NotFetched,
    OffloadedList,
    Outbox,
    PlainCodec,
    Registry,
    TypeTransformer,
)
from flytetypes.types._forms import form_of, with_form
from flytetypes.types._names import ITERATOR, LIST

if TYPE_CHECKING:
    from flytetypes.types import TypeEngine

T = TypeVar("T")

_READ_AT_A_TIME: Final = 1024


class _Elements(Generic[T]):
    """The literals of a list, from the first one on.

    Attributes:
        literal: The list; a pointer where it is offloaded.
        item: The converter of the elements.
        position: Which one comes next.
    """

    def __init__(self, literal: idl.Literal, item: Converter[T], store: ObjectStore) -> None:
        self.literal = literal
        self.item = item
        self.position = 0
        self._store = store
        self._all: OffloadedList | Sequence[idl.Literal] | None = None
        self._read: list[idl.Literal] = []
        self._read_from = 0

    @property
    def in_memory(self) -> bool:
        """Whether the next one can be had without reading anything."""
        if self.literal.HasField("offloaded_metadata") and not isinstance(self._all, Sequence):
            return 0 <= self.position - self._read_from < len(self._read)
        return True

    def left(self) -> int:
        """How many there are from the next one on."""
        return len(self._elements()) - self.position

    def literal_of_next(self) -> idl.Literal | None:
        """The next one; None at the end."""
        elements = self._elements()
        if self.position >= len(elements):
            return None
        if not isinstance(elements, OffloadedList):
            return elements[self.position]
        if not 0 <= self.position - self._read_from < len(self._read):
            stop = min(self.position + _READ_AT_A_TIME, len(elements))
            self._read, self._read_from = elements.read(self.position, stop), self.position
        return self._read[self.position - self._read_from]

    def _elements(self) -> OffloadedList | Sequence[idl.Literal]:
        if self._all is None:
            self._all = self._open()
        return self._all

    def _open(self) -> OffloadedList | Sequence[idl.Literal]:
        if self.literal.HasField("offloaded_metadata"):
            try:
                return OffloadedList(self._store, self.literal)
            except NoIndexError:
                pass
        objects: dict[str, bytes] = {}
        while True:
            try:
                opened = Inbox(objects).open(self.literal)
            except NotFetched as missing:
                uri = str(missing.wanted[0])
                objects[uri] = self._store.get(uri)
                continue
            return list(opened.collection.literals)


class SizedIterator(Iterator[T], Generic[T]):
    """What an `Iterator[T]` is read as; `len` is the number of elements that are left."""

    def __init__(self, elements: _Elements[T]) -> None:
        self._elements = elements

    def __len__(self) -> int:
        return self._elements.left()

    def __iter__(self) -> SizedIterator[T]:
        return self

    def __next__(self) -> T:
        elements = self._elements
        literal = elements.literal_of_next()
        if literal is None:
            raise StopIteration
        try:
            value = elements.item.to_python(literal)
        except ConversionError as error:
            raise error.within(elements.position)  # noqa: B904 - the same error, with its address
        elements.position += 1
        return value

    def __repr__(self) -> str:
        return f"<iterator of {self._elements.item.source}>"


class SizedAsyncIterator(AsyncIterator[T], Generic[T]):
    """What an `AsyncIterator[T]` is read as: reading does not block the event loop."""

    def __init__(self, elements: _Elements[T], engine: TypeEngine, argument: Any) -> None:
        self._elements = elements
        self._engine = engine
        self._argument = argument

    def __aiter__(self) -> SizedAsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        elements = self._elements
        read = elements.literal_of_next
        literal = read() if elements.in_memory else await in_own_thread(read)
        if literal is None:
            raise StopAsyncIteration
        try:
            value: T = await self._engine.to_python_async(literal, self._argument)
        except ConversionError as error:
            raise error.within(elements.position)  # noqa: B904
        elements.position += 1
        return value

    def __repr__(self) -> str:
        return f"<async iterator of {self._elements.item.source}>"


class IteratorTransformer(TypeTransformer[Any]):
    """`Iterator[T]`: on the wire a `list[T]`, as flytekit has it."""

    name = ITERATOR
    tag = ITERATOR

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """The converter of the list, but that reading keeps the literal."""
        if len(annotation.args) != 1:
            raise AnnotationError(
                f"`{annotation.source}` says nothing about its elements: annotate `{annotation.source}[T]`"
            )
        (argument,) = annotation.args
        item = engine.converter(argument)
        whole: Converter[Any] = engine.converter(list[argument])  # type: ignore[valid-type]  # made at run time
        expected = f"`{annotation.source}`"

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            kept = self._kept(value, item)
            if kept is not None:
                into.CopyFrom(kept)
            else:
                whole.encode(out.once(value, lambda: self.drained(value, expected)), into, out)

        def write(value: Any, out: Outbox) -> bytes:
            kept = self._kept(value, item)
            if kept is not None:
                return bytes(kept.SerializeToString(deterministic=True))
            return whole.write(out.once(value, lambda: self.drained(value, expected)), out)

        def decode(literal: idl.Literal, inbox: Inbox) -> Any:
            if literal.WhichOneof("value") not in ("offloaded_metadata", "collection"):
                raise ConversionError(expected, got=f"the literal {idl.render_literal(literal)}")
            own = idl.Literal()
            own.CopyFrom(literal)
            elements = _Elements(own, item, inbox.store or engine.store)
            return self.made(elements, engine, argument)

        return Converter(
            annotation,
            self.name,
            literal_type=whole.type_within
            if self.tag == ITERATOR
            else lambda t: with_form(whole.type_within(t), self.name),
            encode=encode,
            decode=decode,
            write=write,
            engine=engine,
            classes=(SizedIterator, SizedAsyncIterator),
            levels=whole.levels,
            offloads=lambda _: iter(()),
            reads_later=True,
            runs_code=item.runs_code,
            parts=(("element", item),),
            tag=self.tag,
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:  # noqa: ARG002
        """None: what is in a struct is read more than once."""
        raise used_up_in_struct(annotation)

    def drained(self, value: Any, expected: str) -> list[Any]:
        """All that an iterator has left; raises `ConversionError` for what is none."""
        return list(iterated(value, expected))

    def made(self, elements: _Elements[Any], engine: TypeEngine, argument: Any) -> Any:  # noqa: ARG002
        """What is read."""
        return SizedIterator(elements)

    @staticmethod
    def _kept(value: Any, item: Converter[Any]) -> idl.Literal | None:
        """The literal that a value was read from, if nothing of it has been used and it is of the same type."""
        if not isinstance(value, (SizedIterator, SizedAsyncIterator)):
            return None
        elements: _Elements[Any] = value._elements  # noqa: SLF001 - of this module
        fits = elements.position == 0 and elements.item.literal_type == item.literal_type
        return elements.literal if fits else None


class AsyncIteratorTransformer(IteratorTransformer):
    """`AsyncIterator[T]` or `AsyncIterable[T]`: on the wire a `list[T]` that has a form.

    Args:
        cls: Which one.
    """

    tag = LIST

    def __init__(self, cls: type) -> None:
        self.name = cls.__name__  # type: ignore[misc]  # one class serves several names
        self._cls: Any = cls

    def drained(self, value: Any, expected: str) -> list[Any]:
        """As of an iterator; it runs on a loop of its own, where it may use files and stores in the plain way."""
        return list(iterated(async_batches(value, expected), expected))

    def made(self, elements: _Elements[Any], engine: TypeEngine, argument: Any) -> Any:
        """What is read."""
        return SizedAsyncIterator(elements, engine, argument)

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """The class with what its elements give."""
        form = form_of(literal_type)
        if form is None or form["name"] != self.name or literal_type.WhichOneof("type") != "collection_type":
            return None
        return self._cls[engine.guess(literal_type.collection_type)]


def iterated(value: Any, expected: str) -> Iterator[Any]:
    """What an iterator or any other iterable gives; raises `ConversionError` for others, and when it fails."""
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes, bytearray, Mapping)):
        raise ConversionError(f"{expected} or what it can be made of, a list or a generator", value)
    return _numbered(value, expected)


def _numbered(value: Iterable[Any], expected: str) -> Iterator[Any]:
    count = 0
    elements = iter(value)
    while True:
        try:
            element = next(elements)
        except StopIteration:
            return
        except ConversionError as error:
            raise error.within(count)  # noqa: B904 - the same error, with its address
        except Exception as error:  # it is the user's code
            misfit = ConversionError(f"{expected} that comes to its end", got="one that fails", reason=told(error))
            raise misfit.within(count) from error
        yield element
        count += 1


def async_batches(value: Any, expected: str) -> Iterator[Any]:
    """What an async iterator gives, for code that is not async; raises `ConversionError` for what is none."""
    if not isinstance(value, AsyncIterable):
        raise ConversionError(f"{expected}, such as an async generator", value)
    return _from_loop(value)


def _from_loop(value: AsyncIterable[Any]) -> Iterator[Any]:
    import asyncio

    elements = aiter(value)

    async def batch() -> tuple[list[Any], Exception | None, bool]:
        taken: list[Any] = []
        try:
            while len(taken) < _READ_AT_A_TIME:
                taken.append(await anext(elements))
        except StopAsyncIteration:
            return taken, None, True
        except Exception as error:  # noqa: BLE001 - the user's code; raised behind what came before
            return taken, error, True
        return taken, None, False

    from concurrent.futures import ThreadPoolExecutor  # dear to import, as asyncio is

    loop = asyncio.new_event_loop()
    # Not in this thread, where another loop may run, and not on the I/O thread, which serves what it reads.
    with ThreadPoolExecutor(1, thread_name_prefix="flytetypes-iterator") as thread:
        try:
            ended = False
            while not ended:
                taken, error, ended = thread.submit(loop.run_until_complete, batch()).result()
                yield from taken
                if error is not None:
                    raise error
        finally:
            thread.submit(loop.run_until_complete, loop.shutdown_asyncgens()).result()
            loop.close()


class Turn:
    """Who reads something next that only one can read at a time, and perhaps only one at all."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_used = False

    @contextmanager
    def taken(self) -> Iterator[bool]:
        """Read in the block, alone; whether nobody has before."""
        with self._lock:
            is_first, self._is_used = not self._is_used, True
            yield is_first


def there_once(value: Any) -> ConversionError:
    """A value that stands in two places, and is gone when the first has been written."""
    return ConversionError("a value that is there once", value, reason="reading it uses it up")


def used_up_in_struct(annotation: Annotation) -> AnnotationError:
    """Why something that can be read once has no place inside structs."""
    item = source_of(annotation.args[0]) if annotation.args else ""
    instead = f"Pass it on its own, or annotate `list[{item}]`" if item else "Annotate `FlyteFile` there"
    return AnnotationError(f"`{annotation.source}` cannot be inside a struct: reading uses it up. {instead}")


def register(registry: Registry) -> None:
    """The abstract classes: what implements them is made by the reader."""
    registry.register(IteratorTransformer(), collections.abc.Iterator, subclasses=False)
    for cls in (collections.abc.AsyncIterator, collections.abc.AsyncIterable):
        registry.register(AsyncIteratorTransformer(cls), cls, subclasses=False)
