"""The fixed words of the wire: what is stored in data, and may therefore never be renamed."""

from typing import Any, Final

from flytetypes import idl

# Names of transformers. Flyte writes them as the tags of union variants (TypeStructure.tag).
INT: Final = "int"
FLOAT: Final = "float"
STR: Final = "str"
BOOL: Final = "bool"
DATETIME: Final = "datetime"
DATE: Final = "date"
TIMEDELTA: Final = "timedelta"
NONE: Final = "none"
LIST: Final = "Typed List"
DICT: Final = "Typed Dict"
UNION: Final = "Typed Union"
ENUM: Final = "DefaultEnumTransformer"
LITERAL: Final = "LiteralTypeTransformer"
DATACLASS: Final = "Object-Dataclass-Transformer"
PYDANTIC: Final = "Pydantic Transformer"
PROTOBUF: Final = "Protobuf-Transformer"
PICKLE: Final = "FlytePickle"
ERROR: Final = "FlyteError"
FILE: Final = "FlyteFilePath"
DIRECTORY: Final = "FlyteDirectory"
DATASET: Final = "StructuredDataset Transformer"
SCHEMA: Final = "FlyteSchema Transformer"
ITERATOR: Final = "Typed Iterator"
JSON_ITERATOR: Final = "JSON Iterator"
TEXT_IO: Final = "TextIO"
BINARY_IO: Final = "BinaryIO"
NUMPY: Final = "Numpy Array"
TORCH_TENSOR: Final = "PyTorch Tensor"
TORCH_MODULE: Final = "PyTorch Module"
TORCH_CHECKPOINT: Final = "PyTorch Checkpoint"
SKLEARN: Final = "Sklearn Estimator"
PIL_IMAGE: Final = "PIL.Image"
ONNX: Final = "ONNX"
ONNX_BY: Final = ("PyTorch ONNX", "TensorFlow ONNX", "ScikitLearn ONNX")  # flytekit's, by what the model was made from

# Binary.tag of structs (flyteidl/core/literals.proto, Binary).
MSGPACK: Final = "msgpack"

# LiteralType.annotation of everything that travels as msgpack, exactly.
STRUCT_ANNOTATION: Final[dict[str, Any]] = {"cache-key-metadata": {"serialization-format": "msgpack"}}
RESERVED_ANNOTATION: Final = "cache-key-metadata"

# LiteralType.annotation of `typing.Literal`.
LITERAL_VALUES: Final = "literal_values"

# BlobType.format of what is one file.
TEXT_IO_FORMAT: Final = "text/plain"
BINARY_IO_FORMAT: Final = "application/octet-stream"
NUMPY_FORMAT: Final = "NumpyArray"
TORCH_TENSOR_FORMAT: Final = "PyTorchTensor"
TORCH_MODULE_FORMAT: Final = "PyTorchModule"
TORCH_CHECKPOINT_FORMAT: Final = "PyTorchCheckpoint"
SKLEARN_FORMAT: Final = "SklearnEstimator"
PIL_IMAGE_FORMAT: Final = "PIL.Image"
ONNX_FORMAT: Final = "onnx"
SAFETENSORS_FORMAT: Final = "safetensors"

# BlobType.format and LiteralType.metadata of `Iterator[JSON]`.
JSON_LINES_FORMAT: Final = "jsonl"
JSON_ITERATOR_FORMAT: Final = {"format": "json iterator"}

# BlobType.format and LiteralType.metadata of pickles.
PICKLE_FORMAT: Final = "PythonPickle"
PICKLE_CLASS: Final = "python_class_name"

# LiteralType.metadata of protobuf messages: the module and class.
PROTOBUF_CLASS: Final = "pb_type"

# Literal.metadata of dicts in the older forms.
FORMAT: Final = "format"
FORMAT_JSON: Final = "json"
FORMAT_PICKLE: Final = "pickle"
PICKLE_FILE: Final = "pickle_file"

# Our own key of LiteralType.annotation: docs/extensions.md.
FORM: Final = "flytetypes.form"

# Our own keys of Literal.metadata: docs/extensions.md.
DIGEST: Final = "flytetypes.digest"
VERSION: Final = "flytetypes.version"
CLASS: Final = "flytetypes.class"
ORDER: Final = "flytetypes.order"
ZONE: Final = "flytetypes.zone"
WALL: Final = "flytetypes.wall"
VARIANT: Final = "flytetypes.variant"
HINTS: Final = "flytetypes.hints"


def struct_type(schema: dict[str, Any] | None = None) -> idl.LiteralType:
    """The LiteralType of a value that travels as msgpack, with its JSON schema if it has one."""
    literal_type = idl.LiteralType(simple=idl.SimpleType.STRUCT)
    if schema is not None:
        idl.fill_struct(literal_type.metadata, schema)
    idl.fill_struct(literal_type.annotation.annotations, STRUCT_ANNOTATION)
    return literal_type


def pickle_type(class_name: str) -> idl.LiteralType:
    """The LiteralType of a pickle: a single file."""
    literal_type = idl.LiteralType()
    literal_type.blob.format = PICKLE_FORMAT
    literal_type.blob.dimensionality = idl.BlobType.SINGLE
    # Python 3.13 alone calls `pathlib.Path` so; a type is the same on every Python.
    idl.fill_struct(literal_type.metadata, {PICKLE_CLASS: class_name.replace("pathlib._local.", "pathlib.")})
    return literal_type


def pickled_class(literal_type: idl.LiteralType) -> str | None:
    """What the type of a pickle says of its class; None for other types, and where it says nothing."""
    fields = literal_type.metadata.fields
    if literal_type.blob.format != PICKLE_FORMAT or PICKLE_CLASS not in fields:
        return None
    return fields[PICKLE_CLASS].string_value or None
