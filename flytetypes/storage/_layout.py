"""Where objects go: names below a prefix, and back from a listing to names."""

from __future__ import annotations

import os

from flytetypes.errors import StorageError


def random_uri(prefix: str, name: str = "", *, mark: str = "") -> str:
    """A URI that nothing has yet: a directory of 32 random hex digits below the prefix, and in it the name, if any.

    Args:
        prefix: Below which URI.
        name: Of the object; empty for the directory itself.
        mark: With which 16 of the digits begin, random themselves; empty for none.
    """
    digits = f"{mark}{os.urandom(8 if mark else 16).hex()}"
    return join(join(prefix, digits), name) if name else join(prefix, digits)


def join(uri: str, name: str) -> str:
    """A name below a URI."""
    return f"{uri}{name}" if uri.endswith("/") else f"{uri}/{name}"


def basename(uri: str) -> str:
    """The last part of a URI or path; empty for one without."""
    return uri.rstrip("/").rpartition("/")[2]


def relative_name(prefix: str, uri: str) -> str:
    """The name of an object below a prefix, fit to be a path below a directory on this machine.

    Raises:
        StorageError: For a name that would lead out of the directory, or means another file there: object stores have
            `..`, empty parts and the like as plain text.
    """
    name = uri.removeprefix(prefix.rstrip("/") + "/")
    parts = name.split("/")
    if name == uri or any(part in ("", ".", "..") or "\0" in part for part in parts) or os.path.isabs(name):  # noqa: PTH117
        raise StorageError(
            f"`{uri}` cannot be a file below a directory: its name has an empty part, `.` or `..`. Read it by its URI, "
            "or copy it to another name",
            uri=uri,
        )
    return name
