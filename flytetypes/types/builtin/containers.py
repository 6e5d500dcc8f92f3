"""Containers that exist inside structs only: tuples, named tuples, sets, typed dicts and the classes around them."""

from __future__ import annotations

import collections
import collections.abc
import json
import types
import typing
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation, hints_of
from flytetypes.errors import ConversionError, key_step
from flytetypes.types import _names
from flytetypes.types._boxes import Outbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._plain import (
    Describing,
    Dumping,
    Loading,
    PlainCodec,
    Schema,
    any_codec,
    any_key_codec,
    entries_dumper,
    entries_hinted,
    entries_loader,
    hint_step,
    items_dumper,
    items_loader,
    json_key,
)
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types._tree import json_tree, pack
from flytetypes.types.builtin.dicts import entries_describer
from flytetypes.types.builtin.fields import FieldTransformer
from flytetypes.types.builtin.structs import struct_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class SequenceTransformer(FieldTransformer):
    """One class of sequence: an array of its elements."""

    def __init__(
        self,
        name: str,
        cls: type,
        *,
        accepts: tuple[type, ...] = (),
        announced: bool = True,
        unique: bool = False,
    ) -> None:
        self.name = name  # type: ignore[misc]  # one class serves many names
        self.announced = announced  # type: ignore[misc]
        self._cls = cls
        self._accepts = accepts or (cls,)
        self._unique = unique

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """Elements by the argument; without one, anything plain."""
        args = annotation.args[:1] if self._cls is tuple else annotation.arguments(1)
        described = engine.plain(args[0]) if args else None
        item = described or any_codec("Any", self.name)
        expected, cls, accepts = f"`{annotation.source}`", self._cls, self._accepts
        dump_items, load_items = _unordered_dumper(item) if self._unique else items_dumper(item), items_loader(item)

        def dump(values: Any, dumping: Dumping) -> list[Any]:
            if type(values) not in accepts:
                raise ConversionError(expected, values)
            return dump_items(values, dumping)

        def load(tree: Any, loading: Loading) -> Any:
            if type(tree) is not list:
                raise ConversionError(expected, tree)
            items = load_items(tree, loading)
            try:
                return cls(items)
            except TypeError:  # an element of a set that cannot be looked up
                raise ConversionError(f"{expected} of hashable elements", tree) from None

        def describe(describing: Describing) -> Schema:
            schema: Schema = {"type": "array"}
            if described is not None and (items := described.describe(describing)):
                schema["items"] = items
            if self._unique:
                schema["uniqueItems"] = True
            return schema

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=describe,
            classes=accepts,
            natives=(list,),
            hinted=item.hinted,
            parts=(("element", item),),
        )


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


class TupleTransformer(FieldTransformer):
    """`tuple[A, B]` and NamedTuple classes: an array with a codec for each place."""

    name = "tuple"
    announced = False

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """One codec for each place; `tuple[T, ...]` and a bare `tuple` have any number of the same."""
        cls = annotation.origin
        if cls is tuple:
            args = annotation.args
            if not args or (len(args) == 2 and args[1] is Ellipsis):
                return SequenceTransformer(self.name, tuple, announced=False).compile_plain(annotation, engine)
            args = () if args == ((),) else args
            return _places(annotation, tuple, [engine.plain(arg) for arg in args], {}, engine)
        names: tuple[str, ...] = cls._fields
        hints = hints_of(cls)
        codecs = [engine.plain(hints.get(name, Any)) for name in names]
        return _places(annotation, cls, codecs, cls._field_defaults, engine)


def _places(
    annotation: Annotation, cls: type[Any], codecs: list[PlainCodec[Any]], defaults: dict[str, Any], engine: TypeEngine
) -> PlainCodec[Any]:
    expected = f"`{annotation.source}`"
    names: tuple[str, ...] = getattr(cls, "_fields", ())
    steps = [f".{name}" for name in names] or [f"[{index}]" for index in range(len(codecs))]
    make = cls if not names else getattr(cls, "_make")  # noqa: B009 - only a NamedTuple has it

    def dump(values: Any, dumping: Dumping) -> list[Any]:
        if type(values) is not cls or len(values) != len(codecs):
            raise ConversionError(expected, values)
        return list(_each(zip(codecs, values, strict=True), dumping, "dump"))

    def load(tree: Any, loading: Loading) -> Any:
        if type(tree) is not list or not len(codecs) - len(defaults) <= len(tree) <= len(codecs):
            raise ConversionError(expected, tree)
        values = list(_each(zip(codecs, tree, strict=False), loading, "load"))
        return make([*values, *(defaults[name] for name in names[len(values) :])])

    def _each(pairs: Iterable[tuple[PlainCodec[Any], Any]], context: Any, verb: str) -> Iterable[Any]:
        for index, (codec, item) in enumerate(pairs):
            context.path.append(f"[{index}]")
            try:
                yield getattr(codec, verb)(item, context)
            except ConversionError as error:
                raise error.within(steps[index])  # noqa: B904 - the same error, with one more step
            context.path.pop()

    def describe(describing: Describing) -> Schema:
        if not codecs:
            return {"type": "array", "maxItems": 0}
        items = [dict(codec.describe(describing)) for codec in codecs]
        for name, schema, codec in zip(names, items, codecs, strict=False):
            if name in defaults:
                schema["default"] = json_tree(codec.dump(defaults[name], Dumping(Outbox())))
        return {"type": "array", "prefixItems": items, "minItems": len(codecs), "maxItems": len(codecs)}

    return PlainCodec(
        annotation.source,
        TupleTransformer.name,
        dump=dump,
        load=load,
        describe=describe,
        classes=(cls,),
        natives=(list,),
        hinted=any(codec.hinted for codec in codecs),
        parts=tuple((step.strip("."), codec) for step, codec in zip(steps, codecs, strict=True)),
    )


class MappingTransformer(FieldTransformer):
    """One class of mapping: a map with converted keys."""

    def __init__(self, name: str, cls: type, *, accepts: tuple[type, ...] = (), counts: bool = False) -> None:
        self.name = name  # type: ignore[misc]  # one class serves many names
        self._cls = cls
        self._accepts = accepts or (cls,)
        self._counts = counts

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """The class itself is an untyped dict on the wire, as flytekit writes its type."""
        if annotation.args or self._cls is dict:
            return super().compile(annotation, engine)
        return struct_converter(
            annotation, _names.DICT, engine.plain(annotation), lambda _: _names.struct_type(), engine, is_dict=True
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """Keys and values by the arguments; without them, anything plain. A Counter's values are integers."""
        args = annotation.arguments(1 if self._counts else 2)
        typed = bool(args)
        key = engine.plain(args[0]) if typed else any_key_codec("Any", self.name)
        value = engine.plain(int if self._counts else args[1]) if typed else any_codec("Any", self.name)
        expected, accepts = f"`{annotation.source}`", self._accepts
        dump_items, load_items = entries_dumper(key, value), entries_loader(key, value)
        make = self._maker(annotation)
        ordered = self._cls is collections.OrderedDict

        def dump(values: Any, dumping: Dumping) -> Any:
            if type(values) not in accepts:
                raise ConversionError(expected, values)
            tree = dump_items(values, dumping)
            if ordered and dumping.to_json and len(tree) > 1:
                dumping.hint(json.dumps([json_key(key) for key in tree]), mark=_ORDER_MARK)
            return tree

        def load(tree: Any, loading: Loading) -> Any:
            if type(tree) is not dict:
                raise ConversionError(expected, tree)
            if ordered and loading.from_json and (hint := loading.hint(mark=_ORDER_MARK)) is not None:
                tree = _reordered(tree, hint)
            return make(load_items(tree, loading))

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=entries_describer(key, value) if typed else lambda _: {"type": "object"},
            classes=accepts,
            natives=(dict,),
            hinted=ordered or entries_hinted(key, value),
            parts=(("key", key), ("value", value)) if typed else (),
        )

    def _maker(self, annotation: Annotation) -> Callable[[dict[Any, Any]], Any]:
        if self._cls is not collections.defaultdict:
            return self._cls
        factory = typing.get_origin(annotation.args[1]) or annotation.args[1] if annotation.args else None
        return lambda entries: collections.defaultdict(factory if isinstance(factory, type) else None, entries)

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """As flytekit, by the spelling: a class as a struct, `collections.X[...]` not at all, others as a pickle."""
        if self._cls is not dict:
            if annotation.bare is self._cls:
                return _names.struct_type()
            if isinstance(annotation.bare, types.GenericAlias):
                return None
        return super().field_type(annotation, engine, typing)


# The mark of a hint that has the keys of an OrderedDict in their order, which a Struct does not keep.
_ORDER_MARK = "(order)"


def _reordered(tree: dict[str, Any], hint: str) -> dict[str, Any]:
    try:
        rank = {name: index for index, name in enumerate(json.loads(hint))}
    except (ValueError, TypeError, RecursionError):
        return tree
    return dict(sorted(tree.items(), key=lambda entry: rank.get(entry[0], len(rank))))


class TypedDictTransformer(TypeTransformer[dict[str, Any]]):
    """TypedDict classes: a struct with a codec for each key."""

    name = "TypedDict"

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[dict[str, Any]]:
        """A struct without a schema, as flytekit types it."""
        return struct_converter(
            annotation, _names.DICT, engine.plain(annotation), lambda _: _names.struct_type(), engine, is_dict=True
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[dict[str, Any]]:
        """Required keys must be there, unknown ones must not."""
        cls = annotation.origin
        hints = hints_of(cls)
        codecs: dict[str, PlainCodec[Any]] = {name: engine.plain(hint) for name, hint in hints.items()}
        # Where annotations are postponed the class itself has not seen its `NotRequired`.
        required = {name for name, hint in hints.items() if _is_required(hint, default=name in cls.__required_keys__)}
        expected = f"`{annotation.source}`"

        def convert(values: Any, context: Any, verb: str, *, strict: bool) -> dict[str, Any]:
            if type(values) is not dict:
                raise ConversionError(expected, values)
            result: dict[str, Any] = {}
            for name, item in values.items():
                codec = codecs.get(name)
                if codec is None:
                    if not strict:
                        continue
                    raise ConversionError(f"a key of {expected}", got=f"the key {name!r}")
                context.path.append(hint_step(name))
                try:
                    result[name] = getattr(codec, verb)(item, context)
                except ConversionError as error:
                    raise error.within(key_step(name))  # noqa: B904 - the same error, with one more step
                context.path.pop()
            missing = sorted(required - result.keys())
            if missing:
                raise ConversionError(f"{expected} with the key '{missing[0]}'", got="one without it")
            return result

        def describe(describing: Describing) -> Schema:
            properties = {name: codec.describe(describing) for name, codec in codecs.items()}
            schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
            if required:
                schema["required"] = [name for name in codecs if name in required]
            return schema

        return PlainCodec(
            annotation.source,
            self.name,
            dump=lambda values, dumping: convert(values, dumping, "dump", strict=True),
            load=lambda tree, loading: convert(tree, loading, "load", strict=loading.strict),
            describe=describe,
            classes=(dict,),
            natives=(dict,),
            hinted=any(codec.hinted for codec in codecs.values()),
            parts=tuple(codecs.items()),
        )

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """A struct without a schema."""
        return _names.struct_type()


def _is_named_tuple(annotation: Annotation) -> bool:
    cls = annotation.origin
    return isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")


def _is_required(hint: Any, *, default: bool) -> bool:
    while (origin := typing.get_origin(hint)) is not None:
        name: str | None = getattr(origin, "_name", None)
        if name in ("Required", "NotRequired"):
            return name == "Required"
        if name != "ReadOnly" and origin is not typing.Annotated:
            break
        hint = hint.__origin__ if origin is typing.Annotated else typing.get_args(hint)[0]
    return default


def _is_typed_dict(annotation: Annotation) -> bool:
    cls = annotation.origin
    return isinstance(cls, type) and issubclass(cls, dict) and hasattr(cls, "__required_keys__")


def register(registry: Registry) -> None:
    """Each class for itself, and the two forms."""
    tuples = TupleTransformer()
    registry.register(tuples, tuple, subclasses=False)
    registry.register_form("a NamedTuple", _is_named_tuple, tuples)
    registry.register_form("a TypedDict", _is_typed_dict, TypedDictTransformer())
    abc = collections.abc
    for cls, sequence in (
        (set, SequenceTransformer("set", set, unique=True)),
        (frozenset, SequenceTransformer("frozenset", frozenset, unique=True)),
        (collections.deque, SequenceTransformer("deque", collections.deque)),
        (abc.Sequence, SequenceTransformer("Sequence", list, accepts=(list,))),
        (abc.MutableSequence, SequenceTransformer("MutableSequence", list, accepts=(list,))),
    ):
        registry.register(sequence, cls, subclasses=False)
    for mapping_cls, mapping in (
        (collections.OrderedDict, MappingTransformer("OrderedDict", collections.OrderedDict)),
        (collections.defaultdict, MappingTransformer("defaultdict", collections.defaultdict)),
        (collections.Counter, MappingTransformer("Counter", collections.Counter, counts=True)),
        (abc.Mapping, MappingTransformer("Mapping", dict, accepts=(dict,))),
        (abc.MutableMapping, MappingTransformer("MutableMapping", dict, accepts=(dict,))),
    ):
        registry.register(mapping, mapping_cls, subclasses=False)
