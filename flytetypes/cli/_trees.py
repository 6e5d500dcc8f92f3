"""Trees of plain values, as JSON and YAML write them: from a text, from a file.

YAML is read by its core schema (YAML 1.2), so that it says what JSON would: `no` is a text and no boolean, `010` is
ten, and a date stays the text that it is.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

from flytetypes._lazy import require
from flytetypes.errors import MissingPackageError, one_line

SUFFIXES: Final = (".json", ".yaml", ".yml")
"""How the names of files end that a tree is read from."""


def parsed_json(text: str) -> Any:
    """What a text says as JSON; raises `ValueError` for all other texts."""
    try:
        return json.loads(text, object_pairs_hook=_entries)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _entries(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    entries: dict[Any, Any] = {}
    for key, item in pairs:
        if key in entries:
            raise ValueError(f"the key {json.dumps(key, ensure_ascii=False)} is there twice")
        entries[key] = item
    return entries


def parsed_yaml(text: str) -> Any:
    """What a text says as YAML, its keys as JSON has them: texts.

    Raises:
        ValueError: For all other texts, and keys that are no plain values.
        MissingPackageError: Without PyYAML.
    """
    yaml = require("yaml", extra="yaml", purpose="reading YAML")
    try:
        return _with_text_keys(yaml.load(text, Loader=_loader()))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f": line {mark.line + 1} column {mark.column + 1}" if mark is not None else ""
        raise ValueError(one_line(f"{getattr(error, 'problem', None) or error}{where}")) from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _with_text_keys(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_with_text_keys(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    entries = {}
    for key, item in tree.items():
        if not isinstance(key, (str, int, float, type(None))):
            raise ValueError("a key is a list or a mapping")
        entries[key if isinstance(key, str) else json.dumps(key)] = _with_text_keys(item)
    return entries


def tree_of_text(text: str) -> Any:
    """The list or mapping that a text writes in JSON, or else in YAML; raises `ValueError` for all other texts."""
    try:
        tree = parsed_json(text)
    except ValueError as error:
        if "too deep" in str(error):
            raise
        tree = _of_yaml(text, error)
    if isinstance(tree, (dict, list)):
        return tree
    raise ValueError("it is one plain value")


def _of_yaml(text: str, json_error: ValueError) -> Any:
    looks_like_json = text.lstrip()[:1] in ("[", "{", '"')
    try:
        tree = parsed_yaml(text)
    except MissingPackageError as missing:
        raise ValueError(f"this is no JSON: {json_error}; {missing}" if looks_like_json else str(missing)) from None
    except ValueError as error:
        both = f"this is no JSON: {json_error}; and no YAML: {error}"
        raise ValueError(both if looks_like_json else f"this is no YAML: {error}") from None
    return tree


def text_of_stdin() -> str:
    """What standard input says; raises `ValueError` where it is closed, or no text."""
    if sys.stdin is None:
        raise ValueError("standard input is closed")
    return sys.stdin.read()


def tree_of_file(path: Path) -> Any:
    """What a file says, whose name tells in which language.

    Raises:
        ValueError: When it is not there, or says something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ValueError(f"there is no file '{path}'") from None
    except OSError as error:
        raise ValueError(f"'{path}' cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"'{path}' is no text in UTF-8") from None
    is_json = path.suffix.lower() == ".json"
    try:
        return parsed_json(text) if is_json else parsed_yaml(text)
    except MissingPackageError as missing:
        raise ValueError(str(missing)) from None
    except ValueError as error:
        raise ValueError(f"'{path}' is no {'JSON' if is_json else 'YAML'}: {error}") from None


def names_a_tree(text: str) -> bool:
    """Whether a text is the name of such a file."""
    return text.lower().endswith(SUFFIXES) and text.isprintable()


@cache
def _loader() -> Any:
    """A loader of YAML's core schema: https://yaml.org/spec/1.2.2/#103-core-schema."""
    yaml = require("yaml", extra="yaml", purpose="reading YAML")

    class Loader(yaml.SafeLoader):  # type: ignore[misc,name-defined]  # without types
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's

        def compose_mapping_node(self, anchor: Any) -> Any:
            node = super().compose_mapping_node(anchor)
            _entries([(key.value, item) for key, item in node.value if isinstance(key.value, str)])
            return node

    def integer(loader: Any, node: Any) -> int:
        text = loader.construct_scalar(node)
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)

    def number(loader: Any, node: Any) -> float:
        return float(loader.construct_scalar(node).lower().replace(".inf", "inf").replace(".nan", "nan"))

    scalars = {
        "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
        "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
        "float": (
            r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
            "-+.0123456789",
        ),
        "merge": (r"<<", "<"),
    }
    for name, (pattern, first) in scalars.items():
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(rf"(?:{pattern})\Z"), list(first))
    Loader.add_constructor("tag:yaml.org,2002:int", integer)
    Loader.add_constructor("tag:yaml.org,2002:float", number)
    return Loader
