"""Sets, tuples of one type, deques and what `collections.abc` calls a sequence, a set or an iterable.

On their own they are collections, as lists are; without an argument, and inside structs, arrays of msgpack. The
elements of a set are written in order, so that equal sets give equal bytes. What an abstract class stands for is noted
beside the value, unless it is the class that is read by default.
"""

from __future__ import annotations

import collections
import collections.abc
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Converter, parse_literal
from flytetypes.types._forms import represented, with_form
from flytetypes.types._plain import (
    Describing,
    Dumping,
    Loading,
    PlainCodec,
    Schema,
    any_codec,
    items_dumper,
    items_loader,
)
from flytetypes.types._registry import Registry
from flytetypes.types._tree import pack
from flytetypes.types.builtin.formed import FormTransformer, tree_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_UNORDERED = frozenset({set, frozenset})


class SequenceTransformer(FormTransformer):
    """One class of sequence, or an abstract class that several of them implement.

    Args:
        cls: What is annotated.
        classes: The exact classes of the values; the first is what is read where nothing says which.
    """

    def __init__(self, cls: type, classes: tuple[type, ...] | None = None, *, announced: bool = True) -> None:
        # `collections.abc.Set` has the name of the class that it is not.
        name = cls.__name__ if cls is not collections.abc.Set else "AbstractSet"
        self.name = name  # type: ignore[misc]  # one class serves many names
        self.announced = announced  # type: ignore[misc]
        self._cls = cls
        self._classes = classes or (cls,)

    def compile_form(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A collection of its elements; a struct where nothing says what these are."""
        arguments = self._arguments(annotation)
        if not arguments:
            return tree_converter(annotation, self.name, engine.plain(annotation), engine)
        (argument,) = arguments
        elements: Converter[list[Any]] = engine.converter(list[argument])  # type: ignore[valid-type]  # made at run time
        item = engine.converter(argument)
        if self._classes[0] in _UNORDERED and item.classes and all(cls.__hash__ is None for cls in item.classes):
            raise AnnotationError(
                f"`{annotation.source}` cannot have elements: a `{item.source}` is not hashable. Use a tuple or a "
                "frozenset, or annotate a list"
            )
        plain = engine.plain(annotation) if item.plain is not None else None
        if len(self._classes) == 1:
            return self._of(self._classes[0], annotation, elements, item, plain)
        return self._abstract(annotation, elements, item, plain)

    def _of(
        self,
        cls: type[Any],
        annotation: Annotation,
        elements: Converter[list[Any]],
        item: Converter[Any],
        plain: PlainCodec[Any] | None,
    ) -> Converter[Any]:
        """The converter of values of one class."""
        expected = f"`{annotation.source}`"
        listed = _sorted_by(item) if cls in _UNORDERED else list

        def dump(values: Any) -> list[Any]:
            if type(values) is not cls:
                raise ConversionError(expected, values)
            if cls is collections.deque:
                _refuse_bounded(values, expected)
            return listed(values)

        def load(values: list[Any]) -> Any:
            try:
                return cls(values)
            except TypeError:  # an element of a set that cannot be looked up
                raise ConversionError(f"{expected} of hashable elements", values) from None

        return represented(
            annotation,
            self.name,
            elements,
            dump=dump,
            load=load,
            classes=(cls,),
            literal_type=lambda typing: with_form(elements.type_within(typing), self.name),
            plain=plain,
        )

    def _abstract(
        self,
        annotation: Annotation,
        elements: Converter[list[Any]],
        item: Converter[Any],
        plain: PlainCodec[Any] | None,
    ) -> Converter[Any]:
        """The converter of values of several classes: the class is noted beside the value, but for the first one."""
        expected, default = f"`{annotation.source}`", self._classes[0]
        by_class = {cls: self._of(cls, annotation, elements, item, plain) for cls in self._classes}
        by_name = {cls.__name__: converter for cls, converter in by_class.items()}
        notes = {cls: _note(cls) for cls in self._classes[1:]}

        def of(values: Any) -> Converter[Any]:
            converter = by_class.get(type(values))
            if converter is None:
                raise ConversionError(expected, values, reason=_why_not(values, self._classes))
            return converter

        def encode(values: Any, into: idl.Literal, out: Outbox) -> None:
            of(values).encode(values, into, out)
            if type(values) is not default:
                into.metadata[_names.CLASS] = type(values).__name__

        def decode(literal: idl.Literal, inbox: Inbox) -> Any:
            literal = inbox.open(literal)
            noted = by_name.get(literal.metadata.get(_names.CLASS, ""), by_class[default])
            return noted.decode(literal, inbox)

        def write(values: Any, out: Outbox) -> bytes:
            data = of(values).write(values, out)
            return data if type(values) is default else data + notes[type(values)]

        def read(data: bytes, inbox: Inbox) -> Any:
            if idl.unwrap(data, idl.COLLECTION) is not None:
                return by_class[default].read(data, inbox)
            for cls, note in notes.items():
                if data.endswith(note) and idl.unwrap(data[: -len(note)], idl.COLLECTION) is not None:
                    return by_class[cls].read(data[: -len(note)], inbox)
            return decode(parse_literal(data), inbox)

        return by_class[default].but(encode=encode, decode=decode, write=write, read=read, classes=self._classes)

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """An array of elements by the argument; without one, of anything plain."""
        args = self._arguments(annotation)
        described = engine.plain(args[0]) if args else None
        item = described or any_codec("Any", self.name)
        expected, classes, default = f"`{annotation.source}`", self._classes, self._classes[0]
        by_name = {cls.__name__: cls for cls in classes}
        dump_items, load_items = items_dumper(item), items_loader(item)
        dump_set = _unordered_dumper(item)

        def dump(values: Any, dumping: Dumping) -> list[Any]:
            cls = type(values)
            if cls not in classes:
                raise ConversionError(expected, values, reason=_why_not(values, classes))
            if cls is collections.deque:
                _refuse_bounded(values, expected)
            if cls is not default:
                dumping.hint(cls.__name__)
            return dump_set(values, dumping) if cls in _UNORDERED else dump_items(values, dumping)

        def load(tree: Any, loading: Loading) -> Any:
            if type(tree) is not list:
                raise ConversionError(expected, tree)
            cls = by_name.get(loading.hint() or "", default) if loading.hints and len(classes) > 1 else default
            items = load_items(tree, loading)
            try:
                return cls(items)
            except TypeError:
                raise ConversionError(f"{expected} of hashable elements", tree) from None

        def describe(describing: Describing) -> Schema:
            schema: Schema = {"type": "array"}
            if described is not None and (items := described.describe(describing)):
                schema["items"] = items
            if default in _UNORDERED:
                schema["uniqueItems"] = True
            return schema

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=describe,
            classes=classes,
            natives=(list,),
            hinted=item.hinted or len(classes) > 1,
            parts=(("element", item),),
        )

    def _arguments(self, annotation: Annotation) -> tuple[Any, ...]:
        return annotation.args[:1] if self._cls is tuple else annotation.arguments(1)

    def annotation_of(self, form: dict[str, Any], literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """The class with what its elements give."""
        cls: Any = self._cls
        if literal_type.WhichOneof("type") != "collection_type":
            return cls
        item = engine.guess(literal_type.collection_type)
        return cls[item, ...] if cls is tuple else cls[item]


def _note(cls: type) -> bytes:
    """What names a class in a serialised Literal: its metadata, which comes after the value."""
    literal = idl.Literal()
    literal.metadata[_names.CLASS] = cls.__name__
    return literal.SerializeToString(deterministic=True)


def _refuse_bounded(values: collections.deque[Any], expected: str) -> None:
    if values.maxlen is not None:
        raise ConversionError(expected, values, reason="its `maxlen` would be lost")


def _why_not(values: Any, classes: tuple[type, ...]) -> str | None:
    if isinstance(values, collections.abc.Iterator):
        return "reading an iterator uses it up: pass a list of it"
    if len(classes) == 1:
        return None
    return f"one of {', '.join(f'`{cls.__name__}`' for cls in classes)} comes back as what it was"


def _sorted_by(item: Converter[Any]) -> Callable[[Iterable[Any]], list[Any]]:
    """How the elements of a set get an order that does not depend on the process: their own, or that of their bytes."""
    bulk = item.bulk

    def by_value(values: Iterable[Any]) -> list[Any]:
        listed = list(values)
        if not set(map(type, listed)) <= {cls}:
            return by_bytes(listed)
        if cls is float and (nans := [value for value in listed if value != value]):
            # NaN has no place among the others, and would leave them as they were.
            return [*sorted(value for value in listed if value == value), *nans]
        if cls is int:
            return idl.sorted_integers(listed)
        listed.sort()
        return listed

    def by_bytes(values: Iterable[Any]) -> list[Any]:
        written: list[tuple[bytes, Any]] = []
        try:
            for value in values:
                written.append((item.write(value, Outbox()), value))  # noqa: PERF401 - the length says where it failed
        except ConversionError as error:
            raise error.within(len(written))  # noqa: B904 - the same error, with one more step
        return [value for _, value in sorted(written, key=itemgetter(0))]

    cls = bulk.cls if bulk is not None else None
    return by_bytes if bulk is None else by_value


def _unordered_dumper(item: PlainCodec[Any]) -> Callable[[Iterable[Any], Dumping], list[Any]]:
    """From the elements of a set to trees in the order of their bytes: equal sets give the same bytes everywhere."""
    dump_item = item.dump

    def dump_items(values: Iterable[Any], dumping: Dumping) -> list[Any]:
        dumped = []
        try:
            for value in values:
                alone = Dumping(dumping.out)
                tree = dump_item(value, alone)
                dumped.append((pack(tree), sorted(alone.hints.items()), tree))
        except ConversionError as error:
            raise error.within(len(dumped))  # noqa: B904 - the same error, with one more step
        dumped.sort(key=itemgetter(0, 1))
        for index, (_, hints, _) in enumerate(dumped):
            dumping.path.append(f"[{index}]")
            for place, hint in hints:
                dumping.hint(hint, mark=place.removeprefix("$"))
            dumping.path.pop()
        return [tree for _, _, tree in dumped]

    return dump_items


def register(registry: Registry) -> None:
    """Each class for itself: one that is derived from it would come back as its parent."""
    abc = collections.abc
    ordered = (list, tuple, collections.deque)
    for transformer, cls in (
        (SequenceTransformer(set), set),
        (SequenceTransformer(frozenset), frozenset),
        (SequenceTransformer(collections.deque), collections.deque),
        (SequenceTransformer(abc.Sequence, ordered), abc.Sequence),
        (SequenceTransformer(abc.Reversible, ordered), abc.Reversible),
        (SequenceTransformer(abc.MutableSequence, (list, collections.deque)), abc.MutableSequence),
        (SequenceTransformer(abc.Collection, (*ordered, set, frozenset)), abc.Collection),
        (SequenceTransformer(abc.Iterable, (*ordered, set, frozenset)), abc.Iterable),
        (SequenceTransformer(abc.Container, (*ordered, set, frozenset)), abc.Container),
        (SequenceTransformer(abc.Set, (set, frozenset)), abc.Set),
        (SequenceTransformer(abc.MutableSet, (set,)), abc.MutableSet),
    ):
        registry.register(transformer, cls, subclasses=False)
