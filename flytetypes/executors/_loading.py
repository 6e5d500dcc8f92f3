"""Whether this process is a worker that is loading a task's module: nothing is run then.

A script that starts a run without asking for `__name__` would start it in each worker again, which would start workers.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from flytetypes.errors import RunError

_modules: list[str] = []


@contextmanager
def loading(module: str) -> Generator[None, None, None]:
    """Load a module inside of this."""
    _modules.append(module)
    try:
        yield
    finally:
        _modules.pop()


def refuse_while_loading() -> None:
    """Called by whoever starts a run; raises `RunError` for one that is started by the mere import of a module."""
    if _modules:
        raise RunError(
            f'the module `{_modules[-1]}` starts a run when it is imported: put that under `if __name__ == "__main__":`'
        )
