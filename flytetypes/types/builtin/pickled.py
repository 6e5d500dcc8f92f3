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
from flytetypes.types._boxes import Fetch, Inbox, Outbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._guess_texts import annotation_of_text
from flytetypes.types._plain import PlainCodec
from flytetypes.types._registry import Registry, TypeTransformer

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

T = TypeVar("T")

_PROTOCOL = 5


class Pickle(TypeTransformer[Any]):
    """`Annotated[T, Pickle()]`, in short `Pickled[T]`: `scalar.blob` with the URI of one pickle file.

    Args:
        class_name: What the type says of the class, where that is not `T` itself: the class may not be there.
    """

    name = _names.PICKLE

    def __init__(self, class_name: str | None = None) -> None:
        self._class_name = class_name

    def __repr__(self) -> str:
        return "Pickle()" if self._class_name is None else f"Pickle({self._class_name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pickle) and other._class_name == self._class_name

    def __hash__(self) -> int:
        return hash((Pickle, self._class_name))

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """Any value but None goes; the type names `T` as flytekit does."""
        return Converter(
            annotation,
            self.name,
            literal_type=self._type(annotation),
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
        return self._type(annotation)

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """`Pickled[T]` for a class that is loaded, else `Annotated[Any, Pickle(class_name)]`."""
        if literal_type.blob.format != _names.PICKLE_FORMAT or literal_type.blob.dimensionality != idl.BlobType.SINGLE:
            return None
        class_name = _names.pickled_class(literal_type)
        if class_name is None:
            return Annotated[Any, PICKLE]
        found = annotation_of_text(class_name)
        if found is not None and str(found) == class_name:
            return Annotated[found, PICKLE]
        return Annotated[Any, Pickle(class_name)]

    def _type(self, annotation: Annotation) -> idl.LiteralType:
        return _names.pickle_type(str(annotation.bare) if self._class_name is None else self._class_name)


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


def _offloads(literal: idl.Literal) -> Iterator[str | Fetch]:
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
