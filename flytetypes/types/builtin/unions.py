"""Unions: one of several annotations, chosen by the value's class.

The chosen variant's type is stored next to the value, so decoding does not guess. Whether a union can flow into another
type is decided in `_castable`, not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, Union

from flytetypes import idl
from flytetypes._annotations import Annotation
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.types import _names
from flytetypes.types._boxes import Fetch, Inbox, Outbox
from flytetypes.types._converter import Converter, Typing, parse_literal
from flytetypes.types._depth import UNION_LEVELS, limited, too_deep
from flytetypes.types._forms import form_of
from flytetypes.types._guess import guess_variant
from flytetypes.types._markers import OfType
from flytetypes.types._plain import Describing, Dumping, Loading, PlainCodec, Schema, scalar_of_numpy
from flytetypes.types._registry import Registry, TypeTransformer
from flytetypes.types._same_type import same_type
from flytetypes.types._tree import unpack

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

V = TypeVar("V")

# Compiling takes a time that grows with the square of this; nobody writes so many.
_MAX_GUESSED: Final = 200
_SCALAR, _UNION, _VALUE, _TYPE = b"\n", b"\x4a", b"\n", b"\x12"


class UnionTransformer(TypeTransformer[Any]):
    """`Union[A, B]`, `A | B`, `Optional[A]`."""

    name = _names.UNION

    def compile(self, annotation: Annotation, engine: TypeEngine) -> Converter[Any]:
        """The variants in order of declaration; nested unions are one with the outer."""
        variants = [_Variant(index, engine.converter(arg)) for index, arg in enumerate(_variants(annotation))]
        plains = [variant.converter.plain for variant in variants]
        plain = None if any(codec is None for codec in plains) else engine.plain(annotation)
        codec = _UnionConverter(annotation.source, variants, plain, engine)
        inner_levels = [variant.levels for variant in variants]
        levels = None if None in inner_levels else max(level or 0 for level in inner_levels) + UNION_LEVELS
        offloads = any(variant.converter.offloads is not None for variant in variants)
        return Converter(
            annotation,
            self.name,
            literal_type=lambda typing: _union_of([tagged(v.converter.type_within(typing), v.tag) for v in variants]),
            encode=limited(codec.encode, levels),
            decode=codec.decode,
            write=None if too_deep(levels) else codec.write,
            read=codec.read,
            engine=engine,
            classes=[cls for variant in variants for cls in variant.converter.classes],
            plain=plain,
            levels=levels,
            offloads=codec.offloads if offloads else None,
            runs_code=any(variant.converter.runs_code for variant in variants),
            parts=tuple((f"variant {variant.index}", variant.converter) for variant in variants),
        )

    def compile_plain(self, annotation: Annotation, engine: TypeEngine) -> PlainCodec[Any]:
        """The value itself, without a tag."""
        return union_codec(annotation.source, self.name, [engine.plain(arg) for arg in _variants(annotation)])

    def field_type(self, annotation: Annotation, engine: TypeEngine, typing: Typing) -> idl.LiteralType | None:
        """A union of what its variants announce; left out when one of them is."""
        variants = []
        for arg in _variants(annotation):
            literal_type = engine.field_type(arg, typing)
            if literal_type is None:
                return None
            variants.append(tagged(literal_type, _field_tag(arg, literal_type, engine)))
        return _union_of(variants)

    def guess(self, literal_type: idl.LiteralType, engine: TypeEngine) -> Any | None:
        """The union of what its variants give."""
        variants = literal_type.union_type.variants
        if literal_type.WhichOneof("type") != "union_type" or not 0 < len(variants) <= _MAX_GUESSED:
            return None
        found: list[Any] = []
        met: dict[Any, int] = {}
        for variant in variants:
            if variant.WhichOneof("type") == "union_type":  # Python takes a union inside a union apart
                annotation: Any = Annotated[idl.Literal, OfType(variant)]
            else:
                annotation = guess_variant(variant, engine)
            times = met[annotation] = met.get(annotation, 0) + 1
            if times > 1:  # and makes one of two equal ones, so that nobody knew which one a value is of
                again = (annotation, *[OfType(variant)] * (times - 1))
                annotation = engine.guesses.twin(annotation, times - 2) or Annotated[again]
            found.append(annotation)
        return Union[tuple(found)]  # noqa: UP007


def _variants(annotation: Annotation) -> tuple[Any, ...]:
    if not annotation.args:
        raise AnnotationError("`Union` says nothing about its variants: give it arguments, `Union[A, B]`")
    return annotation.args


def tagged(literal_type: idl.LiteralType, tag: str) -> idl.LiteralType:
    """A type as a variant of a union: its structure is replaced by the tag."""
    variant = idl.LiteralType()
    variant.CopyFrom(literal_type)
    variant.structure.Clear()
    variant.structure.tag = tag
    return variant


def _field_tag(annotation: Any, literal_type: idl.LiteralType, engine: TypeEngine) -> str:
    """The tag of a variant in the type of a field: what has no type of its own is announced as a pickle."""
    if literal_type.blob.format == _names.PICKLE_FORMAT:
        return _names.PICKLE
    return engine.converter(annotation).tag


def _union_of(variants: list[idl.LiteralType]) -> idl.LiteralType:
    literal_type = idl.LiteralType()
    literal_type.union_type.SetInParent()
    literal_type.union_type.variants.extend(variants)
    return literal_type


class _Variant:
    """One alternative: its converter, and the type that is stored with its values."""

    __slots__ = ("_type", "_type_bytes", "converter", "index", "tag")

    def __init__(self, index: int, converter: Converter[Any]) -> None:
        self.index = index
        self.converter = converter
        self.tag = converter.tag
        self._type: idl.LiteralType | None = None
        self._type_bytes: bytes | None = None

    @property
    def type(self) -> idl.LiteralType:
        """Tagged; without what `Annotated` added."""
        if self._type is None:
            self._type = tagged(self.converter.unmodified.literal_type, self.tag)
        return self._type

    @property
    def levels(self) -> int | None:
        """How deep its values and its type nest; None when that depends on the value."""
        levels, type_levels = self.converter.levels, idl.message_levels(self.type)
        return None if levels is None else max(levels, type_levels)

    @property
    def type_bytes(self) -> bytes:
        """`type`, serialised: merging bytes is quicker than copying a message."""
        if self._type_bytes is None:
            self._type_bytes = self.type.SerializeToString(deterministic=True)
        return self._type_bytes


class _UnionConverter:
    """The functions of one union."""

    def __init__(
        self, source: str, variants: list[_Variant], plain: PlainCodec[Any] | None, engine: TypeEngine
    ) -> None:
        self.expected = f"`{source}`"
        self.variants = variants
        self.plain = plain
        self.engine = engine
        self.by_class = by_class([(variant, variant.converter.classes) for variant in variants])
        self.by_tag: dict[str, list[_Variant]] = {}
        for variant in variants:
            self.by_tag.setdefault(variant.tag, []).append(variant)
        self._by_form: dict[str, list[_Variant]] | None = None
        self._unclear: frozenset[int] | None = None
        self._by_type: dict[bytes, _Variant] | None = None

    @property
    def unclear(self) -> frozenset[int]:
        """The variants whose stored type is that of another variant too: their values note which one they are of."""
        if self._unclear is None:
            types = [variant.type_bytes for variant in self.variants]
            self._unclear = frozenset(index for index, one in enumerate(types) if types.count(one) > 1)
        return self._unclear

    @property
    def by_type(self) -> dict[bytes, _Variant]:
        """Serialised stored type to the variant that alone has it."""
        if self._by_type is None:
            self._by_type = {v.type_bytes: v for v in self.variants if v.index not in self.unclear}
        return self._by_type

    @property
    def by_form(self) -> dict[str, list[_Variant]]:
        """The variants by the name of their form, of those that have one."""
        if self._by_form is None:
            found: dict[str, list[_Variant]] = {}
            for variant in self.variants:
                form = form_of(variant.type)
                if form is not None:
                    found.setdefault(form["name"], []).append(variant)
            self._by_form = found
        return self._by_form

    def encode(self, value: Any, into: idl.Literal, out: Outbox) -> None:
        candidates = self.by_class.get(type(value))
        if candidates is None:
            value, candidates = self._of_numpy(value)
        if len(candidates) == 1:
            (variant,) = candidates
            union = into.scalar.union
            union.type.MergeFromString(variant.type_bytes)
            variant.converter.encode(value, union.value, out)
        else:
            variant = self._first_that_accepts(candidates, value, into, out)
        if variant.index in self.unclear:
            into.metadata[_names.VARIANT] = str(variant.index)

    def _of_numpy(self, value: Any) -> tuple[Any, list[_Variant]]:
        """A value of a class that no variant names, or the number that it equals, and the variants for it."""
        number = scalar_of_numpy(value)
        candidates = self.by_class.get(type(number))
        return (value, self.variants) if candidates is None else (number, candidates)

    def _first_that_accepts(self, candidates: list[_Variant], value: Any, into: idl.Literal, out: Outbox) -> _Variant:
        reasons: list[str] = []
        savepoint = out.savepoint()
        for variant in candidates:
            union = into.scalar.union
            union.type.MergeFromString(variant.type_bytes)
            try:
                variant.converter.encode(value, union.value, out)
            except ConversionError as error:
                reasons += _reason(variant.converter.source, error)
                into.Clear()
                out.rollback(savepoint)
            else:
                return variant
        raise ConversionError(self.expected, value, reason="; ".join(reasons) or None)

    def write(self, value: Any, out: Outbox) -> bytes:
        candidates = self.by_class.get(type(value))
        if candidates is None:
            value, candidates = self._of_numpy(value)
        if len(candidates) != 1 or candidates[0].index in self.unclear:
            literal = idl.Literal()
            self.encode(value, literal, out)
            return literal.SerializeToString(deterministic=True)
        (variant,) = candidates
        body = variant.converter.write(value, out)
        union = idl.length_prefixed(_VALUE, body) + idl.length_prefixed(_TYPE, variant.type_bytes)
        return idl.length_prefixed(_SCALAR, idl.length_prefixed(_UNION, union))

    def read(self, data: bytes, inbox: Inbox) -> Any:
        parts = idl.split_union(data)
        variant = None if parts is None else self.by_type.get(parts[1])
        if parts is None or variant is None:
            return self.decode(parse_literal(data), inbox)
        return variant.converter.read(parts[0], inbox)

    def decode(self, literal: idl.Literal, inbox: Inbox) -> Any:
        scalar = literal.scalar
        kind = scalar.WhichOneof("value")
        if kind == "union":
            return self._decode_tagged(literal, scalar.union, inbox)
        if kind is None and literal.WhichOneof("value") == "offloaded_metadata":
            return self.decode(inbox.open(literal), inbox)
        return self._decode_untagged(literal, inbox)

    def _decode_tagged(self, literal: idl.Literal, union: idl.Union, inbox: Inbox) -> Any:
        stored = union.type
        candidates = self._candidates(literal, union)
        reasons: list[str] = []
        for variant in candidates:
            if not same_type(stored, variant.type):
                continue
            try:
                return variant.converter.decode(union.value, inbox)
            except ConversionError as error:
                if len(candidates) == 1:
                    raise
                reasons += _reason(variant.converter.source, error)
        got = f"a value of the variant {idl.render_type(stored)} with the tag {stored.structure.tag!r}"
        raise ConversionError(self.expected, got=got, reason="; ".join(reasons) or None)

    def _candidates(self, literal: idl.Literal, union: idl.Union) -> list[_Variant]:
        """The variants that a stored type may be that of, by its tag, its form, its bytes and what was noted."""
        stored = union.type
        tag = stored.structure.tag
        candidates = self.by_tag.get(tag) or self.by_tag.get(self.engine.registry.name_of(tag), [])
        if stored.HasField("annotation") and (form := form_of(stored)) is not None:
            # The form says more than the tag, which is that of what everybody reads.
            candidates = self.by_form.get(self.engine.registry.name_of(form["name"]), candidates)
        if len(candidates) > 1:
            type_bytes = stored.SerializeToString(deterministic=True)
            only = self.by_type.get(type_bytes)
            candidates = self._narrowed(candidates, type_bytes, literal) if only is None else [only]
        return candidates

    def _narrowed(self, candidates: list[_Variant], type_bytes: bytes, literal: idl.Literal) -> list[_Variant]:
        """The variants of exactly the stored type, if there are any; of several the one that was noted."""
        exact = [variant for variant in candidates if variant.type_bytes == type_bytes]
        if len(exact) > 1:
            noted = literal.metadata.get(_names.VARIANT)
            exact = [variant for variant in exact if str(variant.index) == noted] or exact
        return exact or candidates

    def _decode_untagged(self, literal: idl.Literal, inbox: Inbox) -> Any:
        """A value without a tag: an attribute of a promise, or what an older writer left."""
        exact: list[_Variant] = []
        rest: list[_Variant] = []
        for variant in self.variants:
            (exact if _is_native(literal, variant) else rest).append(variant)
        reasons: list[str] = []
        for variant in (*exact, *rest):
            try:
                return variant.converter.decode(literal, inbox)
            except ConversionError as error:
                reasons += _reason(variant.converter.source, error)
        raise ConversionError(
            self.expected, got=f"the literal {idl.render_literal(literal)}", reason="; ".join(reasons) or None
        )

    def offloads(self, literal: idl.Literal) -> Iterator[str | Fetch]:
        is_tagged = literal.scalar.WhichOneof("value") == "union"
        value = literal.scalar.union.value if is_tagged else literal
        for variant in self._candidates(literal, literal.scalar.union) if is_tagged else self.variants:
            if variant.converter.offloads is not None:
                yield from variant.converter.offloads(value)


def by_class(variants: Sequence[tuple[V, Iterable[type]]]) -> dict[type, list[V]]:
    """Exact class of a value to the variants for it: those of that class, then those that do not say theirs (`Any`)."""
    found: dict[type, list[V]] = {}
    for variant, classes in variants:
        for cls in classes:
            found.setdefault(cls, []).append(variant)
    anything = [variant for variant, classes in variants if not classes]
    return {cls: [*own, *anything] for cls, own in found.items()}


def _reason(source: str, error: ConversionError) -> list[str]:
    """Why a variant refuses; nothing where that would only repeat that the value is not of its class."""
    if not error.steps and error.reason is None and error.expected == f"`{source}`":
        return []
    where = f" at `{error.path}`" if error.steps else ""
    return [f"`{source}`: {error.summary}{where}"]


_PRIMITIVES: dict[str, str] = {
    "integer": _names.INT,
    "float_value": _names.FLOAT,
    "string_value": _names.STR,
    "boolean": _names.BOOL,
    "datetime": _names.DATETIME,
    "duration": _names.TIMEDELTA,
}


def _is_native(literal: idl.Literal, variant: _Variant) -> bool:
    """Whether a literal without a tag is of the very kind that a variant writes."""
    kind = literal.scalar.WhichOneof("value")
    if kind == "primitive":
        return _PRIMITIVES.get(literal.scalar.primitive.WhichOneof("value") or "") == variant.tag
    if kind == "none_type":
        return variant.tag == _names.NONE
    if kind == "binary" and literal.scalar.binary.tag == _names.MSGPACK:
        return type(unpack(literal.scalar.binary.value)) in variant.converter.classes
    return False


# --- inside structs ---------------------------------------------------------------------------------------------------

# Set behind a path, so that a variant's own hint has a place beside the union's.
_VARIANT_MARK = "#"


def union_codec(source: str, transformer: str, variants: Sequence[PlainCodec[Any]]) -> PlainCodec[Any]:
    """The codec of one of several.

    A tree has no tag. Loading takes the variant whose class the tree's own class is, else the first that can load it;
    where that would be another variant than the one that was dumped, dumping leaves a hint with the variant's index.
    """
    expected = f"`{source}`"
    of_class = by_class([(index, variant.classes) for index, variant in enumerate(variants)])
    everyone = list(range(len(variants)))
    indices = {str(index): index for index in everyone}
    unclear = [_unclear(index, variants) for index in everyone]
    unclear_in_json = [_unclear(index, variants, json=True) for index in everyone]

    def dump(value: Any, dumping: Dumping) -> Any:
        candidates = of_class.get(type(value))
        if candidates is None:
            number = scalar_of_numpy(value)
            candidates = of_class.get(type(number))
            if candidates is None:
                candidates = everyone
            else:
                value = number
        if len(candidates) == 1:
            index = candidates[0]
            tree = variants[index].dump(value, dumping)
        else:
            index, tree = first_that_accepts(candidates, value, dumping)
        if unclear[index] or (dumping.to_json and unclear_in_json[index]):
            dumping.hint(str(index), mark=_VARIANT_MARK)
        return tree

    def first_that_accepts(candidates: list[int], value: Any, dumping: Dumping) -> tuple[int, Any]:
        reasons: list[str] = []
        depth, hints = len(dumping.path), dict(dumping.hints)
        for index in candidates:
            try:
                return index, variants[index].dump(value, dumping)
            except ConversionError as error:
                reasons += _reason(variants[index].source, error)
                del dumping.path[depth:]
                dumping.hints = dict(hints)
        raise ConversionError(expected, value, reason="; ".join(reasons) or None)

    def load(tree: Any, loading: Loading) -> Any:
        hint = loading.hint(mark=_VARIANT_MARK) if loading.hints else None
        if hint in indices:
            return variants[indices[hint]].load(tree, loading)
        own = [index for index in of_class.get(type(tree), ()) if type(tree) in variants[index].natives]
        order = [*own, *(index for index in everyone if index not in own)] if own else everyone
        reasons: list[str] = []
        depth = len(loading.path)
        for index in order:
            try:
                return variants[index].load(tree, loading)
            except ConversionError as error:
                reasons += _reason(variants[index].source, error)
                del loading.path[depth:]
        raise ConversionError(expected, tree, reason="; ".join(reasons) or None)

    def describe(describing: Describing) -> Schema:
        return {"anyOf": [variant.describe(describing) for variant in variants]}

    return PlainCodec(
        source,
        transformer,
        dump=dump,
        load=load,
        describe=describe,
        classes=tuple(of_class),
        natives={native for variant in variants for native in variant.natives},
        loads={native for variant in variants for native in variant.loads},
        hinted=any(unclear) or any(unclear_in_json) or any(variant.hinted for variant in variants),
        parts=tuple((f"variant {index}", variant) for index, variant in enumerate(variants)),
    )


_IN_JSON: dict[type, type] = {int: float, bytes: str}


def _unclear(index: int, variants: Sequence[PlainCodec[Any]], *, json: bool = False) -> bool:
    """Whether a tree that this variant dumps would by default be loaded by another one; or that tree as JSON."""
    for native in variants[index].natives:
        native = _IN_JSON.get(native, native) if json else native
        own = [i for i, v in enumerate(variants) if native in v.classes and native in v.natives]
        able = own or [i for i, v in enumerate(variants) if native in v.loads]
        if able[0] != index:
            return True
    return False


def register(registry: Registry) -> None:
    """Both spellings have this origin once parsed."""
    registry.register(UnionTransformer(), Union)
