"""What a docstring says of arguments and results, in the three styles in use: Google, NumPy and Sphinx."""

from __future__ import annotations

import re

_GOOGLE_SECTION = re.compile(r"(?P<title>[A-Z][A-Za-z ]*):")
_GOOGLE_ENTRY = re.compile(r"(?P<name>\*{0,2}\w+)\s*(?:\([^)]*\))?:\s*(?P<text>.*)")
_NUMPY_ENTRY = re.compile(r"(?P<names>\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?::.*)?")
_SPHINX = re.compile(r":(?P<kind>param|parameter|arg|argument|returns?)\b(?P<words>[^:]*):\s*(?P<text>.*)")
_ARGUMENTS = ("args", "arguments", "parameters", "params")
_RETURNS = ("returns", "return", "yields")


class Docstring:
    """A docstring, taken apart.

    Attributes:
        summary: Its first paragraph, as one line.
        body: What follows that, up to what it says of arguments and results.
        arguments: Name to description.
        outputs: Name to description, where results are described by name.
        returns: What it says of the result as a whole.
    """

    def __init__(self) -> None:
        self.summary = ""
        self.body = ""
        self.arguments: dict[str, str] = {}
        self.outputs: dict[str, str] = {}
        self.returns = ""


def parse_docstring(text: str | None) -> Docstring:
    """Take a docstring apart; what is in none of the three styles is only summed up."""
    parsed = Docstring()
    if not text:
        return parsed
    from inspect import cleandoc  # dear to import

    lines = cleandoc(text).splitlines()
    parsed.summary = _joined(lines[: next((i for i, line in enumerate(lines) if not line.strip()), len(lines))])
    index = 0
    described = len(lines)
    while index < len(lines):
        line = lines[index]
        title = _section(lines, index)
        if title is not None:
            described = min(described, index)
            start = index + (1 if line.rstrip().endswith(":") else 2)
            end = next((i for i in range(start, len(lines)) if _section(lines, i) is not None), len(lines))
            numpy = not line.rstrip().endswith(":")
            body = lines[start:end]
            if title in _ARGUMENTS:
                parsed.arguments.update(_numpy_entries(body) if numpy else _google_entries(body))
            elif title in _RETURNS:
                _read_returns(parsed, body, numpy=numpy)
            index = end
            continue
        match = _SPHINX.match(line.strip())
        if match is not None:
            described = min(described, index)
            end = next((i for i in range(index + 1, len(lines)) if not lines[i].startswith((" ", "\t"))), len(lines))
            description = _text([match["text"], *lines[index + 1 : end]])
            if match["kind"].startswith("return"):
                parsed.returns = description
            elif match["words"].split():
                parsed.arguments[match["words"].split()[-1]] = description
            index = end
            continue
        index += 1
    first = next((i for i, line in enumerate(lines) if not line.strip()), len(lines))
    parsed.body = "\n".join(lines[first:described]).strip()
    return parsed


def _section(lines: list[str], index: int) -> str | None:
    line = lines[index]
    match = _GOOGLE_SECTION.fullmatch(line.rstrip())
    if match is not None:
        return match["title"].lower()
    following = lines[index + 1] if index + 1 < len(lines) else ""
    if line.strip() and len(following.strip()) >= 3 and set(following.strip()) == {"-"}:
        return line.strip().lower()
    return None


def _google_entries(body: list[str]) -> dict[str, str]:
    entries: dict[str, list[str]] = {}
    indent = _indent(body)
    current: list[str] | None = None
    for line in body:
        match = (
            _GOOGLE_ENTRY.match(line[indent:])
            if line[:indent].strip() == "" and line[indent : indent + 1].strip()
            else None
        )
        if match is not None:
            current = entries.setdefault(match["name"].lstrip("*"), [])
            current.append(match["text"])
        elif current is not None:
            current.append(line)
    return {name: _text(texts) for name, texts in entries.items()}


def _numpy_entries(body: list[str]) -> dict[str, str]:
    entries: dict[str, list[str]] = {}
    current: list[str] = []
    for line in body:
        match = _NUMPY_ENTRY.fullmatch(line.rstrip()) if line[:1].strip() else None
        if match is not None:
            current = []
            for name in match["names"].split(","):
                entries[name.strip().lstrip("*")] = current
        else:
            current.append(line)
    return {name: _text(texts) for name, texts in entries.items()}


def _read_returns(parsed: Docstring, body: list[str], *, numpy: bool) -> None:
    entries = _numpy_entries(body) if numpy else _google_entries(body)
    if entries:
        parsed.outputs.update(entries)
        parsed.returns = next(iter(entries.values()))
    else:
        parsed.returns = _text(body)


def _indent(body: list[str]) -> int:
    return min((len(line) - len(line.lstrip()) for line in body if line.strip()), default=0)


def _text(lines: list[str]) -> str:
    """A description with its line breaks and without its indentation, as in flytekit: an interface's hash has it."""
    if not lines:
        return ""
    indent = _indent(lines[1:])
    return "\n".join([lines[0].strip(), *(line[indent:].rstrip() for line in lines[1:])]).strip()


def _joined(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())
