"""From a LiteralType to an annotation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes.errors import AnnotationError
from flytetypes.types._forms import form_of

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


def guess_annotation(literal_type: idl.LiteralType, engine: TypeEngine) -> Any:
    """The first annotation that a transformer offers; raises `AnnotationError` when none does."""
    form = form_of(literal_type)
    formed = engine.registry.named(form["name"]) if form is not None else None
    if formed is not None:
        annotation = formed.guess(literal_type, engine)
        if annotation is not None:
            return annotation
    for transformer in engine.registry.transformers():
        annotation = transformer.guess(literal_type, engine)
        if annotation is not None:
            return annotation
    raise AnnotationError(f"no annotation is known for the type {idl.render_type(literal_type)}")
