"""Plugins: installed packages that bring transformers, found by their entry points.

A distribution declares, in the group `flytetypes.transformers`, an entry point named after the package whose classes it
handles; its value is a function that takes a `Registry`. Nothing is imported before such a class is looked up.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "flytetypes.transformers"


def plugins_for(package: str) -> tuple[EntryPoint, ...]:
    """The entry points for a package, in the order of their values."""
    return _by_package().get(package, ())


@cache
def _by_package() -> dict[str, tuple[EntryPoint, ...]]:
    """Every plugin that is installed, by package. Read once: what is installed later is seen by the next process."""
    from importlib.metadata import entry_points  # dear to import, and most programs never ask

    found: dict[str, tuple[EntryPoint, ...]] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.value):
        found[point.name] = (*found.get(point.name, ()), point)
    return found
