"""Dataclasses: a struct with a JSON schema, its fields converted by their annotations, every one checked both ways."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import _names
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._forms import argument_types, arguments_of, class_path, form_of, loaded_class, with_form
from flytetypes.types._guess_struct import guess_struct
from flytetypes.types._guess_texts import takes_arguments
from flytetypes.types._plain import Dumping, Loading, PlainCodec
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types.builtin.records import (
    MISSING,
    RecordField,
    Unvalued,
    class_hints,
    field_codec,
    fill_field_types,
    record_codec,
)
from flytetypes.types.builtin.structs import struct_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class DataclassTransformer(TypeTransformer[Any]):
    """Classes decorated with `dataclasses.dataclass` that nothing else is registered for."""

    name = _names.DATACLASS

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A struct; its type has the schema and the type of each field."""
        cls = annotation.origin
        codec: PlainCodec[Any] = engine.plain(annotation)

        def literal_type(typing: Typing) -> idl.LiteralType:
            result = _names.struct_type(codec.schema())
            hints = field_annotations(cls, annotation.args)
            typing.tell(annotation.key[0], lambda: fill_field_types(result, hints, engine, typing))
            if not annotation.args:
                return result
            # flytekit has no generic classes, so this type is ours to say more of.
            arguments = argument_types(annotation.args, engine, typing)
            return with_form(result, self.name, **{"class": class_path(cls)}, arguments=arguments)

        return struct_converter(annotation, self.name, codec, literal_type, engine)

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """A map from the fields' names to their trees, in order of declaration."""
        codec = record_codec(annotation, self.name, _fields(annotation, engine), from_dict=True)
        return _through_json(codec, annotation.origin) if _is_json_mixin(annotation.origin) else codec

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """As for a value of its own."""
        converter: Converter[Any] = engine.converter_of(annotation)
        return converter.type_within(typing)

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """A generic class with its arguments, where it is loaded; else a dataclass made for a struct with a schema."""
        form = form_of(literal_type)
        cls = loaded_class(form.get("class")) if form is not None and form["name"] == self.name else None
        if form is None or cls is None or not hasattr(cls, "__dataclass_fields__") or not takes_arguments(cls):
            return guess_struct(literal_type, engine)
        arguments: Any = arguments_of(form, engine)
        try:
            return cls[arguments]  # type: ignore[index]
        except TypeError:  # not so many of them
            return None


def field_annotations(cls: type, args: tuple[Any, ...] = ()) -> dict[str, Any]:
    """Every annotation of a dataclass by name; those of a generic one with its arguments filled in.

    Raises:
        AnnotationError: When an annotation names what cannot be found.
    """
    from dataclasses import InitVar

    annotations: dict[str, Any] = {}
    hints = class_hints(cls, args)
    # Not `fields()`: ClassVars and InitVars are among these too.
    for name in cls.__dataclass_fields__:  # type: ignore[attr-defined]
        hint = hints[name]
        if typing.get_origin(hint) is typing.ClassVar or hint is typing.ClassVar:
            annotations[name] = Unvalued(str(hint))
        elif isinstance(hint, InitVar):
            annotations[name] = Unvalued(f"dataclasses.InitVar[{getattr(hint.type, '__name__', hint.type)}]")
        else:
            annotations[name] = hint
    return annotations


def _fields(annotation: Annotation, engine: TypeEngine) -> list[RecordField]:
    import dataclasses  # dear to import; whoever has a dataclass has it already

    cls = annotation.origin
    annotations = field_annotations(cls, annotation.args)
    # mashumaro's names for the wire: an alias per field, written when the class says so.
    by_alias = getattr(getattr(cls, "Config", None), "serialize_by_alias", False) is True
    fields = []
    for field in dataclasses.fields(cls):
        alias = field.metadata.get("alias")
        key = alias if by_alias and isinstance(alias, str) else field.name
        no_default = field.default is dataclasses.MISSING
        fields.append(
            RecordField(
                field.name,
                field_codec(annotation, field.name, annotations[field.name], engine),
                key=key,
                aliases=(alias,) if isinstance(alias, str) else (),
                in_init=field.init,
                default=MISSING if no_default else field.default,
                optional=not no_default or field.default_factory is not dataclasses.MISSING,
            )
        )
    for name, hint in annotations.items():
        if isinstance(hint, Unvalued) and "InitVar" in hint.text and not hasattr(cls, name):
            raise AnnotationError(
                f"`{annotation.source}` needs `{name}` to be made and does not keep it: give the InitVar a default"
            )
    return fields


# --- mashumaro's mixin ------------------------------------------------------------------------------------------------


def _is_json_mixin(cls: type) -> bool:
    """Whether a class brings its own JSON by mashumaro: flytekit then stores what that JSON parses to."""
    return any(
        (base.__module__, base.__name__) == ("mashumaro.mixins.json", "DataClassJSONMixin") for base in cls.__mro__
    )


def _through_json(codec: PlainCodec[Any], cls: Any) -> PlainCodec[Any]:
    """A codec that checks fields like any other, and has the class write and read the tree."""
    import json

    def dump(value: Any, dumping: Dumping) -> Any:
        checked = codec.dump(value, dumping)
        return json.loads(value.to_json()) if type(value) is cls else checked

    def load(tree: Any, loading: Loading) -> Any:
        try:
            return cls.from_json(json.dumps(tree))
        except (LookupError, TypeError, ValueError) as error:  # mashumaro's errors are all three
            raise ConversionError(f"`{codec.source}`", tree, reason=" ".join(str(error).split())) from None

    return codec.but(dump=dump, load=load)


def register(registry: Registry) -> None:
    """A form: it comes after everything that is registered for a class."""
    registry.register_form(
        "a dataclass",
        lambda annotation: isinstance(annotation.origin, type) and hasattr(annotation.origin, "__dataclass_fields__"),
        DataclassTransformer(),
    )
