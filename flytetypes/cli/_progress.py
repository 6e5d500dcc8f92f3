"""What a run does, as it does it: a table that changes on a terminal, plain lines elsewhere; on standard error."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import TracebackType
from typing import Final, Protocol, Self, TextIO

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from flytetypes.errors import one_line
from flytetypes.executors import Event, NodeRun, Phase, Run

_STYLES: Final = {
    Phase.QUEUED: ("·", "dim"),
    Phase.RUNNING: ("▸", "cyan"),
    Phase.SUCCEEDED: ("✓", "green"),
    Phase.FAILED: ("✗", "red"),
    Phase.ABORTED: ("■", "yellow"),
    Phase.TIMED_OUT: ("✗", "red"),
}
# A phase that says more than a success, so that it is shown when there is no room for all nodes.
_URGENT: Final = (Phase.RUNNING, Phase.FAILED, Phase.TIMED_OUT, Phase.ABORTED)
_ROWS_AROUND: Final = 5
_MAP: Final = re.compile(r"(?P<module>.*?)map_(?P<task>.+)_[0-9a-f]{32}-arraynode")
_PER_SECOND: Final = 8


class Progress(Protocol):
    """Shows a run; a context manager around it."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def follow(self, run: Run) -> None:
        """Say which run it is about."""

    def tell(self, event: Event) -> None:
        """Show what has happened."""

    def paused(self) -> AbstractContextManager[object]:
        """Leave the terminal to somebody else."""


def progress_for(*, quiet: bool) -> Progress:
    """What fits standard error."""
    if quiet:
        return Nothing()
    return LiveTable() if is_tty(sys.stderr) else Lines()


def is_tty(stream: TextIO | None) -> bool:
    """Whether people are there; None is a stream that was closed before the program began."""
    return stream is not None and stream.isatty()


class Nothing:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        pass

    def follow(self, run: Run) -> None:
        """Nothing."""

    def tell(self, event: Event) -> None:
        """Nothing."""

    def paused(self) -> AbstractContextManager[object]:
        """Nothing is in the way."""
        return nullcontext()


class Lines(Nothing):
    """A line for each event: `n1 flow.fit: failed (attempt 1), ValueError: no; tried again`."""

    def __init__(self) -> None:
        self._run: Run | None = None

    @override
    def follow(self, run: Run) -> None:
        self._run = run

    @override
    def tell(self, event: Event) -> None:
        run = self._run
        if run is None or (event.node is None and not event.phase.is_terminal):
            return
        if event.node is not None:
            line = line_of(event, event.node)
        else:
            line = f"{run.id} {event.phase.value}{_after(run.started, run.ended)}: {counts_of(run.nodes)}"
        click.echo(line, err=True)


def line_of(event: Event, node: NodeRun) -> str:
    """What has happened to a node, as one line."""
    number = event.attempt or 0
    attempt = f" (attempt {number + 1})" if number or (event.message and _is_bad(event.phase)) else ""
    took = _after(node.started, event.time) if event.phase.is_terminal else ""
    said = f", {event.message}" if event.message else ""
    return f"{node.id} {name_of(node)}: {event.phase.value}{attempt}{took}{said}"


def name_of(node: NodeRun) -> str:
    """What people call a node: of a map its task, and not the name that it is registered under."""
    match = _MAP.fullmatch(node.name)
    return node.name if match is None else f"{match['module']}map_task({match['task']})"


def counts_of(nodes: Sequence[NodeRun]) -> str:
    """How many nodes there are in each phase: `2 succeeded, 1 failed`."""
    counts = Counter(node.phase for node in nodes)
    return ", ".join(f"{counts[phase]} {phase.value}" for phase in Phase if counts[phase]) or "no nodes"


def _is_bad(phase: Phase) -> bool:
    return phase in (Phase.FAILED, Phase.TIMED_OUT)


def _after(started: float | None, ended: float | None) -> str:
    return "" if started is None or ended is None else f" after {duration_text(ended - started)}"


def duration_text(seconds: float) -> str:
    """Seconds as people read them: `0.3 s`, `2:05`, `1:00:00`."""
    if seconds < 60:
        return f"{max(seconds, 0):.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class LiveTable(Nothing):
    """A table of the nodes and how they stand, drawn again while they change."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._run: Run | None = None
        self._spinner = Spinner("dots", style="cyan")
        # What tasks print appears above the table, unless it goes elsewhere.
        self._live = Live(
            console=self._console,
            get_renderable=self._drawn,
            refresh_per_second=_PER_SECOND,
            redirect_stdout=is_tty(sys.stdout),
            redirect_stderr=True,
            vertical_overflow="crop",
        )

    @override
    def __enter__(self) -> Self:
        self._live.start()
        return self

    @override
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._live.stop()

    @override
    def follow(self, run: Run) -> None:
        self._run = run

    @override
    @contextmanager
    def paused(self) -> Generator[None]:
        self._live.transient = True  # it is drawn again below what is said meanwhile
        self._live.stop()
        try:
            yield
        finally:
            self._live.transient = False
            self._live.start()

    def _drawn(self) -> RenderableType:
        run = self._run
        if run is None:
            return Text("starting")
        nodes = run.nodes
        now = time.time()
        shown = _most_urgent(nodes, max(self._console.size.height - _ROWS_AROUND, 1))
        table = Table.grid(padding=(0, 2, 0, 0))
        for node in shown:
            table.add_row(*self._row(node, now))
        summary = f"{run.id} {run.phase.value}, {duration_text((run.ended or now) - run.started)}: {counts_of(nodes)}"
        hidden = [Text(f"… {len(nodes) - len(shown)} more", style="dim")] if len(shown) < len(nodes) else []
        return Group(table, *hidden, Text(summary, style=_STYLES[run.phase][1]))

    def _row(self, node: NodeRun, now: float) -> list[RenderableType]:
        phase = node.phase
        glyph, style = _STYLES[phase]
        told = phase.value if node.number == 0 else f"{phase.value}, attempt {node.number + 1}"
        took = "" if node.started is None else duration_text((node.ended or now) - node.started)
        error = node.failure
        why = "" if error is None or not _is_bad(phase) else f"{type(error.error).__name__}: {error.error}"
        return [
            self._spinner if phase is Phase.RUNNING else Text(glyph, style=style),
            Text(node.id, style="dim"),
            Text(name_of(node)),
            Text(told, style=style),
            Text(took, style="dim"),
            Text(one_line(why), style="red", overflow="ellipsis", no_wrap=True),
        ]


def _most_urgent(nodes: Sequence[NodeRun], most: int) -> list[NodeRun]:
    """The nodes that there is room for, in their order: those that run or have failed, then the latest."""
    if len(nodes) <= most:
        return list(nodes)
    urgent = [node for node in nodes if node.phase in _URGENT]
    others = [node for node in reversed(nodes) if node.phase not in _URGENT]
    chosen = {id(node) for node in [*urgent, *others][:most]}
    return [node for node in nodes if id(node) in chosen]
