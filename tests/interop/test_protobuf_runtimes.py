"""`flytetypes.idl` works with the oldest and the newest protobuf runtime that pyproject.toml allows."""

import re
from pathlib import Path
from typing import Any

import pytest

from environments import ROOT, run

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("implementation", ["upb", "python"])
@pytest.mark.parametrize("name", ["protobuf-oldest", "protobuf-newest"])
def test_messages_and_bulk_work(name: Any, implementation: Any) -> None:
    variables = {"PYTHONPATH": str(ROOT), "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": implementation}
    printed = run(name, "-W", "error", Path(__file__).parent / "protobuf_runtime.py", variables=variables)
    pins = (ROOT / "requirements" / f"interop-{name}.txt").read_text()
    assert re.findall(r"^protobuf==(.*)$", pins, re.MULTILINE) == [printed]
