"""Values from and to JSON, for command lines and consoles: the form inside a struct, as JSON has it."""

from __future__ import annotations

from typing import Any

from flytetypes.errors import ConversionError
from flytetypes.types._boxes import Inbox, NotFetched, Outbox
from flytetypes.types._converter import Converter
from flytetypes.types._exchange import encode_and_store, fetch_and_decode
from flytetypes.types._plain import Dumping, Loading
from flytetypes.types._tree import json_tree, load_tree


def load_json(tree: Any, converter: Converter[Any]) -> Any:
    """A value from parsed JSON, strictly: `true` is no int, `3` no str, and every key must be one of the annotation's.

    Raises:
        ConversionError: When it is no value of the annotation, or the annotation has no form in JSON.
        StorageError: When a file that it names, and that the value is made of, cannot be read.
    """
    plain = converter.plain
    if plain is None:
        raise ConversionError(f"`{converter.source}`", got="JSON", reason="it has no form there")

    def load(inbox: Inbox) -> Any:
        return load_tree(plain, tree, Loading(inbox, from_json=True, strict=True))

    try:
        return load(Inbox())
    except NotFetched:  # a frame, an image
        return fetch_and_decode(load, converter.engine.store, lambda _: ())


def dump_json(value: Any, converter: Converter[Any]) -> Any:
    """A value as what `json.dumps` takes; what that names by its URI, as a frame, has been stored when this returns.

    Raises:
        ConversionError: When it is no value of the annotation, or the annotation has no form in JSON.
        StorageError: When it cannot be stored.
    """
    plain = converter.plain
    if plain is None:
        raise ConversionError("a value with a form in JSON", value)

    def dump(out: Outbox) -> Any:
        return json_tree(plain.dump(value, Dumping(out)))

    if not plain.stored:
        return dump(Outbox(keeps_local=True))
    return encode_and_store(dump, converter.engine.store, converter.engine.prefix, keeps_local=True)
