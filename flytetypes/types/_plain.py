"""Plain codecs: the form that a value has inside a struct.

A struct (dataclass, model, untyped dict) travels as one msgpack tree. A `PlainCodec` turns a value into what msgpack
has (None, bool, int, float, str, bytes, list, dict) and back. Dumping is strict; loading also takes what other SDKs
wrote.

Where the tree cannot tell two values apart (which variant of a union, the name of a time zone, a tuple in an untyped
dict), dumping leaves a *hint* under the value's path. Hints travel in the literal's metadata; a tree without them loads
by the default rules. How a tree becomes a literal is the subject of `_tree`.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

from flytetypes.errors import ConversionError, key_step, path_text
from flytetypes.types._boxes import Inbox, NotFetched, Outbox

T = TypeVar("T")
Schema = dict[str, Any]

_ANY_KEY: Final = frozenset({type(None), bool, int, float, str, bytes})
ANY_NATIVE: Final = _ANY_KEY | {list, dict}


NOT_IN_JSON: Final = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
"""Floats that JSON has no number for, by the hints beside the null that stands for them."""


IN_MODEL: Final = "flytetypes"
"""The key of pydantic's context under which the fields of a model find the `Dumping` or `Loading` of the model."""


class Undescribable(Exception):  # noqa: N818 - not an error: the type then has no schema
    """A value has no JSON schema; a class that holds one has none either."""


class Describing:
    """One JSON schema in the making: which classes are being described, and the definitions of the recursive ones.

    Attributes:
        ours: Whether the type is one that flytekit cannot write. In all others, what flytekit cannot describe has no
            schema here either.
    """

    __slots__ = ("definitions", "names", "open", "ours")

    def __init__(self, *, ours: bool = False) -> None:
        self.ours = ours
        self.open: list[object] = []
        self.names: dict[object, str] = {}
        self.definitions: dict[object, Schema] = {}

    def of_class(self, key: object, name: str, describe: Callable[[], Schema]) -> Schema:
        """A class's schema: in place, or a reference when it contains itself.

        Args:
            key: What it is known by: two classes may share a name.
            name: What its definition is called; `Name_2` and so on for the further ones of a name, as they are met.
            describe: Makes the schema.
        """
        if key in self.open:
            if key not in self.names:
                self.names[key] = self._free_name(name)
        elif key not in self.definitions:
            self.open.append(key)
            try:
                schema = describe()
            finally:
                self.open.pop()
            if key not in self.names:
                return schema
            self.definitions[key] = schema
        return {"$ref": f"#/$defs/{self.names[key]}"}

    def if_ours(self, schema: Schema) -> Schema:
        """A schema that only our own types may have; raises `Undescribable` in the others."""
        if not self.ours:
            raise Undescribable
        return schema

    def finish(self, schema: Schema) -> Schema:
        """The whole schema with its definitions."""
        if not self.definitions:
            return schema
        return {**schema, "$defs": {self.names[key]: definition for key, definition in self.definitions.items()}}

    def _free_name(self, name: str) -> str:
        taken, free, count = set(self.names.values()), name, 1
        while free in taken:
            count += 1
            free = f"{name}_{count}"
        return free


class Dumping:
    """One tree being dumped.

    Attributes:
        out: The outbox of the call.
        to_json: Whether the tree goes on as JSON (the old format), where numbers are doubles and keys are text.
        path: Where the value at hand is; kept only where hints may be left.
        hints: Those left so far, by path.
    """

    __slots__ = ("hints", "out", "path", "to_json")

    def __init__(self, out: Outbox) -> None:
        self.out = out
        self.to_json = out.old_format
        self.path: list[str] = []
        self.hints: dict[str, str] = {}

    def hint(self, text: str, *, mark: str = "") -> None:
        """Leave a hint for the value at hand; a mark keeps two of them apart."""
        self.hints[path_text(self.path) + mark] = text


class Loading:
    """One tree being loaded.

    Attributes:
        inbox: The inbox of the call.
        hints: By path; None when there are none.
        from_json: Whether the tree came as JSON (a Struct), where numbers are doubles and keys are text.
        strict: Whether a user wrote the tree: nothing is then coerced, and no key is passed over.
        path: Where the value at hand is; kept only when there are hints.
    """

    __slots__ = ("from_json", "hints", "inbox", "path", "strict")

    def __init__(
        self,
        inbox: Inbox,
        *,
        hints: Mapping[str, str] | None = None,
        from_json: bool = False,
        strict: bool = False,
    ) -> None:
        self.inbox = inbox
        self.strict = strict
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
        stored: Whether dumping may promise something to the store, or loading read from it, here or below; inside
            recursive classes that is not known.
        runs_code: Whether loading runs code from the data, here or below.
    """

    __slots__ = (
        "classes",
        "describe",
        "dump",
        "hinted",
        "load",
        "loads",
        "natives",
        "parts",
        "runs_code",
        "source",
        "stored",
        "transformer",
    )

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
        stored: bool = False,
        runs_code: bool = False,
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
        self.stored: bool = stored or any(part.stored for _, part in parts)
        self.runs_code: bool = runs_code or any(part.runs_code for _, part in parts)

    def but(self, **changes: Any) -> PlainCodec[Any]:
        """Another codec that differs in what is given, by the names of the arguments."""
        return PlainCodec(**{name: getattr(self, name) for name in self.__slots__} | changes)

    def schema(self, *, ours: bool = False) -> Schema | None:
        """The JSON schema of a tree, or None when something in it has none; `ours` as in `Describing`."""
        describing = Describing(ours=ours)
        try:
            return describing.finish(self.describe(describing))
        except Undescribable:
            return None


# --- codecs that every family needs -----------------------------------------------------------------------------------


def dump_native(value: Any, dumping: Dumping) -> Any:
    """What msgpack has, checked all the way down: the form of `Any` and of untyped containers.

    Tuples become lists and leave a hint, as on their way to JSON do integers and bytes; anything else that is not plain
    is refused.
    """
    cls = type(value)
    if cls is str:
        return check_text(value)
    if cls is int:
        if dumping.to_json:
            dumping.hint(_INT)
        return check_integer(value)
    if cls is bytes:
        if dumping.to_json:
            dumping.hint(_BYTES)
        return value
    if cls is bool or cls is float or value is None:
        return value
    if cls is list:
        return _dump_native_items(value, dumping)
    if cls is tuple:
        dumping.hint(_TUPLE)
        return _dump_native_items(value, dumping)
    if cls is dict:
        return _dump_native_entries(value, dumping)
    number = scalar_of_numpy(value)
    if number is not value:
        return dump_native(number, dumping)
    raise ConversionError(
        "a plain value (None, `bool`, `int`, `float`, `str`, `bytes`, `list`, `dict`)",
        value,
        reason="its type is not declared",
    )


def load_native(tree: Any, loading: Loading) -> Any:
    """What `dump_native` wrote: the tree itself, with what hints tell of."""
    if not loading.hints:
        return tree
    if type(tree) is dict:
        return _load_native_entries(tree, loading)
    if type(tree) is list:
        hint = loading.hint()
        items = _load_native_items(tree, loading)
        return tuple(items) if hint == _TUPLE else items
    if not loading.from_json:
        return tree
    if type(tree) is str and loading.hint() == _BYTES:
        return decode_base64(tree)
    if type(tree) is float and tree.is_integer() and loading.hint() == _INT:
        return int(tree)
    return exact_integer(tree, loading)


_TUPLE: Final = "tuple"
_INT: Final = "int"
_BYTES: Final = "bytes"


def exact_integer(tree: Any, loading: Loading) -> Any:
    """The integer that a Struct's double stands for, when a hint has its digits; else the tree."""
    if loading.from_json and type(tree) is float and loading.hints and (hint := loading.hint()) is not None:
        try:
            exact = int(hint)
            return exact if float(exact) == tree else tree
        except (ValueError, OverflowError):
            return tree
    return tree


def json_value(tree: Any) -> Any:
    """A leaf of a tree as a Struct gives it back: integers are doubles, bytes are lines of base64."""
    if type(tree) is int:
        return float(tree)
    return base64.encodebytes(tree).decode() if type(tree) is bytes else tree


def decode_base64(text: str) -> bytes:
    """Bytes from JSON; raises `ConversionError`."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ConversionError("`bytes` in base64", text) from None


def scalar_of_numpy(value: Any) -> Any:
    """The Python number or text that a numpy scalar equals; the value itself when it is none. Never imports numpy."""
    if any(base.__name__ == "generic" and base.__module__ == "numpy" for base in type(value).__mro__):
        if isinstance(value, str):
            return str.__str__(value)  # `item` cuts NULs at the end
        scalar = value.item()  # of times with nanoseconds that is an int, which is not equal to them
        if type(scalar) in _OF_NUMPY and value.dtype.kind in "biuf":
            return scalar
    return value


_OF_NUMPY: Final = frozenset({bool, int, float})


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


# --- sequences and mappings -------------------------------------------------------------------------------------------


def items_dumper(item: PlainCodec[Any]) -> Callable[[Iterable[Any], Dumping], list[Any]]:
    """From the values of a sequence to a list of trees; with paths where hints may be left."""
    dump_item = item.dump

    def dump_items(values: Iterable[Any], dumping: Dumping) -> list[Any]:
        trees: list[Any] = []
        try:
            for value in values:
                trees.append(dump_item(value, dumping))  # noqa: PERF401 - the length says where it failed
        except ConversionError as error:
            raise error.within(len(trees))  # noqa: B904
        return trees

    def dump_items_with_paths(values: Iterable[Any], dumping: Dumping) -> list[Any]:
        trees: list[Any] = []
        path = dumping.path
        try:
            for value in values:
                path.append(f"[{len(trees)}]")
                trees.append(dump_item(value, dumping))
                path.pop()
        except ConversionError as error:
            raise error.within(len(trees))  # noqa: B904
        return trees

    return dump_items_with_paths if item.hinted else dump_items


def items_loader(item: PlainCodec[Any]) -> Callable[[list[Any], Loading], list[Any]]:
    """From a list of trees to the list of their values; with paths when there are hints."""
    load_item = item.load

    def load_items(trees: list[Any], loading: Loading) -> list[Any]:
        values: list[Any] = []
        path = loading.path
        try:
            if loading.hints:
                for tree in trees:
                    path.append(f"[{len(values)}]")
                    values.append(load_item(tree, loading))
                    path.pop()
            else:
                for tree in trees:
                    values.append(load_item(tree, loading))  # noqa: PERF401 - the length says where it failed
        except ConversionError as error:
            raise error.within(len(values))  # noqa: B904
        except NotFetched as missing:
            raise missing.and_of(lambda tree: load_item(tree, loading), trees[len(values) + 1 :])  # noqa: B904
        return values

    return load_items


# The step into a key, as the place of its own hints; and the mark of a hint that tells which class of key a text was.
_KEY_STEP: Final = "(key)"
_KEY_MARK: Final = "@"


def hint_step(key: Any) -> str:
    """A step of a hint's path into a mapping. Unlike in errors it is never shortened: it has to be found again."""
    return f"[{json.dumps(key, ensure_ascii=False)}]" if type(key) is str else f"[{key!r}]"


def json_key(key: Any) -> str:
    """A key as JSON has it."""
    if type(key) is str:
        return key
    return base64.encodebytes(key).decode() if type(key) is bytes else json.dumps(key)


def entries_dumper(
    key_codec: PlainCodec[Any], value_codec: PlainCodec[Any]
) -> Callable[[Any, Dumping], dict[Any, Any]]:
    """From the entries of a mapping to a tree; with paths where hints may be left.

    Keys that are different values may look the same on the wire: that is refused.
    """
    dump_key, dump_value = key_codec.dump, value_codec.dump
    careful = key_codec.hinted or value_codec.hinted or not key_codec.natives <= _ANY_KEY
    mixed = _is_mixed(key_codec)

    def dump_entries(values: Mapping[Any, Any], dumping: Dumping) -> dict[Any, Any]:
        if careful or (mixed and dumping.to_json):
            return dump_with_paths(values, dumping)
        tree: dict[Any, Any] = {}
        key: Any = None
        try:
            for key, value in values.items():
                name = dump_key(key, dumping)
                if name in tree:
                    raise _collision(key)
                tree[name] = dump_value(value, dumping)
        except ConversionError as error:
            raise error.within(key_step(key))  # noqa: B904
        return tree

    def dump_with_paths(values: Mapping[Any, Any], dumping: Dumping) -> dict[Any, Any]:
        tree: dict[Any, Any] = {}
        path = dumping.path
        key: Any = None
        try:
            for key, value in values.items():
                keys = Dumping(dumping.out)
                keys.to_json = False  # a key's class is told by a mark, not by a hint of its own
                name = dump_key(key, keys)
                if type(name) is list or type(name) is dict:
                    reason = "on the wire it is an array or a map: annotate a list of pairs, `list[tuple[K, V]]`"
                    raise ConversionError("a key that is a single value", key, reason=reason)
                if name in tree:
                    raise _collision(key)
                path.append(hint_step(json_key(name) if dumping.to_json else name))
                if mixed and dumping.to_json and type(name) is not str:
                    dumping.hint(_BYTES if type(name) is bytes else _INT, mark=_KEY_MARK)
                for place, hint in keys.hints.items():
                    dumping.hint(hint, mark=_KEY_STEP + place.removeprefix("$"))
                tree[name] = dump_value(value, dumping)
                path.pop()
        except ConversionError as error:
            raise error.within(key_step(key))  # noqa: B904
        return tree

    return dump_entries


def entries_hinted(key_codec: PlainCodec[Any], value_codec: PlainCodec[Any]) -> bool:
    """Whether a mapping of these may leave hints."""
    return key_codec.hinted or value_codec.hinted or _is_mixed(key_codec)


def _is_mixed(key_codec: PlainCodec[Any]) -> bool:
    """Whether some keys are text and others are not, which JSON cannot tell apart."""
    return str in key_codec.natives and len(key_codec.natives) > 1


def _collision(key: Any) -> ConversionError:
    return ConversionError("keys that stay apart on the wire", key, reason="another key looks the same there")


def entries_loader(
    key_codec: PlainCodec[Any], value_codec: PlainCodec[Any]
) -> Callable[[dict[Any, Any], Loading], dict[Any, Any]]:
    """From a tree to a dict of its entries' values; with paths when there are hints."""
    load_key, load_value = key_codec.load, value_codec.load
    only_text = key_codec.natives <= {str, bytes}
    mixed = str in key_codec.natives

    def load_entries(tree: dict[Any, Any], loading: Loading) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        path = loading.path
        name: Any = None
        try:
            if loading.hints:
                for name, item in tree.items():
                    path.append(hint_step(name))
                    native = key_of_json(name, loading) if loading.from_json and not only_text else name
                    path.append(_KEY_STEP)
                    key = load_key(native, loading)
                    path.pop()
                    values[key] = load_value(item, loading)
                    path.pop()
            else:
                for name, item in tree.items():
                    native = key_of_json(name, loading) if loading.from_json and not only_text else name
                    values[load_key(native, loading)] = load_value(item, loading)
        except ConversionError as error:
            raise error.within(key_step(name))  # noqa: B904
        except TypeError:  # a Decimal that signals when it is hashed
            raise ConversionError("a key that can be looked up", name).within(key_step(name)) from None
        return values

    def key_of_json(name: str, loading: Loading) -> Any:
        """What a key was before it became a text: by its mark where it may have been a text too."""
        hint = loading.hint(mark=_KEY_MARK)
        if hint == _BYTES:
            return decode_base64(name)
        if hint is None and mixed:
            return name
        try:
            native = json.loads(name)
        except (ValueError, RecursionError):
            return name
        return name if isinstance(native, (list, dict)) else native

    return load_entries


# --- anything plain ---------------------------------------------------------------------------------------------------


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


def any_key_codec(source: str, transformer: str) -> PlainCodec[Any]:
    """The codec of the keys of an untyped mapping."""
    return PlainCodec(
        source,
        transformer,
        dump=_dump_native_key,
        load=load_native,
        describe=lambda _: {},
        classes=(),
        natives=_ANY_KEY,
        hinted=True,
    )


def _dump_native_key(key: Any, dumping: Dumping) -> Any:
    if type(key) not in _ANY_KEY:
        raise ConversionError("a plain key (`str`, `int`, `bool`, `float`, `bytes` or None)", key)
    return dump_native(key, dumping)


_anything, _any_key = any_codec("Any", "Any"), any_key_codec("Any", "Any")
_dump_native_items, _load_native_items = items_dumper(_anything), items_loader(_anything)
_dump_native_entries, _load_native_entries = entries_dumper(_any_key, _anything), entries_loader(_any_key, _anything)
