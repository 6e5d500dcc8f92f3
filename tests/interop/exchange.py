"""Hand messages over to another package's classes, and back.

    python exchange.py flyteidl.core < request.json

The request is a JSON object of message name to a list of serialised messages, in hex. The answer has two objects of
that shape: `returned`, what came, parsed and serialised again; and `own`, messages filled here.
"""

from __future__ import annotations

import json
import sys

from google.protobuf.descriptor import Descriptor
from google.protobuf.message_factory import GetMessageClass

from describe import files
from fill import filled_messages


def descriptors(package: str) -> dict[str, Descriptor]:
    """The messages of a package that are not inside others, by name."""
    return {name: message for file in files(package) for name, message in file.message_types_by_name.items()}


def again(descriptor: Descriptor, data: str) -> str:
    message = GetMessageClass(descriptor).FromString(bytes.fromhex(data))
    return message.SerializeToString(deterministic=True).hex()


def own(descriptor: Descriptor) -> list[str]:
    return [message.SerializeToString(deterministic=True).hex() for message in filled_messages(descriptor)]


if __name__ == "__main__":
    known = descriptors(sys.argv[1])
    request = json.load(sys.stdin)
    answer = {
        "returned": {name: [again(known[name], data) for data in messages] for name, messages in request.items()},
        "own": {name: own(known[name]) for name in request},
    }
    json.dump(answer, sys.stdout)
