"""What a picture of a graph is made of, and how its shapes lie in each other. Knows nothing of workflows."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, get_args

from flytetypes._record import Record

Kind = Literal["input", "output", "task", "workflow", "launch-plan", "branch", "map", "gate", "failure"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Shape(Record):
    """One box of a picture."""

    id: str
    """Unique in the picture. Dotted for what lies in another shape: `n1.n0`."""
    label: str
    """What is read first: `n0  mean`. Lines are kept where a form has lines."""
    kind: Kind
    detail: str = ""
    """What is read next, a signature for example."""
    parent: str | None = None
    """The id of the shape around this one."""


class Arrow(Record):
    """From what happens first to what happens then."""

    source: str
    """The id of a shape."""
    target: str
    """The id of another shape. It may lie in the source, and the source may lie in it."""
    label: str = ""
    dashed: bool = False
    """An order without data, as `>>` makes it."""


class Picture(Record):
    """What is to be drawn. The order of shapes and arrows decides wherever nothing else does."""

    title: str
    shapes: tuple[Shape, ...]
    arrows: tuple[Arrow, ...]


class Outline:
    """The shapes of one picture by place: which lie in which, and what comes before what.

    Raises:
        ValueError: For a picture that cannot be: an id twice, empty or not printable, an unknown kind, a parent or an
            end of an arrow that is not there, a shape inside itself, an arrow from a shape to itself.
    """

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.shapes: dict[str, Shape] = {}
        for shape in picture.shapes:
            if shape.id in self.shapes:
                raise ValueError(f"two shapes are called `{shape.id}`")
            if not shape.id or not shape.id.isprintable():
                raise ValueError(f"a shape cannot be called {shape.id!r}: an id is printable text")
            if shape.kind not in KINDS:
                raise ValueError(f"shape `{shape.id}` has the unknown kind `{shape.kind}`: one of {', '.join(KINDS)}")
            self.shapes[shape.id] = shape
        _check_parents(self.shapes)
        for arrow in picture.arrows:
            for end in (arrow.source, arrow.target):
                if end not in self.shapes:
                    raise ValueError(f"an arrow goes from `{arrow.source}` to `{arrow.target}`: there is no `{end}`")
            if arrow.source == arrow.target:
                raise ValueError(f"an arrow goes from `{arrow.source}` to itself")
        self.children = self._children()

    def path(self, key: str) -> list[str]:
        """The shapes around a shape from the outermost one on, with itself at the end."""
        found = [key]
        while (parent := self.shapes[found[-1]].parent) is not None:
            found.append(parent)
        return found[::-1]

    def between(self, arrow: Arrow) -> tuple[str | None, list[str], list[str]]:
        """Where an arrow is at home: the innermost shape around both ends, and the paths from there to both.

        When one end lies in the other, the outer one is where the arrow is at home, and its own path is empty.
        """
        source, target = self.path(arrow.source), self.path(arrow.target)
        common = 0
        while common < min(len(source), len(target)) and source[common] == target[common]:
            common += 1
        return (source[common - 1] if common else None), source[common:], target[common:]

    def walk(self) -> Iterator[tuple[int, Shape]]:
        """Every shape with its depth, parents before what lies in them, siblings in topological order."""
        waiting = [(0, key) for key in reversed(self.children.get(None, ()))]
        while waiting:
            depth, key = waiting.pop()
            yield depth, self.shapes[key]
            waiting += [(depth + 1, child) for child in reversed(self.children.get(key, ()))]

    def _children(self) -> dict[str | None, list[str]]:
        """What lies directly in each shape that has something in it (None: in the picture), in topological order."""
        children: dict[str | None, list[str]] = {}
        for key, shape in self.shapes.items():
            children.setdefault(shape.parent, []).append(key)
        befores: dict[str | None, list[tuple[str, str]]] = {}
        for arrow in self.picture.arrows:
            home, source, target = self.between(arrow)
            if source and target:
                befores.setdefault(home, []).append((source[0], target[0]))
        return {home: in_order(ids, befores.get(home, ())) for home, ids in children.items()}


def in_order(ids: Sequence[str], befores: Iterable[tuple[str, str]]) -> list[str]:
    """Sort so that of each pair the first comes before the second, and otherwise as given.

    Where pairs make a circle, whatever is given first of what is left comes first.
    """
    rank = {key: place for place, key in enumerate(ids)}
    after: dict[str, list[str]] = {key: [] for key in ids}
    missing = dict.fromkeys(ids, 0)
    for first, second in befores:
        after[first].append(second)
        missing[second] += 1
    ready = [rank[key] for key in ids if not missing[key]]
    found: dict[str, None] = {}
    oldest = 0
    while len(found) < len(ids):
        if ready:
            key = ids[heapq.heappop(ready)]
        else:
            while ids[oldest] in found:
                oldest += 1
            key = ids[oldest]
        if key in found:
            continue
        found[key] = None
        for other in after[key]:
            missing[other] -= 1
            if not missing[other]:
                heapq.heappush(ready, rank[other])
    return list(found)


def lines_of(text: str) -> list[str]:
    """Text as lines that are safe to show: other white space becomes a space, what cannot be seen an escape.

    So no label moves a terminal's cursor, and each is valid XML. Joiners stay: some scripts need them.
    """
    return ["".join(_shown(character) for character in line).rstrip() for line in text.splitlines()]


def one_line(text: str) -> str:
    """As `lines_of`, lines joined by a space."""
    return " ".join(line.strip() for line in lines_of(text) if line).strip()


def _shown(character: str) -> str:
    if character.isprintable() or character in "\u200c\u200d":
        return character
    return " " if character.isspace() else ascii(character)[1:-1]


def _check_parents(shapes: dict[str, Shape]) -> None:
    sound: set[str] = set()
    for key in shapes:
        path: dict[str, None] = {}
        at: str | None = key
        while at is not None and at not in sound:
            if at in path:
                raise ValueError(f"shape `{at}` lies in itself")
            path[at] = None
            parent = shapes[at].parent
            if parent is not None and parent not in shapes:
                raise ValueError(f"shape `{at}` lies in `{parent}`, which is not in the picture")
            at = parent
        sound |= path.keys()
