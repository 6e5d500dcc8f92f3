"""What `make demo` shows: a typed workflow on real data, then two mistakes and how they are told."""

from dataclasses import astuple
from pathlib import Path

from penguins import Penguins, describe_penguins
from rich.console import Console
from rich.table import Table
from standard_scale import mean, standard_scale

from flytetypes import ConversionError, WorkflowError, workflow

DATA = Path(__file__).parent / "data" / "penguins.csv"


HEADINGS = ("column", "count", "missing", "mean", "std dev", "lowest", "highest")


def table_of(reports: Penguins) -> Table:
    """The reports, a row each; lowest and highest are scaled."""
    table = Table(title="344 penguins, described and scaled by a workflow")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "column" else "right", no_wrap=True)
    for report in reports:
        table.add_row(*(f"{value:.3f}" if isinstance(value, float) else str(value) for value in astuple(report)))
    return table


@workflow
def mistaken_workflow(values: list[float]) -> list[float]:
    """Deliberately wrong: `mean` gives one number, and it is passed on as a list."""
    mu = mean(values=values)
    return standard_scale(values=mu, mu=mu, sigma=1.0)  # type: ignore[arg-type]


def main() -> None:
    """Run the workflow and print its table; then make two mistakes."""
    console = Console()
    console.print(table_of(describe_penguins(path=str(DATA))))

    console.print("\n[bold]A task that is given the wrong value:[/] mean(values=[39.1, 39.5, 'NA'])")
    try:
        mean(values=[39.1, 39.5, "NA"])  # type: ignore[list-item]
    except ConversionError as error:
        console.print(f"  {error}", style="red", highlight=False, markup=False, soft_wrap=True)

    console.print("\n[bold]A workflow that does not fit together:[/] a float where a list is expected")
    try:
        mistaken_workflow(values=[1.0, 2.0])
    except WorkflowError as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)


if __name__ == "__main__":
    main()
