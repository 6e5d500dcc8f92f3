"""The version of code: what changes it, what does not, and that it is the same everywhere."""

import functools
import importlib
import json
import operator
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest

from flytetypes.compiler._code_version import code_version

Load = Any
"""Writes modules, each a name and a source, into a new folder; imports the first one, `main`, and gives it."""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    def forget() -> None:
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
                del sys.modules[name]
        importlib.invalidate_caches()

    def write(main: str, name: str = "main", **others: str) -> ModuleType:
        forget()
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        for module, source in {name: main, **others}.items():
            path = folder.joinpath(*module.split(".")).with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(source))
        monkeypatch.syspath_prepend(folder)
        return importlib.import_module(name)

    yield write
    forget()


PLAIN = """
    def f(values, scale=2):
        total = 0
        for value in values:
            total += value * scale
        return total
"""


def test_it_is_a_sha256(load: Load) -> None:
    version = code_version(load(PLAIN).f)
    assert len(version) == 64
    assert int(version, 16) > 0


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(
            """
            # about it
            def f(values, scale=2):
                total = 0  # the sum
                for value in values:

                    total += (value
                              * scale)
                return (total)
            """,
            id="comments and formatting",
        ),
        pytest.param(
            '''
            """A module."""
            import os

            LIMIT = 3

            def other():
                return LIMIT

            def f(values, scale=2):
                """Sum up.

                And scale.
                """
                total = 0
                for value in values:
                    total += value * scale
                return total
            ''',
            id="docstrings, and what else is in the module",
        ),
        pytest.param(
            """
            def f(values, scale=2):
                summed = 0
                for each in values:
                    summed += each * scale
                return summed
            """,
            id="names of variables",
        ),
        pytest.param(
            """
            def f(values, scale=0x2):
                # type: (list, int) -> int
                total = 0  # type: int
                for value in values:  # type: int
                    total += value * scale
                return total
            """,
            id="type comments and spellings of numbers",
        ),
    ],
)
def test_what_does_not_count(load: Load, other: str) -> None:
    assert code_version(load(PLAIN).f) == code_version(load(other).f)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("total = 0", "total = 1"),
        ("total = 0", "total = 0.0"),
        ("total = 0", "total = False"),
        ("scale=2", "scale=3"),
        ("scale=2", "scale: int = 2"),
        ("scale=2", "*, scale=2"),
        ("scale=2):", "scale=2) -> int:"),
        ("values, scale=2", "values, /, scale=2"),
        ("* scale", "+ scale"),
        ("* scale", "* total"),
        ("in values", "in reversed(values)"),
        ("return total", "return value"),
        ("def f", "async def f"),
    ],
)
def test_what_counts(load: Load, before: str, after: str) -> None:
    assert before in PLAIN
    assert code_version(load(PLAIN).f) != code_version(load(PLAIN.replace(before, after)).f)


def test_names_of_parameters_count(load: Load) -> None:
    assert code_version(load(PLAIN).f) != code_version(load(PLAIN.replace("scale", "factor")).f)


def test_names_of_variables_of_every_kind_do_not_count(load: Load) -> None:
    source = """
        import json

        def f(p):
            import os.path as {a}
            with open(p) as {b}, open(p) as ({c}, *{d}):
                {e}: int = 1
            try:
                {f} = [{g} + {h} for {g} in p for {h} in {g} if {g} != ({i} := {h})]
            except (OSError, ValueError) as {j}:
                raise RuntimeError({j}) from {j}
            for {k}, ({l}, {m}) in {f}:
                {e} += {l}
            match p:
                case [{n}, *{o}] | {{"a": {n}, **{o}}}:
                    return {n}, {o}
                case str() as {r}:
                    del {r}
            def inner(q={e}, *rest):
                nonlocal {e}
                {s} = {{{t}: {u} for {t}, {u} in q}}
                return lambda x: (x, {s}, {e}, {i}, json.dumps)
            return inner, {a}, {b}, {c}, {d}, {k}, {m}
    """
    names = "abcdefghijklmnorstu"
    first = source.format(**{name: f"v_{name}" for name in names})
    second = source.format(**{name: f"w_{index}" for index, name in enumerate(names)})
    assert code_version(load(first).f) == code_version(load(second).f)


def test_which_variable_is_used_counts_whatever_their_names(load: Load) -> None:
    first = "def f(p):\n a = p[0]\n b = p[1]\n return a - b\n"
    renamed = "def f(p):\n b = p[0]\n a = p[1]\n return b - a\n"
    swapped = "def f(p):\n a = p[0]\n b = p[1]\n return b - a\n"
    versions = [code_version(load(source).f) for source in (first, renamed, swapped)]
    assert versions[0] == versions[1] != versions[2]


def test_a_variable_is_no_global_of_the_same_name(load: Load) -> None:
    source = "limit = {}\ndef f(p):\n {}limit = p\n return limit\n"
    local = [code_version(load(source.format(value, "")).f) for value in (1, 2)]
    outer = [code_version(load(source.format(value, "global limit; ")).f) for value in (1, 2)]
    assert local[0] == local[1]
    assert len({*local, *outer}) == 3


# --- what it calls ----------------------------------------------------------------------------------------------------


def versions_of(load: Load, before: str, after: str, main: str, **others: str) -> tuple[str, str]:
    """The versions of `f` with a text, and with it replaced, in whichever module it stands."""
    assert sum(source.count(before) for source in (main, *others.values())) == 1
    changed = {name: source.replace(before, after) for name, source in others.items()}
    return code_version(load(main, **others).f), code_version(load(main.replace(before, after), **changed).f)


@pytest.mark.parametrize(
    ("main", "helpers"),
    [
        pytest.param("def g(x):\n return x + 41\ndef f(x):\n return g(x)\n", "", id="a function beside it"),
        pytest.param(
            "def h(x):\n return 41\ndef g(x):\n return h(x)\ndef f(x):\n return g(x)\n", "", id="further down"
        ),
        pytest.param("from helpers import g\ndef f(x):\n return g(x)\n", "def g(x):\n return 41\n", id="imported"),
        pytest.param("from helpers import g as k\ndef f(x):\n return k(x)\n", "def g(x):\n return 41\n", id="renamed"),
        pytest.param("import helpers\ndef f(x):\n return helpers.g(x)\n", "def g(x):\n return 41\n", id="of a module"),
        pytest.param("import helpers as h\ndef f(x):\n return h.N * x\n", "N = 41\n", id="constant of a module"),
        pytest.param("from helpers import *\ndef f(x):\n return N * x\n", "N = 41\n", id="constant by a star"),
        pytest.param("N = 41\ndef f(x):\n return N * x\n", "", id="constant"),
        pytest.param("N: int = 41\ndef f(x):\n return N * x\n", "", id="constant with an annotation"),
        pytest.param("N = 40\nN += 41\ndef f(x):\n return N * x\n", "", id="constant in steps"),
        pytest.param("M = 41\nN = {'a': [M, {2}]}\ndef f(x):\n return N\n", "", id="constant of a constant"),
        pytest.param("from helpers import N\ndef f(x):\n return N\n", "M = 41\nN = int(M)\n", id="computed elsewhere"),
        pytest.param(
            "N = object()\ndef g(): return 41\nN = g()\ndef f(x):\n return N\n", "", id="computed by a function"
        ),
        pytest.param("import re\nN = re.compile('41')\ndef f(x):\n return N\n", "", id="computed by a library"),
        pytest.param("def g(x): return 41\nN = {'a': g}\ndef f(x):\n return N['a'](x)\n", "", id="table of functions"),
        pytest.param("N = {}\ndef g(x): return 41\nN['a'] = g\ndef f(x):\n return N['a'](x)\n", "", id="filled table"),
        pytest.param("class C:\n def m(self):\n  return 41\ndef f(x):\n return C().m()\n", "", id="method"),
        pytest.param("class C:\n n = 41\ndef f(x):\n return C.n\n", "", id="attribute of a class"),
        pytest.param("class B:\n n = 41\nclass C(B): pass\ndef f(x):\n return C.n\n", "", id="base class"),
        pytest.param("class C:\n n = 41\ndef f(x: C):\n return x\n", "", id="class of an annotation"),
        pytest.param("class C:\n n = 41\ndef f(x: 'list[C]'):\n return x\n", "", id="class of one in quotes"),
        pytest.param("class C:\n def m(self): return 41\nc = C()\ndef f(x):\n return c.m()\n", "", id="object"),
        pytest.param("class C:\n def m(self): return 41\nk = C().m\ndef f(x):\n return k()\n", "", id="bound method"),
        pytest.param("def d(n): return lambda f: f\n@d(41)\ndef f(x): return x\n", "", id="argument of a decorator"),
        pytest.param("N = 41\ndef d(n): return lambda f: f\n@d(N)\ndef f(x): return x\n", "", id="constant of one"),
        pytest.param("def d(f):\n 41\n return f\n@d\ndef f(x): return x\n", "", id="decorator"),
        pytest.param("N = 41\ndef f(x=N): return x\n", "", id="constant as a default"),
        pytest.param("g = lambda x: x + 41\ndef f(x): return g(x)\n", "", id="lambda"),
        pytest.param("g, h = lambda x: x + 41, lambda x: x + 3\ndef f(x): return g(x)\n", "", id="one of two lambdas"),
        pytest.param("def make(n):\n def f(x): return x * n\n return f\nf = make(41)\n", "", id="closure"),
        pytest.param(
            "def make(g):\n def f(x): return g()\n return f\nf = make(lambda: 41)\n", "", id="function inside"
        ),
        pytest.param("F = [lambda x, n=n: n for n in (41, 2)]\nf = F[0]\n", "", id="default from a loop"),
        pytest.param(
            "def f(x):\n from helpers import g\n return g(x)\n", "def g(x): return 41\n", id="imported inside"
        ),
        pytest.param("def f(x):\n import helpers\n return helpers.g(x)\n", "def g(x): return 41\n", id="module inside"),
        pytest.param("import helpers\ndef f(x):\n return getattr(helpers, x)\n", "def g(x): return 41\n", id="module"),
        pytest.param(
            "from flytetypes import task\n@task\ndef g(x: int) -> int:\n return 41\ndef f(x):\n return g(x=x)\n",
            "",
            id="task",
        ),
        pytest.param(
            "import functools\n@functools.lru_cache\ndef g(x):\n return 41\ndef f(x):\n return g(x)\n", "", id="cached"
        ),
        pytest.param(
            "import functools\ndef g(x, y):\n return 41\nh = functools.partial(g, 1)\ndef f(x):\n return h(x)\n",
            "",
            id="partial",
        ),
        pytest.param(
            "import dataclasses\n@dataclasses.dataclass\nclass C:\n n: int = 41\ndef f(x): return C()\n",
            "",
            id="dataclass",
        ),
        pytest.param(
            "import enum\nclass C(enum.Enum):\n A = 41\n B = 2\nN = C.A\ndef f(x): return N\n",
            "",
            id="member of an enum",
        ),
        pytest.param(
            "from collections import namedtuple\nC = namedtuple('C', 'a b41')\ndef f(x): return C(1, 2)\n",
            "",
            id="class that is made",
        ),
        pytest.param("class C:\n class D:\n  n = 41\ndef f(x): return C.D.n\n", "", id="class in a class"),
        pytest.param("def f(x):\n class D:\n  n = 41\n return D\n", "", id="class in a function"),
        pytest.param(
            "import functools\ndef d(g):\n @functools.wraps(g)\n def w(x): return g(x) + 41\n return w\n"
            "@d\ndef f(x): return x\n",
            "",
            id="wrapper",
        ),
        pytest.param(
            "import functools\ndef d(g):\n @functools.wraps(g)\n def w(x): return g(x) + 1\n return w\n"
            "@d\ndef f(x): return x + 41\n",
            "",
            id="wrapped",
        ),
    ],
)
def test_what_is_named_counts(load: Load, main: str, helpers: str) -> None:
    before, after = versions_of(load, "41", "43", main, helpers=helpers)
    again = code_version(load(main, helpers=helpers).f)
    assert before == again != after


@pytest.mark.parametrize(
    "main",
    [
        "from .inner import helpers\ndef f(x):\n return helpers.g(x)\n",
        "from app.inner.helpers import g\ndef f(x):\n return g(x)\n",
        "import app.inner.helpers\ndef f(x):\n return app.inner.helpers.g(x)\n",
        "def f(x):\n from .inner.helpers import g\n return g(x)\n",
        "def f(x):\n from .inner import helpers\n return helpers.g(x)\n",
        "def f(x):\n import app.inner.helpers as h\n return h.g(x)\n",
    ],
)
def test_packages_and_relative_imports_are_followed(load: Load, main: str) -> None:
    empty = {"app.__init__": "", "app.inner.__init__": ""}
    versions = [
        code_version(load(main, "app.main", **empty, **{"app.inner.helpers": f"def g(x):\n return {n}\n"}).f)
        for n in (1, 2, 1)
    ]
    assert versions[0] == versions[2] != versions[1]


def test_what_is_not_named_does_not_count(load: Load) -> None:
    main = "import helpers\nN = 41\ndef g(): return N\ndef f(x): return helpers.h(x)\n"
    before, after = versions_of(load, "41", "43", main, helpers="def h(x): return x\n")
    assert before == after


def test_names_of_what_is_called_are_looked_up_in_its_own_module(load: Load) -> None:
    main = "from helpers import g\nN = 1\ndef f(x): return g(x)\n"
    helpers = "N = {}\ndef g(x): return N\n"
    versions = [code_version(load(main, helpers=helpers.format(n)).f) for n in (1, 2)]
    assert versions[0] != versions[1]


def test_which_library_function_it_is_counts(load: Load) -> None:
    source = "from math import {} as g\ndef f(x): return g(x)\n"
    assert code_version(load(source.format("floor")).f) != code_version(load(source.format("ceil")).f)


def test_where_the_project_lies_and_what_its_modules_are_called_does_not_count(load: Load) -> None:
    source = """
        import os
        from pathlib import Path

        HERE = Path(__file__).parent
        FOLDER = os.path.dirname(__file__)
        DATA = FOLDER + "/data"
        HOME = os.environ["HOME"]

        class C:
            pass

        def g(x):
            return C(), __name__

        def f(x):
            return HERE, FOLDER, DATA, HOME, g(x), __file__
    """
    versions = {code_version(load(source, name).f) for name in ("main", "other")}
    assert len(versions) == 1
    assert versions != {code_version(load(source.replace("/data", "/more")).f)}


def test_order_of_definitions_does_not_count(load: Load) -> None:
    first = "N = 1\ndef g(): return N\ndef h(): return 2\ndef f(): return g() + h()\n"
    second = "def f(): return g() + h()\ndef h(): return 2\ndef g(): return N\nN = 1\n"
    assert code_version(load(first).f) == code_version(load(second).f)


def test_what_a_constant_is_by_now_does_not_count(load: Load) -> None:
    module = load("cache = {}\nlast = None\ndef f(x):\n global last\n last = cache[x] = x\n return last\n")
    version = code_version(module.f)
    assert module.f(41) == 41
    assert code_version(module.f) == version


def test_a_table_counts_with_the_functions_that_are_registered(load: Load) -> None:
    source = """
        TABLE = {{}}

        def register(name):
            def keep(function):
                TABLE[name] = function
                return function
            return keep

        @register("a")
        def g(x):
            return {}

        def f(x):
            return TABLE["a"](x)
    """
    assert code_version(load(source.format(41)).f) != code_version(load(source.format(43)).f)


def closed_over(value: Any) -> Any:
    return lambda: value


def test_sets_have_no_order_and_lists_have_one() -> None:
    words = ["a", "b", "c", "d"]
    versions = [
        code_version(closed_over(make(order))) for make in (set, frozenset, list) for order in (words, words[::-1])
    ]
    assert versions[0] == versions[1] != versions[2] == versions[3]
    assert len({*versions}) == 4


def test_a_list_that_contains_itself_ends() -> None:
    inner: list[Any] = [41]
    inner.append(inner)
    other: list[Any] = [43]
    other.append(other)
    assert code_version(closed_over(inner)) == code_version(closed_over(inner)) != code_version(closed_over(other))


def test_circles_end(load: Load) -> None:
    main = "def f(x): return g(x - 1)\ndef g(x): return x and f(x) + 41\nclass C:\n def m(self): return C, f\n"
    before, after = versions_of(load, "41", "43", main)
    assert before != after


def test_there_may_be_more_calls_than_the_stack_is_deep(load: Load) -> None:
    count = 2 * sys.getrecursionlimit()
    chain = "".join(f"def g{index}(x): return g{index + 1}(x)\n" for index in range(count))
    source = f"{chain}def g{count}(x): return {{}}\ndef f(x): return g0(x)\n"
    assert code_version(load(source.format(41)).f) != code_version(load(source.format(43)).f)


def test_there_may_be_more_branches_than_the_stack_is_deep(load: Load) -> None:
    cases = "".join(f"    elif x == {index}: return {index + 1}\n" for index in range(900))
    source = f"def f(x):\n    if x < 0: return 0\n{cases}    else: return {{}}\n"
    assert code_version(load(source.format(41)).f) != code_version(load(source.format(43)).f)


def test_a_module_imported_inside_counts_before_it_is_loaded_as_after(load: Load) -> None:
    module = load(
        "def f(x):\n import helpers\n return helpers.g(x)\n", helpers="import deeper\ndef g(x): return 41\n", deeper=""
    )
    assert "helpers" not in sys.modules
    version = code_version(module.f)
    assert "helpers" not in sys.modules
    assert module.f(1) == 41
    assert code_version(module.f) == version


def test_a_task_stands_for_its_function(load: Load) -> None:
    module = load("from flytetypes import task\n@task\ndef f(x: int) -> int:\n    return x\n")
    assert code_version(module.f) == code_version(module.f.function)


def test_a_method_counts_with_its_class(load: Load) -> None:
    source = "class C:\n n = {}\n def f(self): return self.n\nf = C().f\n"
    assert code_version(load(source.format(1)).f) != code_version(load(source.format(2)).f)


def test_what_is_installed_is_told_by_its_name_only() -> None:
    assert code_version(operator.add) != code_version(operator.sub)
    assert code_version(json.dumps) == code_version(json.dumps)


# --- without source, and in other processes ---------------------------------------------------------------------------


def executed(source: str) -> Any:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(dedent(source), names)
    return names["f"]


def test_code_without_source_counts_by_its_bytecode() -> None:
    source = '''
        N = {n}
        def g(x): return x + N

        def f(x: {annotation} = {default}):
            """{doc}"""
            {name} = {{1, 2, "a"}}
            return g(x) in {name}, [y for y in (1, {constant})]
    '''
    plain = {"n": 1, "annotation": "int", "default": 5, "doc": "One.", "name": "a", "constant": 3}
    version = code_version(executed(source.format(**plain)))
    assert version == code_version(executed(source.format(**{**plain, "doc": "Two.", "name": "b"})))
    for change in ({"n": 2}, {"annotation": "list[int]"}, {"default": 6}, {"constant": 4}):
        assert version != code_version(executed(source.format(**{**plain, **change}))), change


def test_code_without_a_module_counts_too() -> None:
    versions = []
    for number in (41, 43):
        names: dict[str, Any] = {}
        exec(f"def g(): return {number}\ndef f(): return g()", names)
        versions.append(code_version(names["f"]))
    assert versions[0] != versions[1]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs Python 3.12: type parameters")
def test_type_parameters_count(load: Load) -> None:
    source = (
        "class B: pass\nclass C[U]:\n {}\ntype A[V] = list[V]\ndef f[T: B](x: T, y: A[T]) -> C[T]:\n z = x\n return z\n"
    )
    same = [code_version(load(source.format("pass").replace("z", name)).f) for name in ("z", "w")]
    assert same[0] == same[1] != code_version(load(source.format("n = 1")).f)
    assert same[0] != code_version(load(source.format("pass").replace("list", "set")).f)


def test_it_is_the_same_in_every_process_and_folder(tmp_path: Path) -> None:
    source = """
        import enum
        from functools import partial
        from flytetypes import task
        from flytetypes.compiler._code_version import code_version

        WORDS = {"one", "two", "three", "four"}
        TABLE = {"b": frozenset({"x", "y", "z"}), "a": object()}

        class Kind(enum.Enum):
            A = "a"
            B = "b"

        @task
        def g(x: int) -> int:
            return x + len(WORDS)

        h = partial(g, x=1)

        def one(): return 1
        def two(): return 2
        def three(): return 3
        def keep(value): return lambda: value

        CODE = {one, two, three, Kind, str}
        kept = keep(frozenset([one, two, three, (two, "b"), (two, "a"), Kind.A, Kind.B, None, 1, "c"]))

        def f(x: Kind, words={"p", "q", "r"}):
            return x in {"one", "two", "three"}, TABLE, h, CODE, kept, [word for word in words]

        exec("def e(x): return x in {'one', 'two', 'three'}")

        if __name__ == "__main__":
            print(code_version(f), code_version(e))
    """
    told = set()
    for seed in ("0", "1", "2", "3", "4242"):
        folder = tmp_path / seed
        folder.mkdir()
        (folder / "script.py").write_text(dedent(source))
        done = subprocess.run(
            [sys.executable, folder / "script.py"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=folder,
        )
        told.add(done.stdout)
    assert len(told) == 1


def test_a_partial_counts_with_what_it_holds(load: Load) -> None:
    module = load(PLAIN)
    assert code_version(functools.partial(module.f, scale=1)) != code_version(functools.partial(module.f, scale=2))
