"""How deep messages nest: protobuf's parsers stop at a depth that its writers do not know."""

from google.protobuf.message import Message


def message_levels(message: Message) -> int:
    """How many messages are inside one another, the outermost among them; an entry of a map is a message too."""
    deepest = 0
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            below = max(1 + message_levels(item) if isinstance(item, Message) else 1 for item in value.values())
        elif isinstance(value, Message):
            below = message_levels(value)
        else:
            below = max(map(message_levels, value))
        deepest = max(deepest, below)
    return 1 + deepest
