"""Values from the command line: from the text of an option, and from what a file of inputs says.

A text stands for what it would in the JSON of the annotation, and where people write it otherwise, for that too: a
duration as `1d 2h`, a moment as `now`, a file as its path. `_in_json` makes the first of the second, at any depth.
"""

from __future__ import annotations

import enum
import json
import os
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import click

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.cli._load import object_in
from flytetypes.cli._times import day_of, duration_of, moment_of
from flytetypes.cli._trees import SUFFIXES, names_a_tree, parsed_json, tree_of_file, tree_of_text
from flytetypes.data import FlyteDirectory, FlyteFile, FlyteSchema, StructuredDataset
from flytetypes.errors import ConversionError, one_line
from flytetypes.types import Converter, PlainCodec, load_json

_BOOLEANS: Final = {"true": True, "false": False}
# Floats that JSON has no number for.
_NOT_FINITE: Final = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
# What a struct calls the place of something stored: of files and whatever is made of one, and of frames.
_PLACES: Final = {"path", "uri"}
_PLACE_FIELDS: Final = _PLACES | {"metadata", "file_format"}


# --- from text --------------------------------------------------------------------------------------------------------


def value_from_text(text: str, converter: Converter[Any], now: datetime | None = None) -> Any:
    """A value from the text of an option.

    Args:
        text: A string as it is; a list, a mapping or a record in JSON or YAML, or the path of a file of either; the
            path or URI of what is stored; anything else as its JSON form.
        converter: Of the annotation.
        now: What `now` is.

    Raises:
        ConversionError: When it is no value of the annotation.
        StorageError: When a file that it names, and that the value is made of, cannot be read.
    """
    variants = variants_of(converter)
    if variants and converter.annotation.origin is not Literal:
        return _of_variants(text, converter, variants, now)
    if converter.plain is None:
        return _without_json(text, converter, now)
    return value_from_tree(_tree(text, converter, converter.plain), converter, now)


def value_from_tree(tree: Any, converter: Converter[Any], now: datetime | None = None) -> Any:
    """A value from what a file of inputs says of it; raises as `value_from_text`."""
    variants, element = variants_of(converter), dict(converter.parts).get("element")
    if converter.plain is None and type(tree) is str:
        return value_from_text(tree, converter, now)
    if variants and converter.annotation.origin is not Literal:
        if type(tree) is str and any(str in variant.classes for variant in variants):
            return tree
        own_first = sorted(variants, key=lambda variant: type(tree) not in variant.classes)
        return _first(own_first, tree, converter, lambda variant: value_from_tree(tree, variant, now))
    # An element of a union by itself: of what people write, its JSON does not always tell the variant.
    is_list = converter.annotation.origin is list and type(tree) is list
    if isinstance(element, Converter) and (converter.plain is None or (is_list and variants_of(element))):
        return _items(tree, element, converter, now)
    if tree is None or converter.plain is None:
        return loaded(tree, converter)
    written = _in_json(tree, converter.plain, now)
    if _is_frame(converter) and type(written) is dict and type(written.get("uri")) is str:
        # Not read here: that is up to the task.
        return StructuredDataset(uri=written["uri"], file_format=written.get("file_format") or None)
    return loaded(written, converter)


def variants_of(converter: Converter[Any]) -> list[Converter[Any]]:
    """The variants of a union, in order; none of any other annotation."""
    return [part for label, part in converter.parts if label.startswith("variant ") and isinstance(part, Converter)]


def choices_of(converter: Converter[Any]) -> dict[str, Any]:
    """The texts of a closed set of values, with what they are in JSON; empty when the annotation is no such set.

    Of an enum its values, of a `Literal` what stands in it, of an Optional one the same.
    """
    found: dict[str, Any] = {}
    is_literal = converter.annotation.origin is Literal
    for variant in [converter] if is_literal else variants_of(converter) or [converter]:
        if variant.classes == (type(None),):
            continue
        values = _closed(variant.annotation)
        if not values or not all(isinstance(value, (str, int, float)) for value in values):
            return {}
        for value in values:
            found.setdefault(value if isinstance(value, str) else json.dumps(value), value)
    return found


def _closed(annotation: Annotation) -> list[Any]:
    if annotation.origin is Literal:
        return [arg.value if isinstance(arg, enum.Enum) else arg for arg in annotation.args if arg is not None]
    cls = annotation.origin
    if isinstance(cls, type) and issubclass(cls, enum.Enum):
        return [member.value for member in cls]
    return []


def _of_variants(text: str, converter: Converter[Any], variants: list[Converter[Any]], now: datetime | None) -> Any:
    """By the rules of unions: the variants whose class that of the text's JSON is, then the others in order.

    Any text is a string, so that is the last to be asked; one in quotes is the string inside of them.
    """
    tree = _json_or(text)
    texts = [variant for variant in variants if str in variant.classes]
    # `null` is a string where there are strings.
    others = [v for v in variants if v not in texts and not (texts and v.classes == (type(None),))]
    if texts and others and type(tree) is str and tree != text:
        return tree
    if type(tree) is not str:
        others.sort(key=lambda variant: type(tree) not in variant.classes)
    return _first([*others, *texts], tree, converter, lambda variant: value_from_text(text, variant, now))


def _first(
    variants: list[Converter[Any]], tree: Any, converter: Converter[Any], read: Callable[[Converter[Any]], Any]
) -> Any:
    """What the first variant makes of it that can; where none can, an error that says why."""
    errors = []
    for variant in variants:
        try:
            return read(variant)
        except ConversionError as error:
            errors.append((variant, error))
    possible = [(variant, error) for variant, error in errors if variant.classes != (type(None),)]
    if len(possible) == 1:
        raise possible[0][1]
    reasons = [
        f"`{variant.source}`: {error.summary}{f' at `{error.path}`' if error.steps else ''}"
        for variant, error in possible
        if error.steps or error.reason or error.expected != f"`{variant.source}`"
    ]
    raise ConversionError(f"`{converter.source}`", tree, reason="; ".join(reasons) or None)


def _tree(text: str, converter: Converter[Any], codec: PlainCodec[Any]) -> Any:
    """The tree that a text stands for; a text that is none stays itself, and is refused later."""
    if str in codec.classes and codec.natives == {str}:
        return text
    choices = choices_of(converter)
    if text in choices:
        return choices[text]
    if choices and converter.annotation.origin is Literal:
        shown = ", ".join(map(repr, choices.values()))
        raise ConversionError(f"one of {shown}", text)
    if bool in codec.classes and not choices:
        return _BOOLEANS.get(text.strip().lower(), _json_or(text))
    if _place_of(codec):
        return _json_or(text) if text.lstrip().startswith("{") else text
    if {date, datetime, timedelta} & {*codec.classes}:
        return text
    if codec.natives & {dict, list}:
        return _structure(text, codec)
    if codec.natives <= {str, bytes}:
        return _json_or(text) if text.startswith('"') else text
    return _number(text, codec)


def _json_or(text: str) -> Any:
    try:
        return parsed_json(text)
    except ValueError:
        return text


def _number(text: str, codec: PlainCodec[Any]) -> Any:
    """Also as Python writes one: `1_000`, `inf`, `.5`."""
    for cls in (int, float):
        if cls in codec.classes:
            try:
                return cls(text)
            except ValueError:
                pass
    return _json_or(text)


def _structure(text: str, codec: PlainCodec[Any] | Converter[Any]) -> Any:
    if complex in codec.classes:
        try:
            number = complex(text.replace(" ", ""))
        except ValueError:
            pass
        else:
            return [number.real, number.imag]
    try:
        return tree_of_file(Path(text)) if names_a_tree(text) else tree_of_text(text)
    except ValueError as error:
        reason = str(error)
        if reason == "it is one plain value":
            reason = f"it is given as JSON or YAML, or as the path of a file of these: {', '.join(SUFFIXES)}"
        raise ConversionError(f"`{codec.source}`", text, reason=one_line(reason)) from None


def _without_json(text: str, converter: Converter[Any], now: datetime | None) -> Any:
    """What has no form in JSON: pickles by the name of a variable, what is made of a file by its place."""
    element = dict(converter.parts).get("element")
    if isinstance(element, Converter) and (not converter.runs_code or text.lstrip().startswith("[")):
        return _items(_structure(text, converter), element, converter, now)
    if not converter.runs_code and converter.literal_type.WhichOneof("type") == "blob":
        literal = _blob(_existing(text, {}, converter.source), converter)
        return converter.to_python(literal)
    module, colon, name = text.partition(":")
    if converter.runs_code and colon and name and all(part.isidentifier() for part in module.split(".")):
        try:
            value = object_in(module, name)
        except click.ClickException as error:
            raise ConversionError(f"`{converter.source}`", text, reason=error.message) from None
        if converter.classes and not isinstance(value, converter.classes):
            raise ConversionError(f"`{converter.source}`", value, reason=f"that is `{text}`")
        return value
    if not converter.classes and not colon:  # of anything, so of a string too
        return text
    raise ConversionError(f"`{converter.source}`", text, reason="it is given as `module:variable`")


def _items(tree: Any, element: Converter[Any], converter: Converter[Any], now: datetime | None) -> list[Any]:
    if type(tree) is not list:
        raise ConversionError(f"`{converter.source}`", tree)
    values = []
    try:
        for item in tree:
            values.append(value_from_tree(item, element, now))  # noqa: PERF401 - the length says where it failed
    except ConversionError as error:
        raise error.within(len(values))  # noqa: B904 - the same error, with its index
    return values


def _blob(uri: str, converter: Converter[Any]) -> Any:
    literal = idl.Literal()
    literal.scalar.blob.uri = uri
    literal.scalar.blob.metadata.type.CopyFrom(converter.literal_type.blob)
    return literal


def is_bool(converter: Converter[Any] | PlainCodec[Any]) -> bool:
    """Whether the values are `true` and `false`, and None at most."""
    return bool in converter.classes and {*converter.classes} <= {bool, type(None)}


def loaded(tree: Any, converter: Converter[Any], *, reason: str | None = None) -> Any:
    """The value that parsed JSON stands for; an error has the reason if it says nothing better."""
    try:
        return load_json(tree, converter)
    except ConversionError as error:
        if error.reason is None and not error.steps:
            if is_bool(converter):
                reason = "values are JSON: `true` or `false`"
            elif str in converter.classes and isinstance(tree, (bool, int, float, type(None))):
                reason = f"strings need quotes: '\"{json.dumps(tree)}\"'"
            error.reason = reason and one_line(reason)
        raise


# --- what people write, as JSON has it --------------------------------------------------------------------------------


def _in_json(tree: Any, codec: PlainCodec[Any], now: datetime | None) -> Any:
    """The tree with texts for durations, moments and places as the JSON form of these.

    Raises:
        ConversionError: For a duration or a moment that is none, and a file that is not there.
    """
    variants = [part for label, part in codec.parts if label.startswith("variant ")]
    if variants:
        return _variant_in_json(tree, variants, now)
    place = _place_of(codec)
    if place:
        return _place_in_json(tree, codec, place)
    if type(tree) is str:
        return _text_in_json(tree, codec, now)
    parts = dict(codec.parts)
    if type(tree) is list and complex in codec.classes:
        return [float(item) if type(item) is str and _NOT_FINITE.fullmatch(item) else item for item in tree]
    if type(tree) is list:
        element = parts.get("element")
        of = [element or parts.get(f"[{index}]") for index in range(len(tree))]
        if element is None and None in of:  # a record by position
            of = [*parts.values()] if len(parts) == len(tree) else [None] * len(tree)
        return [_step(index, item, part, now) for index, (item, part) in enumerate(zip(tree, of, strict=True))]
    if type(tree) is dict:
        is_mapping = {*parts} == {"key", "value"} and any(issubclass(cls, Mapping) for cls in codec.classes)
        value = parts["value"] if is_mapping else None
        return {
            key: _step(f"[{json.dumps(key)}]" if is_mapping else f".{key}", item, value or parts.get(key), now)
            for key, item in tree.items()
        }
    return tree


def _step(step: str | int, tree: Any, codec: PlainCodec[Any] | None, now: datetime | None) -> Any:
    if codec is None:
        return tree
    try:
        return _in_json(tree, codec, now)
    except ConversionError as error:
        raise error.within(step)  # noqa: B904 - the same error, with one more step


def _variant_in_json(tree: Any, variants: list[PlainCodec[Any]], now: datetime | None) -> Any:
    """As the first variant has it that knows what people write there; a string is one where there are strings.

    A duration beside numbers stays its text, and is refused: its seconds would be taken for a number.
    """
    if type(tree) is str and any(str in variant.classes for variant in variants):
        return tree
    errors = []
    for variant in variants:
        try:
            written = _in_json(tree, variant, now)
        except ConversionError as error:
            errors.append(error)
        else:
            if written != tree or type(written) is not type(tree):
                numbers = [each for each in variants if {int, float} & {*each.classes}]
                return tree if numbers and timedelta in variant.classes else written
    if len(errors) == sum(type(None) not in variant.classes for variant in variants) == 1:
        raise errors[0]
    return tree


def _text_in_json(text: str, codec: PlainCodec[Any], now: datetime | None) -> Any:
    try:
        if timedelta in codec.classes:
            seconds = duration_of(text).total_seconds()
            return int(seconds) if seconds.is_integer() else seconds
        if datetime in codec.classes:
            return moment_of(text, now).isoformat()
        if date in codec.classes:
            return day_of(text, now and now.date()).isoformat()
        if float in codec.classes and _NOT_FINITE.fullmatch(text):
            return float(text)
    except ValueError as error:
        raise ConversionError(f"`{codec.source}`", text, reason=str(error)) from None
    return text


def _place_of(codec: PlainCodec[Any]) -> str | None:
    """The key of its place when the values are stored: a file, a directory, a frame, an image."""
    if not codec.stored or codec.parts or dict not in codec.natives:
        return None
    if FlyteSchema in codec.classes:
        return "remote_path"
    keys = {*(codec.schema(ours=True) or {}).get("properties", ())}
    return next(iter(keys & _PLACES), None) if keys <= _PLACE_FIELDS else None


def _place_in_json(tree: Any, codec: PlainCodec[Any], place: str) -> Any:
    entries = {place: tree} if type(tree) is str else tree
    if type(entries) is not dict or type(entries.get(place)) is not str:
        return tree
    kinds = {kind for kind in ("file", "directory") if any(_holds(cls, kind) for cls in codec.classes)}
    return {**entries, place: _existing(entries[place], kinds, codec.source)}


def _holds(cls: type, kind: str) -> bool:
    return issubclass(cls, FlyteFile if kind == "file" else FlyteDirectory)


def _existing(text: str, kinds: set[str] | dict[str, str], source: str) -> str:
    """A path or URI, if it is a URI or leads somewhere; raises `ConversionError`.

    Args:
        text: What was given.
        kinds: What it may lead to, `file` or `directory`; either, when there is nothing.
        source: The annotation.
    """
    if not text or "\0" in text or FlyteFile(text).is_remote:
        return text
    path = Path(text.removeprefix("file://")).expanduser()
    wanted = " or ".join(sorted(kinds)) or "file or directory"
    if not path.exists():
        raise ConversionError(f"`{source}`, an existing {wanted} or a URI", got=f"'{text}'", reason="it is not there")
    if len(kinds) == 1 and path.is_dir() != ("directory" in kinds):
        raise ConversionError(f"`{source}`", got=f"the {'directory' if path.is_dir() else 'file'} '{text}'")
    return os.path.abspath(path)  # noqa: PTH100 - `resolve` would follow links, whose names say what a file is


def _is_frame(converter: Converter[Any]) -> bool:
    kind: str | None = converter.literal_type.WhichOneof("type")
    return kind == "structured_dataset_type"
