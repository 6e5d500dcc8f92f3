"""Stepping into a value, `promise.a["b"][0]`, as Flyte's backend does when it binds the result to an input.

A path goes through lists and maps of literals first, then into one struct. What it ends at may change its form: a
number inside a msgpack struct becomes a primitive, a list becomes a list of literals. So everything that can stand in a
struct must also decode on its own.
"""

import reprlib
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

from flytetypes import idl
from flytetypes.errors import AttributePathError, key_step, path_text

_INT64_MAX: Final = 2**63 - 1
_SHOWN_KEYS: Final = 5
_short: Final = reprlib.Repr()


def resolve_path(
    literal: idl.Literal, path: Sequence[str | int], *, fetch: Callable[[str], idl.Literal] | None = None
) -> idl.Literal:
    """The literal at the end of a path.

    Args:
        literal: Where the path starts. It is not changed; the result may be a part of it.
        path: Keys and positions. As on the backend, a key into a list means its first element, and steps into what is
            neither list, map nor struct (a union, a file) are ignored.
        fetch: Reads the literal that was offloaded to a URI.

    Raises:
        AttributePathError: For a step that leads nowhere, also where the backend would crash on it.
    """
    if not path:
        return literal
    current = literal
    consumed = 0
    for step in path:
        if current.WhichOneof("value") == "offloaded_metadata":
            current = _fetched(current.offloaded_metadata.uri, fetch, path, consumed)
        match current.WhichOneof("value"):
            case "map":
                # A position reads as the empty key, a key as position 0: each is the other field of the same oneof.
                current = current.map.literals[_key(current.map.literals, step, path, consumed)]
            case "collection":
                position = _position(len(current.collection.literals), step, path, consumed)
                current = current.collection.literals[position]
            case _:
                break
        consumed += 1
    if current.WhichOneof("value") == "scalar":
        match current.scalar.WhichOneof("value"):
            case "binary":
                return _resolve_binary(current.scalar.binary, path, consumed)
            case "generic":
                return _resolve_generic(current.scalar.generic, path, consumed)
    return current


def part_type(literal_type: idl.LiteralType, path: tuple[str | int, ...]) -> tuple[idl.LiteralType, str | int | None]:
    """The type at the end of a path, and the step that leads nowhere if there is one.

    As Flyte's compiler walks (promises into structs): a list by position, a map by key, a struct by its fields, where
    they are known. Where that compiler would go on with the same type (a step into a number), the step leads nowhere;
    of a union it is left to assignability to say no.
    """
    for step in path:
        match literal_type.WhichOneof("type"):
            case "collection_type" if isinstance(step, int):
                literal_type = literal_type.collection_type
            case "map_value_type" if isinstance(step, str):
                literal_type = literal_type.map_value_type
            case "simple" if literal_type.structure.dataclass_type:
                if not isinstance(step, str) or step not in literal_type.structure.dataclass_type:
                    return literal_type, step
                literal_type = literal_type.structure.dataclass_type[step]
            case "simple" if literal_type.simple == idl.SimpleType.STRUCT:
                pass  # nothing is known of what is in it
            case "union_type":
                pass
            case _:
                return literal_type, step
    return literal_type, None


def _resolve_binary(binary: idl.Binary, path: Sequence[str | int], consumed: int) -> idl.Literal:
    if binary.tag != "msgpack":
        _fail("msgpack", f"a binary tagged `{binary.tag}`", path, consumed)
    import msgpack  # here, so that importing this module stays cheap

    try:
        tree = msgpack.unpackb(binary.value, strict_map_key=False)
    except (ValueError, msgpack.UnpackException) as error:
        raise _error("msgpack", "bytes that are not", path, consumed) from error
    for index in range(consumed, len(path)):
        step = path[index]
        if isinstance(tree, dict):
            if not isinstance(step, str):
                _fail("a key that is a string", repr(step), path, index + 1)
            tree = tree[_key(tree, step, path, index)]
        elif isinstance(tree, list):
            if not isinstance(step, int):
                _fail("a position in a list", repr(step), path, index + 1)
            tree = tree[_position(len(tree), step, path, index)]
        else:
            _fail("a list or a map to step into", _kind(tree), path, index)
    resolved = idl.Literal()
    if isinstance(tree, list):
        resolved.collection.SetInParent()
        for item in tree:
            _fill_msgpack(resolved.collection.literals.add(), msgpack.packb(item))
    elif isinstance(tree, (bool, int, float, str)):
        if type(tree) is int and tree > _INT64_MAX:
            _fail("an integer of 64 bits with sign", str(tree), path, len(path))
        _fill_primitive(resolved, tree)
    else:
        _fill_msgpack(resolved, msgpack.packb(tree))
    return resolved


def _resolve_generic(struct: idl.Struct, path: Sequence[str | int], consumed: int) -> idl.Literal:
    tree: Any = idl.read_struct(struct)
    for index in range(consumed, len(path)):
        if isinstance(tree, dict):
            tree = tree[_key(tree, path[index], path, index)]
        elif isinstance(tree, list):
            tree = tree[_position(len(tree), path[index], path, index)]
    resolved = idl.Literal()
    _fill_generic(resolved, tree)
    return resolved


def _fill_generic(into: idl.Literal, tree: Any) -> None:
    if isinstance(tree, dict):
        idl.fill_struct(into.scalar.generic, tree)
    elif isinstance(tree, list):
        into.collection.SetInParent()
        for item in tree:
            _fill_generic(into.collection.literals.add(), item)
    elif tree is not None:  # null is a literal without a value
        _fill_primitive(into, tree)


def _fill_primitive(into: idl.Literal, value: bool | float | str) -> None:
    primitive = into.scalar.primitive
    if isinstance(value, bool):
        primitive.boolean = value
    elif isinstance(value, int):
        primitive.integer = value
    elif isinstance(value, float):
        primitive.float_value = value
    else:
        primitive.string_value = value


def _fill_msgpack(into: idl.Literal, packed: bytes) -> None:
    into.scalar.binary.value = packed
    into.scalar.binary.tag = "msgpack"


def _fetched(
    uri: str, fetch: Callable[[str], idl.Literal] | None, path: Sequence[str | int], consumed: int
) -> idl.Literal:
    if fetch is None:
        _fail("a value that is at hand", f"one offloaded to {uri}", path, consumed)
    fetched = fetch(uri)
    if fetched.WhichOneof("value") == "offloaded_metadata":
        _fail(f"a value at {uri}", "one that is offloaded again", path, consumed)
    return fetched


def _key(mapping: Any, step: str | int, path: Sequence[str | int], index: int) -> str:
    key = step if isinstance(step, str) else ""
    if key not in mapping:
        _fail(f"a key of {_keys_text(mapping)}", repr(step), path, index + 1)
    return key


def _position(length: int, step: str | int, path: Sequence[str | int], index: int) -> int:
    position = step if isinstance(step, int) else 0
    if not 0 <= position < length:
        _fail(
            f"a position from 0 to {length - 1}" if length else "a list that is not empty", repr(step), path, index + 1
        )
    return position


def _keys_text(mapping: Any) -> str:
    keys = sorted(map(_short.repr, mapping))
    shown = ", ".join(keys[:_SHOWN_KEYS])
    return f"{{{shown}, ...}}" if len(keys) > _SHOWN_KEYS else f"{{{shown}}}"


def _kind(tree: object) -> str:
    return "`None`" if tree is None else f"`{type(tree).__name__}`"


def _fail(expected: str, got: str, path: Sequence[str | int], steps: int) -> NoReturn:
    raise _error(expected, got, path, steps)


def _error(expected: str, got: str, path: Sequence[str | int], steps: int) -> AttributePathError:
    where = path_text([key_step(step) for step in path[:steps]])
    return AttributePathError(f"expected {expected}, got {got} - at `{where}`")
