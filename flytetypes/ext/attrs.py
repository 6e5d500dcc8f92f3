"""attrs classes: a struct, as dataclasses are, with the class's name in its form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from flytetypes._annotations import Annotation
from flytetypes.types._registry import Registry
from flytetypes.types.builtin.records import MISSING, RecordField, RecordTransformer, class_hints, field_codec

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class AttrsTransformer(RecordTransformer):
    """Classes made by `attrs.define`, `attrs.frozen` or `attr.s`. Validators and converters run again when read."""

    name = "attrs"

    def fields_of(self, annotation: Annotation, engine: TypeEngine) -> list[RecordField]:
        """One for each attribute, read under its name and made under its alias."""
        annotations = self.annotations_of(annotation)
        fields = []
        for attribute in attrs.fields(annotation.origin):
            default: Any = attribute.default
            fields.append(
                RecordField(
                    attribute.name,
                    field_codec(annotation, attribute.name, annotations[attribute.name], engine),
                    argument=attribute.alias,
                    in_init=attribute.init,
                    default=MISSING if default is attrs.NOTHING or isinstance(default, _FACTORY) else default,
                    optional=default is not attrs.NOTHING,
                )
            )
        return fields

    def annotations_of(self, annotation: Annotation) -> dict[str, Any]:
        """Those of the class; `attr.ib(type=int)` says it without one."""
        hints = class_hints(annotation.origin, annotation.args)
        attributes = attrs.fields(annotation.origin)
        return {attribute.name: hints.get(attribute.name, attribute.type or Any) for attribute in attributes}


_FACTORY: type = type(attrs.Factory(list))


def register(registry: Registry) -> None:
    """A form: the classes derive from nothing of attrs."""
    registry.register_form("an attrs class", lambda annotation: attrs.has(annotation.origin), AttrsTransformer())
