"""The archive of code that travels apart from the image: which files are in it, and their bytes.

The same files give the same archive, on every machine and at every time: names are sorted, and times, owners and
modes say nothing of the machine. Only how gzip packs them may differ between versions of zlib, so the archive's name is
made of what is in it, not of its bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import posixpath
import re
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from flytetypes._record import Record
from flytetypes.errors import OptionError

COPY_STYLES: Final = ("all", "auto")

_1980: Final = 315532800  # the first second that zip files know too, in seconds since 1970, UTC
_EXECUTABLE: Final = 0o100
_ALWAYS_IGNORED: Final = ("**/*.pyc", "**/.cache", "**/__pycache__", "**/.git")
_IGNORE_FILES: Final = (".dockerignore", ".flyteignore")
_INSTALLED: Final = ("site-packages", "dist-packages")


class Archive(Record):
    """Code, ready to be uploaded.

    Attributes:
        name: `fast<digest>.tar.gz`.
        digest: MD5 of the members: paths, contents, and which of them can be executed. Hexadecimal.
        content: A gzipped tar.
        members: The paths of the files, relative to the root, sorted.
    """

    name: str
    digest: str
    content: bytes
    members: tuple[str, ...]


def make_archive(
    root: Path, copy: str = "all", *, exclude: Iterable[Path] = (), deref_symlinks: bool = False
) -> Archive:
    """Pack the code below a directory.

    Args:
        root: What the members are relative to; `source_root` finds it.
        copy: `all`: every file that is not ignored, by git (where there is git), `.dockerignore`, `.flyteignore`, or as
            what Python and git leave (`*.pyc`, `__pycache__`, `.cache`, `.git`). `auto`: the files of the modules that
            this process has imported from there; ignored ones too, since they are needed.
        exclude: Files and directories that are left out besides: what is being written.
        deref_symlinks: Whether links to directories are followed. A link to a file is always packed as that file.

    Raises:
        OptionError: For a root that cannot be one, and when there is nothing to pack.
    """
    if copy not in COPY_STYLES:
        raise OptionError(f"`copy` is one of {', '.join(COPY_STYLES)}; got {copy!r}")
    root = Path(os.path.abspath(root))  # noqa: PTH100 - `resolve` would follow links
    if root == root.parent or not root.is_dir():
        reason = "the whole file system" if root == root.parent else "no directory"
        raise OptionError(f"`{root}` is {reason}: give the directory that holds the code")
    members = imported_files(root) if copy == "auto" else _not_ignored(root, deref_symlinks=deref_symlinks)
    without = [Path(os.path.abspath(path)) for path in exclude]  # noqa: PTH100
    members = sorted(
        name for name in members if not any((root / name).is_relative_to(excluded) for excluded in without)
    )
    if not members:
        raise OptionError(f"there is no file to copy in `{root}`")
    packed = io.BytesIO()
    digest = hashlib.md5(usedforsecurity=False)
    # The header of `gzip.compress` tells the system; this one does not.
    with (
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in members:
            path = root / name
            content = path.read_bytes()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), _1980
            entry.mode = 0o755 if path.stat().st_mode & _EXECUTABLE else 0o644
            tar.addfile(entry, io.BytesIO(content))
            encoded = name.encode("utf-8", "surrogateescape")
            digest.update(f"{len(encoded)} {len(content)} {entry.mode:o}\n".encode())
            digest.update(encoded)
            digest.update(content)
    found = digest.hexdigest()
    return Archive(f"fast{found}.tar.gz", found, packed.getvalue(), tuple(members))


def source_root(paths: Sequence[Path]) -> Path:
    """The directory that sources are imported from: the first one around them that is no package.

    Args:
        paths: Files and directories. Of several with different roots it is the directory that holds all of these.

    Raises:
        OptionError: When nothing holds all of them.
    """
    roots = {_root_of(path) for path in paths}
    try:
        return Path(os.path.commonpath(roots))
    except ValueError:
        raise OptionError("the sources have no directory in common: give its path as `--source`") from None


def _root_of(path: Path) -> Path:
    path = path.resolve()
    directory = path if path.is_dir() else path.parent
    while (directory / "__init__.py").exists():
        directory = directory.parent
    return directory


# --- which files ------------------------------------------------------------------------------------------------------


def imported_files(root: Path) -> list[str]:
    """The files below a directory that hold modules of this process, without what is installed there."""
    real = root.resolve()
    installed = [Path(path).resolve() for path in {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}]
    installed += [Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)]
    installed = [path for path in installed if path != real and path.is_relative_to(real)]
    own = Path(__file__).resolve().parents[1]
    found = set()
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not Path(file).is_file():
            continue
        path = Path(file).resolve()
        if not path.is_relative_to(real) or path.is_relative_to(own):
            continue
        name = path.relative_to(real)
        if not {*name.parts} & {*_INSTALLED} and not any(path.is_relative_to(each) for each in installed):
            found.add(name.as_posix())
    return sorted(found)


def _not_ignored(root: Path, *, deref_symlinks: bool) -> Iterator[str]:
    rules = _ignored_by_patterns(root)
    git = _ignored_by_git(root)
    for name in _files(root, "", rules, {root.resolve()} if deref_symlinks else None):
        if name not in git:
            yield name


def _files(root: Path, below: str, rules: _Rules, followed: set[Path] | None) -> Iterator[str]:
    """Every file that no rule ignores, by its path from the root; directories that can hold none are not entered."""
    pending = [below]
    while pending:
        directory = pending.pop()
        with os.scandir(root / directory) as entries:
            for entry in entries:
                name = f"{directory}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    # What `python -m venv` makes is installed anew wherever it is needed.
                    if rules.can_hold(name) and not (root / name / "pyvenv.cfg").exists():
                        pending.append(f"{name}/")
                elif entry.is_dir():  # a link to one
                    real = Path(entry.path).resolve()
                    if followed is not None and real not in followed and rules.can_hold(name):
                        followed.add(real)
                        pending.append(f"{name}/")
                elif entry.is_file() and not rules.ignores(name):  # neither a socket nor a link to nowhere
                    yield name


def _ignored_by_git(root: Path) -> set[str]:
    """What git ignores below a directory; nothing where there is no git, or no repository."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--others", "--ignored", "--exclude-standard"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell
    except OSError:
        return set()
    return {os.fsdecode(name) for name in done.stdout.split(b"\0") if name} if done.returncode == 0 else set()


def _ignored_by_patterns(root: Path) -> _Rules:
    patterns = list(_ALWAYS_IGNORED)
    for name in _IGNORE_FILES:
        file = root / name
        if file.is_file():
            patterns += file.read_text(encoding="utf-8").splitlines()
    return _Rules(patterns)


class _Rules:
    """Patterns as Docker reads them (https://docs.docker.com/build/concepts/context/#dockerignore-files).

    A pattern is a path from the root; `*` and `?` stop at slashes, `**` does not. Of several that match the last one
    counts, and `!` takes back. What is in an ignored directory is ignored.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.patterns: list[tuple[bool, Callable[[str], object]]] = []
        for line in lines:
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            keeps = text.startswith("!")
            path = posixpath.normpath(f"/{text[1:].strip() if keeps else text}").lstrip("/")
            try:
                matches = re.compile(_expression(path)).fullmatch
            except re.error:
                raise OptionError(
                    f"`{text}` is no pattern that can be ignored by: {', '.join(_IGNORE_FILES)}"
                ) from None
            if path:
                self.patterns.append((keeps, matches))
        self.has_exceptions = any(keeps for keeps, _ in self.patterns)

    def ignores(self, name: str) -> bool:
        """Whether a file is ignored, by itself or with a directory around it."""
        parts = name.split("/")
        paths = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        ignored = False
        for keeps, matches in self.patterns:
            if ignored == keeps and any(map(matches, paths)):
                ignored = not keeps
        return ignored

    def can_hold(self, directory: str) -> bool:
        """Whether a directory may hold a file that is not ignored."""
        if directory.rpartition("/")[2] in (".git", "__pycache__"):
            return False
        return self.has_exceptions or not self.ignores(directory)


def _expression(pattern: str) -> str:
    """A pattern as a regular expression: of Go's `filepath.Match`, with `**` for any directories."""
    made = []
    at = 0
    while at < len(pattern):
        if pattern.startswith("**", at):
            at += 2
            if pattern.startswith("/", at):
                at += 1
                made.append("(?:.*/)?")
            else:
                made.append(".*")
            continue
        char = pattern[at]
        at += 1
        end = pattern.find("]", at + 1)
        if char == "*":
            made.append("[^/]*")
        elif char == "?":
            made.append("[^/]")
        elif char == "\\" and at < len(pattern):
            made.append(re.escape(pattern[at]))
            at += 1
        elif char == "[" and end > 0:
            body = pattern[at:end].replace("\\", "\\\\").replace("[", "\\[")
            made.append(f"(?![/])[{body}]")
            at = end + 1
        else:
            made.append(re.escape(char))
    return "(?s:" + "".join(made) + ")"
