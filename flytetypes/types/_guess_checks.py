"""Whether an annotation is what a struct says of a field: its schema, its announcement, its default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar, Union, get_origin

from flytetypes import idl
from flytetypes._annotations import concrete_class, parse
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types._boxes import Inbox, NotFetched, Outbox
from flytetypes.types._converter import Typing
from flytetypes.types._guessed import MISSING
from flytetypes.types._markers import OfType
from flytetypes.types._plain import Dumping, Loading, Schema
from flytetypes.types._tree import json_tree

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

NO_DEFAULT: Final[Any] = object()


def without_default(fragment: Schema) -> Schema:
    """A fragment without what a class adds to it."""
    return {word: part for word, part in fragment.items() if word != "default"}


def describes(annotation: Any, fragment: Schema, engine: TypeEngine) -> bool:
    """Whether a field of this annotation has this schema."""
    try:
        schema = engine.plain(annotation).schema()
    except AnnotationError:
        return False
    return schema is not None and is_same_json(schema, fragment)


def announces(annotation: Any, announced: idl.LiteralType | None, engine: TypeEngine) -> bool:
    """Whether a struct announces a field of this annotation by this type; None stands for not at all."""
    try:
        found = engine.field_type(annotation, limited_typing(0 if announced is None else announced.ByteSize()))
    except (AnnotationError, ValueError):  # ValueError: a NaN, where a form has JSON
        return False
    if found is None or announced is None:
        return found is announced
    return idl.fingerprint(found) == idl.fingerprint(announced)


def announces_fields(cls: type, literal_type: idl.LiteralType, engine: TypeEngine) -> bool:
    """Whether a class announces its fields as a type does, whatever else the two say."""
    try:
        found = engine.converter(cls).type_within(limited_typing(literal_type.ByteSize()))
    except (AnnotationError, ValueError):
        return False
    return idl.fingerprint(found.structure) == idl.fingerprint(literal_type.structure)


def without_type(annotation: Any) -> Any:
    """An annotation without the `OfType` around it: inside a struct that would say nothing."""
    while extras := getattr(annotation, "__metadata__", ()):
        kept = [extra for extra in extras if not isinstance(extra, OfType)]
        if len(kept) == len(extras):
            break
        annotation = Annotated[(annotation.__origin__, *kept)] if kept else annotation.__origin__
    return annotation


class TooLarge(AnnotationError):  # noqa: N818 - not an error of anybody: such a type is not compared
    """The type of a class would be larger than the type that it is made for."""


class _LimitedSet(set[object]):
    """The classes that are being described; one is added for each struct in the whole type."""

    def __init__(self, left: int) -> None:
        self.left = left

    def add(self, item: object) -> None:
        self.left -= 1
        if self.left < 0:
            raise TooLarge("the type would be too large")
        super().add(item)


def limited_typing(size_bytes: int) -> Typing:
    """A typing that raises `TooLarge` for what cannot be of so many bytes.

    The type of classes that mention each other tells of every path through them: forty of them, that is in a schema of
    some thousand bytes, can have more paths than any memory holds.
    """
    typing = Typing()
    typing.open = _LimitedSet(10 + size_bytes // 100)  # a struct with its schema takes more
    return typing


def loaded_default(annotation: Any, default: Any, engine: TypeEngine) -> Any:
    """The default value that a schema has as JSON; NO_DEFAULT where it is no value of the annotation."""
    # A whole number was an integer, where the annotation does not say.
    for tree in (_with_integers(default), default):
        try:
            codec = engine.plain(annotation)
            value = _hashable(codec.load(tree, Loading(Inbox(), from_json=True)))
            # Only what the class would describe in the same way; and what a dataclass takes for one.
            again = json_tree(codec.dump(value, Dumping(Outbox(old_format=False))))
        except (AnnotationError, ConversionError, NotFetched):
            continue
        if type(value).__hash__ is not None and is_same_json(again, default):
            return value
    return NO_DEFAULT


def empty_default(annotation: Any, default: Any) -> Any:
    """A default that has nothing in it, of an annotation that cannot be compiled yet; MISSING for others."""
    if default is None and is_nullable(annotation):
        return None
    origin = get_origin(annotation)
    return origin() if default == [] and origin in (tuple, frozenset) else MISSING


def _with_integers(tree: Any) -> Any:
    match tree:
        case float() if tree.is_integer():
            return int(tree)
        case list():
            return [_with_integers(item) for item in tree]
        case dict():
            return {key: _with_integers(item) for key, item in tree.items()}
        case _:
            return tree


def _hashable(value: Any) -> Any:
    """A value as it may stand in a class: a dataclass has no lists and sets for defaults, so it was not one."""
    if type(value) is set:
        return frozenset(value)
    return tuple(map(_hashable, value)) if type(value) is list else value


def is_nullable(annotation: Any) -> bool:
    """Whether None is a value of an annotation, as far as the annotation itself says."""
    parsed = parse(annotation)
    if parsed.origin is Union:
        return any(map(is_nullable, parsed.args))
    return parsed.bare is Any or parsed.bare is type(None)


def factory_of(annotation: Any) -> Any:
    """What makes a value where the default is not known: the annotation's class, or that of None if that will do."""
    parsed = parse(annotation)
    if is_nullable(annotation) or isinstance(parsed.bare, TypeVar):
        return type(None)
    if parsed.origin is Union:
        return factory_of(parsed.args[0])
    if parsed.origin is Literal:
        return type(parsed.args[0])
    return concrete_class(parsed.origin) if isinstance(parsed.origin, type) else parsed.origin


def is_same_json(one: Any, other: Any) -> bool:
    """Whether two trees are the same in a Struct, where every number is a double."""
    structs = idl.Struct(), idl.Struct()
    try:
        for struct, tree in zip(structs, (one, other), strict=True):
            idl.fill_struct(struct, {"": tree})
    except (TypeError, ValueError, OverflowError):  # a form that JSON has not, or cannot carry
        return False
    return idl.fingerprint(structs[0]) == idl.fingerprint(structs[1])
