"""Estimators of scikit-learn: the object that was fitted comes back, of its own class."""

from __future__ import annotations

import subprocess
import sys
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

pytest.importorskip("sklearn", reason="scikit-learn is not installed: pip install 'flytetypes[sklearn]'")

from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

POINTS = np.random.default_rng(0).random((50, 3))


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> TypeEngine:
    return engine_of(request.param, tmp_path)


class Doubled(LinearRegression):
    """An estimator of a user's."""

    def predict(self, X: Any) -> Any:
        return 2 * super().predict(X)


def fitted(cls: Any = LinearRegression) -> Any:
    return cls().fit(POINTS, POINTS.sum(axis=1))


def pipeline() -> Pipeline:
    return make_pipeline(StandardScaler(), fitted()).fit(POINTS, POINTS.sum(axis=1))


def is_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(np.array_equal(one.predict(POINTS), other.predict(POINTS)))


@pytest.mark.parametrize(
    ("annotation", "make"),
    [
        (LinearRegression, fitted),
        (BaseEstimator, fitted),
        (BaseEstimator, pipeline),
        (Pipeline, pipeline),
        (LinearRegression, lambda: fitted(Doubled)),
        (Union[Ridge, LinearRegression, str], fitted),
    ],
)
def test_an_estimator_comes_back_as_what_it_was(engine: TypeEngine, annotation: Any, make: Any) -> None:
    model = make()
    assert is_same(engine.to_python(engine.to_literal(model, annotation), annotation), model)


def test_the_literal_says_where_it_is_and_what(engine: TypeEngine) -> None:
    literal = engine.to_literal(fitted(), LinearRegression)
    assert literal.scalar.blob.metadata.type == idl.BlobType(format="SklearnEstimator")
    assert literal.scalar.blob.uri.endswith(".joblib")


def test_it_is_told_that_reading_runs_code() -> None:
    assert str(TypeEngine().explain(LinearRegression)).splitlines() == [
        "LinearRegression: file(SklearnEstimator), by Sklearn Estimator, in the store, runs code when read",
        "  no transformer inside Annotated",
        "  nothing registered for exactly `LinearRegression`",
        "  registered for its base class `BaseEstimator`: EstimatorTransformer ('Sklearn Estimator')",
    ]


@dataclass
class Trained:
    model: LinearRegression
    scores: list[float]


def test_it_can_be_a_field(engine: TypeEngine) -> None:
    back = engine.to_python(engine.to_literal(Trained(fitted(), [0.5]), Trained), Trained)
    assert is_same(back.model, fitted())
    assert back.scores == [0.5]


def test_a_struct_with_a_model_tells_that_reading_runs_code() -> None:
    engine = TypeEngine()
    assert engine.converter(list[Trained]).runs_code
    lines = str(engine.explain(Trained)).splitlines()
    assert lines[0] == ("Trained: dict, by Object-Dataclass-Transformer, in the store, runs code when read")
    assert lines[-3] == (
        "  model: LinearRegression: inside the struct, by Sklearn Estimator, in the store, runs code when read"
    )


def test_another_class_is_refused_both_ways(engine: TypeEngine) -> None:
    assert refused(ConversionError, lambda: engine.to_literal([fitted(), Ridge()], list[LinearRegression])) == (
        "expected `LinearRegression`, got `Ridge` Ridge() - at `$[1]`"
    )
    assert refused(ConversionError, lambda: engine.to_literal("model", BaseEstimator)) == (
        "expected `BaseEstimator`, got `str` 'model' - at `$`"
    )
    literal = engine.to_literal([Ridge()], list[BaseEstimator])
    assert refused(ConversionError, lambda: engine.to_python(literal, list[LinearRegression])) == (
        "expected `LinearRegression`, got `Ridge` Ridge() from the file - at `$[0]`"
    )


def test_what_cannot_be_pickled_is_refused_at_its_place(engine: TypeEngine) -> None:
    model = fitted()
    model.callback = lambda: 1
    message = refused(ConversionError, lambda: engine.to_literal([fitted(), model], list[LinearRegression]))
    assert message.startswith(
        "expected `LinearRegression` that joblib can dump, got `LinearRegression` LinearRegression() ("
    )
    assert message.endswith(" - at `$[1]`")


def test_a_file_that_is_no_model_is_refused(engine: TypeEngine) -> None:
    uri = f"{engine.prefix}x.joblib"
    engine.store.put(uri, b"no model")
    literal = idl.Literal()
    literal.scalar.blob.uri = uri
    message = refused(ConversionError, lambda: engine.to_python(literal, BaseEstimator))
    assert message.startswith("expected a file that joblib can load as `BaseEstimator`, got 8 bytes (")


def test_the_type_is_guessed_where_scikit_learn_is_loaded(engine: TypeEngine) -> None:
    assert engine.guess(engine.literal_type(LinearRegression)) is BaseEstimator


def test_without_the_package_nothing_of_it_is_loaded() -> None:
    program = """
import sys
from flytetypes import TypeEngine, idl
literal_type = idl.LiteralType()
literal_type.blob.format = "SklearnEstimator"
TypeEngine().guess(literal_type)
print([name for name in ("sklearn", "joblib", "flytetypes.ext.sklearn") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == "[]\n"


class TestEstimators(TransformerSuite):
    annotations = (LinearRegression, BaseEstimator)
    examples = 4

    def values(self, annotation: Any) -> Iterable[Any]:
        return [fitted(), fitted(Doubled)]

    def same(self, one: Any, other: Any) -> bool:
        return _same_inside(one, other)


def _same_inside(one: Any, other: Any) -> bool:
    """Estimators by what they predict, and what holds them by their parts."""
    if isinstance(one, BaseEstimator):
        return is_same(one, other)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same_inside, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same_inside(one[key], other[key]) for key in one)
    if hasattr(one, "__dataclass_fields__"):
        return type(one) is type(other) and _same_inside(vars(one), vars(other))
    return bool(one == other)
