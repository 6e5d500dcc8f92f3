"""Workflows from the wire: what Flyte's compiler refuses, we refuse, with a diagnostic that says what and where."""

from __future__ import annotations

from typing import Any

import pytest

from flytetypes import Diagnostic
from flytetypes.compiler import check_template
from negatives import NAMES, ROWS, Supplied

# Accepted by Flyte's compiler, to fail or to do something else when it runs.
STRICTER = {
    "unknown upstream id plus a data edge": "unknown-node",
    "node named start-node": "bad-name",
    "upper case node id": "bad-name",
    "attr path on an integer": "unknown-attribute",
    "negative list index": "negative-index",
    "branch bool ordering": "condition",
    "branch inner promise to the branch itself": "cycle",
}


def problems(row: dict[str, Any]) -> list[Diagnostic]:
    supplied = Supplied(row)
    found = check_template(
        supplied.template,
        tasks=supplied.tasks,
        sub_workflows=supplied.sub_workflows,
        launch_plans=supplied.launch_plans,
    )
    return [each for each in found if each.is_error]


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_the_verdict_is_that_of_flytes_compiler(row: dict[str, Any]) -> None:
    found = problems(row)
    told = "\n".join(map(str, found))
    if row["result"] == "rejected":
        assert found, "nothing is wrong with it"
    elif row["name"] in STRICTER:
        assert [each.code for each in found] == [STRICTER[row["name"]]], told
    else:
        assert not found, told
