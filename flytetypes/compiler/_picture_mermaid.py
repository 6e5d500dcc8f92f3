"""A picture as a flowchart of Mermaid, which GitHub and many sites of documentation draw."""

from __future__ import annotations

import json
import re

from flytetypes.compiler._picture_parts import Kind, Outline, Picture, lines_of, one_line

# What stands before and after the quoted label of a node.
_OUTLINES: dict[Kind, tuple[str, str]] = {
    "input": ("([", "])"),
    "output": ("([", "])"),
    "task": ("[", "]"),
    "workflow": ("[[", "]]"),
    "launch-plan": ("[/", "/]"),
    "branch": ("{", "}"),
    "map": ("[\\", "\\]"),
    "gate": ("{{", "}}"),
    "failure": (">", "]"),
}

# Written as character codes: what ends a label or a directive (%%{), what HTML takes for its own, and what Mermaid's
# renderer takes for Markdown: emphasis, code, a link, and at the start of a line a list, a heading or a rule. Of colons
# only those before a space stay: Mermaid drops a semicolon of what looks to it like a colour, `style x:#...;`.
_ENCODED = re.compile(r"[^\w ,.()\[\]:=/-]|(?<![^\W_])_|_(?![^\W_])|(?<=\])\(|:(?! )|^[-+=\d]")

# In labels of several lines Mermaid decodes characters before it looks for ends of lines, formulas ($$x$$) and icons
# (fa:fa-car). What cannot be seen keeps these apart.
_PARTED = re.compile(r"\\(?=n)|\$(?=\$)|:(?=fa-)")


def mermaid(picture: Picture) -> str:
    """A `flowchart TD`: the title, a subgraph for each shape that has something in it, and the arrows.

    A subgraph has no form of its own: its kind is not shown. Mermaid draws no arrow between a subgraph and what lies in
    it, so such an arrow begins or ends at a small circle inside. Sites draw up to 500 arrows and 50,000 characters,
    unless they were configured otherwise (`maxEdges`, `maxTextSize`).
    """
    outline = Outline(picture)
    names = _names(outline)
    inside = set()
    for arrow in picture.arrows:
        _, source, target = outline.between(arrow)
        inside |= {arrow.source} if not source else {arrow.target} if not target else set()
    # As JSON, which is YAML as well. Mermaid rewrites what looks like a tag, also here.
    title = json.dumps(one_line(picture.title)).replace("<", "\\u003c")
    lines = ["---", f"title: {title}", "---", "flowchart TD"]
    open_depth = 0
    for depth, shape in outline.walk():
        while open_depth > depth:
            lines.append(f"{'  ' * open_depth}end")
            open_depth -= 1
        indent = "  " * (depth + 1)
        name = names[shape.id]
        label = _quoted(f"{shape.label}\n{shape.detail}")
        if shape.id in outline.children:
            lines.append(f"{indent}subgraph {name}[{label}]")
            open_depth += 1
            if shape.id in inside:
                lines.append(f'{indent}  {_circle(name)}((" "))')
        else:
            before, after = _OUTLINES[shape.kind]
            lines.append(f"{indent}{name}{before}{label}{after}")
    lines += [f"{'  ' * depth}end" for depth in range(open_depth, 0, -1)]
    for arrow in picture.arrows:
        _, source, target = outline.between(arrow)
        start, end = names[arrow.source], names[arrow.target]
        line = "-.->" if arrow.dashed else "-->"
        label = f"|{_quoted(arrow.label)}|" if one_line(arrow.label) else ""
        lines.append(f"  {start if source else _circle(start)} {line}{label} {end if target else _circle(end)}")
    return "\n".join(lines) + "\n"


def _names(outline: Outline) -> dict[str, str]:
    """What each shape is called in the flowchart: Mermaid has keywords, and few characters for names."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for key in outline.shapes:
        plain = name = f"s_{re.sub('[^A-Za-z0-9]', '_', key)}"
        number = 1
        while name in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name)
        names[key] = name
    return names


def _circle(name: str) -> str:
    """The circle in a subgraph: no other name begins like this."""
    return f"in_{name}"


def _quoted(text: str) -> str:
    lines = [_PARTED.sub(lambda found: f"{found[0]}\u200b", line.strip()) for line in lines_of(text)]
    encoded = [_ENCODED.sub(lambda found: f"#{ord(found[0])};", line) for line in lines if line]
    return '"' + ("<br/>".join(encoded) or " ") + '"'
