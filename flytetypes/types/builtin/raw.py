"""Literals as they are, as values of `Annotated[idl.Literal, OfType(literal_type)]`: for types that have no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Converter
from flytetypes.types._depth import limited
from flytetypes.types._markers import OfType

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_NAME = "Literal"


def raw_converter(annotation: Annotation, engine: TypeEngine) -> Converter[idl.Literal] | None:
    """The converter of literals as values; None for any other annotation.

    The message itself is the value: copied in and out, and what it refers to is left where it is. `idl.Literal` without
    a type, or with that of a protobuf message, is a message like any other.
    """
    types = [extra.literal_type for extra in annotation.extras if isinstance(extra, OfType)]
    if annotation.origin is not idl.Literal or not types or _names.PROTOBUF_CLASS in types[-1].metadata.fields:
        return None

    def encode(value: idl.Literal, into: idl.Literal, out: Outbox) -> None:
        if type(value) is not idl.Literal:
            raise ConversionError("a `Literal`", value)
        into.CopyFrom(value)

    def decode(literal: idl.Literal, inbox: Inbox) -> idl.Literal:
        value = idl.Literal()
        value.CopyFrom(inbox.open(literal))
        return value

    return Converter(
        annotation,
        _NAME,
        literal_type=types[-1],
        encode=limited(encode, None),
        decode=decode,
        engine=engine,
        classes=(idl.Literal,),
        levels=None,
    )
