"""The wire: Flyte's messages by short name, and the few ways to build, read, show and compare them.

This package is the only code that imports `google.protobuf`. The messages are wire-identical to flyteidl 1.16
(`flyteidl/core/*.proto`) under a package name of our own, so both can live in one process.
"""

from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError, EncodeError, Message
from google.protobuf.struct_pb2 import ListValue, NullValue, Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp

from flytetypes._exports import lazy_names
from flytetypes.idl._bulk import BOOLEANS, FLOATS, INTEGERS, STRINGS, BulkCodec, sorted_keys
from flytetypes.idl._bulk_integers import sorted_integers
from flytetypes.idl._fingerprint import fingerprint
from flytetypes.idl._generated.artifact_id_pb2 import (
    ArtifactBindingData,
    ArtifactID,
    ArtifactKey,
    ArtifactQuery,
    ArtifactTag,
    Granularity,
    InputBindingData,
    LabelValue,
    Operator,
    Partitions,
    RuntimeBinding,
    TimePartition,
    TimeTransform,
)
from flytetypes.idl._generated.errors_pb2 import ContainerError, ErrorDocument, ExecutionError
from flytetypes.idl._generated.identifier_pb2 import (
    Identifier,
    NodeExecutionIdentifier,
    ResourceType,
    SignalIdentifier,
    TaskExecutionIdentifier,
    WorkflowExecutionIdentifier,
)
from flytetypes.idl._generated.interface_pb2 import Parameter, ParameterMap, TypedInterface, Variable, VariableMap
from flytetypes.idl._generated.literals_pb2 import (
    Binary,
    Binding,
    BindingData,
    BindingDataCollection,
    BindingDataMap,
    Blob,
    BlobMetadata,
    KeyValuePair,
    Literal,
    LiteralCollection,
    LiteralMap,
    LiteralOffloadedMetadata,
    Primitive,
    RetryStrategy,
    Scalar,
    Schema,
    StructuredDataset,
    StructuredDatasetMetadata,
    Union,
    UnionInfo,
    Void,
)
from flytetypes.idl._generated.types_pb2 import (
    BlobType,
    EnumType,
    Error,
    LiteralType,
    OutputReference,
    PromiseAttribute,
    SchemaType,
    SimpleType,
    StructuredDatasetType,
    TypeAnnotation,
    TypeStructure,
    UnionType,
)
from flytetypes.idl._json import from_json, to_json
from flytetypes.idl._levels import message_levels
from flytetypes.idl._render import render_literal, render_type
from flytetypes.idl._struct import fill_struct, read_struct, read_value
from flytetypes.idl._wire import (
    COLLECTION,
    MAP,
    length_prefixed,
    split_map,
    split_repeated,
    split_union,
    unwrap,
    varint,
)

if TYPE_CHECKING:
    from flytetypes.idl._diff import diff_literals, diff_types

__all__ = [
    "BOOLEANS",
    "COLLECTION",
    "FLOATS",
    "INTEGERS",
    "MAP",
    "STRINGS",
    "ArtifactBindingData",
    "ArtifactID",
    "ArtifactKey",
    "ArtifactQuery",
    "ArtifactTag",
    "Binary",
    "Binding",
    "BindingData",
    "BindingDataCollection",
    "BindingDataMap",
    "Blob",
    "BlobMetadata",
    "BlobType",
    "BulkCodec",
    "ContainerError",
    "DecodeError",
    "Duration",
    "EncodeError",
    "EnumType",
    "Error",
    "ErrorDocument",
    "ExecutionError",
    "Granularity",
    "Identifier",
    "InputBindingData",
    "KeyValuePair",
    "LabelValue",
    "ListValue",
    "Literal",
    "LiteralCollection",
    "LiteralMap",
    "LiteralOffloadedMetadata",
    "LiteralType",
    "Message",
    "NodeExecutionIdentifier",
    "NullValue",
    "Operator",
    "OutputReference",
    "Parameter",
    "ParameterMap",
    "Partitions",
    "Primitive",
    "PromiseAttribute",
    "ResourceType",
    "RetryStrategy",
    "RuntimeBinding",
    "Scalar",
    "Schema",
    "SchemaType",
    "SignalIdentifier",
    "SimpleType",
    "Struct",
    "StructuredDataset",
    "StructuredDatasetMetadata",
    "StructuredDatasetType",
    "TaskExecutionIdentifier",
    "TimePartition",
    "TimeTransform",
    "Timestamp",
    "TypeAnnotation",
    "TypeStructure",
    "TypedInterface",
    "Union",
    "UnionInfo",
    "UnionType",
    "Value",
    "Variable",
    "VariableMap",
    "Void",
    "WorkflowExecutionIdentifier",
    "diff_literals",
    "diff_types",
    "fill_struct",
    "fingerprint",
    "from_json",
    "length_prefixed",
    "message_levels",
    "read_struct",
    "read_value",
    "render_literal",
    "render_type",
    "sorted_integers",
    "sorted_keys",
    "split_map",
    "split_repeated",
    "split_union",
    "to_json",
    "unwrap",
    "varint",
]

# Only people who compare need it, and it brings the text format of messages.
__getattr__ = lazy_names(__name__, {"flytetypes.idl._diff": ("diff_literals", "diff_types")})
