"""The table of scenarios for executors."""

from __future__ import annotations

from importlib.util import find_spec

from flytetypes.testing._scenarios import Scenario
from flytetypes.testing.scenarios import (
    conditionals,
    contexts,
    dynamics,
    eagers,
    failures,
    gates,
    graphs,
    maps,
    values,
)

SCENARIOS: tuple[Scenario, ...] = (
    *values.SCENARIOS,
    *graphs.SCENARIOS,
    *conditionals.SCENARIOS,
    *maps.SCENARIOS,
    *failures.SCENARIOS,
    *dynamics.SCENARIOS,
    *eagers.SCENARIOS,
    *gates.SCENARIOS,
    *contexts.SCENARIOS,
)

if find_spec("pandas") is not None and find_spec("pyarrow") is not None:
    from flytetypes.testing.scenarios import frames

    SCENARIOS += frames.SCENARIOS
