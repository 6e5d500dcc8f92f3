"""Drawing a graph in one of several forms. What is drawn is plain: shapes and arrows, made by others."""

from __future__ import annotations

import json
from collections.abc import Callable

from flytetypes.compiler._picture_dot import dot
from flytetypes.compiler._picture_mermaid import mermaid
from flytetypes.compiler._picture_parts import Arrow, Kind, Outline, Picture, Shape
from flytetypes.compiler._picture_svg import svg
from flytetypes.compiler._picture_text import text

__all__ = ["FORMS", "Arrow", "Kind", "Picture", "Shape", "draw"]


def draw(picture: Picture, form: str) -> str:
    """Draw a picture. The same picture gives the same text, to the byte.

    Args:
        picture: Its arrows need not be free of circles, but all forms are made for what has a first and a last.
        form: One of `FORMS`: "text" for terminals; "json" for programs; "mermaid" for Markdown on GitHub and elsewhere;
            "dot" for Graphviz; "svg" for browsers, which needs the extra `draw`.

    Raises:
        ValueError: For an unknown form, or a picture that cannot be, see `Outline`.
        MissingPackageError: For "svg" without the extra `draw`.
    """
    found = FORMS.get(form)
    if found is None:
        raise ValueError(f"unknown form `{form}`: one of {', '.join(FORMS)}")
    return found(picture)


def _json(picture: Picture) -> str:
    """An object with `title`, `nodes` and `edges`: the fields of shapes and arrows by name, in the picture's order."""
    Outline(picture)  # what cannot be drawn has no JSON either
    tree = {
        "title": picture.title,
        "nodes": [{name: getattr(shape, name) for name in Shape.__match_args__} for shape in picture.shapes],
        "edges": [{name: getattr(arrow, name) for name in Arrow.__match_args__} for arrow in picture.arrows],
    }
    return json.dumps(tree, indent=2) + "\n"


FORMS: dict[str, Callable[[Picture], str]] = {
    "text": text,
    "json": _json,
    "mermaid": mermaid,
    "dot": dot,
    "svg": svg,
}
