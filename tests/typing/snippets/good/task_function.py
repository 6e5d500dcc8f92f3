"""The undecorated function is there, and takes what it took."""

from flytetypes import task


@task
def joined(left: str, right: str) -> str:
    return left + right


assert joined.function("a", right="b").upper() == "AB"
