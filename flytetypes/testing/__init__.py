"""Suites that authors of stores (and later of transformers and executors) subclass; needs pytest."""

import pytest

pytest.register_assert_rewrite("flytetypes.testing._stores")  # a failing assert shows its values, as in a test file

from flytetypes.testing._stores import StoreSuite  # noqa: E402

__all__ = ["StoreSuite"]
