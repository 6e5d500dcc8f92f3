"""A picture as text for terminals: what there is in the order in which it happens, and what feeds it."""

from __future__ import annotations

from flytetypes.compiler._picture_parts import Arrow, Outline, Picture, Shape, one_line


def text(picture: Picture) -> str:
    """A line for each shape, with its kind, id, label and detail, and a line for each arrow into it.

    What lies in a shape follows it, two columns further in. `from n0: mu` is data, `after n0` is an order without data.
    No colours, no control characters, no limit to the length of a line.
    """
    outline = Outline(picture)
    feeding: dict[str, list[Arrow]] = {}
    for arrow in picture.arrows:
        feeding.setdefault(arrow.target, []).append(arrow)
    width = max((len(shape.kind) for shape in picture.shapes), default=0)
    lines = [one_line(picture.title)]
    for depth, shape in outline.walk():
        indent = "  " * (depth + 1)
        lines.append(f"{indent}{shape.kind:{width}}  {_name(shape)}")
        for arrow in feeding.get(shape.id, ()):
            label = one_line(arrow.label)
            lines.append(
                f"{indent}{'':{width}}    {'after' if arrow.dashed else 'from'} {arrow.source}"
                f"{f': {label}' if label else ''}"
            )
    return "\n".join(lines) + "\n"


def _name(shape: Shape) -> str:
    """Id, label and detail. The label of `n1.n0` often begins with `n0`, and is not to say so twice."""
    label, detail = one_line(shape.label), one_line(shape.detail)
    for known in (shape.id, shape.id.rpartition(".")[2]):
        if label == known or label.startswith(f"{known} "):
            label = label[len(known) :].strip()
            break
    return "  ".join(part for part in (shape.id, label, detail) if part)
