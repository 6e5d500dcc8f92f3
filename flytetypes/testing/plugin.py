"""Fixtures for pytest: `pytest_plugins = ["flytetypes.testing.plugin"]` in a `conftest.py`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flytetypes.authoring import LaunchPlan
from flytetypes.interface import default_engine


@pytest.fixture
def isolated_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory of the test's own for everything that its tasks store; launch plans that it makes are forgotten."""
    directory = tmp_path / "flytetypes-store"
    directory.mkdir()
    engine = default_engine()
    before = engine.prefix
    engine.prefix = str(directory)
    monkeypatch.setattr(LaunchPlan, "CACHE", dict(LaunchPlan.CACHE))
    try:
        yield directory
    finally:
        engine.prefix = before
