"""Tracebacks for people: the frames of their own code; those of the framework are one line."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import click

import flytetypes
from flytetypes.authoring import EagerException

_OURS: Final = str(Path(flytetypes.__file__).parent)
# What runs other people's code: folded where it stands next to ours.
_BETWEEN: Final = tuple(
    str(Path(traceback.__file__).parent / name)
    for name in ("asyncio", "concurrent", "contextlib", "importlib", "threading")
)
_CLICK: Final = str(Path(click.__file__).parent)
_FRAME: Final = re.compile(r'(?P<margin>[ |]*)  File "(?P<file>[^"\n]*)", line \d+')
# How many notes of an error are shown at either end.
_NOTES: Final = 3


def told_with_frames(error: BaseException, *, full: bool = False) -> str:
    """An error as Python prints it, with its causes and notes.

    Args:
        error: Whose notes are shortened: a task that calls itself leaves one for each call.
        full: Whether every frame is shown.
    """
    _tell_once(error)
    shorten_notes(error)
    lines = traceback.TracebackException.from_exception(error, compact=True).format()
    return "".join(lines if full else _folded(lines)).rstrip()


def frames_of(error: BaseException) -> str:
    """Where an error came from, frame by frame, without the framework's; empty where nothing else is left."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _is_ours(frame.filename) and not _is_between(frame.filename)]
    return "".join(traceback.StackSummary.from_list(own).format()).rstrip()


def shorten_notes(error: BaseException) -> None:
    """Of many notes keep the first and the last."""
    notes = getattr(error, "__notes__", [])
    if len(notes) > 2 * _NOTES:
        notes[_NOTES:-_NOTES] = [f"… {len(notes) - 2 * _NOTES} more"]


def _tell_once(error: BaseException) -> None:
    """Take from an error that was raised again in an eager task the notes that the original has."""
    original = error.__cause__
    if isinstance(error, EagerException) and original is not None:
        known = getattr(original, "__notes__", [])
        error.__notes__ = [note for note in getattr(error, "__notes__", []) if note not in known]
        _tell_once(original)


def _folded(lines: Iterable[str]) -> Iterator[str]:
    """The parts of a traceback, with those of the framework's frames that follow each other as one line."""
    waiting: list[tuple[str, str, str]] = []
    for line in lines:
        match = _FRAME.match(line)
        if match is not None and (_is_ours(match["file"]) or _is_between(match["file"])):
            waiting.append((line, match["file"], match["margin"]))
            continue
        yield from _one_line(waiting)
        waiting = []
        yield line
    yield from _one_line(waiting)


def _one_line(frames: list[tuple[str, str, str]]) -> Iterator[str]:
    if not any(_is_ours(file) for _, file, _ in frames):
        yield from (line for line, _, _ in frames)
        return
    yield f"{frames[0][2]}  … {len(frames)} frame{'s' if len(frames) > 1 else ''} of flytetypes\n"


def _is_ours(file: str) -> bool:
    return file.startswith((_OURS, "<frozen importlib"))


def _is_between(file: str) -> bool:
    return file.startswith((*_BETWEEN, _CLICK))
