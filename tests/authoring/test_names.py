"""Names: of entities, after the module that they are in, and of nodes, after the rules of Kubernetes."""

from __future__ import annotations

import hashlib
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flytetypes.authoring import dns_name

SOURCE = """
from flytetypes import dynamic, eager, task, workflow

@task
def t(n: int) -> int:
    return n

@dynamic
def d(n: int) -> int:
    return n

@eager
async def e(n: int) -> int:
    return n

@workflow
def w(n: int) -> int:
    return t(n=n)
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Imports a module of a tree of files, from one of its directories."""
    before = set(sys.modules)

    def write(files: list[str], module: str, root: str = ".") -> ModuleType:
        for file in files:
            path = tmp_path / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(SOURCE if not file.endswith("__init__.py") else "")
        monkeypatch.syspath_prepend(tmp_path / root)
        importlib.invalidate_caches()
        return importlib.import_module(module)

    monkeypatch.delenv("FLYTE_PYTHON_PACKAGE_ROOT", raising=False)
    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


PACKAGE = ["names_pkg/__init__.py", "names_pkg/sub/__init__.py", "names_pkg/sub/names_mod.py"]


# --- entities ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entity", ["t", "d", "e", "w"])
def test_an_entity_is_called_after_its_module(load: Any, entity: str) -> None:
    module = load(["names_plain.py"], "names_plain")
    assert getattr(module, entity).name == f"names_plain.{entity}"


@pytest.mark.parametrize(
    ("module", "root"),
    [("names_pkg.sub.names_mod", "."), ("sub.names_mod", "names_pkg"), ("names_mod", "names_pkg/sub")],
)
def test_a_file_in_packages_has_one_name_however_it_is_imported(load: Any, module: str, root: str) -> None:
    assert load(PACKAGE, module, root).t.name == "names_pkg.sub.names_mod.t"


def test_a_file_outside_of_packages_keeps_the_name_that_it_was_imported_by(load: Any) -> None:
    assert load(["names_space/inner/names_mod.py"], "names_space.inner.names_mod").t.name == (
        "names_space.inner.names_mod.t"
    )


def test_an_init_file_is_its_package(load: Any, tmp_path: Path) -> None:
    load(["names_init/__init__.py"], "names_init")
    (tmp_path / "names_init" / "__init__.py").write_text(SOURCE)
    del sys.modules["names_init"]
    importlib.invalidate_caches()
    assert importlib.import_module("names_init").t.name == "names_init.t"


@pytest.mark.parametrize(
    ("root", "module", "imported_from", "name"),
    [
        (".", "names_mod", "names_pkg/sub", "names_mod.t"),
        ("auto", "names_mod", "names_pkg/sub", "names_pkg.sub.names_mod.t"),
        ("ROOT", "names_mod", "names_pkg/sub", "names_pkg.sub.names_mod.t"),
        ("ROOT/names_pkg", "names_mod", "names_pkg/sub", "sub.names_mod.t"),
        ("ROOT/names_pkg", "names_pkg.sub.names_mod", ".", "names_pkg.sub.names_mod.t"),
        ("ROOT/elsewhere", "names_mod", "names_pkg/sub", "names_mod.t"),
    ],
)
def test_a_variable_of_the_environment_gives_another_root(
    load: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: str, module: str, imported_from: str, name: str
) -> None:
    monkeypatch.setenv("FLYTE_PYTHON_PACKAGE_ROOT", root.replace("ROOT", str(tmp_path)))
    assert load(PACKAGE, module, imported_from).t.name == name


def test_a_script_is_called_after_its_file(tmp_path: Path) -> None:
    script = tmp_path / "names_script.py"
    script.write_text(f"{SOURCE}\nprint(t.name, w.name)\n")
    made = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert made.stdout == "names_script.t names_script.w\n"


def test_a_script_in_a_package_has_the_name_of_its_package(tmp_path: Path) -> None:
    for file in PACKAGE:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{SOURCE}\nprint(t.name)\n" if path.name == "names_mod.py" else "")
    made = subprocess.run([sys.executable, str(tmp_path / PACKAGE[-1])], capture_output=True, text=True, check=True)
    assert made.stdout == "names_pkg.sub.names_mod.t\n"


def test_what_has_no_file_keeps_the_name_of_its_module() -> None:
    made = subprocess.run(
        [sys.executable, "-c", f"{SOURCE}\nprint(t.name)"], capture_output=True, text=True, check=True
    )
    assert made.stdout == "__main__.t\n"


def test_a_function_in_a_function_says_so(load: Any) -> None:
    from flytetypes import task

    @task
    def inner(n: int) -> int:
        return n

    assert inner.name == f"{__name__}.test_a_function_in_a_function_says_so.<locals>.inner"


# --- nodes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a", "a"),
        ("My_Node.X", "my-node-x"),
        ("myNode", "my-node"),
        ("my-Node", "my-node"),
        ("HTTPServer", "h-t-t-p-server"),
        ("_leading", "leading"),
        ("-.leading", "leading"),
        ("a__b", "a--b"),
        ("trailing_", "trailing"),
        ("trailing__", "trailing-"),
        ("with space!", "withspace"),
        ("ümlaut", "mlaut"),
        ("9lives", "9lives"),
        ("a.b.c", "a-b-c"),
        ("", ""),
        ("___", ""),
        ("x" * 62, "x" * 62),
    ],
)
def test_a_name_becomes_a_dns_label(text: str, name: str) -> None:
    assert dns_name(text) == name


@pytest.mark.parametrize("length", [63, 64, 200])
def test_a_long_name_begins_with_a_hash_of_the_whole(length: int) -> None:
    text = "".join(chr(97 + index % 26) for index in range(length))
    assert dns_name(text) == f"{hashlib.sha224(text.encode()).hexdigest()[:10]}-{text[-52:]}"


@given(st.text(max_size=200))
def test_every_name_is_a_label_or_empty(text: str) -> None:
    made = dns_name(text)
    assert len(made) <= 63
    assert re.fullmatch(r"([a-z0-9][-a-z0-9]*)?", made)
