"""Errors as values: what a failure handler receives in its input `err`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes._record import Record
from flytetypes.errors import ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Converter
from flytetypes.types._plain import check_text
from flytetypes.types._registry import Registry, TypeTransformer

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class FlyteError(Record):
    """What went wrong in a run (`flyteidl/core/types.proto, Error`); not an exception.

    Attributes:
        message: The text of the error.
        failed_node_id: In the input of a failure handler its own node, as the engine has it: `fn0`.
    """

    message: str
    failed_node_id: str


class ErrorTransformer(TypeTransformer[FlyteError]):
    """`FlyteError`: `scalar.error`."""

    name = _names.ERROR

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[FlyteError]:
        """One form, no variants."""
        return Converter(
            annotation,
            self.name,
            literal_type=idl.LiteralType(simple=idl.SimpleType.ERROR),
            encode=_encode,
            decode=_decode,
            engine=engine,
            classes=(FlyteError,),
        )

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """`FlyteError` for ERROR."""
        is_error = literal_type.WhichOneof("type") == "simple" and literal_type.simple == idl.SimpleType.ERROR
        return FlyteError if is_error else None


def _encode(value: FlyteError, into: idl.Literal, out: Outbox) -> None:
    if type(value) is not FlyteError:
        raise ConversionError("`FlyteError`", value)
    for name in ("failed_node_id", "message"):
        text = getattr(value, name)
        if type(text) is not str:
            raise ConversionError("`str`", text).within(f".{name}")
        try:
            check_text(text)
        except ConversionError as error:
            raise error.within(f".{name}")  # noqa: B904 - the same error, with one more step
    into.scalar.error.failed_node_id = value.failed_node_id
    into.scalar.error.message = value.message


def _decode(literal: idl.Literal, inbox: Inbox) -> FlyteError:
    literal = inbox.open(literal)
    if literal.scalar.WhichOneof("value") != "error":
        raise ConversionError("`FlyteError`", got=f"the literal {idl.render_literal(literal)}")
    return FlyteError(message=literal.scalar.error.message, failed_node_id=literal.scalar.error.failed_node_id)


def register(registry: Registry) -> None:
    """The class itself."""
    registry.register(ErrorTransformer(), FlyteError, subclasses=False)
