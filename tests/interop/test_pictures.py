"""What we write for Mermaid and Graphviz, read and drawn by them: every label arrives as it was, whatever is in it."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flytetypes.compiler._picture import Arrow, Kind, Picture, Shape, draw
from flytetypes.compiler._picture_parts import KINDS

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(
        shutil.which("node") is None or shutil.which("npm") is None,
        reason="needs node and npm: Mermaid and a Graphviz in WebAssembly draw what is tested",
    ),
]

SOURCE = Path(__file__).parent / "pictures"
CACHE = Path(__file__).parents[2] / ".cache" / "interop"

HOSTILE = [
    *("end", "subgraph", "graph TD", "click me", "o", "x", "0", "007", "default", "node", "strict"),
    *('"', "'", 'a "quoted" b', "`code`", '"`text`"', "\\", "back\\", "a\\b\\n", "\\N \\G \\l", "a;b", "a:b", "x:::y"),
    *("[x]", "{y}", "(z)", "a | b", "{a|b}", "<port> x", "A-->B", "--> |x|", "@{ shape: x }", "a@b.c", "a:port"),
    *(
        "<b>bold</b>",
        "a < b > c",
        "<br/>",
        "</div>",
        "<script>alert(1)</script>",
        "&lt; & &#38; &eacute;",
        "#35; #quot; #",
    ),
    *("**bold** *it* __init__ _p_ a_b", "~~no~~", "1. first", "10) x", "- item", "+ item", "* item", "=====", "---"),
    *("# head", "> quote", "[x](y)", "![i](j)", "https://example.com/a_b", "www.example.com", "me@example.com"),
    *("style x:#fff;", "classDef a:#0f0;", "%%{init: {}}%%", "%% comment", "accTitle: x", "$$x^2$$", "fa:fa-car"),
    *("é ü 漢字 😀 مرحبا", "“q”", "a  b", "x: dict[str, list[int]] = {}", "(a: int, *, b: str) -> (o0: float)"),
]


@cache
def reader() -> Path:
    """The program in `pictures/`, with its packages: made once for each state of its sources."""
    names = ("package.json", "package-lock.json", "read.mjs")
    digest = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in names)).hexdigest()[:16]
    directory = CACHE / f"pictures-{digest}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"pictures-{digest}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "finished").exists():
            shutil.rmtree(directory, ignore_errors=True)  # what is there was interrupted
            directory.mkdir()
            for name in names:
                shutil.copy(SOURCE / name, directory)
            install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(install, cwd=directory, check=True, stdout=sys.stderr)
            (directory / "finished").touch()
    return directory / "read.mjs"


def drawn(*pictures: Picture) -> list[dict[str, Any]]:
    """What Mermaid and Graphviz made of each picture."""
    questions = [{form: draw(picture, form) for form in ("mermaid", "dot")} for picture in pictures]
    done = subprocess.run(
        ["node", reader()], input=json.dumps(questions), capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr[-5_000:]
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def labelled(text: str) -> Picture:
    """A picture that has a text wherever there can be one."""
    return Picture(
        text,
        (Shape("a", text, "task"), Shape("g", text, "workflow"), Shape("g.b", "b", "task", detail=text, parent="g")),
        (Arrow("a", "g.b", text), Arrow("a", "g", text, dashed=True)),
    )


@cache
def answers() -> str:
    return json.dumps(dict(zip(HOSTILE, drawn(*map(labelled, HOSTILE)), strict=True)))


@pytest.fixture
def hostile() -> dict[str, dict[str, Any]]:
    """By hostile text: what was drawn of a picture that is labelled with it."""
    found: dict[str, dict[str, Any]] = json.loads(answers())
    return found


def test_mermaid_shows_hostile_labels_as_they_are(hostile: dict[str, dict[str, Any]]) -> None:
    found = {text: answer["mermaid"] for text, answer in hostile.items()}
    for seen in found.values():
        del seen["title"]
        seen["nodes"] = sorted(node.replace("\u200b", "") for node in seen["nodes"])
        seen["clusters"] = [cluster.replace("\u200b", "") for cluster in seen["clusters"]]
        seen["labels"] = [label.replace("\u200b", "") for label in seen["labels"]]
    assert found == {
        text: {
            "nodes": sorted([text, f"b\n{text}"]),
            "clusters": [text],
            "labels": [text, text],
            "arrows": 2,
            "marked": 0,
        }
        for text in HOSTILE
    }


def test_mermaid_shows_hostile_titles_as_they_are_but_for_what_looks_like_a_tag(
    hostile: dict[str, dict[str, Any]],
) -> None:
    """Mermaid itself cleans titles, and shows what it made of them."""
    titles = {text: answer["mermaid"]["title"] for text, answer in hostile.items()}
    wrong = {text for text, title in titles.items() if title != [text]}
    assert {text for text in wrong if "<" not in text and "&" not in text} == set()


def test_graphviz_shows_hostile_labels_as_they_are(hostile: dict[str, dict[str, Any]]) -> None:
    for text, answer in hostile.items():
        graph = answer["dot"]
        unknown = [message for message in graph["errors"] if "width of non-ASCII character" not in message]
        assert (text, graph["status"], unknown) == (text, "success", [])
        visible = [node for node in graph["nodes"] if node[0] != "g"]  # the node that ties an arrow to its cluster
        assert sorted(visible) == [["a", text], ["g.b", f"b\n{text}"]]
        assert graph["clusters"] == [["cluster_g", text]]
        assert sorted(graph["edges"]) == [["a->g", text], ["a->g.b", text]]


def test_both_draw_every_kind_and_arrows_between_all_that_can_be() -> None:
    shapes = [Shape(kind, f"the {kind}", kind) for kind in KINDS]
    outer: Kind = "branch"
    nested = [
        Shape("n", "outer", outer),
        Shape("n.m", "inner", "workflow", parent="n"),
        Shape("n.m.k", "innermost", "task", parent="n.m"),
    ]
    ends = ["task", "n", "n.m", "n.m.k", "map"]
    arrows = [Arrow(source, target) for index, source in enumerate(ends) for target in ends[index + 1 :]]
    arrows += [Arrow("n.m.k", "n", "out"), Arrow("n.m", "n", dashed=True)]
    [answer] = drawn(Picture("kinds", (*shapes, *nested), tuple(arrows)))
    assert answer["mermaid"]["arrows"] == len(arrows)
    assert sorted(text for text in answer["mermaid"]["nodes"] if text.strip()) == sorted(
        [*(shape.label for shape in shapes), "innermost"]
    )
    assert sorted(answer["mermaid"]["clusters"]) == ["inner", "outer"]
    assert (answer["dot"]["status"], answer["dot"]["errors"]) == ("success", [])
    assert len(answer["dot"]["edges"]) == len(arrows)
    assert sorted(name for name, _ in answer["dot"]["clusters"]) == ["cluster_n", "cluster_n.m"]
