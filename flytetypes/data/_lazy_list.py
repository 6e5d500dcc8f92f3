"""`LazyList`: a list of which only those elements are read that are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.storage import ObjectStore
from flytetypes.types import Converter, Inbox, NoIndexError, OffloadedList, Outbox, Registry, TypeTransformer
from flytetypes.types._names import LIST

if TYPE_CHECKING:
    from flytetypes.types import TypeEngine

T = TypeVar("T")

_READ_AT_A_TIME = 1024


class LazyList(Sequence[T], Generic[T]):
    """The elements of a list that may lie in the store: `LazyList[T]` where a task has a part of a large list to read.

    It has the type of `list[T]`. Of a list that flytetypes offloaded, `len`, indexing, slicing and iterating read what
    they need; one that another SDK offloaded is read whole at the first need. Passed on, it is not read at all.
    A slice is a list.

    Attributes:
        literal: What it was read from.
        item: The converter of its elements.
    """

    __module__ = "flytetypes.data"  # where users find it, and what is written of it

    def __init__(self, literal: idl.Literal, item: Converter[T], whole: Converter[list[T]], store: ObjectStore) -> None:
        self.literal = literal
        self.item = item
        self._whole = whole
        self._store = store
        self._parts: OffloadedList | list[T] | None = None

    def __len__(self) -> int:
        return len(self._elements())

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        elements = self._elements()
        if isinstance(elements, list):
            return elements[index]
        positions = range(len(elements))[index]
        if isinstance(positions, int):
            return self._read(elements, positions, positions + 1)[0]
        if len(positions) == 0:
            return []
        first, last = min(positions[0], positions[-1]), max(positions[0], positions[-1])
        read = self._read(elements, first, last + 1)
        return [read[position - first] for position in positions]

    def __iter__(self) -> Iterator[T]:
        elements = self._elements()
        if isinstance(elements, list):
            yield from elements
            return
        for start in range(0, len(elements), _READ_AT_A_TIME):
            yield from self._read(elements, start, min(start + _READ_AT_A_TIME, len(elements)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (list, LazyList)):
            return NotImplemented
        return len(self) == len(other) and all(one == another for one, another in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as of a list

    def __repr__(self) -> str:
        return f"<LazyList of {self.item.source}>"

    def _elements(self) -> OffloadedList | list[T]:
        if self._parts is None:
            if self.literal.HasField("offloaded_metadata"):
                try:
                    self._parts = OffloadedList(self._store, self.literal)
                    return self._parts
                except NoIndexError:
                    pass
            self._parts = self._whole.to_python(self.literal)
        return self._parts

    def _read(self, elements: OffloadedList, start: int, stop: int) -> list[T]:
        collection = idl.Literal()
        collection.collection.literals.extend(elements.read(start, stop))
        try:
            return self._whole.to_python(collection)
        except ConversionError as error:
            error.steps[-1:] = [f"[{start + int(error.steps[-1][1:-1])}]"] if error.steps else []
            raise


class LazyListTransformer(TypeTransformer[Any]):
    """`LazyList[T]`: on the wire a `list[T]`."""

    name = "LazyList"

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """As the list; decoding keeps the literal."""
        if not annotation.arguments(1):
            raise AnnotationError(f"`{annotation.source}` says nothing about its elements: annotate `LazyList[T]`")
        item = engine.converter(annotation.args[0])
        whole: Converter[Any] = engine.converter(list[annotation.args[0]])  # type: ignore[name-defined]  # made here
        expected = f"`{annotation.source}`"

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            if type(value) is list:
                whole.encode(value, into, out)
            elif not isinstance(value, LazyList):
                raise ConversionError(f"{expected} or a `list`", value)
            elif value.item.literal_type != item.literal_type:
                raise ConversionError(expected, got=f"{value!r}")
            else:
                into.CopyFrom(value.literal)

        def decode(literal: idl.Literal, inbox: Inbox) -> LazyList[Any]:
            if literal.WhichOneof("value") not in ("offloaded_metadata", "collection"):
                raise ConversionError(expected, got=f"the literal {idl.render_literal(literal)}")
            kept = idl.Literal()
            kept.CopyFrom(literal)
            return LazyList(kept, item, whole, inbox.store or engine.store)

        return Converter(
            annotation,
            self.name,
            literal_type=whole.type_within,
            encode=encode,
            decode=decode,
            engine=engine,
            classes=(LazyList,),
            levels=whole.levels,
            offloads=lambda _: iter(()),
            reads_later=True,
            runs_code=item.runs_code,
            parts=(("element", item),),
            tag=LIST,
        )


def register(registry: Registry) -> None:
    """`LazyList` itself."""
    registry.register(LazyListTransformer(), LazyList, subclasses=False)
