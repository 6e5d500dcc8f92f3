"""Pictures: what each form says, and that drawings are sound, whatever the graph and its labels are."""

import html
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flytetypes.compiler._picture import FORMS, Arrow, Kind, Picture, Shape, draw
from flytetypes.compiler._picture_parts import KINDS, lines_of, one_line
from flytetypes.errors import MissingPackageError

SMALL = Picture(
    "scale",
    (
        Shape("in.values", "values", "input", "list[float]"),
        Shape("n1", "n1  centre", "workflow", "(values: list[float], mu: float) -> list[float]"),
        Shape("n1.n0", "n0  minus", "task", parent="n1"),
        Shape("n0", "n0  mean", "task"),
        Shape("n2", "n2  notify", "launch-plan"),
        Shape("out.o0", "o0", "output", "list[float]"),
    ),
    (
        Arrow("in.values", "n0", "values"),
        Arrow("in.values", "n1.n0", "values"),
        Arrow("n0", "n1", "mu"),
        Arrow("n1", "n1.n0", "mu"),
        Arrow("n1", "out.o0", "o0"),
        Arrow("n1", "n2", dashed=True),
    ),
)


def test_text_lists_what_happens_in_its_order_and_what_feeds_it() -> None:
    assert draw(SMALL, "text") == (
        """\
scale
  input        in.values  list[float]
  task         n0  mean
                 from in.values: values
  workflow     n1  centre  (values: list[float], mu: float) -> list[float]
                 from n0: mu
    task         n1.n0  minus
                   from in.values: values
                   from n1: mu
  launch-plan  n2  notify
                 after n1
  output       out.o0  list[float]
                 from n1: o0
"""
    )


def test_json_has_the_fields_by_name() -> None:
    tree = json.loads(draw(SMALL, "json"))
    assert list(tree) == ["title", "nodes", "edges"]
    assert tree["title"] == "scale"
    assert tree["nodes"][2] == {"id": "n1.n0", "label": "n0  minus", "kind": "task", "detail": "", "parent": "n1"}
    assert tree["edges"][5] == {"source": "n1", "target": "n2", "label": "", "dashed": True}
    again = Picture(
        tree["title"],
        tuple(Shape(**node) for node in tree["nodes"]),
        tuple(Arrow(**edge) for edge in tree["edges"]),
    )
    assert again == SMALL


def test_mermaid_is_a_flowchart_with_subgraphs() -> None:
    assert draw(SMALL, "mermaid") == (
        """\
---
title: "scale"
---
flowchart TD
  s_in_values(["values<br/>list[float]"])
  s_n0["n0  mean"]
  subgraph s_n1["n1  centre<br/>(values: list[float], mu: float) -#62; list[float]"]
    in_s_n1((" "))
    s_n1_n0["n0  minus"]
  end
  s_n2[/"n2  notify"/]
  s_out_o0(["o0<br/>list[float]"])
  s_in_values -->|"values"| s_n0
  s_in_values -->|"values"| s_n1_n0
  s_n0 -->|"mu"| s_n1
  in_s_n1 -->|"mu"| s_n1_n0
  s_n1 -->|"o0"| s_out_o0
  s_n1 -.-> s_n2
"""
    )


def test_dot_is_a_digraph_with_clusters() -> None:
    assert draw(SMALL, "dot") == (
        """\
digraph "scale" {
  graph [label="scale", labelloc=t, rankdir=TB, compound=true]
  node [fontname="Helvetica", fontsize=11]
  edge [fontname="Helvetica", fontsize=10]
  "in.values" [label="values\\nlist[float]", shape=oval]
  "n0" [label="n0  mean", shape=box]
  subgraph "cluster_n1" {
    label="n1  centre\\n(values: list[float], mu: float) -> list[float]"
    "n1" [label="", shape=point, style=invis]
    "n1.n0" [label="n0  minus", shape=box]
  }
  "n2" [label="n2  notify", shape=cds]
  "out.o0" [label="o0\\nlist[float]", shape=oval]
  "in.values" -> "n0" [label="values"]
  "in.values" -> "n1.n0" [label="values"]
  "n0" -> "n1" [label="mu", lhead="cluster_n1"]
  "n1" -> "n1.n0" [label="mu"]
  "n1" -> "out.o0" [label="o0", ltail="cluster_n1"]
  "n1" -> "n2" [style=dashed, ltail="cluster_n1"]
}
"""
    )


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_picture_is_drawn(form: str) -> None:
    if form == "svg":
        pytest.importorskip("igraph")
    assert draw(Picture("", (), ()), form).endswith("\n")


def test_the_same_picture_gives_the_same_bytes_in_every_process() -> None:
    pytest.importorskip("igraph")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from compiler.test_picture import SMALL, draw, FORMS\n"
        "print(*(draw(SMALL, form) for form in FORMS))"
    )
    tests = str(Path(__file__).parents[1])
    drawn = {
        subprocess.run(
            [sys.executable, "-c", program, tests],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert drawn == {" ".join(draw(SMALL, form) for form in FORMS) + "\n"}


def test_drawing_does_not_touch_the_random_numbers_of_others() -> None:
    pytest.importorskip("igraph")
    random.seed(1)
    before = random.getstate()
    draw(SMALL, "svg")
    assert random.getstate() == before


def test_an_unknown_form_is_named_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match="form") as caught:
        draw(SMALL, "png")
    assert str(caught.value) == "unknown form `png`: one of text, json, mermaid, dot, svg"


def test_without_igraph_svg_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "igraph", None)
    with pytest.raises(MissingPackageError) as caught:
        draw(SMALL, "svg")
    assert str(caught.value) == "drawing a graph as svg needs igraph: pip install 'flytetypes[draw]'"


A, B = Shape("a", "a", "task"), Shape("b", "b", "task")


@pytest.mark.parametrize(
    ("shapes", "arrows", "message"),
    [
        ((A, A), (), "two shapes are called `a`"),
        ((Shape("", "", "task"),), (), "a shape cannot be called '': an id is printable text"),
        ((Shape("a\n", "", "task"),), (), "a shape cannot be called 'a\\n': an id is printable text"),
        (
            (Shape("a", "", "cloud"),),  # type: ignore[arg-type]
            (),
            f"shape `a` has the unknown kind `cloud`: one of {', '.join(KINDS)}",
        ),
        ((Shape("a", "", "task", parent="x"),), (), "shape `a` lies in `x`, which is not in the picture"),
        ((Shape("a", "", "task", parent="b"), Shape("b", "", "task", parent="a")), (), "shape `a` lies in itself"),
        ((A,), (Arrow("a", "x"),), "an arrow goes from `a` to `x`: there is no `x`"),
        ((A,), (Arrow("x", "a"),), "an arrow goes from `x` to `a`: there is no `x`"),
        ((A,), (Arrow("a", "a"),), "an arrow goes from `a` to itself"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_what_cannot_be_drawn_is_refused(
    form: str, shapes: tuple[Shape, ...], arrows: tuple[Arrow, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=r"shape|arrow") as caught:
        draw(Picture("wrong", shapes, arrows), form)
    assert str(caught.value) == message


@pytest.mark.parametrize("form", FORMS)
def test_shapes_in_a_circle_are_drawn(form: str) -> None:
    if form == "svg":
        pytest.importorskip("igraph")
    inner = Shape("a.x", "x", "task", parent="a"), Shape("a.y", "y", "task", parent="a")
    circle = Picture("circle", (A, B, *inner), (Arrow("a.x", "b"), Arrow("b", "a.y"), Arrow("b", "a", dashed=True)))
    assert draw(circle, form) == draw(circle, form)


def test_siblings_are_sorted_and_otherwise_keep_their_order() -> None:
    shapes = tuple(Shape(name, name, "task") for name in "dcba")
    text = draw(Picture("order", shapes, (Arrow("a", "c"),)), "text")
    assert re.findall(r"task  (\w)", text) == ["d", "b", "a", "c"]


@pytest.mark.parametrize("form", FORMS)
def test_long_and_deep_pictures_need_no_recursion(form: str) -> None:
    if form == "svg":
        pytest.importorskip("igraph")
    size = 10_000 if form != "svg" else 1_500
    long = Picture(
        "long",
        tuple(Shape(f"n{number}", "step", "task") for number in range(size)),
        tuple(Arrow(f"n{number}", f"n{number + 1}") for number in range(size - 1)),
    )
    deep = Picture(
        "deep",
        tuple(
            Shape(f"n{number}", "", "workflow", parent=f"n{number - 1}" if number else None) for number in range(1_500)
        ),
        (Arrow("n0", "n1499"),),
    )
    assert draw(long, form).count("step") >= size
    assert "n1499" in draw(deep, form)


# --- labels -----------------------------------------------------------------------------------------------------------

hostile = st.text(
    st.one_of(st.sampled_from("\"'\\<>&#;[]{}()|`*_-%$:\n\r\t\x00\x1b\u2028\ud800\ufffe\u202e"), st.characters()),
    max_size=12,
) | st.sampled_from(["end", 'a"]', "]]>", "--></g>", "#quot;", "&quot;", "\\", '\\"', "subgraph x", "%%{init}%%"])


def labelled(title: str, label: str, detail: str, arrow: str) -> Picture:
    return Picture(
        title,
        (
            Shape("a", label, "task", detail),
            Shape("b", label, "branch"),
            Shape("b.c", label, "gate", detail, parent="b"),
        ),
        (Arrow("a", "b.c", arrow), Arrow("a", "b", arrow, dashed=True)),
    )


def shown(*texts: str) -> str:
    """What is to be read where some texts are shown below each other."""
    return "\n".join(line.strip() for text in texts for line in lines_of(text) if line.strip())


@given(hostile)
def test_lines_that_are_shown_move_no_cursor_and_are_valid_xml(text: str) -> None:
    for line in lines_of(text):
        assert all(character.isprintable() or character in "\u200c\u200d" for character in line)
        ET.fromstring(f"<a>{html.escape(line)}</a>")
    assert "\n" not in one_line(text)


@given(hostile, hostile, hostile, hostile)
def test_text_has_a_line_for_each_thing(title: str, label: str, detail: str, arrow: str) -> None:
    lines = draw(labelled(title, label, detail, arrow), "text").split("\n")
    assert [line.split()[:2] for line in lines[1:]] == [
        *(["task", "a"], ["branch", "b"], ["after", "a:"] if one_line(arrow) else ["after", "a"]),
        *(["gate", "b.c"], ["from", "a:"] if one_line(arrow) else ["from", "a"], []),
    ]


def strings(text: str, escaped: str) -> tuple[list[str], str]:
    """The quoted strings of a text, and what is left of it with `S` for each."""
    pattern = re.compile(rf'"((?:[^"\\\n]|{escaped})*)"')
    return pattern.findall(text), pattern.sub("S", text)


@given(hostile, hostile, hostile, hostile)
def test_mermaid_keeps_hostile_labels_in_their_quotes(title: str, label: str, detail: str, arrow: str) -> None:
    found, rest = strings(draw(labelled(title, label, detail, arrow), "mermaid").split("\n---\n")[1], r"(?!)")
    edge = "|S|" if one_line(arrow) else ""
    assert rest == (
        f"flowchart TD\n  s_a[S]\n  subgraph s_b[S]\n    s_b_c{{{{S}}}}\n  end\n"
        f"  s_a -->{edge} s_b_c\n  s_a -.->{edge} s_b\n"
    )
    read = [
        re.sub(r"#(\d+);", lambda code: chr(int(code[1])), text.replace("<br/>", "\n")).replace("\u200b", "").strip()
        for text in found
    ]
    both, one = shown(label, detail), shown(label)
    assert read == [text.replace("\u200b", "") for text in [both, one, both, *([shown(arrow)] * 2 if edge else [])]]
    assert not [text for text in found if re.search(r"[<>`#;%]", re.sub(r"#\d+;|<br/>", "", text))]


@given(hostile)
def test_mermaid_has_the_title_as_a_line_of_yaml(title: str) -> None:
    first, second, third, *_ = draw(labelled(title, "", "", ""), "mermaid").split("\n")
    assert (first, third) == ("---", "---")
    assert json.loads(second.removeprefix("title: ")) == one_line(title)


@given(hostile, hostile, hostile, hostile)
def test_dot_keeps_hostile_labels_in_their_quotes(title: str, label: str, detail: str, arrow: str) -> None:
    found, rest = strings(draw(labelled(title, label, detail, arrow), "dot"), r"\\[^\n]")
    edge = "label=S" if arrow else ""
    assert rest.split("\n")[4:] == [
        *("  S [label=S, shape=box]", "  subgraph S {", "    label=S", "    S [label=S, shape=point, style=invis]"),
        *("    S [label=S, shape=hexagon]", "  }"),
        *(
            f"  S -> S{f' [{edge}]' if edge else ''}",
            f"  S -> S [{', '.join([edge] * bool(edge) + ['style=dashed', 'lhead=S'])}]",
        ),
        *("}", ""),
    ]
    decoded = re.sub(r"\\(.)", lambda pair: "\n" if pair[1] == "n" else pair[1], found[found.index("a") + 1])
    assert decoded.replace("&amp;", "&") == "\n".join(line for line in lines_of(f"{label}\n{detail}") if line)


IDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=3)


@given(st.lists(IDS, min_size=2, max_size=6, unique=True))
def test_hostile_ids_stay_apart(ids: list[str]) -> None:
    shapes = tuple(Shape(name, "", "task") for name in ids)
    picture = Picture("ids", shapes, tuple(Arrow(one, other) for one, other in pairwise(ids)))
    names = re.findall(r"^  (s_\w*)\[", draw(picture, "mermaid"), re.MULTILINE)
    assert len(set(names)) == len(ids)
    nodes = re.findall(r'^  ("(?:[^"\\]|\\.)*") \[label', draw(picture, "dot"), re.MULTILINE)
    assert len(set(nodes)) == len(ids)


# --- the drawing ------------------------------------------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"
Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]


@dataclass
class Drawing:
    """What is in an SVG."""

    width: float
    height: float
    boxes: dict[str, Rectangle] = field(default_factory=dict)
    """Left, top, right, bottom."""
    lines: list[tuple[str, list[tuple[Point, Point]]]] = field(default_factory=list)
    """For each bundle of arrows its source, and its pieces."""
    heads: list[list[tuple[str, Point]]] = field(default_factory=list)
    """For each bundle the target and the point of each arrow."""
    labels: list[Rectangle] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @staticmethod
    def of(picture: Picture) -> "Drawing":
        root = ET.fromstring(draw(picture, "svg"))
        found = Drawing(float(root.attrib["width"]), float(root.attrib["height"]))
        for group in root.iter(f"{SVG}g"):
            if "data-id" in group.attrib:
                [box] = group.findall(f"{SVG}rect")
                found.boxes[group.attrib["data-id"]] = rectangle(box)
            elif "data-source" in group.attrib:
                line, *heads = group.findall(f"{SVG}path")
                found.lines.append((group.attrib["data-source"], list(pieces(line.attrib["d"]))))
                ends = [re.fullmatch(r"M(\d+) (\d+)l-4 -9h8z", head.attrib["d"]) for head in heads]
                found.heads.append(
                    [
                        (head.attrib["data-target"], (float(end[1]), float(end[2])))
                        for head, end in zip(heads, ends, strict=True)
                        if end
                    ]
                )
            elif group.attrib.get("text-anchor") == "middle":
                found.labels += [rectangle(box) for box in group.findall(f"{SVG}rect")]
        found.texts = [text.text or "" for text in root.iter(f"{SVG}text")]
        return found


def rectangle(element: ET.Element) -> Rectangle:
    x, y, width, height = (float(element.attrib[name]) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def pieces(path: str) -> Iterator[tuple[Point, Point]]:
    """The straight lines and curves of a path, each from where to where."""
    at = (0.0, 0.0)
    for step, numbers in re.findall(r"([MVC])([\d. ]+)", path):
        values = [float(number) for number in numbers.split()]
        to = (at[0], values[0]) if step == "V" else (values[-2], values[-1])
        if step == "C":
            assert (values[0], values[2]) == (at[0], to[0])  # it stays between its ends
        if step != "M":
            yield at, to
        at = to


def overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def on_border(point: Point, box: Rectangle) -> bool:
    left, top, right, bottom = box
    x, y = point
    return (left <= x <= right and y in (top, bottom)) or (top <= y <= bottom and x in (left, right))


def check(picture: Picture, *, free_of_circles: bool) -> Drawing:
    """Everything that is promised of a drawing."""
    drawing = Drawing.of(picture)
    boxes = drawing.boxes
    shapes = {shape.id: shape for shape in picture.shapes}
    assert set(boxes) == set(shapes)
    for shape in picture.shapes:
        left, top, right, bottom = boxes[shape.id]
        outer = boxes[shape.parent] if shape.parent is not None else (0, 0, drawing.width, drawing.height)
        assert outer[0] < left, shape
        assert outer[1] < top, shape
        assert right < outer[2], shape
        assert bottom < outer[3], shape
    families: dict[str | None, list[str]] = {}
    for shape in picture.shapes:
        families.setdefault(shape.parent, []).append(shape.id)
    for siblings in families.values():
        assert [pair for pair in combinations(siblings, 2) if overlap(boxes[pair[0]], boxes[pair[1]])] == []

    found = sorted(
        (source, target) for (source, _), heads in zip(drawing.lines, drawing.heads, strict=True) for target, _ in heads
    )
    assert found == sorted((arrow.source, arrow.target) for arrow in picture.arrows)
    leaves = [shape.id for shape in picture.shapes if shape.id not in families]
    for (source, lines), heads in zip(drawing.lines, drawing.heads, strict=True):
        reached: set[Point] = set()
        for start, end in lines:
            # A piece goes on where another one passes: those that go down are joined to one.
            assert (
                start in reached
                or on_border(start, boxes[source])
                or any(
                    one[0] == start[0] == other[0] and min(one[1], other[1]) <= start[1] <= max(one[1], other[1])
                    for one, other in lines
                )
            )
            reached.add(end)
        for target, point in heads:
            assert on_border(point, boxes[target])
            assert any(one[0] == point[0] == other[0] and one[1] <= point[1] <= other[1] for one, other in lines)
        if free_of_circles:
            for start, end in lines:
                around = (min(start[0], end[0]), min(start[1], end[1]), max(start[0], end[0]), max(start[1], end[1]))
                assert [leaf for leaf in leaves if overlap(around, boxes[leaf])] == []
    assert [pair for pair in combinations(drawing.labels, 2) if overlap(*pair)] == []
    for left, top, right, bottom in drawing.labels:
        assert left >= 0
        assert top >= 0
        assert right <= drawing.width
        assert bottom <= drawing.height
    return drawing


@st.composite
def nested(draw_: st.DrawFn, *, circles: bool) -> Picture:
    """Shapes in shapes. Without circles each lies in one of those around the one before, and arrows go on from there."""
    kinds: st.SearchStrategy[Kind] = st.sampled_from(KINDS)
    words = st.sampled_from(["", "a", "values", "a label that is rather long for an arrow", "漢字"])
    shapes: list[Shape] = []
    around: list[str] = []
    for number in range(draw_(st.integers(1, 12))):
        parent: str | None
        if circles:
            parent = draw_(st.sampled_from([None, *(shape.id for shape in shapes)]))
        else:
            del around[draw_(st.integers(0, len(around))) :]
            parent = around[-1] if around else None
            around.append(f"s{number}")
        shapes.append(Shape(f"s{number}", draw_(words), draw_(kinds), draw_(words), parent))
    parents = {shape.id: shape.parent for shape in shapes}

    def inside(inner: str, outer: str) -> bool:
        at: str | None = inner
        while at is not None and at != outer:
            at = parents[at]
        return at == outer

    pairs = [
        (one.id, other.id)
        for number, one in enumerate(shapes)
        for place, other in enumerate(shapes)
        if one is not other and (circles or number < place or inside(one.id, other.id))
    ]
    ends: Sequence[tuple[str, str]] = draw_(st.lists(st.sampled_from(pairs), max_size=20)) if pairs else []
    arrows = tuple(Arrow(source, target, draw_(words), draw_(st.booleans())) for source, target in ends)
    return Picture(draw_(words), tuple(shapes), arrows)


@given(nested(circles=False))
def test_boxes_keep_clear_of_each_other_and_arrows_of_boxes(picture: Picture) -> None:
    pytest.importorskip("igraph")
    check(picture, free_of_circles=True)


@given(nested(circles=True))
def test_circles_are_drawn_as_well(picture: Picture) -> None:
    pytest.importorskip("igraph")
    check(picture, free_of_circles=False)


def test_a_thousand_tasks_are_drawn() -> None:
    pytest.importorskip("igraph")
    numbers = random.Random(1)
    shapes = (Shape("in", "in", "input"), *(Shape(f"n{number}", f"n{number}  step", "task") for number in range(1_000)))
    arrows = [Arrow("in", f"n{number}", "x") for number in range(0, 1_000, 10)]
    for number in range(1, 1_000):
        arrows += [
            Arrow(f"n{numbers.randrange(max(0, number - 30), number)}", f"n{number}", label) for label in ("a", "b")
        ]
    drawing = Drawing.of(Picture("large", shapes, tuple(arrows)))
    assert len(drawing.boxes) == 1_001
    assert sum(map(len, drawing.heads)) == len(arrows)


@given(hostile, hostile, hostile, hostile)
def test_svg_is_valid_and_has_the_texts_whatever_they_are(title: str, label: str, detail: str, arrow: str) -> None:
    pytest.importorskip("igraph")
    drawing = Drawing.of(labelled(title, label, detail, arrow))
    assert (one_line(title) in drawing.texts) == bool(one_line(title))
    if 0 < len(one_line(arrow)) <= 14:
        assert drawing.texts.count(one_line(arrow)) >= 2


def test_svg_stands_for_itself_and_can_be_read_aloud() -> None:
    pytest.importorskip("igraph")
    text = draw(SMALL, "svg")
    root = ET.fromstring(text)
    used = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert used == {"svg", "title", "desc", "rect", "g", "text", "path"}
    attributes: Any = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in attributes if "href" in name or name.startswith("on") or name in ("style", "id")]
    assert "url(" not in text
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root.findtext(f"{SVG}title") == "scale"
    titles = [element.text for element in root.iter(f"{SVG}title")]
    assert "workflow n1: n1  centre (values: list[float], mu: float) -> list[float]" in titles
    assert "n1 to n2, order only" in titles
    assert "in.values to n0: values" in titles


def test_long_texts_are_cut_off_and_whole_in_the_tooltip() -> None:
    pytest.importorskip("igraph")
    long = Picture("long", (Shape("a", "x" * 400, "task"), B), (Arrow("a", "b", "y" * 90),))
    text = draw(long, "svg")
    root = ET.fromstring(text)
    assert max(len(found.text or "") for found in root.iter(f"{SVG}text")) <= 52
    assert [found.text for found in root.iter(f"{SVG}title")][1:] == [
        f"task a: {'x' * 400}",
        "task b: b",
        f"a to b: {'y' * 90}",
    ]
