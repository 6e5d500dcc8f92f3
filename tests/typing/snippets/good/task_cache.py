"""Caching, by the older options and by a `Cache`."""

from flytetypes import Cache, task, workflow


@task(cache=True, cache_version="1", cache_serialize=True, cache_ignore_input_vars=["verbose"])
def old(n: int, verbose: bool = False) -> int:
    return n


@task(cache=Cache(version="2", ignored_inputs="verbose"))
def new(n: int, verbose: bool = False) -> int:
    return n


@task(cache=True)
def by_code(n: int) -> int:
    return n


@workflow
def flow(n: int) -> int:
    return by_code(n=new(n=old(n=n, verbose=True)))
