"""Classes with named fields: the codec that dataclasses, named tuples, attrs classes and msgspec structs share.

A value is a map from its fields' names to their trees. Every field is checked both ways; what is missing takes its
default.
"""

from __future__ import annotations

import typing
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from flytetypes import idl
from flytetypes._annotations import Annotation, hints_of, substituted
from flytetypes._record import Record
from flytetypes.errors import AnnotationError, ConversionError, key_step
from flytetypes.types import _names
from flytetypes.types._boxes import Outbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._forms import argument_types, arguments_of, class_path, loaded_class, with_form
from flytetypes.types._plain import Describing, Dumping, Loading, PlainCodec, Schema, hint_step
from flytetypes.types._tree import json_tree
from flytetypes.types.builtin.formed import FormTransformer
from flytetypes.types.builtin.structs import struct_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

MISSING: Final[Any] = object()
"""The default of a field that has none, or one that is made anew for each value."""


class RecordField:
    """One field: its names, its codec, and what stands for it when it is missing.

    Args:
        name: Of the attribute.
        codec: Of its values.
        key: Its name in the tree; that of the attribute by default.
        aliases: Further names under which it is read.
        argument: What the class's constructor calls it; that of the attribute by default.
        in_init: Whether the constructor takes it; otherwise it is set afterwards.
        default: Its default; `MISSING` where there is none that a schema could tell.
        optional: Whether the constructor can do without it.
    """

    __slots__ = ("argument", "codec", "default", "in_init", "key", "load_keys", "name", "optional", "step")

    def __init__(
        self,
        name: str,
        codec: PlainCodec[Any],
        *,
        key: str | None = None,
        aliases: Iterable[str] = (),
        argument: str | None = None,
        in_init: bool = True,
        default: Any = MISSING,
        optional: bool = False,
    ) -> None:
        self.name = name
        self.codec = codec
        self.key = name if key is None else key
        self.load_keys = tuple(dict.fromkeys([self.key, *aliases, name]))
        self.step = hint_step(self.key)
        self.argument = name if argument is None else argument
        self.in_init = in_init
        self.default = default
        self.optional = optional

    @property
    def nullable(self) -> bool:
        """Whether None is one of its values; it then stands for a missing one."""
        return type(None) in self.codec.classes


def record_codec(
    annotation: Annotation,
    transformer: str,
    fields: list[RecordField],
    *,
    from_dict: bool = False,
    from_list: bool = False,
    ours: bool = False,
) -> PlainCodec[Any]:
    """The codec of a class with fields.

    Args:
        annotation: Its origin is the class, which is made by keywords.
        transformer: Name of the transformer that compiles it.
        fields: In the order of declaration.
        from_dict: Whether a dict is taken in the place of a value, as flytekit does for dataclasses.
        from_list: Whether a tree may be an array of the fields in their order.
        ours: Whether flytekit has no schema for the class.
    """
    cls = annotation.origin
    expected = f"`{annotation.source}`"
    _part_names(fields, expected)
    in_init = [field for field in fields if field.in_init]
    hinted = any(field.codec.hinted for field in fields)
    load = _loader(cls, expected, fields)

    def describe(describing: Describing) -> Schema:
        schema = describing.of_class(annotation.key, cls.__name__, lambda: _schema(cls, in_init, describing))
        return describing.if_ours(schema) if ours else schema

    return PlainCodec(
        annotation.source,
        transformer,
        dump=_dumper(cls, expected, fields, hinted=hinted, from_dict=from_dict),
        load=_or_by_place(load, in_init) if from_list else load,
        describe=describe,
        classes=(cls,),
        natives=(dict,),
        hinted=hinted,
        parts=tuple((field.name, field.codec) for field in fields),
    )


def _part_names(fields: list[RecordField], expected: str) -> None:
    """No field is read under the name of another one; raises `AnnotationError` where two are written under one."""
    owners: dict[str, RecordField] = {}
    for field in fields:
        other = owners.setdefault(field.key, field)
        if other is not field:
            raise AnnotationError(f"`{other.name}` and `{field.name}` of {expected} are both written as '{field.key}'")
    for field in fields:
        field.load_keys = tuple(key for key in field.load_keys if owners.get(key, field) is field)


def _dumper(
    cls: type, expected: str, fields: list[RecordField], *, hinted: bool, from_dict: bool
) -> Callable[[Any, Dumping], dict[str, Any]]:
    by_name = {field.name: field for field in fields if field.in_init}
    plan = [(field.name, field.key, field.codec.dump) for field in fields]

    def dump(value: Any, dumping: Dumping) -> dict[str, Any]:
        if type(value) is not cls:
            return dump_other(value, dumping)
        tree: dict[str, Any] = {}
        name = ""
        try:
            for name, key, dump_field in plan:
                tree[key] = dump_field(getattr(value, name), dumping)
        except ConversionError as error:
            raise error.within(f".{name}")  # noqa: B904 - the same error, with one more step
        except AttributeError:
            raise ConversionError(f"{expected} with the field `{name}`", got="one without it") from None
        return tree

    def dump_with_paths(value: Any, dumping: Dumping) -> dict[str, Any]:
        if type(value) is not cls:
            return dump_other(value, dumping)
        tree: dict[str, Any] = {}
        path = dumping.path
        name = ""
        try:
            for field in fields:
                name = field.name
                path.append(field.step)
                tree[field.key] = field.codec.dump(getattr(value, name), dumping)
                path.pop()
        except ConversionError as error:
            raise error.within(f".{name}")  # noqa: B904
        except AttributeError:
            raise ConversionError(f"{expected} with the field `{name}`", got="one without it") from None
        return tree

    def dump_other(value: Any, dumping: Dumping) -> dict[str, Any]:
        if from_dict and type(value) is dict:
            return dump_dict(value, dumping)
        reason = "a subclass would come back as its parent" if isinstance(value, cls) else None
        raise ConversionError(expected, value, reason=reason)

    def dump_dict(value: dict[Any, Any], dumping: Dumping) -> dict[str, Any]:
        """A dict in the place of an instance: every field that cannot be None, no unknown key, in its own order."""
        tree: dict[str, Any] = {}
        for name, item in value.items():
            field = by_name.get(name)
            if field is None:
                raise ConversionError(f"a field of {expected}", got=f"the key {name!r}")
            dumping.path.append(field.step)
            try:
                tree[field.key] = field.codec.dump(item, dumping)
            except ConversionError as error:
                raise error.within(key_step(name))  # noqa: B904
            dumping.path.pop()
        for name, field in by_name.items():
            if name not in value and not field.nullable:
                raise ConversionError(f"{expected} with the field `{name}`", got="a dict without it")
        return tree

    return dump_with_paths if hinted else dump


def _loader(cls: type, expected: str, fields: list[RecordField]) -> Callable[[Any, Loading], Any]:
    plan = [(field, field.key, field.argument, field.codec.load) for field in fields if field.in_init]
    after = [field for field in fields if not field.in_init]
    known = frozenset(key for field in fields for key in field.load_keys)

    def load(tree: Any, loading: Loading) -> Any:
        if type(tree) is not dict:
            raise ConversionError(expected, tree)
        if loading.strict and not known.issuperset(tree):
            unknown = next(key for key in tree if key not in known)
            raise ConversionError(f"a field of {expected}", got=f"the key {unknown!r}")
        values: dict[str, Any] = {}
        name = ""
        try:
            for field, key, argument, load_field in plan:
                name = field.name
                item = tree.get(key, MISSING)
                if item is MISSING:
                    item = _by_another_name(field, tree)
                    if item is MISSING:
                        continue
                if loading.hints:
                    loading.path.append(field.step)
                    values[argument] = load_field(item, loading)
                    loading.path.pop()
                else:
                    values[argument] = load_field(item, loading)
            name = ""
            value = _made(cls, expected, values)
            for field in after:
                name = field.name
                if field.key in tree:
                    loading.path.append(field.step)
                    object.__setattr__(value, name, field.codec.load(tree[field.key], loading))
                    loading.path.pop()
        except _Missing as missing:
            raise ConversionError(f"{expected} with the field `{missing}`", got="one without it") from None
        except ConversionError as error:
            raise error if name == "" else error.within(f".{name}")  # noqa: B904
        return value

    return load


def _or_by_place(load: Callable[[Any, Loading], Any], fields: list[RecordField]) -> Callable[[Any, Loading], Any]:
    """A loader that takes an array too: what is left of a struct when a promise steps into it."""
    keys = [field.key for field in fields]

    def load_any(tree: Any, loading: Loading) -> Any:
        if type(tree) is not list or len(tree) > len(keys):
            return load(tree, loading)
        return load(dict(zip(keys, tree, strict=False)), loading)

    return load_any


class _Missing(Exception):  # noqa: N818 - leaves the loop without gaining a step
    pass


def _by_another_name(field: RecordField, tree: dict[Any, Any]) -> Any:
    for key in field.load_keys:
        if key in tree:
            return tree[key]
    if field.optional:
        return MISSING
    if field.nullable:
        return None
    raise _Missing(field.name)


def _made(cls: type, expected: str, values: dict[str, Any]) -> Any:
    try:
        return cls(**values)
    except ConversionError:
        raise
    except Exception as error:  # the class's own __post_init__ may raise anything
        raise ConversionError(
            f"values that {expected} accepts", got=f"`{type(error).__name__}`", reason=str(error)
        ) from error


def _schema(cls: type, fields: list[RecordField], describing: Describing) -> Schema:
    properties: dict[str, Schema] = {}
    for field in fields:
        schema = dict(field.codec.describe(describing))
        if field.default is not MISSING:
            default = _described_default(field)
            if default is not MISSING:
                schema["default"] = default
        properties[field.key] = schema
    schema = {"type": "object", "title": cls.__name__, "properties": properties, "additionalProperties": False}
    required = [field.key for field in fields if not field.optional]
    if required:
        schema["required"] = required
    return schema


def _described_default(field: RecordField) -> Any:
    """A default as JSON; missing when it has no such form."""
    if field.default is None:
        return None
    try:
        default = json_tree(field.codec.dump(field.default, Dumping(Outbox(keeps_local=True))))
    except ConversionError:
        return MISSING
    # A Struct could not be written as JSON with these; and the schema must be JSON.
    return MISSING if isinstance(default, float) and default - default != 0 else default


def field_codec(annotation: Annotation, name: str, hint: Any, engine: TypeEngine) -> PlainCodec[Any]:
    """The codec of a field; an `AnnotationError` tells which one it is of which class."""
    try:
        return engine.plain(hint)
    except AnnotationError as error:
        raise AnnotationError(f"{error} - in field `{name}` of `{annotation.source}`") from None


# --- the types of fields ----------------------------------------------------------------------------------------------


def class_hints(cls: type, args: tuple[Any, ...] = ()) -> dict[str, Any]:
    """The annotations of a class and its bases, evaluated: type variables filled in where they are known, `Self` too.

    Args:
        cls: The class.
        args: Of a generic class, in the order of its parameters.

    Raises:
        AnnotationError: When an annotation names what cannot be found.
    """
    filled_by_class = _arguments_by_class(cls, args)
    itself = cls[args] if args else cls  # type: ignore[index]
    hints = hints_of(cls)
    for name, hint in hints.items():
        owner = next((base for base in cls.__mro__ if name in vars(base).get("__annotations__", {})), cls)
        hints[name] = substituted(hint, filled_by_class.get(owner, {}), itself)
    return hints


def _arguments_by_class(cls: type, args: tuple[Any, ...]) -> dict[type, dict[Any, Any]]:
    """What the type variables of a class and of each of its bases stand for."""
    filled = dict(zip(getattr(cls, "__parameters__", ()), args, strict=False))
    found = {cls: filled}
    for base in cls.__dict__.get("__orig_bases__", cls.__bases__):
        origin = typing.get_origin(base) or base
        if isinstance(origin, type) and origin is not object:
            given = tuple(substituted(arg, filled, cls) for arg in typing.get_args(base))
            found = {**_arguments_by_class(origin, given), **found}
    return found


def fill_field_types(into: idl.LiteralType, annotations: Mapping[str, Any], engine: TypeEngine, typing: Typing) -> None:
    """Write `structure.dataclass_type`: the type by which each field is announced."""
    into.structure.SetInParent()
    for name, annotation in annotations.items():
        if isinstance(annotation, Unvalued):
            announced: idl.LiteralType | None = _names.pickle_type(annotation.text)
        else:
            announced = engine.field_type(annotation, typing)
        if announced is not None:
            into.structure.dataclass_type[name].CopyFrom(announced)


class Unvalued(Record):
    """A ClassVar or an InitVar: no value of the instance, and yet flytekit announces it."""

    text: str


def record_converter(
    annotation: Annotation, transformer: str, codec: PlainCodec[Any], annotations: Mapping[str, Any], engine: TypeEngine
) -> Converter[Any]:
    """The converter of a class that Flyte has no word for: typed as a dataclass is, with its own name in the form.

    Args:
        annotation: What is compiled.
        transformer: Name of the transformer that compiles it.
        codec: As `record_codec` makes it.
        annotations: Those of its fields, by name.
        engine: Who compiles.
    """
    cls = annotation.origin

    def literal_type(typing: Typing) -> idl.LiteralType:
        result = _names.struct_type(codec.schema(ours=True))
        typing.tell(annotation.key[0], lambda: fill_field_types(result, annotations, engine, typing))
        arguments = argument_types(annotation.args, engine, typing) if annotation.args else None
        return with_form(result, transformer, **{"class": class_path(cls)}, arguments=arguments)

    return struct_converter(annotation, transformer, codec, literal_type, engine, tag=_names.DATACLASS)


class RecordTransformer(FormTransformer):
    """The base of the transformers of classes with fields that Flyte has no word for."""

    @abstractmethod
    def fields_of(self, annotation: Annotation, engine: TypeEngine) -> list[RecordField]:
        """The fields, in the order of declaration."""

    @abstractmethod
    def annotations_of(self, annotation: Annotation) -> dict[str, Any]:
        """The annotations of the fields, evaluated, by name."""

    def compile_form(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A struct with a codec for each field."""
        codec: PlainCodec[Any] = engine.plain(annotation)
        return record_converter(annotation, self.name, codec, self.annotations_of(annotation), engine)

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """A map from the fields' names to their trees."""
        return record_codec(annotation, self.name, self.fields_of(annotation, engine), ours=True)

    def annotation_of(self, form: dict[str, Any], literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """The class with its arguments, if it is loaded; whether it is still the same is not asked."""
        cls: Any = loaded_class(form.get("class"))
        if cls is None or "arguments" not in form:
            return cls
        arguments = arguments_of(form, engine)
        return cls[arguments] if arguments and len(getattr(cls, "__parameters__", ())) == len(arguments) else None
