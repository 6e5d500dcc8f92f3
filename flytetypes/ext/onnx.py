"""Models of ONNX: one `.onnx` file each, the model's own bytes.

What flytekit writes for `PyTorch2ONNX`, `TensorFlow2ONNX` and `ScikitLearn2ONNX` is such a file, and is read as a
`ModelProto`. Converting models of other frameworks to ONNX is left to the tools that do it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from onnx import ModelProto, TensorProto

from flytetypes._annotations import Annotation
from flytetypes.errors import ConversionError, told
from flytetypes.storage import ObjectStore, Written
from flytetypes.types import _names
from flytetypes.types._file_values import FileForm, FileValueTransformer, file_name
from flytetypes.types._registry import Registry

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_NAME: Final = file_name(".onnx")


class ModelTransformer(FileValueTransformer):
    """`onnx.ModelProto`. The other messages of the package are messages like any."""

    name = _names.ONNX
    aliases = _names.ONNX_BY
    format = _names.ONNX_FORMAT

    def form(self, annotation: Annotation, engine: TypeEngine) -> FileForm:
        """The serialised message, as `onnx.save` writes it."""
        return FileForm(_source, _load, annotation.key, (ModelProto,), _NAME)


def _source(value: Any) -> Written:
    if type(value) is not ModelProto:
        raise ConversionError("`ModelProto`", value)
    return Written(lambda sink: sink.write(_serialised(value)))


def _serialised(model: Any) -> bytes:
    if any(tensor.data_location == TensorProto.EXTERNAL for tensor in _tensors(model)):
        reason = "its tensors are in files beside it: load them, with `onnx.load_external_data_for_model`"
        raise ConversionError("`ModelProto` that is whole", got=_told(model), reason=reason)
    try:
        data: bytes = model.SerializeToString()
    except Exception as error:  # protobuf has several for a message over 2 GiB
        raise ConversionError("`ModelProto` of at most 2 GiB", got=_told(model), reason=told(error)) from error
    return data


def _load(store: ObjectStore, uri: str) -> Any:
    data = store.get(uri)
    try:
        return ModelProto.FromString(data)
    except Exception as error:  # `DecodeError` is protobuf's own
        raise ConversionError("a file of a `ModelProto`", got=f"{len(data)} bytes", reason=told(error)) from error


def _tensors(model: Any) -> Iterator[Any]:
    """Every tensor that may lie in a file of its own: those of the graph, and those of its nodes and their graphs."""
    graphs = [model.graph]
    nodes = [node for function in model.functions for node in function.node]
    while graphs or nodes:
        if graphs:
            graph = graphs.pop()
            yield from graph.initializer
            nodes += graph.node
            continue
        for attribute in nodes.pop().attribute:
            yield from (attribute.t, *attribute.tensors)
            graphs += [attribute.g] if attribute.HasField("g") else []
            graphs += attribute.graphs


def _told(model: Any) -> str:
    return f"one of {model.ByteSize()} bytes with {len(model.graph.node)} nodes"


def register(registry: Registry) -> None:
    """The class of models."""
    registry.register(ModelTransformer(), ModelProto, subclasses=False)
