"""Decode byte strings and report, as JSON, what came of it: `python decode_untrusted.py FIRST COUNT`.

A program of its own, because an audit hook stays until its process ends. It fails at the first byte string that takes
too much memory, ends in neither a value nor an error of ours, or means one thing as bytes and another as a message.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import sys
import tracemalloc
import zoneinfo
from collections import Counter
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

from flytetypes import idl
from flytetypes.errors import FlyteTypesError, StorageError
from flytetypes.testing import same
from untrusted import ENGINE, Subject, byte_string, decoded, subjects

# Memory for one byte string: as many bytes for each of its own, and some for none.
TIMES_ITS_LENGTH = 200
AT_LEAST = 1_000_000

# Audit events of what any Python code does, and that reach nothing outside of it.
HARMLESS = {"array.__new__", "builtins.id", "object.__getattr__", "sys._getframe"}


def main(first: int, count: int) -> None:
    _warm_up()
    events: Counter[str] = Counter()
    _watch(events)
    outcomes: Counter[str] = Counter()
    resident = _peak_resident()
    tracemalloc.start()
    for number in range(first, first + count):
        subject, data = byte_string(number)
        try:
            outcome = _outcome(subject, data)
        except BaseException:
            print(f"byte string {number} as `{subject.annotation}`: {data!r}", file=sys.stderr)
            raise
        outcomes[_kind_of(outcome)] += 1
    report = {"outcomes": outcomes, "events": dict(events), "resident": _peak_resident() - resident}
    seen = events.total()
    Path(os.devnull).read_bytes()
    assert events.total() == seen + 1, "the hook sees nothing"
    print(json.dumps(report))


def _outcome(subject: Subject, data: bytes) -> Any:
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    outcome = decoded(subject.converter.from_bytes, data)
    peak = tracemalloc.get_traced_memory()[1] - before
    assert peak <= TIMES_ITS_LENGTH * len(data) + AT_LEAST, f"{peak:,} bytes of memory"
    _check_the_message(subject, data, outcome)
    return outcome


def _warm_up() -> None:
    """Load what decoding loads when it is first needed: msgpack, time zones, what asks stores, what errors are told with."""
    every = subjects()
    for subject in every:
        for data in (subject.data, subject.old):
            back = subject.converter.from_bytes(data)
            assert same(back, subject.value), (subject.annotation, back)
            _check_the_message(subject, data, back)
        for other in every[:3]:
            decoded(subject.converter.from_bytes, other.data[:-1] + b"\x00")
    in_an_unknown_zone, offloaded = idl.Literal(), idl.Literal()
    in_an_unknown_zone.scalar.primitive.datetime.seconds = 1
    in_an_unknown_zone.metadata["flytetypes.zone"] = "Nowhere"
    offloaded.offloaded_metadata.uri = "memory://nowhere/x"  # the thread that asks stores is started
    for literal in (in_an_unknown_zone, offloaded):
        decoded(ENGINE.converter(dt.datetime).to_python, literal)


def _watch(events: Counter[str]) -> None:
    """Count what is executed, imported or opened from here on; not the entries of the time zone database."""
    database = _time_zones()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in HARMLESS or (event == "open" and arguments[0] in database):
            return
        events[f"{event} {arguments[0]!r}" if arguments else event] += 1

    class Finder(MetaPathFinder):
        def find_spec(self, name: str, path: Any, target: Any = None) -> None:
            events[f"import {name!r}"] += 1

    sys.addaudithook(hook)
    sys.meta_path.insert(0, Finder())  # `importlib` has no audit event for what it does not find


def _time_zones() -> frozenset[str]:
    directories = map(Path, zoneinfo.TZPATH)
    return frozenset(str(path) for directory in directories for path in directory.rglob("*") if path.is_file())


def _check_the_message(subject: Subject, data: bytes, outcome: Any) -> None:
    """Both refuse, or both give the same; why they refuse may differ, since a map has no order on the wire."""
    try:
        literal = idl.Literal.FromString(data)
    except idl.DecodeError:
        assert isinstance(outcome, FlyteTypesError)
        return
    other = decoded(subject.converter.to_python, literal)
    assert isinstance(outcome, FlyteTypesError) == isinstance(other, FlyteTypesError), (outcome, other)
    assert isinstance(outcome, FlyteTypesError) or same(outcome, other), (outcome, other)


def _peak_resident() -> int:
    """Bytes; what is not Python's own is counted here too, protobuf's messages among it."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _kind_of(outcome: Any) -> str:
    if isinstance(outcome, StorageError):
        return "StorageError"
    return type(outcome).__name__ if isinstance(outcome, FlyteTypesError) else "value"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
