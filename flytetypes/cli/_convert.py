"""`flytetypes convert`: a value to a literal and back, in the forms that people and programs use."""

from __future__ import annotations

import json
from typing import Any, Literal

import click

from flytetypes import idl
from flytetypes.cli._load import annotation_of
from flytetypes.cli._outputs import text_of
from flytetypes.cli._trees import parsed_json, text_of_stdin
from flytetypes.cli._values import is_bool, loaded
from flytetypes.interface import default_engine
from flytetypes.types import Converter, dump_json

Form = Literal["value", "json", "hex", "text"]

# The longest text that an error repeats in quotes.
_QUOTABLE = 60


@click.command()
@click.argument("annotation", metavar="ANNOTATION|MODULE:NAME")
@click.argument("data", default="-")
@click.option(
    "--from",
    "source",
    type=click.Choice(["value", "json", "hex"]),
    default="value",
    show_default=True,
    help="What DATA is: the value as JSON (a string may go without quotes), a Literal as protobuf's JSON, "
    "or its bytes in hex.",
)
@click.option(
    "--to",
    "target",
    type=click.Choice(["value", "json", "hex", "text"]),
    default="json",
    show_default=True,
    help="What to print: the same, or the value as text for people.",
)
def convert(annotation: str, data: str, source: Form, target: Form) -> None:
    """Convert DATA (- reads standard input) by an annotation, to a Flyte literal or back.

    flytetypes convert "list[int]" "[1, 2]" --to hex
    """
    converter = default_engine().converter(annotation_of(annotation))
    try:
        text = text_of_stdin() if data == "-" else data
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    try:
        value = _value(text, converter) if source == "value" else converter.to_python(_literal(text, source))
        click.echo(_output(value, converter, target))
    except RecursionError:
        raise click.ClickException("this is nested too deep") from None


def _output(value: Any, converter: Converter[Any], target: Form) -> str:
    match target:
        case "value":
            return json.dumps(dump_json(value, converter), ensure_ascii=False)
        case "json":
            return json.dumps(idl.to_json(converter.to_literal(value)), ensure_ascii=False)
        case "hex":
            return converter.to_bytes(value).hex()
        case "text":
            return text_of(value)


def _value(text: str, converter: Converter[Any]) -> Any:
    try:
        tree = parsed_json(text)
    except ValueError as error:
        text = text.removesuffix("\n")
        if str in converter.classes:
            return text
        hint = ""
        if is_bool(converter):
            hint = "; a `bool` is `true` or `false`"
        elif text and text[0] not in '[{"':
            quoted = json.dumps(text, ensure_ascii=False)
            hint = f"; strings need quotes: '{quoted}'" if len(quoted) <= _QUOTABLE else "; strings need quotes"
        raise click.ClickException(f"this is no JSON: {error}{hint}") from None
    return loaded(tree, converter)


def _literal(text: str, source: Form) -> idl.Literal:
    try:
        if source == "hex":
            return idl.Literal.FromString(bytes.fromhex(text.strip()))
        return idl.from_json(idl.Literal, parsed_json(text))
    except (ValueError, idl.DecodeError) as error:
        raise click.ClickException(f"this is no Literal in {source}: {' '.join(str(error).split())}") from None
