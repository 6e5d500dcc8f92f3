"""The benchmarks run. How fast anything is, is not a question for a test."""

import json
import subprocess
import sys
from pathlib import Path

RUN = Path(__file__).parents[1] / "benchmarks" / "run.py"


def test_the_benchmarks_run_for_ours_alone(tmp_path: Path) -> None:
    results, page = tmp_path / "results.json", tmp_path / "page.md"
    options: list[str | Path] = [
        "--quick",
        "--ours",
        "--only",
        "int: to literal",
        "--json",
        results,
        "--markdown",
        page,
    ]
    done = subprocess.run([sys.executable, RUN, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "int: to literal, by a converter" in done.stdout
    rows = {row["name"]: row["measurements"] for row in json.loads(results.read_text())["rows"]}
    assert list(rows) == ["int: to literal", "int: to literal, by a converter"]
    assert all(list(measured) == ["flytetypes"] and measured["flytetypes"]["median"] for measured in rows.values())
    assert "| int: to literal |" in page.read_text()
