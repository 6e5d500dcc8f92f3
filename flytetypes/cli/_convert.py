"""`flytetypes convert`: a value to a literal and back, in the forms that people and programs use."""

from __future__ import annotations

import json
import sys
from typing import Any, Literal

import click

from flytetypes import idl
from flytetypes.cli._load import annotation_of
from flytetypes.cli._values import text_of
from flytetypes.interface import default_engine
from flytetypes.types import dump_json, load_json

Form = Literal["value", "json", "hex", "text"]


@click.command()
@click.argument("annotation", metavar="ANNOTATION|MODULE:NAME")
@click.argument("data", default="-")
@click.option(
    "--from",
    "source",
    type=click.Choice(["value", "json", "hex"]),
    default="value",
    show_default=True,
    help="What DATA is: the value as JSON, a Literal as protobuf's JSON, or its bytes in hex.",
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
    text = sys.stdin.read() if data == "-" else data
    value = converter.to_python(_literal(text, source)) if source != "value" else load_json(_json(text), converter)
    match target:
        case "value":
            click.echo(json.dumps(dump_json(value, converter), ensure_ascii=False))
        case "json":
            click.echo(json.dumps(idl.to_json(converter.to_literal(value)), ensure_ascii=False))
        case "hex":
            click.echo(converter.to_bytes(value).hex())
        case "text":
            click.echo(text_of(value))


def _literal(text: str, source: Form) -> idl.Literal:
    try:
        if source == "hex":
            return idl.Literal.FromString(bytes.fromhex(text.strip()))
        return idl.from_json(idl.Literal, _json(text))
    except (ValueError, idl.DecodeError) as error:
        raise click.ClickException(f"this is no Literal in {source}: {' '.join(str(error).split())}") from None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.ClickException(f"this is no JSON: {error}") from None
