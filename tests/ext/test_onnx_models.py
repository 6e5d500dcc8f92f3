"""Models of ONNX: the file is the model's own bytes, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

import numpy as np
import pytest

from engines import KINDS, engine_of, refused
from flytetypes import idl
from flytetypes.errors import ConversionError
from flytetypes.testing import TransformerSuite
from flytetypes.types import TypeEngine

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'flytetypes[onnx]'")


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> TypeEngine:
    return engine_of(request.param, tmp_path)


def model(*, bias: float = 1.0) -> Any:
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "bias"], ["y"])],
        "adds",
        [helper.make_tensor_value_info("x", kind, [3])],
        [helper.make_tensor_value_info("y", kind, [3])],
        [onnx.numpy_helper.from_array(np.full(3, bias, "f4"), "bias")],
    )
    return helper.make_model(graph)


def branching() -> Any:
    """A model with a tensor in a graph that is an attribute of a node."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    value = onnx.numpy_helper.from_array(np.ones(1, "f4"), "one")
    out = helper.make_tensor_value_info("y", kind, [1])
    then = helper.make_graph([helper.make_node("Constant", [], ["y"], value=value)], "then", [], [out])
    condition = helper.make_tensor_value_info("c", onnx.TensorProto.BOOL, [])
    node = helper.make_node("If", ["c"], ["y"], then_branch=then, else_branch=then)
    return helper.make_model(helper.make_graph([node], "branches", [condition], [out]))


def test_a_model_comes_back_as_it_was(engine: TypeEngine) -> None:
    for one in (model(), branching(), onnx.ModelProto()):
        literal = engine.to_literal(one, onnx.ModelProto)
        assert engine.to_python(literal, onnx.ModelProto) == one
        assert engine.store.get(literal.scalar.blob.uri) == one.SerializeToString()
        assert literal.scalar.blob.metadata.type == idl.BlobType(format="onnx")
        assert literal.scalar.blob.uri.endswith(".onnx")


@pytest.mark.parametrize("tag", ["PyTorch ONNX", "TensorFlow ONNX", "ScikitLearn ONNX"])
def test_what_flytekit_wrote_for_its_converters_is_read(engine: TypeEngine, tag: str) -> None:
    annotation = Union[onnx.ModelProto, str]
    literal = engine.to_literal(model(), annotation)
    literal.scalar.union.type.structure.tag = tag
    assert engine.to_python(literal, annotation) == model()


@dataclass
class Exported:
    model: Any


def test_it_can_be_a_field(engine: TypeEngine) -> None:
    Exported.__annotations__["model"] = onnx.ModelProto
    assert engine.to_python(engine.to_literal(Exported(model()), Exported), Exported).model == model()


@pytest.mark.parametrize("make", [model, branching])
def test_a_model_whose_tensors_are_elsewhere_is_refused(engine: TypeEngine, make: Any) -> None:
    one = make()
    tensor = (
        one.graph.initializer[0] if one.graph.initializer else one.graph.node[0].attribute[0].g.node[0].attribute[0].t
    )
    tensor.data_location = onnx.TensorProto.EXTERNAL
    assert refused(ConversionError, lambda: engine.to_literal([model(), one], list[onnx.ModelProto])) == (
        f"expected `ModelProto` that is whole, got one of {one.ByteSize()} bytes with 1 nodes (its tensors are in files "
        "beside it: load them, with `onnx.load_external_data_for_model`) - at `$[1]`"
    )


def test_what_is_no_model_is_refused(engine: TypeEngine) -> None:
    assert (
        refused(ConversionError, lambda: engine.to_literal(b"", onnx.ModelProto))
        == "expected `ModelProto`, got `bytes` b'' - at `$`"
    )


def test_a_file_that_is_no_model_is_refused(engine: TypeEngine) -> None:
    literal = idl.Literal()
    literal.scalar.blob.uri = f"{engine.prefix}x.onnx"
    engine.store.put(literal.scalar.blob.uri, b"\xff\xff")
    message = refused(ConversionError, lambda: engine.to_python(literal, onnx.ModelProto))
    assert message.startswith("expected a file of a `ModelProto`, got 2 bytes (DecodeError: ")


def test_other_messages_of_the_package_are_messages() -> None:
    assert TypeEngine().converter(onnx.GraphProto).transformer == "Protobuf-Transformer"


class TestModels(TransformerSuite):
    annotation = onnx.ModelProto
    examples = 4

    def values(self, annotation: Any) -> Iterable[Any]:
        return [model(), model(bias=2.5), branching()]
