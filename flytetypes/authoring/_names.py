"""Names: of entities, after the module they are in, and of nodes, after the rules of Kubernetes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, Final

_LONGEST: Final = 63
_ROOT_VARIABLE: Final = "FLYTE_PYTHON_PACKAGE_ROOT"


def dns_name(text: str) -> str:
    """A text as a DNS label of at most 63 characters: `My_Node.X` is `my-node-x`.

    A text of 63 characters or more begins with ten digits of its SHA-224 instead of what is cut off.
    """
    if len(text) >= _LONGEST:
        import hashlib  # dear to import, and few names are so long

        digest = hashlib.sha224(text.encode()).hexdigest()
        text = f"{digest[:10]}-{text[-(_LONGEST - 11) :]}"
    made: list[str] = []
    for char in text:
        if char in "_-.":
            if made:
                made.append("-")
        elif char.isascii() and char.isalnum():
            if char.isupper() and made and made[-1] != "-":
                made.append("-")
            made.append(char.lower())
    return "".join(made)[:_LONGEST].removesuffix("-")


def function_name(function: Callable[..., Any]) -> str:
    """What a task or workflow made of a function is registered as: `package.module.function`."""
    qualified: str = function.__qualname__
    return f"{module_name(function)}.{qualified}"


def module_name(function: Callable[..., Any]) -> str:
    """The module of a function, so that the same file has the same name however it was imported.

    A file inside of packages is called by them, if that name is longer than the one that it was imported by; the
    environment variable `FLYTE_PYTHON_PACKAGE_ROOT` gives another root (`.`: the imported name as it is). What
    `python FILE` runs is called after the file.
    """
    module = function.__module__
    root = os.environ.get(_ROOT_VARIABLE, "auto")
    loaded = sys.modules.get(module)
    path = getattr(loaded, "__file__", None)
    if path is None:
        return module
    if module == "__main__":
        module = _without_suffix(os.path.basename(path))  # noqa: PTH119 - pathlib is dear to import
    if root == ".":
        return module
    if (module, path, root) not in _names:
        _names[module, path, root] = _from_path(os.path.abspath(path), root)  # noqa: PTH100
    found = _names[module, path, root]
    return found if len(found) > len(module) else module


_names: dict[tuple[str, str, str], str] = {}


def _from_path(path: str, root: str) -> str:
    directory, file = os.path.split(path)
    parts = [] if file == "__init__.py" else [_without_suffix(file)]
    if root != "auto":
        relative = os.path.relpath(directory, root)
        return "" if relative.startswith(os.pardir) else ".".join([*_split(relative), *parts])
    while os.path.exists(os.path.join(directory, "__init__.py")):  # noqa: PTH110, PTH118
        directory, name = os.path.split(directory)
        parts.insert(0, name)
    return ".".join(parts)


def _split(relative: str) -> list[str]:
    return [part for part in relative.replace(os.sep, "/").split("/") if part not in ("", ".")]


def _without_suffix(file: str) -> str:
    return file.removesuffix(".py")
