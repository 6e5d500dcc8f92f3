"""From a LiteralType to an annotation that has exactly this LiteralType.

Transformers offer annotations by their `guess`; what a candidate really has is compared, and where that is another type
it is wrapped: `Annotated[candidate, OfType(literal_type)]`. So `literal_type(guess(t)) == t` always holds.

Guessing imports nothing and runs nothing: classes are looked up where they are loaded already, and others are made.
"""

from __future__ import annotations

import threading
import typing
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Final
from weakref import WeakKeyDictionary, WeakValueDictionary

from flytetypes import idl
from flytetypes.errors import AnnotationError
from flytetypes.types import _names
from flytetypes.types._converter import Converter
from flytetypes.types._file_values import guess_by_format
from flytetypes.types._guess_checks import TooLarge, limited_typing
from flytetypes.types._guessed import MODULE, Guessed, make_enum, twin_of
from flytetypes.types._markers import FlyteAnnotation, OfType

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_MEMO_SIZE: Final = 1024
_MAX_ANNOTATED: Final = 50
_MEMO_BYTES: Final = 8 << 20
_IN_STORE: Final = frozenset({"blob", "schema", "structured_dataset_type"})
# What is in `LiteralType.annotation` for transformers; the rest is a user's.
_OURS: Final = (_names.RESERVED_ANNOTATION, _names.LITERAL_VALUES, _names.FORM)


class Guesses:
    """What an engine remembers of its guesses; to be used under its lock, but for `find`.

    Attributes:
        classes: Those that were made, as long as anybody holds them, by the fingerprints of their types.
        by_schema: The same, by the fingerprints of their schemas.
        fields: What fields of structs were found to be, by what is said of them.
        open: The classes that are being made, by the fingerprints of their schemas.
        closed: Those inside them that have their fields already, and mention one that has not.
        unfinished: All of those, and others that nothing announces, with the names of their properties; nothing that
            mentions one can be compiled.
        proven: The class that was made last, if it need not be compared any more.
    """

    def __init__(self, converters: Mapping[Any, Converter[Any]], lock: threading.RLock) -> None:
        self.lock = lock
        self.classes: WeakValueDictionary[bytes, type[Any]] = WeakValueDictionary()
        self.by_schema: WeakValueDictionary[bytes, type[Any]] = WeakValueDictionary()
        self.fields: dict[tuple[bytes, bytes, bool], tuple[Any, Any, bool]] = {}
        self.open: dict[bytes, type[Any]] = {}
        self.closed: dict[bytes, type[Any]] = {}
        self.unfinished: dict[type[Any], frozenset[str]] = {}
        self.proven: type[Any] | None = None
        self._converters = converters
        self._enums: WeakValueDictionary[Any, type[Enum]] = WeakValueDictionary()
        self._twins: WeakKeyDictionary[type[Any], list[type[Any]]] = WeakKeyDictionary()
        self._memo: dict[bytes, Any] = {}
        self._size = 0

    def find(self, key: bytes) -> Any | None:
        """What was guessed for a serialised type."""
        return self._memo.get(key)

    def remember(self, key: bytes, annotation: Any) -> None:
        """Keep a guess; what was kept is forgotten all at once when it is too much."""
        if len(self._memo) >= _MEMO_SIZE or self._size + len(key) > _MEMO_BYTES:
            self._memo.clear()
            self._size = 0
        self._memo[key] = annotation
        self._size += len(key)

    def forget(self) -> None:
        """Guess anew: what is registered has changed."""
        with self.lock:
            self._memo.clear()
            self.fields.clear()
            self._size = 0

    def enum(self, name: str, values: tuple[Any, ...]) -> type[Enum] | None:
        """An enum made for these values, the same one while anybody holds it; None for no values."""
        key = (name, tuple((type(value), value) for value in values))
        with self.lock:
            found = self._enums.get(key)
            if found is None:
                found = make_enum(name, dict.fromkeys(values))
                if found is not None:
                    self._enums[key] = found
            return found

    def twin(self, cls: Any, index: int) -> type[Any] | None:
        """A further class like one that was made; the same one for an index while anybody holds the first."""
        if not isinstance(cls, type) or cls in self.unfinished:
            return None
        with self.lock:
            twins = self._twins.setdefault(cls, [])
            while len(twins) <= index:
                twin = twin_of(cls)
                if twin is None:
                    return None
                twins.append(twin)
            return twins[index]

    def is_unfinished(self, annotation: Any, *, but: type | None = None) -> bool:
        """Whether an annotation mentions a class that is still being made, or mentions one."""
        if not self.unfinished:
            return False
        pending = [annotation]
        while pending:
            part = pending.pop()
            if isinstance(part, type) and typing.get_origin(part) is None:
                if part in self.unfinished and part is not but:
                    return True
                if part.__module__ == MODULE and not issubclass(part, Guessed):  # a TypedDict, a NamedTuple
                    pending.extend(vars(part).get("__annotations__", {}).values())
            else:
                pending.extend(typing.get_args(part))
        return False

    def finish(self) -> None:
        """The outermost class has its fields, and so have all."""
        self.by_schema.update(self.closed)
        self.closed.clear()
        self.unfinished.clear()

    def compiled(self, name: str | None) -> list[Converter[Any]]:
        """The converters of the classes of a name, the newest first; of all dataclasses for no name."""
        return [
            converter
            for converter in reversed(list(self._converters.values()))
            if not converter.annotation.extras and _is_class(converter.annotation.origin, name)
        ]


def _is_class(origin: object, name: str | None) -> bool:
    if not isinstance(origin, type):
        return False
    return origin.__name__ == name if name is not None else hasattr(origin, "__dataclass_fields__")


def guess_annotation(literal_type: idl.LiteralType, engine: TypeEngine) -> Any:
    """An annotation with exactly this type; raises `AnnotationError` for one that says too little."""
    guesses = engine.guesses
    # Not deterministic, and quicker for it: equal types may have two entries.
    key = literal_type.SerializeToString()
    found = guesses.find(key)
    return found if found is not None else _guess(literal_type, engine, key, as_variant=False)


def guess_variant(variant: idl.LiteralType, engine: TypeEngine) -> Any:
    """An annotation that has exactly this type as the variant of a union, where the structure is a tag."""
    key = b"variant" + variant.SerializeToString()
    found = engine.guesses.find(key)
    return found if found is not None else _guess(variant, engine, key, as_variant=True)


def _guess(literal_type: idl.LiteralType, engine: TypeEngine, key: bytes, *, as_variant: bool) -> Any:
    guesses = engine.guesses
    with guesses.lock:
        try:
            annotation = _candidate(literal_type, engine, as_variant=as_variant)
            if guesses.is_unfinished(annotation):
                if guesses.open:
                    return annotation  # whoever makes the class around it compares the whole
                guesses.finish()
            proven, guesses.proven = guesses.proven, None
            if annotation is None or annotation is not proven:
                annotation = _exactly(annotation, literal_type, engine, as_variant=as_variant)
        except RecursionError:
            raise AnnotationError("the type nests too deep to be guessed: Python's recursion limit is met") from None
        guesses.remember(key, annotation)
        return annotation


def _candidate(literal_type: idl.LiteralType, engine: TypeEngine, *, as_variant: bool) -> Any | None:
    """The first annotation that is offered."""
    if literal_type.WhichOneof("type") is None:
        raise AnnotationError(f"no annotation is known for the type {idl.render_type(literal_type)}")
    notes = literal_type.annotation.annotations.fields
    if any(name not in _OURS for name in notes):
        return _noted(literal_type, engine, as_variant=as_variant)
    if _names.FORM in notes:
        return _formed(literal_type, engine, as_variant=as_variant)
    candidate = _class_of(literal_type, engine, as_variant=as_variant)
    if candidate is not None:
        return candidate
    registry = engine.registry
    if literal_type.WhichOneof("type") in _IN_STORE:
        registry.load_package("flytetypes.data")  # ours, and without any class of a user's
        candidate = guess_by_format(literal_type)
        if candidate is not None:
            return candidate
    # Those come first that are not among what is registered for classes, and the one that is named.
    named = [registry.named(name) for name in (_names.LITERAL, _names.PICKLE, literal_type.structure.tag)]
    for transformer in (*named, *registry.transformers()):
        candidate = transformer.guess(literal_type, engine) if transformer is not None else None
        if candidate is not None:
            return candidate
    return None


def _noted(literal_type: idl.LiteralType, engine: TypeEngine, *, as_variant: bool) -> Any:
    """The annotation of a type with data of a user's."""
    bare, note = without_note(literal_type)
    guess = guess_variant if as_variant else guess_annotation
    return Annotated[guess(bare, engine), note]


def without_note(literal_type: idl.LiteralType) -> tuple[idl.LiteralType, FlyteAnnotation | None]:
    """A type without the data of a user's that it has, and that data; itself and None where it has none."""
    if not literal_type.HasField("annotation"):
        return literal_type, None
    fields = literal_type.annotation.annotations.fields
    names = [name for name in fields if name not in _OURS]
    if not names:
        return literal_type, None
    note = FlyteAnnotation({name: idl.read_value(fields[name]) for name in names})
    return _without(literal_type, names), note


def _formed(literal_type: idl.LiteralType, engine: TypeEngine, *, as_variant: bool) -> Any:
    """The annotation of a form: the one that its transformer gives, else that of the type without the form."""
    form = literal_type.annotation.annotations.fields[_names.FORM].struct_value.fields
    transformer = engine.registry.named(form["name"].string_value) if "name" in form else None
    candidate = transformer.guess(literal_type, engine) if transformer is not None else None
    if candidate is not None:
        return candidate
    bare = _without(literal_type, [_names.FORM])
    if "of" in form:  # what stands for it on the wire has a form too
        bare.annotation.annotations.fields[_names.FORM].CopyFrom(form["of"])
    guess = guess_variant if as_variant else guess_annotation
    return guess(bare, engine)


def _without(literal_type: idl.LiteralType, notes: list[str]) -> idl.LiteralType:
    """A copy without some notes."""
    bare = idl.LiteralType()
    bare.CopyFrom(literal_type)
    for name in notes:
        del bare.annotation.annotations.fields[name]
    if not bare.annotation.annotations.fields:
        bare.ClearField("annotation")
    return bare


def _class_of(literal_type: idl.LiteralType, engine: TypeEngine, *, as_variant: bool) -> Any | None:
    """A class with exactly this type: one that was made for it, else one that this engine has compiled."""
    if literal_type.WhichOneof("type") != "simple" or literal_type.simple != idl.SimpleType.STRUCT:
        return None
    name = schema_title(literal_type.metadata) if literal_type.HasField("metadata") else None
    if name is None and (literal_type.HasField("metadata") or not literal_type.structure.dataclass_type):
        return None
    guesses = engine.guesses
    wanted = idl.fingerprint(literal_type)
    made = guesses.classes.get(wanted)
    if made is not None:
        return made
    for converter in guesses.compiled(name):
        try:
            if idl.fingerprint(_type_of(converter, literal_type, as_variant=as_variant)) == wanted:
                return converter.annotation.bare
        except AnnotationError:  # its type is too large, or nests deeper than can be read
            continue
    return None


def schema_title(schema: idl.Struct) -> str | None:
    """What the class of a JSON schema is called, also where the root is a reference to the definition of it."""
    fields = schema.fields
    if "title" in fields:
        return fields["title"].string_value or None
    if "$ref" in fields:
        return fields["$ref"].string_value.rpartition("/")[2] or None
    return None


def _type_of(converter: Converter[Any], wanted: idl.LiteralType, *, as_variant: bool) -> idl.LiteralType:
    """The type of a converter, as a variant with its tag; raises `TooLarge` when it cannot be the wanted one."""
    try:
        converter.type_within(limited_typing(wanted.ByteSize()))
    except ValueError:  # a NaN, where a form has JSON
        raise AnnotationError("the type holds what JSON cannot express") from None
    if not as_variant:
        return converter.literal_type
    variant = idl.LiteralType()
    variant.CopyFrom(converter.literal_type)
    variant.ClearField("structure")
    if wanted.HasField("structure"):  # else it is the union that differs
        variant.structure.tag = converter.tag
    return variant


def _exactly(candidate: Any, literal_type: idl.LiteralType, engine: TypeEngine, *, as_variant: bool) -> Any:
    """The candidate where its type is this one; wrapped where only descriptions differ; else literals as they are."""
    if _is_overloaded(candidate):
        candidate = None
    try:
        converter = engine.converter(candidate) if candidate is not None else None
        found = None if converter is None else _type_of(converter, literal_type, as_variant=as_variant)
    except TooLarge:
        found = _names.struct_type() if isinstance(candidate, type) else None
    except AnnotationError:  # nothing that can be compiled: the type is one that nobody writes
        found = None
    if found is not None:
        if idl.fingerprint(found) == idl.fingerprint(literal_type):
            return candidate
        if _is_alike(found, literal_type):
            return Annotated[candidate, OfType(literal_type)]
    return Annotated[idl.Literal, OfType(literal_type)]


def _is_overloaded(annotation: Any) -> bool:
    """Whether so many parts are `Annotated` that compiling would take long; the text of each is a part of its key."""
    left = _MAX_ANNOTATED
    pending = [annotation]
    while pending and left:
        part = pending.pop()
        if hasattr(part, "__metadata__"):
            left -= 1
            pending.append(part.__origin__)
        elif not isinstance(part, type) or typing.get_origin(part) is not None:
            pending.extend(typing.get_args(part))
    return not left


def _is_alike(one: idl.LiteralType, other: idl.LiteralType) -> bool:
    """Whether the literals of two types have one shape; what describes them may differ."""
    kind = one.WhichOneof("type")
    if kind != other.WhichOneof("type"):
        return False
    match kind:
        case "simple":
            return one.simple == other.simple
        case "collection_type":
            return _is_alike(one.collection_type, other.collection_type)
        case "map_value_type":
            return _is_alike(one.map_value_type, other.map_value_type)
        case "union_type":
            variants, others = one.union_type.variants, other.union_type.variants
            return len(variants) == len(others) and all(map(_is_alike, variants, others))
        case _:
            return bool(idl.fingerprint(one) == idl.fingerprint(other)) or getattr(one, kind) == getattr(other, kind)
