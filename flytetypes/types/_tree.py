"""Trees as bytes and as literals: msgpack in `scalar.binary`, and the older `scalar.generic`.

A tree is what plain codecs dump and load (`_plain`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from flytetypes import idl
from flytetypes.errors import ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox
from flytetypes.types._depth import MAX_LEVELS
from flytetypes.types._plain import Dumping, Loading, PlainCodec, dump_native, hint_step, json_key

T = TypeVar("T")

# --- the tree as bytes ------------------------------------------------------------------------------------------------


def _refuse_extension(code: int, data: bytes) -> Any:  # noqa: ARG001 - as msgpack calls it
    raise ValueError(f"extension type {code}")


_packers: list[Any] = []
_MAX_KEPT_BUFFER: Final = 1 << 20


def pack(tree: Any) -> bytes:
    """A tree as msgpack: bin type on, integers in the smallest form, floats as float64, keys in their order.

    Raises:
        ConversionError: For a tree that is nested too deep for msgpack, or holds text or integers that it cannot carry.
    """
    import msgpack  # third-party, and not needed before the first struct

    # Making a packer allocates a buffer; a list is a pool that threads can share.
    try:
        packer = _packers.pop()
    except IndexError:
        packer = msgpack.Packer(use_bin_type=True)
    try:
        packed: bytes = packer.pack(tree)
    except (ValueError, OverflowError, RecursionError):
        raise _misfit(tree, "a value of at most 500 levels") from None
    if len(packed) <= _MAX_KEPT_BUFFER:
        _packers.append(packer)
    return packed


def _misfit(tree: Any, otherwise: str) -> ConversionError:
    """Why a tree cannot be written: the first leaf that does not fit with its path, else its depth."""
    try:
        dump_native(tree, Dumping(Outbox(old_format=False)))
    except ConversionError as error:
        return error
    except RecursionError:
        pass
    return ConversionError(otherwise, got="a deeper one")


# How extension -1 begins, which msgpack reads by itself. The bytes may also be a part of something else.
_TIMESTAMPS: Final = (b"\xd6\xff", b"\xd7\xff", b"\xc7\x0c\xff")


def _refuse_timestamps(tree: Any) -> None:
    pending = [tree]
    while pending:
        part = pending.pop()
        if type(part) is dict:
            pending += [*part, *part.values()]
        elif type(part) is list:
            pending += part
        elif type(part).__name__ == "Timestamp":
            raise ValueError("extension type -1")


# Errors of msgpack that have no text.
_UNPACK_REASONS: Final = {"FormatError": "this is not msgpack", "StackError": "it is nested too deep"}


def unpack(data: bytes) -> Any:
    """The tree in msgpack bytes; memory in proportion to the input, nothing executed.

    Raises:
        ConversionError: For bytes that are not one complete msgpack value of plain types.
    """
    import msgpack

    try:
        tree = msgpack.unpackb(data, raw=False, strict_map_key=False, ext_hook=_refuse_extension)
        if any(mark in data for mark in _TIMESTAMPS):
            _refuse_timestamps(tree)
        return tree
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError) as error:
        # TypeError: a map or list as a key. ValueError: what is left over, cut off, no UTF-8 or an extension.
        reason = _UNPACK_REASONS.get(type(error).__name__) or str(error)
        raise ConversionError("one whole value in msgpack", got=f"{len(data)} bytes", reason=reason) from None


# --- the tree as a literal --------------------------------------------------------------------------------------------


def write_tree(tree: Any, dumping: Dumping, into: idl.Literal, *, is_dict: bool = False) -> None:
    """Put a tree into a literal: `scalar.binary`, or `scalar.generic` where the old format is asked for.

    Args:
        tree: What a codec dumped.
        dumping: With what hints.
        into: The literal to fill.
        is_dict: Whether the annotation is a dict: the old format marks those.
    """
    if dumping.to_json and type(tree) is dict:
        _fill_generic(json_tree(tree, dumping), into)
        if is_dict:
            into.metadata[_names.FORMAT] = _names.FORMAT_JSON
    else:
        binary = into.scalar.binary
        binary.value = pack(tree)
        binary.tag = _names.MSGPACK
    if dumping.hints:
        into.metadata[_names.HINTS] = json.dumps(dumping.hints, ensure_ascii=False, sort_keys=True)


def _fill_generic(tree: dict[str, Any], into: idl.Literal) -> None:
    deep = "a value that protobuf's parsers can read: 33 dicts deep at most in the old format"
    try:
        if _struct_levels(tree) > MAX_LEVELS - _STRUCT_AT:
            raise ConversionError(deep, got="a deeper one")
        idl.fill_struct(into.scalar.generic, tree)
    except (ValueError, OverflowError, RecursionError):
        raise _misfit(tree, deep) from None


_STRUCT_AT: Final = 2  # Literal, Scalar


def _struct_levels(tree: Any) -> int:
    """How many messages a tree nests as a `google.protobuf.Value`, or as a Struct where it is a dict."""
    if type(tree) is dict:
        return 1 + max((2 + _struct_levels(item) for item in tree.values()), default=0)  # Struct, entry, Value
    if type(tree) is list:
        return 1 + max((1 + _struct_levels(item) for item in tree), default=0)  # ListValue, Value
    return 0


def hints_in(literal: idl.Literal) -> Mapping[str, str] | None:
    """The hints in a literal's metadata; None when there are none, or none that can be read."""
    if _names.HINTS not in literal.metadata:
        return None
    try:
        hints = json.loads(literal.metadata[_names.HINTS])
    except (ValueError, RecursionError):
        return None
    return hints if isinstance(hints, dict) else None


_EXACT: Final = 2**53  # up to here a double holds every integer


def json_tree(tree: Any, dumping: Dumping | None = None) -> Any:
    """A tree as JSON has it: bytes as base64 lines, keys as text; for the old format and for defaults in schemas.

    A Struct has only doubles: an integer that a double cannot hold leaves a hint in `dumping`.
    """
    match tree:
        case bytes():
            return base64.encodebytes(tree).decode()
        case list():
            return [_json_step(f"[{index}]", item, dumping) for index, item in enumerate(tree)]
        case dict():
            entries: dict[str, Any] = {}
            for key, item in tree.items():
                name = json_key(key)
                if name in entries:
                    raise ConversionError("keys that stay apart as JSON", key, reason="another key has the same text")
                entries[name] = _json_step(hint_step(name), item, dumping)
            return entries
        case int() if dumping is not None and type(tree) is int and not -_EXACT <= tree <= _EXACT:
            if int(float(tree)) != tree:
                dumping.hint(str(tree))
            return tree
        case _:
            return tree


def _json_step(step: str, tree: Any, dumping: Dumping | None) -> Any:
    if dumping is None:
        return json_tree(tree)
    dumping.path.append(step)
    try:
        result = json_tree(tree, dumping)
    except ConversionError as error:
        raise error.within(step)  # noqa: B904 - the same error, with one more step
    dumping.path.pop()
    return result


def load_tree(codec: PlainCodec[T], tree: Any, loading: Loading) -> T:
    """The value in a whole tree; raises `ConversionError`, also for one that is nested deeper than Python's stack."""
    try:
        return codec.load(tree, loading)
    except RecursionError:
        raise ConversionError(f"`{codec.source}`", got="a value that is nested too deep") from None


def read_tree(literal: idl.Literal, inbox: Inbox, expected: str) -> tuple[Any, Loading]:
    """The tree in a literal, with how it is to be loaded.

    Raises:
        ConversionError: When the literal holds none.
    """
    scalar = literal.scalar
    match scalar.WhichOneof("value"):
        case "binary":
            binary = scalar.binary
            if binary.tag != _names.MSGPACK:
                raise ConversionError(
                    expected, got=f"binary data with the tag {binary.tag!r}", reason="only msgpack is known"
                )
            return unpack(binary.value), Loading(inbox, hints=hints_in(literal) if literal.metadata else None)
        case "generic":
            hints = hints_in(literal) if literal.metadata else None
            return idl.read_struct(scalar.generic), Loading(inbox, hints=hints, from_json=True)
        case _:
            raise ConversionError(expected, got=f"the literal {idl.render_literal(literal)}")
