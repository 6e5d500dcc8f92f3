"""A picture in the language of Graphviz."""

from __future__ import annotations

from flytetypes.compiler._picture_parts import Arrow, Kind, Outline, Picture, lines_of

_FORMS: dict[Kind, str] = {
    "input": "oval",
    "output": "oval",
    "task": "box",
    "workflow": "component",
    "launch-plan": "cds",
    "branch": "diamond",
    "map": "box3d",
    "gate": "hexagon",
    "failure": "octagon",
}


def dot(picture: Picture) -> str:
    """A `digraph` from top to bottom: a node for each shape, a cluster for each with something in it, and the arrows.

    Arrows of Graphviz join nodes only. One that begins or ends at a cluster is tied to an invisible node in it, which
    has the cluster's id, and is cut off at the border; one between a cluster and what lies in it is not cut off. A
    cluster has no form of its own: its kind is not shown.
    """
    outline = Outline(picture)
    tied = {end for arrow in picture.arrows for end in (arrow.source, arrow.target) if end in outline.children}
    lines = [
        f"digraph {_quoted(picture.title)} {{",
        f"  graph [label={_quoted(picture.title)}, labelloc=t, rankdir=TB, compound=true]",
        '  node [fontname="Helvetica", fontsize=11]',
        '  edge [fontname="Helvetica", fontsize=10]',
    ]
    open_depth = 0
    for depth, shape in outline.walk():
        while open_depth > depth:
            lines.append(f"{'  ' * open_depth}}}")
            open_depth -= 1
        indent = "  " * (depth + 1)
        label = _quoted(f"{shape.label}\n{shape.detail}")
        if shape.id in outline.children:
            lines.append(f"{indent}subgraph {_quoted(f'cluster_{shape.id}')} {{")
            lines.append(f"{indent}  label={label}")
            open_depth += 1
            if shape.id in tied:
                lines.append(f'{indent}  {_quoted(shape.id)} [label="", shape=point, style=invis]')
        else:
            lines.append(f"{indent}{_quoted(shape.id)} [label={label}, shape={_FORMS[shape.kind]}]")
    lines += [f"{'  ' * depth}}}" for depth in range(open_depth, 0, -1)]
    lines += [
        f"  {_quoted(arrow.source)} -> {_quoted(arrow.target)}{_marks(arrow, outline)}" for arrow in picture.arrows
    ]
    return "\n".join([*lines, "}"]) + "\n"


def _marks(arrow: Arrow, outline: Outline) -> str:
    """The attributes of an arrow, in brackets."""
    _, source, target = outline.between(arrow)
    marks = []
    if arrow.label:
        marks.append(f"label={_quoted(arrow.label)}")
    if arrow.dashed:
        marks.append("style=dashed")
    if source and target and arrow.source in outline.children:
        marks.append(f"ltail={_quoted(f'cluster_{arrow.source}')}")
    if source and target and arrow.target in outline.children:
        marks.append(f"lhead={_quoted(f'cluster_{arrow.target}')}")
    return f" [{', '.join(marks)}]" if marks else ""


def _quoted(text: str) -> str:
    """A string of Graphviz, which knows escapes in it, and entities of HTML."""
    lines = [line.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for line in lines_of(text)]
    return '"' + "\\n".join(line for line in lines if line) + '"'
