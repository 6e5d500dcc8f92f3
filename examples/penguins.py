"""A workflow on real data: the measurements of 344 penguins, described and scaled column by column.

flytetypes run examples/penguins.py describe_penguins --path examples/data/penguins.csv
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from standard_scale import mean, standard_deviation, standard_scale

from flytetypes import task, workflow


@dataclass
class ColumnReport:
    """What is worth knowing about a column."""

    column: str
    count: int
    missing: int
    mean: float
    standard_deviation: float
    lowest_scaled: float
    highest_scaled: float


class Column(NamedTuple):
    """A column of a table: its numbers, and how many rows have none."""

    values: list[float]
    missing: int


class Scaled(NamedTuple):
    """A column after scaling."""

    report: ColumnReport
    scaled: list[float]


class Penguins(NamedTuple):
    """One report for each measurement."""

    bill_length: ColumnReport
    bill_depth: ColumnReport
    flipper_length: ColumnReport
    body_mass: ColumnReport


@task
def read_column(path: str, column: str) -> Column:
    """Read a column of a CSV file.

    Args:
        path: A file with a header.
        column: The name of a column of numbers; `NA` where one is missing.
    """
    with Path(path).open(newline="") as file:
        texts = [row[column] for row in csv.DictReader(file)]
    values = [float(text) for text in texts if text != "NA"]
    return Column(values, len(texts) - len(values))


@task
def report(column: str, missing: int, mu: float, sigma: float, scaled: list[float]) -> ColumnReport:
    """Put what is known about a column together."""
    return ColumnReport(column, len(scaled), missing, mu, sigma, min(scaled), max(scaled))


@workflow
def scale_column(path: str, column: str) -> Scaled:
    """Read, describe and scale one column.

    Args:
        path: A CSV file.
        column: One of its columns.
    """
    values, missing = read_column(path=path, column=column)
    mu = mean(values=values)
    sigma = standard_deviation(values=values, mu=mu)
    scaled = standard_scale(values=values, mu=mu, sigma=sigma)
    return Scaled(report(column=column, missing=missing, mu=mu, sigma=sigma, scaled=scaled), scaled)


@workflow
def describe_penguins(path: str) -> Penguins:
    """Describe the four measurements of the penguins.

    Args:
        path: The CSV file of the data set.
    """
    return Penguins(
        bill_length=scale_column(path=path, column="bill_length_mm").report,
        bill_depth=scale_column(path=path, column="bill_depth_mm").report,
        flipper_length=scale_column(path=path, column="flipper_length_mm").report,
        body_mass=scale_column(path=path, column="body_mass_g").report,
    )
