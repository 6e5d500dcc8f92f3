"""One case in one environment, in a process of its own: prepared once, then sampled whenever it is asked.

    python worker.py MODULE OPERATION SAMPLE SIZE SECONDS [BLOCKED]

Writes one line of JSON when it is ready and one for each line that it reads; ends with its standard input.
"""

import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.metadata import version
from types import ModuleType
from typing import Any


class _Block(MetaPathFinder):
    """Makes a package look as if it were not installed."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname.partition(".")[0] == self._package:
            raise ModuleNotFoundError(f"{fullname} is blocked here", name=fullname)


def main(module: str, operation: str, sample: str, size: str, seconds: str, blocked: str = "") -> None:
    # Whatever the measured packages print must not get between the lines.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**fields: Any) -> None:
        print(json.dumps(fields), file=answers, flush=True)

    if blocked:
        sys.meta_path.insert(0, _Block(blocked))
    try:
        subject = import_module(module)
        job = subject.job(operation, sample, int(size))
        job.warm_up(float(seconds))
        answer(versions={name: version(name) for name in subject.PACKAGES})
        for _ in sys.stdin:
            answer(sample=job.sample())
    except Exception as error:  # noqa: BLE001 - whatever a package raises is the answer
        answer(error=f"{type(error).__name__}: {error}".partition("\n")[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
