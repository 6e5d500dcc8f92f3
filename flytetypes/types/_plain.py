"""Plain codecs: the form that a value has inside a struct.

A struct (dataclass, model, untyped dict) travels as one msgpack tree. A `PlainCodec` turns a value into what msgpack has
(None, bool, int, float, str, bytes, list, dict) and back. Dumping is strict; loading also takes what other SDKs wrote.

Where the tree cannot tell two values apart (which variant of a union, the name of a time zone, a tuple in an untyped
dict), dumping leaves a *hint* under the value's path. Hints travel in the literal's metadata; a tree without them loads by
the default rules.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

from flytetypes import idl
from flytetypes.errors import ConversionError, key_step, path_text
from flytetypes.types import _names
from flytetypes.types._boxes import Inbox, Outbox

T = TypeVar("T")
Schema = dict[str, Any]

NOTHING: Final[frozenset[type]] = frozenset()
ANY_NATIVE: Final = frozenset({type(None), bool, int, float, str, bytes, list, dict})


class Undescribable(Exception):  # noqa: N818 - not an error: the type then has no schema
    """A value has no JSON schema; a class that holds one has none either."""


class Describing:
    """One JSON schema in the making: which classes are being described, and the definitions of the recursive ones."""

    __slots__ = ("definitions", "open", "recursive")

    def __init__(self) -> None:
        self.open: list[object] = []
        self.recursive: list[object] = []
        self.definitions: dict[str, Schema] = {}

    def of_class(self, cls: type, describe: Callable[[], Schema]) -> Schema:
        """A class's schema: in place, or a reference when it contains itself."""
        name = cls.__name__
        if cls not in self.open:
            if name in self.definitions:
                return {"$ref": f"#/$defs/{name}"}
            self.open.append(cls)
            try:
                schema = describe()
            finally:
                self.open.pop()
            if cls not in self.recursive:
                return schema
            self.definitions[name] = schema
        else:
            self.recursive.append(cls)
        return {"$ref": f"#/$defs/{name}"}

    def finish(self, schema: Schema) -> Schema:
        """The whole schema with its definitions."""
        return {**schema, "$defs": self.definitions} if self.definitions else schema


class Dumping:
    """One tree being dumped: hints so far, the path of the value at hand (only where hints may be), the outbox."""

    __slots__ = ("hints", "out", "path")

    def __init__(self, out: Outbox) -> None:
        self.out = out
        self.path: list[str] = []
        self.hints: dict[str, str] = {}

    def hint(self, text: str, *, mark: str = "") -> None:
        """Leave a hint for the value at hand; a mark keeps two of them apart."""
        self.hints[path_text(self.path) + mark] = text


class Loading:
    """One tree being loaded: its hints, the path of the value at hand, the inbox, and whether it came by a Struct."""

    __slots__ = ("from_json", "hints", "inbox", "path")

    def __init__(self, inbox: Inbox, *, hints: Mapping[str, str] | None = None, from_json: bool = False) -> None:
        self.inbox = inbox
        self.path: list[str] = []
        self.hints = hints
        self.from_json = from_json

    def hint(self, *, mark: str = "") -> str | None:
        """The hint for the value at hand."""
        hint = self.hints.get(path_text(self.path) + mark) if self.hints else None
        return hint if isinstance(hint, str) else None


class PlainCodec(Generic[T]):
    """How values of one annotation look inside a struct.

    Attributes:
        source: The annotation, as errors show it.
        transformer: Name of the transformer that compiled it.
        dump: Value to tree; raises `ConversionError` for what is not a value of the annotation.
        load: Tree to value, taking what other SDKs write too; raises `ConversionError`.
        describe: The JSON schema; raises `Undescribable`.
        classes: The exact classes of the values.
        natives: The classes of tree that `dump` gives.
        loads: The classes of tree that `load` may take.
        hinted: Whether dumping may leave hints, here or below.
        parts: Label and codec of what it consists of.
    """

    __slots__ = ("classes", "describe", "dump", "hinted", "load", "loads", "natives", "parts", "source", "transformer")

    def __init__(
        self,
        source: str,
        transformer: str,
        *,
        dump: Callable[[T, Dumping], Any],
        load: Callable[[Any, Loading], T],
        describe: Callable[[Describing], Schema],
        classes: Iterable[type],
        natives: Iterable[type],
        loads: Iterable[type] = (),
        hinted: bool = False,
        parts: tuple[tuple[str, PlainCodec[Any]], ...] = (),
    ) -> None:
        self.source = source
        self.transformer = transformer
        self.dump = dump
        self.load = load
        self.describe = describe
        self.classes = tuple(classes)
        self.natives = frozenset(natives)
        self.loads = self.natives | frozenset(loads)
        self.hinted = hinted
        self.parts = parts

    def schema(self) -> Schema | None:
        """The JSON schema of a tree, or None when something in it has none."""
        describing = Describing()
        try:
            return describing.finish(self.describe(describing))
        except Undescribable:
            return None


# --- the tree as bytes ------------------------------------------------------------------------------------------------


def _refuse_extension(code: int, data: bytes) -> Any:
    raise ValueError(f"extension type {code}")


_packers: list[Any] = []


def pack(tree: Any) -> bytes:
    """A tree as msgpack: bin type on, integers in the smallest form, floats as float64, keys in their order.

    Raises:
        ConversionError: For a tree that is nested too deep for msgpack.
    """
    import msgpack  # third-party, and not needed before the first struct

    # Making a packer allocates a buffer; a list is a pool that threads can share.
    packer = _packers.pop() if _packers else msgpack.Packer(use_bin_type=True)
    try:
        packed: bytes = packer.pack(tree)
    except (ValueError, RecursionError) as error:
        raise ConversionError("a value of at most 500 levels", got=f"a deeper one ({error})") from None
    _packers.append(packer)
    return packed


def unpack(data: bytes) -> Any:
    """The tree in msgpack bytes; memory in proportion to the input, nothing executed.

    Raises:
        ConversionError: For bytes that are not one complete msgpack value of plain types.
    """
    import msgpack

    try:
        return msgpack.unpackb(data, raw=False, strict_map_key=False, ext_hook=_refuse_extension)
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError) as error:
        # TypeError: a map or list as a key. ValueError: what is left over, cut off, no UTF-8 or an extension.
        reason = str(error) or type(error).__name__
        raise ConversionError("one msgpack value", got=f"{len(data)} other bytes", reason=reason) from None


# --- the tree as a literal --------------------------------------------------------------------------------------------


def write_tree(tree: Any, dumping: Dumping, into: idl.Literal, *, is_dict: bool = False) -> None:
    """Put a tree into a literal: `scalar.binary`, or `scalar.generic` where the old format is asked for.

    Args:
        tree: What a codec dumped.
        dumping: With what hints.
        into: The literal to fill.
        is_dict: Whether the annotation is a dict: the old format marks those.
    """
    if dumping.out.old_format and type(tree) is dict:
        idl.fill_struct(into.scalar.generic, json_tree(tree, dumping))
        if is_dict:
            into.metadata[_names.FORMAT] = _names.FORMAT_JSON
    else:
        binary = into.scalar.binary
        binary.value = pack(tree)
        binary.tag = _names.MSGPACK
    if dumping.hints:
        into.metadata[_names.HINTS] = json.dumps(dumping.hints, ensure_ascii=False, sort_keys=True)


def hints_in(literal: idl.Literal) -> Mapping[str, str] | None:
    """The hints in a literal's metadata; None when there are none, or none that can be read."""
    if _names.HINTS not in literal.metadata:
        return None
    try:
        hints = json.loads(literal.metadata[_names.HINTS])
    except (ValueError, RecursionError):
        return None
    return hints if isinstance(hints, dict) else None


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
            return {_json_key(key): _json_step(key_step(key), item, dumping) for key, item in tree.items()}
        case int() if dumping is not None and type(tree) is int and int(float(tree)) != tree:
            dumping.hint(str(tree))
            return tree
        case _:
            return tree


def _json_step(step: str, tree: Any, dumping: Dumping | None) -> Any:
    if dumping is None:
        return json_tree(tree)
    dumping.path.append(step)
    result = json_tree(tree, dumping)
    dumping.path.pop()
    return result


def _json_key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bytes):
        return base64.encodebytes(key).decode()
    return json.dumps(key)


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
                raise ConversionError(expected, got=f"binary data with the tag '{binary.tag}'", reason="only msgpack is known")
            return unpack(binary.value), Loading(inbox, hints=hints_in(literal) if literal.metadata else None)
        case "generic":
            hints = hints_in(literal) if literal.metadata else None
            return idl.read_struct(scalar.generic), Loading(inbox, hints=hints, from_json=True)
        case _:
            raise ConversionError(expected, got=f"the literal {idl.render_literal(literal)}")


# --- codecs that every family needs -----------------------------------------------------------------------------------


def dump_native(value: Any, dumping: Dumping) -> Any:
    """What msgpack has, checked all the way down: the form of `Any` and of untyped containers.

    Tuples become lists and leave a hint; anything else that is not plain is refused.
    """
    cls = type(value)
    if cls is str:
        return check_text(value)
    if cls is int:
        return check_integer(value)
    if cls is bool or cls is float or value is None or cls is bytes:
        return value
    path = dumping.path
    if cls is list or cls is tuple:
        if cls is tuple:
            dumping.hint("tuple")
        result = []
        for index, item in enumerate(value):
            path.append(f"[{index}]")
            result.append(_native_within(index, item, dumping))
            path.pop()
        return result
    if cls is dict:
        tree = {}
        for key, item in value.items():
            if type(key) not in (str, int, bool, float, bytes, type(None)):
                raise ConversionError("a plain key (`str`, `int`, `bool`, `float`, `bytes` or None)", key)
            step = key_step(key)
            path.append(step)
            tree[dump_native(key, dumping)] = _native_within(step, item, dumping)
            path.pop()
        return tree
    raise ConversionError(
        "a plain value (None, `bool`, `int`, `float`, `str`, `bytes`, `list`, `dict`)", value, reason="its type is not declared"
    )


def _native_within(step: str | int, value: Any, dumping: Dumping) -> Any:
    try:
        return dump_native(value, dumping)
    except ConversionError as error:
        raise error.within(step)  # noqa: B904 - the same error, with one more step


def load_native(tree: Any, loading: Loading) -> Any:
    """What `dump_native` wrote: the tree itself, with its tuples where hints tell of them."""
    if not loading.hints:
        return tree
    path = loading.path
    if type(tree) is list:
        items = []
        hint = loading.hint()
        for index, item in enumerate(tree):
            path.append(f"[{index}]")
            items.append(load_native(item, loading))
            path.pop()
        return tuple(items) if hint == "tuple" else items
    if type(tree) is dict:
        result = {}
        for key, item in tree.items():
            path.append(key_step(key))
            result[key] = load_native(item, loading)
            path.pop()
        return result
    return _exact_integer(tree, loading)


def _exact_integer(tree: Any, loading: Loading) -> Any:
    """The integer that a Struct's double stands for, when a hint has its digits."""
    if loading.from_json and type(tree) is float and (hint := loading.hint()) is not None:
        try:
            exact = int(hint)
            return exact if float(exact) == tree else tree
        except (ValueError, OverflowError):
            return tree
    return tree


def check_text(value: str) -> str:
    """A string that UTF-8 can carry."""
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ConversionError("`str` that UTF-8 can carry", value, reason="it has lone surrogates") from None
    return value


def check_integer(value: int) -> int:
    """An integer that msgpack can carry: int64 or uint64."""
    if not -0x8000_0000_0000_0000 <= value <= 0xFFFF_FFFF_FFFF_FFFF:
        raise ConversionError("`int` of 64 bits", value)
    return value


def any_codec(source: str, transformer: str) -> PlainCodec[Any]:
    """The codec of `Any` and of type variables: whatever msgpack has."""
    return PlainCodec(
        source,
        transformer,
        dump=dump_native,
        load=load_native,
        describe=lambda _: {},
        classes=(),
        natives=ANY_NATIVE,
        hinted=True,
    )
