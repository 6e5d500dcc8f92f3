"""For tests of workflows, mocks; for tests of what extends this library, suites to subclass, and values to test with.

Authors of stores, of transformers and of executors subclass the suites, which need pytest; `values` and
`TransformerSuite` need Hypothesis too: `pip install 'flytetypes[testing]'`. `same` and the mocks need nothing.
"""

from typing import TYPE_CHECKING, Any

from flytetypes._exports import lazy_names
from flytetypes._lazy import require

if TYPE_CHECKING:
    from flytetypes.testing._executors import ExecutorSuite
    from flytetypes.testing._mocks import UnmockedError, patch, strict, task_mock
    from flytetypes.testing._same import same
    from flytetypes.testing._scenarios import Scenario
    from flytetypes.testing._stores import ReadOnlyStoreSuite, StoreSuite
    from flytetypes.testing._transformers import TransformerSuite
    from flytetypes.testing._values import values

__all__ = [
    "ExecutorSuite",
    "ReadOnlyStoreSuite",
    "Scenario",
    "StoreSuite",
    "TransformerSuite",
    "UnmockedError",
    "patch",
    "same",
    "strict",
    "task_mock",
    "values",
]

_SUITES = {
    "ExecutorSuite": "flytetypes.testing._executors",
    "ReadOnlyStoreSuite": "flytetypes.testing._stores",
    "StoreSuite": "flytetypes.testing._stores",
    "TransformerSuite": "flytetypes.testing._transformers",
}
_load = lazy_names(
    __name__,
    {
        "flytetypes.testing._executors": ("ExecutorSuite",),
        "flytetypes.testing._mocks": ("UnmockedError", "patch", "strict", "task_mock"),
        "flytetypes.testing._same": ("same",),
        "flytetypes.testing._scenarios": ("Scenario",),
        "flytetypes.testing._values": ("values",),
        "flytetypes.testing._stores": ("ReadOnlyStoreSuite", "StoreSuite"),
        "flytetypes.testing._transformers": ("TransformerSuite",),
    },
)


def __getattr__(name: str) -> Any:
    if name in _SUITES:
        # Before it is imported: a failing assert then shows its values, as in a test file.
        require("pytest", extra="testing", purpose="a suite of tests").register_assert_rewrite(_SUITES[name])
    if name in ("TransformerSuite", "values"):
        require("hypothesis", extra="testing", purpose="drawing values of an annotation")
    return _load(name)
