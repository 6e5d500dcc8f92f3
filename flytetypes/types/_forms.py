"""Forms: how a type that Flyte has no word for says, in its LiteralType, which one it is.

A `set[int]` is a collection of integers for everybody; the key `flytetypes.form` in the type's annotation says that it
is a set. Types that flytekit can write never have it. For other SDKs: `docs/extensions.md`.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._plain import PlainCodec

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

T = TypeVar("T")


def with_form(literal_type: idl.LiteralType, name: str, **facts: Any) -> idl.LiteralType:
    """A copy of a type that says which form it has.

    Args:
        literal_type: What everybody reads.
        name: Of the transformer.
        facts: What else it needs to know its annotation again; JSON. Those that are None are left out.
    """
    formed = idl.LiteralType()
    formed.CopyFrom(literal_type)
    told = {key: fact for key, fact in facts.items() if fact is not None}
    inner = form_of(literal_type)
    if inner is not None:
        told["of"] = inner
    idl.fill_struct(formed.annotation.annotations, {_names.FORM: {"name": name, **told}})
    return formed


def form_of(literal_type: idl.LiteralType) -> dict[str, Any] | None:
    """What a type says of its form, None where it has none; `name` is a text, and nothing else is checked."""
    if not literal_type.HasField("annotation") or _names.FORM not in literal_type.annotation.annotations.fields:
        return None
    form = idl.read_struct(literal_type.annotation.annotations).get(_names.FORM)
    return form if isinstance(form, dict) and isinstance(form.get("name"), str) else None


def is_other_version(one: idl.LiteralType, other: idl.LiteralType) -> bool:
    """Whether two types are forms of one transformer at different times; its converter reads both."""
    form, present = form_of(one), form_of(other)
    if form is None or present is None or form["name"] != present["name"]:
        return False
    return form.get("version") != present.get("version")


def argument_types(args: Iterable[Any], engine: TypeEngine, typing: Typing) -> list[dict[str, Any]]:
    """The types of arguments that the type itself does not show, as JSON; empty for what has none of its own."""
    return [_argument_type(arg, engine, typing) for arg in args]


def _argument_type(arg: Any, engine: TypeEngine, typing: Typing) -> dict[str, Any]:
    try:
        converter = engine.converter(arg)
    except AnnotationError:  # `Any`, which has a form inside structs only
        return {}
    literal_type = converter.type_within(typing)
    if converter.tag == _names.DATE:  # which has the type of a datetime
        literal_type = idl.LiteralType(simple=idl.SimpleType.DATETIME)
        literal_type.structure.tag = _names.DATE
    try:
        json: dict[str, Any] = idl.to_json(literal_type)
    except ValueError as error:
        raise AnnotationError(f"`{converter.source}` cannot be told inside another type: {error}") from None
    return json


def arguments_of(form: dict[str, Any], engine: TypeEngine) -> tuple[Any, ...] | None:
    """The annotations of the arguments in a form; None where they make no sense."""
    arguments = form.get("arguments")
    if not isinstance(arguments, list):
        return None
    try:
        told = [idl.from_json(idl.LiteralType, argument) if argument != {} else None for argument in arguments]
    except (ValueError, TypeError, AttributeError):
        return None
    return tuple(Any if literal_type is None else _guessed(literal_type, engine) for literal_type in told)


def _guessed(literal_type: idl.LiteralType, engine: TypeEngine) -> Any:
    is_date = literal_type.structure.tag == _names.DATE and literal_type.simple == idl.SimpleType.DATETIME
    return dt.date if is_date else engine.guess(literal_type)


def class_path(cls: type) -> str:
    """How a class is called in a form: module and qualified name."""
    return f"{cls.__module__}.{cls.__qualname__}"


def loaded_class(path: object) -> type | None:
    """The class of a path, if its module is loaded. Imports and runs nothing: only dictionaries are looked into."""
    if not isinstance(path, str):
        return None
    names = path.split(".")
    for count in range(len(names) - 1, 0, -1):
        found: Any = sys.modules.get(".".join(names[:count]))
        for name in names[count:]:
            try:
                found = object.__getattribute__(found, "__dict__").get(name)
            except AttributeError:
                found = None
        if isinstance(found, type):
            return found
    return None


def represented(
    annotation: Annotation,
    transformer: str,
    base: Converter[Any],
    *,
    dump: Callable[[T], Any],
    load: Callable[[Any], T],
    classes: Iterable[type],
    literal_type: Callable[[Typing], idl.LiteralType],
    plain: PlainCodec[T] | None,
    parts: tuple[tuple[str, Converter[Any] | PlainCodec[Any]], ...] | None = None,
) -> Converter[T]:
    """A converter whose values are on the wire what other values of another annotation are.

    Args:
        annotation: What is compiled.
        transformer: Name of the transformer that compiles it.
        base: Of the annotation that stands for it.
        dump: A value to one of `base`; raises `ConversionError` for what is no value of the annotation.
        load: Back.
        classes: The exact classes of the values.
        literal_type: The type on the wire, with its form.
        plain: The form inside structs.
        parts: For `explain`; those of `base` by default.
    """
    encode_base, decode_base, write_base, read_base = base.encode, base.decode, base.write, base.read

    def encode(value: T, into: idl.Literal, out: Outbox) -> None:
        encode_base(dump(value), into, out)

    def decode(literal: idl.Literal, inbox: Inbox) -> T:
        return load(decode_base(literal, inbox))

    def write(value: T, out: Outbox) -> bytes:
        return write_base(dump(value), out)

    def read(data: bytes, inbox: Inbox) -> T:
        return load(read_base(data, inbox))

    return base.but(
        annotation=annotation,
        transformer=transformer,
        literal_type=literal_type,
        encode=encode,
        decode=decode,
        write=write,
        read=read,
        classes=classes,
        plain=plain,
        parts=base.parts if parts is None else parts,
    )
