"""From the text of an annotation to the annotation, as far as everything in it is loaded: `typing.Set[shop.Item]`.

Such texts stand in the types of pickles. Nothing is imported, evaluated or asked: names are looked up in the
dictionaries of modules and classes that are there, and brackets are put behind what is known to take them.
"""

from __future__ import annotations

import collections
import collections.abc
import re
import sys
import typing
from typing import Any, Final

from flytetypes.errors import AnnotationError
from flytetypes.types._forms import loaded_class

_TOKEN: Final = re.compile(r"\s*(?:(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)|(?P<mark>\.\.\.|[\[\],|~+-])|'[^'\\]*'|\d+)")
_CLASS: Final = re.compile(r"<class '([\w.]+)'>")
_MAX_LENGTH: Final = 1000
_MAX_LEVELS: Final = 20
_BUILTINS: Final = vars(sys.modules["builtins"])
_CONSTANTS: Final = {"None": None, "True": True, "False": False}
_SUBSCRIPTED: Final = frozenset(
    {list, dict, set, frozenset, tuple, type, collections.deque, collections.OrderedDict, collections.defaultdict}
    | {collections.Counter}
)


def annotation_of_text(text: str) -> Any | None:
    """The annotation that has this text, None where a part of it is not known here."""
    if len(text) > _MAX_LENGTH:
        return None
    match = _CLASS.fullmatch(text)
    if match is not None:
        return _class_named(match[1])
    tokens = _tokens(text)
    if tokens is None:
        return None
    try:
        annotation = _parsed(tokens, 0)
        # A form that says nothing by itself (`typing.Union`), or not of a value (`typing.ClassVar`), can be no part of
        # another one.
        return None if tokens or not typing.Optional[annotation] else annotation  # noqa: UP045 - asks it
    except (_Unknown, TypeError):
        return None


class _Unknown(Exception):  # noqa: N818 - not an error: the text is then only a text
    pass


def _tokens(text: str) -> list[str] | None:
    """The tokens, last one first; None for text that has others."""
    tokens: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        tokens.append(match[0].strip())
        at = match.end()
    return tokens[::-1]


def _parsed(tokens: list[str], level: int) -> Any:
    """One annotation, taken from the end of the tokens."""
    variants = [_single(tokens, level)]
    while tokens and tokens[-1] == "|":
        tokens.pop()
        variants.append(_single(tokens, level))
    return typing.Union[tuple(variants)] if len(variants) > 1 else variants[0]  # noqa: UP007


def _single(tokens: list[str], level: int) -> Any:
    if not tokens or level > _MAX_LEVELS:
        raise _Unknown
    part = tokens.pop()
    if part in ("~", "+", "-"):
        return _type_variable(part, tokens)
    if part == "...":
        return ...
    found = _named(part)
    if not tokens or tokens[-1] != "[":
        return found
    tokens.pop()
    args: list[Any] = []
    while tokens and tokens[-1] != "]":
        args.append(_constant(tokens) if found is typing.Literal else _parsed(tokens, level + 1))
        if tokens and tokens[-1] == ",":
            tokens.pop()
    if not tokens or not takes_arguments(found):
        raise _Unknown
    tokens.pop()
    try:
        return found[tuple(args) if len(args) != 1 else args[0]]
    except (TypeError, AnnotationError):  # not so many, or not such ones
        raise _Unknown from None


def _constant(tokens: list[str]) -> str | int | bool | None:
    """An argument of `Literal`."""
    part = tokens.pop()
    if part in _CONSTANTS:
        return _CONSTANTS[part]
    if part.startswith("'"):
        return part[1:-1]
    number = tokens.pop() if part == "-" and tokens else part
    if not number.isdecimal() or len(number) > 19:
        raise _Unknown
    return -int(number) if part == "-" else int(number)


def _type_variable(sign: str, tokens: list[str]) -> Any:
    if not tokens or not tokens[-1].isidentifier():
        raise _Unknown
    name = tokens.pop()
    return typing.TypeVar(name, covariant=sign == "+", contravariant=sign == "-")


def _named(name: str) -> Any:
    if name in ("None", "NoneType"):
        return None if name == "None" else type(None)
    module, _, attribute = name.rpartition(".")
    if module == "typing":
        found = vars(typing).get(attribute)
        if found is None or attribute.startswith("_") or attribute not in typing.__all__:
            raise _Unknown
        return found
    found = _class_named(name)
    if found is None:
        raise _Unknown
    return found


def _class_named(path: str) -> type | None:
    if "." not in path:
        found = _BUILTINS.get(path)
        return found if type(found) is type else None
    return loaded_class(path)


def takes_arguments(found: Any) -> bool:
    """Whether brackets behind it run no code but Python's own."""
    if not isinstance(found, type):
        return type(found).__module__ == "typing"
    if found in _SUBSCRIPTED or found.__module__ == "collections.abc":
        return True
    for base in found.__mro__:
        if "__class_getitem__" in vars(base):
            return base is typing.Generic
    return False
