"""Data in a store: the sizes, the cases, the S3 server that they run against, and what lies on it to be read."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from cases import DIRECT, FLYTEKIT, MEGABYTE, PYARROW, Case

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from flytetypes import storage
from servers import clouds
from stored_jobs import DIRECTORY, FILE, TABLE, make_file, make_files, make_table

GROUP: Final = "Data in a store, on an S3 server of this machine"
MEMORY: Final = "Peak memory of moving it, over that of the process before"

_KINDS: Final = {"table": "pyarrow Table", "pandas": "pandas DataFrame"}


@dataclass(frozen=True)
class Sizes:
    """How much is moved.

    Attributes:
        file_bytes: Of the one large file.
        files: How many small ones, of 10 KB each.
        rows: Of the frame.
    """

    file_bytes: int
    files: int
    rows: int


FULL: Final = Sizes(1_000 * MEGABYTE, 5_000, 10_000_000)
QUICK: Final = Sizes(40 * MEGABYTE, 100, 200_000)


def cases(sizes: Sizes) -> Iterator[Case]:
    """The rows of the table."""
    everyone = (*DIRECT, FLYTEKIT)
    fastest = (1 / 0.9, DIRECT)
    file = f"1 file of {sizes.file_bytes // MEGABYTE:,} MB"
    directory = f"{sizes.files:,} files of 10 KB"
    rows = f"{sizes.rows:,} rows"
    case = partial(Case, subjects=everyone)
    for way in ("upload", "download"):
        name = f"{file}: {way}"
        yield case(GROUP, name, f"stored {way}", "file", sizes.file_bytes, target_ratios=(fastest,))
        without = "hashed" if way == "upload" else "verified"
        yield Case(GROUP, f"{name}, not {without}", f"stored {way}", "plain file", sizes.file_bytes)
    for way in ("upload", "download"):
        targets = (fastest, (1 / 5, (FLYTEKIT,)))
        yield case(GROUP, f"{directory}: {way}", f"stored {way}", "directory", sizes.files, target_ratios=targets)
    for sample, title in _KINDS.items():
        for way in ("write", "read"):
            name = f"{title} of {rows}: {way}"
            # flytekit reads a table on this machine only: it hands the URI to Arrow as a path.
            subjects = DIRECT if (way, sample) == ("read", "table") else everyone
            yield Case(
                GROUP, name, f"stored {way}", sample, sizes.rows, subjects=subjects, target_ratios=((1.1, (PYARROW,)),)
            )
    name = "a reference through 5 tasks: bytes moved"
    yield Case(GROUP, name, "stored reference", "file", sizes.file_bytes, unit="B", target=0)
    memory = partial(case, MEMORY, unit="B")
    for way in ("upload", "download"):
        operation = f"stored {way}, memory"
        yield memory(f"{file}: {way}, peak memory", operation, "file", sizes.file_bytes, target=64 * (1 << 20))
        yield memory(f"{directory}: {way}, peak memory", operation, "directory", sizes.files)
    for way in ("write", "read"):
        name = f"{_KINDS['table']} of {rows}: {way}, peak memory"
        yield memory(name, f"stored {way}, memory", "table", sizes.rows, subjects=DIRECT)


@contextmanager
def server(directory: Path, sizes: Sizes) -> Iterator[dict[str, str]]:
    """An S3 server with everything that the cases read, which also lies below the directory for those that write.

    Yields:
        The variables by which it is found.
    """
    with clouds.s3(directory) as cloud:
        make_file(directory / FILE, sizes.file_bytes)
        make_files(directory / DIRECTORY, sizes.files)
        make_table(directory / TABLE, sizes.rows)
        root = f"s3://{clouds.BUCKET}"
        store = storage.StoreRouter(config=cloud.config)
        storage.upload(
            store,
            {
                f"{root}/{FILE}": storage.LocalFile(str(directory / FILE)),
                f"{root}/{DIRECTORY}": storage.LocalDirectory(str(directory / DIRECTORY)),
                f"{root}/{TABLE}/00000": storage.LocalFile(str(directory / TABLE)),
            },
        )
        yield cloud.environment
