"""Dataclasses: a struct with a JSON schema, its fields converted by their annotations, every one checked both ways."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation, hints_of
from flytetypes._record import Record
from flytetypes.errors import AnnotationError, ConversionError, key_step
from flytetypes.types import _names
from flytetypes.types._boxes import Outbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._plain import Describing, Dumping, Loading, PlainCodec, Schema, hint_step
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types._tree import json_tree
from flytetypes.types.builtin.structs import struct_converter

if TYPE_CHECKING:
    from dataclasses import Field

    from flytetypes.types._engine import TypeEngine

_MISSING: Any = object()


class DataclassTransformer(TypeTransformer[Any]):
    """Classes decorated with `dataclasses.dataclass` that nothing else is registered for."""

    name = _names.DATACLASS

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """A struct; its type has the schema and the type of each field."""
        cls = annotation.origin
        codec: PlainCodec[Any] = engine.plain(annotation)

        def literal_type(typing: Typing) -> idl.LiteralType:
            # The type is a tree: where a class is met inside itself it is told without its fields.
            result = _names.struct_type(codec.schema())
            if cls not in typing.open:
                typing.open.add(cls)
                try:
                    fill_field_types(result, field_annotations(cls, annotation.args), engine, typing)
                finally:
                    typing.open.discard(cls)
            return result

        return struct_converter(annotation, self.name, codec, literal_type, engine)

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """A map from the fields' names to their trees, in order of declaration."""
        codec = _codec(annotation, self.name, _fields(annotation, engine))
        return _through_json(codec, annotation.origin) if _is_json_mixin(annotation.origin) else codec

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """As for a value of its own."""
        converter: Converter[Any] = engine.converter_of(annotation)
        return converter.type_within(typing)


def fill_field_types(into: idl.LiteralType, annotations: dict[str, Any], engine: TypeEngine, typing: Typing) -> None:
    """Write `structure.dataclass_type`: the type by which each field is announced."""
    into.structure.SetInParent()
    for name, annotation in annotations.items():
        if isinstance(annotation, _Unvalued):
            announced: idl.LiteralType | None = _names.pickle_type(annotation.text)
        else:
            announced = engine.field_type(annotation, typing)
        if announced is not None:
            into.structure.dataclass_type[name].CopyFrom(announced)


class _Unvalued(Record):
    """A ClassVar or an InitVar: no value of the instance, and yet flytekit announces it."""

    text: str


def field_annotations(cls: type, args: tuple[Any, ...] = ()) -> dict[str, Any]:
    """Every annotation of a dataclass by name; those of a generic one with its arguments filled in.

    Raises:
        AnnotationError: When an annotation names what cannot be found.
    """
    from dataclasses import InitVar

    filled = dict(zip(getattr(cls, "__parameters__", ()), args, strict=False))
    annotations: dict[str, Any] = {}
    hints = hints_of(cls)
    # Not `fields()`: ClassVars and InitVars are among these too.
    for name in cls.__dataclass_fields__:  # type: ignore[attr-defined]
        hint = hints[name]
        if typing.get_origin(hint) is typing.ClassVar or hint is typing.ClassVar:
            annotations[name] = _Unvalued(str(hint))
        elif isinstance(hint, InitVar):
            annotations[name] = _Unvalued(f"dataclasses.InitVar[{getattr(hint.type, '__name__', hint.type)}]")
        else:
            annotations[name] = _substituted(hint, filled)
    return annotations


def _substituted(hint: Any, filled: dict[Any, Any]) -> Any:
    if isinstance(hint, typing.TypeVar):
        return filled.get(hint, hint)
    parameters = getattr(hint, "__parameters__", ())
    if parameters and filled and not isinstance(hint, type):
        return hint[tuple(filled.get(parameter, parameter) for parameter in parameters)]
    return hint


class _Field:
    """One field: its names, its codec, and what stands for it when it is missing."""

    __slots__ = ("codec", "default", "in_init", "key", "load_keys", "name", "optional", "step")

    def __init__(self, field: Field[Any], codec: PlainCodec[Any], key: str) -> None:
        self.name = field.name
        self.codec = codec
        self.key = key
        alias = field.metadata.get("alias")
        self.load_keys = tuple(dict.fromkeys([key, *([alias] if isinstance(alias, str) else []), field.name]))
        self.step = hint_step(key)
        self.in_init = field.init
        from dataclasses import MISSING

        self.default = _MISSING if field.default is MISSING else field.default
        self.optional = field.default is not MISSING or field.default_factory is not MISSING

    @property
    def nullable(self) -> bool:
        return type(None) in self.codec.classes


def _fields(annotation: Annotation, engine: TypeEngine) -> list[_Field]:
    import dataclasses  # dear to import; whoever has a dataclass has it already

    cls = annotation.origin
    annotations = field_annotations(cls, annotation.args)
    # mashumaro's names for the wire: an alias per field, written when the class says so.
    by_alias = getattr(getattr(cls, "Config", None), "serialize_by_alias", False) is True
    fields = []
    for field in dataclasses.fields(cls):
        alias = field.metadata.get("alias")
        key = alias if by_alias and isinstance(alias, str) else field.name
        try:
            codec = engine.plain(annotations[field.name])
        except AnnotationError as error:
            raise AnnotationError(f"{error} - in field `{field.name}` of `{annotation.source}`") from None
        fields.append(_Field(field, codec, key))
    for name, hint in annotations.items():
        if isinstance(hint, _Unvalued) and "InitVar" in hint.text and not hasattr(cls, name):
            raise AnnotationError(
                f"`{annotation.source}` needs `{name}` to be made and does not keep it: give the InitVar a default"
            )
    return fields


def _codec(annotation: Annotation, transformer: str, fields: list[_Field]) -> PlainCodec[Any]:
    cls = annotation.origin
    expected = f"`{annotation.source}`"
    in_init = [field for field in fields if field.in_init]
    hinted = any(field.codec.hinted for field in fields)

    return PlainCodec(
        annotation.source,
        transformer,
        dump=_dumper(cls, expected, fields, hinted=hinted),
        load=_loader(cls, expected, fields),
        describe=lambda describing: describing.of_class(
            annotation.key, cls.__name__, lambda: _schema(cls, in_init, describing)
        ),
        classes=(cls,),
        natives=(dict,),
        hinted=hinted,
        parts=tuple((field.name, field.codec) for field in fields),
    )


def _dumper(
    cls: type, expected: str, fields: list[_Field], *, hinted: bool
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
        if type(value) is dict:
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


def _loader(cls: type, expected: str, fields: list[_Field]) -> Callable[[Any, Loading], Any]:
    plan = [(field, field.key, field.codec.load) for field in fields if field.in_init]
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
            for field, key, load_field in plan:
                name = field.name
                item = tree.get(key, _MISSING)
                if item is _MISSING:
                    item = _by_another_name(field, tree)
                    if item is _MISSING:
                        continue
                if loading.hints:
                    loading.path.append(field.step)
                    values[name] = load_field(item, loading)
                    loading.path.pop()
                else:
                    values[name] = load_field(item, loading)
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


class _Missing(Exception):  # noqa: N818 - leaves the loop without gaining a step
    pass


def _by_another_name(field: _Field, tree: dict[Any, Any]) -> Any:
    for key in field.load_keys:
        if key in tree:
            return tree[key]
    if field.optional:
        return _MISSING
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


def _schema(cls: type, fields: list[_Field], describing: Describing) -> Schema:
    properties: dict[str, Schema] = {}
    for field in fields:
        schema = dict(field.codec.describe(describing))
        if field.default is not _MISSING:
            default = _described_default(field)
            if default is not _MISSING:
                schema["default"] = default
        properties[field.key] = schema
    schema = {"type": "object", "title": cls.__name__, "properties": properties, "additionalProperties": False}
    required = [field.key for field in fields if not field.optional]
    if required:
        schema["required"] = required
    return schema


def _described_default(field: _Field) -> Any:
    """A default as JSON; missing when it has no such form."""
    if field.default is None:
        return None
    try:
        default = json_tree(field.codec.dump(field.default, Dumping(Outbox())))
    except ConversionError:
        return _MISSING
    # A Struct could not be written as JSON with these; and the schema must be JSON.
    return _MISSING if isinstance(default, float) and default - default != 0 else default


# --- mashumaro's mixin ------------------------------------------------------------------------------------------------


def _is_json_mixin(cls: type) -> bool:
    """Whether a class brings its own JSON by mashumaro: flytekit then stores what that JSON parses to."""
    return any(
        (base.__module__, base.__name__) == ("mashumaro.mixins.json", "DataClassJSONMixin") for base in cls.__mro__
    )


def _through_json(codec: PlainCodec[Any], cls: Any) -> PlainCodec[Any]:
    """A codec that checks fields like any other, and has the class write and read the tree."""
    import json

    def dump(value: Any, dumping: Dumping) -> Any:
        checked = codec.dump(value, dumping)
        return json.loads(value.to_json()) if type(value) is cls else checked

    def load(tree: Any, loading: Loading) -> Any:
        try:
            return cls.from_json(json.dumps(tree))
        except (LookupError, TypeError, ValueError) as error:  # mashumaro's errors are all three
            raise ConversionError(f"`{codec.source}`", tree, reason=" ".join(str(error).split())) from None

    return PlainCodec(
        codec.source,
        codec.transformer,
        dump=dump,
        load=load,
        describe=codec.describe,
        classes=codec.classes,
        natives=codec.natives,
        hinted=codec.hinted,
        parts=codec.parts,
    )


def register(registry: Registry) -> None:
    """A form: it comes after everything that is registered for a class."""
    registry.register_form(
        "a dataclass",
        lambda annotation: isinstance(annotation.origin, type) and hasattr(annotation.origin, "__dataclass_fields__"),
        DataclassTransformer(),
    )
