"""Types that exist inside structs only: they have a form in a tree, and none on Flyte's wire of their own.

A field of such a type is announced as flytekit announces it: as a pickle, or not at all, although its value is plain.
"""

from __future__ import annotations

import typing
from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import _names
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._plain import Dumping, Loading, PlainCodec, any_codec, check_text
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types.builtin.pickled import PICKLE

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class FieldTransformer(TypeTransformer[Any]):
    """The base of the transformers of such types.

    Attributes:
        announced: Whether flytekit announces a field of the type (as a pickle) or leaves it out.
    """

    announced: ClassVar[bool] = True

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """Refused: there is no literal for it. With the switch for moving over, pickled where flytekit pickles."""
        if engine.allow_pickle and self.announced:
            return PICKLE.compile(annotation, engine)
        raise AnnotationError(
            f"`{annotation.source}` has no form of its own on the wire: put it into a dataclass, "
            f"or annotate it as `Pickled[{annotation.source}]`"
        )

    @abstractmethod
    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """The form inside a struct."""

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """A pickle's type with the annotation's text, or nothing."""
        return _names.pickle_type(str(annotation.bare)) if self.announced else None


class ClassTransformer(FieldTransformer):
    """A class with one codec.

    Args:
        name: Its name.
        codec: Made for the class when it is compiled.
    """

    def __init__(self, name: str, codec: Callable[[str], PlainCodec[Any]]) -> None:
        self.name = name  # type: ignore[misc]  # one class serves many names
        self._codec = codec

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """The codec of the class."""
        return self._codec(annotation.source)


class TextTransformer(FieldTransformer):
    """A class whose text says everything about a value: `load(dump(value)) == value`.

    Args:
        name: Its name.
        classes: The exact classes of the values.
        schema: What its JSON schema says besides `"type": "string"`.
        load: Text to value; raises `ValueError` or `ArithmeticError` for other text.
        dump: Value to text.
    """

    def __init__(
        self,
        name: str,
        classes: tuple[type, ...],
        schema: dict[str, Any],
        load: Callable[[str], Any],
        dump: Callable[[Any], str] = str,
    ) -> None:
        self.name = name  # type: ignore[misc]  # one class serves many names
        self._classes = classes
        self._schema = schema
        self._load = load
        self._dump = dump

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """A string."""
        expected = f"`{annotation.source}`"

        def dump(value: Any, dumping: Dumping) -> str:
            if type(value) not in self._classes:
                raise ConversionError(expected, value)
            return check_text(self._dump(value))

        def load(tree: Any, loading: Loading) -> Any:
            if type(tree) is str:
                try:
                    return self._load(tree)
                except (ValueError, ArithmeticError):
                    pass
            raise ConversionError(expected, tree)

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=lambda _: {"type": "string", **self._schema},
            classes=self._classes,
            natives=(str,),
        )


class AnyTransformer(FieldTransformer):
    """`Any`: whatever a tree can hold."""

    name = "Any"

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """Refused, unless it is to be pickled."""
        if engine.allow_pickle:
            return super().compile(annotation, engine)
        source = annotation.source
        raise AnnotationError(
            f"`{source}` says nothing about the value: annotate its class, or `Pickled[{source}]` to have it pickled"
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """Plain values as they are."""
        return any_codec(annotation.source, self.name)


def register(registry: Registry) -> None:
    """`Any` and type variables here; each further family brings its classes when one of them is first looked up."""
    anything = AnyTransformer()
    registry.register(anything, Any)
    registry.register_form("a type variable", lambda annotation: isinstance(annotation.bare, typing.TypeVar), anything)
    for package in ("decimal", "uuid", "pathlib", "fractions", "ipaddress"):
        registry.register_package(package, "flytetypes.types.builtin.text_fields")
