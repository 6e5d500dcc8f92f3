"""How far the transfers of a block are: to a callback, or as a bar for people."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from flytetypes._record import Record


class Progress(Record):
    """How far the transfers are, all together.

    Attributes:
        done_bytes: Moved so far.
        total_bytes: To be moved, as far as that is known: of what is written while it is uploaded it is not.
        done_objects: Complete.
        total_objects: Begun or waiting.
    """

    done_bytes: int
    total_bytes: int
    done_objects: int
    total_objects: int


class Meter:
    """The counts of one block; threads may report at the same time."""

    def __init__(self, report: Callable[[Progress], object]) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._counts = [0, 0, 0, 0]
        self._raised: Exception | None = None

    def add(self, *, done_bytes: int = 0, total_bytes: int = 0, done_objects: int = 0, total_objects: int = 0) -> None:
        """Count, and report."""
        with self._lock:
            more = (done_bytes, total_bytes, done_objects, total_objects)
            self._counts = [count + new for count, new in zip(self._counts, more, strict=True)]
            if self._raised is not None:
                return
            try:
                self._report(Progress(*self._counts))
            except Exception as error:  # noqa: BLE001 - raised when the transfers are over, which it does not concern
                self._raised = error

    def end(self) -> None:
        """Raise what the function raised."""
        if self._raised is not None:
            raise self._raised


_meter: ContextVar[Meter | None] = ContextVar("flytetypes_transfers", default=None)


def current_meter() -> Meter:
    """That of the block around; one that tells nobody where there is none."""
    return _meter.get() or SILENT


@contextmanager
def report_transfers(report: Callable[[Progress], object]) -> Iterator[None]:
    """Have a function called with a `Progress` whenever a transfer of the block moves on.

    It is called from any thread, and never by two at a time. When it raises, the transfers go on; it is not called
    again, and what it raised is raised at the end of the block, unless the block has failed itself.
    """
    meter = Meter(report)
    token = _meter.set(meter)
    try:
        yield
    finally:
        _meter.reset(token)
    meter.end()


@contextmanager
def show_transfers() -> Iterator[None]:
    """Show a bar on the terminal while the transfers of the block move on; nothing where standard error is none."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("moving", total=None)

        def report(progress: Progress) -> None:
            bar.update(
                task,
                completed=progress.done_bytes,
                total=progress.total_bytes or None,
                description=f"{progress.done_objects} of {progress.total_objects} objects",
            )

        with report_transfers(report):
            yield


class _Silent(Meter):
    """Counts nothing: threads that move small objects would wait for one another."""

    def __init__(self) -> None:
        super().__init__(lambda _: None)

    def add(self, *, done_bytes: int = 0, total_bytes: int = 0, done_objects: int = 0, total_objects: int = 0) -> None:
        """Nothing."""


SILENT = _Silent()
