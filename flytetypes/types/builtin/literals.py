"""`typing.Literal`: a simple type with the values it allows in its annotation; membership is checked both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, Union, get_args, get_origin

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._forms import form_of, represented, with_form
from flytetypes.types._guess import guess_variant
from flytetypes.types._plain import (
    Describing,
    Dumping,
    Loading,
    PlainCodec,
    Schema,
    dump_native,
    exact_integer,
    json_value,
    scalar_of_numpy,
)
from flytetypes.types._registry import Registry, TypeTransformer

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_BASES = (str, int, float, bool)
_PLAIN = (*_BASES, bytes, type(None))


class LiteralTransformer(TypeTransformer[Any]):
    """`Literal["a", "b"]`: values of one class on the wire; of several inside structs."""

    name = _names.LITERAL

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """The converter of the values' class, with a check of membership around it."""
        _refuse_bare(annotation)
        classes = list(dict.fromkeys(type(value) for value in annotation.args))
        if not set(classes) <= {*_BASES, type(None)}:
            raise AnnotationError(
                f"`{annotation.source}` has values other than str, int, float, bool and None: use an enum, "
                "or put it into a dataclass"
            )
        if len(classes) > 1:
            return self._mixed(annotation, classes, engine)
        base = engine.converter(classes.pop())
        check = _member_check(annotation)
        plain = engine.plain(annotation)
        for value in annotation.args:
            _check_value(annotation, base.to_literal, value)

        def encode(value: Any, into: idl.Literal, out: Outbox) -> None:
            base.encode(check(value), into, out)

        def decode(literal: idl.Literal, inbox: Inbox) -> Any:
            return check(base.decode(literal, inbox))

        literal_type = idl.LiteralType()
        literal_type.CopyFrom(base.literal_type)
        idl.fill_struct(literal_type.annotation.annotations, {_names.LITERAL_VALUES: list(annotation.args)})
        return Converter(
            annotation,
            self.name,
            literal_type=literal_type,
            encode=encode,
            decode=decode,
            engine=engine,
            classes=base.classes,
            plain=plain,
        )

    def _mixed(self, annotation: Annotation, classes: list[type], engine: TypeEngine) -> Converter[Any]:
        """Values of several classes: a union of one `Literal` for each class."""
        variants = [
            None if cls is type(None) else Literal[tuple(value for value in annotation.args if type(value) is cls)]
            for cls in classes
        ]
        union = engine.converter(Union[tuple(variants)])  # noqa: UP007 - made at run time
        check = _member_check(annotation)
        return represented(
            annotation,
            self.name,
            union,
            dump=check,
            load=check,
            classes=classes,
            literal_type=lambda typing: with_form(union.type_within(typing), self.name),
            plain=engine.plain(annotation),
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """The value itself."""
        _refuse_bare(annotation)
        if not all(type(value) in _PLAIN for value in annotation.args):
            raise AnnotationError(f"`{annotation.source}` has values that have no form inside a struct")
        check = _member_check(annotation)
        for value in annotation.args:
            _check_value(annotation, lambda value: dump_native(value, Dumping(Outbox())), value)
        in_json = {}
        for value in reversed(annotation.args):
            found = json_value(value)
            in_json[type(found), found] = value

        def dump(value: Any, dumping: Dumping) -> Any:
            return check(value)

        def load(tree: Any, loading: Loading) -> Any:
            tree = exact_integer(tree, loading)
            if loading.from_json and type(tree) in (str, float):
                tree = in_json.get((type(tree), tree), tree)
            return check(tree)

        def describe(_: Describing) -> Schema:
            values = [json_value(value) if type(value) is bytes else value for value in annotation.args]
            return {"const": values[0]} if len(values) == 1 else {"enum": values}

        classes = tuple(dict.fromkeys(map(type, annotation.args)))
        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=describe,
            classes=classes,
            natives=classes,
            loads={type(json_value(value)) for value in annotation.args},
        )

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """As for a value of its own; left out where the classes are mixed."""
        _refuse_bare(annotation)
        if len({type(value) for value in annotation.args}) != 1 or type(annotation.args[0]) not in _BASES:
            return None
        return super().field_type(annotation, engine, typing)

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """`Literal[...]` of the values in the annotation; of mixed classes what the union's variants are together."""
        form = form_of(literal_type)
        if form is None:
            return _of_values(literal_type)
        if form["name"] != self.name:
            return None
        values: list[Any] = []
        for variant in literal_type.union_type.variants:
            if variant.simple == idl.SimpleType.NONE and variant.WhichOneof("type") == "simple":
                values.append(None)
                continue
            guessed = guess_variant(variant, engine)
            if get_origin(guessed) is not Literal:
                return None
            values += get_args(guessed)
        return Literal[tuple(values)] if values else None


_BASE_OF: Final[dict[int, type]] = {
    idl.SimpleType.STRING: str,
    idl.SimpleType.INTEGER: int,
    idl.SimpleType.FLOAT: float,
    idl.SimpleType.BOOLEAN: bool,
}
_EXACT: Final = 2**53  # up to here a double holds every integer


def _of_values(literal_type: idl.LiteralType) -> Any | None:
    """A Literal of one class; the plain class where a double may not have held what a value was."""
    base = _BASE_OF.get(literal_type.simple) if literal_type.WhichOneof("type") == "simple" else None
    if base is None or _names.LITERAL_VALUES not in literal_type.annotation.annotations.fields:
        return None
    values = idl.read_value(literal_type.annotation.annotations.fields[_names.LITERAL_VALUES])
    members = [_member(value, base) for value in values] if isinstance(values, list) else []
    return Literal[tuple(members)] if members and None not in members else base


def _member(value: Any, base: type) -> Any | None:
    """A value of a Struct as one of the class; None where it is none, or may have been another number."""
    if base is int and type(value) is float and -_EXACT < value < _EXACT and value.is_integer():
        return int(value)
    return value if type(value) is base else None


def _refuse_bare(annotation: Annotation) -> None:
    if not annotation.args:
        raise AnnotationError('`Literal` says nothing about its values: give it arguments, `Literal["a", "b"]`')


def _check_value(annotation: Annotation, write: Callable[[Any], Any], value: Any) -> None:
    try:
        write(value)
    except ConversionError as error:
        raise AnnotationError(f"`{annotation.source}` has a value that cannot be written: {error.summary}") from None


def _member_check(annotation: Annotation) -> Any:
    """A function that gives back the values of a Literal and refuses all others, `True` for `1` among them."""
    members = {(type(value), value) for value in annotation.args}
    shown = ", ".join(map(repr, annotation.args))

    def check(value: Any) -> Any:
        try:
            if (type(value), value) in members:
                return value
            number = scalar_of_numpy(value)
            if (type(number), number) in members:
                return number
        except TypeError:  # not hashable, so not a member
            pass
        raise ConversionError(f"one of {shown}", value)

    return check


def register(registry: Registry) -> None:
    """By its origin."""
    registry.register(LiteralTransformer(), Literal)
