"""Where code that runs puts new objects of its own: the place of the task that is running, else of the process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache

from flytetypes._record import Record
from flytetypes.storage._router import default_store
from flytetypes.storage._store import ObjectStore


class Outputs(Record):
    """A place for new objects.

    Attributes:
        store: Which store.
        prefix: Gives the URI below which they are put; asked when there is something to put.
    """

    store: ObjectStore
    prefix: Callable[[], str]


_outputs: ContextVar[Outputs | None] = ContextVar("flytetypes_outputs", default=None)


def current_outputs() -> Outputs:
    """That of the block around; else a temporary directory of this process."""
    return _outputs.get() or Outputs(default_store(), temporary_prefix)


@contextmanager
def outputs_to(store: ObjectStore, prefix: Callable[[], str]) -> Iterator[None]:
    """Have new objects of the block put below a prefix of a store."""
    token = _outputs.set(Outputs(store, prefix))
    try:
        yield
    finally:
        _outputs.reset(token)


def send_outputs_to(store: ObjectStore, prefix: Callable[[], str]) -> None:
    """Have new objects put below a prefix of a store, from here on: in a copy of the context variables."""
    _outputs.set(Outputs(store, prefix))


@cache
def temporary_prefix() -> str:
    """A new temporary directory, the same one as long as the process lives."""
    return new_temporary_prefix()


def new_temporary_prefix() -> str:
    """A new directory on this machine, for its user alone. It is left when the process ends, unless it is empty."""
    import atexit
    import tempfile  # dear to import, and an engine that stores nothing does not need it

    directory = tempfile.mkdtemp(prefix="flytetypes-")
    atexit.register(_remove_if_empty, directory, os.getpid())
    return directory


def _remove_if_empty(directory: str, process: int) -> None:
    if os.getpid() == process:  # not one that was forked, while its parent goes on
        with suppress(OSError):
            os.rmdir(directory)  # noqa: PTH106 - a text already
