"""attrs classes: a struct, as dataclasses are, with the class's name in its form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError
from flytetypes.types._converter import Converter
from flytetypes.types._plain import PlainCodec
from flytetypes.types._registry import Registry
from flytetypes.types.builtin.formed import FormTransformer
from flytetypes.types.builtin.records import (
    MISSING,
    RecordField,
    class_hints,
    loaded_record,
    record_codec,
    record_converter,
)

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class AttrsTransformer(FormTransformer):
    """Classes made by `attrs.define`, `attrs.frozen` or `attr.s`. Validators and converters run again when read."""

    name = "attrs"

    def compile_form(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A struct with a codec for each attribute."""
        return record_converter(annotation, self.name, engine.plain(annotation), _annotations(annotation), engine)

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """A map from the attributes' names to their trees."""
        annotations = _annotations(annotation)
        fields = []
        for attribute in attrs.fields(annotation.origin):
            try:
                codec = engine.plain(annotations[attribute.name])
            except AnnotationError as error:
                raise AnnotationError(f"{error} - in field `{attribute.name}` of `{annotation.source}`") from None
            default: Any = attribute.default
            fields.append(
                RecordField(
                    attribute.name,
                    codec,
                    argument=attribute.alias,
                    in_init=attribute.init,
                    default=MISSING if default is attrs.NOTHING or isinstance(default, _FACTORY) else default,
                    optional=default is not attrs.NOTHING,
                )
            )
        return record_codec(annotation, self.name, fields, ours=True)

    def annotation_of(self, form: dict[str, Any], literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """The class, if it is loaded."""
        return loaded_record(form, engine)


_FACTORY: type = type(attrs.Factory(list))


def _annotations(annotation: Annotation) -> dict[str, Any]:
    hints = class_hints(annotation.origin, annotation.args)
    # `attr.ib(type=int)` says it without an annotation.
    attributes = attrs.fields(annotation.origin)
    return {attribute.name: hints.get(attribute.name, attribute.type or Any) for attribute in attributes}


def register(registry: Registry) -> None:
    """A form: the classes derive from nothing of attrs."""
    registry.register_form("an attrs class", lambda annotation: attrs.has(annotation.origin), AttrsTransformer())
