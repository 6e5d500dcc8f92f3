"""Times and sizes, next to flytekit, Flyte 2, and what msgspec and protobuf alone take.

    python benchmarks/run.py [--only TEXT]... [--ours] [--stored] [--quick] [--json FILE] [--markdown FILE]

See README.md beside this file for what is measured and how.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import Progress

import stored
from cases import OURS, SUBJECTS, WITHOUT_NUMPY, Case, all_cases
from processes import NotMeasured, Place, Sampler, sampler
from report import Measurement, Row, Run, as_json, as_markdown, failed, print_table

ROUNDS = 11
FEWEST_ROUNDS = 3
BUDGET_SECONDS = 10
"""For one case of one subject: what takes longer gets fewer rounds."""
BATCH_SECONDS = 0.02
QUICK_BATCH_SECONDS = 0.002
QUICK_SIZE = 10_000


def main() -> None:
    options = _options()
    cases = [case for case in all_cases() if _wanted(case, options) and not options.stored]
    sizes = stored.QUICK if options.quick else stored.FULL
    stored_cases = [case for case in stored.cases(sizes) if _named(case, options) and options.stored]
    if not cases and not stored_cases:
        sys.exit(f"no case has {' or '.join(map(repr, options.only))} in its name")
    rows: list[Row] = []
    versions = {"Python": [platform.python_version()]}
    errors = Console(stderr=True)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flytetypes-bench-")))
        progress = stack.enter_context(Progress(console=errors))
        place = Place(directory)
        for case in progress.track([*cases, *stored_cases], description="measuring"):
            progress.console.print(case.name, style="dim", markup=False)
            if case in stored_cases and not place.variables:
                place = Place(directory, stack.enter_context(stored.server(directory, sizes)))
            rows.append(_measure(case, place, versions, ours_only=options.ours, quick=options.quick))
    run = Run(f"{datetime.now(UTC):%Y-%m-%d}", f"{os.cpu_count()} cores", options.quick, versions, rows)
    # A file or a pipe has no width of its own, and rows are not to be cut.
    print_table(run, Console() if sys.stdout.isatty() else Console(width=200))
    if options.json:
        options.json.write_text(json.dumps(as_json(run), indent=2) + "\n")
    if options.markdown:
        options.markdown.write_text(as_markdown(run, stored=options.stored))
    sys.exit(1 if failed(run) else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", action="append", default=[], metavar="TEXT", help="cases with this text in their name"
    )
    parser.add_argument(
        "--ours", action="store_true", help="without the other packages, whose environments it then needs not"
    )
    parser.add_argument(
        "--quick", action="store_true", help=f"few, short samples; nothing above {QUICK_SIZE:,} elements"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="everything, each sample included")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="the page of the documentation")
    parser.add_argument("--stored", action="store_true", help="data in a store, in place of the rest")
    return parser.parse_args()


def _wanted(case: Case, options: argparse.Namespace) -> bool:
    return _named(case, options) and not (options.quick and case.size > QUICK_SIZE)


def _named(case: Case, options: argparse.Namespace) -> bool:
    return not options.only or any(text.lower() in case.name.lower() for text in options.only)


def _measure(case: Case, place: Place, versions: dict[str, list[str]], *, ours_only: bool, quick: bool) -> Row:
    """One row: a sample of each subject in turn, round after round."""
    names = [OURS, *case.subjects]
    if ours_only:
        names = [name for name in names if name in (OURS, WITHOUT_NUMPY)]
    found: dict[str, Measurement] = {}
    samples: dict[str, list[float]] = {}
    with ExitStack() as stack:
        samplers: dict[str, Sampler] = {}
        for name in names:
            try:
                samplers[name] = stack.enter_context(
                    sampler(SUBJECTS[name], case, place, QUICK_BATCH_SECONDS if quick else BATCH_SECONDS)
                )
            except NotMeasured as reason:
                found[name] = Measurement(remark=str(reason))
        rounds = dict.fromkeys(samplers, 1 if quick and case.unit == "B" else FEWEST_ROUNDS)
        for number in range(ROUNDS):
            # Each round begins with another one: what comes first finds the server's memory as the last one left it.
            first = number % max(1, len(samplers))
            for name in [name for name in [*samplers][first:] + [*samplers][:first] if number < rounds[name]]:
                start = perf_counter()
                try:
                    samples.setdefault(name, []).append(samplers[name].sample())
                except NotMeasured as reason:
                    found[name] = Measurement(remark=str(reason))
                    rounds[name] = 0
                    continue
                if number == 0 and not quick:
                    affordable = int(BUDGET_SECONDS / (perf_counter() - start))
                    rounds[name] = min(max(affordable, FEWEST_ROUNDS), ROUNDS)
        for name, source in samplers.items():
            found.setdefault(name, Measurement(tuple(samples.get(name, ()))))
            for package, version in source.versions.items():
                known = versions.setdefault(package, [])
                if version not in known:
                    known.append(version)
    if not ours_only:
        found.update({name: Measurement(remark="not run: it would take too long") for name in case.not_run})
    return Row(case, found)


if __name__ == "__main__":
    main()
