"""The type of a literal whose declared type is not at hand, as Flyte's backend infers it for constants and inputs."""

from collections.abc import Iterable
from typing import Final

from flytetypes import idl
from flytetypes.idl._text import go_text

_PRIMITIVES: Final = {
    "integer": idl.SimpleType.INTEGER,
    "float_value": idl.SimpleType.FLOAT,
    "string_value": idl.SimpleType.STRING,
    "boolean": idl.SimpleType.BOOLEAN,
    "datetime": idl.SimpleType.DATETIME,
    "duration": idl.SimpleType.DURATION,
    None: idl.SimpleType.NONE,
}


def literal_type_of(literal: idl.Literal) -> idl.LiteralType | None:
    """The type of a literal; None if it has no value, or one that has no type.

    A struct comes without its schema, and an empty list is a list of None: both fit more than their declared types do.
    Lists and maps of several types have a union of those as element type.
    """
    inferred = idl.LiteralType()
    match literal.WhichOneof("value"):
        case "scalar":
            return inferred if _fill_scalar(inferred, literal.scalar) else None
        case "collection":
            _fill_element_type(inferred.collection_type, literal.collection.literals)
        case "map":
            _fill_element_type(inferred.map_value_type, literal.map.literals.values())
        case "offloaded_metadata" if literal.offloaded_metadata.HasField("inferred_type"):
            inferred.CopyFrom(literal.offloaded_metadata.inferred_type)
        case _:
            return None
    return inferred


def _fill_scalar(into: idl.LiteralType, scalar: idl.Scalar) -> bool:
    """False if the scalar has no type. Fields that are absent inside of it read as empty ones, as on the backend."""
    match scalar.WhichOneof("value"):
        case "primitive":
            into.simple = _PRIMITIVES[scalar.primitive.WhichOneof("value")]
        case "none_type":
            into.simple = idl.SimpleType.NONE
        case "error":
            into.simple = idl.SimpleType.ERROR
        case "generic":
            into.simple = idl.SimpleType.STRUCT
        case "binary":
            into.simple = idl.SimpleType.STRUCT if scalar.binary.tag == "msgpack" else idl.SimpleType.BINARY
        case "blob" if scalar.blob.HasField("metadata"):
            into.blob.CopyFrom(scalar.blob.metadata.type)
        case "schema":
            into.schema.CopyFrom(scalar.schema.type)
        case "structured_dataset":
            into.structured_dataset_type.CopyFrom(scalar.structured_dataset.metadata.structured_dataset_type)
        case "union":
            into.union_type.variants.add().CopyFrom(scalar.union.type)
        case _:
            return False
    return True


def _fill_element_type(into: idl.LiteralType, literals: Iterable[idl.Literal]) -> None:
    into.SetInParent()
    types: dict[bytes | None, idl.LiteralType | None] = {}
    empty_list: idl.LiteralType | None = None
    for literal in literals:
        found = literal_type_of(literal)
        if literal.WhichOneof("value") == "collection" and not literal.collection.literals:
            empty_list = found  # says nothing about the elements, as long as there is anything else
            continue
        types[None if found is None else found.SerializeToString(deterministic=True)] = found
    if not types:
        if empty_list is None:
            into.simple = idl.SimpleType.NONE
        else:
            into.CopyFrom(empty_list)
    elif len(types) == 1:
        (only,) = types.values()
        if only is not None:
            into.CopyFrom(only)
    else:
        _fill_union(into, sorted(types.values(), key=_sort_text))


def _fill_union(into: idl.LiteralType, types: Iterable[idl.LiteralType | None]) -> None:
    variants: list[idl.LiteralType] = []
    flattened = False
    for found in types:
        if found is None:
            variants.append(idl.LiteralType())
        elif found.WhichOneof("type") == "collection_type" and found.collection_type.WhichOneof("type") == "union_type":
            # The backend lifts these variants out of their list, and puts the whole union into one: not what one would
            # expect of `[[1, "a"], [1.0]]`, but cached results and plans depend on it.
            flattened = True
            variants += found.collection_type.union_type.variants
        else:
            variants.append(found)
    union = into.collection_type.union_type if flattened else into.union_type
    union.variants.extend(variants)


def _sort_text(literal_type: idl.LiteralType | None) -> str:
    return "<nil>" if literal_type is None else go_text(literal_type)
