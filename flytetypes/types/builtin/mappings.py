"""Classes of mappings besides `dict`: ordered, counting and default ones, and what `collections.abc` calls a mapping.

With keys of text they are maps on their own, as dicts are; with other keys, or where the order counts, a struct.
"""

from __future__ import annotations

import collections
import collections.abc
import json
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation, concrete_class, parse, source_of
from flytetypes.errors import ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._forms import argument_types, arguments_of, with_form
from flytetypes.types._plain import (
    Dumping,
    Loading,
    PlainCodec,
    any_codec,
    any_key_codec,
    entries_dumper,
    entries_hinted,
    entries_loader,
    json_key,
)
from flytetypes.types._registry import Registry
from flytetypes.types.builtin.dicts import entries_describer
from flytetypes.types.builtin.formed import FormTransformer
from flytetypes.types.builtin.structs import struct_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class MappingTransformer(FormTransformer):
    """One class of mapping, or an abstract class that several of them implement.

    Args:
        cls: What is annotated.
        classes: The exact classes of the values; the first is what is read where nothing says which.
    """

    def __init__(self, cls: type, classes: tuple[type, ...] | None = None) -> None:
        self.name = cls.__name__  # type: ignore[misc]  # one class serves many names
        self._cls = cls
        self._classes = classes or (cls,)

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A class without arguments is an untyped dict on the wire, as flytekit writes its type."""
        if annotation.args or self._classes[0] is not self._cls:
            return super().compile(annotation, engine)
        return struct_converter(
            annotation, _names.DICT, engine.plain(annotation), lambda _: _names.struct_type(), engine, is_dict=True
        )

    def compile_form(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A map where there is one for it; else a struct, and the form tells what keys and values are."""
        args = self._arguments(annotation)
        if args and args[0] is str and collections.OrderedDict is not self._cls:
            return self._map(annotation, args[1], engine)
        codec: PlainCodec[Any] = engine.plain(annotation)

        def literal_type(typing: Typing) -> idl.LiteralType:
            arguments = argument_types(annotation.args, engine, typing) if args else None
            return with_form(_names.struct_type(), self.name, arguments=arguments)

        return struct_converter(annotation, self.name, codec, literal_type, engine, is_dict=True, tag=_names.DICT)

    def _map(self, annotation: Annotation, values: Any, engine: TypeEngine) -> Converter[Any]:
        """The converter of a map of literals; a class that is not the default one is noted beside the value."""
        entries: Converter[dict[str, Any]] = engine.converter(dict[str, values])  # made at run time
        classes, default = self._classes, self._classes[0]
        check, make = self._checked(annotation), self._maker(annotation)
        by_name = {cls.__name__: cls for cls in classes}
        encode_entries, decode_entries = entries.encode, entries.decode

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            encode_entries(dict(check(value)), into, out)
            cls = type(value)
            if cls is not default:
                into.metadata[_names.CLASS] = cls.__name__
                if cls is collections.OrderedDict:
                    into.metadata[_names.ORDER] = json.dumps(list(value), ensure_ascii=False)

        def decode(literal: idl.Literal, inbox: Inbox) -> Any:
            literal = inbox.open(literal)
            found = decode_entries(literal, inbox)
            if len(classes) == 1 or not literal.metadata:
                return make(found)
            if (order := literal.metadata.get(_names.ORDER)) is not None:
                found = _reordered(found, order)
            return by_name.get(literal.metadata.get(_names.CLASS, ""), default)(found)

        return entries.but(
            annotation=annotation,
            transformer=self.name,
            literal_type=lambda typing: with_form(entries.type_within(typing), self.name),
            encode=encode,
            decode=decode,
            classes=classes,
            plain=engine.plain(annotation) if entries.plain is not None else None,
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """Keys and values by the arguments; without them, anything plain. A Counter's values are integers."""
        args = self._arguments(annotation)
        key = engine.plain(args[0]) if args else any_key_codec("Any", self.name)
        value = engine.plain(args[1]) if args else any_codec("Any", self.name)
        expected, classes, default = f"`{annotation.source}`", self._classes, self._classes[0]
        by_name = {cls.__name__: cls for cls in classes}
        dump_items, load_items = entries_dumper(key, value), entries_loader(key, value)
        check, make = self._checked(annotation), self._maker(annotation)
        may_be_ordered = collections.OrderedDict in classes

        def dump(values: Any, dumping: Dumping) -> Any:
            cls = type(check(values))
            if cls is not default:
                dumping.hint(cls.__name__)
            tree = dump_items(values, dumping)
            if cls is collections.OrderedDict and dumping.to_json and len(tree) > 1:
                dumping.hint(json.dumps([json_key(key) for key in tree]), mark=_ORDER_MARK)
            return tree

        def load(tree: Any, loading: Loading) -> Any:
            if type(tree) is not dict:
                raise ConversionError(expected, tree)
            if not loading.hints:
                return make(load_items(tree, loading))
            cls = by_name.get(loading.hint() or "") if len(classes) > 1 else None
            if may_be_ordered and loading.from_json and (hint := loading.hint(mark=_ORDER_MARK)) is not None:
                tree = _reordered(tree, hint)
            return (cls or make)(load_items(tree, loading))

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=entries_describer(key, value) if args else lambda _: {"type": "object"},
            classes=classes,
            natives=(dict,),
            hinted=may_be_ordered or len(classes) > 1 or entries_hinted(key, value),
            parts=(("key", key), ("value", value)) if args else (),
        )

    def _arguments(self, annotation: Annotation) -> tuple[Any, ...]:
        """What keys and values are; nothing where the annotation does not say."""
        if self._cls is collections.Counter:
            return (*annotation.arguments(1), int) if annotation.args else ()
        return annotation.arguments(2)

    def _maker(self, annotation: Annotation) -> Callable[[dict[Any, Any]], Any]:
        if self._cls is not collections.defaultdict:
            return self._classes[0]
        factory = _factory(annotation)
        return lambda entries: collections.defaultdict(factory, entries)

    def _checked(self, annotation: Annotation) -> Callable[[Any], Any]:
        """What is made of a value before it is written: refuses what would come back as something else."""
        expected, classes = f"`{annotation.source}`", self._classes
        factory = _factory(annotation) if self._cls is collections.defaultdict else None

        def check(value: Any) -> Any:
            if type(value) not in classes:
                raise ConversionError(expected, value, reason=_why_not(value, classes))
            if type(value) is collections.defaultdict and value.default_factory is not factory:
                back = source_of(factory)
                raise ConversionError(expected, value, reason=f"its factory would come back as `{back}`")
            return value

        return check

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """As flytekit, by the spelling: a class as a struct, `collections.X[...]` not at all, others as a pickle."""
        if self._classes[0] is self._cls:
            if annotation.bare is self._cls:
                return _names.struct_type()
            if isinstance(annotation.bare, types.GenericAlias):
                return None
        return super().field_type(annotation, engine, typing)

    def annotation_of(self, form: dict[str, Any], literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """The class with what keys and values are."""
        cls: Any = self._cls
        if literal_type.WhichOneof("type") == "map_value_type":
            return cls[str] if cls is collections.Counter else cls[str, engine.guess(literal_type.map_value_type)]
        arguments = arguments_of(form, engine)
        if arguments is None:
            return cls
        return cls[arguments[0]] if cls is collections.Counter and len(arguments) == 1 else cls[arguments]


def _factory(annotation: Annotation) -> type | None:
    """The factory of a defaultdict: the class of its values, where the annotation tells it."""
    values = parse(annotation.args[1]).origin if annotation.args else None
    return concrete_class(values) if isinstance(values, type) and values is not Any else None


def _why_not(values: Any, classes: tuple[type, ...]) -> str | None:
    if len(classes) == 1:
        return None
    if isinstance(values, collections.defaultdict):
        return "its factory would be lost: annotate `defaultdict[K, V]`"
    return f"one of {', '.join(f'`{cls.__name__}`' for cls in classes)} comes back as what it was"


# The mark of a hint that has the keys of an OrderedDict in their order, which a Struct does not keep.
_ORDER_MARK = "(order)"


def _reordered(entries: dict[str, Any], order: str) -> dict[str, Any]:
    """Entries in the order that a JSON array of their keys tells; as they are where that is none."""
    try:
        rank = {name: index for index, name in enumerate(json.loads(order))}
    except (ValueError, TypeError, RecursionError):
        return entries
    return dict(sorted(entries.items(), key=lambda entry: rank.get(entry[0], len(rank))))


def register(registry: Registry) -> None:
    """Each class for itself: one that is derived from it would come back as its parent."""
    abc = collections.abc
    several = (dict, collections.OrderedDict, collections.Counter)
    for transformer, cls in (
        (MappingTransformer(collections.OrderedDict), collections.OrderedDict),
        (MappingTransformer(collections.defaultdict), collections.defaultdict),
        (MappingTransformer(collections.Counter), collections.Counter),
        (MappingTransformer(abc.Mapping, several), abc.Mapping),
        (MappingTransformer(abc.MutableMapping, several), abc.MutableMapping),
    ):
        registry.register(transformer, cls, subclasses=False)
