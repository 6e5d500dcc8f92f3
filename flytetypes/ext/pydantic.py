"""Pydantic models (version 2): a struct with the model's own JSON schema, dumped and validated by pydantic."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import typing
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Sequence  # noqa: UP035 - the form that pydantic's schemas name

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.data import Handle, StructuredDataset
from flytetypes.errors import AnnotationError, ConversionError, key_step
from flytetypes.errors import describe as describe_value
from flytetypes.types._boxes import Inbox
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._names import PYDANTIC, struct_type
from flytetypes.types._plain import (
    IN_MODEL,
    NOT_IN_JSON,
    Describing,
    Dumping,
    Loading,
    PlainCodec,
    Schema,
    Undescribable,
    exact_integer,
    hint_step,
)
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types._times import load_datetime, load_time, zone_text
from flytetypes.types.builtin.records import fill_field_types
from flytetypes.types.builtin.structs import struct_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_KEPT_IN_JSON = frozenset({str, bool, type(None)})
_KEPT = _KEPT_IN_JSON | {int}


class PydanticTransformer(TypeTransformer[BaseModel]):
    """Classes derived from `pydantic.BaseModel`."""

    name = PYDANTIC

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[BaseModel]:
        """A struct; its type has the schema of validation and the type of each field, by the field's name."""
        cls: type[BaseModel] = annotation.origin
        if cls is BaseModel:
            raise AnnotationError("`BaseModel` says nothing about its fields: annotate a class derived from it")

        def literal_type(typing: Typing) -> idl.LiteralType:
            result = struct_type(cls.model_json_schema())
            hints = {name: field.annotation for name, field in cls.model_fields.items()}
            typing.tell(annotation.key[0], lambda: fill_field_types(result, hints, engine, typing))
            return result

        return struct_converter(annotation, self.name, engine.plain(annotation), literal_type, engine)

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[BaseModel]:
        """What the model's JSON would parse to, by field name."""
        cls: type[BaseModel] = annotation.origin
        expected = f"`{annotation.source}`"
        computed = frozenset(cls.model_computed_fields)
        loose: list[bool] = []
        zoned: list[bool] = []  # both are known once there is an instance: before that the model may be unfinished

        def holds_zones(value: BaseModel) -> bool:
            if not zoned:
                zoned.append(_mentions_times(value.__pydantic_core_schema__))
            return zoned[0]

        def may_lose(value: BaseModel) -> bool:
            if not loose:
                loose.append(_holds_anything(value.__pydantic_core_schema__))
            return loose[0]

        def dump(value: BaseModel, dumping: Dumping) -> Any:
            if type(value) is not cls:
                reason = "a subclass would come back as its parent" if isinstance(value, cls) else None
                raise ConversionError(expected, value, reason=reason)
            try:
                tree = value.__pydantic_serializer__.to_python(
                    value, mode="json", by_alias=False, warnings="error", context={IN_MODEL: dumping}
                )
            except (PydanticSerializationError, ValueError) as error:
                raise ConversionError(f"{expected} that is valid", value, reason=_one_line(error)) from None
            if holds_zones(value):
                _note_zones(value, tree, dumping)
            tree = _finite(tree, dumping)
            if may_lose(value):
                check_kept(value, tree, dumping)
            return tree

        def check_kept(value: BaseModel, tree: Any, dumping: Dumping) -> None:
            loading = Loading(Inbox(), hints=dumping.hints)
            loading.path = list(dumping.path)
            kept = f"a value that {expected} gives back as it is"
            try:
                back = load(tree, loading)
            except ConversionError as error:
                error.expected, error.reason = kept, f"it cannot be read again: {error.summary}"
                raise
            lost = _difference(value, back)
            if lost is not None:
                steps, one, other = lost
                changed = ConversionError(kept, one, reason=f"it would come back as {describe_value(other)}")
                for step in reversed(steps):
                    changed.within(step)
                raise changed

        def load(tree: Any, loading: Loading) -> BaseModel:
            if type(tree) is not dict:
                raise ConversionError(expected, tree)
            if loading.hints:
                tree = _restored(tree, loading)
            if computed:
                tree = {name: item for name, item in tree.items() if name not in computed}
            try:
                return cls.model_validate(
                    tree, strict=False, context={"deserialize": True, IN_MODEL: loading}, by_alias=True, by_name=True
                )
            except ValidationError as error:
                raise _converted(error, expected) from None

        def describe(_: Describing) -> Schema:
            raise Undescribable  # flytekit gives no schema to a dataclass with a model in it

        return PlainCodec(
            annotation.source,
            self.name,
            dump=dump,
            load=load,
            describe=describe,
            classes=(cls,),
            natives=(dict,),
            hinted=True,
            stored=_has_stored(cls, set()),
        )


def _has_stored(cls: type[BaseModel], seen: set[type]) -> bool:
    """Whether a field of a model, or of a model in it, mentions a value that stays in the store."""
    pending: list[Any] = [field.annotation for field in cls.model_fields.values()]
    while pending:
        part = pending.pop()
        pending.extend(typing.get_args(part))
        if isinstance(part, type) and part not in seen:
            seen.add(part)
            if issubclass(part, (Handle, StructuredDataset)):
                return True
            if issubclass(part, BaseModel):
                pending.extend(field.annotation for field in part.model_fields.values())
    return False


def _finite(tree: Any, dumping: Dumping) -> Any:
    """The tree with null for what JSON has no number for, and a hint of what it was."""
    kind = type(tree)
    if kind is float:
        if tree - tree == 0:
            return tree
        dumping.hint("nan" if tree != tree else "inf" if tree > 0 else "-inf")
        return None
    if kind is int and dumping.to_json:
        dumping.hint("int")
    plain = _KEPT_IN_JSON if dumping.to_json else _KEPT
    if kind is dict:
        return {
            key: item if type(item) in plain else _stepped(_finite, hint_step(key), item, dumping)
            for key, item in tree.items()
        }
    if kind is list:
        return [
            item if type(item) in plain else _stepped(_finite, f"[{index}]", item, dumping)
            for index, item in enumerate(tree)
        ]
    return tree


def _note_zones(value: Any, tree: Any, dumping: Dumping) -> None:
    """Leave a hint for each time with a zone: JSON has its offset only, and pydantic a class of its own for that."""
    if type(tree) is str:
        if isinstance(value, (dt.datetime, dt.time)) and value.tzinfo is not None:
            dumping.hint(zone_text(value))
        return
    if type(tree) is dict:
        # Keys of a mapping are texts in the tree, in the same order; a model's fields are found by name.
        items = list(value.values()) if isinstance(value, Mapping) else [getattr(value, name, None) for name in tree]
        steps = [hint_step(name) for name in tree]
        below = list(tree.values())
    elif type(tree) is list and isinstance(value, Collection) and len(value) == len(tree):
        items, steps, below = list(value), [f"[{index}]" for index in range(len(tree))], tree
    else:
        return
    for item, step, part in zip(items, steps, below, strict=False):
        dumping.path.append(step)
        _note_zones(item, part, dumping)
        dumping.path.pop()


def _mentions_times(schema: Any) -> bool:
    """Whether a model's core schema has a place where a time may be."""
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if part.get("type") in ("datetime", "time", "any"):
                return True
            pending.extend(part.values())
        elif isinstance(part, (list, tuple)):
            pending.extend(part)
    return False


_CONTENTS = {
    "list": "items_schema",
    "set": "items_schema",
    "frozenset": "items_schema",
    "tuple": "items_schema",
    "generator": "items_schema",
    "dict": "values_schema",
}


def _holds_anything(schema: Any) -> bool:
    """Whether a model's core schema has a place of which it does not say what it holds.

    Those are `Any`, `object`, bare containers, `Sequence`, free type variables, extra fields and private attributes,
    here or below.
    """
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            kind = part.get("type")
            if kind == "any" or (kind in _CONTENTS and _CONTENTS[kind] not in part):
                return True
            cls = part.get("cls")
            if kind == "model" and isinstance(cls, type) and issubclass(cls, BaseModel):
                loses = bool(cls.__private_attributes__) or cls.model_config.get("extra") == "allow"
            else:
                loses = kind == "is-instance" and cls is Sequence  # a list or a tuple
            if loses:
                return True
            pending.extend(item for key, item in part.items() if key not in ("metadata", "serialization"))
        elif isinstance(part, (list, tuple)):
            pending.extend(part)
    return False


_Difference = tuple[list[str | int], Any, Any]


def _difference(one: Any, other: Any) -> _Difference | None:
    """The first place where two values are not equal or of one class, and what is there; None when there is none."""
    cls = type(one)
    if cls is not type(other):
        return [], one, other
    if isinstance(one, BaseModel):
        return _difference_at([*_attributes(one)], _attributes(one), _attributes(other), ".{}".format)
    if dataclasses.is_dataclass(cls):
        names = [field.name for field in dataclasses.fields(cls)]
        mine, theirs = (
            {name: getattr(value, name) for name in names if hasattr(value, name)} for value in (one, other)
        )
        return _difference_at(list(mine), mine, theirs, ".{}".format)
    if isinstance(one, Mapping):
        if len(one) == len(other) and all(key in other for key in one):
            keys = {key: key for key in other}
            for key in one:
                if type(keys[key]) is not type(key):
                    return [], key, keys[key]
            return _difference_at(list(one), one, other, key_step)
        return [], one, other
    if isinstance(one, (list, tuple, collections.deque)):
        if len(one) == len(other):
            return _difference_at(list(range(len(one))), one, other, int)
        return [], one, other
    if isinstance(one, (Handle, StructuredDataset)):  # of what was here and is now in the store
        return None
    return None if _equal(one, other) else ([], one, other)


def _difference_at(keys: list[Any], one: Any, other: Any, step: Callable[[Any], str | int]) -> _Difference | None:
    for key in keys:
        try:
            found = _difference(one[key], other[key])
        except LookupError:
            found = [], one[key], None
        if found is not None:
            found[0].insert(0, step(key))
            return found
    return None


def _equal(one: Any, other: Any) -> bool:
    cls = type(one)
    # Where nobody can tell: a lock, say, that each instance makes for itself.
    if getattr(cls, "__eq__", None) is getattr(object, "__eq__", None):
        return True
    try:
        if isinstance(one, (set, frozenset)):
            return {(type(item), item) for item in one} == {(type(item), item) for item in other}
        if isinstance(one, (dt.datetime, dt.time)) and one.utcoffset() != other.utcoffset():
            return False
        return bool(one == other) or bool(one != one and other != other)  # NaN is the same as NaN
    except Exception:  # noqa: BLE001 - comparing is code of the user's
        return False


def _attributes(model: BaseModel) -> dict[str, Any]:
    """What a model consists of: fields, extra ones, private ones."""
    fields = {name: getattr(model, name) for name in type(model).model_fields if name in model.__dict__}
    return {**fields, **(model.__pydantic_extra__ or {}), **(model.__pydantic_private__ or {})}


def _restored(tree: Any, loading: Loading) -> Any:
    """The tree with what hints tell of: numbers that JSON has not, integers of the old format, zones."""
    if tree is None:
        return NOT_IN_JSON.get(loading.hint() or "")
    if type(tree) is float:
        return int(tree) if loading.hint() == "int" and tree.is_integer() else exact_integer(tree, loading)
    if type(tree) is str:
        hint = loading.hint()
        try:
            return tree if hint is None else load_datetime(tree, hint) if "T" in tree else load_time(tree, hint)
        except ConversionError:  # a hint that does not fit is as good as none
            return tree
    if type(tree) is dict:
        return {key: _stepped(_restored, hint_step(key), item, loading) for key, item in tree.items()}
    if type(tree) is list:
        return [_stepped(_restored, f"[{index}]", item, loading) for index, item in enumerate(tree)]
    return tree


def _stepped(function: Any, step: str, tree: Any, context: Any) -> Any:
    context.path.append(step)
    result = function(tree, context)
    context.path.pop()
    return result


def _converted(error: ValidationError, expected: str) -> ConversionError:
    """Pydantic's first finding, as ours, with its place."""
    first = error.errors(include_url=False, include_context=False)[0]
    converted = ConversionError(f"a value that {expected} accepts", first["input"], reason=first["msg"])
    for step in reversed(first["loc"]):
        converted.within(step if isinstance(step, int) else f".{step}")
    return converted


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def register(registry: Registry) -> None:
    """Every model, by its MRO."""
    registry.register(PydanticTransformer(), BaseModel)
