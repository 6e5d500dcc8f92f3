"""The engine: annotations in, converters out, each compiled once; and the calls that move bytes around a conversion."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from flytetypes import idl
from flytetypes._annotations import Annotation, parse
from flytetypes._exports import lazy_names
from flytetypes._record import Record
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.storage import ObjectStore, default_store, in_own_thread, new_temporary_prefix, upload
from flytetypes.types._boxes import Fetch, Inbox, NotFetched, Outbox, is_absolute
from flytetypes.types._constraints import constrained, constrained_codec
from flytetypes.types._converter import Converter, Typing, check_literal, parse_literal
from flytetypes.types._exchange import (
    encode_and_store,
    encode_and_store_async,
    fetch_and_decode,
    fetch_and_decode_async,
    wanted_in,
)
from flytetypes.types._guess import Guesses, guess_annotation
from flytetypes.types._modifiers import modified
from flytetypes.types._offload import OffloadedObjects, Offloading
from flytetypes.types._plain import ANY_NATIVE, Describing, PlainCodec, Schema, Undescribable
from flytetypes.types._registry import Registry
from flytetypes.types._shared import shared_registry
from flytetypes.types.builtin import PICKLE

if TYPE_CHECKING:
    from flytetypes.types._held import HeldValues

T = TypeVar("T")

_load = lazy_names(__name__, {"flytetypes.types._held": ("HeldValues",)})  # not needed before something is held

_MEMO_SIZE: Final = 4096


class Explanation(Record):
    """How an annotation is handled; `str()` gives the text of `flytetypes show`."""

    source: str
    transformer: str
    steps: tuple[str, ...]
    literal_type: str
    stored: bool
    runs_code: bool
    parts: tuple[tuple[str, Explanation], ...] = ()

    def __str__(self) -> str:
        return "\n".join([_line(self), *(f"  {step}" for step in self.steps), *_tree(self, "  ")])


def _line(explanation: Explanation) -> str:
    notes = [
        explanation.literal_type,
        f"by {explanation.transformer}",
        "in the store" if explanation.stored else "inline",
    ]
    if explanation.runs_code:
        notes.append("runs code when read")
    return f"{explanation.source}: {', '.join(notes)}"


def _tree(explanation: Explanation, indent: str) -> list[str]:
    return [
        line
        for label, part in explanation.parts
        for line in (f"{indent}{label}: {_line(part)}", *_tree(part, f"{indent}  "))
    ]


class TypeEngine:
    """Converts Python values to literals and back, by their annotation.

    Args:
        registry: Which transformers it knows; by default those that all engines share, `shared_registry()`.
        store: Where large data goes and comes from; by default that of the process, `default_store()`.
        prefix: URI below which new objects are put; by default a temporary directory, made when it is first needed.
        allow_pickle: Pickle what has no transformer, as flytekit does. Off, and meant for moving over only.
        content_addressed: Name new objects by their content: the same content is stored once, and verified when it is
            read. What is uploaded is read twice for that.
        offloading: Store literals that are larger than its threshold whole, instead of carrying them inline. By default
            only the outputs of a call are, and only when the environment of the process says so: `Offloading`.

    An engine may be used by several threads; it holds no open resources.
    """

    def __init__(
        self,
        registry: Registry | None = None,
        *,
        store: ObjectStore | None = None,
        prefix: str | None = None,
        allow_pickle: bool = False,
        content_addressed: bool = False,
        offloading: Offloading | None = None,
    ) -> None:
        self.registry = registry if registry is not None else shared_registry()
        self.store = store if store is not None else default_store()
        self.allow_pickle = allow_pickle
        self.content_addressed = content_addressed
        self.offloading = offloading
        self._prefix = prefix
        self._lock = threading.RLock()
        self._generation = self.registry.generation
        # Two levels: by the identity of the annotation object, which the entry holds so that it stays unique, and by
        # structure. Both are bounded, so that classes redefined in a notebook do not pile up.
        self._memo: dict[int, tuple[Any, Converter[Any]]] = {}
        self._converters: OrderedDict[Any, Converter[Any]] = OrderedDict()
        self._plains: OrderedDict[Any, PlainCodec[Any]] = OrderedDict()
        self._building: set[Any] = set()
        self._compiling: set[Any] = set()
        self.guesses = Guesses(self._converters, self._lock)

    # --- values -------------------------------------------------------------------------------------------------------

    def to_literal(self, value: Any, annotation: Any) -> idl.Literal:
        """Convert a value; raises `AnnotationError`, `ConversionError` or `StorageError`."""
        converter = self.converter(annotation)
        literal = converter.to_literal(value)
        return literal if self.offloading is None else self._offloaded(literal, converter)

    @overload
    def to_python(self, literal: idl.Literal, annotation: type[T]) -> T: ...
    @overload
    def to_python(self, literal: idl.Literal, annotation: Any) -> Any: ...
    def to_python(self, literal: idl.Literal, annotation: Any) -> Any:
        """The value in a literal; raises `AnnotationError`, `ConversionError` or `StorageError`."""
        return self.converter(annotation).to_python(literal)

    def to_bytes(self, value: Any, annotation: Any) -> bytes:
        """The serialised Literal of a value; deterministic; raises like `to_literal`."""
        converter = self.converter(annotation)
        data = converter.to_bytes(value)
        if self.offloading is None or not self.offloading.concerns(data):
            return data
        return self._offloaded(parse_literal(data), converter).SerializeToString(deterministic=True)

    @overload
    def from_bytes(self, data: bytes, annotation: type[T]) -> T: ...
    @overload
    def from_bytes(self, data: bytes, annotation: Any) -> Any: ...
    def from_bytes(self, data: bytes, annotation: Any) -> Any:
        """The value in a serialised Literal; raises like `to_python`."""
        return self.converter(annotation).from_bytes(data)

    async def to_literal_async(self, value: Any, annotation: Any) -> idl.Literal:
        """`to_literal` for code that runs in an event loop: uploads do not block it."""
        converter = self.converter(annotation)
        if converter.offloads is None and self.offloading is None:
            return converter.to_literal(value)
        literal = await encode_and_store_async(
            _encoding(converter, value), self.store, self.prefix, content_addressed=self.content_addressed
        )
        if self.offloading is None:
            return literal
        return await in_own_thread(lambda: self._offloaded(literal, converter))

    async def to_python_async(self, literal: idl.Literal, annotation: Any) -> Any:
        """`to_python` for code that runs in an event loop: downloads do not block it."""
        converter = self.converter(annotation)
        try:
            return await fetch_and_decode_async(
                lambda inbox: converter.decode(literal, inbox), self.store, _known(literal, converter)
            )
        except Exception:
            check_literal(literal)
            raise

    def to_bytes_all(
        self,
        values: Mapping[str, tuple[Converter[Any], Any]],
        *,
        keeps_local: bool = False,
        offloading: Offloading | None = None,
        held: HeldValues | None = None,
    ) -> dict[str, bytes]:
        """The serialised Literals of several values by name, as of one call: what they promise is uploaded together.

        Args:
            values: Name to converter and value.
            keeps_local: Whether files of this machine stay where they are, as inputs of a run on this machine do.
            offloading: Which of the literals are stored whole; those of more bytes than it says.
            held: Keeps in memory what it can of what they promise, for `from_bytes_all`.

        Raises:
            ConversionError: For the first value that does not fit, its path beginning with its name; nothing was
                uploaded.
            StorageError: When an upload failed.
        """

        def encode(out: Outbox) -> dict[str, bytes | idl.Literal]:
            literals: dict[str, bytes | idl.Literal] = {}
            name = ""
            try:
                for name, (converter, value) in values.items():
                    if converter.offloads is None:
                        literals[name] = converter.write(value, out)
                    else:  # a message: what is known of an upload when it is done is noted in it
                        literals[name] = _encoding(converter, value)(out)
            except ConversionError as error:
                raise error.within(name)  # noqa: B904 - the same error, with its address
            return literals

        literals: dict[str, bytes | idl.Literal] = {}
        stored = any(converter.offloads is not None for converter, _ in values.values())
        if not stored:
            out = Outbox()
            literals = encode(out)
            stored = bool(out.promises)
        if stored:
            literals = encode_and_store(
                encode,
                self.store,
                self.prefix,
                keeps_local=keeps_local,
                content_addressed=self.content_addressed,
                held=held,
            )
        results = {name: _serialised(literal) for name, literal in literals.items()}
        if offloading is None:
            return results
        objects = OffloadedObjects(lambda: self.prefix, content_addressed=self.content_addressed)
        for name, data in results.items():
            try:
                if offloading.concerns(data):
                    if held is not None:  # nobody finds in there what it names
                        held.write_out([data])
                    literal_type = values[name][0].literal_type
                    results[name] = _serialised(objects.pointer(parse_literal(data), literal_type, name=name))
            except ConversionError as error:
                raise error.within(name) from None
        if objects.contents:
            upload(self.store, objects.contents)
        return results

    def from_bytes_all(
        self, literals: Mapping[str, tuple[Converter[Any], bytes]], *, held: HeldValues | None = None
    ) -> dict[str, Any]:
        """The values in several serialised Literals by name: what they refer to is downloaded together.

        Args:
            literals: Name to converter and Literal.
            held: Has some of that in memory. What it has and a value only names, as a handle does, is written.

        Raises:
            ConversionError: For the first literal that does not fit, its path beginning with its name.
            StorageError: When a download failed.
        """
        values: dict[str, Any] = {}
        if held is not None and not held:
            held = None
        shown: list[bytes] = []

        def decode(inbox: Inbox) -> dict[str, Any]:
            name = ""
            try:
                for name, (converter, data) in literals.items():
                    if name not in values:
                        if held is None:
                            values[name] = converter.read(data, inbox)
                        else:
                            inbox.given = []
                            values[name] = converter.read(data, inbox)
                            shown.extend(held.shown_by(data, inbox.given))
            except ConversionError as error:
                raise error.within(name)  # noqa: B904
            return values

        def known(inbox: Inbox) -> Iterator[str | Fetch]:
            for name, (converter, data) in literals.items():
                if name not in values:
                    yield from wanted_in(parse_literal(data), converter, inbox)

        try:
            decode(Inbox(store=self.store))
        except NotFetched:
            fetch_and_decode(decode, self.store, known, held=held)
        if held is not None and shown:
            held.write_parts(shown)
        return values

    # --- types --------------------------------------------------------------------------------------------------------

    def literal_type(self, annotation: Any) -> idl.LiteralType:
        """The type of an annotation on the wire; the caller's own copy."""
        copy = idl.LiteralType()
        copy.CopyFrom(self.converter(annotation).literal_type)
        return copy

    def guess(self, literal_type: idl.LiteralType) -> Any:
        """An annotation with exactly this LiteralType; raises `AnnotationError` for one that says too little.

        Nothing is imported: classes are looked up where they are loaded already, and others are made.
        """
        if self._generation != self.registry.generation:
            self._forget()
        return guess_annotation(literal_type, self)

    def converter(self, annotation: Any) -> Converter[Any]:
        """The converter of an annotation: compiled at first use, the same one afterwards.

        Raises:
            AnnotationError: When the annotation, or a part of it, is not supported.
        """
        if self._generation != self.registry.generation:
            self._forget()
        found = self._memo.get(id(annotation))
        if found is not None:
            return found[1]
        try:
            converter = self.converter_of(parse(annotation))
            if self._generation != self.registry.generation:  # compiling brought the transformers of a package
                self._forget()
                converter = self.converter_of(parse(annotation))
        except RecursionError:
            raise _too_deep() from None
        if len(self._memo) >= _MEMO_SIZE:
            self._memo.clear()
        self._memo[id(annotation)] = (annotation, converter)
        return converter

    def converter_of(self, annotation: Annotation) -> Converter[Any]:
        """`converter` for an annotation that is parsed already; what transformers call for their parts."""
        found = self._converters.get(annotation.key)
        if found is not None:
            return found
        with self._lock:
            found = self._converters.get(annotation.key)
            if found is None:
                if annotation.key in self._compiling:
                    raise AnnotationError(
                        f"`{annotation.source}` contains itself, and a type on the wire is finite: put it into a "
                        "dataclass, where a value is a tree"
                    )
                self._compiling.add(annotation.key)
                try:
                    found = modified(constrained(self._compile(annotation), annotation, self), annotation)
                finally:
                    self._compiling.discard(annotation.key)
                _remember(self._converters, annotation.key, found)
            return found

    def plain(self, annotation: Any) -> PlainCodec[Any]:
        """How values of an annotation look inside a struct.

        Raises:
            AnnotationError: When they cannot be there.
        """
        try:
            parsed = annotation if isinstance(annotation, Annotation) else parse(annotation)
            return self._plain_of(parsed)
        except RecursionError:
            raise _too_deep() from None

    def _plain_of(self, parsed: Annotation) -> PlainCodec[Any]:
        found = self._plains.get(parsed.key)
        if found is not None:
            return found
        with self._lock:
            if parsed.key in self._building:
                return self._forward(parsed)
            self._building.add(parsed.key)
            try:
                transformer = self.registry.find(parsed).transformer
                codec = constrained_codec(transformer.compile_plain(parsed, self), parsed)
            finally:
                self._building.discard(parsed.key)
            _remember(self._plains, parsed.key, codec)
            return codec

    def field_type(self, annotation: Any, typing: Typing) -> idl.LiteralType | None:
        """The type by which a struct announces a field; None if Flyte leaves such fields out."""
        parsed = annotation if isinstance(annotation, Annotation) else parse(annotation)
        return self.registry.find(parsed).transformer.field_type(parsed, self, typing)

    def explain(self, annotation: Any) -> Explanation:
        """Which transformer handles an annotation and each part of it, and how it was found, step by step."""
        try:
            parsed = parse(annotation)
            return _explained(self.converter_of(parsed), self.registry.find(parsed).steps)
        except RecursionError:
            raise _too_deep() from None

    # --- bytes around a conversion ------------------------------------------------------------------------------------

    @property
    def prefix(self) -> str:
        """URI below which new objects are put; ends in a separator."""
        if self._prefix is None:
            self._prefix = new_temporary_prefix()
        elif not is_absolute(self._prefix):  # what is written must be found from elsewhere too
            self._prefix = os.path.abspath(self._prefix)  # noqa: PTH100 - text, and no import for it
        prefix = self._prefix.removeprefix("file://")  # flytekit reads paths, and refuses such URIs
        return prefix if prefix.endswith("/") else f"{prefix}/"

    @prefix.setter
    def prefix(self, prefix: str | None) -> None:
        """Put new objects somewhere else from now on; None for a new temporary directory."""
        self._prefix = prefix

    def encode_and_store(
        self, converter: Converter[Any], value: Any, *, keeps_local: bool = False, held: HeldValues | None = None
    ) -> idl.Literal:
        """The literal of a value, and what that promises held or uploaded; for converters that use the store."""
        return encode_and_store(
            _encoding(converter, value),
            self.store,
            self.prefix,
            keeps_local=keeps_local,
            content_addressed=self.content_addressed,
            held=held,
        )

    def fetch_and_decode(
        self, converter: Converter[Any], literal: idl.Literal, *, held: HeldValues | None = None
    ) -> Any:
        """The value in a literal, and what that refers to downloaded; for converters that use the store."""
        check_literal(literal)
        given: list[str] = []

        def decode(inbox: Inbox) -> Any:
            given.clear()
            inbox.given = given
            return converter.decode(literal, inbox)

        value = fetch_and_decode(decode, self.store, _known(literal, converter), held=held)
        if held:
            held.write_parts(held.shown_by(literal.SerializeToString(), given))
        return value

    def isolated(self, converter: Converter[Any], value: Any) -> Any:
        """A value as it would arrive at another task of this process: nothing is stored without need, files stay."""
        held: HeldValues = _load("HeldValues")()
        literal = self.encode_and_store(converter, value, keeps_local=True, held=held)
        return self.fetch_and_decode(converter, literal, held=held)

    def _offloaded(self, literal: idl.Literal, converter: Converter[Any]) -> idl.Literal:
        if self.offloading is None or not self.offloading.concerns(literal.SerializeToString(deterministic=True)):
            return literal
        objects = OffloadedObjects(lambda: self.prefix, content_addressed=self.content_addressed)
        pointer = objects.pointer(literal, converter.literal_type)
        upload(self.store, objects.contents)
        return pointer

    # --- compiling ----------------------------------------------------------------------------------------------------

    def _compile(self, annotation: Annotation) -> Converter[Any]:
        try:
            transformer = self.registry.find(annotation).transformer
        except AnnotationError:
            if not self.allow_pickle:
                raise
            transformer = PICKLE
        return transformer.compile(annotation, self)

    def _forward(self, annotation: Annotation) -> PlainCodec[Any]:
        """A codec for a class that contains itself, good once that class is compiled."""
        key = annotation.key
        cls = annotation.origin if isinstance(annotation.origin, type) else None
        plains = self._plains

        def codec() -> PlainCodec[Any]:
            return plains.get(key) or self.plain(annotation)

        return PlainCodec(
            annotation.source,
            "itself",
            dump=lambda value, dumping: codec().dump(value, dumping),
            load=lambda tree, loading: codec().load(tree, loading),
            # An alias that contains itself has no class to refer to.
            describe=(lambda describing: codec().describe(describing)) if cls is not None else _undescribed,
            classes=(cls,) if cls is not None else (),
            natives=ANY_NATIVE if cls is None else (list,) if issubclass(cls, tuple) else (dict,),
            hinted=True,
        )

    def _forget(self) -> None:
        with self._lock:
            self._generation = self.registry.generation
            self._memo.clear()
            self._converters.clear()
            self._plains.clear()
            self.guesses.forget()


def _undescribed(_: Describing) -> Schema:
    raise Undescribable


def _too_deep() -> AnnotationError:
    return AnnotationError("the annotation nests too deep to be compiled: Python's recursion limit is met")


def _remember(table: OrderedDict[Any, Any], key: Any, compiled: Any) -> None:
    """Add an entry; past the limit what was compiled first is forgotten, used or not, and compiled again on demand.

    Not the least recently used: readers take no lock, so they leave no trace of what they used.
    """
    table[key] = compiled
    if len(table) > _MEMO_SIZE:
        table.popitem(last=False)


def _known(literal: idl.Literal, converter: Converter[Any]) -> Callable[[Inbox], list[str | Fetch]]:
    return lambda inbox: wanted_in(literal, converter, inbox)


def _encoding(converter: Converter[Any], value: Any) -> Callable[[Outbox], idl.Literal]:
    def encode(out: Outbox) -> idl.Literal:
        literal = idl.Literal()
        converter.encode(value, literal, out)
        return literal

    return encode


def _serialised(literal: bytes | idl.Literal) -> bytes:
    return literal if isinstance(literal, bytes) else literal.SerializeToString(deterministic=True)


def _explained(part: Converter[Any] | PlainCodec[Any], steps: tuple[str, ...] = ()) -> Explanation:
    parts = tuple((label, _explained(child)) for label, child in part.parts)
    if isinstance(part, PlainCodec):
        return Explanation(
            part.source,
            part.transformer,
            steps,
            "inside the struct",
            stored=part.stored,
            runs_code=part.runs_code,
            parts=parts,
        )
    return Explanation(
        part.source,
        part.transformer,
        steps,
        idl.render_type(part.literal_type),
        stored=part.offloads is not None,
        runs_code=part.runs_code,
        parts=parts,
    )
