"""What `Annotated` adds to a compiled converter: data in the type, a hash in the literal."""

from __future__ import annotations

from typing import Any

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Outbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._markers import FlyteAnnotation, HashMethod, OfType
from flytetypes.types._plain import check_text


def modified(converter: Converter[Any], annotation: Annotation) -> Converter[Any]:
    """The converter with the `FlyteAnnotation`, the first `HashMethod` and the `OfType` of an annotation.

    Raises:
        AnnotationError: For more than one FlyteAnnotation, or one that uses a reserved key.
    """
    notes = [extra for extra in annotation.extras if isinstance(extra, FlyteAnnotation)]
    hashes = [extra for extra in annotation.extras if isinstance(extra, HashMethod)]
    exact = [extra.literal_type for extra in annotation.extras if isinstance(extra, OfType)]
    if not notes and not hashes and not exact:
        return converter
    if len(notes) > 1:
        raise AnnotationError(f"`{annotation.source}` has {len(notes)} FlyteAnnotations: put all data into one")
    if notes and _names.RESERVED_ANNOTATION in notes[0].data:
        raise AnnotationError(
            f"the key '{_names.RESERVED_ANNOTATION}' of a FlyteAnnotation is reserved: use another one"
        )
    if notes:
        try:
            idl.fill_struct(idl.Struct(), notes[0].data)
        except (TypeError, ValueError) as error:
            source = annotation.source
            raise AnnotationError(f"the data of a FlyteAnnotation on `{source}` is not JSON: {error}") from None
    if exact:
        literal_type: Any = exact[-1]  # the outermost; it says everything
    else:
        literal_type = _annotated_type(converter, notes[0]) if notes else converter.type_within
    changes: dict[str, Any] = {"annotation": annotation, "literal_type": literal_type}
    if hashes:  # only a hash is in the literal; the rest is in the type
        changes["encode"] = _hashing(converter, hashes[0])
    if exact:  # the type of a variant may name another transformer
        changes["tag"] = exact[-1].structure.tag or converter.tag
    else:
        changes["unmodified"] = converter
    return converter.but(**changes)


def _annotated_type(converter: Converter[Any], note: FlyteAnnotation) -> Any:
    def type_within(typing: Typing) -> idl.LiteralType:
        literal_type = idl.LiteralType()
        literal_type.CopyFrom(converter.type_within(typing))
        idl.fill_struct(literal_type.annotation.annotations, note.data)
        return literal_type

    return type_within


def _hashing(converter: Converter[Any], method: HashMethod[Any]) -> Any:
    encode_bare = converter.encode

    def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
        encode_bare(value, into, out)
        try:
            digest = method.function(value)
        except Exception as error:  # it is a function of the user's
            got = f"{type(error).__name__}: {error}"
            raise ConversionError("a HashMethod that returns `str`", got=got) from error
        if not isinstance(digest, str):
            raise ConversionError("a HashMethod that returns `str`", digest)
        into.hash = check_text(digest)

    return encode
