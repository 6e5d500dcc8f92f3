"""Whether the type that is stored with a union's value is that of a variant.

This is the check of flytekit's reader, not assignability: a stored type is compared with a declared one after taking
away what describes rather than types (metadata, structure, annotation).
"""

from __future__ import annotations

from flytetypes import idl
from flytetypes.types._forms import is_other_version


def same_type(stored: idl.LiteralType, declared: idl.LiteralType) -> bool:
    """Whether a value of the stored type is one of the declared type, for a reader."""
    kind, wanted = stored.WhichOneof("type"), declared.WhichOneof("type")
    if is_other_version(stored, declared):
        return True
    if kind == "simple" == wanted:
        return stored.simple == declared.simple
    if kind == "union_type":
        return all(same_type(variant, declared) for variant in stored.union_type.variants)
    if wanted == "union_type":
        return any(same_type(stored, variant) for variant in declared.union_type.variants)
    if kind == "enum_type" and wanted == "simple":
        return declared.simple == idl.SimpleType.STRING
    if kind != wanted:
        return False
    match kind:
        case "collection_type":
            return same_type(stored.collection_type, declared.collection_type)
        case "map_value_type":
            return same_type(stored.map_value_type, declared.map_value_type)
        case "structured_dataset_type":
            return _same_dataset(stored.structured_dataset_type, declared.structured_dataset_type)
        case None:
            return True
        case _:
            one, other = getattr(stored, kind), getattr(declared, kind)
            return bool(one == other)


def _same_dataset(stored: idl.StructuredDatasetType, declared: idl.StructuredDatasetType) -> bool:
    return (
        stored.format == declared.format
        and stored.external_schema_type == declared.external_schema_type
        and stored.external_schema_bytes == declared.external_schema_bytes
        and len(stored.columns) == len(declared.columns)
        and all(
            one.name == other.name and same_type(one.literal_type, other.literal_type)
            for one, other in zip(stored.columns, declared.columns, strict=True)
        )
    )
