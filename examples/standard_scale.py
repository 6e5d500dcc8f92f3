"""Standard scaling in three tasks: mean, standard deviation, and the scaled values.

flytetypes run examples/standard_scale.py standard_scale_workflow --values '[1, 2, 3]'
"""

import math

from flytetypes import task, workflow


@task
def mean(values: list[float]) -> float:
    """The arithmetic mean.

    Args:
        values: At least one number.
    """
    return sum(values) / len(values)


@task
def standard_deviation(values: list[float], mu: float) -> float:
    """The standard deviation of a whole population.

    Args:
        values: The numbers.
        mu: Their mean.
    """
    return math.sqrt(sum((value - mu) ** 2 for value in values) / len(values))


@task
def standard_scale(values: list[float], mu: float, sigma: float) -> list[float]:
    """How many standard deviations each value lies above the mean.

    Args:
        values: The numbers.
        mu: Their mean.
        sigma: Their standard deviation.
    """
    return [(value - mu) / sigma for value in values]


@workflow
def standard_scale_workflow(values: list[float]) -> list[float]:
    """Scale numbers to a mean of 0 and a standard deviation of 1.

    Args:
        values: The numbers to scale.

    Returns:
        The scaled numbers, in the same order.
    """
    mu = mean(values=values)
    sigma = standard_deviation(values=values, mu=mu)
    return standard_scale(values=values, mu=mu, sigma=sigma)


if __name__ == "__main__":
    print(standard_scale_workflow(values=[float(i) for i in range(1, 11)]))
