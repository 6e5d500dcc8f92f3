"""What `Annotated` adds to a compiled converter: data in the type, a hash in the literal."""

from __future__ import annotations

from typing import Any

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Outbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._markers import FlyteAnnotation, HashMethod
from flytetypes.types._plain import check_text


def modified(converter: Converter[Any], annotation: Annotation) -> Converter[Any]:
    """The converter with the `FlyteAnnotation` and the first `HashMethod` of an annotation; else as it is.

    Raises:
        AnnotationError: For more than one FlyteAnnotation, or one that uses a reserved key.
    """
    notes = [extra for extra in annotation.extras if isinstance(extra, FlyteAnnotation)]
    hashes = [extra for extra in annotation.extras if isinstance(extra, HashMethod)]
    if not notes and not hashes:
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
    return Converter(
        annotation,
        converter.transformer,
        literal_type=_annotated_type(converter, notes[0]) if notes else converter.type_within,
        encode=_hashing(converter, hashes[0]) if hashes else converter.encode,
        decode=converter.decode,
        engine=converter.engine,
        classes=converter.classes,
        plain=converter.plain,
        levels=converter.levels,
        offloads=converter.offloads,
        runs_code=converter.runs_code,
        parts=converter.parts,
        unmodified=converter,
        tag=converter.tag,
    )


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
