"""A registered workflow may be named, and has the signature of its stub."""

from flytetypes import reference_workflow


@reference_workflow("flytesnacks", "development", "flows.main", "v1")
def main(n: int) -> str:
    raise NotImplementedError


assert main.id.version == "v1"
