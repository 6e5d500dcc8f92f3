"""Where the shapes of a picture lie: in rows from top to bottom, and in each shape its own rows.

What lies side by side is a level. Levels are laid out from the innermost on, since a shape has to be as large as what
is in it; arrows cross its border at doors. All distances are pixels, from the left and from the top.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from flytetypes._record import Record
from flytetypes.compiler._picture_grid import Grid
from flytetypes.compiler._picture_parts import Outline

PADDING = 20
"""Between the border of a shape and what lies in it."""
LABEL_HEIGHT = 14
"""Of one line of labels."""
LABEL_ABOVE = 13
"""From the point of an arrow to the foot of the lowest label."""

_CURVES = 30  # between rows, for arrows that move sideways, and more where they have far to go
_STRAIGHT = 16  # the end of an arrow, with its head
_MARGIN = 10  # between an arrow and a corner, or a heading


class Point(NamedTuple):
    """A place."""

    x: int
    y: int


class Size(NamedTuple):
    """How large something is. Widths are even."""

    width: int
    height: int


class Box(NamedTuple):
    """A rectangle."""

    x: int
    y: int
    width: int
    height: int


class Layout(Record):
    """What lies where."""

    size: Size
    boxes: dict[str, Box]
    """Of each shape, those that lie in it after it."""
    headings: dict[str, int]
    """How far from the left the heading begins, of each shape that has something in it."""
    routes: list[list[Point]]
    """Of each arrow: the first point is on the border of its source, the last on that of its target."""
    labels: list[Point]
    """Of each arrow: the middle of the foot of its label."""


def lay_out(outline: Outline, sizes: Mapping[str, Size], labels: Sequence[int], title: Size) -> Layout:
    """Place everything.

    Args:
        outline: The shapes and arrows.
        sizes: Of each shape; where something lies in it, of its heading.
        labels: How wide the label of each arrow is; 0 for none.
        title: The heading of the whole.

    Raises:
        MissingPackageError: When igraph is not installed.
    """
    levels = {home: _Level(outline, children) for home, children in outline.children.items()}
    root = levels.setdefault(None, _Level(outline, []))
    paths = _cut(outline, levels)
    whole = dict(sizes)
    inside = [shape.id for _, shape in outline.walk() if shape.id in levels]
    for key in reversed(inside):
        whole[key] = levels[key].lay_out(whole, levels, labels, sizes[key])
    size = root.lay_out(whole, levels, labels, title)

    boxes: dict[str, Box] = {}
    origins: dict[str | None, Point] = {None: Point(0, 0)}
    for _, shape in outline.walk():
        origin, corner = origins[shape.parent], levels[shape.parent].corners[shape.id]
        origins[shape.id] = Point(origin.x + corner.x, origin.y + corner.y)
        boxes[shape.id] = Box(*origins[shape.id], *whole[shape.id])
    routes = [
        [Point(origins[home].x + x, origins[home].y + y) for home, piece in path for x, y in levels[home].route(piece)]
        for path in paths
    ]
    feet = []
    for path, route in zip(paths, routes, strict=True):
        home, last = path[-1]
        line = levels[home].label_lines.get(last, 0)
        feet.append(Point(route[-1].x, route[-1].y - LABEL_ABOVE - LABEL_HEIGHT * line))
    headings = {key: origins[key].x + levels[key].heading_x for key in inside}
    return Layout(size=size, boxes=boxes, headings=headings, routes=routes, labels=feet)


# What brings the same: the id of the source and whether it is dashed. Such arrows share their way as far as they can.
# Where an arrow ends at a shape that has something in it: the arrow's number.
_Bundle = tuple[str | int, bool]


class _Door(NamedTuple):
    """Where arrows cross the border of a shape that has something in it, or end at it."""

    top: bool
    bundle: _Bundle


_Item = str | _Door


class _Piece(NamedTuple):
    """What of an arrow lies in one level."""

    tail: _Item
    head: _Item
    bundle: _Bundle
    arrow: int | None
    """The number of the arrow that ends here; None for what leads on to a door, perhaps of several arrows."""


def _cut(outline: Outline, levels: Mapping[str | None, _Level]) -> list[list[tuple[str | None, _Piece]]]:
    """Cut the arrows where they cross borders, and give the levels their pieces and doors."""
    paths = []
    for number, arrow in enumerate(outline.picture.arrows):
        bundle: _Bundle = (arrow.source, arrow.dashed)
        end: _Bundle = (number, False)
        home, up, down = outline.between(arrow)
        steps: list[tuple[str | None, _Item, _Item]] = [
            (around, inner, _Door(top=False, bundle=bundle)) for around, inner in reversed([*pairwise(up)])
        ]
        steps.append(
            (home, up[0] if up else _Door(top=True, bundle=bundle), down[0] if down else _Door(top=False, bundle=end))
        )
        steps += [(around, _Door(top=True, bundle=bundle), inner) for around, inner in pairwise(down)]
        if up and arrow.source in levels:
            levels[arrow.source].doors[_Door(top=False, bundle=bundle)] = 0
        if down and arrow.target in levels:
            levels[arrow.target].doors[_Door(top=True, bundle=end)] = 0
        path = [(level, _Piece(tail, head, bundle, None)) for level, tail, head in steps[:-1]]
        path.append((steps[-1][0], _Piece(steps[-1][1], steps[-1][2], bundle, number)))
        for level, piece in path:
            levels[level].add(piece)
        paths.append(path)
    return paths


class _Level:
    """What lies side by side in one shape, or in the picture itself."""

    def __init__(self, outline: Outline, children: Sequence[str]) -> None:
        self.children = children
        """In topological order."""
        self.doors: dict[_Door, int] = {}
        """And how far from the left each is, once this is laid out."""
        self.corners: dict[str, Point] = {}
        self.label_lines: dict[_Piece, int] = {}
        """In which line above its point the label of an arrow stands; 0 is the lowest."""
        self.heading_x = PADDING
        self._shapes = outline.shapes
        self._pieces: dict[_Piece, None] = {}
        self._grid = Grid()
        self._nodes: dict[_Item, int] = {}
        self._threads: dict[_Piece, list[int]] = {}
        self._starts: dict[_Piece, int] = {}
        self._ends: dict[_Piece, int] = {}
        self._heights: dict[_Item, int] = {}
        self._straights: list[int] = []
        self._tops: list[int] = []
        self._bottoms: list[int] = []

    def add(self, piece: _Piece) -> None:
        """Let an arrow pass or end here."""
        self._pieces[piece] = None
        for end in (piece.tail, piece.head):
            if isinstance(end, _Door):
                self.doors[end] = 0

    def lay_out(
        self, sizes: Mapping[str, Size], levels: Mapping[str | None, _Level], labels: Sequence[int], heading: Size
    ) -> Size:
        """Place what is in here, and return how large that is with its border.

        Args:
            sizes: Of the shapes in here, with all that is in them.
            levels: Those of the shapes in here are laid out.
            labels: The widths of the arrows' labels.
            heading: Its width and height.
        """
        grid = self._grid
        for item, row in self._rows().items():
            size = sizes[item] if isinstance(item, str) else Size(0, 0)
            self._nodes[item] = grid.add(row, size.width)
            self._heights[item] = size.height
        self._thread(levels)
        grid.settle(PADDING)
        self._find_ends(levels)
        spans = self._label_spans(labels)
        if spans and spans[0][0] < _MARGIN:
            self._shift(_MARGIN - spans[0][0])
            spans = self._label_spans(labels)
        for door in self.doors:
            self.doors[door] = grid.middles[self._nodes[door]]
        self._find_heights(heading.height, self._stack_labels(spans))
        for key in self.children:
            node = self._nodes[key]
            self.corners[key] = Point(grid.middles[node] - grid.widths[node] // 2, self._tops[grid.rows[node]])
        self.heading_x = self._room(heading.width)
        rights = [middle + width // 2 for middle, width in zip(grid.middles, grid.widths, strict=True)]
        width = max([*rights, self.heading_x + heading.width, *(right + _MARGIN - PADDING for _, right, _ in spans)])
        bottom = self._bottoms[-1] if self._bottoms else heading.height
        leaving = any(not door.top for door in self.doors)
        width += PADDING
        return Size(width + width % 2, bottom + (0 if leaving else PADDING))

    def route(self, piece: _Piece) -> Iterator[tuple[int, int]]:
        """The points of a piece: between two that are not above each other it is a curve."""
        rows, middles = self._grid.rows, self._grid.middles
        tail, head = rows[self._nodes[piece.tail]], rows[self._nodes[piece.head]]
        yield self._starts[piece], self._tops[tail] + self._heights[piece.tail]
        yield self._starts[piece], self._bottoms[tail]
        if piece not in self._threads:  # it goes up, to the right of both
            ends = (self._nodes[piece.tail], self._nodes[piece.head])
            right = max(middles[node] + self._grid.widths[node] // 2 for node in ends) + _MARGIN
            yield right, (self._bottoms[tail] + self._tops[head]) // 2
        for node in self._threads.get(piece, ())[1:-1]:
            yield middles[node], self._tops[rows[node]] - self._straights[rows[node]]
            yield middles[node], self._bottoms[rows[node]]
        yield self._ends[piece], self._tops[head] - self._straights[head]
        yield self._ends[piece], self._tops[head]

    def _rows(self) -> dict[_Item, int]:
        """The row of everything, as high as what feeds it allows; the first and the last one are for doors."""
        place = {key: number for number, key in enumerate(self.children)}
        after: dict[str, list[str]] = {key: [] for key in self.children}
        fed = set()
        for piece in self._pieces:
            tail, head = piece.tail, piece.head
            if isinstance(tail, str) and isinstance(head, str) and place[tail] < place[head]:
                after[tail].append(head)
                fed.add(head)
        row = dict.fromkeys(self.children, 0)
        for key in self.children:
            for other in after[key]:
                row[other] = max(row[other], row[key] + 1)
        last = max(row.values(), default=0)
        for key in self.children:
            kind = self._shapes[key].kind
            if after[key] and key not in fed and kind != "input":
                row[key] = min(row[other] for other in after[key]) - 1  # what takes nothing stands where it is used
            elif not after[key] and kind == "output":
                row[key] = last
        first = int(any(door.top for door in self.doors))
        found: dict[_Item, int] = {key: first + row[key] for key in self.children}
        return found | {door: 0 if door.top else first + last + 1 for door in self.doors}

    def _thread(self, levels: Mapping[str | None, _Level]) -> None:
        """Give arrows a place in each row that they pass; those of a bundle share it.

        An arrow that goes up, because its graph has a circle, has none.
        """
        grid = self._grid
        trunks: dict[tuple[_Item, _Bundle], list[int]] = {}
        leaving = {(piece.tail, piece.bundle) for piece in self._pieces}
        for piece in self._pieces:
            tail, head = self._nodes[piece.tail], self._nodes[piece.head]
            source, dashed = piece.bundle
            self._starts[piece] = leaves = self._crossing(piece.tail, _Door(top=False, bundle=piece.bundle), levels)
            if piece.tail not in levels and (piece.tail, (source, not dashed)) in leaving:
                self._starts[piece] = leaves = 6 if dashed else -6
            steps = grid.rows[head] - grid.rows[tail]
            if steps < 1:
                continue
            trunk = trunks.setdefault((piece.tail, piece.bundle), [tail])
            while len(trunk) < steps:
                trunk.append(grid.add(grid.rows[trunk[-1]] + 1))
                grid.link(trunk[-2], leaves if len(trunk) == 2 else 0, trunk[-1], 0)
            enters = self._crossing(piece.head, _entrance(piece), levels)
            grid.link(trunk[steps - 1], leaves if steps == 1 else 0, head, enters)
            self._threads[piece] = [*trunk[:steps], head]

    def _crossing(self, item: _Item, door: _Door, levels: Mapping[str | None, _Level]) -> int:
        """Where a door of a shape in here is, from the shape's middle; 0 for what has no doors."""
        if isinstance(item, _Door) or item not in levels:
            return 0
        return levels[item].doors[door] - self._grid.widths[self._nodes[item]] // 2

    def _find_ends(self, levels: Mapping[str | None, _Level]) -> None:
        """Where the pieces begin and end, from the left. Those that end at one shape are spread over its width."""
        grid = self._grid
        coming: dict[_Item, list[tuple[int, _Piece]]] = {}
        self._uncross_starts()
        for piece in self._pieces:
            self._starts[piece] += grid.middles[self._nodes[piece.tail]]
            head = grid.middles[self._nodes[piece.head]]
            if isinstance(piece.head, _Door) or piece.head in levels:
                self._ends[piece] = head + self._crossing(piece.head, _entrance(piece), levels)
            else:
                thread = self._threads.get(piece, ())
                before = grid.middles[thread[-2]] if len(thread) > 2 else self._starts[piece]
                coming.setdefault(piece.head, []).append((before, piece))
        for item, pieces in coming.items():
            node = self._nodes[item]
            left, width = grid.middles[node] - grid.widths[node] // 2, grid.widths[node]
            if len(pieces) == 1:  # straight from above, if that is not too near to a corner
                [(before, piece)] = pieces
                self._ends[piece] = min(max(before, left + width // 4), left + width - width // 4)
                continue
            pieces.sort(key=lambda found: (found[0], found[1].arrow))
            for number, (_, piece) in enumerate(pieces, 1):
                self._ends[piece] = left + width * number // (len(pieces) + 1)

    def _uncross_starts(self) -> None:
        """Let the solid and the dashed arrows of a shape begin in the order in which they go on."""
        nexts: dict[_Item, dict[bool, list[tuple[int, _Piece]]]] = {}
        for piece, thread in self._threads.items():
            source, dashed = piece.bundle
            if source == piece.tail:
                sides = nexts.setdefault(piece.tail, {False: [], True: []})
                sides[dashed].append((self._grid.middles[thread[1]], piece))
        for sides in nexts.values():
            solid, dashes = sides[False], sides[True]
            if not solid or not dashes:
                continue
            means = [sum(x for x, _ in side) / len(side) for side in (solid, dashes)]
            starts = [self._starts[side[0][1]] for side in (solid, dashes)]
            if (means[0] - means[1]) * (starts[0] - starts[1]) < 0:
                for _, piece in (*solid, *dashes):
                    self._starts[piece] = sum(starts) - self._starts[piece]

    def _label_spans(self, labels: Sequence[int]) -> list[tuple[int, int, _Piece]]:
        """From where to where each label reaches, from left to right."""
        spans = []
        for piece, middle in self._ends.items():
            if piece.arrow is not None and labels[piece.arrow]:
                left = middle - labels[piece.arrow] // 2
                spans.append((left, left + labels[piece.arrow], piece))
        return sorted(spans, key=lambda span: (span[0], span[1], span[2].arrow))

    def _shift(self, distance: int) -> None:
        """Move everything to the right."""
        self._grid.shift(distance)
        for places in (self._starts, self._ends):
            for piece in places:
                places[piece] += distance

    def _stack_labels(self, spans: Sequence[tuple[int, int, _Piece]]) -> list[int]:
        """Put the labels above the points of their arrows, one over the other where they are too wide.

        Returns how many lines there are above each row.
        """
        lines: dict[int, list[int]] = {}  # of each row: where each line of labels is taken up to
        for left, right, piece in spans:
            taken = lines.setdefault(self._grid.rows[self._nodes[piece.head]], [])
            line = next((line for line, end in enumerate(taken) if end <= left), len(taken))
            taken[line : line + 1] = [right + _MARGIN]
            self.label_lines[piece] = line
        return [len(lines.get(row, ())) for row in range(max(self._grid.rows, default=-1) + 1)]

    def _find_heights(self, heading: int, lines: Sequence[int]) -> None:
        """Find the tops and bottoms of the rows, and how much above each row is for the straight ends of arrows."""
        grid = self._grid
        heights = [0] * len(lines)
        for item, node in self._nodes.items():
            heights[grid.rows[node]] = max(heights[grid.rows[node]], self._heights[item])
        ended = {grid.rows[self._nodes[piece.head]] for piece in self._pieces if piece.arrow is not None}
        curves = [_CURVES] * len(lines)
        for piece in self._pieces:
            points = [*self._sideways(piece)]
            for (row, start), (_, end) in pairwise(points):
                curves[row] = max(curves[row], min(_CURVES + abs(end - start) // 12, 3 * _CURVES))
        entering = any(door.top for door in self.doors)
        for row, height in enumerate(heights):
            self._straights.append(_STRAIGHT + LABEL_HEIGHT * lines[row] if row in ended else 0)
            if row:
                self._tops.append(self._bottoms[-1] + curves[row - 1] + self._straights[row])
            else:
                self._tops.append(0 if entering else heading + self._straights[row])
            # Below its doors the heading has its place.
            self._bottoms.append(self._tops[row] + (heading if row == 0 and entering else height))

    def _sideways(self, piece: _Piece) -> Iterator[tuple[int, int]]:
        """The row of each step of a piece down, and where it is from the left."""
        grid = self._grid
        yield grid.rows[self._nodes[piece.tail]], self._starts[piece]
        for node in self._threads.get(piece, ())[1:-1]:
            yield grid.rows[node], grid.middles[node]
        yield grid.rows[self._nodes[piece.head]], self._ends[piece]

    def _room(self, heading: int) -> int:
        """Where a heading fits between the doors at the top, from the left."""
        left = PADDING
        for x in sorted(place for door, place in self.doors.items() if door.top):
            if left + heading + _MARGIN <= x:
                break
            left = max(left, x + _MARGIN)
        return left


def _entrance(piece: _Piece) -> _Door:
    """The door by which a piece enters a shape with something in it: its own if it ends there."""
    return _Door(top=True, bundle=piece.bundle if piece.arrow is None else (piece.arrow, False))
