"""A task gives another type than it declares."""

from flytetypes import task


@task
def length(text: str) -> int:
    return text  # wrong: ConversionError


length(text="abc")
