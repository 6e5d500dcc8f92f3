"""Messages from and to protobuf's canonical JSON, as Python dicts."""

from typing import Any, TypeVar

from google.protobuf.message import Message

M = TypeVar("M", bound=Message)


def to_json(message: Message) -> dict[str, Any]:
    """The canonical JSON of a message: camelCase names, int64 as strings, enums by name, bytes as base64.

    Raises `ValueError` for what that form cannot express (a Duration beyond 10,000 years, a NaN inside a Struct).
    """
    from google.protobuf import json_format  # dear to import, and seldom needed

    try:
        tree: dict[str, Any] = json_format.MessageToDict(message)
    except json_format.Error as error:  # not a ValueError, as it is in other languages
        raise ValueError(str(error)) from None
    return tree


def from_json(message_class: type[M], tree: dict[str, Any]) -> M:
    """A message from its JSON; camelCase and snake_case names are both read.

    Raises `ValueError` for unknown fields and values that do not fit.
    """
    from google.protobuf import json_format

    try:
        return json_format.ParseDict(tree, message_class())
    except json_format.Error as error:
        raise ValueError(str(error)) from None
