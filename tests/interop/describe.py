"""Describe generated messages as plain JSON, so that those of two packages can be compared.

Runs in any environment with protobuf, ours and others':

    python describe.py flyteidl.core flyteidl.admin
"""

from __future__ import annotations

import json
import pkgutil
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto


def files(package: str) -> list[FileDescriptor]:
    """The descriptors of all `*_pb2` modules directly in a package."""
    names = [module.name for module in pkgutil.iter_modules(import_module(package).__path__)]
    return [import_module(f"{package}.{name}").DESCRIPTOR for name in names if name.endswith("_pb2")]


def describe(files: Iterable[FileDescriptor]) -> dict[str, Any]:
    """All messages and enums of some files, by their names as `short` gives them.

    Returns:
        `messages`: name to `fields` (number to the facts about a field) and `reserved` (ranges, the end excluded);
        `enums`: name to the number of each of its values' names.
    """
    messages: dict[str, Any] = {}
    enums: dict[str, Any] = {}
    for file in files:
        waiting = list(file.message_types_by_name.values())
        enums |= {short(enum): numbers(enum) for enum in file.enum_types_by_name.values()}
        while waiting:
            message = waiting.pop()
            waiting += message.nested_types
            messages[short(message)] = describe_message(message)
            enums |= {short(enum): numbers(enum) for enum in message.enum_types}
    return {"messages": dict(sorted(messages.items())), "enums": dict(sorted(enums.items()))}


def describe_message(message: Descriptor) -> dict[str, Any]:
    proto = DescriptorProto()
    message.CopyToProto(proto)
    # The label is only on the proto: FieldDescriptor.label is deprecated, and what took its place is not in 4.25.
    labels = {field.number: FieldDescriptorProto.Label.Name(field.label) for field in proto.field}
    return {
        "fields": {str(field.number): describe_field(field, labels[field.number]) for field in message.fields},
        "reserved": [[one.start, one.end] for one in proto.reserved_range],
    }


def describe_field(field: FieldDescriptor, label: str) -> dict[str, Any]:
    of = field.message_type or field.enum_type
    return {
        "name": field.name,
        "json_name": field.json_name,
        "type": FieldDescriptorProto.Type.Name(field.type),  # type: ignore[arg-type]  # an int, say the stubs
        "label": label,
        "of": short(of) if of else None,
        "oneof": field.containing_oneof.name if field.containing_oneof else None,
    }


def numbers(enum: Any) -> dict[str, int]:
    return {value.name: value.number for value in enum.values}


def short(descriptor: Any) -> str:
    """A name without that of our or their protobuf package.

    `SchemaType.SchemaColumn` for `flyteidl.core.SchemaType.SchemaColumn`, and `admin.Schedule` for
    `flyteidl.admin.Schedule`: both packages have a `WorkflowClosure`. Google's messages keep their full name.
    """
    package: str = descriptor.file.package
    name: str = descriptor.full_name
    if package == "google.protobuf":
        return name
    inside = name.removeprefix(f"{package}.")
    return f"admin.{inside}" if package.endswith(".admin") else inside


if __name__ == "__main__":
    json.dump(describe(file for package in sys.argv[1:] for file in files(package)), sys.stdout)
