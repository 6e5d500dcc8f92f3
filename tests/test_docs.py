"""What the README and the pages of `docs/` say is true: their examples run, and their tables are asked.

In order on each page, in one namespace:

- `python` blocks are executed; one with `>>>` is a doctest;
- `console` blocks are commands behind `$ ` with their output, run in the root of the repository.

Other blocks (`text`, `sh`, `json`) are for reading.
"""

from __future__ import annotations

import doctest
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import msgpack
import pytest

from flytetypes import TypeEngine, castable, idl
from flytetypes._diagnostics import CODES
from flytetypes.types import shared_registry
from flytetypes.types._names import STRUCT_ANNOTATION

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
READ_ONLY = {"text", "sh", "json", "toml"}
COMMANDS = {"flytetypes", "python"}

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!\w+:)(?P<target>[^)#]+)")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    info: str
    body: str
    line: int
    """Of the first line of the body, from 1."""


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(found["info"], found["body"], text.count("\n", 0, found.start("body")) + 1)
        for found in _FENCE.finditer(text)
    ]


def rows(page: Path, *headings: str) -> Iterator[list[str]]:
    """The cells below these headings, row by row, without backticks, of all tables that begin with them."""
    wanted = False
    for line in page.read_text(encoding="utf-8").splitlines():
        # A `|` inside a cell is written `\\|`.
        cells = [cell.strip().strip("`").replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells:
            wanted = False
        elif cells[: len(headings)] == list(headings):
            wanted = True
        elif wanted and set(cells[0]) != {"-"}:
            yield cells[: len(headings)]


@pytest.fixture(autouse=True)
def _unregistered() -> Iterator[None]:
    """What a page registers is gone when its test is over."""
    with shared_registry().scope():
        yield


def run_page(page: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Run the examples of a page, as the module that they are."""
    module = ModuleType(f"page_{page.stem.lower()}")
    module.__file__ = str(page)
    # Classes look up their annotations in the module that they say they are from.
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for block in blocks(page):
        if block.info == "python" and ">>>" in block.body:
            run_doctest(block, module)
        elif block.info == "python":
            # Preceded by blank lines, so that tracebacks and `inspect` find the lines in the page.
            source = "\n" * (block.line - 1) + block.body
            exec(compile(source, str(page), "exec"), module.__dict__)
        elif block.info == "console":
            run_console(block)
    return module


def run_doctest(block: Block, module: ModuleType) -> None:
    name = f"{module.__file__}:{block.line}"
    test = doctest.DocTestParser().get_doctest(block.body, module.__dict__, name, module.__file__, block.line - 1)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    failed = runner.run(test, out=report.append, clear_globs=False).failed
    assert not failed, "".join(report)
    module.__dict__.update(test.globs)


def run_console(block: Block) -> None:
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    for example in re.split(r"^\$ ", block.body, flags=re.MULTILINE)[1:]:
        command, _, expected = example.partition("\n")
        program, *arguments = shlex.split(command)
        assert program in COMMANDS, f"`{command}` is not one of {COMMANDS}: put it into a `sh` block"
        done = subprocess.run(
            [Path(sys.executable).parent / program, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        printed = "\n".join(line.rstrip() for line in done.stdout.rstrip().splitlines())
        assert printed == expected.rstrip(), f"$ {command}"


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


# No other process can load a page, so a task with a timeout stays in a thread here, and says so.
@pytest.mark.filterwarnings("ignore:.*runs in a thread of this process:RuntimeWarning")
@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_examples_of_a_page_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_page(page, monkeypatch)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_block_escapes_being_run(page: Path) -> None:
    assert {block.info for block in blocks(page)} <= {"python", "console"} | READ_ONLY
    assert page.read_text(encoding="utf-8").count("\n```") % 2 == 0


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"], ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    targets = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_table_of_types_is_what_the_engine_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    page = ROOT / "docs" / "types.md"
    names = run_page(page, monkeypatch).__dict__
    told = {annotation: json.loads(text) for annotation, text in rows(page, "annotation", "LiteralType")}
    engine = TypeEngine()
    written = {annotation: idl.to_json(engine.literal_type(eval(annotation, names))) for annotation in told}
    for literal_type in written.values():
        if literal_type.get("annotation") == {"annotations": STRUCT_ANNOTATION}:  # the page tells it once for all
            del literal_type["annotation"]
    assert told
    assert told == written


def test_the_table_of_fields_is_what_the_engine_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    page = ROOT / "docs" / "types.md"
    names = run_page(page, monkeypatch).__dict__
    engine = TypeEngine()
    told = list(rows(page, "annotation", "value", "in the tree"))
    assert told
    for annotation, text, tree in told:
        cls: Any = make_dataclass("Holder", [("field", eval(annotation, names))])
        value = eval(text, names)
        literal = engine.to_literal(cls(value), cls)
        back = engine.to_python(literal, cls).field
        assert msgpack.unpackb(literal.scalar.binary.value, strict_map_key=False) == {"field": eval(tree)}, annotation
        assert (back, type(back)) == (value, type(value)), annotation


def test_the_table_of_further_types_is_what_the_engine_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    page = ROOT / "docs" / "types.md"
    names = run_page(page, monkeypatch).__dict__
    engine = TypeEngine()
    told = list(rows(page, "annotation", "value", "type", "on the wire", "inside a struct"))
    assert told
    for text, value_text, rendered, on_its_own, inside in told:
        annotation, value = eval(text, names), eval(value_text, names)
        literal = engine.to_literal(value, annotation)
        back = engine.to_python(literal, annotation)
        assert (back, type(back)) == (value, type(value)), text
        assert idl.render_type(engine.literal_type(annotation)) == rendered, text
        assert bare(literal) == eval(on_its_own), text
        cls: Any = make_dataclass("Holder", [("field", annotation)])
        tree = bare(engine.to_literal(cls(value), cls))["field"]
        assert tree == (eval(on_its_own) if inside == "the same" else eval(inside)), text


def bare(literal: idl.Literal) -> Any:
    """What a literal holds, its tags and types aside."""
    scalar = literal.scalar
    match literal.WhichOneof("value"), scalar.WhichOneof("value"):
        case "collection", _:
            return [bare(item) for item in literal.collection.literals]
        case "map", _:
            return {key: bare(item) for key, item in literal.map.literals.items()}
        case _, "union":
            return bare(scalar.union.value)
        case _, "binary":
            data = scalar.binary.value
            return msgpack.unpackb(data, strict_map_key=False) if scalar.binary.tag else data
        case _:
            return getattr(scalar.primitive, scalar.primitive.WhichOneof("value") or "")


def test_the_table_of_what_fits_is_what_castable_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    page = ROOT / "docs" / "assignability.md"
    names = run_page(page, monkeypatch).__dict__
    engine = TypeEngine()
    told = list(rows(page, "output", "input", "fits"))
    assert told
    for output, into, answer in told:
        upstream, downstream = (engine.literal_type(eval(text, names)) for text in (output, into))
        assert castable(upstream, downstream) == {"yes": True, "no": False}[answer], f"{output} -> {into}"


def test_the_codes_of_diagnostics_are_all_told() -> None:
    assert dict(rows(ROOT / "docs" / "checking.md", "code", "meaning")) == CODES
