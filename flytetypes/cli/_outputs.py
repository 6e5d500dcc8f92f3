"""The outputs of a run: a table for people, or one JSON object."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from flytetypes import idl
from flytetypes._annotations import source_of
from flytetypes.interface import Interface
from flytetypes.types import Converter, dump_json

# Control characters, surrogates, which cannot be printed, and separators of lines and paragraphs.
_HIDDEN: Final = ("Cc", "Cs", "Zl", "Zp")


def print_outputs(interface: Interface, outputs: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the outputs of an entity, by name, on standard output; for people nothing where there are none."""
    if as_json:
        tree = {name: _json_of(value, interface.outputs[name].converter) for name, value in outputs.items()}
        click.echo(json_text(tree))
        return
    if not outputs:
        return
    table = Table("output", "type", "value", title=interface.name)
    for name, value in outputs.items():
        for index, (part, text) in enumerate(table_of(value)):
            shown = f"{name}.{part}" if part else name
            annotation = source_of(interface.outputs[name].annotation) if index == 0 else ""
            table.add_row(shown, annotation, _visible(text))
    Console(markup=False, emoji=False).print(table)


def json_text(tree: Any) -> str:
    """A tree as JSON. Floats that it has no number for are texts, as in protobuf's: `"NaN"`, `"Infinity"`."""
    return json.dumps(_finite(tree), ensure_ascii=False, allow_nan=False)


def _finite(tree: Any) -> Any:
    match tree:
        case float() if not math.isfinite(tree):
            return "NaN" if math.isnan(tree) else "Infinity" if tree > 0 else "-Infinity"
        case list():
            return [_finite(item) for item in tree]
        case dict():
            return {key: _finite(item) for key, item in tree.items()}
        case _:
            return tree


def _json_of(value: Any, converter: Converter[Any]) -> Any:
    """A value as JSON has it; one that has no form there (a pickle) is stored, and its literal told."""
    if converter.plain is None:
        return idl.to_json(converter.to_literal(value))
    return dump_json(value, converter)


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


def _visible(text: str) -> str:
    """The text with control characters, but for line breaks, as escapes: a terminal would obey them."""
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in _HIDDEN and char != "\n" else char
        for char in text
    )
