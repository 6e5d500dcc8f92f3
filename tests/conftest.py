"""Hypothesis profiles: `dev` is the default, `ci` is chosen by CI's own variable, `fuzz` by `make fuzz`.

`make fuzz` runs the tests that Hypothesis draws examples for, and those that are marked `fuzz`.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["servers.fixtures"]

# No deadlines: the first example of a type pays for compiling it, and machines differ.
settings.register_profile("dev", deadline=None)
# The same examples each time: a failure there is a regression, not a find.
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "fuzz", deadline=None, max_examples=5_000, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fuzz: has more to do in `make fuzz`, by the fixture `fuzzing`")


@pytest.fixture(scope="session")
def fuzzing(pytestconfig: pytest.Config) -> bool:
    """Whether this is `make fuzz`."""
    return bool(pytestconfig.getoption("--hypothesis-profile", default=None) == "fuzz")
