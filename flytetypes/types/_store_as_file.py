"""Adding a type as a file: each of its values is one object in the store."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flytetypes import idl
from flytetypes._annotations import Annotation, source_of
from flytetypes.errors import AnnotationError, ConversionError, describe, told
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Converter
from flytetypes.types._forms import class_path, form_of, with_form
from flytetypes.types._plain import PlainCodec
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types._shared import shared_registry

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

T = TypeVar("T")

_OF_FORMATS: Final = frozenset(string.ascii_letters + string.digits + "._+-")


def store_as_file(
    cls: type[T],
    *,
    format: str,  # noqa: A002 - the field's word: flyteidl/core/types.proto, BlobType.format
    save: Callable[[T, str], object],
    load: Callable[[str], T],
    name: str | None = None,
    runs_code: bool = False,
    registry: Registry | None = None,
) -> TypeTransformer[T]:
    """Have values of a class kept in the store, one file each.

    Args:
        cls: The class; not those derived from it.
        format: Of the file, as Flyte shows it, and the ending of its name: `onnx`.
        save: Writes a value to a local path, when the value has been accepted and is about to be uploaded.
        load: Reads a value from a local path. The file is gone when it returns.
        name: Stored in data, so that it may never change; by default the module and name of the class.
        runs_code: Whether `load` runs code from the file, as unpickling does; `flytetypes show` then says so.
        registry: With which to register; by default the one that engines share.

    Returns:
        The transformer, which is registered.

    Raises:
        RegistrationError: When the class or the name belongs to another transformer.
    """
    if not isinstance(cls, type):
        raise TypeError(f"store_as_file() takes a class, got {describe(cls)}")
    if not format or not set(format) <= _OF_FORMATS:
        raise ValueError(f"a format is the ending of a file's name, letters, digits and `._+-`, got {format!r}")
    storing = _Storing(cls, format, save, load, name or class_path(cls), runs_code=runs_code)
    (registry or shared_registry()).register(storing, cls, subclasses=False)
    return storing


class _Storing(TypeTransformer[Any]):
    """A class whose values are files: `scalar.blob` with the URI of one."""

    def __init__(
        self,
        cls: type,
        format: str,  # noqa: A002
        save: Callable[[Any, str], object],
        load: Callable[[str], Any],
        name: str,
        *,
        runs_code: bool,
    ) -> None:
        self.name = name  # type: ignore[misc]  # one class serves many names
        self._cls = cls
        self._source = f"`{source_of(cls)}`"
        self._format = format
        self._save = save
        self._load = load
        self._runs_code = runs_code

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A blob."""
        blob_type = idl.LiteralType()
        blob_type.blob.format = self._format
        blob_type.blob.dimensionality = idl.BlobType.SINGLE
        literal_type = with_form(blob_type, self.name, **{"class": class_path(self._cls)})

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            if type(value) is not self._cls:
                reason = "a subclass would come back as its parent" if isinstance(value, self._cls) else None
                raise ConversionError(self._source, value, reason=reason)
            blob = into.scalar.blob
            blob.metadata.type.CopyFrom(blob_type.blob)
            blob.uri = out.promise(lambda: self._saved(value), f"value.{self._format}")

        def decode(literal: idl.Literal, inbox: Inbox) -> Any:
            literal = inbox.open(literal)
            if literal.scalar.WhichOneof("value") != "blob":
                raise ConversionError(f"the file of a {self._source}", got=f"the literal {idl.render_literal(literal)}")
            value = self._loaded(inbox.read(literal.scalar.blob.uri))
            if type(value) is not self._cls:
                raise ConversionError(self._source, got=f"{describe(value)} from its `load`")
            return value

        return Converter(
            annotation,
            self.name,
            literal_type=lambda _: literal_type,
            encode=encode,
            decode=decode,
            engine=engine,
            classes=(self._cls,),
            levels=5,  # Literal, Scalar, Blob, BlobMetadata, BlobType
            offloads=_uri_of,
            runs_code=self._runs_code,
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:  # noqa: ARG002
        """None."""
        raise AnnotationError(
            f"`{annotation.source}` cannot be inside a struct: it is a file of its own. Pass it on its own, or in a "
            "list or dict"
        )

    def _saved(self, value: Any) -> bytes:
        """The bytes of the file that `save` writes."""
        import tempfile  # dear to import, and most engines store nothing
        from pathlib import Path

        with tempfile.TemporaryDirectory(prefix="flytetypes-") as folder:
            path = Path(folder) / f"value.{self._format}"
            try:
                self._save(value, str(path))
                return path.read_bytes()
            except Exception as error:  # it is the user's code
                raise ConversionError(f"{self._source} that its `save` can write", value, reason=told(error)) from error

    def _loaded(self, data: bytes) -> Any:
        """The value that `load` reads from a file of these bytes."""
        import tempfile
        from pathlib import Path

        with tempfile.TemporaryDirectory(prefix="flytetypes-") as folder:
            path = Path(folder) / f"value.{self._format}"
            path.write_bytes(data)
            try:
                return self._load(str(path))
            except Exception as error:  # it is the user's code
                raise ConversionError(
                    f"a file that `load` of {self._source} can read", got=f"{len(data)} bytes", reason=told(error)
                ) from error

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:  # noqa: ARG002
        """The class."""
        form = form_of(literal_type)
        return self._cls if form is not None and form["name"] == self.name else None


def _uri_of(literal: idl.Literal) -> Iterator[str]:
    if literal.scalar.WhichOneof("value") == "blob":
        yield literal.scalar.blob.uri
