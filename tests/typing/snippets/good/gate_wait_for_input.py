"""An input that somebody gives later has the type that is asked for."""

from datetime import timedelta

from flytetypes import task, wait_for_input, workflow


@task
def scaled(values: list[float], by: float, label: str | None) -> list[float]:
    return [value * by for value in values]


@workflow
def flow() -> list[float]:
    by = wait_for_input("by", timedelta(hours=1), float)
    label = wait_for_input("label", expected_type=str | None)
    return scaled(values=wait_for_input("values", expected_type=list[float]), by=by, label=label)
