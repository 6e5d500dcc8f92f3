"""Where what stands in rows lies from left to right, so that few arrows cross and most are straight."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from flytetypes._lazy import require

_BETWEEN_SHAPES = 28
_BESIDE_ARROWS = 14
_ROUNDS = 12  # of pulling straight: more changed nothing visible in random graphs of 1,000 nodes


class Grid:
    """Nodes in rows, and links from rows to the next rows. A node is a shape, or a point that an arrow passes."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        """Of each node, from the top."""
        self.widths: list[int] = []
        """Even, 0 for a point."""
        self.middles: list[int] = []
        """Once it is settled: from the left."""
        self._links: list[tuple[int, int, int, int]] = []

    def add(self, row: int, width: int = 0) -> int:
        """A new node; returns its number."""
        self.rows.append(row)
        self.widths.append(width)
        return len(self.rows) - 1

    def link(self, upper: int, leaves: int, lower: int, enters: int) -> None:
        """Join a node with one in the next row, at places that are counted from their middles."""
        self._links.append((upper, leaves, lower, enters))

    def settle(self, left: int) -> None:
        """Find the middles, such that no node is further to the left than that.

        igraph finds the order in each row: it knows nothing of widths. Then each row is moved to where it makes its
        links straightest (least squares), as far as order and widths allow; links between points count most, so that
        long arrows stay straight.

        Raises:
            MissingPackageError: When igraph is not installed.
        """
        if not self.rows:
            return
        rows = self._ordered()
        places = [0.0] * len(self.rows)
        for row in rows:
            for node, offset in zip(row, self._offsets(row), strict=True):
                places[node] = offset - self._offsets(row)[-1] / 2
        above: list[list[tuple[int, int, int]]] = [[] for _ in self.rows]
        below: list[list[tuple[int, int, int]]] = [[] for _ in self.rows]
        for upper, leaves, lower, enters in self._links:
            weight = (1, 4, 40)[(self.widths[upper] == 0) + (self.widths[lower] == 0)]
            above[lower].append((upper, leaves - enters, weight))
            below[upper].append((lower, enters - leaves, weight))
        for _ in range(_ROUNDS):
            for row in rows:
                self._pull(row, places, [above])
            for row in reversed(rows):
                self._pull(row, places, [below])
        for row in rows:
            self._pull(row, places, [above, below])
        first = min(place - width / 2 for place, width in zip(places, self.widths, strict=True))
        self.middles = [round(place - first) + left for place in places]

    def shift(self, distance: int) -> None:
        """Move everything to the right."""
        self.middles = [middle + distance for middle in self.middles]

    def _ordered(self) -> list[list[int]]:
        igraph = require("igraph", extra="draw", purpose="drawing a graph as svg")
        edges = [(upper, lower) for upper, _, lower, _ in self._links]
        graph = igraph.Graph(n=len(self.rows), edges=edges, directed=True)
        found = graph.layout_sugiyama(layers=self.rows).coords
        rows: list[list[int]] = [[] for _ in range(max(self.rows) + 1)]
        for node, row in enumerate(self.rows):
            rows[row].append(node)
        return [sorted(row, key=lambda node: (found[node][0], node)) for row in rows if row]

    def _offsets(self, row: Sequence[int]) -> list[float]:
        """How far the middles of a row are from its first one when it is packed."""
        offsets = [0.0]
        for one, other in pairwise(row):
            widths = self.widths[one], self.widths[other]
            offsets.append(offsets[-1] + sum(widths) / 2 + (_BETWEEN_SHAPES if all(widths) else _BESIDE_ARROWS))
        return offsets

    def _pull(
        self, row: Sequence[int], places: list[float], sides: Sequence[Sequence[Sequence[tuple[int, int, int]]]]
    ) -> None:
        """Move a row to where its links are straightest.

        Packed offsets taken off, places must only not decrease: that is isotonic regression, solved by joining
        neighbours that are in the wrong order to a block at their mean.
        """
        offsets = self._offsets(row)
        blocks: list[tuple[float, float, int]] = []  # mean, weight, how many nodes
        for node, offset in zip(row, offsets, strict=True):
            total, weight = places[node] * 1e-3, 1e-3  # what has no links stays where it is
            for side in sides:
                for other, shift, heavy in side[node]:
                    total += (places[other] + shift) * heavy
                    weight += heavy
            mean, count = total / weight - offset, 1
            while blocks and blocks[-1][0] >= mean:
                before, heavier, more = blocks.pop()
                mean = (mean * weight + before * heavier) / (weight + heavier)
                weight, count = weight + heavier, count + more
            blocks.append((mean, weight, count))
        at = 0
        for mean, _, count in blocks:
            for place in range(at, at + count):
                places[row[place]] = mean + offsets[place]
            at += count
