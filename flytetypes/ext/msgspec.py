"""msgspec structs: a struct, as dataclasses are, with the class's name in its form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

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


class StructTransformer(FormTransformer):
    """Classes derived from `msgspec.Struct`; fields have the names that they have in msgspec's own encodings."""

    name = "msgspec"

    def compile_form(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A struct with a codec for each field."""
        return record_converter(annotation, self.name, engine.plain(annotation), _annotations(annotation), engine)

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """A map from the fields' names to their trees."""
        annotations = _annotations(annotation)
        fields = []
        for field in msgspec.structs.fields(annotation.origin):
            try:
                codec = engine.plain(annotations[field.name])
            except AnnotationError as error:
                raise AnnotationError(f"{error} - in field `{field.name}` of `{annotation.source}`") from None
            fields.append(
                RecordField(
                    field.name,
                    codec,
                    key=field.encode_name,
                    default=MISSING if field.default is msgspec.NODEFAULT else field.default,
                    optional=not field.required,
                )
            )
        return record_codec(annotation, self.name, fields, ours=True)

    def annotation_of(self, form: dict[str, Any], literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """The class, if it is loaded."""
        return loaded_record(form, engine)


def _annotations(annotation: Annotation) -> dict[str, Any]:
    hints = class_hints(annotation.origin, annotation.args)
    return {name: hints[name] for name in annotation.origin.__struct_fields__}


def register(registry: Registry) -> None:
    """Every class of them, by its MRO."""
    registry.register(StructTransformer(), msgspec.Struct)
