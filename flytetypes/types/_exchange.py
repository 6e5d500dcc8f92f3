"""Conversions that move bytes: uploading what encoding promised, reading in rounds what decoding asks for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from flytetypes import idl
from flytetypes.errors import ConversionError, SourceError, StorageError, told
from flytetypes.storage import (
    Named,
    ObjectStore,
    Stored,
    check_content,
    download_async,
    each,
    in_own_thread,
    run_sync,
    settle,
    store_settled,
    upload,
    upload_async,
)
from flytetypes.types._boxes import MAX_OPENED_BYTES, Fetch, Inbox, NotFetched, Outbox, is_absolute, offloaded_uris
from flytetypes.types._converter import Converter

if TYPE_CHECKING:
    from flytetypes.types._held import HeldValues

R = TypeVar("R")
Known: TypeAlias = Callable[[Inbox], Iterable[str | Fetch]]

_MAX_ROUNDS: Final = 16
_LOADS_AT_A_TIME: Final = 8


def encode_and_store(
    encode: Callable[[Outbox], R],
    store: ObjectStore,
    prefix: str,
    *,
    keeps_local: bool = False,
    content_addressed: bool = False,
    held: HeldValues | None = None,
) -> R:
    """Encode, then upload what that promised.

    Args:
        encode: Pure; may be called again: when names depend on content, and to find where a failed upload belongs.
        store: Where objects go.
        prefix: Below which URI.
        keeps_local: As of `Outbox`.
        content_addressed: Whether objects are named by their content, and so stored once.
        held: Keeps what it can of that in memory; not what is named by its content.

    Raises:
        ConversionError: When encoding fails, and nothing was uploaded; when what was promised cannot be read or made.
        StorageError: When an upload fails. Both have the path of the value.
    """
    out = Outbox(prefix, keeps_local=keeps_local, mark="" if held is None or content_addressed else held.mark)
    result = encode(out)
    try:
        if out.promises and content_addressed:
            named = [Named(promise.source, promise.uri, promise.name) for promise in out.promises]
            with settle(store, prefix, named) as (settled, missing):
                out = Outbox(prefix, keeps_local=keeps_local, uris=[stored.uri for stored in settled], again=out)
                result = encode(out)
                store_settled(store, settled, missing)
                _note(out, {stored.uri: stored for stored in settled})
        elif out.promises:
            _store(store, out, held)
    except (StorageError, SourceError) as error:
        raise _addressed(encode, out, error) from _cause(error)
    return result


def _store(store: ObjectStore, out: Outbox, held: HeldValues | None) -> None:
    """Hold what is promised, or upload it."""
    uploads = out.uploads
    kept = [] if held is None else held.keep(store, uploads)
    for uri in kept:
        del uploads[uri]
    if not uploads:
        return
    try:
        _note(out, upload(store, uploads, digests=_hashed(out).intersection(uploads)))
    except BaseException:
        if held is not None:
            held.drop(kept)
        raise


async def encode_and_store_async(
    encode: Callable[[Outbox], R], store: ObjectStore, prefix: str, *, content_addressed: bool = False
) -> R:
    """`encode_and_store` for code that runs in an event loop: uploads do not block it."""
    if content_addressed:
        return await in_own_thread(lambda: encode_and_store(encode, store, prefix, content_addressed=True))
    out = Outbox(prefix)
    result = encode(out)
    try:
        if out.promises:
            _note(out, await upload_async(store, out.uploads, digests=_hashed(out)))
    except (StorageError, SourceError) as error:
        raise _addressed(encode, out, error) from _cause(error)
    return result


def fetch_and_decode(
    decode: Callable[[Inbox], R], store: ObjectStore, known: Known, *, held: HeldValues | None = None
) -> R:
    """Decode, reading what that asks for: what arrives may ask for more.

    Args:
        decode: Called again after each round.
        store: Where objects come from.
        known: Given what has arrived, what will be asked for, so that a round reads it together.
        held: Has some of them in memory.

    Raises:
        ConversionError: When decoding fails, or asks for more than the limits of depth and bytes allow.
        StorageError: When reading fails.
    """
    rounds = _Rounds(store, known, held)
    while True:
        try:
            return decode(rounds.inbox)
        except NotFetched as missing:
            if not rounds.take(missing.wanted):
                run_sync(rounds.read(missing.wanted))


async def fetch_and_decode_async(decode: Callable[[Inbox], R], store: ObjectStore, known: Known) -> R:
    """`fetch_and_decode` for code that runs in an event loop: reading does not block it."""
    rounds = _Rounds(store, known)
    while True:
        try:
            return decode(rounds.inbox)
        except NotFetched as missing:
            await rounds.read(missing.wanted)


def wanted_in(literal: idl.Literal, converter: Converter[R], inbox: Inbox) -> list[str | Fetch]:
    """What decoding a literal is known to ask for, also by literals that were offloaded and have arrived."""
    if converter.reads_later:
        return []
    literal = inbox.opened(literal)
    stored = converter.offloads(literal) if converter.offloads is not None else ()
    return [*offloaded_uris(literal), *stored]


def _hashed(out: Outbox) -> set[str]:
    return {promise.uri for promise in out.promises if promise.stored is not None}


def _note(out: Outbox, stored: dict[str, Stored]) -> None:
    """Tell those who promised what became of it."""
    for promise in out.promises:
        if promise.stored is not None and promise.uri in stored:
            promise.stored(stored[promise.uri])


def _addressed(
    encode: Callable[[Outbox], R], out: Outbox, error: StorageError | SourceError
) -> StorageError | ConversionError:
    """The error with the path of the value whose upload failed: found by encoding once more, up to that upload."""
    failure = _misfit(error) if isinstance(error, SourceError) else ConversionError("a store that takes the object")
    number = next(
        (number for number, promise in enumerate(out.promises) if _is_below(error.uri, promise.uri)), len(out.promises)
    )
    try:
        encode(Outbox(out.prefix, keeps_local=out.keeps_local, fail_at=(number, failure), again=out))
    except ConversionError as found:
        if isinstance(error, SourceError):
            return found
        return type(error)(f"{error} - at `{found.path}`", uri=error.uri, transient=error.transient)
    return failure if isinstance(error, SourceError) else error


def _is_below(uri: str, promised: str) -> bool:
    return uri == promised or uri.startswith(f"{promised.rstrip('/')}/")


def _misfit(error: SourceError) -> ConversionError:
    """A source that cannot be read, as an error of the value."""
    cause = error.cause
    if isinstance(cause, ConversionError):
        return cause
    if isinstance(cause, OSError) and cause.filename is not None:
        return ConversionError("a file that can be read", got=f"`{cause.filename}`", reason=cause.strerror)
    if isinstance(cause, OSError):
        return ConversionError("a file that can be read", got="another one", reason=str(cause))
    return ConversionError("a value that can be written", got="one that cannot", reason=told(cause or error))


def _cause(error: StorageError | SourceError) -> BaseException | None:
    if not isinstance(error, SourceError):
        return error
    cause = error.__cause__
    return cause.__cause__ if isinstance(cause, ConversionError) else cause  # which is raised itself


class _Rounds:
    """What one decoding reads."""

    __slots__ = ("_count", "_held", "_known", "_remaining_bytes", "_store", "inbox")

    def __init__(self, store: ObjectStore, known: Known, held: HeldValues | None = None) -> None:
        self._store = store
        self._known = known
        self._held = held
        self._count = 0
        self._remaining_bytes = MAX_OPENED_BYTES
        self.inbox = Inbox(store=store)

    def take(self, asked: list[str | Fetch]) -> bool:
        """Put what was asked for into the inbox, if it is one value, and held; whether it was. Needs no loop."""
        held = self._held
        if held is None or len(asked) > 1 or isinstance(asked[0], str) or not is_absolute(asked[0].uri):
            return False
        value = held.take(self._store, asked[0])
        if value is None:
            return False
        self._arrived({}, {(asked[0].uri, asked[0].key): value})
        return True

    async def read(self, asked: list[str | Fetch]) -> None:
        """Read what was asked for, and whatever else is known of by now, and put it into the inbox."""
        if isinstance(asked[0], str):  # a literal that may lead to another; what is fetched is a leaf
            self._count += 1
        if self._count > _MAX_ROUNDS:
            raise ConversionError(f"literals offloaded at most {_MAX_ROUNDS} times over", got="a longer chain")
        wanted = [*asked, *self._known(self.inbox)]
        uris = [uri for uri in wanted if isinstance(uri, str) and (uri is asked[0] or is_absolute(uri))]
        fetches = {(item.uri, item.key): item for item in wanted if isinstance(item, Fetch) and is_absolute(item.uri)}
        objects = await self._download([uri for uri in dict.fromkeys(uris) if uri not in self.inbox.objects])
        loaded = await self._load({of: fetch for of, fetch in fetches.items() if of not in self.inbox.loaded})
        self._arrived(objects, loaded)

    def _arrived(self, objects: dict[str, bytes], loaded: dict[tuple[str, Hashable], Any]) -> None:
        self.inbox = Inbox({**self.inbox.objects, **objects}, loaded={**self.inbox.loaded, **loaded}, store=self._store)

    async def _download(self, uris: list[str]) -> dict[str, bytes]:
        held = self._held
        if held is not None and uris:
            await in_own_thread(lambda: held.write_out([uri.encode(errors="replace") for uri in uris]))
        objects = await download_async(self._store, uris, max_bytes=self._remaining_bytes)
        for uri, data in objects.items():
            check_content(uri, data)
        self._remaining_bytes -= sum(map(len, objects.values()))
        return objects

    async def _load(self, fetches: dict[tuple[str, Hashable], Fetch]) -> dict[tuple[str, Hashable], Any]:
        loaded: dict[tuple[str, Hashable], Any] = {}

        async def load(of: tuple[str, Hashable]) -> None:
            loaded[of] = await in_own_thread(lambda: self._loaded(fetches[of]))

        await each(load, fetches, _LOADS_AT_A_TIME)
        return loaded

    def _loaded(self, fetch: Fetch) -> Any:
        """What a `Fetch` loads; may block."""
        held = self._held
        if held is not None:
            value = held.take(self._store, fetch)
            if value is not None:
                return value
            held.write_out([fetch.uri.encode(errors="replace")])
        return fetch.load(self._store, fetch.uri)
