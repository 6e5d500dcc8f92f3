"""The rules of docs/architecture.md that no type checker knows: who may import whom, where, and what is public.

Imports are read from the sources with `ast`, so that what only some paths reach counts too.
"""

from __future__ import annotations

import ast
import inspect
import json
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "flytetypes"

# A module imports only from lower layers and from its own row. A new module or package needs a place here.
LAYERS: list[set[str]] = [
    {
        "errors",
        "_annotations",
        "_diagnostics",
        "_docstrings",
        "_exports",
        "_lazy",
        "_own",
        "_record",
        "_redact",
        "_version",
    },
    {"idl"},
    {"storage"},
    {"types"},
    {"data"},
    {"ext"},
    {"interface", "configuration", "remote"},
    {"authoring"},
    {"accelerators", "experimental"},
    {"compiler"},
    {"executors"},
    {""},  # the package itself, with its lazy names
    {"cli", "__main__"},
    {"testing"},
]

# What may be imported at the top of modules besides the standard library and typing_extensions. `ext` modules import their own package too.
THIRD_PARTY: dict[str, set[str]] = {
    "idl": {"google"},
    "cli": {"click", "rich"},
    "testing": {"hypothesis", "pytest"},
}

# Modules of `ext` that are called otherwise than the package that they are about.
OF_EXT = {"_arrays": "numpy", "pil": "PIL"}

# Who may import private modules of whom.
COMPLETES = {("data", "types"), ("ext", "types"), ("ext", "data"), ("types", "idl")}

# First-party imports inside functions: the seam from workflows up to what runs them.
SEAM = "flytetypes.authoring._runner"

# `import_module`: lazy names of packages, optional packages, the registry's loader of packages, and users' own modules.
IMPORTERS = {
    f"flytetypes.{name}"
    for name in (
        "_exports",
        "_lazy",
        "authoring._resolver",
        "executors._worker",
        "idl._bulk_integers",
        "types._registry",
    )
}

# Importing these costs more than everything else together; `import flytetypes` must not.
NEVER_AT_IMPORT = {
    *("asyncio", "click", "fsspec", "grpc", "msgpack", "numpy", "obstore", "pandas", "polars", "pyarrow", "pydantic"),
    *("rich",),
}
ALWAYS_AT_IMPORT = {"flytetypes", "google", "typing_extensions"}

PUBLIC_PACKAGES = [
    "flytetypes",
    "flytetypes.authoring",
    "flytetypes.compiler",
    "flytetypes.data",
    "flytetypes.executors",
    "flytetypes.idl",
    "flytetypes.storage",
    "flytetypes.testing",
    "flytetypes.types",
]


@dataclass(frozen=True)
class Import:
    """One imported module or name, where it stands."""

    importer: str
    """The module that imports, by its full name."""
    target: str
    """The module that is imported: `flytetypes.types._names`, also for `from flytetypes.types import _names`."""
    line: int
    in_function: str | None
    """The innermost function around it."""
    only_typing: bool
    """Under `if TYPE_CHECKING`: not executed."""

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package, generated ones left out, by its full name."""
    found = {}
    for path in sorted(SOURCES.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if "_generated" not in parts:
            name = ".".join(parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def is_package(module: str) -> bool:
    return (ROOT / Path(*module.split("."))).is_dir()


@cache
def imports() -> list[Import]:
    return [found for name, tree in modules().items() for found in _imports_in(name, tree.body, None, False)]


def _imports_in(importer: str, statements: list[ast.stmt], function: str | None, only_typing: bool) -> Iterator[Import]:
    for statement in statements:
        match statement:
            case ast.Import(names=names):
                for alias in names:
                    yield Import(importer, alias.name, statement.lineno, function, only_typing)
            case ast.ImportFrom(module=module, names=names, level=level):
                assert level == 0, f"{importer}:{statement.lineno} is a relative import: write the full name"
                assert module is not None
                for alias in names:
                    whole = f"{module}.{alias.name}"
                    target = whole if whole in modules() else module
                    yield Import(importer, target, statement.lineno, function, only_typing)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield from _imports_in(importer, statement.body, name, only_typing)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                yield from _imports_in(importer, statement.body, function, True)
                yield from _imports_in(importer, statement.orelse, function, only_typing)
            case _:
                for inner in _blocks(statement):
                    yield from _imports_in(importer, inner, function, only_typing)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The statements inside a statement: bodies, `else`, handlers, cases."""
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for part in (*getattr(statement, "handlers", []), *getattr(statement, "cases", [])):
        yield part.body


def is_ours(module: str) -> bool:
    return module.partition(".")[0] == "flytetypes"


def part_of(module: str) -> str:
    """What has a place in the layers: `types` of `flytetypes.types._engine`, nothing for the package itself."""
    return [*module.split("."), ""][1]


def layer_of(module: str) -> int:
    part = part_of(module)
    layers = [layer for layer, parts in enumerate(LAYERS) if part in parts]
    assert layers, f"{module} has no layer: give `{part}` a place in LAYERS and in docs/architecture.md"
    return layers[0]


# --- imports ----------------------------------------------------------------------------------------------------------


def test_a_module_imports_only_from_lower_layers_and_its_own() -> None:
    wrong = [
        str(found)
        for found in imports()
        if is_ours(found.target) and found.importer != SEAM and layer_of(found.target) > layer_of(found.importer)
    ]
    assert wrong == []


def test_no_two_modules_import_each_other() -> None:
    edges: dict[str, set[str]] = {name: set() for name in modules()}
    for found in imports():
        if is_ours(found.target) and found.in_function is None and not found.only_typing:
            edges[found.importer].add(found.target)
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))


def test_first_party_imports_stand_at_the_top_of_modules() -> None:
    wrong = [
        str(found)
        for found in imports()
        if is_ours(found.target) and found.in_function is not None and found.importer != SEAM
    ]
    assert wrong == []


def test_modules_are_imported_by_computed_names_in_few_places_only() -> None:
    callers = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) or getattr(node.func, "attr", None)) in ("import_module", "__import__")
    }
    assert callers - IMPORTERS == {name for name in callers if part_of(name) == "cli"}


def test_only_idl_imports_protobuf() -> None:
    wrong = [
        str(found) for found in imports() if found.target.startswith("google") and part_of(found.importer) != "idl"
    ]
    assert wrong == []


def test_optional_and_slow_packages_are_not_imported_at_the_top_of_modules() -> None:
    wrong = []
    for found in imports():
        package = found.target.partition(".")[0]
        part = part_of(found.importer)
        if is_ours(package) or found.in_function is not None or found.only_typing:
            continue
        if package in sys.stdlib_module_names:
            allowed = package != "asyncio" or layer_of(found.importer) >= layer_of("flytetypes.executors")
        elif part == "ext":
            own = found.importer.rpartition(".")[2]
            # pydantic_core is pydantic's, and pandas is made of numpy.
            allowed = package.partition("_")[0] == OF_EXT.get(own, own) or (own, package) == ("pandas", "numpy")
        else:
            allowed = package in {"typing_extensions", *THIRD_PARTY.get(part, ())}
        if not allowed:
            wrong.append(str(found))
    assert wrong == []


def test_private_modules_are_imported_by_their_own_package_only() -> None:
    """But by `data` and `ext`, which complete `types` and each other, and by `types`, which is the other half of `idl`."""
    wrong = [
        str(found)
        for found in imports()
        if re.search(r"\._[a-z]", found.target)
        and layer_of(found.target) > 0
        and part_of(found.importer) != part_of(found.target)
        and (part_of(found.importer), part_of(found.target)) not in COMPLETES
    ]
    assert wrong == []


def loaded_by(program: str) -> set[str]:
    """The modules that a program loads over those of a bare interpreter."""
    listing = "import json, sys; print(json.dumps(list(sys.modules)))"
    bare, loaded = (
        subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout
        for text in (listing, f"{program}\n{listing}")
    )
    return set(json.loads(loaded)) - set(json.loads(bare))


def test_importing_the_package_loads_nothing_else_of_it() -> None:
    assert {name for name in loaded_by("import flytetypes") if is_ours(name)} == {"flytetypes", "flytetypes._exports"}


@pytest.mark.parametrize(
    "program",
    [
        "import flytetypes",
        "from flytetypes import TypeEngine; TypeEngine().to_literal(1, int)",
        "from flytetypes import task, workflow",
    ],
)
def test_importing_loads_no_third_party_module_but_protobuf_and_typing_extensions(program: str) -> None:
    loaded = {name.partition(".")[0] for name in loaded_by(program)}
    assert loaded & NEVER_AT_IMPORT == set()
    assert {name for name in loaded if name not in sys.stdlib_module_names} <= ALWAYS_AT_IMPORT


# --- what is public ---------------------------------------------------------------------------------------------------


def names_bound_in(package: str) -> set[str]:
    """The public names of an `__init__`: what it defines or imports from us or protobuf, also for checkers only."""
    names: set[str] = set()
    statements = [*modules()[package].body]
    for statement in statements:
        match statement:
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body):
                statements += body
            case ast.ImportFrom(module=str(module), names=aliases):
                if (
                    module not in ("flytetypes._exports", "flytetypes._lazy")
                    and module.partition(".")[0] not in sys.stdlib_module_names
                ):
                    # `from flytetypes import idl as idl` shows checkers a subpackage: importable, not a name of ours.
                    names |= {
                        alias.asname or alias.name for alias in aliases if f"{module}.{alias.name}" not in modules()
                    }
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case _:
                pass
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("package", PUBLIC_PACKAGES)
def test_all_names_what_a_package_defines(package: str) -> None:
    exported = import_module(package).__all__
    assert len(exported) == len(set(exported))
    assert set(exported) == names_bound_in(package)


@pytest.mark.parametrize("package", PUBLIC_PACKAGES)
def test_every_name_in_all_can_be_had(package: str) -> None:
    module = import_module(package)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_every_package_that_has_public_names_is_checked_here() -> None:
    exporting = {name for name in modules() if is_package(name) and names_bound_in(name)}
    assert exporting - set(PUBLIC_PACKAGES) <= {"flytetypes.types.builtin", "flytetypes.cli"}


@pytest.mark.parametrize("package", PUBLIC_PACKAGES)
def test_no_public_name_is_that_of_a_module_beside_it(package: str) -> None:
    module = import_module(package)
    beside = {found.name for found in pkgutil.iter_modules(module.__path__)}
    assert set(module.__all__) & beside == set()


def undocumented(owner: ModuleType, name: str) -> Iterator[str]:
    """The public name itself and the public members of a class, as far as they have no docstring."""
    value = getattr(owner, name)
    if not (isinstance(value, (type, FunctionType)) and is_ours(value.__module__)) or "_generated" in value.__module__:
        return
    if not value.__doc__:
        yield name
    # In suites the names of the tests are their documentation.
    for member in vars(value) if isinstance(value, type) and part_of(value.__module__) != "testing" else ():
        found = inspect.getattr_static(value, member)
        is_code = isinstance(found, (FunctionType, classmethod, staticmethod, property))
        if is_code and not member.startswith("_") and not inspect.getdoc(getattr(value, member)):
            yield f"{name}.{member}"


@pytest.mark.parametrize("package", PUBLIC_PACKAGES)
def test_every_public_name_has_a_docstring(package: str) -> None:
    module = import_module(package)
    assert [missing for name in module.__all__ for missing in undocumented(module, name)] == []


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name, tree in modules().items() if not ast.get_docstring(tree)] == []


# --- what is shipped --------------------------------------------------------------------------------------------------


def test_type_checkers_are_told_that_the_package_is_typed() -> None:
    assert (SOURCES / "py.typed").read_text() == ""


def test_the_locks_have_every_dependency_that_pyproject_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    optional = project["project"]["optional-dependencies"]
    extras = [line for name, lines in optional.items() if name != "torch" for line in lines]  # torch is gigabytes
    core = [*project["project"]["dependencies"], *groups["build"]]
    wanted = {
        "run.lock": core,
        "dev.lock": [*core, *extras, *groups["test"], *groups["check"], *groups["lock"]],
        "docs.lock": groups["docs"],
        "protoc.txt": groups["protoc"],
    }
    for lock, lines in wanted.items():
        locked = {line.partition("==")[0] for line in (ROOT / "requirements" / lock).read_text().splitlines()}
        names = {re.split(r"[^\w.-]", line)[0].lower() for line in lines if isinstance(line, str)}
        assert names - locked - {"flytetypes"} == set(), f"{lock} is behind pyproject.toml: run `make lock`"


def test_what_demo_installs_is_what_the_tests_run_with() -> None:
    run, dev = (set((ROOT / "requirements" / f"{name}.lock").read_text().splitlines()) for name in ("run", "dev"))
    assert run <= dev


def test_subpackages_are_attributes_before_anybody_imports_them() -> None:
    program = "import flytetypes; print(flytetypes.idl.Literal.__name__, flytetypes.types.TypeEngine.__name__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "Literal TypeEngine\n"
