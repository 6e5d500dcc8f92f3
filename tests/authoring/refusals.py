"""What a workflow is refused with, as text in which lines have no numbers, and what it warns of."""

from __future__ import annotations

import re
import warnings
from typing import Any

import pytest

from flytetypes import WorkflowError
from flytetypes.compiler import check

_PLACE = re.compile(r"\b\w+\.py:\d+")


def refusal(entity: Any, /, **arguments: Any) -> str:
    """What a call of a broken workflow raises; every place in a file is `here`."""
    with pytest.raises(WorkflowError) as caught:
        entity(**arguments)
    return _PLACE.sub("here", str(caught.value))


def codes(entity: Any, target: str = "local") -> list[str]:
    """The codes of all that is wrong or doubtful with an entity."""
    return [diagnostic.code for diagnostic in check(entity, target)]


def quietly(entity: Any, /, **arguments: Any) -> Any:
    """What a call gives of a workflow that only a local run can do; it has to warn of that, and of nothing else."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = entity(**arguments)
    assert caught
    assert {str(each.message).partition("]")[0] for each in caught} == {"warning[local-only"}
    return result
