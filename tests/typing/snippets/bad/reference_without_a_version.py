"""A reference names a version, too."""

from flytetypes import reference_task


@reference_task(project="flytesnacks", domain="development", name="core.count")  # wrong: TypeError
def count(text: str) -> int:
    raise NotImplementedError
