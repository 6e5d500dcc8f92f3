"""TypedDict classes: a struct with a codec for each key."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flytetypes import idl
from flytetypes._annotations import Annotation, hints_of, substituted
from flytetypes.errors import ConversionError, key_step
from flytetypes.types import _names
from flytetypes.types._converter import Converter, Typing
from flytetypes.types._plain import Describing, PlainCodec, Schema, hint_step
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types.builtin.structs import struct_converter

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine


class TypedDictTransformer(TypeTransformer[dict[str, Any]]):
    """TypedDict classes; `total`, `Required` and `NotRequired` count."""

    name = "TypedDict"

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[dict[str, Any]]:
        """A struct without a schema, as flytekit types it."""
        return struct_converter(
            annotation, _names.DICT, engine.plain(annotation), lambda _: _names.struct_type(), engine, is_dict=True
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[dict[str, Any]]:
        """Required keys must be there, unknown ones must not."""
        cls = annotation.origin
        hints = _hints(cls, annotation.args)
        codecs: dict[str, PlainCodec[Any]] = {name: engine.plain(hint) for name, hint in hints.items()}
        # Where annotations are postponed the class itself has not seen its `NotRequired`.
        required = {name for name, hint in hints.items() if _is_required(hint, default=name in cls.__required_keys__)}
        expected = f"`{annotation.source}`"
        hinted = any(codec.hinted for codec in codecs.values())
        steps = {name: hint_step(name) for name in codecs}
        dump = _converting(expected, {name: codec.dump for name, codec in codecs.items()}, required, steps)
        load = _converting(expected, {name: codec.load for name, codec in codecs.items()}, required, steps)

        def describe(describing: Describing) -> Schema:
            properties = {name: codec.describe(describing) for name, codec in codecs.items()}
            schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
            if required:
                schema["required"] = [name for name in codecs if name in required]
            return schema

        return PlainCodec(
            annotation.source,
            self.name,
            dump=lambda values, dumping: dump(values, dumping, strict=True, with_paths=hinted),
            load=lambda tree, loading: load(tree, loading, strict=loading.strict, with_paths=bool(loading.hints)),
            describe=describe,
            classes=(dict,),
            natives=(dict,),
            hinted=hinted,
            parts=tuple(codecs.items()),
        )

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """A struct without a schema."""
        return _names.struct_type()


def _hints(cls: Any, args: tuple[Any, ...] = ()) -> dict[str, Any]:
    """The annotations of a class and its bases; each by the arguments that its own class was given.

    Unlike other classes a TypedDict has the keys of its bases as its own, and no base among its MRO.
    """
    filled = dict(zip(getattr(cls, "__parameters__", ()), args, strict=False))
    inherited: dict[str, Any] = {}
    for base in cls.__dict__.get("__orig_bases__", ()):
        origin = typing.get_origin(base) or base
        if hasattr(origin, "__required_keys__"):
            inherited |= _hints(origin, tuple(substituted(arg, filled) for arg in typing.get_args(base)))
    own = {name: hint for name, hint in hints_of(cls).items() if not _is_inherited(cls, name)}
    return {**inherited, **{name: substituted(hint, filled) for name, hint in own.items()}}


def _is_inherited(cls: Any, name: str) -> bool:
    """Whether a key is that of a base, with the very annotation that it has there."""
    said = cls.__annotations__.get(name)
    origins = [typing.get_origin(base) or base for base in cls.__dict__.get("__orig_bases__", ())]
    return any(getattr(origin, "__annotations__", {}).get(name) is said for origin in origins)


_NO_KEY = object()


def _converting(
    expected: str, functions: dict[str, Callable[[Any, Any], Any]], required: set[str], steps: dict[str, str]
) -> Callable[..., dict[str, Any]]:
    """A function that converts the values of a dict by their keys, one way or the other."""

    def convert(values: Any, context: Any, *, strict: bool, with_paths: bool) -> dict[str, Any]:
        if type(values) is not dict:
            raise ConversionError(expected, values)
        result: dict[str, Any] = {}
        name: Any = _NO_KEY
        try:
            for name, item in values.items():
                function = functions.get(name)
                if function is None:
                    if strict:
                        break
                elif with_paths:
                    context.path.append(steps[name])
                    result[name] = function(item, context)
                    context.path.pop()
                else:
                    result[name] = function(item, context)
            else:
                name = _NO_KEY
        except ConversionError as error:
            raise error.within(key_step(name))  # noqa: B904 - the same error, with one more step
        if name is not _NO_KEY:
            raise ConversionError(f"a key of {expected}", got=f"the key {name!r}")
        if not required <= result.keys():
            raise ConversionError(f"{expected} with the key '{min(required - result.keys())}'", got="one without it")
        return result

    return convert


def _is_required(hint: Any, *, default: bool) -> bool:
    while (origin := typing.get_origin(hint)) is not None:
        name: str | None = getattr(origin, "_name", None)
        if name in ("Required", "NotRequired"):
            return name == "Required"
        if name != "ReadOnly" and origin is not typing.Annotated:
            break
        hint = hint.__origin__ if origin is typing.Annotated else typing.get_args(hint)[0]
    return default


def _is_typed_dict(annotation: Annotation) -> bool:
    cls = annotation.origin
    return isinstance(cls, type) and issubclass(cls, dict) and hasattr(cls, "__required_keys__")


def register(registry: Registry) -> None:
    """A form: the classes derive from dict only."""
    registry.register_form("a TypedDict", _is_typed_dict, TypedDictTransformer())
