"""What is moved and the clock around it, for every subject: a subject brings the verbs, `Mover`.

Runs in the environments of others, so it imports none of them at the top.
"""

import gc
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import uuid4

from measure import Job, PeakMemory, each

FILE: Final = "one-file"
DIRECTORY: Final = "many-files"
TABLE: Final = "table"
SMALL_BYTES: Final = 10_000

ROOT: Final = "s3://bucket"
_TINY: Final = "tiny"
_KEPT: Final = (FILE, DIRECTORY, TABLE, _TINY)
_SOURCES: Final = {"file": FILE, "plain file": FILE, "directory": DIRECTORY, "table": TABLE, "pandas": TABLE}
_SERVED: Final = Path("data", "bucket")  # below the working directory, where the server has the objects as files
_BLOCK_BYTES: Final = 16 << 20


class Mover(Protocol):
    """The verbs of a library, the way its users write them.

    Paths are of this machine. A download returns the path that it wrote. What has places of its own for what it writes
    has them below `ROOT`.
    """

    def upload_file(self, path: str, uri: str) -> object: ...
    def download_file(self, uri: str, path: str) -> str: ...
    def upload_directory(self, path: str, uri: str) -> object: ...
    def download_directory(self, uri: str, path: str) -> str: ...
    def write_table(self, frame: Any, uri: str) -> object: ...
    def read_table(self, uri: str) -> object: ...
    def write_pandas(self, frame: Any, uri: str) -> object: ...
    def read_pandas(self, uri: str) -> object: ...


def make_file(path: Path, size_bytes: int) -> None:
    """A file that cannot be compressed, no two blocks of which are equal."""
    block = bytearray(os.urandom(_BLOCK_BYTES))
    with path.open("wb") as file:
        for number, start in enumerate(range(0, size_bytes, _BLOCK_BYTES)):
            block[:8] = number.to_bytes(8, "little")
            file.write(memoryview(block)[: min(_BLOCK_BYTES, size_bytes - start)])


def make_files(directory: Path, count: int) -> None:
    """Small files, a hundred in each directory."""
    for number in range(count):
        path = directory / f"part-{number // 100:03}" / f"file-{number:05}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(SMALL_BYTES))


def make_tiny(path: Path) -> None:
    """A file of a few bytes."""
    path.write_bytes(b"tiny")


def table(rows: int) -> Any:
    """A table of Arrow with five columns: integers that ascend, amounts, small integers, names, and flags."""
    import numpy as np
    import pyarrow as pa

    random = np.random.default_rng(7)
    names = np.array([f"customer-{number:04}" for number in range(1_000)])
    return pa.table(
        {
            "id": np.arange(rows),
            "amount": random.random(rows),
            "items": random.integers(0, 100, rows, dtype=np.int32),
            "name": pa.array(names[random.integers(0, len(names), rows)]),
            "paid": random.random(rows) < 0.5,
        }
    )


def make_table(path: Path, rows: int) -> None:
    """The table as a file of Parquet."""
    import pyarrow.parquet as pq

    pq.write_table(table(rows), path)


def job(mover: Mover, operation: str, sample: str, size: int) -> Job:
    """What measures an operation on a sample.

    Args:
        mover: The verbs of the subject.
        operation: `stored`, a verb, and `, memory` where that is measured.
        sample: `file`, `plain file`, `directory`, `table` or `pandas`.
        size: Of a frame, how many rows.
    """
    verb = operation.removeprefix("stored ").removesuffix(", memory")
    make_tiny(Path(_TINY))
    mover.upload_file(str(Path(_TINY).absolute()), f"{ROOT}/{_TINY}")  # what is loaded and connected at first
    return Transfers(*_transfer(mover, verb, sample, size), memory=operation.endswith("memory"))


class Transfers:
    """Seconds or peak memory of one transfer; what it wrote is removed when it has been measured.

    Args:
        fresh: What is moved, under a name that was not there before.
        move: Moves it.
        memory: Whether the memory is measured.
    """

    def __init__(self, fresh: Callable[[str], Any], move: Callable[[Any], object], *, memory: bool) -> None:
        self._fresh = fresh
        self._move = move
        self._memory = memory
        self._written: list[Path] = []

    def warm_up(self, seconds: float) -> None:
        """One transfer: the first one pays for memory that the machine had not touched before."""
        if not self._memory:
            self.sample()

    def sample(self) -> float:
        name = uuid4().hex
        argument = self._fresh(name)
        if self._memory:
            found = PeakMemory(argument, self._moved).sample()
        else:
            gc.collect()
            found = each(self._moved)([argument])
        self._written += [Path(name), Path(f"{name}-source")]
        self._written += [path for path in _SERVED.iterdir() if path.name not in _KEPT and path.name[0] != "."]
        for path in self._written:
            _remove(path)
        self._written.clear()
        return found

    def _moved(self, argument: Any) -> object:
        result = self._move(argument)
        if isinstance(result, str):
            self._written.append(Path(result))
        return result


def _transfer(mover: Mover, verb: str, sample: str, size: int) -> tuple[Callable[[str], Any], Callable[[Any], object]]:
    """What is moved, given a new name, and what moves it."""
    move: Callable[..., object] = getattr(mover, f"{verb}_{sample.replace(' ', '_')}")
    source = _SOURCES[sample]
    match verb:
        case "write":
            frame = table(size) if sample == "table" else table(size).to_pandas()
            return lambda name: (_renamed(frame, name), f"{ROOT}/{name}"), lambda pair: move(*pair)
        case "upload":
            return lambda name: (_linked(Path(source), name), f"{ROOT}/{name}"), lambda pair: move(*pair)
        case "download":
            return lambda name: (f"{ROOT}/{source}", str(Path(name).absolute())), lambda pair: move(*pair)
    return lambda _: f"{ROOT}/{source}", move


# flytekit remembers what it wrote by the pickled value, so each value is new.


def _renamed(frame: Any, name: str) -> Any:
    if hasattr(frame, "replace_schema_metadata"):
        return frame.replace_schema_metadata({"sample": name})
    renamed = frame.copy(deep=False)
    renamed.attrs["sample"] = name
    return renamed


def _linked(source: Path, name: str) -> str:
    link = Path(f"{name}-source").absolute()
    if source.is_dir():
        link.symlink_to(source.absolute(), target_is_directory=True)
    else:
        os.link(source, link)
    return str(link)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
