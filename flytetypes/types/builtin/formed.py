"""What the types that Flyte has no word for share: their own form on the wire, and flytekit's inside structs.

On its own such a type is a plain one that everybody reads, and its `flytetypes.form` says which class it is (`_forms`).
As the field of a struct it is announced as flytekit announces it: as a pickle, or not at all, although its value is
plain.
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
from flytetypes.types._forms import form_of, represented, with_form
from flytetypes.types._plain import Dumping, Loading, PlainCodec, any_codec, check_text
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types.builtin.pickled import PICKLE
from flytetypes.types.builtin.structs import struct_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class FormTransformer(TypeTransformer[Any]):
    """The base of the transformers of such types.

    Attributes:
        announced: Whether flytekit announces a field of the type (as a pickle) or leaves it out.
        cls: The class, of those that serve just one.
    """

    announced: ClassVar[bool] = True
    cls: type | None = None

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """Its form; with the switch for moving over, a pickle where flytekit pickles."""
        if engine.allow_pickle and self.announced:
            return PICKLE.compile(annotation, engine)
        return self.compile_form(annotation, engine)

    def compile_form(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """The converter of a value on its own; what it is inside structs, unless another form is given."""
        return tree_converter(annotation, self.name, engine.plain(annotation), engine)

    @abstractmethod
    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """The form inside a struct."""

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """A pickle's type with the annotation's text, or nothing."""
        return _names.pickle_type(str(annotation.bare)) if self.announced else None

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """The annotation of a type that has this transformer's form."""
        form = form_of(literal_type)
        return None if form is None or form["name"] != self.name else self.annotation_of(form, literal_type, engine)

    def annotation_of(self, form: dict[str, Any], literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """The annotation that a form stands for, which is the one class; None where it says too little."""
        return self.cls


class TextTransformer(FormTransformer):
    """A class whose text says everything about a value: `load(dump(value)) == value`. On the wire it is a string.

    Args:
        name: Its name.
        cls: The class that is annotated.
        schema: What its JSON schema says besides `"type": "string"`.
        load: Text to value; raises `ValueError` or `ArithmeticError` for other text. The class itself by default.
        dump: Value to text.
        classes: The exact classes of the values, where they are others.
    """

    def __init__(
        self,
        name: str,
        cls: type,
        schema: dict[str, Any],
        load: Callable[[str], Any] | None = None,
        dump: Callable[[Any], str] = str,
        *,
        classes: tuple[type, ...] | None = None,
    ) -> None:
        self.name = name  # type: ignore[misc]  # one class serves many names
        self.cls = cls
        self._classes = classes or (cls,)
        self._schema = schema
        self._load = load or cls
        self._dump = dump

    def compile_form(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A string."""
        text = engine.converter(str)
        dump, load = self._functions(annotation)
        literal_type = with_form(text.literal_type, self.name)
        return represented(
            annotation,
            self.name,
            text,
            dump=dump,
            load=load,
            classes=self._classes,
            literal_type=lambda _: literal_type,
            plain=engine.plain(annotation),
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """A string."""
        dump_text, load_text = self._functions(annotation)

        def dump(value: Any, dumping: Dumping) -> str:
            return dump_text(value)

        def load(tree: Any, loading: Loading) -> Any:
            return load_text(tree)

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=lambda _: {"type": "string", **self._schema},
            classes=self._classes,
            natives=(str,),
        )

    def _functions(self, annotation: Annotation) -> tuple[Callable[[Any], str], Callable[[Any], Any]]:
        expected, classes = f"`{annotation.source}`", self._classes
        to_text, from_text = self._dump, self._load

        def dump(value: Any) -> str:
            if type(value) not in classes:
                raise ConversionError(expected, value)
            try:
                return check_text(to_text(value))
            except ValueError as error:  # more digits than Python writes as a text, and reads
                raise ConversionError(expected, value, reason=str(error)) from None

        def load(text: Any) -> Any:
            if type(text) is str:
                try:
                    return from_text(text)
                except (ValueError, ArithmeticError):
                    pass
            raise ConversionError(expected, text)

        return dump, load


def tree_converter(
    annotation: Annotation, transformer: str, codec: PlainCodec[Any], engine: TypeEngine, **facts: Any
) -> Converter[Any]:
    """The converter of a type whose form is a struct with its tree: what it is inside structs too."""
    return struct_converter(
        annotation,
        transformer,
        codec,
        lambda _: with_form(_names.struct_type(codec.schema(ours=True)), transformer, **facts),
        engine,
        tag=_names.DICT,
    )


class AnyTransformer(FormTransformer):
    """`Any`: whatever a tree can hold."""

    name = "Any"

    def compile_form(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """Refused: inside a struct there is a tree to hold it, on its own nothing says what it is."""
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
        registry.register_package(package, "flytetypes.types.builtin.texts")
