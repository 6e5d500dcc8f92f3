"""Which texts Go reads as a regular expression, and which as a URL.

Flyte's backend cannot compile a JSON schema with a `pattern` or a `$ref` that Go refuses. Python's own readers are more
generous here (look-around, back references) and stricter there. Names of Unicode scripts are not looked up.
"""

import re
from typing import Final

# The spelling is that of https://pkg.go.dev/regexp/syntax.
_CHARACTER: Final = re.compile(
    r"""
    \\x(?P<hex>[0-9A-Fa-f]{2}) | \\x\{(?P<braced>[0-9A-Fa-f]+)\}
  | \\(?P<octal>0[0-7]{0,2} | [1-7][0-7]{1,2})
  | \\(?P<control>[afnrtv])
  | \\(?P<punctuation>[^0-9A-Za-z\x80-\U0010ffff])
  | (?P<plain>[^\\])
    """,
    re.VERBOSE | re.DOTALL,
)
_CATEGORY: Final = r"\\[pP](?:[CLMNPSZ]|\{\^?[A-Za-z_]+\})"
_IN_CLASS: Final = re.compile(
    r"\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]"
    rf"|\\[dDsSwW]|{_CATEGORY}"
)
_ATOM: Final = re.compile(rf"\\Q.*?(?:\\E|\Z)|\\[dDsSwWbBAz]|{_CATEGORY}", re.DOTALL)
_GROUP: Final = re.compile(r"\((?:(?!\?)|\?P?<(?P<name>\w+)>|\?[imsU]*(?:-[imsU]+)?:)", re.ASCII)
_FLAGS: Final = re.compile(r"\(\?[imsU]*(?:-[imsU]+)?\)")
_REPEAT: Final = re.compile(
    r"(?:[*+?]|\{(?P<low>0|[1-9][0-9]*)(?P<high>,(?:0|[1-9][0-9]*)?)?\})\??",
)
_MOST_REPEATS: Final = 1000
_CONTROLS: Final = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_AUTHORITY: Final = re.compile(r"""(?:[^@\s"<>\\^`{|}]*@)?(?:\[[0-9A-Fa-f:.]*\]|[^\s%@\\^`{|}\[]*?)(?::[0-9]*)?""")


def is_regex(pattern: str) -> bool:
    """Whether Go's `regexp` compiles a pattern."""
    depth = 0
    names: set[str] = set()
    repeatable = repeated = False  # whether there is something before a `*`, and whether that is a `*` itself
    position = 0
    while position < len(pattern):
        if flags := _FLAGS.match(pattern, position):
            position, repeated = flags.end(), False
            continue
        if repeat := _REPEAT.match(pattern, position):
            if not repeatable or repeated or not _is_count(repeat["low"], repeat["high"]):
                return False
            position, repeated = repeat.end(), True
            continue
        repeatable, repeated = True, False
        match pattern[position]:
            case "[":
                end = _class_end(pattern, position)
                if end is None:
                    return False
                position = end
            case "(":
                group = _GROUP.match(pattern, position)
                if group is None or group["name"] in names:
                    return False
                if group["name"] is not None:
                    names.add(group["name"])
                depth += 1
                position, repeatable = group.end(), False
            case ")":
                depth -= 1
                if depth < 0:
                    return False
                position += 1
            case "|":
                position, repeatable = position + 1, False
            case _:
                atom = _ATOM.match(pattern, position) or _CHARACTER.match(pattern, position)
                if atom is None:
                    return False
                position = atom.end()
    return depth == 0


def is_uri_reference(text: str) -> bool:
    """Whether Go's `net/url` parses a text."""
    return _has_scheme(text) is not None


def is_uri(text: str) -> bool:
    """Whether Go's `net/url` parses a text, and finds a scheme in it."""
    return _has_scheme(text) is True


def _class_end(pattern: str, position: int) -> int | None:
    """Where the class in brackets that begins here ends; None if it is not well formed."""
    position += 2 if pattern.startswith("[^", position) else 1
    first = position
    while position < len(pattern):
        if pattern[position] == "]" and position > first:
            return position + 1
        if named := _IN_CLASS.match(pattern, position):
            position = named.end()
            continue
        if pattern.startswith("[:", position) and ":]" in pattern[position + 2 :]:
            return None
        low = _CHARACTER.match(pattern, position)
        if low is None:
            return None
        position = low.end()
        if pattern.startswith("-", position) and pattern[position + 1 : position + 2] not in ("", "]"):
            high = _CHARACTER.match(pattern, position + 1)
            if high is None or _code(high) < _code(low):
                return None
            position = high.end()
    return None


def _is_count(low: str | None, high: str | None) -> bool:
    if low is None:
        return True
    most = int(low) if high is None or high == "," else int(high[1:])
    return int(low) <= most <= _MOST_REPEATS


def _code(character: re.Match[str]) -> int:
    kind = character.lastgroup or "plain"
    text = character[kind]
    match kind:
        case "hex" | "braced":
            return int(text, 16)
        case "octal":
            return int(text, 8)
        case "control":
            return _CONTROLS[text]
        case _:
            return ord(text)


def _has_scheme(text: str) -> bool | None:
    """Whether a URL has a scheme; None if it is not one."""
    rest, _, fragment = text.partition("#")
    if _BAD_ESCAPE.search(fragment) or any(character < " " or character == "\x7f" for character in rest):
        return None
    scheme = _SCHEME.match(rest)
    if scheme is None and rest.startswith(":"):
        return None
    path = rest[scheme.end() if scheme else 0 :].partition("?")[0]
    if not path.startswith("/"):
        # With a scheme it is opaque; without one a colon would have made it one.
        return True if scheme else None if ":" in path.partition("/")[0] or _BAD_ESCAPE.search(path) else False
    if path.startswith("//") and not path.startswith("///"):
        authority, slash, path = path[2:].partition("/")
        if not _AUTHORITY.fullmatch(authority):
            return None
        path = slash + path
    return None if _BAD_ESCAPE.search(path) else scheme is not None
