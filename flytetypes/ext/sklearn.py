"""Estimators of scikit-learn: one `.joblib` file each, which is a pickle. Reading one runs code from it.

The annotation asks for that: whoever annotates an estimator gets the object that was fitted, of exactly its class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sklearn.base import BaseEstimator

from flytetypes._annotations import Annotation
from flytetypes._lazy import require
from flytetypes.errors import ConversionError, describe, told
from flytetypes.storage import ObjectStore, Written
from flytetypes.types import _names
from flytetypes.types._file_values import FileForm, FileValueTransformer, file_name, load_path
from flytetypes.types._registry import Registry

if TYPE_CHECKING:
    from flytetypes.types._engine import TypeEngine

_NAME: Final = file_name(".joblib")


class EstimatorTransformer(FileValueTransformer):
    """`BaseEstimator`, and every class derived from it: pipelines, searches, estimators of users."""

    name = _names.SKLEARN
    format = _names.SKLEARN_FORMAT

    def form(self, annotation: Annotation, engine: TypeEngine) -> FileForm:
        """What joblib dumps: a pickle in which arrays are not copied."""
        cls: type = annotation.origin
        expected = f"`{annotation.source}`"
        joblib = require("joblib", extra="sklearn", purpose="storing estimators of scikit-learn")

        def source(value: Any) -> Written:
            if not isinstance(value, cls):
                raise ConversionError(expected, value)
            return Written(lambda sink: write(sink, value))

        def write(sink: Any, value: Any) -> None:
            try:
                joblib.dump(value, sink)
            except OSError:
                raise
            except Exception as error:  # pickling runs code of the object
                raise ConversionError(f"{expected} that joblib can dump", value, reason=told(error)) from error

        def load(store: ObjectStore, uri: str) -> Any:
            value = load_path(store, uri, f"a file that joblib can load as {expected}", joblib.load)
            if not isinstance(value, cls):
                raise ConversionError(expected, got=f"{describe(value)} from the file")
            return value

        return FileForm(source, load, annotation.key, (cls,), _NAME, runs_code=True)


def register(registry: Registry) -> None:
    """Every estimator, by its MRO."""
    registry.register(EstimatorTransformer(), BaseEstimator)
