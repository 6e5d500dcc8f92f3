"""Adding a type as a file: each of its values is one object in the store."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flytetypes import idl
from flytetypes._annotations import Annotation, source_of
from flytetypes.errors import ConversionError, describe, told
from flytetypes.storage import ObjectStore, Saved
from flytetypes.types._file_values import FILE_SCHEMA, FileForm, FileValueTransformer, load_path
from flytetypes.types._forms import class_path, form_of, with_form
from flytetypes.types._plain import Describing, Schema
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
        load: Reads a value from a local path. The file may be the stored one, which must not be changed, or a copy that
            is gone when it returns.
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


class _Storing(FileValueTransformer):
    """A class whose values are files."""

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
        self.format = format
        self._cls = cls
        self._source = f"`{source_of(cls)}`"
        self._save = save
        self._load = load
        self._runs_code = runs_code

    def form(self, annotation: Annotation, engine: TypeEngine) -> FileForm:  # noqa: ARG002
        """What `save` writes and `load` reads."""
        name = f"value.{self.format}"

        def source(value: Any) -> Saved:
            if type(value) is not self._cls:
                reason = "a subclass would come back as its parent" if isinstance(value, self._cls) else None
                raise ConversionError(self._source, value, reason=reason)
            return Saved(lambda path: self._saved(value, path), name)

        return FileForm(source, self._loaded, self, (self._cls,), name, self._runs_code)

    def literal_type(self) -> idl.LiteralType:
        """With the form that says which class it is."""
        return with_form(super().literal_type(), self.name, **{"class": class_path(self._cls)})

    def describe(self, describing: Describing) -> Schema:  # noqa: ARG002
        """The schema of the map. No class that has such a field is flytekit's: the type of the field has a form."""
        return FILE_SCHEMA

    def _saved(self, value: Any, path: str) -> None:
        try:
            self._save(value, path)
        except Exception as error:  # it is the user's code
            raise ConversionError(f"{self._source} that its `save` can write", value, reason=told(error)) from error

    def _loaded(self, store: ObjectStore, uri: str) -> Any:
        value = load_path(store, uri, f"a file that `load` of {self._source} can read", self._load)
        if type(value) is not self._cls:
            raise ConversionError(self._source, got=f"{describe(value)} from its `load`")
        return value

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:  # noqa: ARG002
        """The class."""
        form = form_of(literal_type)
        return self._cls if form is not None and form["name"] == self.name else None
