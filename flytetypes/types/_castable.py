"""May an output of one type feed an input of another? The relation of Flyte's backend, exactly.

This is what the workflow compiler, launch plan defaults and execution inputs are held to on a cluster, with its
surprises: no number becomes another kind of number, a file may be passed as a directory, a tagged type wants its tag.
Where the backend would crash instead of answering, the answer is no, with a reason of its own.

Each rule returns None where the types fit, else a function that puts into words why not. Most verdicts are never read
as text (a union tries all of its variants), so no text is made before somebody asks.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias, final

from flytetypes import idl
from flytetypes.errors import ConversionError
from flytetypes.idl._render import render_type
from flytetypes.types._castable_schema import BackendCrash, schema_refusal

Why: TypeAlias = Callable[[], str]

NONE = idl.SimpleType.NONE
STRING = idl.SimpleType.STRING
STRUCT = idl.SimpleType.STRUCT


@final
class Verdict:
    """The answer of `castable`: true or false, with the reason of a no. It compares equal to a bool."""

    __slots__ = ("_castable", "_reason")
    _castable: Final[bool]
    _reason: str | Why

    def __init__(self, castable: bool, reason: str | Why = "") -> None:
        self._castable = castable
        self._reason = reason

    @property
    def castable(self) -> bool:
        """Whether the upstream type can feed the downstream type."""
        return self._castable

    @property
    def reason(self) -> str:
        """Which rule says no, and where in the types; empty for a yes."""
        if not isinstance(self._reason, str):
            self._reason = self._reason()
        return self._reason

    def __bool__(self) -> bool:
        return self._castable

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Verdict):
            return self._castable == other._castable
        return self._castable == other if isinstance(other, bool) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._castable)

    def __repr__(self) -> str:
        return "Verdict(castable)" if self._castable else f"Verdict(not castable: {self.reason})"

    def __reduce__(self) -> tuple[type["Verdict"], tuple[bool, str]]:
        return Verdict, (self._castable, self.reason)


YES: Final = Verdict(castable=True)


def castable(upstream: idl.LiteralType, downstream: idl.LiteralType) -> Verdict:
    """Whether a value of the upstream type may be bound to an input of the downstream type.

        >>> bool(castable(idl.LiteralType(simple=idl.SimpleType.INTEGER), idl.LiteralType(simple=idl.SimpleType.FLOAT)))
        False

    The types are not copied: read `reason` before changing them.
    """
    try:
        why = _accepts(upstream, downstream)
    except BackendCrash as crash:
        return Verdict(castable=False, reason=f"Flyte's backend would crash on this comparison: {crash}")
    except Exception:
        for given in (upstream, downstream):
            if type(given).__name__ != "LiteralType":
                raise ConversionError(
                    "a `LiteralType`", given, reason="that of an annotation is `engine.literal_type(annotation)`"
                ) from None
        raise
    return YES if why is None else Verdict(castable=False, reason=why)


def _accepts(upstream: idl.LiteralType, downstream: idl.LiteralType) -> Why | None:
    """The relation at the top level, and between the variants of unions.

    Only here a union of one variant may pass as that variant; elements, map values and columns use `_casts`.
    """
    if upstream.WhichOneof("type") != "union_type" or len(upstream.union_type.variants) != 1:
        return _casts(upstream, downstream)
    as_variant = _casts(upstream.union_type.variants[0], downstream)
    if as_variant is None:
        return None
    as_union = _casts(upstream, downstream)
    if as_union is None or downstream.WhichOneof("type") == "union_type":
        return as_union
    return lambda: f"the only variant of {_text(upstream)}: {as_variant()}"


def _casts(upstream: idl.LiteralType, downstream: idl.LiteralType) -> Why | None:
    kind = downstream.WhichOneof("type")
    rule = _RULES.get(kind) if kind is not None else None
    return _casts_leaf(upstream, downstream) if rule is None else rule(upstream, downstream)


def _casts_collection(upstream: idl.LiteralType, downstream: idl.LiteralType) -> Why | None:
    if upstream.WhichOneof("type") != "collection_type":
        return _other_kind(upstream, downstream)
    if _is_none(upstream.collection_type):  # the type of an empty list
        return None
    why = _casts(upstream.collection_type, downstream.collection_type)
    return None if why is None else lambda: f"element type: {why()}"


def _casts_map(upstream: idl.LiteralType, downstream: idl.LiteralType) -> Why | None:
    if upstream.WhichOneof("type") != "map_value_type":
        return _other_kind(upstream, downstream)
    if _is_none(upstream.map_value_type):
        return None
    why = _casts(upstream.map_value_type, downstream.map_value_type)
    return None if why is None else lambda: f"value type: {why()}"


def _casts_blob(upstream: idl.LiteralType, downstream: idl.LiteralType) -> Why | None:
    if upstream.WhichOneof("type") != "blob":
        return _other_kind(upstream, downstream)
    # The dimensionality is not compared: the backend passes a file as a directory.
    have, want = upstream.blob.format, downstream.blob.format
    if not have or not want or have == want:
        return None
    return lambda: f"file format `{have}` is not `{want}`"


def _casts_simple(upstream: idl.LiteralType, downstream: idl.LiteralType) -> Why | None:
    if downstream.simple == NONE:
        return None if _is_none(upstream) else _other_kind(upstream, downstream)
    return _casts_leaf(upstream, downstream)


def _casts_leaf(upstream: idl.LiteralType, downstream: idl.LiteralType) -> Why | None:
    """Simple types, enums, and a type with nothing set."""
    have, want = upstream.WhichOneof("type"), downstream.WhichOneof("type")
    # Strings and enums feed each other, whatever their tags say.
    if have == "enum_type" and want == "simple" and downstream.simple == STRING:
        return None
    if want == "enum_type" and have == "simple" and upstream.simple == STRING:
        return None
    if upstream.structure.tag and upstream.structure.tag != downstream.structure.tag:
        return lambda: _other_tag(upstream.structure.tag, downstream.structure.tag)
    if upstream is _MISSING or downstream is _MISSING:
        raise BackendCrash("a column of a dataset has no type")
    if have != want:
        return _other_kind(upstream, downstream)
    if have == "simple":
        if upstream.simple != downstream.simple:
            return _other_kind(upstream, downstream)
        if upstream.simple == STRUCT and upstream.HasField("metadata") and downstream.HasField("metadata"):
            return _casts_struct(upstream, downstream)
        return None
    if have == "enum_type" and upstream.enum_type.values != downstream.enum_type.values:
        return lambda: f"the values of the enums differ, or their order: {_text(upstream)} is not {_text(downstream)}"
    return None


def _casts_struct(upstream: idl.LiteralType, downstream: idl.LiteralType) -> Why | None:
    refusal = schema_refusal(upstream.metadata, downstream.metadata)
    return None if refusal is None else lambda: f"{_text(upstream)} does not fit {_text(downstream)}: {refusal}"


def _casts_schema(upstream: idl.LiteralType, downstream: idl.LiteralType) -> Why | None:
    wanted = downstream.schema.columns
    match upstream.WhichOneof("type"):
        case "schema":
            have = upstream.schema.columns
            return _casts_columns(
                {c.name: c.type for c in have}, ((c.name, c.type) for c in wanted), any_type=not have or not wanted
            )
        case "structured_dataset_type":
            dataset = upstream.structured_dataset_type
            if not _is_parquet(dataset.format):
                return lambda: f"dataset format `{dataset.format}` is not `parquet`, the only one of a schema"
            return _casts_columns(
                {c.name: _column_of_simple(c.literal_type) for c in dataset.columns},
                ((c.name, c.type) for c in wanted),
                any_type=not dataset.columns or not wanted,
            )
        case _:
            return _other_kind(upstream, downstream)


def _casts_dataset(upstream: idl.LiteralType, downstream: idl.LiteralType) -> Why | None:
    wanted = downstream.structured_dataset_type
    match upstream.WhichOneof("type"):
        case "structured_dataset_type":
            return _casts_dataset_to_dataset(upstream.structured_dataset_type, wanted)
        case "schema":
            if not _is_parquet(wanted.format):
                return lambda: f"a schema is stored as `parquet`, not as `{wanted.format}`"
            have = upstream.schema.columns
            return _casts_columns(
                {c.name: c.type for c in have},
                ((c.name, _column_of_simple(c.literal_type)) for c in wanted.columns),
                any_type=not have or not wanted.columns,
            )
        case _:
            # A dataset is nullable.
            return None if _is_none(upstream) else _other_kind(upstream, downstream)


def _casts_dataset_to_dataset(have: idl.StructuredDatasetType, want: idl.StructuredDatasetType) -> Why | None:
    if have.format and want.format and not _equal_fold(have.format, want.format):
        return lambda: f"dataset format `{have.format}` is not `{want.format}`"
    if not have.columns or not want.columns:
        return None
    columns = {column.name: _type_of(column) for column in have.columns}
    for column in want.columns:
        name = column.name
        found = columns.get(name)
        if found is None:
            return lambda: f"column `{name}` is missing upstream"
        why = _casts(found, _type_of(column))
        if why is not None:
            return lambda: f"column `{name}`: {why()}"
    return None


def _casts_columns(
    have: Mapping[str, int | None], want: Iterable[tuple[str, int | None]], *, any_type: bool
) -> Why | None:
    """Columns that are compared by kind alone, because one side is a schema. None is a kind that no schema has."""
    if any_type:
        return None
    for name, kind in want:
        if name not in have:
            return lambda: f"column `{name}` is missing upstream"
        found = have[name]
        if found != kind or found is None:
            return lambda: f"column `{name}`: {_column_text(found)} is not {_column_text(kind)}"
    return None


def _casts_union(upstream: idl.LiteralType, downstream: idl.LiteralType) -> Why | None:
    variants = downstream.union_type.variants
    if upstream.WhichOneof("type") == "union_type":
        for variant in upstream.union_type.variants:
            if all(_accepts(variant, wanted) is not None for wanted in variants):
                return lambda: f"variant {_text(variant)}: no variant of {_text(downstream)} accepts it"
        return None
    accepting: list[idl.LiteralType] = []
    for wanted in variants:
        if _accepts(upstream, wanted) is None:
            accepting.append(wanted)
            if len(accepting) == 2:  # a third is not asked: the backend does not either, and it might crash
                return lambda: f"union: {_both(accepting)} accept {_text(upstream)}, exactly one variant must"
    if accepting:
        return None
    return lambda: f"union: no variant of {_text(downstream)} accepts {_text(upstream)}"


_RULES: Final[dict[str, Callable[[idl.LiteralType, idl.LiteralType], Why | None]]] = {
    "simple": _casts_simple,
    "collection_type": _casts_collection,
    "map_value_type": _casts_map,
    "blob": _casts_blob,
    "schema": _casts_schema,
    "structured_dataset_type": _casts_dataset,
    "union_type": _casts_union,
}

_COLUMN_OF_SIMPLE: Final[dict[int, int]] = {
    idl.SimpleType.INTEGER: idl.SchemaType.SchemaColumn.INTEGER,
    idl.SimpleType.FLOAT: idl.SchemaType.SchemaColumn.FLOAT,
    idl.SimpleType.STRING: idl.SchemaType.SchemaColumn.STRING,
    idl.SimpleType.BOOLEAN: idl.SchemaType.SchemaColumn.BOOLEAN,
    idl.SimpleType.DATETIME: idl.SchemaType.SchemaColumn.DATETIME,
    idl.SimpleType.DURATION: idl.SchemaType.SchemaColumn.DURATION,
}
_SIMPLE_OF_COLUMN: Final = {column: simple for simple, column in _COLUMN_OF_SIMPLE.items()}

# What stands for the type of a column that has none: no rule but the last one tells it from a type with nothing set.
_MISSING: Final = idl.LiteralType()


def _is_none(literal_type: idl.LiteralType) -> bool:
    return literal_type.WhichOneof("type") == "simple" and literal_type.simple == NONE


def _is_parquet(dataset_format: str) -> bool:
    return not dataset_format or _equal_fold(dataset_format, "parquet")


def _equal_fold(a: str, b: str) -> bool:
    """Equal, ignoring case, character by character (so `ß` is not `ss`)."""
    return a == b or (len(a) == len(b) and all(x.casefold() == y.casefold() for x, y in zip(a, b, strict=True)))


def _type_of(column: idl.StructuredDatasetType.DatasetColumn) -> idl.LiteralType:
    return column.literal_type if column.HasField("literal_type") else _MISSING


def _column_of_simple(literal_type: idl.LiteralType) -> int | None:
    return _COLUMN_OF_SIMPLE.get(literal_type.simple)


def _text(literal_type: idl.LiteralType) -> str:
    return f"`{render_type(literal_type)}`"


def _column_text(kind: int | None) -> str:
    if kind not in _SIMPLE_OF_COLUMN:
        return "a type that no schema has"
    return _text(idl.LiteralType(simple=idl.SimpleType.Name(_SIMPLE_OF_COLUMN[kind])))


def _both(variants: list[idl.LiteralType]) -> str:
    first, second = variants
    return f"both {_text(first)} and {_text(second)}"


def _other_tag(have: str, want: str) -> str:
    return f"it is tagged `{have}`, and `{want}` is wanted" if want else f"it is tagged `{have}`, and no tag is wanted"


def _other_kind(upstream: idl.LiteralType, downstream: idl.LiteralType) -> Why:
    return lambda: f"{_text(upstream)} is not {_text(downstream)}"
