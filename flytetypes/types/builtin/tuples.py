"""Tuples with a type for each place, and NamedTuple classes.

Inside structs both are arrays, as flytekit has them. On its own a NamedTuple is a struct with its fields by name, so
that an attribute of a promise finds them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Outbox
from flytetypes.types._converter import Converter
from flytetypes.types._forms import argument_types, arguments_of, with_form
from flytetypes.types._plain import Describing, Dumping, Loading, PlainCodec, Schema
from flytetypes.types._registry import Registry
from flytetypes.types._tree import json_tree
from flytetypes.types.builtin.formed import FormTransformer
from flytetypes.types.builtin.records import (
    MISSING,
    RecordField,
    RecordTransformer,
    class_hints,
    field_codec,
    record_codec,
    record_converter,
)
from flytetypes.types.builtin.sequences import SequenceTransformer
from flytetypes.types.builtin.structs import struct_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class TupleTransformer(FormTransformer):
    """`tuple[A, B]`: a struct that is an array. `tuple[T, ...]` is a collection, as every sequence of one type."""

    name = "tuple"
    announced = False
    _of_any_length = SequenceTransformer(tuple, announced=False)

    def compile_form(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """An array with a codec for each place; the types of the places are told in the form."""
        if _is_of_any_length(annotation):
            return self._of_any_length.compile_form(annotation, engine)
        codec: PlainCodec[Any] = engine.plain(annotation)
        return struct_converter(
            annotation,
            self.name,
            codec,
            lambda typing: with_form(
                _names.struct_type(codec.schema(ours=True)),
                self.name,
                arguments=argument_types(annotation.args, engine, typing),
            ),
            engine,
            tag=_names.DICT,
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """One codec for each place; `tuple[T, ...]` and a bare `tuple` have any number of the same."""
        if _is_of_any_length(annotation):
            return self._of_any_length.compile_plain(annotation, engine)
        return _places(annotation, self.name, [engine.plain(arg) for arg in annotation.args])

    def annotation_of(self, form: dict[str, Any], literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """With the types that the form tells."""
        if "arguments" not in form:
            return self._of_any_length.annotation_of(form, literal_type, engine)
        arguments: Any = arguments_of(form, engine)
        return None if arguments is None else tuple[arguments]  # made at run time


def _is_of_any_length(annotation: Annotation) -> bool:
    args = annotation.args
    if not args:  # `tuple[()]` has no arguments, and yet has brackets
        return getattr(annotation.bare, "__args__", None) is None
    return len(args) == 2 and args[1] is Ellipsis


class NamedTupleTransformer(RecordTransformer):
    """Classes made by `typing.NamedTuple` or `collections.namedtuple`."""

    name = "NamedTuple"
    announced = False

    def compile_form(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A struct with a codec for each field; an array of them, as inside structs, is read too."""
        codec = record_codec(annotation, self.name, self.fields_of(annotation, engine), from_list=True)
        return record_converter(annotation, self.name, codec, self.annotations_of(annotation), engine)

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """An array with a codec for each field; what is missing at its end takes its default."""
        codecs = [field.codec for field in self.fields_of(annotation, engine)]
        return _places(annotation, self.name, codecs, annotation.origin._fields, annotation.origin._field_defaults)

    def fields_of(self, annotation: Annotation, engine: TypeEngine) -> list[RecordField]:
        """One for each place."""
        defaults = annotation.origin._field_defaults
        return [
            RecordField(
                name,
                field_codec(annotation, name, hint, engine),
                default=defaults.get(name, MISSING),
                optional=name in defaults,
            )
            for name, hint in self.annotations_of(annotation).items()
        ]

    def annotations_of(self, annotation: Annotation) -> dict[str, Any]:
        """Those of the class; of a `namedtuple` that has none, `Any`."""
        hints = class_hints(annotation.origin, annotation.args)
        return {name: hints.get(name, Any) for name in annotation.origin._fields}


def _places(
    annotation: Annotation,
    transformer: str,
    codecs: list[PlainCodec[Any]],
    names: tuple[str, ...] = (),
    defaults: dict[str, Any] | None = None,
) -> PlainCodec[Any]:
    """The codec of a tuple as an array, place by place."""
    cls = annotation.origin
    expected = f"`{annotation.source}`"
    defaults = defaults or {}
    steps = [f".{name}" for name in names] or [f"[{index}]" for index in range(len(codecs))]
    make: Callable[[list[Any]], Any] = cls._make if names else cls
    hinted = any(codec.hinted for codec in codecs)
    dumps, loads = [codec.dump for codec in codecs], [codec.load for codec in codecs]
    least = len(codecs) - len(defaults)

    def dump(values: Any, dumping: Dumping) -> list[Any]:
        if type(values) is not cls or len(values) != len(dumps):
            raise ConversionError(expected, values)
        return each(dumps, values, dumping, with_paths=hinted)

    def load(tree: Any, loading: Loading) -> Any:
        if type(tree) is not list or not least <= len(tree) <= len(loads):
            raise ConversionError(expected, tree)
        values = each(loads, tree, loading, with_paths=bool(loading.hints))
        return make([*values, *(defaults[name] for name in names[len(values) :])])

    def each(functions: list[Any], items: Any, context: Any, *, with_paths: bool) -> list[Any]:
        done: list[Any] = []
        try:
            for function, item in zip(functions, items, strict=False):
                if with_paths:
                    context.path.append(f"[{len(done)}]")
                    done.append(function(item, context))
                    context.path.pop()
                else:
                    done.append(function(item, context))
        except ConversionError as error:
            raise error.within(steps[len(done)])  # noqa: B904 - the same error, with one more step
        return done

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
        transformer,
        dump=dump,
        load=load,
        describe=describe,
        classes=(cls,),
        natives=(list,),
        hinted=hinted,
        parts=tuple((step.strip("."), codec) for step, codec in zip(steps, codecs, strict=True)),
    )


def _is_named_tuple(annotation: Annotation) -> bool:
    cls = annotation.origin
    return isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")


def register(registry: Registry) -> None:
    """`tuple` itself, and the form."""
    registry.register(TupleTransformer(), tuple, subclasses=False)
    registry.register_form("a NamedTuple", _is_named_tuple, NamedTupleTransformer())
