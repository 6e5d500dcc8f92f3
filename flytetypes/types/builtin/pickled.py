"""Pickles: a file in the store, for values that were explicitly annotated so. Reading one runs code from it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes._lazy import require
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._plain import PlainCodec
from flytetypes.types._registry import Registry, TypeTransformer

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

T = TypeVar("T")

_PROTOCOL = 5


class Pickle(TypeTransformer[Any]):
    """`Annotated[T, Pickle()]`, in short `Pickled[T]`: `scalar.blob` with the URI of one pickle file."""

    name = _names.PICKLE

    def __repr__(self) -> str:
        return "Pickle()"

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """Any value but None goes; the type names `T` as flytekit does."""
        return Converter(
            annotation,
            self.name,
            literal_type=_names.pickle_type(str(annotation.bare)),
            encode=_encode,
            decode=_decode,
            engine=engine,
            # In Python 3.11 and later `Any` is a class too.
            classes=(annotation.origin,) if isinstance(annotation.origin, type) and annotation.bare is not Any else (),
            levels=5,  # Literal, Scalar, Blob, BlobMetadata, BlobType
            offloads=_offloads,
            runs_code=True,
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """None: a struct holds plain data."""
        raise AnnotationError(
            f"`Pickled[{annotation.source}]` cannot be inside a struct: a pickle is a file of its own"
        )

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """As for a value of its own."""
        return _names.pickle_type(str(annotation.bare))


def _encode(value: Any, into: idl.Literal, out: Outbox) -> None:
    if value is None:
        raise ConversionError("a value to pickle", None)
    blob = into.scalar.blob
    blob.metadata.type.format = _names.PICKLE_FORMAT
    blob.metadata.type.dimensionality = idl.BlobType.SINGLE
    blob.uri = store_pickle(value, out)


def _decode(literal: idl.Literal, inbox: Inbox) -> Any:
    literal = inbox.open(literal)
    if literal.scalar.WhichOneof("value") != "blob":
        raise ConversionError("a pickle file", got=f"the literal {idl.render_literal(literal)}")
    return load_pickle(inbox.read(literal.scalar.blob.uri))


def _offloads(literal: idl.Literal) -> Iterator[str]:
    if literal.scalar.WhichOneof("value") == "blob":
        yield literal.scalar.blob.uri


def store_pickle(value: Any, out: Outbox) -> str:
    """Promise the pickle of a value to the store; the URI it will have, named by the MD5 of its bytes."""
    import hashlib  # dear to import, and pickles are seldom

    data = _dumped(value)
    return out.promise(data, hashlib.md5(data, usedforsecurity=False).hexdigest())


def _dumped(value: Any) -> bytes:
    import pickle

    try:
        return pickle.dumps(value, protocol=_PROTOCOL)
    except (pickle.PicklingError, AttributeError, TypeError):
        # Functions and classes that are not importable by name: cloudpickle carries their code.
        cloudpickle = require("cloudpickle", extra="pickle", purpose="pickling what has no importable name")
        buffer = io.BytesIO()
        try:
            cloudpickle.dump(value, buffer, protocol=_PROTOCOL)
        except (pickle.PicklingError, TypeError) as error:
            raise ConversionError("a value that pickle can hold", value, reason=str(error)) from error
        except Exception as error:  # what a class's `__reduce__` raises may be anything
            raise _unpicklable(value, error) from error
        return buffer.getvalue()
    except Exception as error:
        raise _unpicklable(value, error) from error


def _unpicklable(value: Any, error: Exception) -> ConversionError:
    return ConversionError("a value that pickle can hold", value, reason=f"{type(error).__name__}: {error}")


def load_pickle(data: bytes) -> Any:
    """The value in a pickle. Runs code from it: only for what an annotation asked to be pickled."""
    import pickle

    try:
        return pickle.loads(data)  # noqa: S301 - asked for by the annotation
    except Exception as error:  # it is code from elsewhere, and may raise anything
        reason = f"{type(error).__name__}: {error}"
        raise ConversionError(
            "a pickle that can be read here", got=f"{len(data)} other bytes", reason=reason
        ) from error


PICKLE = Pickle()

if TYPE_CHECKING:
    Pickled = Annotated[T, PICKLE]
    """A value that is stored as a pickle file. Reading runs code from the file, and needs this annotation."""
else:

    class Pickled:
        """`Pickled[T]`: a value that is stored as a pickle file.

        Reading runs code from the file, and needs the same annotation on the reading side.
        """

        def __class_getitem__(cls, annotation: Any) -> Any:
            return Annotated[annotation, PICKLE]


def register(registry: Registry) -> None:
    """Its name only: it compiles nothing but what names it inside `Annotated`."""
    registry.register(PICKLE)
