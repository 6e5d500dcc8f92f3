"""Values on the command line: from the text of an option, and to the text of a result."""

from __future__ import annotations

import dataclasses
import enum
import json
from typing import Any

from flytetypes.errors import ConversionError, one_line
from flytetypes.types import Converter, load_json


def value_from_text(text: str, converter: Converter[Any]) -> Any:
    """A value from the text of an option: a string as it is, anything else as JSON, or as its own text (a date).

    Raises:
        ConversionError: When it is no value of the annotation, or the annotation has no form in JSON.
    """
    if str in converter.classes:
        return text
    try:
        tree = parsed_json(text)
    except ValueError as error:
        looks_like_json = text.lstrip()[:1] in ("[", "{", '"')
        return loaded(text, converter, reason=f"this is no JSON: {error}" if looks_like_json else None)
    return loaded(tree, converter)


def is_bool(converter: Converter[Any]) -> bool:
    """Whether the values are `true` and `false`, and None at most."""
    return bool in converter.classes and {*converter.classes} <= {bool, type(None)}


def parsed_json(text: str) -> Any:
    """What a text says as JSON; raises `ValueError` for all other texts."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


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


def table_of(value: Any) -> list[tuple[str, str]]:
    """A value as rows of a table: the fields of a dataclass or NamedTuple, or the one value."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(field.name, text_of(getattr(value, field.name))) for field in dataclasses.fields(value)]
    return [("", text_of(value))]


def text_of(value: Any) -> str:
    """A value as people read it: floats with six digits, lists in brackets, long ones shortened."""
    match value:
        case float():
            return f"{value:.6g}"
        case list() if len(value) > 12:
            shown = ", ".join(map(text_of, value[:10]))
            return f"[{shown}, … {len(value) - 10} more]"
        case list():
            return f"[{', '.join(map(text_of, value))}]"
        case dict():
            return f"{{{', '.join(f'{text_of(k)}: {text_of(v)}' for k, v in value.items())}}}"
        case enum.Enum():
            return str(value.value)
        case _:
            return str(value)
