"""Conversions that move bytes: uploading what encoding promised, downloading in rounds what decoding asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias, TypeVar

from flytetypes import idl
from flytetypes.errors import ConversionError, StorageError
from flytetypes.storage import ObjectStore, download, download_async, upload, upload_async
from flytetypes.types._boxes import MAX_OPENED_BYTES, Inbox, NotFetched, Outbox, is_absolute, offloaded_uris
from flytetypes.types._converter import Converter

R = TypeVar("R")
Known: TypeAlias = Callable[[Inbox], Iterable[str]]

_MAX_ROUNDS: Final = 16


def encode_and_store(encode: Callable[[Outbox], R], store: ObjectStore, prefix: str) -> R:
    """Encode, then upload what that promised.

    Args:
        encode: Pure; may be called a second time, to find where a failed upload belongs.
        store: Where objects go.
        prefix: Below which URI.

    Raises:
        ConversionError: When encoding fails; nothing was uploaded.
        StorageError: When an upload fails; the message has the path of the value.
    """
    out = Outbox(prefix)
    result = encode(out)
    contents = _contents(encode, out)
    try:
        upload(store, contents)
    except StorageError as error:
        raise _addressed(encode, out, error) from error
    return result


async def encode_and_store_async(encode: Callable[[Outbox], R], store: ObjectStore, prefix: str) -> R:
    """`encode_and_store` for code that runs in an event loop: uploads do not block it."""
    out = Outbox(prefix)
    result = encode(out)
    contents = _contents(encode, out)
    try:
        await upload_async(store, contents)
    except StorageError as error:
        raise _addressed(encode, out, error) from error
    return result


def fetch_and_decode(decode: Callable[[Inbox], R], store: ObjectStore, known: Known) -> R:
    """Decode, downloading what that asks for: what arrives may ask for more.

    Args:
        decode: Called again after each round of downloads.
        store: Where objects come from.
        known: Given what has arrived, the URIs that will be asked for, so that a round fetches them together.

    Raises:
        ConversionError: When decoding fails, or asks for more than the limits of depth and bytes allow.
        StorageError: When a download fails.
    """
    rounds = _Rounds(known)
    while True:
        try:
            return decode(rounds.inbox)
        except NotFetched as missing:
            wanted = rounds.wanted(missing.uri)
            rounds.take(download(store, wanted, max_bytes=rounds.remaining_bytes))


async def fetch_and_decode_async(decode: Callable[[Inbox], R], store: ObjectStore, known: Known) -> R:
    """`fetch_and_decode` for code that runs in an event loop: downloads do not block it."""
    rounds = _Rounds(known)
    while True:
        try:
            return decode(rounds.inbox)
        except NotFetched as missing:
            wanted = rounds.wanted(missing.uri)
            rounds.take(await download_async(store, wanted, max_bytes=rounds.remaining_bytes))


def uris_in(literal: idl.Literal, converter: Converter[R], inbox: Inbox) -> list[str]:
    """Every URI that decoding a literal is known to ask for, also by literals that were offloaded and have arrived."""
    literal = inbox.opened(literal)
    stored = converter.offloads(literal) if converter.offloads is not None else ()
    return [*offloaded_uris(literal), *stored]


def _contents(encode: Callable[[Outbox], R], out: Outbox) -> dict[str, bytes]:
    """What was promised; raises `ConversionError`, with the path of the value, where it cannot be made."""
    contents: dict[str, bytes] = {}
    for uri in out.uploads:
        try:
            contents[uri] = out.content(uri)
        except ConversionError as error:
            encode(Outbox(fail_at=(len(contents), error)))  # raises it from where the value is
            raise
    return contents


def _addressed(encode: Callable[[Outbox], R], out: Outbox, error: StorageError) -> StorageError:
    """The error with the path of the value whose upload failed: found by encoding once more, up to that upload."""
    uris = list(out.uploads)
    if error.uri not in uris:
        return error
    try:
        encode(Outbox(fail_at=(uris.index(error.uri), ConversionError("a store that takes the object"))))
    except ConversionError as found:
        return StorageError(f"{error} - at `{found.path}`", uri=error.uri)
    return error


class _Rounds:
    """The downloads of one decoding."""

    __slots__ = ("_count", "_known", "inbox", "remaining_bytes")

    def __init__(self, known: Known) -> None:
        self._known = known
        self._count = 0
        self.inbox = Inbox()
        self.remaining_bytes = MAX_OPENED_BYTES

    def wanted(self, uri: str) -> list[str]:
        """What to fetch next: the object that was asked for, and whatever else is known of by now."""
        self._count += 1
        if self._count > _MAX_ROUNDS:
            raise ConversionError(f"literals offloaded at most {_MAX_ROUNDS} times over", got="a longer chain")
        known = [known for known in self._known(self.inbox) if is_absolute(known)]  # of others decoding will tell
        return [uri for uri in dict.fromkeys([uri, *known]) if uri not in self.inbox.objects]

    def take(self, objects: dict[str, bytes]) -> None:
        """Put what arrived into the inbox."""
        self.remaining_bytes -= sum(map(len, objects.values()))
        self.inbox = Inbox({**self.inbox.objects, **objects})
