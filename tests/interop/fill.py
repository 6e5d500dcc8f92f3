"""Messages with something in every field, the same in every run.

Runs in any environment with protobuf, ours and others': by its messages' descriptors alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

DEPTH = 4
"""How many messages lie in each other; then recursive ones end."""

UNSIGNED = {FieldDescriptorProto.TYPE_UINT32, FieldDescriptorProto.TYPE_UINT64}


def filled_messages(descriptor: Descriptor) -> Iterator[Message]:
    """The empty message; then with all fields set and each member of a oneof in turn, as zero and as something else."""
    yield GetMessageClass(descriptor)()
    members = [field.name for oneof in descriptor.oneofs for field in oneof.fields]
    chosen: list[str | None] = [*members] or [None]
    for member in chosen:
        yield filled(descriptor, member)
    for member in members:
        field = descriptor.fields_by_name[member]
        message = GetMessageClass(descriptor)()
        if field.message_type is None:
            setattr(message, member, field.default_value)
        else:
            getattr(message, member).SetInParent()
        yield message


def filled(descriptor: Descriptor, member: str | None = None, *, depth: int = DEPTH, salt: int = 0) -> Message:
    """A message with all fields set, and of its oneof this member; None: whichever it is the turn of."""
    message = GetMessageClass(descriptor)()
    for field in descriptor.fields:
        oneof = field.containing_oneof
        if oneof is not None:
            chosen = member or oneof.fields[(depth + salt) % len(oneof.fields)].name
            if field.name != chosen:
                continue
        set_field(message, field, depth, salt)
    return message


def set_field(message: Message, field: FieldDescriptor, depth: int, salt: int) -> None:
    of = field.message_type
    if of is not None and depth == 0:
        return
    if of is not None and of.GetOptions().map_entry:
        value_type = of.fields_by_name["value"].message_type
        for turn in range(3):
            key = f"{field.name} {turn}"
            if value_type is None:
                getattr(message, field.name)[key] = f"{key} ü"
            else:
                item = filled(value_type, depth=depth - 1, salt=salt + turn)
                getattr(message, field.name)[key].CopyFrom(item)
    elif of is not None and is_repeated(field):
        items = (filled(of, depth=depth - 1, salt=salt + turn) for turn in range(3))
        getattr(message, field.name).extend(items)
    elif of is not None:
        getattr(message, field.name).CopyFrom(filled(of, depth=depth - 1, salt=salt))
        getattr(message, field.name).SetInParent()
    elif is_repeated(field):
        getattr(message, field.name).extend(scalar(field, salt + turn) for turn in range(3))
    else:
        setattr(message, field.name, scalar(field, salt))


def scalar(field: FieldDescriptor, salt: int) -> Any:
    match field.type:
        case FieldDescriptorProto.TYPE_STRING:
            return f"{salt} {field.name} \u00fc\U0001f600"
        case FieldDescriptorProto.TYPE_BYTES:
            return bytes((salt % 256, 0, 255))
        case FieldDescriptorProto.TYPE_BOOL:
            return True
        case FieldDescriptorProto.TYPE_DOUBLE:
            return -0.1 * field.number - salt
        case FieldDescriptorProto.TYPE_ENUM:
            assert field.enum_type is not None
            return field.enum_type.values[-1 - salt % len(field.enum_type.values)].number
        case kind if kind in UNSIGNED:
            return 2**32 - 1 - salt
        case _:
            return -field.number * 1_000_003 - salt


def is_repeated(field: FieldDescriptor) -> bool:
    # Off the proto: FieldDescriptor.label is deprecated, and what took its place is not in protobuf 4.25.
    proto = DescriptorProto()
    assert field.containing_type is not None
    field.containing_type.CopyToProto(proto)
    return any(one.number == field.number and one.label == one.LABEL_REPEATED for one in proto.field)
