"""Results as a table on the terminal, as JSON and as a page."""

from dataclasses import asdict, dataclass
from itertools import groupby
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cases import DIRECT, FLOORS, MEGABYTE, OURS, PEERS, PREFECT, SUBJECTS, WITHOUT_NUMPY, Case


@dataclass(frozen=True)
class Measurement:
    """The samples of one subject; none, and why, when it was not measured."""

    samples: tuple[float, ...] = ()
    remark: str = ""

    @property
    def median(self) -> float | None:
        return median(self.samples) if self.samples else None


@dataclass(frozen=True)
class Row:
    """One case and what was measured; subjects that do not have it are absent."""

    case: Case
    measurements: dict[str, Measurement]


@dataclass(frozen=True)
class Run:
    """Everything that one run found out."""

    date: str
    machine: str
    quick: bool
    versions: dict[str, list[str]]
    rows: list[Row]


def print_table(run: Run, console: Console) -> None:
    """The table on the terminal."""
    for group, rows in groupby(run.rows, key=lambda row: row.case.group):
        listed = list(rows)
        subjects = _subjects(listed)
        table = Table(title=group, title_justify="left", title_style="bold", header_style="bold", expand=False)
        for heading in _headings(subjects):
            table.add_column(heading, justify="left" if not table.columns else "right", no_wrap=True)
        for row in listed:
            table.add_row(*(Text(cell.text, style=cell.style) for cell in _cells(row, subjects, run)))
        console.print(table)
    for name, remark in _errors(run):
        console.print(f"{name}: {remark}", style="red", markup=False, highlight=False)
    console.print(_footer(run), markup=False, highlight=False)


def as_json(run: Run) -> dict[str, Any]:
    """Everything, with every sample; seconds and bytes."""
    return {
        **asdict(run),
        "rows": [
            {
                **asdict(row.case),
                "measurements": {
                    name: {"median": found.median, **asdict(found)} for name, found in row.measurements.items()
                },
            }
            for row in run.rows
        ],
    }


def as_markdown(run: Run, *, stored: bool) -> str:
    """The page `docs/benchmarks.md`; of data in a store `docs/benchmarks-stored.md`."""
    option, name = (" --stored", "benchmarks-stored") if stored else ("", "benchmarks")
    lines = [
        "# Benchmarks of data in a store" if stored else "# Benchmarks",
        "",
        f"<!-- Written by `python benchmarks/run.py{option} --markdown docs/{name}.md`; do not edit. -->",
        "",
        "Medians of one run; in brackets how many times ours the others take. `benchmarks/README.md` says what each",
        "row is and how it is measured. Nothing is estimated: *not run* is what would take too long, a dash what a",
        "package does not have.",
        "",
        _footer(run),
    ]
    for group, rows in groupby(run.rows, key=lambda row: row.case.group):
        listed = list(rows)
        subjects = _subjects(listed)
        headings = _headings(subjects)
        lines += ["", f"## {group}", "", f"| {' | '.join(headings)} |", f"|---|{'---:|' * (len(headings) - 1)}"]
        lines += [f"| {' | '.join(_markdown(cell) for cell in _cells(row, subjects, run))} |" for row in listed]
    return "\n".join([*lines, ""])


def failed(run: Run) -> bool:
    """Whether ours could not do something; what others cannot do is a part of the answer."""
    ours = (OURS, WITHOUT_NUMPY)
    return any(found.remark for row in run.rows for name, found in row.measurements.items() if name in ours)


def _errors(run: Run) -> list[tuple[str, str]]:
    """What broke, once for each subject and reason."""
    found = {
        (name, measured.remark): None
        for row in run.rows
        for name, measured in row.measurements.items()
        if measured.remark.startswith("error")
    }
    return list(found)


@dataclass(frozen=True)
class _Cell:
    text: str
    style: str = ""


def _subjects(rows: list[Row]) -> list[str]:
    """Who appears in a table, besides ours."""
    others = (WITHOUT_NUMPY, *PEERS, PREFECT, *FLOORS, *DIRECT)
    return [name for name in others if any(name in row.measurements for row in rows)]


def _headings(subjects: list[str]) -> list[str]:
    return ["", OURS, "target", *(SUBJECTS[name].title for name in subjects)]


def _cells(row: Row, subjects: list[str], run: Run) -> list[_Cell]:
    case = row.case
    ours = row.measurements.get(OURS, Measurement())
    absolute = [target for target in (case.target, case.target_without_numpy) if target is not None]
    targets = [f"≤ {quantity(target, case.unit)}" for target in absolute]
    if case.target_times is not None:
        times, like = case.target_times
        targets.append(f"≤ {times:g} x {like.partition(' of ')[0]}")
    for times, names in case.target_ratios:
        targets.append(f"≤ {times:.3g} x {names[0] if len(names) == 1 else 'the fastest directly'}")
    cells = [
        _Cell(case.name),
        _Cell(_number(ours, case.unit), _verdict(ours.median, _target(row, run))),
        _Cell(" / ".join(targets)),
    ]
    for name in subjects:
        found = row.measurements.get(name)
        if found is None:
            cells.append(_Cell("-", "dim"))
        elif name == WITHOUT_NUMPY:
            cells.append(_Cell(_number(found, case.unit), _verdict(found.median, case.target_without_numpy)))
        else:
            cells.append(_Cell(_number(found, case.unit) + (_ratio(found.median, ours.median) if case.ratios else "")))
    return cells


def _target(row: Row, run: Run) -> float | None:
    """What ours is to reach; None also where it depends on what this run does not have."""
    case = row.case
    if case.target_ratios:
        found = [
            (times, [median for name in names if (median := row.measurements.get(name, Measurement()).median)])
            for times, names in case.target_ratios
        ]
        return min((times * min(medians) for times, medians in found if medians), default=None)
    if case.target_times is None:
        return case.target
    times, like = case.target_times
    medians = [row.measurements[OURS].median for row in run.rows if row.case.name == like]
    return times * medians[0] if medians and medians[0] is not None else None


def _number(found: Measurement, unit: str) -> str:
    value = found.median
    return (found.remark.partition(":")[0] or "-") if value is None else quantity(value, unit)


def _verdict(value: float | None, target: float | None) -> str:
    if value is None or target is None:
        return ""
    return "green" if value <= target else "bold red"


def _ratio(value: float | None, ours: float | None) -> str:
    if not value or not ours:
        return ""
    times = value / ours
    return f" ({times:.0f}x)" if times >= 9.5 else f" ({times:.2g}x)"


def _markdown(cell: _Cell) -> str:
    text = cell.text.replace("|", "\\|")
    return f"**{text}** (missed)" if cell.style == "bold red" else text


def quantity(value: float, unit: str) -> str:
    """A number of seconds or bytes with three digits, in a unit that suits it."""
    if unit == "B":
        return f"{value / MEGABYTE:.3g} MB" if value >= 0.1 * MEGABYTE else f"{value / 1_000:.3g} kB"
    for factor, name in ((1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms")):
        if abs(value) < 999.5 * factor:
            return f"{value / factor:.3g} {name}"
    return f"{value:.3g} s"


def _footer(run: Run) -> str:
    versions = ", ".join(f"{name} {' and '.join(found)}" for name, found in sorted(run.versions.items()))
    quick = " Quick: few and short samples, not to be quoted." if run.quick else ""
    return f"{run.date}, {run.machine}. {versions}.{quick}"
