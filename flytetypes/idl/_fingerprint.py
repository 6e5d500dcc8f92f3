"""Bytes by which equal messages are found again: keys of tables, and the input of hashes."""

from google.protobuf.message import Message


def fingerprint(message: Message) -> bytes:
    """The message's deterministic serialisation: equal messages have equal fingerprints, whatever they were built from.

    Protobuf promises this for one version of one runtime: upb sorts the keys `a` and `ab` of a map the other way round
    than the runtimes for Go and pure Python do. What outlives an installation should not rely on it.
    """
    return message.SerializeToString(deterministic=True)
