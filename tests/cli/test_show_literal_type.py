"""`flytetypes show --literal-type`, run as a user runs it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from flytetypes import idl
from flytetypes.types import TypeEngine
from test_cli import flytetypes


@dataclass
class Item:
    name: str
    price: float = 0.5


@dataclass
class Order:
    items: list[Item]
    parent: Order | None = None
    tags: list[str] = field(default_factory=list)


ORDER = json.dumps(idl.to_json(TypeEngine().literal_type(dict[str, Order])))
NO_TYPE = "the JSON is no LiteralType"
SOURCE = """\
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Item:
    name: str
    price: float = 0.5


@dataclass(kw_only=True)
class Order:
    items: list[Item]
    parent: "Order | None" = None
    tags: list[str] = field(default_factory=list)

dict[str, Order]
"""


def test_what_is_printed_can_be_pasted(monkeypatch: pytest.MonkeyPatch) -> None:
    done = flytetypes("show", "--literal-type", ORDER)
    assert (done.stdout, done.stderr, done.returncode) == (SOURCE, "", 0)
    module = ModuleType("pasted")
    monkeypatch.setitem(__import__("sys").modules, "pasted", module)
    definitions, _, annotation = done.stdout.strip().rpartition("\n")
    exec(definitions, vars(module))
    literal_type = TypeEngine().literal_type(eval(annotation, vars(module)))
    assert literal_type == idl.from_json(idl.LiteralType, json.loads(ORDER))


def test_the_type_may_be_in_a_file_or_on_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "type.json"
    file.write_text(ORDER)
    assert flytetypes("show", "--literal-type", str(file)).stdout == SOURCE
    assert flytetypes("show", "--literal-type", "-", stdin=ORDER).stdout == SOURCE


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--literal-type", '{"simple": '],
            f"Error: {NO_TYPE}: Expecting value: line 1 column 12 (char 11)\n",
        ),
        (
            ["--literal-type", '{"simple": "INT"}'],
            f"Error: {NO_TYPE}: Invalid enum value INT for enum type flytetypes.v1.SimpleType at LiteralType.simple\n",
        ),
        (
            ["--literal-type", "nowhere.json"],
            "Error: nowhere.json is neither JSON nor a file that can be read: No such file or directory\n",
        ),
        (["--literal-type", "{}"], "error: no annotation is known for the type nothing\n"),
    ],
    ids=["no JSON", "no type", "no file", "unset"],
)
def test_what_is_wrong_is_said(arguments: list[str], message: str) -> None:
    done = flytetypes("show", *arguments)
    assert (done.stdout, done.stderr, done.returncode) == ("", message, 1)


@pytest.mark.parametrize(
    ("stdin", "reason"),
    [("[1]", "expected an object, got `list`"), ('{"a":' * 100_000, "it is nested too deep")],
    ids=["a list", "deep"],
)
def test_what_is_wrong_on_standard_input_is_said_to_be_there(stdin: str, reason: str) -> None:
    done = flytetypes("show", "--literal-type", "-", stdin=stdin)
    assert done.stderr == f"Error: standard input is no LiteralType: {reason}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["int", "--literal-type", "{}"], "Error: --literal-type stands alone: it prints source code for one type\n"),
        ([], "Error: Missing argument 'ANNOTATION|MODULE:NAME', or the option '--literal-type'\n"),
    ],
)
def test_one_of_the_two_is_given(arguments: list[str], message: str) -> None:
    done = flytetypes("show", *arguments)
    assert done.returncode == 2
    assert done.stderr.endswith(message)
