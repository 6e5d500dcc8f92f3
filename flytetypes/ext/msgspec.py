"""msgspec structs: a struct, as dataclasses are, with the class's name in its form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from flytetypes._annotations import Annotation
from flytetypes.types._registry import Registry
from flytetypes.types.builtin.records import MISSING, RecordField, RecordTransformer, class_hints, field_codec

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class StructTransformer(RecordTransformer):
    """Classes derived from `msgspec.Struct`; fields have the names that they have in msgspec's own encodings."""

    name = "msgspec"

    def fields_of(self, annotation: Annotation, engine: TypeEngine) -> list[RecordField]:
        """One for each field."""
        annotations = self.annotations_of(annotation)
        return [
            RecordField(
                field.name,
                field_codec(annotation, field.name, annotations[field.name], engine),
                key=field.encode_name,
                default=MISSING if field.default is msgspec.NODEFAULT else field.default,
                optional=not field.required,
            )
            for field in msgspec.structs.fields(annotation.origin)
        ]

    def annotations_of(self, annotation: Annotation) -> dict[str, Any]:
        """Those of the class and its bases."""
        hints = class_hints(annotation.origin, annotation.args)
        return {name: hints[name] for name in annotation.origin.__struct_fields__}


def register(registry: Registry) -> None:
    """Every class of them, by its MRO."""
    registry.register(StructTransformer(), msgspec.Struct)
