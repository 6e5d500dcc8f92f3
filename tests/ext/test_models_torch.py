"""Tensors, modules and checkpoints of torch, where it is installed: its wheels are too large for `make test`."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Union

import pytest

from engines import KINDS, back, engine_of, refused
from flytetypes import idl
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.testing import TransformerSuite
from flytetypes.types import TypeEngine, kwtypes

torch: Any = pytest.importorskip("torch", reason="torch is not installed: pip install 'flytetypes[torch]'")

from flytetypes.ext.safetensors import SafeTensors  # noqa: E402 - it is not there without torch
from flytetypes.ext.torch import PyTorchCheckpoint  # noqa: E402


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> TypeEngine:
    return engine_of(request.param, tmp_path)


class Doubling(torch.nn.Module):
    """A module of a user's."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)

    def forward(self, x: Any) -> Any:
        return 2 * self.layer(x)


# --- tensors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "int64", "bool", "complex64"])
def test_a_tensor_comes_back_as_it_was(engine: TypeEngine, dtype: str) -> None:
    for shape in ((), (0, 3), (2, 3)):
        tensor = torch.ones(shape).to(getattr(torch, dtype))
        found = back(engine, tensor, torch.Tensor)
        assert (type(found), found.dtype, found.shape) == (torch.Tensor, tensor.dtype, tensor.shape)
        assert torch.equal(found, tensor)


def test_parameters_and_gradients_are_kept(engine: TypeEngine) -> None:
    parameter = torch.nn.Parameter(torch.ones(2))
    assert type(back(engine, parameter, torch.Tensor)) is torch.nn.Parameter
    assert type(back(engine, parameter, torch.nn.Parameter)) is torch.nn.Parameter
    assert back(engine, torch.ones(2, requires_grad=True), torch.Tensor).requires_grad
    assert refused(ConversionError, lambda: engine.to_literal(torch.ones(1), torch.nn.Parameter)).startswith(
        "expected `Parameter`, got `Tensor` "
    )


def test_a_view_is_written_without_the_rest(engine: TypeEngine) -> None:
    literal = engine.to_literal(torch.zeros(1_000_000)[:3], torch.Tensor)
    assert len(engine.store.get(literal.scalar.blob.uri)) < 100_000
    assert torch.equal(engine.to_python(literal, torch.Tensor), torch.zeros(3))


def test_the_literal_is_flytekits(engine: TypeEngine) -> None:
    literal = engine.to_literal(torch.ones(2), torch.Tensor)
    assert literal.scalar.blob.metadata.type == idl.BlobType(format="PyTorchTensor")
    assert literal.scalar.blob.uri.endswith(".pt")
    assert torch.equal(
        torch.load(io.BytesIO(engine.store.get(literal.scalar.blob.uri)), weights_only=True), torch.ones(2)
    )
    assert engine.guess(engine.literal_type(torch.Tensor)) is torch.Tensor


def test_reading_a_tensor_runs_no_code(engine: TypeEngine) -> None:
    assert not engine.converter(torch.Tensor).runs_code
    literal = engine.to_literal(Doubling(), torch.nn.Module)
    message = refused(ConversionError, lambda: engine.to_python(literal, torch.Tensor))
    assert message.startswith("expected a file that torch can load as `Tensor`, got ")


def test_the_reader_chooses_the_device(engine: TypeEngine) -> None:
    literal = engine.to_literal(torch.ones(2), torch.Tensor)
    for device in ("cpu", "meta"):
        found = engine.to_python(literal, Annotated[torch.Tensor, kwtypes(device=device)])
        assert found.device.type == device
    assert refused(
        AnnotationError, lambda: engine.converter(Annotated[torch.Tensor, kwtypes(device="moon")])
    ).startswith("`device` of `Tensor` is no device of torch: ")
    assert refused(AnnotationError, lambda: engine.converter(Annotated[torch.Tensor, kwtypes(place="cpu")])) == (
        "`place` says nothing about `Tensor`: there is 'device'"
    )


def test_a_device_that_is_not_here_is_the_cpu() -> None:
    from flytetypes.ext.torch import _where_it_was

    storage = torch.UntypedStorage(1)
    assert _where_it_was(storage, "cuda:99") is storage
    assert _where_it_was(storage, "cpu") is storage


# --- modules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("annotation", [torch.nn.Module, Doubling, Union[str, Doubling]])
def test_a_module_comes_back_as_what_it_was(engine: TypeEngine, annotation: Any) -> None:
    module = Doubling()
    found = back(engine, module, annotation)
    assert type(found) is Doubling
    assert torch.equal(found(torch.ones(3)), module(torch.ones(3)))
    assert engine.converter(annotation).runs_code


def test_another_module_is_refused(engine: TypeEngine) -> None:
    assert refused(ConversionError, lambda: engine.to_literal([torch.nn.ReLU()], list[Doubling])) == (
        "expected `Doubling`, got `ReLU` ReLU() - at `$[0]`"
    )


# --- checkpoints ------------------------------------------------------------------------------------------------------


def test_a_checkpoint_has_the_entries_of_flytekit(engine: TypeEngine) -> None:
    module = Doubling()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    checkpoint = PyTorchCheckpoint(module=module, optimizer=optimizer, hyperparameters={"epochs": 3, "name": "a"})
    assert sorted(checkpoint) == ["epochs", "module_state_dict", "name", "optimizer_state_dict"]
    found = back(engine, checkpoint, PyTorchCheckpoint)
    assert type(found) is PyTorchCheckpoint
    assert found["epochs"] == 3
    assert type(found["module_state_dict"]) is OrderedDict
    again = Doubling()
    again.load_state_dict(found["module_state_dict"])
    assert torch.equal(again(torch.ones(3)), module(torch.ones(3)))
    assert found["optimizer_state_dict"]["param_groups"][0]["lr"] == 0.5


def test_a_state_dict_is_a_checkpoint(engine: TypeEngine) -> None:
    state = PyTorchCheckpoint(Doubling().state_dict())
    found = back(engine, state, PyTorchCheckpoint)
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], state[name]) for name in state)
    assert not engine.converter(PyTorchCheckpoint).runs_code


def test_a_checkpoint_holds_data_only(engine: TypeEngine) -> None:
    checkpoint = PyTorchCheckpoint({"model": {"layers": [Doubling]}})
    assert refused(ConversionError, lambda: engine.to_literal(checkpoint, PyTorchCheckpoint)).endswith(
        ' (anything else would run code when it is read) - at `$["model"]["layers"][0]`'
    )


# --- safetensors ------------------------------------------------------------------------------------------------------

ONE = Annotated[torch.Tensor, SafeTensors()]
MANY = Annotated[dict[str, torch.Tensor], SafeTensors()]


def test_tensors_are_safetensors_where_that_is_said(engine: TypeEngine) -> None:
    pytest.importorskip("safetensors")
    for tensor in (torch.ones(2, 3), torch.ones(2, 3).T, torch.tensor(2.0), torch.ones(2, dtype=torch.bfloat16)):
        found = back(engine, tensor, ONE)
        assert found.dtype == tensor.dtype
        assert torch.equal(found, tensor)
    state = dict(Doubling().state_dict())
    found = back(engine, state, MANY)
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], state[name]) for name in state)


# --- wherever they stand ----------------------------------------------------------------------------------------------


@dataclass
class Trained:
    module: Doubling
    losses: torch.Tensor


def test_they_can_be_fields(engine: TypeEngine) -> None:
    found = back(engine, Trained(Doubling(), torch.ones(2)), Trained)
    assert type(found.module) is Doubling
    assert torch.equal(found.losses, torch.ones(2))


class TestTensors(TransformerSuite):
    annotation = torch.Tensor
    examples = 4

    def values(self, annotation: Any) -> Iterable[Any]:
        return [torch.ones(2, 2), torch.zeros(0)]
