"""Passes over graphs."""

from flytetypes.compiler._check import check_graph, part_type

__all__ = ["check_graph", "part_type"]
