"""A picture as SVG, for browsers."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import NamedTuple

from flytetypes.compiler._picture_layout import Box, Layout, Point, Size, lay_out
from flytetypes.compiler._picture_parts import Arrow, Kind, Outline, Picture, Shape, lines_of, one_line


class _Look(NamedTuple):
    fill: str
    line: str
    """Of the border and of the kind's name: dark enough to be read on the fill."""
    corner: int


_LOOKS: dict[Kind, _Look] = {
    "input": _Look("#e8f1fb", "#1f5c99", 14),
    "output": _Look("#e6f5ec", "#1e6b3d", 14),
    "task": _Look("#ffffff", "#4a5361", 5),
    "workflow": _Look("#f5f2fc", "#5b41a6", 5),
    "launch-plan": _Look("#f9effa", "#85308f", 5),
    "branch": _Look("#fff8e6", "#8a5800", 0),
    "map": _Look("#ebf7f7", "#1d6869", 5),
    "gate": _Look("#fdf0f5", "#96305d", 0),
    "failure": _Look("#fdeeec", "#a3241c", 0),
}
_INK = "#1f2430"
_ARROW = "#5f6877"

_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_COLUMN = 0.62  # of the font's size: as wide as a letter of the widest of these fonts
_KIND, _LABEL, _DETAIL, _ARROW_LABEL, _TITLE = 10, 13, 11, 11, 16  # sizes of the font
_COLUMNS = 52  # of a line in a box
_ARROW_COLUMNS = 28
_LINES = 4  # of a label, and of a detail
_SIDE = 12  # between the border of a box and its text
_WIDEST_FOR_LABELS = 480  # how wide a box becomes to have the labels of its arrows side by side


def svg(picture: Picture) -> str:
    """A drawing that stands for itself: no script, no style sheet, no font and nothing else from elsewhere.

    Shapes stand in rows, from top to bottom; what lies in a shape is drawn inside it, and arrows to what is in it cross
    its border. Arrows pass between shapes and end at their borders; those from one shape share their way as far as
    they can. Boxes never overlap. Labels of arrows do not overlap each other, but arrows may pass behind them, and
    arrows may cross. Text is text: it can be selected and read aloud. Programs find shapes by `data-id`, arrows by
    `data-source` and, below it, `data-target`.

    Widths are estimated, for fonts in which all letters have the same width. Long texts are cut off; a tooltip has the
    whole. Rows are never broken: a thousand tasks side by side are as wide as that. An arrow that goes up, which only
    shapes in a circle have, may cross boxes; shapes are in a circle as well when what is in them is.

    Raises:
        MissingPackageError: When igraph is not installed, which the extra `draw` brings.
    """
    outline = Outline(picture)
    labels = [_cut(one_line(arrow.label), _ARROW_COLUMNS) for arrow in picture.arrows]
    widths = [_even(_columns(label) * _COLUMN * _ARROW_LABEL) for label in labels]
    needed: dict[str, list[int]] = {}
    for arrow, width in zip(picture.arrows, widths, strict=True):
        needed.setdefault(arrow.target, []).append(width + 10)
    texts = {key: _Text(shape) for key, shape in outline.shapes.items()}
    sizes = {}
    for key, text in texts.items():
        size = text.size()
        if key not in outline.children:
            arrows = needed.get(key, [])
            width = max(size.width, min(sum(arrows), _WIDEST_FOR_LABELS), 12 * len(arrows))
            size = Size(_even(width), size.height)
        sizes[key] = size
    title = one_line(picture.title)
    title_size = Size(_even(_columns(title) * _COLUMN * _TITLE), 52 if title else 20)
    layout = lay_out(outline, sizes, widths, title_size)
    lines = [*_opening(picture, layout)]
    for key, box in layout.boxes.items():
        lines += _box(texts[key], box, layout.headings.get(key, box.x + _SIDE))
    lines.append(f'<g fill="none" stroke="{_ARROW}" stroke-width="1.4">')
    lines += _arrows(picture, layout.routes)
    lines.append("</g>")
    lines.append(f'<g font-size="{_ARROW_LABEL}" fill="{_INK}" text-anchor="middle">')
    for label, width, point in zip(labels, widths, layout.labels, strict=True):
        if label:
            # Arrows that pass behind a label are to leave it readable.
            lines.append(
                f'<rect x="{point.x - width // 2}" y="{point.y - 10}" width="{width}" height="13" rx="3"'
                ' fill="#fff" fill-opacity="0.85"/>'
            )
            lines.append(f'<text x="{point.x}" y="{point.y}">{escape(label)}</text>')
    return "\n".join([*lines, "</g>", "</svg>"]) + "\n"


class _Text:
    """What stands in a box."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.labels = _wrapped(shape.label)
        self.details = _wrapped(shape.detail)

    def size(self) -> Size:
        """How large the box has to be; for one that has others in it, how large its heading is."""
        widths = [_columns(line) * _LABEL for line in self.labels] + [_columns(line) * _DETAIL for line in self.details]
        width = max([*widths, len(self.shape.kind) * _KIND]) * _COLUMN + 2 * _SIDE
        return Size(_even(max(width, 72)), 29 + 17 * len(self.labels) + 15 * len(self.details))

    def lines(self, top: int) -> Iterator[tuple[int, int, str, str]]:
        """From above: the line's foot, its size, more attributes, and the text."""
        look = _LOOKS[self.shape.kind]
        y = top + 18
        yield y, _KIND, f' fill="{look.line}"', self.shape.kind
        for line in self.labels:
            y += 17
            yield y, _LABEL, ' font-weight="600"', line
        for line in self.details:
            y += 15
            yield y, _DETAIL, "", line


def _opening(picture: Picture, layout: Layout) -> Iterator[str]:
    width, height = layout.size
    title = escape(one_line(picture.title))
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="graphics-document document" font-family="{_FONT}" xml:space="preserve">'
    )
    yield f"<title>{title}</title>"
    yield f"<desc>{len(picture.shapes)} shapes, {len(picture.arrows)} arrows, from top to bottom</desc>"
    yield f'<rect width="{width}" height="{height}" fill="#fff"/>'
    if title:
        yield f'<text x="20" y="32" font-size="{_TITLE}" font-weight="600" fill="{_INK}">{title}</text>'


def _box(text: _Text, box: Box, left: int) -> Iterator[str]:
    shape, look = text.shape, _LOOKS[text.shape.kind]
    corner = f' rx="{look.corner}"' if look.corner else ""
    whole = one_line(f"{shape.kind} {shape.id}: {shape.label}\n{shape.detail}")
    yield f'<g data-id="{escape(shape.id)}" data-kind="{shape.kind}" fill="{_INK}"><title>{escape(whole)}</title>'
    yield (
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"{corner}'
        f' fill="{look.fill}" stroke="{look.line}" stroke-width="1.3"/>'
    )
    for y, size, more, line in text.lines(box.y):
        yield f'<text x="{left}" y="{y}" font-size="{size}"{more}>{escape(line)}</text>'
    yield "</g>"


def _arrows(picture: Picture, routes: Sequence[Sequence[Point]]) -> Iterator[str]:
    """For each source the lines that leave it, what arrows share drawn once, and a head for each arrow."""
    bundles: dict[tuple[str, bool], list[tuple[Arrow, Sequence[Point]]]] = {}
    for arrow, route in zip(picture.arrows, routes, strict=True):
        bundles.setdefault((arrow.source, arrow.dashed), []).append((arrow, route))
    for (source, dashed), bundle in bundles.items():
        dashes = ' stroke-dasharray="5 4"' if dashed else ""
        yield f'<g data-source="{escape(source)}"><path d="{_path(route for _, route in bundle)}"{dashes}/>'
        for arrow, route in bundle:
            label = one_line(arrow.label)
            whole = f"{source} to {arrow.target}{f': {label}' if label else ''}{', order only' if dashed else ''}"
            yield (
                f'<path data-target="{escape(arrow.target)}" d="M{route[-1].x} {route[-1].y}l-4 -9h8z"'
                f' fill="{_ARROW}" stroke="none"><title>{escape(whole)}</title></path>'
            )
        yield "</g>"


def _path(routes: Iterable[Sequence[Point]]) -> str:
    """Lines from point to point, each drawn once: down where points are above each other, else a curve that begins and
    ends downwards.
    """
    drawn: set[tuple[Point, Point]] = set()
    steps: list[str] = []
    pen: Point | None = None
    for route in routes:
        for start, end in pairwise(route):
            if start == end or (start, end) in drawn:
                continue
            drawn.add((start, end))
            if pen != start:
                steps.append(f"M{start.x} {start.y}")
            if start.x == end.x:
                if steps[-1].startswith("V"):
                    steps.pop()
                steps.append(f"V{end.y}")
            else:
                middle = (start.y + end.y) // 2
                steps.append(f"C{start.x} {middle} {end.x} {middle} {end.x} {end.y}")
            pen = end
    return "".join(steps)


def _wrapped(text: str) -> list[str]:
    lines = [part for line in lines_of(text) for part in textwrap.wrap(line, _COLUMNS, break_on_hyphens=False)]
    if len(lines) > _LINES:
        lines[_LINES - 1 :] = [f"{lines[_LINES - 1]} …"]
    return [_cut(line, _COLUMNS) for line in lines]


def _cut(line: str, columns: int) -> str:
    """A line that is not wider than that, with an ellipsis if something was cut off."""
    if _columns(line) <= columns:
        return line
    while _columns(line) > columns - 1:
        line = line[:-1]
    return f"{line}…"


def _columns(line: str) -> int:
    """How many letters' width a line takes: marks that stand on others none, Chinese and such two."""
    if line.isascii():
        return len(line)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in line
    )


def _even(width: float) -> int:
    return -(-int(width + 1) // 2) * 2
