"""Pydantic models (version 2): a struct with the model's own JSON schema, dumped and validated by pydantic."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import ConversionError
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._names import PYDANTIC, struct_type
from flytetypes.types._plain import (
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
from flytetypes.types.builtin.dataclasses import fill_field_types
from flytetypes.types.builtin.structs import struct_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

# JSON has no numbers for these: null on the wire, and a hint for ourselves.
_NOT_IN_JSON = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_KEPT_IN_JSON = frozenset({str, bool, type(None)})
_KEPT = _KEPT_IN_JSON | {int}


class PydanticTransformer(TypeTransformer[BaseModel]):
    """Classes derived from `pydantic.BaseModel`."""

    name = PYDANTIC

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[BaseModel]:
        """A struct; its type has the schema of validation and the type of each field, by the field's name."""
        cls: type[BaseModel] = annotation.origin

        def literal_type(typing: Typing) -> idl.LiteralType:
            result = struct_type(cls.model_json_schema())
            if cls not in typing.open:
                typing.open.add(cls)
                try:
                    annotations = {name: field.annotation for name, field in cls.model_fields.items()}
                    fill_field_types(result, annotations, engine, typing)
                finally:
                    typing.open.discard(cls)
            return result

        return struct_converter(annotation, self.name, engine.plain(annotation), literal_type, engine)

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[BaseModel]:
        """What the model's JSON would parse to, by field name."""
        cls: type[BaseModel] = annotation.origin
        expected = f"`{annotation.source}`"
        computed = frozenset(cls.model_computed_fields)
        zoned: list[bool] = []  # known once there is an instance: before that the model may be unfinished

        def holds_zones(value: BaseModel) -> bool:
            if not zoned:
                zoned.append(_mentions_times(value.__pydantic_core_schema__))
            return zoned[0]

        def dump(value: BaseModel, dumping: Dumping) -> Any:
            if type(value) is not cls:
                reason = "a subclass would come back as its parent" if isinstance(value, cls) else None
                raise ConversionError(expected, value, reason=reason)
            try:
                tree = value.__pydantic_serializer__.to_python(value, mode="json", by_alias=False, warnings="error")
            except (PydanticSerializationError, ValueError) as error:
                raise ConversionError(f"{expected} that is valid", value, reason=_one_line(error)) from None
            if holds_zones(value):
                _note_zones(value, tree, dumping)
            return _finite(tree, dumping)

        def load(tree: Any, loading: Loading) -> BaseModel:
            if type(tree) is not dict:
                raise ConversionError(expected, tree)
            if loading.hints:
                tree = _restored(tree, loading)
            if computed:
                tree = {name: item for name, item in tree.items() if name not in computed}
            try:
                return cls.model_validate(
                    tree, strict=False, context={"deserialize": True}, by_alias=True, by_name=True
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
        )


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


def _restored(tree: Any, loading: Loading) -> Any:
    """The tree with what hints tell of: numbers that JSON has not, integers of the old format, zones."""
    if tree is None:
        return _NOT_IN_JSON.get(loading.hint() or "")
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
