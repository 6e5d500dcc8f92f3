"""Hashes of values and interfaces: the backend's, flytekit's, and our own.

`message_hash`, `inputs_hash` and `interface_hash` are what a Flyte cluster computes for its cache, `offload_hash` is
what flytekit writes next to an offloaded literal. None of them is fit for comparing values: the order of keys inside a
msgpack map changes them. `content_hash` is, and is written down in `docs/extensions.md`.
"""

import json
import math
import struct
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from flytetypes import idl
from flytetypes.types._names import DIGEST

_FOR_URLS: Final = str.maketrans("+/", "-_")


def message_hash(message: idl.Message) -> bytes:
    """The backend's hash of a message: objecthash, with SHA-256, of its canonical JSON. 32 bytes."""
    return _object_hash(idl.to_json(message))


def inputs_hash(inputs: idl.LiteralMap, ignored: Collection[str] = ()) -> str:
    """The backend's hash of a call's inputs: unpadded base64 for URLs, 43 characters.

    A literal that carries a hash counts by that hash alone. Inside a union the hash is not looked at.
    """
    reduced = idl.LiteralMap()
    for name, literal in inputs.literals.items():
        if name not in ignored:
            _fill_reduced(reduced.literals[name], literal)
    return _url_text(message_hash(reduced))


def interface_hash(variables: idl.VariableMap) -> str:
    """The backend's hash of one side of an interface, of which a cache key shows the first 8 characters.

    Descriptions and schemas are part of it: changing a docstring changes it.
    """
    return _url_text(message_hash(variables))


def offload_hash(literal: idl.Literal) -> str:
    """The hash that flytekit gives to a literal when it offloads it: padded base64."""
    text = json.dumps(idl.to_json(literal), sort_keys=True, separators=(",", ":"))
    return _base64(_sha256(text.encode()))


def content_hash(literal: idl.Literal) -> str:
    """The hash of what a literal holds: equal for equal values however they are laid out, and for no others.

    Raises:
        ValueError: For an offloaded literal without a hash: its content is not at hand.
    """
    return f"ft1:{_sha256(canonical_bytes(literal)).hex()}"


def canonical_bytes(literal: idl.Literal) -> bytes:
    """The bytes under `content_hash`: nodes of a tag, a length and a payload (`docs/extensions.md`)."""
    if literal.hash:
        return _node(b"H", literal.hash.encode())
    match literal.WhichOneof("value"):
        case "scalar":
            encoded = _scalar(_without_place(literal) if DIGEST in literal.metadata else literal.scalar)
        case "collection":
            encoded = _node(b"A", b"".join(map(canonical_bytes, literal.collection.literals)))
        case "map":
            encoded = _map((_text(key), canonical_bytes(value)) for key, value in literal.map.literals.items())
        case "offloaded_metadata":
            raise ValueError(f"the literal is offloaded to {literal.offloaded_metadata.uri} and has no hash")
        case _:
            encoded = _node(b"U", b"literal")
    if not literal.metadata:
        return encoded
    return _node(b"@", encoded + _map((_text(key), _text(value)) for key, value in literal.metadata.items()))


def _without_place(literal: idl.Literal) -> idl.Scalar:
    """The scalar of a literal whose digest says what is stored, without where that is."""
    scalar = idl.Scalar()
    scalar.CopyFrom(literal.scalar)
    kind = scalar.WhichOneof("value")
    if kind in ("blob", "structured_dataset"):
        getattr(scalar, kind).ClearField("uri")
    return scalar


# The backend's hash


def _object_hash(tree: Any) -> bytes:
    match tree:
        case None:
            return _sha256(b"n")
        case bool():
            return _sha256(b"b1" if tree else b"b0")
        case str():
            return _sha256(b"u" + tree.encode())
        case int() | float():
            return _sha256(b"f" + _normalized(float(tree)))
        case list():
            return _sha256(b"l" + b"".join(map(_object_hash, tree)))
        case dict():
            return _sha256(b"d" + b"".join(sorted(_object_hash(key) + _object_hash(tree[key]) for key in tree)))
        case _:
            raise TypeError(f"JSON has no `{type(tree).__name__}`")


def _normalized(number: float) -> bytes:
    """Objecthash's text of a number: sign, exponent, and the binary digits of a mantissa in (0.5, 1]."""
    if number == 0:
        return b"+0:"
    mantissa, exponent = math.frexp(abs(number))
    if mantissa == 0.5:
        mantissa, exponent = 1.0, exponent - 1
    digits = bytearray(f"{'-' if number < 0 else '+'}{exponent}:".encode())
    while mantissa:
        if mantissa >= 1:
            digits += b"1"
            mantissa -= 1
        else:
            digits += b"0"
        mantissa *= 2
    return bytes(digits)


def _fill_reduced(into: idl.Literal, literal: idl.Literal) -> None:
    if literal.hash:
        into.hash = literal.hash
        return
    match literal.WhichOneof("value"):
        case "collection":
            into.collection.SetInParent()
            for item in literal.collection.literals:
                _fill_reduced(into.collection.literals.add(), item)
        case "map":
            into.map.SetInParent()
            for key, value in literal.map.literals.items():
                _fill_reduced(into.map.literals[key], value)
        case _:
            into.CopyFrom(literal)


def _sha256(data: bytes) -> bytes:
    import hashlib  # dear to import, and an engine that can hash has seldom to

    return hashlib.sha256(data).digest()


def _url_text(digest: bytes) -> str:
    return _base64(digest).translate(_FOR_URLS).rstrip("=")


# Our content hash


class _Encoded(bytes):
    """A node that is ready, where one that is still a value could stand."""

    __slots__ = ()


def _node(tag: bytes, payload: bytes) -> bytes:
    return tag + struct.pack(">Q", len(payload)) + payload


def _map(entries: Iterable[tuple[bytes, bytes]]) -> bytes:
    # Sorted by key alone and stably: what a malformed msgpack map says twice stays in its order.
    return _node(b"Z", b"".join(key + value for key, value in sorted(entries, key=lambda entry: entry[0])))


def _text(value: str) -> bytes:
    return _node(b"S", value.encode())


def _integer(value: int) -> bytes:
    return _node(b"I", struct.pack(">q", value)) if value < 2**63 else _node(b"K", struct.pack(">Q", value))


def _float(value: float) -> bytes:
    return _node(b"F", bytes.fromhex("7ff8000000000000") if math.isnan(value) else struct.pack(">d", value))


def _boolean(value: bool) -> bytes:
    return _node(b"B", b"\x01" if value else b"\x00")


def _scalar(scalar: idl.Scalar) -> bytes:
    match scalar.WhichOneof("value"):
        case "primitive":
            return _primitive(scalar.primitive)
        case "none_type":
            return _node(b"N", b"")
        case "union":
            return _node(b"R", _text(scalar.union.type.structure.tag) + canonical_bytes(scalar.union.value))
        case "binary" if scalar.binary.tag == "msgpack":
            return _msgpack(scalar.binary)
        case "generic":
            return _node(b"G", _message_value(scalar.generic))
        case None:
            return _node(b"U", b"scalar")
        case kind:  # a binary of another kind, a file, a dataset, a schema, an error
            return _node(b"V", _text(kind) + _message_value(getattr(scalar, kind)))


def _primitive(primitive: idl.Primitive) -> bytes:
    match primitive.WhichOneof("value"):
        case "integer":
            return _integer(primitive.integer)
        case "float_value":
            return _float(primitive.float_value)
        case "string_value":
            return _text(primitive.string_value)
        case "boolean":
            return _boolean(primitive.boolean)
        case "datetime":
            return _node(b"T", struct.pack(">qi", primitive.datetime.seconds, primitive.datetime.nanos))
        case "duration":
            return _node(b"D", struct.pack(">qi", primitive.duration.seconds, primitive.duration.nanos))
        case _:
            return _node(b"U", b"primitive")


def _msgpack(binary: idl.Binary) -> bytes:
    import msgpack  # here, so that importing this module stays cheap

    try:
        # The hooks run from the inside out, so no depth of nesting is too deep. Pairs, because a dict would take the
        # keys 1, 1.0 and True for one.
        tree = msgpack.unpackb(
            binary.value,
            strict_map_key=False,
            list_hook=lambda items: _Encoded(_node(b"A", b"".join(map(_plain, items)))),
            object_pairs_hook=lambda pairs: _Encoded(_map((_plain(key), _plain(value)) for key, value in pairs)),
            ext_hook=lambda code, data: _Encoded(_node(b"Q", _integer(code) + _node(b"X", data))),
        )
    except (ValueError, msgpack.UnpackException):
        return _node(b"V", _text("binary") + _message_value(binary))  # not msgpack, whatever its tag says
    return _node(b"M", _plain(tree))


def _plain(value: Any) -> bytes:
    """A value of a tree: what msgpack reads."""
    if isinstance(value, _Encoded):
        return value
    if value is None:
        return _node(b"N", b"")
    if isinstance(value, bool):
        return _boolean(value)
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes):
        return _node(b"X", value)
    # msgpack.Timestamp, the one extension that it reads on its own
    return _node(b"Q", _integer(-1) + _node(b"X", value.to_bytes()))


def _message_value(value: Any) -> bytes:
    """Any message, as a map from the names of the fields that are set; a Struct as the tree that it stands for."""
    if isinstance(value, idl.Struct):
        return _map((_text(key), _message_value(item)) for key, item in value.fields.items())
    if isinstance(value, idl.Value):
        return _struct_value(value)
    if isinstance(value, idl.Message):
        return _map((_text(field.name), _message_value(item)) for field, item in value.ListFields())
    if isinstance(value, Mapping):
        return _map((_plain(key), _message_value(item)) for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return _node(b"A", b"".join(map(_message_value, value)))
    return _plain(value)


def _struct_value(value: idl.Value) -> bytes:
    match value.WhichOneof("kind"):
        case "struct_value":
            return _message_value(value.struct_value)
        case "list_value":
            return _node(b"A", b"".join(map(_struct_value, value.list_value.values)))
        case "null_value":
            return _node(b"N", b"")
        case None:
            return _node(b"U", b"value")
        case kind:
            return _plain(getattr(value, kind))


def _base64(digest: bytes) -> str:
    """Padded."""
    import binascii

    return binascii.b2a_base64(digest, newline=False).decode()
