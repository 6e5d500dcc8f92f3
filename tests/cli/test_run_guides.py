"""The examples of Flyte's guides from the command line: what they give is what the guides say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flytetypes.cli import cli

GUIDES = Path(__file__).parents[1] / "authoring" / "test_guides.py"
TO_TEN = json.dumps([float(n) for n in range(1, 11)])


@pytest.mark.parametrize(
    ("words", "outputs"),
    [
        (["my_wf", "--a", "50", "--b", "hello"], {"o0": 52, "o1": "helloworld"}),
        (["wf", "--s1", "Pear", "--s2", "Earth"], {"o0": 3}),
        (["mean", "--values", TO_TEN], {"o0": 5.5}),
        (["simple_eager_workflow", "--x", "5"], {"o0": 12}),
        (["simple_eager_workflow", "--x", "-10"], {"o0": -1}),
        (["another_eager_workflow", "--x", "1"], {"o0": 2}),
        (["eager_workflow_with_conditionals", "--x", "200"], {"o0": 100}),
        (["eager_workflow_with_for_loop", "--x", "5"], {"o0": 30}),
        (["eager_workflow_with_static_subworkflow", "--x", "5"], {"o0": 12}),
        (["nested_eager_workflow", "--x", "5"], {"o0": 12}),
        (["eager_workflow_with_exception", "--x", "0"], {"o0": -1}),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_it_gives_what_the_guide_says(words: list[str], outputs: dict[str, Any]) -> None:
    done = CliRunner().invoke(cli, ["run", "--quiet", str(GUIDES), *words, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == outputs


@pytest.mark.parametrize(
    ("words", "ends"),
    [
        (["standard_scale_workflow", "--values", TO_TEN], (-0.4954, 0.4954)),
        (["workflow_with_subworkflow", "--num_samples", "10", "--seed", "3"], None),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_it_gives_ten_scaled_values(words: list[str], ends: tuple[float, float] | None) -> None:
    done = CliRunner().invoke(cli, ["run", "--quiet", str(GUIDES), *words, "--json"])
    assert done.exit_code == 0, done.output
    values = json.loads(done.stdout)["o0"]
    assert len(values) == 10
    if ends is not None:
        assert (round(values[0], 4), round(values[-1], 4)) == ends
