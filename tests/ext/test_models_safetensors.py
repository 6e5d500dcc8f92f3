"""Arrays as safetensors files; with torch the same is tested in `test_models_torch`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import pytest

from engines import KINDS, engine_of, refused
from flytetypes import idl
from flytetypes.errors import AnnotationError, ConversionError
from flytetypes.ext.safetensors import SafeTensors
from flytetypes.testing import TransformerSuite
from flytetypes.types import TypeEngine

safetensors = pytest.importorskip(
    "safetensors.numpy", reason="safetensors is not installed: pip install 'flytetypes[safetensors]'"
)

ONE = Annotated[np.ndarray, SafeTensors()]
MANY = Annotated[dict[str, np.ndarray], SafeTensors()]


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> TypeEngine:
    return engine_of(request.param, tmp_path)


@pytest.mark.parametrize(
    "array",
    [
        *(np.arange(6).reshape(2, 3), np.arange(6).reshape(2, 3).T, np.arange(10)[::2], np.arange(10)[::-1]),
        *(np.array(3.5), np.zeros((0, 3)), np.array([True]), np.ones(2, "f2"), np.ones(2, "f4"), np.ones(2, "u1")),
    ],
    ids=str,
)
def test_an_array_comes_back_as_it_was(engine: TypeEngine, array: Any) -> None:
    found = engine.to_python(engine.to_literal(array, ONE), ONE)
    assert (type(found), found.dtype, found.shape) == (np.ndarray, array.dtype, array.shape)
    np.testing.assert_array_equal(found, array)


def test_a_dict_is_one_file_that_everybody_reads(engine: TypeEngine) -> None:
    weights = {"b": np.arange(3), "a.weight": np.ones((2, 2), "f4")}
    literal = engine.to_literal(weights, MANY)
    assert literal.scalar.blob.metadata.type == idl.BlobType(format="safetensors")
    assert literal.scalar.blob.uri.endswith(".safetensors")
    for found in (
        engine.to_python(literal, MANY),
        safetensors.load(engine.store.get(literal.scalar.blob.uri)),
    ):
        assert found.keys() == weights.keys()
        for name, array in weights.items():
            np.testing.assert_array_equal(found[name], array)
    assert engine.to_python(engine.to_literal({}, MANY), MANY) == {}


def test_what_is_read_can_be_changed_and_the_object_stays(engine: TypeEngine) -> None:
    literal = engine.to_literal(np.arange(3), ONE)
    engine.to_python(literal, ONE)[0] = 7
    assert engine.to_python(literal, ONE).tolist() == [0, 1, 2]


def test_without_the_marker_a_dict_is_a_map_of_files() -> None:
    engine = TypeEngine()
    assert engine.literal_type(dict[str, np.ndarray]).map_value_type.blob.format == "NumpyArray"
    assert not engine.converter(MANY).runs_code


PLACE = "(a safetensors file has no place for others: convert it, as by `astype(float)`)"


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (ONE, 5, "expected `ndarray`, got `int` 5 - at `$`"),
        (
            ONE,
            np.arange(2, dtype=">i8"),
            (
                "expected `ndarray` of numbers in the byte order of this machine, got an array of `>i8` ('>i8') and of "
                f"the shape (2,) {PLACE} - at `$`"
            ),
        ),
        (
            MANY,
            {"x": np.ones(1), "y": np.array(["a"])},
            (
                "expected `ndarray` of numbers in the byte order of this machine, got an array of `<U1` ('<U1') and of "
                f'the shape (1,) {PLACE} - at `$["y"]`'
            ),
        ),
        (MANY, [np.ones(1)], "expected `dict[str, ndarray]`, got `list` [array([1.])] - at `$`"),
        (
            MANY,
            {1: np.ones(1)},
            "expected a `str` other than '__metadata__' as the name of a tensor, got `int` 1 - at `$`",
        ),
        (
            MANY,
            {"__metadata__": np.ones(1)},
            "expected a `str` other than '__metadata__' as the name of a tensor, got `str` '__metadata__' - at `$`",
        ),
    ],
)
def test_what_cannot_come_back_is_refused(annotation: Any, value: Any, message: str) -> None:
    engine = TypeEngine()
    assert refused(ConversionError, lambda: engine.to_literal(value, annotation)) == message


def test_the_dtype_in_brackets_is_checked(engine: TypeEngine) -> None:
    annotation = Annotated[dict[str, npt.NDArray[np.float32]], SafeTensors()]
    assert refused(ConversionError, lambda: engine.to_literal({"x": np.ones(1)}, annotation)).endswith(
        ', got an array of `float64` and of the shape (1,) - at `$["x"]`'
    )
    literal = engine.to_literal({"x": np.ones(1)}, MANY)
    assert refused(ConversionError, lambda: engine.to_python(literal, annotation)).endswith(
        ', got an array of `float64` and of the shape (1,) - at `$["x"]`'
    )


@pytest.mark.parametrize(
    ("annotation", "source"),
    [
        (Annotated[int, SafeTensors()], "int"),
        (Annotated[dict, SafeTensors()], "dict"),
        (Annotated[dict[int, np.ndarray], SafeTensors()], "dict[int, ndarray]"),
        (Annotated[list[np.ndarray], SafeTensors()], "list[ndarray]"),
    ],
)
def test_what_is_no_tensor_is_refused_as_an_annotation(annotation: Any, source: str) -> None:
    assert refused(AnnotationError, lambda: TypeEngine().converter(annotation)) == (
        f"`{source}` cannot be a safetensors file: annotate `np.ndarray`, `torch.Tensor`, or a `dict[str, ...]` of one "
        "of them"
    )


def test_another_file_is_refused(engine: TypeEngine) -> None:
    literal = engine.to_literal(np.ones(2), np.ndarray)
    message = refused(ConversionError, lambda: engine.to_python(literal, ONE))
    assert message.startswith("expected a safetensors file of `ndarray`, got 144 bytes (SafetensorError: ")
    literal = engine.to_literal({"a": np.ones(2), "b": np.ones(2)}, MANY)
    assert refused(ConversionError, lambda: engine.to_python(literal, ONE)) == (
        "expected a safetensors file of one tensor, got one of 2 - at `$`"
    )


def test_a_missing_package_is_named() -> None:
    program = """
import sys
sys.modules["safetensors"] = None
import numpy as np
from typing import Annotated
from flytetypes import TypeEngine
from flytetypes.ext.safetensors import SafeTensors
TypeEngine().converter(Annotated[np.ndarray, SafeTensors()])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr.strip().rpartition("\n")[2] == (
        "flytetypes.errors.MissingPackageError: storing `ndarray` as a safetensors file needs safetensors: "
        "pip install 'flytetypes[safetensors]'"
    )


@dataclass
class Trained:
    weights: Annotated[dict[str, np.ndarray], SafeTensors()]


def test_it_can_be_a_field(engine: TypeEngine) -> None:
    found = engine.to_python(engine.to_literal(Trained({"a": np.ones(2)}), Trained), Trained)
    assert found.weights["a"].tolist() == [1.0, 1.0]


class TestSafeTensors(TransformerSuite):
    annotations = (ONE, MANY)
    examples = 6

    def values(self, annotation: Any) -> Iterable[Any]:
        arrays = [np.ones((2, 2)), np.zeros((0, 3)), np.array(2.5)]
        return arrays if annotation is ONE else [{}, {"a": arrays[0], "b": arrays[1]}]
